/** Evidence that a table has another shape than it should: values in the header, groups of columns, rows that head others. Pure. */
import type { ProfileColumn, ProfileDocument } from '../documents.generated.ts';
import { uniqueNames } from '../table/names.ts';
import { ROW } from '../table/table.ts';
import type { CodedColumn, CodedTable } from './codes.ts';
import { ratio, six } from './numbers.ts';
import { LIMITS } from './options.ts';
import { blocks } from './shape/blocks.ts';
import { cellOf, type Grid, gridOf, mainKind, turned } from './shape/grid.ts';
import { groups } from './shape/groups.ts';
import { lists } from './shape/lists.ts';
import { type Transposed, transposed } from './shape/transposed.ts';
import { compareText } from './values.ts';

type Reshape = ProfileDocument['reshape'];

const HEADS_MAX = 1000;
/** Less sure than this, names of what would come out are not worth their place in the profile. */
const TURNED_MIN = 0.25;
/** Rows of one thing each, such as places, are a little more alike than columns. */
const APART_FREE = 0.06;

export function reshape(table: CodedTable, columns: readonly ProfileColumn[]): Reshape {
  const labels = columns.map(({ label }) => label);
  const heading = subtitles(table);
  const isHead = new Set(heading.places);
  const grid = gridOf(
    table,
    labels,
    heading.places.length < 2 || !heading.facts.leads
      ? undefined
      : Array.from(table.rows.keys()).filter((row) => !isHead.has(row)),
  );
  const called = columns.map(({ name }) => name);
  const turn = transposed(grid);
  return {
    ...repeated(grid, called, turn),
    transpose: transposeOf(table, grid, turn, called, labels),
    row_groups: rowGroups(table, columns),
    pivots: pivots(table, columns),
    subtitles: heading.facts,
    lists: lists(table.columns, labels).map(({ at, ...facts }) => ({ column: called[at] ?? '', ...facts })),
  };
}

/** Blocks and groups of columns; of two that say the same the groups say more. */
function repeated(grid: Grid, called: readonly string[], turn?: Transposed): Pick<Reshape, 'blocks' | 'groups'> {
  const found = groups(grid);
  const name = (at: number) => called[at] ?? '';
  // Where each row is a variable of its own, columns are none, whatever they are called.
  const stands =
    turn && turn.score > 0 ? 1 - 3 * Math.max(0, Math.min(0.3, turn.inRows - turn.inColumns - APART_FREE)) : 1;
  return {
    blocks: blocks(grid).map(({ from, to, names, stem, kind, overlap, score }) => ({
      columns: called.slice(from, to + 1),
      names,
      stem,
      type: kind,
      overlap,
      score: found.some((group) => group.from <= from && group.to >= to && group.score > 0.5)
        ? six(0.6 * stands * score)
        : six(stands * score),
    })),
    groups: found.map(({ stems, keys, columns, score }) => ({
      stems: [...stems],
      keys: [...keys],
      columns: columns.map((group) => group.map((at) => (at === undefined ? null : name(at)))),
      score,
    })),
  };
}

function transposeOf(
  table: CodedTable,
  grid: Grid,
  { score, isHeader, rowTypes, columnTypes, inRows, inColumns }: Transposed,
  called: readonly string[],
  labels: readonly (string | null)[],
): Reshape['transpose'] {
  const [heads] = table.columns;
  const isWorth =
    score >= TURNED_MIN &&
    heads !== undefined &&
    table.isComplete &&
    grid.rows === table.rows.length &&
    grid.rows <= HEADS_MAX &&
    labels.some((label) => label !== null);
  const names = isWorth ? Array.from(heads.codes, (code) => heads.texts[code] ?? '') : [];
  return {
    score: isWorth ? score : 0,
    first_column_header: isHeader,
    row_types: rowTypes,
    column_types: columnTypes,
    in_rows: inRows,
    in_columns: inColumns,
    names,
    after: isWorth
      ? repeated(turned(grid), uniqueNames([called[0] ?? '', ...names], [ROW]))
      : { blocks: [], groups: [] },
  };
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

const PIVOT_COLUMNS_MAX = 8;
const PIVOT_NAMES_MAX = 50;
const NAMES_LABEL =
  /(^|[^a-z])(variable|var|attribute|attr|field|key|measure|metric|indicator|parameter|param|property|element|item|statistic|stat|question|series)s?([^a-z]|$|_?name)/i;
const VALUES_LABEL = /(^|[^a-z])(value|val|amount|answer|response|reading|result|data)s?([^a-z]|$)/i;

/** A column of names and one of values, whose records are told by other columns, or by the first name. */
function pivots(table: CodedTable, facts: readonly ProfileColumn[]): Reshape['pivots'] {
  const { columns, rows } = table;
  if (columns.length < 2 || columns.length > PIVOT_COLUMNS_MAX || rows.length < 4 || !table.isComplete) return [];
  const found = columns.length === 2 ? recordsInRuns(table, facts) : recordsByKeys(table, facts);
  return found
    .sort((a, b) => b.score - a.score || compareText(a.names, b.names) || compareText(a.values, b.values))
    .slice(0, 10);
}

function recordsByKeys({ columns, rows }: CodedTable, facts: readonly ProfileColumn[]): Reshape['pivots'] {
  const found: Reshape['pivots'] = [];
  for (const [at, names] of columns.entries()) {
    if (
      facts[at]?.type !== 'text' ||
      names.texts.length < 2 ||
      names.texts.length > PIVOT_NAMES_MAX ||
      names.missing > 0
    )
      continue;
    const least = Math.min(...names.counts);
    const most = Math.max(...names.counts);
    if (least < 2 || least < 0.5 * most) continue;
    for (const [value, values] of columns.entries()) {
      if (value === at || values.texts.length < names.texts.length) continue;
      const keys = columns.flatMap((_, other) => (other === at || other === value ? [] : [other]));
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
      // Values of one kind are one variable, however it is called.
      const mixed = kindsPerName(names, values);
      const called = (NAMES_LABEL.test(names.name) ? 0.3 : 0) + (VALUES_LABEL.test(values.name) ? 0.1 : 0);
      found.push({
        names: names.name,
        values: values.name,
        keys: keys.map((other) => columns[other]?.name ?? ''),
        labels: [...names.texts],
        records: 'keys',
        score: six(filled * (value > at ? 1 : 0.8) * Math.min(0.95, 0.25 + called + 0.35 * mixed)),
      });
    }
  }
  return found;
}

/** Share of the names whose values are of another kind than most. */
function kindsPerName(names: CodedColumn, values: CodedColumn): number {
  const kinds = names.texts.map((_, name) => {
    const cells = Array.from(values.codes).flatMap((code, row) =>
      names.codes[row] === name && code >= 0 ? [cellOf((values.texts[code] ?? '').trim())] : [],
    );
    const { kind, share } = mainKind(cells.slice(0, 100));
    return share >= 0.8 ? kind : '';
  });
  const most = Math.max(...kinds.map((kind) => kinds.filter((other) => other === kind).length));
  return 1 - most / kinds.length;
}

/** `name`, `value` below each other, from the first name to where it comes again. */
function recordsInRuns({ columns }: CodedTable, facts: readonly ProfileColumn[]): Reshape['pivots'] {
  const [names, values] = columns;
  if (!names || !values || names.missing > 0 || names.texts.length < 2 || names.texts.length > PIVOT_NAMES_MAX)
    return [];
  let records = 0;
  let last = -1;
  let inOrder = 0;
  const seen = new Set<number>();
  for (const code of names.codes) {
    if (code === 0) {
      records++;
      seen.clear();
      last = -1;
    }
    if (seen.has(code)) return [];
    seen.add(code);
    if (code > last) inOrder++;
    last = code;
  }
  const filled = names.codes.length / (records * names.texts.length);
  const ordered = inOrder / names.codes.length;
  if (records < 2 || filled < 0.6 || ordered < 0.9) return [];
  const isBare = facts.every(({ label }) => label === null);
  return [
    {
      names: names.name,
      values: values.name,
      keys: [],
      labels: [...names.texts],
      records: 'runs',
      score: six(
        Math.min(1, filled) * ordered * (isBare || NAMES_LABEL.test(names.name) ? 0.95 : records > 2 ? 0.75 : 0.5),
      ),
    },
  ];
}

function subtitles({ columns, rows }: CodedTable): { facts: Reshape['subtitles']; places: readonly number[] } {
  const none = { facts: { column: null, count: 0, rows: [], leads: false, runs: 0 }, places: [] };
  if (columns.length < 2) return none;
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
    if (present === 1) byColumn[only]?.push(row);
  }
  const best = byColumn.findIndex((places) => places.length > 0);
  const places = byColumn[best] ?? [];
  if (places.length === 0) return none;
  const runs = places.filter((place, at) => place !== (places[at - 1] ?? -2) + 1).length;
  return {
    facts: {
      column: columns[best]?.name ?? null,
      count: places.length,
      rows: places.slice(0, LIMITS.rows).map((place) => rows[place] ?? 0),
      leads: places[0] === 0,
      runs,
    },
    places,
  };
}
