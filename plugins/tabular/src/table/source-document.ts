/** What is known of the file a table was read from: the document `dialect` of `tabular/read`. Pure. */
import type { CsvPlan } from '../read/detect.ts';
import type { LineEnd } from '../read/dialect.ts';
import type { RecordCounts, RecordsRead } from '../read/read-records.ts';
import type { SourceFormat, TableColumn } from './table.ts';

export interface SourceDocument {
  readonly version: 1;
  readonly format: SourceFormat;
  /** Null for other formats. */
  readonly csv: CsvSource | null;
  readonly tables: readonly TableFound[];
  readonly columns: readonly { readonly name: string; readonly label: string | null; readonly type: string }[];
  readonly records: RecordCounts;
  /** Number of records by how they were repaired, and by why they were rejected. */
  readonly repairs: { readonly [repair: string]: number };
  readonly rejects: { readonly [code: string]: number };
}

export interface CsvSource {
  readonly encoding: string;
  /** `mark`, `zeros` (where they are), or `valid`: every byte is in its place. */
  readonly encoding_evidence: string;
  readonly mark_bytes: number;
  readonly delimiter: string;
  readonly quote: string;
  readonly escape: string;
  readonly line_terminator: LineEnd | 'mixed' | 'none';
  readonly header_rows: number;
  readonly header_score: number;
  /** Records before the names, or before the first row. */
  readonly skip_rows: number;
  readonly table: number;
  /** Rows of names, as they are in the file. */
  readonly header: readonly (readonly string[])[];
  readonly sample_bytes: number;
  readonly sample_is_whole: boolean;
  /** `plain`: the file can be read in one way only. */
  readonly reader: 'plain' | 'careful';
  readonly candidates: readonly {
    readonly delimiter: string;
    readonly quote: string;
    readonly escape: string;
    readonly width: number;
    readonly pattern: number;
    readonly type: number;
    readonly score: number;
  }[];
}

export interface TableFound {
  readonly table: number;
  /** Lines from 1. */
  readonly first_line: number;
  readonly first_row_line: number | null;
  /** Null in the last table: it goes to the end of the file. */
  readonly last_line: number | null;
  readonly header_rows: number;
  readonly columns: number;
}

const CANDIDATES_MAX = 10;

export function csvSource(plan: CsvPlan, read: RecordsRead, reader: CsvSource['reader']): CsvSource {
  const { block, dialect, encoding } = plan;
  return {
    encoding: encoding.encoding,
    encoding_evidence: encoding.evidence,
    mark_bytes: encoding.markBytes,
    delimiter: dialect.delimiter,
    quote: dialect.quote,
    escape: dialect.escape,
    line_terminator: lineEndOf(read.lineEnds),
    header_rows: block.headerRows,
    header_score: rounded(block.headerScore),
    skip_rows: block.header - block.from,
    table: plan.table,
    header: plan.header,
    sample_bytes: plan.sampleBytes,
    sample_is_whole: plan.isWhole,
    reader,
    candidates: plan.scores.slice(0, CANDIDATES_MAX).map(({ dialect: one, width, pattern, type, score }) => ({
      delimiter: one.delimiter,
      quote: one.quote,
      escape: one.escape,
      width,
      pattern: rounded(pattern),
      type: rounded(type),
      score: rounded(score),
    })),
  };
}

export function tablesOf({ blocks, lineOf }: CsvPlan): TableFound[] {
  return blocks.map((block, table) => ({
    table,
    first_line: lineOf(block.header) ?? 1,
    first_row_line: lineOf(block.body) ?? null,
    last_line: block.end === undefined ? null : (lineOf(block.end) ?? 1) - 1,
    header_rows: block.headerRows,
    columns: block.width,
  }));
}

export function columnsOf(columns: readonly TableColumn[]): SourceDocument['columns'] {
  return columns.map(({ name, label, storedType }) => ({ name, label: label ?? null, type: storedType ?? 'VARCHAR' }));
}

export function lineEndOf(ends: RecordsRead['lineEnds']): LineEnd | 'mixed' | 'none' {
  const kinds = (['lf', 'crlf', 'cr'] as const).filter((end) => ends[end] > 0);
  return kinds.length > 1 ? 'mixed' : (kinds[0] ?? 'none');
}

function rounded(score: number): number {
  return Math.round(score * 1e6) / 1e6;
}
