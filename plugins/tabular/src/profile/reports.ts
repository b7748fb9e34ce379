/**
 * Tables in which several sources say something of the same things, and contradict each other. What is legitimate
 * variety (a price for each shop, a department for each month) must not be taken for it, so everything has to fit: the
 * grid of things and sources, every column, and how values differ within a thing. Pure.
 */
import type { ProfileColumn, ProfileDocument } from '../documents.generated.ts';
import { type CodedColumn, type CodedTable, codedClasses } from './codes.ts';
import { isMomentType, isNumberType } from './kinds.ts';
import { isMeasure } from './measures.ts';
import { ratio, six } from './numbers.ts';
import { type Classes, classesOf, type Groups, groupRows } from './partitions.ts';
import { areBound, inOrderOf, isInOrder, isTranslated, readsAsPlaceOrTime } from './reports-variety.ts';
import { isBareTime, valueKey } from './same-value.ts';
import { measure } from './soft-dependencies.ts';

type Reports = NonNullable<ProfileDocument['reports']>;

interface Options {
  /** Up to it a column is decided by another one, as for soft dependencies. */
  readonly g3: number;
  /** Visits of a row. */
  readonly budget: number;
}

const SOURCES_MIN = 8;
const THINGS_MIN = 10;
/** Rows of each thing, on average. */
const GROUP_MEAN = 5;
/** Rows of a value, for it to be a thing or a source; and share of the rows that have such values. */
const ROWS_MIN = 3;
const NEARLY_ALL = 0.95;
/** Share of the rows that are alone with their thing and source. */
const PAIRED = 0.98;
/** Columns that pairs are made of, for a thing of two columns. */
const PARTS_MAX = 10;
/** Share of the pairs of a thing and a source that there is a row of. */
const FILLED = 0.4;
/** How much the thing says of a value that is in dispute, and of one that tells things apart. */
const MU_MIN = 0.1;
const MU_TELLING = 0.3;
/** How much the source may say of it. */
const MU_SOURCE = 0.1;
/** Share of the things that have one value well ahead of the next, and by which share of their rows it is. */
const CLEAR_MIN = 0.4;
const CLEAR_TELLING = 0.6;
const LEAD = 0.1;
/** Different values of things for each thing: with fewer of them they are kinds or places that others have too. */
const TELLING = 0.3;
/**
 * Share of the values unlike most that one source alone has; where things have fewer rows, chance makes more of them.
 * Answers to a question come from a few, which many give; mistakes are of many kinds.
 */
const ALONE = 0.1;
const ALONE_OF_FEW = 0.3;
const FEW = 12;
/** What two columns say of a value more than each of them alone, for them to be one thing together. */
const PAIR_GAIN = 0.1;

/** Sources of these meanings are places, times or people: they may all be right. */
const NO_SOURCE: ReadonlySet<string> = new Set([
  ...['country', 'country_code', 'us_state', 'us_state_code', 'language', 'city', 'address', 'postal_code'],
  ...['month', 'weekday', 'year', 'person', 'email', 'phone', 'coordinates', 'colour'],
]);
/** Numbers of these meanings are names of something. */
const CODES: ReadonlySet<string> = new Set(['year', 'isbn', 'issn', 'ean', 'phone', 'postal_code', 'identifier']);
const MEASURES: ReadonlySet<string> = new Set(['currency_amount', 'percentage', 'quantity', 'latitude', 'longitude']);

/** Null where the table is nothing of the kind, which the counts of its values alone say of most. */
export function findReports(
  table: CodedTable,
  facts: readonly ProfileColumn[],
  options: Options,
): { readonly found: Reports | null; readonly isComplete: boolean } {
  const { columns, rows } = table;
  const total = rows.length;
  // A part of the rows has a part of each group.
  if (!table.isComplete) return { found: null, isComplete: false };
  if (total < THINGS_MIN * GROUP_MEAN) return { found: null, isComplete: true };
  const often = columns.map(({ counts }) => counts.filter((count) => count >= ROWS_MIN));
  const isWhole = (at: number) => (often[at] ?? []).reduce((sum, count) => sum + count, 0) >= NEARLY_ALL * total;
  const values = (at: number) => often[at]?.length ?? 0;
  const sources = columns.flatMap((column, at) => {
    const may = values(at) >= SOURCES_MIN && GROUP_MEAN * values(at) <= total && isWhole(at);
    return may && mayReport(column, facts[at] as ProfileColumn) ? [at] : [];
  });
  const parts = columns.flatMap((_, at) => {
    const { type } = facts[at] as ProfileColumn;
    const may = values(at) >= 2 && GROUP_MEAN * values(at) <= total && isWhole(at);
    return may && type !== 'decimal' && type !== 'float' && type !== 'boolean' ? [at] : [];
  });
  let best: { reports: Reports; worth: number } | undefined;
  let visits = 0;
  for (const size of [1, 2]) {
    // Two columns are one thing only where no column is.
    if (best || (size > 1 && parts.length > PARTS_MAX)) break;
    for (const source of sources) {
      for (const things of leftSides(parts, size)) {
        if (things.includes(source)) continue;
        const least = Math.max(...things.map(values)) * values(source);
        const most = things.reduce((product, at) => product * values(at), values(source));
        if (total < FILLED * least || NEARLY_ALL * total > most) continue;
        visits += total * (size + 2);
        if (visits > options.budget) return { found: best?.reports ?? null, isComplete: false };
        const grid = gridOf(table, things, source);
        if (!grid) continue;
        visits += total * columns.length * 4;
        const found = judge(table, facts, grid, options);
        if (found && found.worth > (best?.worth ?? 0)) best = found;
      }
    }
  }
  return { found: best?.reports ?? null, isComplete: true };
}

function leftSides(columns: readonly number[], size: number): number[][] {
  if (size === 1) return columns.map((at) => [at]);
  return columns.flatMap((a, at) => columns.slice(at + 1).map((b) => [a, b]));
}

function mayReport({ texts, counts }: CodedColumn, { type, semantic }: ProfileColumn): boolean {
  if (type !== 'text' || semantic.some((one) => NO_SOURCE.has(one.type))) return false;
  return !readsAsPlaceOrTime(texts.filter((_, code) => (counts[code] ?? 0) >= ROWS_MIN));
}

interface Grid {
  readonly things: readonly number[];
  readonly source: number;
  readonly classes: Classes;
  /** Rows by thing, and by source. */
  readonly byThing: Groups;
  readonly bySource: Groups;
  readonly thingCount: number;
  readonly sourceCount: number;
  readonly filled: number;
}

function gridOf({ columns, rows }: CodedTable, things: readonly number[], source: number): Grid | undefined {
  const of = columns[source] as CodedColumn;
  const classes = classesOf(things.map((at) => codedClasses(columns[at] as CodedColumn)));
  const byThing = groupRows(classes.codes, classes.count);
  const bySource = groupRows(of.codes, of.texts.length);
  const thingCount = countLarge(byThing);
  const sourceCount = countLarge(bySource);
  if (thingCount < THINGS_MIN || rows.length < GROUP_MEAN * thingCount) return undefined;
  const widest = Math.max(...things.map((at) => columns[at]?.texts.length ?? 0));
  if (things.length > 1 && classes.count <= 1.2 * widest) return undefined;
  const pairs = classesOf([classes, codedClasses(of)]);
  const both = pairs.codes.reduce((sum, code) => sum + (code < 0 ? 0 : 1), 0);
  if (both < NEARLY_ALL * rows.length || pairs.count < PAIRED * both) return undefined;
  const filled = pairs.count / (thingCount * sourceCount);
  if (filled < FILLED) return undefined;
  return { things, source, classes, byThing, bySource, thingCount, sourceCount, filled: Math.min(1, filled) };
}

function countLarge({ starts }: Groups): number {
  let count = 0;
  for (let at = 0; at + 1 < starts.length; at++) {
    if ((starts[at + 1] ?? 0) - (starts[at] ?? 0) >= ROWS_MIN) count++;
  }
  return count;
}

interface Dispute {
  readonly at: number;
  readonly isTime: boolean;
  /** Equal for values that differ in form only. */
  readonly keyed: CodedColumn;
  readonly groups: number;
  readonly clear: number;
  readonly rows: number;
  readonly kept: number;
  readonly missing: number;
  readonly mu: number;
  readonly sourceMu: number;
  /** Values of different things are different ones. */
  readonly isTelling: boolean;
}

function judge(
  { columns, rows }: CodedTable,
  facts: readonly ProfileColumn[],
  grid: Grid,
  { g3 }: Options,
): { reports: Reports; worth: number } | undefined {
  const disputes: Dispute[] = [];
  for (const [at, column] of columns.entries()) {
    if (at === grid.source || grid.things.includes(at)) continue;
    const of = facts[at] as ProfileColumn;
    const known = rows.length - column.missing;
    if (column.texts.length <= 1 || known <= (1 - NEARLY_ALL) * rows.length) continue;
    if (isRowNumber(column, of, rows.length)) continue;
    const decided = [grid.byThing, grid.bySource].some((groups) => (measure(groups, column)?.g3 ?? 1) <= g3);
    if (decided) continue;
    const dispute = isNumber(column, of) ? undefined : disputeOf(at, columns, grid);
    if (!dispute) return undefined;
    disputes.push(dispute);
  }
  const telling = disputes.filter(({ isTelling }) => isTelling);
  if (telling.length < 2) return undefined;
  if (grid.things.length > 1 && !telling.every((one) => needsBoth(one, columns, grid))) return undefined;
  const { classes, byThing, source } = grid;
  const told = columns[source] as CodedColumn;
  const keyed = disputes.map((one) => one.keyed);
  // A change that lasts, from one source to the next, is what happens over time.
  if (isInOrder(byThing, keyed) || isInOrder(inOrderOf(byThing, told), keyed)) return undefined;
  if (keyed.some((one) => isTranslated(byThing, told, one))) return undefined;
  // Two columns of which one says the other are one fact in two ways, or two sides of what is right for that source.
  const areFacts = telling.some((one, at) =>
    telling.slice(at + 1).some((other) => !areBound(classes, one.keyed, other.keyed)),
  );
  if (!areFacts) return undefined;
  const reports: Reports = {
    things: grid.things.map((at) => columns[at]?.name ?? ''),
    source: told.name,
    thing_count: grid.thingCount,
    source_count: grid.sourceCount,
    filled: six(grid.filled),
    columns: disputes.map((one) => ({
      column: one.keyed.name,
      is_time: one.isTime,
      groups: one.groups,
      clear: one.clear,
      rows: one.rows,
      plurality: ratio(one.kept, one.rows),
      conflicts: one.rows - one.kept,
      mu: six(one.mu),
      source_mu: six(one.sourceMu),
      missing: one.missing,
    })),
  };
  return { reports, worth: (grid.filled * disputes.reduce((sum, { mu }) => sum + mu, 0)) / disputes.length };
}

function isRowNumber({ texts, missing }: CodedColumn, of: ProfileColumn, total: number): boolean {
  if (texts.length < PAIRED * total || missing > (1 - PAIRED) * total || isMomentType(of.type)) return false;
  if (!isNumberType(of.type)) return true;
  if (of.type !== 'integer' || !of.numeric) return false;
  const { monotonic, quantiles } = of.numeric;
  return monotonic !== 'none' || quantiles.p95 - quantiles.p05 <= total || !isMeasure(of);
}

/** Measures, counts and states are what they are for each source: a price, a stock, whether there is one. */
function isNumber({ texts, counts, missing, codes }: CodedColumn, of: ProfileColumn): boolean {
  if (of.type === 'boolean' || of.type === 'json' || isMeasure(of)) return true;
  if (of.semantic.some(({ type }) => MEASURES.has(type))) return true;
  if (of.semantic.some(({ type }) => CODES.has(type))) return false;
  const numbers = texts.reduce(
    (sum, text, code) => sum + (/^[-+]?[\d.,]*\d%?$/.test(text) && !/^0\d/.test(text) ? (counts[code] ?? 0) : 0),
    0,
  );
  return isNumberType(of.type) || 2 * numbers > codes.length - missing;
}

/** Undefined where things do not say which value is right, or sources do. */
function disputeOf(at: number, columns: readonly CodedColumn[], grid: Grid): Dispute | undefined {
  const column = columns[at] as CodedColumn;
  const known = column.codes.length - column.missing;
  const bare = column.texts.reduce((sum, text, code) => sum + (isBareTime(text) ? (column.counts[code] ?? 0) : 0), 0);
  const isTime = 2 * bare > known;
  const keyed = byForm(column, isTime);
  const measures = measure(grid.byThing, keyed);
  const sourceMu = measure(grid.bySource, keyed)?.mu ?? 0;
  if (!measures || measures.mu < MU_MIN || sourceMu > MU_SOURCE) return undefined;
  const { rows, starts } = grid.byThing;
  const best = new Set<number>();
  let [groups, clear, seen, kept, missing, alone] = [0, 0, 0, 0, 0, 0];
  for (let group = 0; group + 1 < starts.length; group++) {
    const { values, most, next, present, absent } = tally(
      rows,
      starts[group] ?? 0,
      starts[group + 1] ?? 0,
      keyed.codes,
    );
    if (present < 2) continue;
    groups++;
    seen += present;
    kept += most;
    missing += absent;
    for (const count of values.values()) if (count === 1 && most > 1) alone++;
    if (most < 2 || most - next < LEAD * present) continue;
    clear++;
    for (const [code, count] of values) if (count === most) best.add(code);
  }
  if (groups < THINGS_MIN || clear < CLEAR_MIN * groups) return undefined;
  const isOpen = alone >= (seen < FEW * groups ? ALONE_OF_FEW : ALONE) * (seen - kept);
  const isTelling =
    isOpen && measures.mu >= MU_TELLING && clear >= CLEAR_TELLING * groups && best.size >= TELLING * clear;
  return { at, isTime, keyed, groups, clear, rows: seen, kept, missing, mu: measures.mu, sourceMu, isTelling };
}

function byForm({ name, codes, texts, counts, missing }: CodedColumn, isTime: boolean): CodedColumn {
  const ids = new Map<string, number>();
  const keys: string[] = [];
  const sums: number[] = [];
  const idOf = texts.map((text, code) => {
    const key = valueKey(text, isTime);
    let id = ids.get(key);
    if (id === undefined) {
      id = keys.push(key) - 1;
      ids.set(key, id);
      sums.push(0);
    }
    sums[id] = (sums[id] ?? 0) + (counts[code] ?? 0);
    return id;
  });
  return { name, codes: codes.map((code) => (code < 0 ? -1 : (idOf[code] ?? -1))), texts: keys, counts: sums, missing };
}

function tally(rows: Int32Array, from: number, to: number, codes: Int32Array) {
  const values = new Map<number, number>();
  let present = 0;
  for (let at = from; at < to; at++) {
    const code = codes[rows[at] ?? 0] ?? -1;
    if (code < 0) continue;
    present++;
    values.set(code, (values.get(code) ?? 0) + 1);
  }
  const [most = 0, next = 0] = [...values.values()].sort((a, b) => b - a);
  return { values, most, next, present, absent: to - from - present };
}

/** Neither of the two columns of a thing says it nearly as well. */
function needsBoth({ keyed, mu }: Dispute, columns: readonly CodedColumn[], { things }: Grid): boolean {
  return things.every((at) => {
    const { codes, texts } = columns[at] as CodedColumn;
    return (measure(groupRows(codes, texts.length), keyed)?.mu ?? 0) <= mu - PAIR_GAIN;
  });
}
