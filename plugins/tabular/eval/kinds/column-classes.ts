/**
 * Folders of counted and classed columns (SortingHat: Shah and others, SIGMOD 2021). Their values are gone, so that the
 * model of the plugin is asked and not the stage type. Where it was made from these very columns, it is made anew five
 * times without a fifth of them, and asked for that fifth.
 */

import { CLASS_MODEL } from '../../src/profile/class-model.generated.ts';
import { learnedClass, openModel } from '../../src/profile/class-model.ts';
import { foldsOf, type LabelledColumn, prepare, train } from '../training/class-trainer.ts';
import { readLabelled } from '../training/labelled-columns.ts';
import type { Kind } from './kind.ts';

const FOLDS = 5;

export const columnClasses: Kind = {
  prefix: 'types-sortinghat',
  needs: [],
  score: async (folder) => {
    const { digest, columns } = readLabelled(folder);
    const isKnown = digest === CLASS_MODEL.trainedOn;
    const found = isKnown ? acrossFolds(columns) : columns.map(({ column }) => learnedClass(column));
    const mixed = new Map<string, number>();
    let right = 0;
    for (const [at, { label }] of columns.entries()) {
      if (found[at] === label) right++;
      else mixed.set(`${found[at]} for ${label}`, (mixed.get(`${found[at]} for ${label}`) ?? 0) + 1);
    }
    const metric = isKnown ? `accuracy of nine classes, ${FOLDS}-fold` : 'accuracy of nine classes';
    return {
      figures: [{ metric, value: right / columns.length, bound: isKnown ? 0.88 : 0.9 }],
      losses: [...mixed].sort(([, a], [, b]) => b - a).map(([what, count]) => `${count} times ${what}`),
    };
  },
};

function acrossFolds(columns: readonly LabelledColumn[]): string[] {
  const fold = foldsOf(columns.length, FOLDS);
  const rows = prepare(columns);
  const found = columns.map(() => '');
  for (let out = 0; out < FOLDS; out++) {
    const { classOf } = openModel(
      train(
        rows.filter((_, at) => fold[at] !== out),
        '',
      ),
    );
    for (const [at, { column }] of columns.entries()) if (fold[at] === out) found[at] = classOf(column);
  }
  return found;
}
