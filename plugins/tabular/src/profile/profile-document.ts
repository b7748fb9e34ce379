/** The document `profile.json`; `schemas/profile-columns.schema.json` says the same to other programs. */

export interface ProfileDocument {
  readonly format: 1;
  readonly source: SourceFacts;
  readonly table: TableFacts;
  /** In the order of the file. */
  readonly columns: readonly ColumnFacts[];
}

export interface SourceFacts {
  readonly format: 'csv' | 'json' | 'parquet';
  /** How a CSV is written; null for other formats. */
  readonly csv: {
    readonly encoding: string;
    /** Empty when the file is one column. */
    readonly delimiter: string;
    readonly header: boolean;
    readonly line_end: string;
    readonly blank_lines: number;
    readonly short_rows: number;
    readonly first_short_line: number | null;
    readonly long_rows: number;
    readonly first_long_line: number | null;
  } | null;
}

export interface TableFacts {
  /** Rows looked at. */
  readonly rows: number;
  /** Rows there are; differs from `rows` when a sample was taken. */
  readonly rows_total: number;
  readonly columns: number;
  readonly cells: number;
  readonly missing_cells: number;
  /** Missing of all cells, 6 decimals; 0 without cells. */
  readonly missing_rate: number;
  /** Rows that are equal to an earlier one. */
  readonly duplicate_rows: number;
}

export type ColumnType = 'empty' | 'boolean' | 'integer' | 'number' | 'date' | 'datetime' | 'time' | 'json' | 'text';

export interface ColumnFacts {
  readonly name: string;
  /** The label in the file where it differs from the name (blank, or the same as another). */
  readonly label?: string;
  /** From 1. */
  readonly position: number;
  readonly type: ColumnType;
  /** Values that are not of the type. */
  readonly type_violations: number;
  /** Type in the file, where files have types. */
  readonly stored_type?: string;
  readonly missing: {
    readonly count: number;
    readonly rate: number;
    /** Nothing there. */
    readonly absent: number;
    /** A text without characters. */
    readonly empty: number;
    /** A text of spaces. */
    readonly blank: number;
  };
  /** Words such as `n/a` or `unknown` that may stand for a missing value; not counted as missing. */
  readonly placeholders: { readonly count: number; readonly values: readonly ValueCount[] };
  /** Different values that are not missing, counted exactly. */
  readonly distinct: number;
  /** Values that are there once. */
  readonly unique: number;
  /** Values with spaces before or after them. */
  readonly padded: number;
  /** Of the values of the column's type; text by code point. Text is cut at 200 characters. */
  readonly min: number | string | null;
  readonly max: number | string | null;
  /** For integers and numbers; null also where the mean is too large for a number. */
  readonly numeric: NumericFacts | null;
  /** Length in characters, for all types. */
  readonly length: { readonly min: number; readonly max: number; readonly mean: number } | null;
  /** Most frequent first, then by code point. */
  readonly top: readonly ValueCount[];
}

export interface NumericFacts {
  readonly mean: number;
  /** Of a sample (n - 1); null with one value, or where it is too large for a number. */
  readonly stddev: number | null;
  /** Interpolated linearly between neighbours (type 7, R's default). */
  readonly quantiles: { readonly [share in 'p05' | 'p25' | 'p50' | 'p75' | 'p95']: number };
  readonly zeros: number;
  readonly negatives: number;
}

export interface ValueCount {
  readonly value: string;
  readonly count: number;
}
