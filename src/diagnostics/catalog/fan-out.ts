/** Stages that run for each item of a list. */
import type { Diagnostic } from '../../model/diagnostic.ts';
import { quoteName } from '../harmless.ts';
import { error, type Where } from './error.ts';

/** `type` undefined: it is a command. */
export function batchUnsupported(at: { type: string | undefined; location: Where }): Diagnostic {
  const what = at.type === undefined ? 'A command' : `The stage type ${quoteName(at.type)}`;
  return error('batch-unsupported', at.location, `${what} takes one item at a time, so "batch" has to be 1.`, {
    help: 'Leave "batch" out, or use a stage type whose manifest says "batch": true.',
  });
}

export function noList(at: { path: string; isFolder: boolean; location: Where }): Diagnostic {
  return error('no-list', at.location, `${quoteName(at.path)} cannot be a list of items.`, {
    help: at.isFolder
      ? 'A glob, such as "data/*.csv", has one item for each file.'
      : 'A list is a file that ends in ".json", ".jsonl", ".ndjson" or ".csv"; the name says how it is read. Values that stand in the pipeline are for "matrix".',
  });
}

export function sameOutput(at: { path: string; location: Where }): Diagnostic {
  return error('same-output', at.location, `Every item would make the same output ${quoteName(at.path)}.`, {
    help: `Name the item in the path: "build/\${{ item.id }}.json".`,
  });
}
