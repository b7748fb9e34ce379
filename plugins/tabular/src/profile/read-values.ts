/** Reads the different values of a column, by SQL. The table `data` has the position `_row` and columns `v0`, `v1` … */
import type { Database } from '../table/duckdb.ts';
import { sqlText } from '../table/names.ts';
import type { ReadColumn } from './codes.ts';
import { type ColumnType, isNumberType, isOfType, KINDS, noCounts, type TypeCounts } from './kinds.ts';
import { DETAIL_MAX, DETAIL_SAMPLE } from './options.ts';
import { byCount, type ColumnValues, SQL_SPACES, trimSpaces, type Value } from './values.ts';

/** Of a value, that are looked at. */
const LENGTH_MAX = 20_000;
const TRIMMED = `trim(v, ${SQL_SPACES})`;
/** Cheap, and true for all that have spaces around them. */
const MAY_BE_PADDED = [
  "v < '!'",
  'starts_with(v, chr(160))',
  "ends_with(v, ' ')",
  ...[9, 10, 11, 12, 13, 160].map((code) => `ends_with(v, chr(${code}))`),
].join(' OR ');
const SELECT_VALUES = `SELECT CASE WHEN length(v) > ${LENGTH_MAX} THEN v[1:${LENGTH_MAX}] ELSE v END, n::DOUBLE, r::DOUBLE, m::DOUBLE, length(v)::DOUBLE`;

/** The same of a column that was read already, with all of its rows. */
export function valuesOf({ texts, counts, first, last, absent, empty, blank, bytes }: ReadColumn): ColumnValues {
  const values = texts.map((whole, id): Value => {
    const length = lengthOf(whole);
    const text = length > LENGTH_MAX ? Array.from(whole).slice(0, LENGTH_MAX).join('') : whole;
    const [count = 0, from = 0, to = 0] = [counts[id], first[id], last[id]];
    return { text, trimmed: trimSpaces(text), count, first: from, last: to, length };
  });
  values.sort(byCount);
  return { absent, empty, blank, bytes, ...totalsOf(values) };
}

/** Characters of a text: code points. */
function lengthOf(text: string): number {
  let length = text.length;
  for (let at = 0; at + 1 < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0xd800 && code < 0xdc00) length--;
  }
  return length;
}

function totalsOf(values: readonly Value[]) {
  const frequencies = new Map<number, number>();
  let total = 0;
  for (const { count } of values) {
    total += count;
    frequencies.set(count, (frequencies.get(count) ?? 0) + 1);
  }
  return {
    total,
    distinct: values.length,
    unique: frequencies.get(1) ?? 0,
    frequencies,
    values,
    top: values,
    isComplete: true,
    trimmedSql: TRIMMED,
  };
}

/** Makes the table `freq` of the column: value `v`, rows `n`, first `r` and last `m` of them. */
export async function readValues(database: Database, at: number, topK: number): Promise<ColumnValues> {
  await database.query(
    `CREATE OR REPLACE TEMP TABLE freq AS SELECT v${at} AS v, count(*) AS n, min(_row) AS r, max(_row) AS m FROM data GROUP BY v${at}`,
  );
  const [size = []] = await database.query('SELECT count(*), coalesce(sum(n * strlen(v)), 0) FROM freq');
  const isComplete = Number(size[0]) <= DETAIL_MAX;
  const bytes = Number(size[1]);
  const rows = await database.query(
    isComplete ? `${SELECT_VALUES} FROM freq` : `${SELECT_VALUES} FROM freq ORDER BY hash(v), v LIMIT ${DETAIL_SAMPLE}`,
  );
  const missing = { absent: 0, empty: 0, blank: 0 };
  const values: Value[] = [];
  for (const [text, count, first, last, length] of rows) {
    const trimmed = text === null ? '' : trimSpaces(String(text));
    if (trimmed !== '') {
      values.push({
        text: String(text),
        trimmed,
        count: Number(count),
        first: Number(first),
        last: Number(last),
        length: Number(length),
      });
    } else if (text === null) missing.absent += Number(count);
    else if (text === '') missing.empty += Number(count);
    else missing.blank += Number(count);
  }
  values.sort(byCount);
  if (!isComplete) return await readTotals(database, values, bytes, topK);
  return { ...missing, bytes, ...totalsOf(values) };
}

/** Of a column with more different values than are looked at one by one. */
async function readTotals(
  database: Database,
  values: readonly Value[],
  bytes: number,
  topK: number,
): Promise<ColumnValues> {
  const [seen = []] = await database.query(
    `SELECT coalesce(sum(n) FILTER (WHERE v IS NULL), 0), coalesce(sum(n) FILTER (WHERE v = ''), 0), count(*) FILTER (WHERE v <> '' AND (${MAY_BE_PADDED})) FROM freq`,
  );
  const [absent = 0, empty = 0, padded = 0] = seen.map(Number);
  // Trimming millions of values takes its time, and mostly changes none.
  const trimmedSql = padded === 0 ? 'v' : TRIMMED;
  const [spaces = []] =
    padded === 0
      ? [[0]]
      : await database.query(`SELECT coalesce(sum(n), 0) FROM freq WHERE v <> '' AND ${TRIMMED} = ''`);
  const blank = Number(spaces[0]);
  const found = await database.query('SELECT n::DOUBLE, count(*)::DOUBLE FROM freq WHERE v IS NOT NULL GROUP BY n');
  const frequencies = new Map(found.map(([n, count]) => [Number(n), Number(count)]));
  // Few values are blank: they are taken out again one by one.
  const blanks =
    empty + blank === 0
      ? []
      : await database.query(`SELECT n::DOUBLE FROM freq WHERE v IS NOT NULL AND ${TRIMMED} = ''`);
  for (const [n] of blanks) frequencies.set(Number(n), (frequencies.get(Number(n)) ?? 0) - 1);
  let total = 0;
  let distinct = 0;
  for (const [n, count] of frequencies) {
    total += n * count;
    distinct += count;
  }
  return {
    absent,
    empty,
    blank,
    total,
    distinct,
    unique: frequencies.get(1) ?? 0,
    frequencies,
    bytes,
    values,
    top: await selectValues(database, `${trimmedSql} <> ''`, 'n DESC, v', Math.max(1, topK)),
    isComplete: false,
    trimmedSql,
  };
}

export async function selectValues(
  database: Database,
  condition: string,
  order: string,
  limit: number,
): Promise<Value[]> {
  const rows = await database.query(`${SELECT_VALUES} FROM freq WHERE ${condition} ORDER BY ${order} LIMIT ${limit}`);
  return rows.map(([text, count, first, last, length]) => ({
    text: String(text),
    trimmed: trimSpaces(String(text)),
    count: Number(count),
    first: Number(first),
    last: Number(last),
    length: Number(length),
  }));
}

const HALF = 0.5;

export interface LargeTypes {
  readonly counts: TypeCounts;
  readonly tokens: number;
}

/**
 * Rows of each type, from `freq`: exact for types that half of the values have in the part that was looked at, and for
 * the others what that part tells.
 */
export async function countLarge(
  database: Database,
  seen: TypeCounts,
  seenRows: number,
  { total, trimmedSql }: ColumnValues,
  tokens: readonly string[],
): Promise<LargeTypes> {
  const counts = noCounts();
  for (const { type } of KINDS) counts[type] = Math.round((seen[type] / Math.max(1, seenRows)) * total);
  const likely = KINDS.filter(({ type, sql }) => sql && seen[type] > HALF * seenRows);
  // Where all values have the most specific type, they have the wider ones too, and none is a word for missing.
  const [first] = likely;
  if (first?.sql) {
    const [all = []] = await database.query(
      `SELECT coalesce(sum(n), 0)::DOUBLE FROM freq WHERE v IS NOT NULL AND ${first.sql(trimmedSql)}`,
    );
    if (Number(all[0]) === total) {
      for (const { type } of likely) if (type === first.type || isNumberType(type)) counts[type] = total;
      return { counts, tokens: 0 };
    }
  }
  const exact = likely;
  const words = `lower(t) IN (${tokens.map(sqlText).join(', ') || "''"})`;
  const sums = exact.map(({ sql }) => `coalesce(sum(n) FILTER (WHERE ${sql?.('t')}), 0)::DOUBLE`);
  const [found = []] = await database.query(
    `SELECT ${[`coalesce(sum(n) FILTER (WHERE length(t) < 20 AND ${words}), 0)::DOUBLE`, ...sums].join(', ')} FROM (SELECT ${trimmedSql} AS t, n FROM freq WHERE v IS NOT NULL) WHERE t <> ''`,
  );
  for (const [at, { type }] of exact.entries()) counts[type] = Number(found[at + 1]);
  return { counts, tokens: Number(found[0]) };
}

/** Condition in SQL on a text; undefined where the type has none. */
export function sqlMatches(type: ColumnType, text: string): string | undefined {
  return KINDS.find((kind) => kind.type === type)?.sql?.(text);
}

export interface Ordered {
  readonly value: Float64Array;
  readonly count: Float64Array;
  readonly first: Float64Array;
  readonly last: Float64Array;
}

/** The numbers of `freq` in their order; different texts may be one number. `isPure`: all values are numbers. */
export async function readNumbers(database: Database, trimmedSql: string, isPure: boolean): Promise<Ordered> {
  const condition = isPure ? '' : `WHERE ${sqlMatches('float', trimmedSql)}`;
  const result = await database.connection.stream(
    `SELECT x, n::DOUBLE, r::DOUBLE, m::DOUBLE FROM (SELECT TRY_CAST(${trimmedSql} AS DOUBLE) AS x, n, r, m FROM freq ${condition}) WHERE isfinite(x) ORDER BY x, r`,
  );
  const parts: Float64Array[][] = [[], [], [], []];
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    for (let column = 0; column < 4; column++) {
      parts[column]?.push(Float64Array.from(chunk.getColumnValues(column) as number[]));
    }
  }
  const [
    value = new Float64Array(),
    count = new Float64Array(),
    first = new Float64Array(),
    last = new Float64Array(),
  ] = parts.map(join);
  return { value, count, first, last };
}

function join(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const ORDERS: { readonly [type in ColumnType]?: string } = {
  // Up to 38 digits by value, longer ones by their length.
  integer: `(coalesce(TRY_CAST(t AS HUGEINT), CASE WHEN t[1] = '-' THEN -1 ELSE 1 END * 170141183460469231731687303715884105727), CASE WHEN t[1] = '-' THEN -1 ELSE 1 END * length(t))`,
  decimal: 'TRY_CAST(t AS DOUBLE)',
  float: 'TRY_CAST(t AS DOUBLE)',
};

/** The text of `freq` that has the smallest value, and that with the largest: nothing is lost by a conversion. */
export async function readRange(database: Database, type: ColumnType): Promise<[string | null, string | null]> {
  const order = ORDERS[type];
  const texts = `SELECT ${TRIMMED} AS t FROM freq WHERE v IS NOT NULL`;
  const condition = KINDS.find((kind) => kind.type === type)?.sql?.('t');
  const [found = []] = await database.query(
    order === undefined
      ? `SELECT min(t)[1:400], max(t)[1:400] FROM (${texts}) WHERE t <> ''`
      : `SELECT arg_min(t[1:400], (${order}, t)), arg_max(t[1:400], (${order}, t)) FROM (${texts}) WHERE t <> '' AND lower(t) NOT IN ('nan', '+nan', '-nan') ${condition ? `AND ${condition}` : ''}`,
  );
  const [min, max] = found.map((text) => (text === null ? null : String(text)));
  return [min ?? null, max ?? null];
}

/** The same of values at hand. */
export function rangeOfValues(values: readonly Value[], type: ColumnType): [string | null, string | null] {
  const compare = isNumberType(type) ? compareNumbers : compareCharacters;
  let [min, max]: [string | undefined, string | undefined] = [undefined, undefined];
  for (const { trimmed } of values) {
    if (isNumberType(type) && (!isOfType(trimmed, type) || /nan$/i.test(trimmed))) continue;
    if (min === undefined || compare(trimmed, min) < 0) min = trimmed;
    if (max === undefined || compare(trimmed, max) > 0) max = trimmed;
  }
  return [min ?? null, max ?? null];
}

/** Written in any way; what a number of JavaScript cannot tell apart is told apart by its digits. */
function compareNumbers(a: string, b: string): number {
  const [x, y] = [toNumber(a), toNumber(b)];
  if (x !== y) return x < y ? -1 : 1;
  if (!Number.isSafeInteger(x) && /^[+-]?\d+$/.test(a) && /^[+-]?\d+$/.test(b)) {
    const [left, right] = [BigInt(a), BigInt(b)];
    if (left !== right) return left < right ? -1 : 1;
  }
  return compareCharacters(a, b);
}

function toNumber(text: string): number {
  const infinite = /^([+-]?)inf/i.exec(text);
  if (infinite) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(text);
}

/** By code point, as UTF-8 is ordered. */
function compareCharacters(a: string, b: string): number {
  for (let at = 0; at < a.length && at < b.length; at++) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (x === y) continue;
    // Halves of characters beyond the first 65,536 come after all that are whole.
    const [left, right] = [isHalf(x), isHalf(y)];
    return left === right ? x - y : left ? 1 : -1;
  }
  return a.length - b.length;
}

function isHalf(code: number): boolean {
  return code >= 0xd800 && code < 0xe000;
}
