/** Writes a working table as a file of any format, with the text of its cells and the names its source had. */
import type { Database } from '../table/duckdb.ts';
import { sqlName } from '../table/names.ts';
import { ROW } from '../table/table.ts';
import { EXACT_TYPES } from '../table/types.ts';
import { copyToParquet } from '../table/write-table.ts';
import { DELIMITERS, type WrittenFormat } from './formats.ts';
import type { RowRuns, Shape, ShapeColumn } from './shape.ts';
import { csvLine, csvText, type JsonKind, jsonLine, writeLines } from './write-lines.ts';

/**
 * `auto`: numbers, dates and the like where the source has them; `text`: texts only; `typed`: whatever all values of a
 * column are. CSV knows no types.
 */
export type WrittenTypes = 'auto' | 'text' | 'typed';

/** Names of columns of fractions in which a whole number is written without a fraction: Parquet does not tell. */
export type PlainNumbers = readonly string[];

export async function writeClean(
  database: Database,
  table: { readonly relation: string; readonly shape: Shape; readonly runs: RowRuns },
  format: WrittenFormat,
  types: WrittenTypes,
  to: string,
): Promise<PlainNumbers> {
  const { relation, shape, runs } = table;
  const { columns, header } = shape;
  const names = columns.map(({ name }) => name);
  const from = sqlName(relation);
  const hasRows = runs.length > 0 && columns.length > 0;
  if (format === 'csv' || format === 'tsv') {
    const delimiter = DELIMITERS[format];
    const before = header.map((row) => csvText(row, delimiter));
    // It would be taken for a mark of the encoding, which is no part of the text.
    if (before[0]?.startsWith('\uFEFF')) before[0] = withQuotedStart(header[0] as readonly string[], delimiter);
    const sql = hasRows ? `SELECT ${ROW} AS place, ${csvLine(names, delimiter)} AS line FROM ${from}` : undefined;
    await writeLines(database, { before, sql, after: [] }, to);
    return [];
  }
  if (format === 'json' || format === 'ndjson') {
    const kinds = types === 'typed' ? await jsonKinds(database, relation, columns) : columns.map(jsonKind);
    const line = jsonLine(
      columns.map(({ name }, at) => ({ name, kind: types === 'text' ? 'text' : (kinds[at] as JsonKind) })),
    );
    const last = runs.at(-1)?.[1] ?? 0;
    const end = format === 'json' ? ` || CASE WHEN ${ROW} = ${last} THEN '' ELSE ',' END` : '';
    const sql = hasRows ? `SELECT ${ROW} AS place, ${line}${end} AS line FROM ${from}` : undefined;
    const isList = format === 'json';
    await writeLines(database, { before: isList ? ['['] : [], sql, after: isList ? [']'] : [] }, to);
    return [];
  }
  return await writeParquet(database, table, types, to);
}

function withQuotedStart([first = '', ...others]: readonly string[], delimiter: string): string {
  const start = `"${first.replaceAll('"', '""')}"`;
  return others.length === 0 ? start : `${start}${delimiter}${csvText(others, delimiter)}`;
}

function jsonKind({ type }: ShapeColumn): JsonKind {
  if (type === null) return 'text';
  if (type === 'JSON' || /\[\d*\]$|^(STRUCT|MAP|UNION)\b/.test(type)) return 'nested';
  if (type === 'BOOLEAN') return 'boolean';
  return /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT|REAL|DECIMAL\b.*)$/.test(type) ? 'number' : 'text';
}

async function jsonKinds(database: Database, relation: string, columns: readonly ShapeColumn[]): Promise<JsonKind[]> {
  const types = await exactTypes(database, relation, columns);
  return columns.map((column, at) => {
    const kind = jsonKind(column);
    return kind !== 'text' ? kind : jsonKind({ ...column, type: types[at]?.type ?? null });
  });
}

interface ParquetType {
  readonly type: string;
  readonly isPlain: boolean;
}

async function writeParquet(
  database: Database,
  { relation, shape }: { readonly relation: string; readonly shape: Shape },
  types: WrittenTypes,
  to: string,
): Promise<PlainNumbers> {
  const { columns, header } = shape;
  const kept = await parquetTypes(database, relation, columns, types);
  const list = columns.map(({ name }, at) => {
    const type = kept[at]?.type;
    return type === undefined ? sqlName(name) : `${sqlName(name)}::${type} AS ${sqlName(name)}`;
  });
  const select =
    columns.length === 0
      ? `SELECT 0::BIGINT AS ${ROW} LIMIT 0`
      : `SELECT ${[ROW, ...list].join(', ')} FROM ${sqlName(relation)} ORDER BY ${ROW}`;
  const note = {
    version: 1 as const,
    columns: columns.map(({ name, label }) => ({ name, label })),
    header: header.length === 0 ? null : header,
  };
  await copyToParquet(database, select, note, to);
  return columns.flatMap(({ name }, at) => (kept[at]?.isPlain ? [name] : []));
}

/** Types from which the text comes back as it is. */
async function parquetTypes(
  database: Database,
  relation: string,
  columns: readonly ShapeColumn[],
  types: WrittenTypes,
): Promise<(ParquetType | undefined)[]> {
  if (types === 'text' || columns.length === 0) return columns.map(() => undefined);
  const wanted = columns.map(({ type }) =>
    type !== null && /^[A-Z][A-Z0-9_ ]*(\(\d+(,\s?\d+)?\))?$/.test(type) && !['VARCHAR', 'JSON', 'BLOB'].includes(type)
      ? type
      : undefined,
  );
  const found = types === 'typed' ? await exactTypes(database, relation, columns) : columns.map(() => undefined);
  const tried = columns.map((_, at) => wanted[at] ?? found[at]?.type);
  const checks = columns.flatMap(({ name }, at) => {
    const type = tried[at];
    const cell = sqlName(name);
    if (type === undefined) return [];
    const back = `TRY_CAST(${cell} AS ${type})::VARCHAR`;
    return [
      `coalesce(bool_and(${cell} IS NULL OR ${back} IS NOT DISTINCT FROM ${cell}), true)`,
      `coalesce(bool_and(${cell} IS NULL OR ${plainNumber(back)} IS NOT DISTINCT FROM ${cell}), true)`,
    ];
  });
  if (checks.length === 0) return columns.map(() => undefined);
  const [[...answers] = []] = await database.query(`SELECT ${checks.join(', ')} FROM ${sqlName(relation)}`);
  return columns.map((_, at) => {
    const type = tried[at];
    if (type === undefined) return undefined;
    const [isExact, isPlain] = answers.splice(0, 2);
    if (isExact === true) return { type, isPlain: false };
    return types === 'typed' && isPlain === true ? { type, isPlain: true } : undefined;
  });
}

/** Without a fraction that is nothing. */
export function plainNumber(text: string): string {
  return `regexp_replace(${text}, '\\.0$', '')`;
}

/** The type that every value of a column has; undefined for texts, and for columns without a value. */
async function exactTypes(database: Database, relation: string, columns: readonly ShapeColumn[]) {
  if (columns.length === 0) return [];
  const counts = columns.flatMap(({ name }) => [
    `count(${sqlName(name)})`,
    ...EXACT_TYPES.map(({ keeps }) => `count(*) FILTER (WHERE ${keeps(sqlName(name))})`),
  ]);
  const [[...numbers] = []] = await database.query(`SELECT ${counts.join(', ')} FROM ${sqlName(relation)}`);
  return columns.map(() => {
    const [values, ...kept] = numbers.splice(0, EXACT_TYPES.length + 1).map(Number);
    return values === 0 ? undefined : EXACT_TYPES.find((_, at) => kept[at] === values);
  });
}
