/** Evidence that a table has another shape than it should: values in the header, groups of columns, rows that head others. Pure. */
import type { ProfileColumn, ProfileDocument } from '../documents.generated.ts';
import type { CodedTable } from './codes.ts';
import { isNumberType, typeOfTexts } from './kinds.ts';
import { parseMoment } from './moments.ts';
import { ratio, six } from './numbers.ts';
import { LIMITS } from './options.ts';
import { compareText } from './values.ts';

type Reshape = ProfileDocument['reshape'];
type Names = Reshape['blocks'][number]['names'];

const BLOCK_MIN = 3;
const ROWS_TYPED_MAX = 500;
const MONTH = /^(jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?$/i;
const WEEKDAY = /^(mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?$/i;

export function reshape(table: CodedTable, columns: readonly ProfileColumn[]): Reshape {
  return {
    blocks: blocks(columns),
    groups: groups(columns),
    transpose: transpose(table, columns),
    row_groups: rowGroups(table, columns),
    pivots: pivots(table, columns),
    subtitles: subtitles(table),
  };
}

/** What all names have in common, and what is left of each. */
function stemOf(names: readonly string[]): { stem: string; rests: string[] } {
  const [first = ''] = names;
  let before = 0;
  while (before < first.length && names.every((name) => name[before] === first[before])) before++;
  let after = 0;
  const least = Math.min(...names.map((name) => name.length)) - before;
  while (after < least && names.every((name) => name.at(-1 - after) === first.at(-1 - after))) after++;
  // A number is not cut in two.
  while (before > 0 && /\d/.test(first[before - 1] ?? '')) before--;
  while (after > 0 && /\d/.test(first.at(-after) ?? '')) after--;
  const rests = names.map((name) => name.slice(before, name.length - after));
  return { stem: `${first.slice(0, before)}${after > 0 ? first.slice(-after) : ''}`, rests };
}

function namesOf(rests: readonly string[]): Names {
  if (rests.every((rest) => /^(1[5-9]|20|21)\d\d$/.test(rest))) return 'year';
  if (rests.every((rest) => /^-?\d+([.,]\d+)?$/.test(rest))) return 'number';
  if (rests.every((rest) => MONTH.test(rest))) return 'month';
  if (rests.every((rest) => WEEKDAY.test(rest))) return 'weekday';
  if (rests.every((rest) => parseMoment(rest) !== undefined)) return 'date';
  return 'text';
}

/** Neighbours of one type with names that are values; texts as names count where their values are alike. */
function blocks(columns: readonly ProfileColumn[]): Reshape['blocks'] {
  const found: Reshape['blocks'] = [];
  for (let from = 0; from < columns.length; ) {
    const kind = kindOf(columns[from]);
    let to = from + 1;
    while (to < columns.length && kind !== 'empty' && (kindOf(columns[to]) === kind || columns[to]?.type === 'empty'))
      to++;
    const run = columns.slice(from, to);
    if (run.length >= BLOCK_MIN) {
      const part = bestPart(run);
      if (part) found.push(part);
    }
    from = to;
  }
  return found;
}

function kindOf(column: ProfileColumn | undefined): string {
  return column === undefined ? '' : isNumberType(column.type) ? 'number' : column.type;
}

function bestPart(run: readonly ProfileColumn[]): Reshape['blocks'][number] | undefined {
  // The longest part whose names have one form.
  for (let size = run.length; size >= BLOCK_MIN; size--) {
    for (let from = 0; from + size <= run.length; from++) {
      const part = run.slice(from, from + size);
      const { stem, rests } = stemOf(part.map(({ name, label }) => (label ?? name).trim()));
      const form = namesOf(rests);
      const names = form === 'text' && /[ _.-]/.test(stem) ? 'affixed' : form;
      if (names === 'text') continue;
      return block(part, names, stem, names === 'affixed' ? 0.6 : 0.9);
    }
  }
  const overlap = overlapOf(run);
  if (run.length < BLOCK_MIN + 1 || overlap < 0.5) return undefined;
  return block(run, 'text', '', 0.5 * overlap);
}

function block(part: readonly ProfileColumn[], names: Names, stem: string, base: number): Reshape['blocks'][number] {
  const overlap = overlapOf(part);
  return {
    columns: part.map(({ name }) => name),
    names,
    stem,
    type: part.find(({ type }) => type !== 'empty')?.type ?? 'empty',
    overlap,
    score: six(Math.min(1, base * (0.6 + 0.4 * overlap))),
  };
}

/** Mean of what neighbours have in common: of ranges for numbers, of frequent values for others. */
function overlapOf(part: readonly ProfileColumn[]): number {
  let sum = 0;
  let pairs = 0;
  for (const [at, left] of part.entries()) {
    const right = part[at + 1];
    if (!right) break;
    pairs++;
    if (left.numeric && right.numeric) {
      const [a, b] = [left.numeric.quantiles, right.numeric.quantiles];
      const width = Math.max(a.p95, b.p95) - Math.min(a.p05, b.p05);
      sum += width === 0 ? 1 : Math.max(0, Math.min(a.p95, b.p95) - Math.max(a.p05, b.p05)) / width;
    } else {
      const known = new Set(left.top.map(({ value }) => value));
      const common = right.top.filter(({ value }) => known.has(value)).length;
      sum += common / Math.max(1, Math.min(left.top.length, right.top.length));
    }
  }
  return pairs === 0 ? 0 : six(sum / pairs);
}

/** Names that are a stem and what counts it, in the same order for every count. */
function groups(columns: readonly ProfileColumn[]): Reshape['groups'] {
  const patterns: readonly ((name: string) => readonly [string, string] | undefined)[] = [
    (name) => cutName(/^(.*\D)[ _.-]?(\d+)$/, name),
    (name) => cutName(/^(\d+)[ _.-]?(\D.*)$/, name, true),
    (name) => cutName(/^(.+)[ _.-]([^ _.-]+)$/, name),
    (name) => cutName(/^([^ _.-]+)[ _.-](.+)$/, name, true),
  ];
  for (const [at, pattern] of patterns.entries()) {
    const byKey = new Map<string, { stem: string; name: string }[]>();
    for (const { name, label } of columns) {
      const cut = pattern((label ?? name).trim());
      if (cut) byKey.set(cut[1], [...(byKey.get(cut[1]) ?? []), { stem: cut[0], name }]);
    }
    const usual = [...byKey.values()].map((members) => members.map(({ stem }) => stem).join('\0'));
    const wanted = usual.filter((stems) => stems.includes('\0'));
    const [best] = [...new Set(wanted)]
      .map((stems) => ({ stems, count: wanted.filter((one) => one === stems).length }))
      .sort((a, b) => b.count - a.count || compareText(a.stems, b.stems));
    if (!best || best.count < 2 || (at > 1 && best.count < 3)) continue;
    const chosen = [...byKey].filter(([, members]) => members.map(({ stem }) => stem).join('\0') === best.stems);
    const stems = best.stems.split('\0');
    return [
      {
        stems: stems.map((stem) => stem.replace(/[ _.-]+$|^[ _.-]+/g, '')),
        keys: chosen.map(([key]) => key),
        columns: chosen.map(([, members]) => members.map(({ name }) => name)),
        score: six(Math.min(1, (chosen.length * stems.length) / columns.length + 0.2) * (at > 1 ? 0.7 : 1)),
      },
    ];
  }
  return [];
}

function cutName(pattern: RegExp, name: string, keyFirst = false): readonly [string, string] | undefined {
  const match = pattern.exec(name);
  if (!match) return undefined;
  const [, first = '', second = ''] = match;
  return keyFirst ? [second, first] : [first, second];
}

/** Rows that are more alike in type than columns. */
function transpose({ columns: coded, rows }: CodedTable, columns: readonly ProfileColumn[]): Reshape['transpose'] {
  const [first] = columns;
  const header =
    first !== undefined &&
    first.values > 0 &&
    first.distinct === first.values &&
    first.missing.count === 0 &&
    first.type === 'text';
  const typed = columns.slice(1).filter(({ type }) => type !== 'empty');
  const columnTypes = ratio(typed.filter(({ type }) => type !== 'text').length, typed.length);
  const looked = Math.min(rows.length, ROWS_TYPED_MAX);
  let alike = 0;
  let other = 0;
  for (let row = 0; row < looked; row++) {
    const texts = coded.slice(1).flatMap(({ codes, texts: all }) => {
      const code = codes[row] ?? -1;
      return code < 0 ? [] : [(all[code] ?? '').trim()];
    });
    if (texts.length < 2) continue;
    if (typeOfTexts(texts, 1) !== 'text') alike++;
    else other++;
  }
  const rowTypes = ratio(alike, alike + other);
  const wide = ratio(columns.length, columns.length + rows.length);
  const score =
    !header || rows.length < 2 || columns.length < 3
      ? 0
      : six(Math.max(0, Math.min(1, (rowTypes - columnTypes) * 0.7 + (wide > 0.5 ? 0.3 * wide : 0))));
  return { score, first_column_header: header, row_types: rowTypes, column_types: columnTypes };
}

/** A few values in one order, over and over. */
function rowGroups({ columns, rows }: CodedTable, facts: readonly ProfileColumn[]): Reshape['row_groups'] {
  const found: Reshape['row_groups'] = [];
  for (const { codes, texts, counts, name, missing } of columns) {
    const size = texts.length;
    if (size < 2 || size > 50 || missing > 0 || rows.length < 2 * size) continue;
    let kept = 0;
    for (let row = size; row < codes.length; row++) if (codes[row] === codes[row - size]) kept++;
    const share = ratio(kept, codes.length - size);
    // What one frequent value alone would give.
    const chance = counts.reduce((sum, count) => sum + (count / codes.length) ** 2, 0);
    const isInOrder = new Set(codes.subarray(0, size)).size === size;
    if (!isInOrder || share - chance < 0.9 * (1 - chance)) continue;
    const values = facts
      .filter((column) => column.name !== name && column.values > 0 && column.distinct > size)
      .map((column) => column.name);
    found.push({ column: name, size, share, value_columns: values });
  }
  return found.slice(0, 20);
}

/** Few names that come back, one value column, and other columns that with the names tell rows apart. */
function pivots({ columns, rows }: CodedTable, facts: readonly ProfileColumn[]): Reshape['pivots'] {
  const found: Reshape['pivots'] = [];
  if (columns.length < 2 || columns.length > 8 || rows.length < 4) return found;
  for (const [at, names] of columns.entries()) {
    if (facts[at]?.type !== 'text' || names.texts.length < 2 || names.texts.length > 50 || names.missing > 0) continue;
    const least = Math.min(...names.counts);
    const most = Math.max(...names.counts);
    if (least < 2 || least < 0.5 * most) continue;
    for (const [value, values] of columns.entries()) {
      if (value === at || values.texts.length < names.texts.length) continue;
      const keys = columns.flatMap((_, other) => (other === at || other === value ? [] : [other]));
      if (keys.length === 0) continue;
      const entities = new Set<string>();
      const cells = new Set<string>();
      for (let row = 0; row < rows.length; row++) {
        const key = keys.map((other) => columns[other]?.codes[row]).join(',');
        entities.add(key);
        cells.add(`${key};${names.codes[row]}`);
      }
      if (cells.size < rows.length || entities.size > 0.6 * rows.length) continue;
      const filled = rows.length / (entities.size * names.texts.length);
      if (filled < 0.5) continue;
      const isLast = value > at ? 1 : 0.8;
      found.push({
        names: names.name,
        values: values.name,
        keys: keys.map((other) => columns[other]?.name ?? ''),
        distinct: names.texts.length,
        score: six(filled * isLast * (isNumberType(facts[value]?.type ?? 'text') ? 0.9 : 0.7)),
      });
    }
  }
  return found
    .sort((a, b) => b.score - a.score || compareText(a.names, b.names) || compareText(a.values, b.values))
    .slice(0, 10);
}

function subtitles({ columns, rows }: CodedTable): Reshape['subtitles'] {
  const none = { column: null, count: 0, rows: [] };
  if (columns.length < 3) return none;
  const byColumn = columns.map((): number[] => []);
  for (let row = 0; row < rows.length; row++) {
    let only = -1;
    let present = 0;
    for (const [at, { codes }] of columns.entries()) {
      if ((codes[row] ?? -1) < 0) continue;
      present++;
      only = at;
      if (present > 1) break;
    }
    if (present === 1) byColumn[only]?.push(rows[row] ?? 0);
  }
  const best = byColumn.reduce((most, of, at) => (of.length > (byColumn[most]?.length ?? 0) ? at : most), 0);
  const of = byColumn[best] ?? [];
  return of.length === 0
    ? none
    : { column: columns[best]?.name ?? null, count: of.length, rows: of.slice(0, LIMITS.rows) };
}
