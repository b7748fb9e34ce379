/**
 * All records of a CSV, each of them accounted for: a row of the table, a repaired row, a rejected one, or something that
 * is no row. Streams: holds a record or two at a time.
 */
import type { CsvPlan } from './detect.ts';
import { type CsvRecord, isBlank, type LineEnd } from './dialect.ts';
import { decodeFile } from './encoding.ts';
import { countFilled } from './find-structure.ts';
import { fitRecord, type OnBadRow, type RejectCode, type Repair } from './fit-record.ts';
import { CsvParser } from './parse.ts';

/** They add up: `total` is the sum of all others. */
export interface RecordCounts {
  readonly total: number;
  /** Before the names of the first table. */
  readonly preamble: number;
  readonly header: number;
  readonly kept: number;
  readonly repaired: number;
  readonly rejected: number;
  /** Without a value, within the table. */
  readonly blank: number;
  /** Remarks below the table. */
  readonly footer: number;
  /** Of other tables in the file. */
  readonly other_tables: number;
}

export interface Row {
  /** Position among the records of the table's body, from 0; rejected ones count. */
  readonly row: number;
  readonly line: number;
  readonly cells: readonly string[];
  readonly quoted: readonly boolean[];
  /** The whole record, when it is as it was and no cell of it is in quotes. */
  readonly text: string | undefined;
}

export interface Reject {
  readonly row: number;
  readonly line: number;
  readonly code: RejectCode;
  readonly cells: readonly string[];
}

export interface RecordSinks {
  readonly onRow?: ((row: Row) => void) | undefined;
  readonly onReject?: ((reject: Reject) => void) | undefined;
}

export interface RecordsRead {
  readonly counts: RecordCounts;
  readonly rejectsBy: { readonly [code in RejectCode]?: number };
  readonly repairsBy: { readonly [repair in Repair]?: number };
  readonly short: RowIssue;
  readonly long: RowIssue;
  readonly lineEnds: { readonly [end in LineEnd]: number };
  /** In characters, as it would be written with quotes around every cell. */
  readonly rowLengthMax: number;
}

export interface RowIssue {
  readonly count: number;
  /** Line of the first one, from 1; undefined when there is none. */
  readonly firstLine: number | undefined;
  /** Its number of cells. */
  readonly firstWidth: number | undefined;
}

/** Records at the end of a table that may turn out to be remarks. */
const FOOTER_MAX = 20;

/** Errors: throws a `TypeError` at bytes that are not in the encoding, and what the sinks throw. */
export function readAllRecords(path: string, plan: CsvPlan, onBadRow: OnBadRow, sinks: RecordSinks): RecordsRead {
  const reader = new RecordReader(plan, onBadRow, sinks);
  const parser = new CsvParser(plan.dialect, (record) => reader.take(record), plan.block.width);
  for (const text of decodeFile(path, plan.encoding)) parser.write(text);
  parser.end();
  return reader.end(parser.lineEnds);
}

class RecordReader {
  readonly #plan: CsvPlan;
  readonly #onBadRow: OnBadRow;
  readonly #sinks: RecordSinks;
  readonly #counts = {
    total: 0,
    preamble: 0,
    header: 0,
    kept: 0,
    repaired: 0,
    rejected: 0,
    blank: 0,
    footer: 0,
    other_tables: 0,
  };
  readonly #rejectsBy: { [code in RejectCode]?: number } = {};
  readonly #repairsBy: { [repair in Repair]?: number } = {};
  readonly #short = new Issues();
  readonly #long = new Issues();
  /** The last records, when they may be remarks below the table. */
  #pending: CsvRecord[] = [];
  #row = 0;
  #rowLengthMax = 0;

  constructor(plan: CsvPlan, onBadRow: OnBadRow, sinks: RecordSinks) {
    this.#plan = plan;
    this.#onBadRow = onBadRow;
    this.#sinks = sinks;
  }

  take(record: CsvRecord): void {
    const { block } = this.#plan;
    const at = this.#counts.total;
    this.#counts.total += 1;
    if (at < block.from || at >= (block.end ?? Number.POSITIVE_INFINITY)) this.#counts.other_tables += 1;
    else if (at < block.header) this.#counts.preamble += 1;
    else if (at < block.body) this.#counts.header += 1;
    else this.#takeBody(record);
  }

  #takeBody(record: CsvRecord): void {
    const { width } = this.#plan.block;
    if (width < 2) {
      this.#takeRow(record);
      return;
    }
    const blank = isBlank(record);
    const isRemark =
      !blank &&
      countFilled(record) <= 1 &&
      record.cells[0]?.trim() !== '' &&
      (record.cells.length < width ? width > 2 || this.#pending.length > 0 : this.#pending.length > 0 && width > 2);
    if ((blank || isRemark) && this.#pending.length < FOOTER_MAX) this.#pending.push(record);
    else {
      this.#flush();
      this.#takeRow(record);
    }
  }

  #flush(): void {
    if (this.#pending.length === 0) return;
    const pending = this.#pending;
    this.#pending = [];
    for (const record of pending) this.#takeRow(record);
  }

  #takeRow(record: CsvRecord): void {
    const { width } = this.#plan.block;
    const row = this.#row;
    this.#row += 1;
    if (width > 1 && isBlank(record)) {
      this.#counts.blank += 1;
      return;
    }
    const { kinds, dialect } = this.#plan;
    const fit = fitRecord(record, { width, kinds, dialect }, this.#onBadRow);
    const { line } = record;
    if (record.cells.length < width) this.#short.add(record);
    else if (record.cells.length > width) this.#long.add(record);
    if ('reject' in fit) {
      this.#counts.rejected += 1;
      this.#rejectsBy[fit.reject] = (this.#rejectsBy[fit.reject] ?? 0) + 1;
      this.#sinks.onReject?.({ row, line, code: fit.reject, cells: record.cells });
      return;
    }
    if (fit.repair === undefined) this.#counts.kept += 1;
    else {
      this.#counts.repaired += 1;
      this.#repairsBy[fit.repair] = (this.#repairsBy[fit.repair] ?? 0) + 1;
    }
    const text = fit.repair === undefined ? record.text : undefined;
    let length = 3 * width + (text?.length ?? 0);
    if (text === undefined) for (const cell of fit.cells) length += cell.length;
    if (length > this.#rowLengthMax) this.#rowLengthMax = length;
    this.#sinks.onRow?.({ row, line, cells: fit.cells, quoted: fit.quoted, text });
  }

  end(lineEnds: RecordsRead['lineEnds']): RecordsRead {
    if (this.#counts.kept + this.#counts.repaired > 0 && this.#pending.some((record) => !isBlank(record))) {
      this.#counts.footer += this.#pending.length;
    } else this.#flush();
    return {
      counts: this.#counts,
      rejectsBy: this.#rejectsBy,
      repairsBy: this.#repairsBy,
      short: this.#short.issue,
      long: this.#long.issue,
      lineEnds,
      rowLengthMax: this.#rowLengthMax,
    };
  }
}

class Issues {
  #count = 0;
  #first: CsvRecord | undefined;

  add(record: CsvRecord): void {
    this.#first ??= record;
    this.#count += 1;
  }

  get issue(): RowIssue {
    return { count: this.#count, firstLine: this.#first?.line, firstWidth: this.#first?.cells.length };
  }
}
