/** What is known of a table beside its cells: columns, rows of names, numbers of rows. */
import type { NewColumn } from '../operators/transformation.ts';
import type { Database } from '../table/duckdb.ts';
import { sqlName } from '../table/names.ts';
import { type OpenTable, ROW } from '../table/table.ts';

export interface ShapeColumn extends NewColumn {
  /** Type in the source, in DuckDB's words, `JSON` for what is nested there; null for texts. */
  readonly type: string | null;
}

export interface Shape {
  readonly columns: readonly ShapeColumn[];
  /** Rows of names, as a CSV has them. */
  readonly header: readonly (readonly string[])[];
}

export function shapeOf({ columns, header }: OpenTable): Shape {
  return {
    columns: columns.map(({ name, label, storedType, isNested }) => ({
      name,
      label: label ?? null,
      type: storedType ?? (isNested ? 'JSON' : null),
    })),
    header: header.length > 0 ? header : labelRow(columns.map(({ label }) => label ?? null)),
  };
}

/** Of a table with these columns that was made from one of `source`: its rows of names, where all columns are known there. */
export function shapeAfter(source: Shape, columns: readonly NewColumn[]): Shape {
  const places = columns.map(({ name, label }) =>
    source.columns.findIndex((column) => column.name === name && column.label === label),
  );
  return {
    columns: columns.map((column, at) => ({ ...column, type: source.columns[places[at] ?? -1]?.type ?? null })),
    header: isSame(places, source.columns.length)
      ? source.header
      : places.every((place) => place >= 0)
        ? source.header.map((row) => places.map((place) => row[place] ?? ''))
        : labelRow(columns.map(({ label }) => label)),
  };
}

function isSame(places: readonly number[], count: number): boolean {
  return places.length === count && places.every((place, at) => place === at);
}

function labelRow(labels: readonly (string | null)[]): string[][] {
  return labels.some((label) => label !== null) ? [labels.map((label) => label ?? '')] : [];
}

/** First and last of rows whose numbers follow each other. */
export type RowRuns = readonly (readonly [number, number])[];

export async function rowRuns(database: Database, relation: string): Promise<RowRuns> {
  const runs = await database.query(
    `SELECT min(${ROW}), max(${ROW}) FROM (SELECT ${ROW}, ${ROW} - row_number() OVER (ORDER BY ${ROW}) AS run FROM ${sqlName(relation)}) GROUP BY run ORDER BY 1`,
  );
  return runs.map(([first, last]) => [Number(first), Number(last)]);
}

export function countRows(runs: RowRuns): number {
  return runs.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}
