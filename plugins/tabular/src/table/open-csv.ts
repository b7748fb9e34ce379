/**
 * A CSV, however it is written, as SQL that reads it without guessing: the file itself when it can be read in one way
 * only, else a copy with the same cells. Every record of the file is accounted for.
 */
import { CopyWriter } from '../read/copy-writer.ts';
import { type CsvPlan, detectCsv, notInEncoding, SAMPLE_BYTES } from '../read/detect.ts';
import { readStart, sniffEncoding } from '../read/encoding.ts';
import { type RecordsRead, readAllRecords } from '../read/read-records.ts';
import { isUtf8File, type PlainFacts, scanPlain } from '../read/scan-bytes.ts';
import type { Database } from './duckdb.ts';
import { sqlName, sqlText, uniqueNames } from './names.ts';
import { Rejects, wrongWidth } from './rejects.ts';
import { columnsOf, csvSource, lineEndOf, tablesOf } from './source-document.ts';
import { type OnReject, type OpenTable, ROW, type TableColumn, type TableParams } from './table.ts';

const PLAIN_WIDTH_MAX = 1000;
const LINE_SIZE_MIN = 2_097_152;

/**
 * With `isCounted` the caller compares the rows it gets with `source.records`. Errors: throws `dialect-error`,
 * `encoding-error`, and what `Rejects` throws.
 */
export async function openCsv(
  database: Database,
  path: string,
  params: TableParams,
  onReject: OnReject | undefined,
  isCounted: boolean,
): Promise<OpenTable> {
  const sampleBytes = params.sample_bytes ?? SAMPLE_BYTES;
  const { markBytes, encoding } = sniffEncoding(readStart(path, 64 * 1024));
  const isUtf8 = encoding === 'utf-8' && isUtf8File(path, markBytes);
  const plan = detectCsv(path, params.dialect ?? {}, sampleBytes, isUtf8);
  const columns = columnsOfPlan(plan);
  if (columns.length === 0) return tableOf(plan, columns, countOnly(path, plan), 'careful', '');
  await database.expectColumns(columns.length);
  const plain = isUtf8 ? plainFacts(path, plan) : undefined;
  if (plain !== undefined) {
    const select = selectFile(database.admit(path), plan, columns, plain);
    // DuckDB has to see the records that the scan saw. It cannot see others: but if it does, ours are read.
    if (isCounted || (await countRows(database, select)) === plain.records - plan.block.headerRows) {
      return tableOf(plan, columns, readOfPlain(plan, plain), 'plain', select);
    }
  }
  const copy = `${database.admit(path)}.copy.csv`;
  const { read, delimiter } = writeCopy(path, plan, params, copy, onReject);
  return tableOf(plan, columns, read, 'careful', selectCopy(copy, delimiter, columns, 4 * read.rowLengthMax + 64));
}

function columnsOfPlan({ labels, block }: CsvPlan): TableColumn[] {
  const given = Array.from({ length: block.width }, (_, at) => labels?.[at] ?? '');
  return uniqueNames(given, [ROW]).map((name, at) => ({ name, label: labels?.[at], storedType: undefined }));
}

function plainFacts(path: string, plan: CsvPlan): PlainFacts | undefined {
  const { dialect, encoding, block, blocks } = plan;
  const { delimiter, quote, lineEnd } = dialect;
  const isPlain =
    encoding.encoding === 'utf-8' &&
    (encoding.markBytes === 0 || encoding.markBytes === 3) &&
    quote === '"' &&
    dialect.escape === '"' &&
    /^[\t\x20-\x7e]$/.test(delimiter) &&
    blocks.length === 1 &&
    block.width > 1 &&
    // Numbering the rows takes memory for every column.
    block.width <= PLAIN_WIDTH_MAX &&
    block.header === 0 &&
    block.headerRows <= 1;
  if (!isPlain) return undefined;
  const facts = scanPlain(path, { delimiter, quote, width: block.width }, encoding.markBytes);
  if (facts === undefined || (facts.lineEnd === 'crlf' && facts.hasBreaks)) return undefined;
  return lineEnd === 'any' || lineEnd === facts.lineEnd ? facts : undefined;
}

function readOfPlain({ block }: CsvPlan, { records, lineEnd, recordBytesMax }: PlainFacts): RecordsRead {
  const header = block.headerRows;
  const counts = {
    total: records,
    preamble: 0,
    header,
    kept: records - header,
    repaired: 0,
    rejected: 0,
    blank: 0,
    footer: 0,
    other_tables: 0,
  };
  const none = { count: 0, firstLine: undefined, firstWidth: undefined };
  return {
    counts,
    rejectsBy: {},
    repairsBy: {},
    short: none,
    long: none,
    lineEnds: { lf: 0, crlf: 0, cr: 0, [lineEnd]: records },
    rowLengthMax: recordBytesMax,
  };
}

function countOnly(path: string, plan: CsvPlan): RecordsRead {
  return guarded(path, plan, () => readAllRecords(path, plan, 'pad', {}));
}

function writeCopy(
  path: string,
  plan: CsvPlan,
  params: TableParams,
  to: string,
  onReject: OnReject | undefined,
): { readonly read: RecordsRead; readonly delimiter: string } {
  const { width } = plan.block;
  const rejects = new Rejects(path, params, onReject);
  const copy = new CopyWriter(to, plan.dialect.delimiter);
  try {
    const cells: (string | undefined)[] = new Array(width);
    const read = guarded(path, plan, () =>
      readAllRecords(path, plan, params.on_bad_row ?? 'pad', {
        onRow: (row) => {
          if (row.text !== undefined && copy.writeText(row.row, row.text)) return;
          for (let at = 0; at < width; at++) {
            const cell = row.cells[at];
            cells[at] = cell === '' && row.quoted[at] !== true ? undefined : cell;
          }
          copy.write(row.row, cells);
        },
        onReject: ({ row, line, code, cells: given }) =>
          rejects.add({ row, line, code, message: wrongWidth(given.length, width), cells: given }),
      }),
    );
    return { read, delimiter: copy.delimiter };
  } finally {
    copy.close();
  }
}

function guarded<Made>(path: string, plan: CsvPlan, act: () => Made): Made {
  try {
    return act();
  } catch (error) {
    if (error instanceof TypeError) throw notInEncoding(path, plan.encoding.encoding);
    throw error;
  }
}

function tableOf(
  plan: CsvPlan,
  columns: readonly TableColumn[],
  read: RecordsRead,
  reader: 'plain' | 'careful',
  asText: string,
): OpenTable {
  return {
    format: 'csv',
    columns,
    header: plan.labels === undefined ? [] : plan.header,
    asText,
    asStored: undefined,
    csv: {
      encoding: plan.encoding.encoding,
      delimiter: plan.dialect.delimiter,
      header: plan.labels !== undefined,
      lineEnd: lineEndOf(read.lineEnds),
      blankLines: read.counts.blank,
      short: read.short,
      long: read.long,
    },
    source: {
      version: 1,
      format: 'csv',
      csv: csvSource(plan, read, reader),
      tables: columns.length === 0 ? [] : tablesOf(plan),
      columns: columnsOf(columns),
      records: read.counts,
      repairs: read.repairsBy,
      rejects: read.rejectsBy,
    },
  };
}

/** What DuckDB is told: everything, so that it guesses nothing. */
function options(
  delimiter: string,
  lineEnd: PlainFacts['lineEnd'],
  header: boolean,
  columns: readonly string[],
  lineSize: number,
): string {
  return [
    'auto_detect = false',
    // It guesses even then, and takes a CR in a cell for one. CRLF it only finds by itself.
    ...(lineEnd === 'lf' ? ["new_line = '\\n'"] : []),
    `header = ${header}`,
    `delim = ${sqlText(delimiter)}`,
    `quote = '"'`,
    `escape = '"'`,
    // Nothing between two delimiters is a missing value, `""` is an empty text.
    "nullstr = ''",
    'allow_quoted_nulls = false',
    'strict_mode = true',
    `max_line_size = ${Math.max(LINE_SIZE_MIN, lineSize)}`,
    `columns = {${columns.join(', ')}}`,
  ].join(', ');
}

function selectFile(path: string, plan: CsvPlan, columns: readonly TableColumn[], plain: PlainFacts): string {
  const types = columns.map((_, at) => `'c${at}': 'VARCHAR'`);
  const read = options(
    plan.dialect.delimiter,
    plain.lineEnd,
    plan.labels !== undefined,
    types,
    2 * plain.recordBytesMax + 64,
  );
  return `SELECT row_number() OVER () - 1 AS ${ROW}, ${selected(columns)} FROM read_csv(${sqlText(path)}, ${read})`;
}

/** Rows that a `CopyWriter` has written. */
export function selectCopy(path: string, delimiter: string, columns: readonly TableColumn[], lineSize: number): string {
  const types = ["'r': 'BIGINT'", ...columns.map((_, at) => `'c${at}': 'VARCHAR'`)];
  return `SELECT r AS ${ROW}, ${selected(columns)} FROM read_csv(${sqlText(path)}, ${options(delimiter, 'lf', false, types, lineSize)})`;
}

function selected(columns: readonly TableColumn[]): string {
  return columns.map(({ name }, at) => `c${at} AS ${sqlName(name)}`).join(', ');
}

async function countRows(database: Database, select: string): Promise<number | undefined> {
  try {
    const rows = await database.query(`SELECT count(*) FROM (${select})`);
    return Number(rows[0]?.[0]);
  } catch {
    return undefined;
  }
}
