/**
 * Where in the records of a file its tables are: what stands before them, how many rows of names each has, where the next
 * one begins. Pure.
 */
import { type CsvRecord, isBlank } from './dialect.ts';
import { modalWidth, widthsOf } from './find-dialect.ts';
import { countHeaderRows, type HeaderFound } from './find-header.ts';

export interface TableBlock {
  /** Index of the first record of its own: what stands before the names, or the names. */
  readonly from: number;
  /** Of the first record with names, or of the first row. */
  readonly header: number;
  readonly headerRows: number;
  /** Of the first row. */
  readonly body: number;
  /** After the last row; undefined in the last table of the file. */
  readonly end: number | undefined;
  /** The most frequent number of cells of its rows, or of its names when they are more. */
  readonly width: number;
  /** How sure it is that the rows of names are some: their votes per column. */
  readonly headerScore: number;
}

export interface StructureHints {
  readonly headerRows?: number | undefined;
  /** Records before the first table. */
  readonly skipRows?: number | undefined;
}

/** Records of one width that have to follow each other to be a table of another width. */
const RUN_MIN = 3;

/** At least one; `records` are those of the beginning of the file. */
export function findTables(records: readonly CsvRecord[], hints: StructureHints): TableBlock[] {
  const first = hints.skipRows ?? 0;
  const segments = cutIntoSegments(records, first);
  const blocks: TableBlock[] = [];
  let from = first;
  for (const [start, end] of segments) {
    const previous = blocks.at(-1);
    const found = blockOf(records, start, end, from, hints, previous === undefined);
    if (previous !== undefined) {
      // Without names of its own, or too small to be a table, it belongs to the one before.
      const isTable = found !== undefined && found.headerRows > 0 && end - found.body >= 1;
      const goesOn = !isTable || !isStart(records, previous, found, end);
      if (goesOn) continue;
      blocks[blocks.length - 1] = { ...previous, end: from };
    }
    if (found !== undefined) blocks.push(found);
    from = end;
  }
  if (blocks.length === 0) {
    const width = Math.max(0, ...records.slice(first).map(({ cells }) => cells.length));
    const headerRows = hints.headerRows ?? 0;
    const header = Math.min(first, records.length);
    blocks.push({ from: 0, header, headerRows, body: header + headerRows, end: undefined, width, headerScore: 0 });
  }
  const [head] = blocks;
  if (head !== undefined) blocks[0] = { ...head, from: 0 };
  return blocks;
}

/** A later table repeats names, has another width, or has names over values where the first one has values. */
function isStart(records: readonly CsvRecord[], previous: TableBlock, found: TableBlock, end: number): boolean {
  if (previous.headerRows > 0 && sameText(records[previous.body - 1], records[found.body - 1])) return true;
  if (found.width !== previous.width) return end - found.body >= RUN_MIN - 1;
  return found.headerScore > 0.3;
}

/** Cut at blank records, before names that come again, and where the width changes for good. */
function cutIntoSegments(records: readonly CsvRecord[], first: number): [from: number, to: number][] {
  const cuts = new Set<number>();
  for (let at = first + 1; at < records.length; at++) {
    const record = records[at] as CsvRecord;
    if (!isBlank(record) && isBlank(records[at - 1] as CsvRecord)) cuts.add(at);
  }
  const widthCut = changeOfWidth(records, first);
  if (widthCut !== undefined) cuts.add(widthCut);
  const names = firstFull(records, first);
  if (names !== undefined) {
    for (let at = names + 3; at < records.length; at++) if (sameText(records[names], records[at])) cuts.add(at);
  }
  const starts = [first, ...[...cuts].sort((a, b) => a - b)];
  return starts.map((start, at) => [start, starts[at + 1] ?? records.length] as [number, number]);
}

/** The first record of the most frequent width in which most cells are filled. */
function firstFull(records: readonly CsvRecord[], first: number): number | undefined {
  const [width] = modalWidth(widthsOf(records.slice(first)));
  if (width < 2) return undefined;
  const found = records.findIndex(
    (record, at) => at >= first && record.cells.length === width && countFilled(record) >= Math.max(2, 0.8 * width),
  );
  return found < 0 ? undefined : found;
}

/** All records have one width up to here and another one from here on. */
function changeOfWidth(records: readonly CsvRecord[], first: number): number | undefined {
  const last = records.at(-1);
  if (last === undefined) return undefined;
  let end = records.length;
  while (end > first && isBlank(records[end - 1] as CsvRecord)) end--;
  const width = records[end - 1]?.cells.length ?? 0;
  let start = end;
  while (start > first && records[start - 1]?.cells.length === width) start--;
  if (width < 2 || end - start < RUN_MIN || start - first < RUN_MIN) return undefined;
  const before = widthsOf(records.slice(first, start));
  const [modal, count] = modalWidth(before);
  // A table of another width came before, and not just some lines of text.
  return modal > 1 && modal !== width && count >= RUN_MIN && !before.has(width) ? start : undefined;
}

function blockOf(
  records: readonly CsvRecord[],
  start: number,
  end: number,
  from: number,
  hints: StructureHints,
  isFirst: boolean,
): TableBlock | undefined {
  const rows = records.slice(start, end);
  const width = widthOf(rows.filter((row) => !isBlank(row)));
  if (width === 0) return undefined;
  const whole = modalWidth(widthsOf(records.slice(start).filter((row) => !isBlank(row))))[0];
  // Some lines before the first blank one are no table when what comes after is wider.
  if (isFirst && hints.skipRows === undefined && hints.headerRows === undefined) {
    const isText = width < whole || rows.every((row) => countFilled(row) <= 1 && whole > 1);
    if (isText && end < records.length) return undefined;
  }
  let header = start;
  if (hints.skipRows === undefined || !isFirst) {
    while (header < end - 1 && isBefore(records[header] as CsvRecord, width, records.slice(header + 1, end))) header++;
  } else while (header < end - 1 && isBlank(records[header] as CsvRecord)) header++;
  const found: HeaderFound =
    hints.headerRows === undefined
      ? countHeaderRows(records.slice(header, end), width)
      : { skip: 0, rows: hints.headerRows, score: 1 };
  header += found.skip;
  const body = Math.min(end, header + found.rows);
  const names = records.slice(header, body).map(({ cells }) => lengthWithoutBlankEnd(cells));
  return {
    from,
    header,
    headerRows: body - header,
    body,
    end: undefined,
    width: Math.max(width, ...names),
    headerScore: found.score,
  };
}

/** Whether a record at the start of a block is a title or a remark, and no row of names or values. */
function isBefore(record: CsvRecord, width: number, below: readonly CsvRecord[]): boolean {
  if (isBlank(record)) return true;
  if (width === 1) return false;
  const filled = countFilled(record);
  if (filled <= 1 && width > 2) return true;
  if (record.cells.length === width) return false;
  // Names may lack those of columns at the end, or have one too many.
  const names = countHeaderRows([record, ...below.filter(({ cells }) => cells.length === width)], width);
  return Math.abs(record.cells.length - width) > Math.max(1, width / 4) || names.rows === 0 || names.score <= 0;
}

/** The most frequent one; that of the first record, which may have the names, when another is no more so. */
function widthOf(records: readonly CsvRecord[]): number {
  const counts = widthsOf(records);
  const [width, count] = modalWidth(counts);
  const first = records[0]?.cells.length ?? 0;
  return counts.get(first) === count && count > 1 ? first : width;
}

export function countFilled({ cells }: CsvRecord): number {
  return cells.reduce((count, cell) => (cell.trim() === '' ? count : count + 1), 0);
}

function lengthWithoutBlankEnd(cells: readonly string[]): number {
  return cells.findLastIndex((cell) => cell.trim() !== '') + 1;
}

function sameText(one: CsvRecord | undefined, other: CsvRecord | undefined): boolean {
  if (one === undefined || other === undefined || one.cells.length !== other.cells.length) return false;
  return one.cells.every((cell, at) => cell.trim() === other.cells[at]?.trim());
}
