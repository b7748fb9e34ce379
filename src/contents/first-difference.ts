/** Where two files first differ: the byte, and in what is understood the field. Memory does not follow their size, except for JSON. */
import { isUtf8 } from 'node:buffer';
import { formatOf } from '../model/file-format.ts';
import type { ContentDifference } from '../model/output-difference.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { Json } from '../util/canonical-json.ts';
import { canonicalJson } from '../util/canonical-json.ts';
import { parseJson, readJsonDocument } from './read-json.ts';
import { readRows } from './read-rows.ts';

const PIECE_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;
/** What is around the first difference is looked at no further than this. */
const LINE_BYTES_MAX = 1024 * 1024;
const VALUE_LENGTH_MAX = 80;
/** Of bytes that are no text. */
const BYTES_SHOWN = 8;

/** What both have before the byte at which they differ. */
interface Common {
  readonly byte: number;
  /** From 1. */
  readonly line: number;
  /** Where that line begins. */
  readonly lineStart: number;
}

/**
 * Paths are absolute, and the ending of the first says what they are. Undefined when they are the same. Errors: those of
 * reading.
 */
export async function firstDifference(
  fs: FileSystem,
  first: string,
  second: string,
): Promise<ContentDifference | undefined> {
  const common = await commonPart(fs, first, second);
  if (!common) return undefined;
  const { byte } = common;
  const files = [first, second] as const;
  const found = await understood(fs, files, common);
  if (found) return { byte, ...found };
  const around = files.map((path) => textAround(fs, path, common));
  const [one, other] = around;
  if (one === undefined || other === undefined) {
    const [a, b] = files.map((path) => hexAt(fs, path, byte));
    return { byte, place: null, first: a ?? null, second: b ?? null };
  }
  const place = { kind: 'text', line: common.line, column: one.column } as const;
  return { byte, place, first: one.rest, second: other.rest };
}

type Found = Omit<ContentDifference, 'byte'>;

/** Undefined: it is no file of a known format, or is not what its name says. */
async function understood(
  fs: FileSystem,
  files: readonly [string, string],
  common: Common,
): Promise<Found | undefined> {
  switch (formatOf(files[0])) {
    case 'json': {
      const [first, second] = files.map((path) => readJsonDocument(fs, path)) as [
        ReturnType<typeof readJsonDocument>,
        ReturnType<typeof readJsonDocument>,
      ];
      if (!first.ok || !second.ok) return undefined;
      const found = firstUnequal(first.value, second.value);
      return found && { place: { kind: 'json', path: found.path }, ...shownValues(found) };
    }
    case 'jsonl': {
      const [first, second] = files.map((path) => lineOf(fs, path, common)) as [string?, string?];
      const [one, other] = [parseJson(first ?? ''), parseJson(second ?? '')];
      if (!one.ok || !other.ok) return undefined;
      const found = firstUnequal(one.value, other.value);
      return found && { place: { kind: 'json-lines', line: common.line, path: found.path }, ...shownValues(found) };
    }
    case 'csv':
    case 'tsv':
      return cellAt(fs, files, common.line);
    case 'parquet':
    case 'other':
      return undefined;
  }
}

/** Undefined: the same bytes. */
async function commonPart(fs: FileSystem, first: string, second: string): Promise<Common | undefined> {
  let line = 1;
  let lineStart = 0;
  for (let offset = 0; ; ) {
    const a = fs.readPart(first, offset, PIECE_BYTES) ?? new Uint8Array();
    const b = fs.readPart(second, offset, PIECE_BYTES) ?? new Uint8Array();
    const length = Math.min(a.length, b.length);
    const isSame = Buffer.compare(a.subarray(0, length), b.subarray(0, length)) === 0;
    let end = length;
    if (!isSame) for (end = 0; a[end] === b[end]; ) end++;
    for (let at = a.indexOf(NEWLINE); at >= 0 && at < end; at = a.indexOf(NEWLINE, at + 1)) {
      line++;
      lineStart = offset + at + 1;
    }
    offset += end;
    if (!isSame || a.length !== b.length) return { byte: offset, line, lineStart };
    if (a.length === 0) return undefined;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

interface Unequal {
  readonly path: string;
  /** Undefined: it is not there. */
  readonly first: Json | undefined;
  readonly second: Json | undefined;
}

interface Place {
  readonly parent: Place | undefined;
  readonly key: string | number;
}

/** The first value in the order of the first document; however deep they are, nothing is called by itself. */
function firstUnequal(first: Json, second: Json): Unequal | undefined {
  const pending: { readonly a: Json | undefined; readonly b: Json | undefined; readonly at: Place | undefined }[] = [
    { a: first, b: second, at: undefined },
  ];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { a, b, at } = next;
    if (a === b) continue;
    if (Array.isArray(a) && Array.isArray(b)) {
      for (let index = Math.max(a.length, b.length) - 1; index >= 0; index--) {
        pending.push({ a: a[index], b: b[index], at: { parent: at, key: index } });
      }
    } else if (isMapping(a) && isMapping(b)) {
      const keys = [...Object.keys(a), ...Object.keys(b).filter((key) => !Object.hasOwn(a, key))];
      for (const key of keys.reverse()) {
        const [one, other] = [a, b].map((mapping) => (Object.hasOwn(mapping, key) ? mapping[key] : undefined));
        pending.push({ a: one, b: other, at: { parent: at, key } });
      }
    } else return { path: pathOf(at), first: a, second: b };
  }
  return undefined;
}

function isMapping(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function pathOf(at: Place | undefined): string {
  const keys: string[] = [];
  for (let place = at; place; place = place.parent) {
    const { key } = place;
    if (typeof key === 'number') keys.push(`[${key}]`);
    else keys.push(/^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`);
  }
  return `$${keys.reverse().join('')}`;
}

function shownValues({ first, second }: Unequal): Pick<Found, 'first' | 'second'> {
  const [a, b] = [first, second].map((value) => (value === undefined ? null : cut(canonicalJson(value))));
  return { first: a ?? null, second: b ?? null };
}

/** The row at the line where they differ is the last that begins there or before. */
async function cellAt(fs: FileSystem, files: readonly [string, string], line: number): Promise<Found | undefined> {
  const [first, second] = [await rowAt(fs, files[0], line), await rowAt(fs, files[1], line)];
  if (!first || !second) return undefined;
  if (first.columns.join('\n') !== second.columns.join('\n')) {
    const at = first.columns.findIndex((name, column) => second.columns[column] !== name);
    const column = at < 0 ? first.columns.length : at;
    const [one = null, other = null] = [first.columns[column], second.columns[column]];
    return { place: { kind: 'cell', row: 0, line: 1, column: one ?? other ?? '' }, first: one, second: other };
  }
  const isOne = first.row >= second.row ? first : second;
  const { row, line: at } = isOne;
  if (first.row !== second.row || first.value === undefined || second.value === undefined) {
    const place = { kind: 'cell', row, line: at, column: '' } as const;
    const whole = (of: RowFound) => (of === isOne && of.value ? cut(canonicalJson(of.value)) : null);
    return first.row === second.row ? undefined : { place, first: whole(first), second: whole(second) };
  }
  const found = firstUnequal(first.value, second.value);
  if (!found) return undefined;
  const values = { first: textOf(found.first), second: textOf(found.second) };
  const column = first.columns.find((name) => pathOf({ parent: undefined, key: name }) === found.path) ?? '';
  return { place: { kind: 'cell', row, line: at, column }, ...values };
}

interface RowFound {
  readonly columns: readonly string[];
  readonly row: number;
  readonly line: number;
  /** Undefined for the header. */
  readonly value: Json | undefined;
}

/** Undefined: it cannot be read up to there. */
async function rowAt(fs: FileSystem, path: string, line: number): Promise<RowFound | undefined> {
  let columns: readonly string[] = [];
  let rows = 0;
  let found: Omit<RowFound, 'columns'> = { row: 0, line: 1, value: undefined };
  let isReadable = true;
  const read = await readRows(fs, path, {
    columns: (names) => {
      columns = names;
    },
    row: (value, at) => {
      if (at > line) return false;
      rows++;
      found = { row: rows, line: at, value };
      return true;
    },
    unreadable: (_, at) => {
      if (at <= line) isReadable = false;
    },
  });
  return read.ok && isReadable ? { columns, ...found } : undefined;
}

function textOf(value: Json | undefined): string | null {
  return value === undefined ? null : cut(typeof value === 'string' ? value : canonicalJson(value));
}

/** Without its line end; undefined when it is too long or no text. */
function lineOf(fs: FileSystem, path: string, { lineStart }: Common): string | undefined {
  const bytes = Buffer.from(fs.readPart(path, lineStart, LINE_BYTES_MAX) ?? []);
  const end = bytes.indexOf(NEWLINE);
  const line = end < 0 ? bytes : bytes.subarray(0, end);
  return line.length < LINE_BYTES_MAX && isUtf8(line) ? line.toString('utf8') : undefined;
}

/** From the difference to the end of its line, with the word that it is in. */
function textAround(
  fs: FileSystem,
  path: string,
  common: Common,
): { readonly column: number; readonly rest: string | null } | undefined {
  const { byte, lineStart } = common;
  const line = lineOf(fs, path, common);
  if (line === undefined) return undefined;
  const bytes = Buffer.from(line);
  // In the middle of a character its beginning is meant.
  let from = Math.min(byte - lineStart, bytes.length);
  while (from > 0 && ((bytes[from] ?? 0) & 0xc0) === 0x80) from--;
  const isEnd = byte >= (fs.stat(path)?.size ?? 0);
  const before = bytes.toString('utf8', 0, from);
  // Of a long number or word its end alone says little.
  const [begun = ''] = /\S{0,20}$/u.exec(before) ?? [];
  const rest = isEnd && begun === '' ? null : cut(begun + bytes.toString('utf8', from));
  return { column: [...before].length + 1, rest };
}

function hexAt(fs: FileSystem, path: string, byte: number): string | null {
  const bytes = Buffer.from(fs.readPart(path, byte, BYTES_SHOWN) ?? []);
  return bytes.length === 0 ? null : (bytes.toString('hex').match(/../g) ?? []).join(' ');
}

function cut(text: string): string {
  return text.length <= VALUE_LENGTH_MAX ? text : `${text.slice(0, VALUE_LENGTH_MAX - 1)}…`;
}
