/**
 * Folders with a whole table and copies of it in which some cells are `?` (RENUVER: Breve and others, EDBT 2022): which of
 * those are filled, and which rightly.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CLEANING, cleanTable } from '../cleaning.ts';
import { eachAtOnce } from '../each-at-once.ts';
import { readCsv } from '../tables.ts';
import { type Figure, f1, type Kind } from './kind.ts';

const MARK = '?';
/** By name of the folder, at level 5: F1 and precision. */
const BOUNDS: readonly (readonly [string, number, number | null])[] = [
  ['impute-restaurant', 0.35, 0.6],
  ['impute-bridges', 0.62, null],
  ['impute-glass', 0.3, null],
];
/** The others say the same, and take their time. */
const LEVELS = ['1', '3', '5'];
const BOUND_LEVEL = '5';

export const imputation: Kind = {
  prefix: 'impute-',
  needs: CLEANING,
  score: async (folder, stages) => {
    const clean = readCsv(join(folder, 'clean.csv'));
    const figures: Figure[] = [];
    const losses: string[] = [];
    const [, score, precision] = BOUNDS.find(([name]) => folder.includes(name)) ?? [];
    const copies = readdirSync(folder)
      .sort()
      .map((file) => ({ file, level: /_(\d)_\d+\.csv$/.exec(file)?.[1] ?? '' }))
      .filter(({ level }) => LEVELS.includes(level));
    const cleaned = await eachAtOnce(copies, async ({ file, level }) => {
      const blanked = readCsv(join(folder, file));
      return { file, level, blanked, ...(await cleanTable(stages, join(folder, file), blanked.rows.length)) };
    });
    for (const { file, level, blanked, cells, steps } of cleaned) {
      let [blanks, fills, hits, changed] = [0, 0, 0, 0];
      for (const [at, name] of blanked.header.entries()) {
        const of = { blanks: 0, fills: 0, hits: 0, examples: [] as string[] };
        for (const [index, row] of blanked.rows.entries()) {
          const truth = clean.rows[index]?.[at] ?? '';
          const before = row[at] ?? '';
          const after = cells.get(name)?.[index] ?? '';
          if (before !== MARK || truth === MARK) {
            if (after !== before && before !== MARK) changed++;
            continue;
          }
          of.blanks++;
          if (after === MARK || after === '') continue;
          of.fills++;
          if (isSame(after, truth)) of.hits++;
          else if (of.examples.length < 4) of.examples.push(JSON.stringify({ row: index, after, truth }));
        }
        blanks += of.blanks;
        fills += of.fills;
        hits += of.hits;
        losses.push(
          `${file}, ${name}: ${of.blanks} blanks, ${of.fills} filled, ${of.hits} rightly ${of.examples.join(' ')}`,
        );
      }
      losses.push(`${file}: ${changed} other cells changed`, ...steps);
      const ratio = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
      const isBound = level === BOUND_LEVEL;
      figures.push(
        {
          metric: `F1 at level ${level}`,
          value: f1(ratio(hits, fills), ratio(hits, blanks)),
          bound: isBound ? (score ?? null) : null,
        },
        {
          metric: `precision at level ${level}`,
          value: ratio(hits, fills),
          bound: isBound ? (precision ?? null) : null,
        },
      );
    }
    return { figures, losses };
  },
};

/** Other ways of writing a number are no errors. */
function isSame(a: string, b: string): boolean {
  return a === b || (a.trim() !== '' && b.trim() !== '' && Number(a) === Number(b));
}
