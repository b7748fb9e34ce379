/** Columns that identify rows. */
import type { ProfileColumn, ProfileKey } from '../documents.generated.ts';
import type { Database } from '../table/duckdb.ts';
import { type CodedColumn, type CodedTable, codedClasses } from './codes.ts';
import { ratio } from './numbers.ts';
import { LIMITS } from './options.ts';
import { classesOf } from './partitions.ts';
import { wordsOf } from './semantic-types.ts';

export interface Keys {
  readonly minimal: ProfileKey[];
  readonly near: ProfileKey[];
  readonly isComplete: boolean;
}

const NEAR = 0.98;
const LISTED_MAX = 100;
/** Columns that combinations are made of. */
const COLUMNS_MAX = 60;

/**
 * Level by level: a set with a key in it is none, and sets of columns with missing values are not looked at. What the
 * coded rows refute is refuted; what they do not is counted in all rows where they are not all.
 */
export async function findKeys(
  database: Database,
  columns: readonly ProfileColumn[],
  coded: CodedTable,
  rows: number,
  options: { readonly maxSize: number; readonly budget: number },
): Promise<Keys & { visits: number }> {
  const minimal: number[][] = [];
  const near: ProfileKey[] = [];
  const whole = columns.flatMap((column, at) => (column.missing.count === 0 && column.distinct > 1 ? [at] : []));
  let visits = 0;
  let isComplete = true;
  if (rows < 2 || options.maxSize < 1) return { minimal: [], near: [], isComplete: rows < 2, visits };
  const open: number[] = [];
  for (const at of whole) {
    const distinct = columns[at]?.distinct ?? 0;
    if (distinct === rows) minimal.push([at]);
    else {
      open.push(at);
      if (distinct >= NEAR * rows) near.push(await describe(database, columns, [at], distinct, rows));
    }
  }
  if (open.length > COLUMNS_MAX) isComplete = false;
  const usable = open.slice(0, COLUMNS_MAX);
  let level = usable.map((at) => [at]);
  search: for (let size = 2; size <= options.maxSize; size++) {
    const next: number[][] = [];
    for (const set of level) {
      for (const at of usable) {
        if (at <= (set.at(-1) ?? 0)) continue;
        const wider = [...set, at];
        if (minimal.some((key) => key.every((one) => wider.includes(one)))) continue;
        // So many combinations there are at most.
        if (wider.reduce((product, one) => product * (columns[one]?.distinct ?? 1), 1) < rows) {
          next.push(wider);
          continue;
        }
        visits += coded.rows.length * size;
        if (visits > options.budget) {
          isComplete = false;
          break search;
        }
        const { count } = classesOf(wider.map((one) => codedClasses(coded.columns[one] as CodedColumn)));
        let isKey = count === coded.rows.length;
        if (isKey && !coded.isComplete) {
          visits += rows * size;
          if (visits > options.budget) {
            isComplete = false;
            break search;
          }
          isKey = (await countDistinct(database, wider)) === rows;
        }
        if (isKey) minimal.push(wider);
        else next.push(wider);
      }
    }
    level = next;
  }
  const described = await Promise.all(
    minimal.map(async (key) => ({ key, facts: await describe(database, columns, key, rows, rows) })),
  );
  described.sort(
    (a, b) =>
      a.key.length - b.key.length ||
      rank(b.key, columns) - rank(a.key, columns) ||
      (a.key[0] ?? 0) - (b.key[0] ?? 0) ||
      compare(a.key, b.key),
  );
  return {
    minimal: described.slice(0, LISTED_MAX).map(({ facts }) => facts),
    near: near.slice(0, LISTED_MAX),
    isComplete: isComplete && described.length <= LISTED_MAX,
    visits,
  };
}

/** Names, types and short values that keys have. */
function rank(key: readonly number[], columns: readonly ProfileColumn[]): number {
  let score = 0;
  for (const at of key) {
    const column = columns[at];
    if (!column) continue;
    if (/(^|_)(id|key|code|no|uuid|guid)$/.test(wordsOf(column.name))) score += 4;
    if (column.type === 'integer' || column.type === 'uuid') score += 2;
    if ((column.length?.max ?? 0) <= 20) score += 1;
    // Measures are different by accident.
    if (column.type === 'decimal' || column.type === 'float') score -= 4;
  }
  return score / key.length;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [at, one] of a.entries()) if (one !== b[at]) return one - (b[at] ?? 0);
  return 0;
}

async function describe(
  database: Database,
  columns: readonly ProfileColumn[],
  key: readonly number[],
  distinct: number,
  rows: number,
): Promise<ProfileKey> {
  const [only] = key;
  const repeated =
    distinct === rows
      ? []
      : await database.query(
          `SELECT _row::DOUBLE FROM (SELECT _row, row_number() OVER (PARTITION BY v${only} ORDER BY _row) AS k FROM data) WHERE k > 1 ORDER BY _row LIMIT ${LIMITS.rows}`,
        );
  return {
    columns: key.map((at) => columns[at]?.name ?? ''),
    distinct,
    distinctness: ratio(distinct, rows),
    duplicates: rows - distinct,
    rows: repeated.map(([row]) => Number(row)),
  };
}

async function countDistinct(database: Database, key: readonly number[]): Promise<number> {
  const [row = []] = await database.query(
    `SELECT count(*) FROM (SELECT DISTINCT ${key.map((at) => `v${at}`).join(', ')} FROM data)`,
  );
  return Number(row[0]);
}
