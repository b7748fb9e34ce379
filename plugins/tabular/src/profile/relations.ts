/** What columns have to do with each other beside functional dependencies. Pure. */
import type {
  ProfileColumn,
  ProfileComplement,
  ProfileConditional,
  ProfileEquality,
  ProfileInclusion,
  ProfileOrder,
  ProfileSum,
} from '../documents.generated.ts';
import type { CodedColumn, CodedTable } from './codes.ts';
import { isMomentType, isNumberType } from './kinds.ts';
import { millisecondsOf, parseMoment } from './moments.ts';
import { ratio } from './numbers.ts';
import { LIMITS } from './options.ts';
import { compareText, cut } from './values.ts';

export interface Relations {
  readonly inclusions: ProfileInclusion[];
  readonly orders: ProfileOrder[];
  readonly sums: ProfileSum[];
  readonly equalities: ProfileEquality[];
  readonly conditionals: ProfileConditional[];
  readonly complements: ProfileComplement[];
}

const SHARE_MIN = 0.95;
const ROWS_MIN = 10;
const LISTED_MAX = 100;
/** Columns of numbers that sums are made of. */
const SUM_COLUMNS_MAX = 25;
const TOLERANCE = 1e-9;
const CONDITIONAL_SHARE = 0.99;
const CATEGORIES_MAX = 50;

export function relations(table: CodedTable, facts: readonly ProfileColumn[]): Relations {
  // What counts rows is above and below everything by accident.
  const numbers = table.columns.map((column, at) =>
    isCounter(facts[at] as ProfileColumn) ? undefined : numbersOf(column, facts[at] as ProfileColumn),
  );
  return {
    inclusions: inclusions(table, facts),
    orders: orders(table, facts, numbers),
    sums: sums(table, facts, numbers),
    equalities: equalities(table),
    conditionals: conditionals(table),
    complements: complements(table),
  };
}

function isCounter({ type, numeric, semantic, distinctness }: ProfileColumn): boolean {
  if (semantic.some((one) => one.type === 'identifier')) return true;
  return type === 'integer' && distinctness === 1 && numeric?.monotonic.startsWith('strictly') === true;
}

/** Of each row; NaN where there is none. Dates in milliseconds. */
function numbersOf({ codes, texts }: CodedColumn, { type, datetime }: ProfileColumn): Float64Array | undefined {
  let of: Float64Array;
  if (isNumberType(type))
    of = Float64Array.from(texts, (text) => (/^\s*[+-]?[\d.]/.test(text) ? Number(text) : Number.NaN));
  else if (isMomentType(type)) {
    of = Float64Array.from(texts, (text) => {
      const moment = parseMoment(text.trim());
      return (moment && millisecondsOf(moment, datetime?.day_first ?? undefined)) ?? Number.NaN;
    });
  } else return undefined;
  return Float64Array.from(codes, (code) => (code < 0 ? Number.NaN : (of[code] ?? Number.NaN)));
}

function inclusions({ columns }: CodedTable, facts: readonly ProfileColumn[]): ProfileInclusion[] {
  const found: ProfileInclusion[] = [];
  const sets = columns.map(({ texts }) => new Set(texts));
  for (const [a, column] of columns.entries()) {
    if (column.texts.length < 3 || facts[a]?.type === 'boolean') continue;
    for (const [b, other] of columns.entries()) {
      if (a === b || other.texts.length < column.texts.length || facts[a]?.type !== facts[b]?.type) continue;
      if (facts[a]?.type === 'integer' && isCounter(facts[b] as ProfileColumn) && !isCounter(facts[a] as ProfileColumn))
        continue;
      const allowed = Math.floor((1 - SHARE_MIN) * column.texts.length);
      let outside = 0;
      for (const text of column.texts) if (!sets[b]?.has(text) && ++outside > allowed) break;
      if (outside > allowed) continue;
      const covered = ratio(column.texts.length - outside, column.texts.length);
      found.push({ column: column.name, in: other.name, distinct: column.texts.length, covered });
    }
  }
  return found
    .sort((x, y) => y.covered - x.covered || y.distinct - x.distinct || compareText(x.column, y.column))
    .slice(0, LISTED_MAX);
}

/** a ≤ b where their ranges overlap: that prices are below years says nothing. */
function orders(
  { columns, rows }: CodedTable,
  facts: readonly ProfileColumn[],
  numbers: readonly (Float64Array | undefined)[],
): ProfileOrder[] {
  const found: ProfileOrder[] = [];
  const ranges = numbers.map((of) => of && rangeOf(of));
  for (const [a, low] of numbers.entries()) {
    for (const [b, high] of numbers.entries()) {
      if (!low || !high || a === b || isMomentType(facts[a]?.type ?? 'text') !== isMomentType(facts[b]?.type ?? 'text'))
        continue;
      const [from, to] = [ranges[a], ranges[b]];
      if (!from || !to || from.max < to.min || from.max > 100 * Math.max(1, Math.abs(to.max))) continue;
      let both = 0;
      let equal = 0;
      const violating: number[] = [];
      for (let row = 0; row < low.length; row++) {
        const [x = Number.NaN, y = Number.NaN] = [low[row], high[row]];
        if (Number.isNaN(x) || Number.isNaN(y)) continue;
        both++;
        if (x === y) equal++;
        if (x > y) {
          violating.push(rows[row] ?? 0);
          if (violating.length > (1 - SHARE_MIN) * low.length) break;
        }
      }
      // Equal everywhere is another relation.
      if (both < ROWS_MIN || violating.length > (1 - SHARE_MIN) * both || equal > 0.9 * both) continue;
      found.push({
        lower: columns[a]?.name ?? '',
        upper: columns[b]?.name ?? '',
        rows: both,
        share: ratio(both - violating.length, both),
        strict: equal === 0 && violating.length === 0,
        violations: violating.length,
        violating: violating.slice(0, LIMITS.rows),
      });
    }
  }
  return found
    .sort(
      (x, y) => y.share - x.share || y.rows - x.rows || compareText(x.lower, y.lower) || compareText(x.upper, y.upper),
    )
    .slice(0, LISTED_MAX);
}

function rangeOf(values: Float64Array): { min: number; max: number } | undefined {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return max >= min ? { min, max } : undefined;
}

/** a + b = c for any three columns, and a column that is the sum of two to ten that stand side by side. */
function sums(
  { columns, rows }: CodedTable,
  facts: readonly ProfileColumn[],
  numbers: readonly (Float64Array | undefined)[],
): ProfileSum[] {
  const usable = numbers
    .flatMap((of, at) => (of && isNumberType(facts[at]?.type ?? 'text') && (facts[at]?.distinct ?? 0) > 2 ? [at] : []))
    .slice(0, SUM_COLUMNS_MAX);
  const found: ProfileSum[] = [];
  const tried = new Set<string>();
  const check = (total: number, parts: readonly number[]) => {
    const key = `${total}=${[...parts].sort((a, b) => a - b).join('+')}`;
    if (tried.has(key)) return;
    tried.add(key);
    const checked = checkSum(
      numbers[total] as Float64Array,
      parts.map((at) => numbers[at] as Float64Array),
    );
    if (!checked) return;
    found.push({
      total: columns[total]?.name ?? '',
      parts: parts.map((at) => columns[at]?.name ?? ''),
      rows: checked.rows,
      share: ratio(checked.rows - checked.violating.length, checked.rows),
      violations: checked.violating.length,
      violating: checked.violating.slice(0, LIMITS.rows).map((row) => rows[row] ?? 0),
    });
  };
  for (const total of usable) {
    const others = usable.filter((at) => at !== total);
    for (const [at, a] of others.entries()) {
      for (const b of others.slice(at + 1)) check(total, [a, b]);
      for (let size = 3; size <= 10; size++) {
        const block = others.slice(at, at + size);
        if (block.length === size && (block.at(-1) ?? 0) - (block[0] ?? 0) <= size) check(total, block);
      }
    }
  }
  return found
    .sort((x, y) => y.share - x.share || y.rows - x.rows || compareText(x.total, y.total))
    .slice(0, LISTED_MAX);
}

function checkSum(
  total: Float64Array,
  parts: readonly Float64Array[],
): { rows: number; violating: number[] } | undefined {
  let rows = 0;
  let telling = 0;
  const violating: number[] = [];
  for (let row = 0; row < total.length; row++) {
    const wanted = total[row] ?? Number.NaN;
    let sum = 0;
    let present = 0;
    for (const part of parts) {
      const value = part[row] ?? Number.NaN;
      sum += value;
      if (value !== 0) present++;
    }
    if (Number.isNaN(wanted) || Number.isNaN(sum)) continue;
    rows++;
    if (Math.abs(sum - wanted) <= TOLERANCE * Math.max(1, Math.abs(wanted))) {
      if (present > 1) telling++;
    } else {
      violating.push(row);
      if (violating.length > ROWS_MIN && violating.length > 0.2 * rows) return undefined;
    }
  }
  if (rows < ROWS_MIN || violating.length > (1 - SHARE_MIN) * rows || telling < Math.max(3, 0.02 * rows))
    return undefined;
  return { rows, violating };
}

function equalities({ columns, rows }: CodedTable): ProfileEquality[] {
  const found: ProfileEquality[] = [];
  for (const [a, left] of columns.entries()) {
    if (left.texts.length < 2) continue;
    for (const right of columns.slice(a + 1)) {
      if (right.texts.length < 2) continue;
      const ids = new Map(right.texts.map((text, code) => [text, code]));
      const same = Int32Array.from(left.texts, (text) => ids.get(text) ?? -2);
      let both = 0;
      const violating: number[] = [];
      for (let row = 0; row < left.codes.length; row++) {
        const [x = -1, y = -1] = [left.codes[row], right.codes[row]];
        if (x < 0 || y < 0) continue;
        both++;
        if (same[x] !== y) {
          violating.push(rows[row] ?? 0);
          if (violating.length > ROWS_MIN && violating.length > (1 - SHARE_MIN) * left.codes.length) break;
        }
      }
      if (both < ROWS_MIN || violating.length > (1 - SHARE_MIN) * both) continue;
      found.push({
        columns: [left.name, right.name],
        rows: both,
        share: ratio(both - violating.length, both),
        violations: violating.length,
        violating: violating.slice(0, LIMITS.rows),
      });
    }
  }
  return found.slice(0, LISTED_MAX);
}

/** A value of one column that always has one value of another beside it, which is rarer elsewhere. */
function conditionals({ columns, rows }: CodedTable): ProfileConditional[] {
  const found: ProfileConditional[] = [];
  const few = columns
    .filter(({ texts }) => texts.length >= 2 && texts.length <= CATEGORIES_MAX)
    .slice(0, CATEGORIES_MAX);
  for (const left of few) {
    for (const right of few) {
      if (left === right) continue;
      const width = right.texts.length + 1;
      const counts = new Int32Array(left.texts.length * width);
      const all = new Int32Array(width);
      for (let row = 0; row < rows.length; row++) {
        const [x = -1, y = -1] = [left.codes[row], right.codes[row]];
        all[y + 1] = (all[y + 1] ?? 0) + 1;
        if (x >= 0) counts[x * width + y + 1] = (counts[x * width + y + 1] ?? 0) + 1;
      }
      const holding: ProfileConditional[] = [];
      let groups = 0;
      for (const [code, value] of left.texts.entries()) {
        const size = left.counts[code] ?? 0;
        if (size < Math.max(ROWS_MIN, 0.02 * rows.length)) continue;
        groups++;
        const of = counts.subarray(code * width, (code + 1) * width);
        const best = of.indexOf(Math.max(...of));
        const share = (of[best] ?? 0) / size;
        if (share < CONDITIONAL_SHARE || (all[best] ?? 0) > 0.8 * rows.length) continue;
        holding.push({
          column: left.name,
          value: cut(value),
          then_column: right.name,
          then_value: best === 0 ? null : cut(right.texts[best - 1] ?? ''),
          rows: size,
          share: ratio(of[best] ?? 0, size),
        });
      }
      // Where all values do, it is a functional dependency.
      if (holding.length < groups) found.push(...holding);
    }
  }
  return found
    .sort(
      (x, y) =>
        y.rows - x.rows ||
        compareText(`${x.column}\0${x.value}\0${x.then_column}`, `${y.column}\0${y.value}\0${y.then_column}`),
    )
    .slice(0, LISTED_MAX);
}

function complements({ columns, rows }: CodedTable): ProfileComplement[] {
  const found: ProfileComplement[] = [];
  const total = rows.length;
  const partly = columns.filter(({ missing }) => missing >= 0.05 * total && missing <= 0.95 * total);
  for (const [at, left] of partly.entries()) {
    for (const right of partly.slice(at + 1)) {
      if (Math.abs(left.missing + right.missing - total) > 0.1 * total) continue;
      const counts = [0, 0, 0];
      for (let row = 0; row < total; row++) {
        const present = Number((left.codes[row] ?? -1) >= 0) + Number((right.codes[row] ?? -1) >= 0);
        counts[present] = (counts[present] ?? 0) + 1;
      }
      const [none = 0, one = 0, several = 0] = counts;
      if (total >= ROWS_MIN && one >= SHARE_MIN * total)
        found.push({ columns: [left.name, right.name], one, none, several });
    }
  }
  return found.slice(0, LISTED_MAX);
}
