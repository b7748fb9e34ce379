/** What a table is, whatever file it is in. */
import type { DialectParams } from '../read/detect.ts';
import type { OnBadRow } from '../read/fit-record.ts';
import type { RowIssue } from '../read/read-records.ts';
import type { SourceDocument } from './source-document.ts';

/** JSON Lines are `json`. */
export type TableFormat = 'csv' | 'json' | 'parquet';

/** How a file is written. */
export type SourceFormat = TableFormat | 'ndjson';

/** Params of stage types that open a table, as they are in the manifest. */
export interface TableParams {
  readonly format?: 'auto' | SourceFormat | undefined;
  readonly dialect?: DialectParams | undefined;
  readonly on_bad_row?: OnBadRow | undefined;
  /** Undefined: any number. */
  readonly max_rejects?: number | undefined;
  readonly sample_bytes?: number | undefined;
}

/** Number of a record in its source, from 0; in every table. */
export const ROW = '_row';

export interface TableColumn {
  /** Unique in the table, and not `_row`. */
  readonly name: string;
  /** As it is in the file; undefined where that has no names. */
  readonly label: string | undefined;
  /** Type in the file, in DuckDB's words; undefined where everything is text. */
  readonly storedType: string | undefined;
  /** Every value is a list or an object of JSON, as it is written. */
  readonly isNested?: boolean;
}

export interface OpenTable {
  readonly format: TableFormat;
  readonly columns: readonly TableColumn[];
  /** Rows of names of a CSV, as they are in the file, whatever file it was copied to; empty for other tables. */
  readonly header: readonly (readonly string[])[];
  /** SELECT of `_row` and all columns as text, in the order of the file. Only when there are columns. */
  readonly asText: string;
  /** SELECT of `_row` and all columns with their stored types; undefined where everything is text. */
  readonly asStored: string | undefined;
  /** Of a CSV. */
  readonly csv: CsvFacts | undefined;
  readonly source: SourceDocument;
}

export interface CsvFacts {
  readonly encoding: string;
  readonly delimiter: string;
  readonly header: boolean;
  /** `mixed` when there are several kinds; `none` in a file without one. */
  readonly lineEnd: string;
  /** Records without a value between rows. */
  readonly blankLines: number;
  /** Rows with fewer cells than columns, and with more. */
  readonly short: RowIssue;
  readonly long: RowIssue;
}

/** A record that is no row of the table. */
export interface RejectedRecord {
  readonly row: number;
  /** From 1. */
  readonly line: number;
  readonly code: string;
  readonly message: string;
  /** Of a CSV. */
  readonly cells?: readonly string[];
  /** Of JSON Lines, as it is written. */
  readonly text?: string;
}

export type OnReject = (reject: RejectedRecord) => void;
