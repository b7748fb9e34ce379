/** How a CSV is written, found out from its beginning. Reads no more than a sample of the file. */

import { basename } from 'node:path';
import { StageFailure } from 'wrangle/plugin';
import type { CellKind } from './cell-kind.ts';
import type { CsvRecord, Dialect } from './dialect.ts';
import { ENCODINGS, type Encoding, type EncodingFound, readStart, sniffEncoding, textOf } from './encoding.ts';
import { type DialectScore, readRecords, scoreDialects } from './find-dialect.ts';
import { joinHeader, kindsOfColumns } from './find-header.ts';
import { findTables, type TableBlock } from './find-structure.ts';

/** As the params have it: each is `auto` or known. */
export interface DialectParams {
  readonly delimiter?: string | undefined;
  readonly quote?: string | undefined;
  readonly escape?: string | undefined;
  readonly line_terminator?: 'auto' | 'lf' | 'crlf' | 'cr' | undefined;
  readonly encoding?: 'auto' | Encoding | undefined;
  readonly header_rows?: 'auto' | number | undefined;
  readonly skip_rows?: 'auto' | number | undefined;
  readonly table?: 'auto' | number | undefined;
}

export interface CsvPlan {
  readonly encoding: EncodingFound;
  readonly dialect: Dialect;
  /** The table that is read. */
  readonly table: number;
  readonly block: TableBlock;
  /** All that were seen in the sample. */
  readonly blocks: readonly TableBlock[];
  /** Names as they are in the file; undefined without rows of names. */
  readonly labels: readonly string[] | undefined;
  /** Per column what most of its values in the sample are; undefined where they differ. */
  readonly kinds: readonly (CellKind | undefined)[];
  /** Rows of names, as they are in the file. */
  readonly header: readonly (readonly string[])[];
  /** Dialects that were tried, the best first. */
  readonly scores: readonly DialectScore[];
  /** Records of the sample, for the lines of tables. */
  readonly lineOf: (record: number) => number | undefined;
  readonly sampleBytes: number;
  /** The sample is the whole file. */
  readonly isWhole: boolean;
}

export const SAMPLE_BYTES = 1 << 20;

/** Errors: throws `dialect-error` for what is no text or has no such table, `encoding-error` for text in another encoding. */
export function detectCsv(path: string, params: DialectParams, sampleBytes: number, isUtf8: boolean): CsvPlan {
  const bytes = readStart(path, sampleBytes + 1);
  const isWhole = bytes.length <= sampleBytes;
  const sample = isWhole ? bytes : bytes.subarray(0, sampleBytes);
  const sniffed = sniffEncoding(sample);
  const auto = sniffed.encoding === 'utf-8' && !isUtf8 ? { ...sniffed, encoding: 'windows-1252' as const } : sniffed;
  const encoding =
    params.encoding === undefined || params.encoding === 'auto' ? auto : { ...sniffed, encoding: params.encoding };
  refuseBinary(path, sample, encoding);
  const text = textOf(sample, encoding, isWhole);
  if (text === undefined) throw notInEncoding(path, encoding.encoding);

  const hints = {
    delimiter: known(params.delimiter),
    quote: known(params.quote),
    escape: known(params.escape),
    lineEnd: known(params.line_terminator),
    isWhole,
  };
  const scores = scoreDialects(text, hints);
  const dialect: Dialect = scores[0]?.dialect ?? {
    delimiter: hints.delimiter ?? '',
    quote: hints.quote ?? '"',
    escape: hints.escape ?? hints.quote ?? '"',
    lineEnd: hints.lineEnd ?? 'any',
  };
  const structure = {
    headerRows: known(params.header_rows),
    skipRows: known(params.skip_rows),
  };
  const wanted = known(params.table) ?? 0;
  const all = Number.POSITIVE_INFINITY;
  let records = recordsOf(text, dialect, isWhole, undefined);
  let blocks = findTables(records, structure);
  // With its width, records with odd quotes are cut as the reader will cut them.
  const width = blocks[wanted]?.width;
  if (records.some(({ irregular, cells }) => irregular || cells.length !== width)) {
    records = recordsOf(text, dialect, isWhole, width);
    blocks = findTables(records, structure);
  }
  const block = blocks[wanted];
  if (block === undefined) {
    const message = `${JSON.stringify(basename(path))} has ${blocks.length} tables; there is no table ${wanted} (they are counted from 0).`;
    throw new StageFailure({ code: 'dialect-error', category: 'critical', message, file: basename(path) });
  }
  const names = records.slice(block.header, block.body);
  return {
    encoding,
    dialect,
    table: wanted,
    block,
    blocks,
    labels: names.length === 0 ? undefined : joinHeader(names, block.width),
    kinds: kindsOfColumns(records.slice(block.body, block.end), block.width),
    header: names.map(({ cells }) => cells),
    scores,
    lineOf: (at) => records[at]?.line,
    sampleBytes: sample.length,
    isWhole,
  };

  function recordsOf(from: string, how: Dialect, toEnd: boolean, cells: number | undefined): readonly CsvRecord[] {
    const found = readRecords(from, how, toEnd, all, cells).records;
    // A single record that is longer than the sample.
    return found.length === 0 && !toEnd ? readRecords(from, how, true, all, cells).records : found;
  }
}

function known<Value extends string | number>(value: Value | 'auto' | undefined): Exclude<Value, 'auto'> | undefined {
  return value === 'auto' ? undefined : (value as Exclude<Value, 'auto'> | undefined);
}

/** First bytes of files that are opened as tables by mistake. */
const OTHERS: readonly (readonly [start: string, name: string])[] = [
  ['PK\x03\x04', 'a ZIP archive, such as an Excel workbook'],
  ['\x1f\x8b', 'compressed with gzip'],
  ['%PDF', 'a PDF'],
  ['\x89PNG', 'a PNG picture'],
  ['\xff\xd8\xff', 'a JPEG picture'],
  ['\xd0\xcf\x11\xe0', 'an old Excel workbook or Word document'],
  ['SQLite format 3', 'an SQLite database'],
  ['\x28\xb5\x2f\xfd', 'compressed with Zstandard'],
];

/** Share of control characters from which on bytes are no text. */
const CONTROL_SHARE_MAX = 0.01;

function refuseBinary(path: string, sample: Uint8Array, { encoding }: EncodingFound): void {
  const start = Buffer.from(sample.subarray(0, 16)).toString('latin1');
  const other = OTHERS.find(([mark]) => start.startsWith(mark))?.[1];
  let controls = 0;
  if (other === undefined && !encoding.startsWith('utf-16')) {
    for (const byte of sample) if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13 && byte !== 12) controls++;
  }
  if (other === undefined && (controls < 4 || controls <= CONTROL_SHARE_MAX * sample.length)) return;
  const what = other === undefined ? 'it is no text but binary data' : `it is ${other}`;
  const message = `${JSON.stringify(basename(path))} cannot be read as a CSV: ${what}.`;
  throw new StageFailure({ code: 'dialect-error', category: 'critical', message, file: basename(path) });
}

export function notInEncoding(path: string, encoding: Encoding): StageFailure {
  const name = ENCODINGS[encoding];
  const message = `${JSON.stringify(basename(path))} is not in ${name}: some of its bytes are no characters there.`;
  return new StageFailure({ code: 'encoding-error', category: 'critical', message, file: basename(path) });
}
