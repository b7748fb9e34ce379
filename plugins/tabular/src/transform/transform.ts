/** Applies a transformation to a working table, and says what changes. Nothing is changed in place. */

import type { Transformation } from '../operators/transformation.ts';
import type { Database } from '../table/duckdb.ts';
import { sqlName, sqlText } from '../table/names.ts';
import { ROW } from '../table/table.ts';
import { putCells } from './put-cells.ts';
import { columnList, type WorkingTable } from './working-table.ts';

/**
 * Makes a table `into` of what changes, with the columns `kind`, `row`, `column`, `before` and `after` (see
 * changes.schema.json) in one order: by row, then by the order of columns. What a whole new table replaces is there as
 * rows that are gone; cells of columns that are gone have no `after`.
 */
export async function findChanges(
  database: Database,
  table: WorkingTable,
  transformation: Transformation,
  into: string,
): Promise<void> {
  const rows = changesOf(table, transformation).join(' UNION ALL ');
  const bound = `WITH data AS (SELECT * FROM ${sqlName(table.relation)}) SELECT kind, row, "column", before, after, place FROM (${rows})`;
  await database.query(
    `CREATE TABLE ${sqlName(into)} AS SELECT kind, row, "column", before, after FROM (${bound}) ORDER BY kind = 'column' DESC, row, place`,
  );
}

function changesOf(table: WorkingTable, transformation: Transformation): string[] {
  const { kind, sql } = transformation;
  if (kind === 'cells') return [changedCells(transformation.columns, transformation.columns, sql)];
  if (kind === 'rows') return [goneRows(table, `${ROW} IN (${sql})`)];
  const names = (columns: readonly { readonly name: string }[]) => columns.map(({ name }) => name);
  const before = names(table.columns);
  const after = names(transformation.columns);
  const columnChange = (column: string, from: string | null, to: string | null, place: number) =>
    `(${sqlText(column)}, ${from === null ? 'NULL' : sqlText(from)}, ${to === null ? 'NULL' : sqlText(to)}, ${place})`;
  const gone = before.filter((name) => !after.includes(name));
  const come = after.filter((name) => !before.includes(name));
  const values = [
    ...gone.map((name) => columnChange(name, name, null, before.indexOf(name))),
    ...come.map((name) => columnChange(name, null, name, before.length + after.indexOf(name))),
  ];
  const columns =
    values.length === 0
      ? []
      : [
          `SELECT 'column' AS kind, NULL::BIGINT AS row, "column", before::VARCHAR AS before, after::VARCHAR AS after, place FROM (VALUES ${values.join(', ')}) AS t("column", before, after, place)`,
        ];
  if (kind === 'table') return [...columns, goneRows(table, 'true')];
  const kept = before.filter((name) => after.includes(name));
  return [
    ...columns,
    ...(gone.length === 0 ? [] : [goneCells(gone, before)]),
    ...(kept.length === 0 ? [] : [changedCells(kept, before, sql)]),
  ];
}

/** All columns in one pass. Places are those in `all`. */
function changedCells(columns: readonly string[], all: readonly string[], sql: string): string {
  const from = `(SELECT ${[ROW, ...columns.map(sqlName)].join(', ')} FROM (${sql})) n JOIN data d USING (${ROW})`;
  const differ = columns.map((column) => `d.${sqlName(column)} IS DISTINCT FROM n.${sqlName(column)}`).join(' OR ');
  const [only] = columns;
  if (only !== undefined && columns.length === 1) {
    const cell = sqlName(only);
    return `SELECT 'cell' AS kind, d.${ROW} AS row, ${sqlText(only)} AS "column", d.${cell} AS before, n.${cell}::VARCHAR AS after, ${all.indexOf(only)} AS place FROM ${from} WHERE ${differ}`;
  }
  const list = (cell: (name: string) => string) =>
    `unnest([${columns.map((column) => cell(sqlName(column))).join(', ')}])`;
  const cells = `SELECT d.${ROW} AS row, ${namesAndPlaces(columns, all)}, ${list((name) => `d.${name}`)} AS before, ${list((name) => `n.${name}::VARCHAR`)} AS after FROM ${from} WHERE ${differ}`;
  return `SELECT 'cell' AS kind, row, "column", before, after, place FROM (${cells}) WHERE before IS DISTINCT FROM after`;
}

function goneCells(columns: readonly string[], all: readonly string[]): string {
  const cells = `SELECT ${ROW} AS row, ${namesAndPlaces(columns, all)}, unnest([${columns.map(sqlName).join(', ')}]) AS before FROM data`;
  return `SELECT 'cell' AS kind, row, "column", before, NULL::VARCHAR AS after, place FROM (${cells}) WHERE before IS NOT NULL`;
}

function namesAndPlaces(columns: readonly string[], all: readonly string[]): string {
  const places = columns.map((column) => all.indexOf(column));
  return `unnest([${columns.map(sqlText).join(', ')}]) AS "column", unnest([${places.join(', ')}]) AS place`;
}

function goneRows(table: WorkingTable, condition: string): string {
  const members = table.columns.map(({ name }) => `${sqlText(name)}, ${sqlName(name)}`).join(', ');
  return `SELECT 'row' AS kind, ${ROW} AS row, NULL::VARCHAR AS "column", json_object(${members})::VARCHAR AS before, NULL::VARCHAR AS after, 0 AS place FROM data WHERE ${condition}`;
}

/** Makes a table `into` of the rows and columns that come out; `changes` is what `findChanges` made. */
export async function makeResult(
  database: Database,
  table: WorkingTable,
  transformation: Transformation,
  changes: string,
  into: string,
): Promise<WorkingTable> {
  const result: WorkingTable = { relation: into, columns: columnsAfter(table, transformation) };
  await database.query(
    `CREATE TABLE ${sqlName(into)} AS ${resultSql(table, transformation, changes, result)} ORDER BY ${ROW}`,
  );
  if (transformation.kind === 'cells') {
    const texts = `(SELECT row, "column", after AS text FROM ${sqlName(changes)} WHERE kind = 'cell')`;
    await putCells(database, into, transformation.columns, texts);
  }
  return result;
}

/** With the labels of columns that were there before. */
function columnsAfter({ columns }: WorkingTable, transformation: Transformation): WorkingTable['columns'] {
  if (transformation.kind === 'cells' || transformation.kind === 'rows') return columns;
  const labels = new Map(columns.map(({ name, label }) => [name, label]));
  return transformation.columns.map((column) => {
    if ('label' in column) return column;
    const { name } = column;
    const label = labels.get(name);
    return { name, label: label === undefined ? name : label };
  });
}

/** But for new texts of cells. */
function resultSql(table: WorkingTable, transformation: Transformation, changes: string, result: WorkingTable): string {
  const from = sqlName(table.relation);
  if (transformation.kind === 'rows') {
    return `SELECT ${columnList(table)} FROM ${from} WHERE ${ROW} NOT IN (SELECT row FROM ${sqlName(changes)} WHERE kind = 'row')`;
  }
  if (transformation.kind !== 'cells') {
    return `SELECT ${columnList(result)} FROM (WITH data AS (SELECT * FROM ${from}) ${transformation.sql})`;
  }
  return `SELECT ${columnList(table)} FROM ${from}`;
}
