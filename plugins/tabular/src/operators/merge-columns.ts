/** `merge_columns`: one column of several that are parts or alternatives of one. */
import type { ProfileColumn, ProfileDocument } from '../documents.generated.ts';
import { sqlName, sqlText, uniqueNames } from '../table/names.ts';
import { ROW } from '../table/table.ts';
import { defineOperator, type Proposal } from './operator.ts';
import { named, times } from './words.ts';

interface Params {
  /** `first_present`: the first that is not missing · `date`: year, month and day. */
  readonly how: 'first_present' | 'date';
  readonly name: string;
}

export const mergeColumns = defineOperator<Params>({
  name: 'merge_columns',
  phase: 'columns',
  changes: 'columns',
  reversible: 'with_log',
  fitted: false,
  idempotent: false,
  cost: 1,
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['how', 'name'],
    properties: {
      how: {
        description:
          '`first_present`: the value of the first column that has one · `date`: year, month and day as one date.',
        enum: ['first_present', 'date'],
      },
      name: { description: 'Of the column that comes out.', type: 'string', minLength: 1 },
    },
  },
  propose: (profile) => [...complements(profile), ...dates(profile.columns)],
  describe: (columns, { how, name }) =>
    how === 'date'
      ? `Make one date, ${named([name])}, of ${named(columns)}`
      : `Make one column, ${named([name])}, of ${named(columns)}, of which one has a value in each row`,
  transform: (columns, { how, name }, all) => {
    const others = all.filter((column) => !columns.includes(column));
    if ([...others, ROW].some((other) => other.toLowerCase() === name.toLowerCase())) {
      throw new Error(`There is a column "${name}" already.`);
    }
    if (how === 'date' && columns.length !== 3) throw new Error('A date is made of year, month and day.');
    const merged = how === 'date' ? dateOf(columns) : firstOf(columns);
    const first = all.find((column) => columns.includes(column));
    const after = all.flatMap((column) => (column === first ? [name] : columns.includes(column) ? [] : [column]));
    const list = after.map((column) => (column === name ? `${merged} AS ${sqlName(name)}` : sqlName(column)));
    return {
      kind: 'columns',
      columns: after.map((column) =>
        column === name && !all.includes(name) ? { name, label: name } : { name: column },
      ),
      sql: `SELECT ${[ROW, ...list].join(', ')} FROM data`,
    };
  },
});

const isPresent = (cell: string) => `(${cell} IS NOT NULL AND trim(${cell}) <> '')`;

/** Two different values are too much for one cell, and a reason to stop. */
function firstOf(columns: readonly string[]): string {
  const cells = columns.map(sqlName);
  const present = cells.map((cell) => `CASE WHEN ${isPresent(cell)} THEN ${cell} END`);
  const values = `list_distinct([${present.join(', ')}])`;
  const message = sqlText(`More than one of ${named(columns)} has a value in a row.`);
  return `CASE WHEN len(${values}) > 1 THEN error(${message}) ELSE coalesce(${present.join(', ')}) END`;
}

/** Missing where it is no day of the calendar. */
function dateOf(columns: readonly string[]): string {
  const [year, month, day] = columns.map((column) => `TRY_CAST(trim(${sqlName(column)}) AS INTEGER)`);
  const iso = `printf('%04d-%02d-%02d', ${year}, ${month}, ${day})`;
  return `TRY_CAST(${iso} AS DATE)::VARCHAR`;
}

function complements({ dependencies, columns, table }: ProfileDocument): Proposal<Params>[] {
  return dependencies.complements.flatMap(({ columns: parts, one, none, several }) => {
    const facts = parts.flatMap((name) => columns.filter((column) => column.name === name));
    const types = new Set(facts.map(({ type }) => type));
    // Two values in one row cannot both stay.
    if (several > 0 || parts.length < 2 || types.size > 1) return [];
    const others = columns.map(({ name }) => name).filter((name) => !parts.includes(name));
    const wanted = commonName(facts.map(({ name }) => name));
    const name = uniqueNames([...others, wanted], [ROW]).at(-1) ?? wanted;
    const alike = overlap(facts);
    return [
      {
        columns: parts,
        params: { how: 'first_present' as const, name },
        reason: `In ${times(one, 'row')} exactly one of ${named(parts)} has a value, and in none several.`,
        preconditions: [
          { what: 'dependencies.complements.several', value: several, threshold: 0, is: 'at_most' as const },
        ],
        evidence: { one, none, several, rows: table.rows },
        confidence: 0.45 + 0.3 * alike,
        flagged: one,
      },
    ];
  });
}

/** Beginning or end that all names share, else the first one. */
function commonName(names: readonly string[]): string {
  const [first = ''] = names;
  let before = 0;
  while (before < first.length && names.every((name) => name[before] === first[before])) before++;
  const stem = first.slice(0, before).replace(/[\s_.-]+$/, '');
  return stem.length >= 3 ? stem : first;
}

/** How many frequent values they share. */
function overlap(facts: readonly ProfileColumn[]): number {
  const [first, second] = facts;
  if (!first || !second) return 0;
  const known = new Set(first.top.map(({ value }) => value));
  const common = second.top.filter(({ value }) => known.has(value)).length;
  return common / Math.max(1, Math.min(first.top.length, second.top.length));
}

const PARTS = [
  { part: 'year', pattern: /(^|[^a-z])(year|yyyy|yr)$/i, low: 1500, high: 2200 },
  { part: 'month', pattern: /(^|[^a-z])(month|mon|mm)$/i, low: 1, high: 12 },
  { part: 'day', pattern: /(^|[^a-z])(day|dd)$/i, low: 1, high: 31 },
] as const;

/** Whole numbers in the ranges of year, month and day, called so, with the same beginning. */
function dates(columns: readonly ProfileColumn[]): Proposal<Params>[] {
  const found = columns.flatMap((column) => {
    const { name, type, min, max } = column;
    if (type !== 'integer' || typeof min !== 'number' || typeof max !== 'number') return [];
    const part = PARTS.find(({ pattern, low, high }) => pattern.test(name.trim()) && min >= low && max <= high);
    return part ? [{ name, part: part.part, stem: name.trim().replace(part.pattern, ''), column }] : [];
  });
  const stems = [...new Set(found.map(({ stem }) => stem))];
  return stems.flatMap((stem) => {
    const parts = PARTS.map(({ part }) => found.filter((one) => one.stem === stem && one.part === part));
    if (parts.some((one) => one.length !== 1)) return [];
    const names = parts.map(([one]) => one?.name ?? '');
    const others = columns.map(({ name }) => name).filter((name) => !names.includes(name));
    const name = uniqueNames([...others, stem === '' ? 'date' : stem], [ROW]).at(-1) ?? 'date';
    const rows = Math.max(...parts.map(([one]) => one?.column.values ?? 0));
    return [
      {
        columns: names,
        params: { how: 'date' as const, name },
        reason: `${named(names)} are year, month and day of one date.`,
        preconditions: [{ what: 'columns.type', value: 3, threshold: 3, is: 'at_least' as const }],
        evidence: { rows },
        confidence: 0.75,
        flagged: rows,
      },
    ];
  });
}
