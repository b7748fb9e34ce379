/** The first record of a log of changes: what the table was, and what became of it. Pure. */
import type { NewColumn } from '../operators/transformation.ts';
import type { WrittenFormat } from './formats.ts';
import type { RowRuns, Shape } from './shape.ts';

interface TableFacts extends Shape {
  readonly digest: string;
  readonly rows: number;
  readonly row_runs: RowRuns;
}

/** A step that changed more than cells and rows: the columns before it. */
export interface Restructured {
  readonly step: number;
  readonly kind: 'columns' | 'table';
  readonly columns: readonly NewColumn[];
}

export interface SourceBefore extends TableFacts {
  readonly version: 1;
  readonly restructured: readonly Restructured[];
}

export interface SourceAfter extends TableFacts {
  /** Of the file `clean`. */
  readonly format: WrittenFormat;
  /** Columns of fractions in which whole numbers have none. */
  readonly plain_numbers: readonly string[];
  /** The changes were not made: `clean` is the source. */
  readonly dry_run: boolean;
}

export interface SourceRecord {
  readonly before: SourceBefore;
  readonly after: SourceAfter;
}

/** Undefined when the texts are not of such a record. */
export function sourceRecordOf(before: string | null, after: string | null): SourceRecord | undefined {
  try {
    const record = { before: JSON.parse(before ?? ''), after: JSON.parse(after ?? '') } as SourceRecord;
    const isWhole = [record.before, record.after].every(
      (facts) => Array.isArray(facts.columns) && Array.isArray(facts.row_runs) && typeof facts.digest === 'string',
    );
    return isWhole && Array.isArray(record.before.restructured) ? record : undefined;
  } catch {
    return undefined;
  }
}
