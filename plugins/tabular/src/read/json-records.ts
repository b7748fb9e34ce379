/**
 * Objects of a JSON list or of JSON Lines, one by one, with their members as they are written: numbers keep their digits,
 * what is nested stays JSON. Streams.
 */
import { decodeFile, type EncodingFound } from './encoding.ts';

export type JsonForm = 'list' | 'lines' | 'objects';

export interface JsonRecord {
  /** Line it begins in, from 1. */
  readonly line: number;
  /** Undefined for what is no object. */
  readonly members: ReadonlyMap<string, JsonValue> | undefined;
  /** Why it is none. */
  readonly problem: string | undefined;
  /** As it is written. */
  readonly text: string;
}

export interface JsonValue {
  readonly kind: 'string' | 'number' | 'boolean' | 'null' | 'nested';
  /** Of strings their value, of others their JSON. */
  readonly text: string;
}

/** In a list, nothing after a mistake can be trusted. */
export class JsonError extends Error {
  readonly line: number;

  constructor(line: number, problem: string) {
    super(`line ${line}: ${problem}`);
    this.line = line;
  }
}

/** How the file is written, by its beginning; undefined when that is empty. */
export function jsonFormOf(start: string): JsonForm | undefined {
  const text = start.trimStart();
  if (text === '') return undefined;
  if (text.startsWith('[')) {
    // Lists in lines are no list of objects, but no one list either.
    const end = text.indexOf('\n');
    return end > 0 && isJson(text.slice(0, end)) && text.slice(end).trim() !== '' ? 'lines' : 'list';
  }
  const end = text.indexOf('\n');
  if (text.startsWith('{') && !isJson(end < 0 ? text : text.slice(0, end))) {
    return /^\{\s*$/.test(end < 0 ? text : text.slice(0, end)) || /^\{\s*\n/.test(text) ? 'objects' : 'lines';
  }
  return 'lines';
}

/** Errors: throws `JsonError` for a list that is damaged, a `TypeError` at bytes that are not in the encoding. */
export function readJson(
  path: string,
  encoding: EncodingFound,
  form: JsonForm,
  onRecord: (record: JsonRecord) => void,
): void {
  const reader = form === 'lines' ? new LineReader(onRecord) : new ElementReader(onRecord, form === 'list');
  for (const text of decodeFile(path, encoding)) reader.write(text);
  reader.end();
}

class LineReader {
  readonly #onRecord: (record: JsonRecord) => void;
  #rest = '';
  #line = 1;

  constructor(onRecord: (record: JsonRecord) => void) {
    this.#onRecord = onRecord;
  }

  write(piece: string): void {
    const text = this.#rest + piece;
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      this.#take(text.slice(from, end));
      from = end + 1;
    }
    this.#rest = text.slice(from);
  }

  end(): void {
    if (this.#rest !== '') this.#take(this.#rest);
  }

  #take(text: string): void {
    if (text.trim() !== '') this.#onRecord(toRecord(text.trim(), this.#line));
    this.#line += 1;
  }
}

/** Finds where the elements of a list, or objects one after the other, begin and end. */
class ElementReader {
  readonly #onRecord: (record: JsonRecord) => void;
  readonly #isList: boolean;
  #element = '';
  #depth = 0;
  #inString = false;
  #escaped = false;
  #line = 1;
  #startLine = 1;
  /** Of the list: before `[`, in it, after `]`. */
  #place: 'before' | 'in' | 'after';
  /** Whether a comma, or the first element, may come. */
  #wantsElement = true;
  #any = false;

  constructor(onRecord: (record: JsonRecord) => void, isList: boolean) {
    this.#onRecord = onRecord;
    this.#isList = isList;
    this.#place = isList ? 'before' : 'in';
  }

  write(text: string): void {
    let from = this.#element === '' ? -1 : 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === 10) this.#line += 1;
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (code === 92) this.#escaped = true;
        else if (code === 34) this.#inString = false;
        continue;
      }
      const isSpace = code === 32 || code === 10 || code === 13 || code === 9;
      const inElement = from >= 0;
      if (!inElement) {
        if (isSpace) continue;
        if (this.#between(code)) continue;
        from = at;
        this.#startLine = this.#line;
      }
      if (code === 34) this.#inString = true;
      else if (code === 123 || code === 91) this.#depth += 1;
      else if (code === 125 || code === 93) {
        if (this.#depth === 0) {
          this.#finish(text.slice(from, at));
          from = -1;
          this.#between(code);
          continue;
        }
        this.#depth -= 1;
        if (this.#depth === 0) {
          this.#finish(text.slice(from, at + 1));
          from = -1;
        }
      } else if (code === 44 && this.#depth === 0) {
        this.#finish(text.slice(from, at));
        from = -1;
        this.#between(code);
      }
    }
    if (from >= 0) this.#element += text.slice(from);
  }

  end(): void {
    if (this.#element !== '' || this.#place !== (this.#isList ? 'after' : 'in')) {
      throw new JsonError(this.#line, 'the file ends in the middle');
    }
  }

  /** A character outside elements; false when it begins one. */
  #between(code: number): boolean {
    if (this.#place === 'before') {
      this.#place = 'in';
      return true;
    }
    if (this.#place === 'after') throw new JsonError(this.#line, 'there is something behind the list');
    if (this.#isList && code === 93 && (!this.#wantsElement || !this.#any)) {
      this.#place = 'after';
      return true;
    }
    if (this.#isList && code === 44 && !this.#wantsElement) {
      this.#wantsElement = true;
      return true;
    }
    if (this.#isList && (!this.#wantsElement || code === 44 || code === 93 || code === 125)) {
      const found = JSON.stringify(String.fromCharCode(code));
      throw new JsonError(this.#line, `${found} where ${this.#wantsElement ? 'an element' : 'a comma'} is expected`);
    }
    return false;
  }

  #finish(rest: string): void {
    const record = toRecord((this.#element + rest).trim(), this.#startLine);
    this.#element = '';
    this.#wantsElement = false;
    this.#any = true;
    if (record.members === undefined && !isJson(record.text)) {
      throw new JsonError(this.#startLine, record.problem ?? 'no JSON');
    }
    this.#onRecord(record);
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function toRecord(text: string, line: number): JsonRecord {
  try {
    JSON.parse(text);
  } catch {
    return { line, members: undefined, problem: 'it is no JSON', text };
  }
  if (!text.startsWith('{')) return { line, members: undefined, problem: 'it is no object', text };
  return { line, members: membersOf(text), problem: undefined, text };
}

/** Of an object that is known to be JSON. */
function membersOf(text: string): Map<string, JsonValue> {
  const members = new Map<string, JsonValue>();
  let at = skipSpace(text, 1);
  while (text[at] !== '}') {
    const keyEnd = endOfString(text, at);
    const key = JSON.parse(text.slice(at, keyEnd)) as string;
    at = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = endOfValue(text, at);
    members.set(key, toValue(text.slice(at, end)));
    at = skipSpace(text, end);
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return members;
}

function toValue(text: string): JsonValue {
  const first = text[0];
  if (first === '"') return { kind: 'string', text: text.includes('\\') ? JSON.parse(text) : text.slice(1, -1) };
  if (first === '{' || first === '[') return { kind: 'nested', text: /\s/.test(text) ? withoutSpace(text) : text };
  if (first === 'n') return { kind: 'null', text };
  return { kind: first === 't' || first === 'f' ? 'boolean' : 'number', text };
}

function skipSpace(text: string, from: number): number {
  let at = from;
  for (let code = text.charCodeAt(at); code === 32 || (code >= 9 && code <= 13); code = text.charCodeAt(at)) at++;
  return at;
}

/** After its closing quote. */
function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function endOfValue(text: string, from: number): number {
  const first = text[from];
  if (first === '"') return endOfString(text, from);
  let at = from;
  if (first !== '{' && first !== '[') {
    while (!/[\s,}\]]/.test(text[at] ?? ',')) at++;
    return at;
  }
  for (let depth = 0; ; ) {
    const char = text[at];
    if (char === '"') at = endOfString(text, at);
    else {
      at += 1;
      if (char === '{' || char === '[') depth += 1;
      else if (char === '}' || char === ']') {
        depth -= 1;
        if (depth === 0) return at;
      }
    }
  }
}

/** Strings keep theirs. */
function withoutSpace(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|\s+/gs, (part) => (part.startsWith('"') ? part : ''));
}
