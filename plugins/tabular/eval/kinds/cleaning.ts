/**
 * Folders with a dirty table and the same one clean, cell by cell (Raha: Mahdavi and others, SIGMOD 2019; Baran, PVLDB
 * 2020): which cells are found to be wrong, which are put right, and which right ones are harmed. Exact texts.
 */
import { join } from 'node:path';
import { CLEANING, cleanTable } from '../cleaning.ts';
import { readCsv } from '../tables.ts';
import { f1, type Kind } from './kind.ts';

/** By name of the folder: detection and repair. */
const BOUNDS: readonly (readonly [string, number, number])[] = [
  ['clean-hospital', 0.92, 0.9],
  ['clean-beers', 0.97, 0.93],
  ['clean-flights', 0.85, 0.7],
  ['clean-rayyan', 0.6, 0.25],
];
const HARM_MOST = 0.03;

export const cleaning: Kind = {
  prefix: 'clean-',
  needs: CLEANING,
  score: async (folder, stages) => {
    const dirty = readCsv(join(folder, 'dirty.csv'));
    const clean = readCsv(join(folder, 'clean.csv'));
    const { cells, steps } = await cleanTable(stages, join(folder, 'dirty.csv'), dirty.rows.length);
    const count = { wrong: 0, right: 0, changed: 0, found: 0, mended: 0, harmed: 0 };
    const byColumn = new Map<string, { wrong: number; mended: number; harmed: number; examples: string[] }>();
    for (const [at, name] of dirty.header.entries()) {
      const ours = cells.get(name) ?? [];
      const of = { wrong: 0, mended: 0, harmed: 0, examples: [] as string[] };
      byColumn.set(name, of);
      for (const [index, row] of dirty.rows.entries()) {
        const before = row[at] ?? '';
        const truth = clean.rows[index]?.[at] ?? '';
        const after = ours[index] ?? (cells.has(name) ? '' : before);
        const isWrong = before !== truth;
        const isChanged = after !== before;
        count[isWrong ? 'wrong' : 'right']++;
        if (isWrong) of.wrong++;
        if (isChanged) count.changed++;
        if (isWrong && isChanged) count.found++;
        if (isWrong && after === truth) {
          count.mended++;
          of.mended++;
        } else if (isChanged || isWrong) {
          if (!isWrong) {
            count.harmed++;
            of.harmed++;
          }
          const said = JSON.stringify({ row: index, before, after, truth });
          if (of.examples.filter((one) => one.startsWith('harmed') !== isWrong).length < 8) {
            of.examples.push(`${isWrong ? (isChanged ? 'wrongly mended' : 'left') : 'harmed'} ${said}`);
          }
        }
      }
    }
    const { wrong, right, changed, found, mended, harmed } = count;
    const ratio = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
    const [, detection, repair] = BOUNDS.find(([name]) => folder.includes(name)) ?? [];
    const figures = [
      { metric: 'detection F1', value: f1(ratio(found, changed), ratio(found, wrong)), bound: detection ?? null },
      { metric: 'repair precision', value: ratio(mended, changed), bound: null },
      { metric: 'repair recall', value: ratio(mended, wrong), bound: null },
      { metric: 'repair F1', value: f1(ratio(mended, changed), ratio(mended, wrong)), bound: repair ?? null },
      { metric: 'right cells changed', value: ratio(harmed, right), bound: HARM_MOST, isMost: true },
    ];
    const losses = [...byColumn]
      .filter(([, of]) => of.wrong - of.mended + of.harmed > 0)
      .sort(([, a], [, b]) => b.wrong - b.mended + b.harmed - (a.wrong - a.mended + a.harmed))
      .flatMap(([name, of]) => [
        `${name}: ${of.wrong} wrong, ${of.mended} mended, ${of.harmed} harmed`,
        ...of.examples.map((example) => `  ${example}`),
      ]);
    return { figures, losses: [...losses, ...steps] };
  },
};
