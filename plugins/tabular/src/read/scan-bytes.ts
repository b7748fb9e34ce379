/**
 * One look at all bytes of a file: whether they are UTF-8, and whether they are CSV that can be read in one way only, so
 * that any reader of RFC 4180 sees the same cells. Makes no texts, which is what it is quick by.
 */
import { readPieces, Utf8Check } from './encoding.ts';

/** What a plain file is made of. */
export interface PlainDialect {
  /** One ASCII character. */
  readonly delimiter: string;
  /** `"`, doubled inside cells. */
  readonly quote: '"';
  /** Cells of every record. */
  readonly width: number;
}

export interface PlainFacts {
  /** With the one of names. */
  readonly records: number;
  readonly lineEnd: 'lf' | 'crlf';
  readonly recordBytesMax: number;
  /** There are line ends inside quotes. */
  readonly hasBreaks: boolean;
}

export function isUtf8File(path: string, from: number): boolean {
  const check = new Utf8Check();
  for (const piece of readPieces(path, from)) {
    check.add(piece);
    if (!check.isValid) return false;
  }
  check.end();
  return check.isValid;
}

/**
 * Plain is: every record of that width with at least one cell that is not empty, one kind of line end (LF or CRLF), quotes
 * only around whole cells and doubled inside them, no U+0000. Undefined for all else. The file has to be UTF-8; `from` is
 * the number of bytes of its byte order mark.
 */
export function scanPlain(path: string, dialect: PlainDialect, from: number): PlainFacts | undefined {
  const scan = new PlainScan(dialect);
  for (const piece of readPieces(path, from)) if (!scan.add(piece)) return undefined;
  return scan.end();
}

const states = { start: 0, plain: 1, quoted: 2, closed: 3, cr: 4 } as const;

class PlainScan {
  readonly #delimiter: number;
  readonly #width: number;
  #state: number = states.start;
  #cells = 1;
  #filled = false;
  #records = 0;
  #lf = false;
  #hasBreaks = false;
  #crlf = false;
  #length = 0;
  #lengthMax = 0;

  constructor({ delimiter, width }: PlainDialect) {
    this.#delimiter = delimiter.charCodeAt(0);
    this.#width = width;
  }

  /** False as soon as the file is not plain. */
  add(bytes: Uint8Array): boolean {
    const { start, plain, quoted, closed, cr } = states;
    const delimiter = this.#delimiter;
    const width = this.#width;
    let state = this.#state;
    let cells = this.#cells;
    let filled = this.#filled;
    let recordStart = -this.#length;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (state === plain && byte > 44 && byte !== delimiter) continue;
      if (byte === 0) return false;
      if (state === quoted) {
        if (byte === 34) state = closed;
        else if (byte === 10 || byte === 13) this.#hasBreaks = true;
        continue;
      }
      if (state === cr) {
        if (byte !== 10) return false;
      } else if (byte === delimiter) {
        cells += 1;
        state = start;
        continue;
      } else if (byte === 13) {
        state = cr;
        continue;
      }
      if (byte === 10) {
        if (state === cr) this.#crlf = true;
        else this.#lf = true;
        if (cells !== width || !filled) return false;
        const length = at - recordStart;
        if (length > this.#lengthMax) this.#lengthMax = length;
        this.#records += 1;
        recordStart = at + 1;
        cells = 1;
        filled = false;
        state = start;
        continue;
      }
      if (state === closed) {
        if (byte !== 34) return false;
        state = quoted;
      } else if (byte === 34) {
        if (state !== start) return false;
        filled = true;
        state = quoted;
      } else {
        filled = true;
        state = plain;
      }
    }
    this.#state = state;
    this.#cells = cells;
    this.#filled = filled;
    this.#length = bytes.length - recordStart;
    return !(this.#lf && this.#crlf);
  }

  end(): PlainFacts | undefined {
    if (this.#state === states.quoted || this.#state === states.cr) return undefined;
    if (this.#length > 0) {
      if (this.#cells !== this.#width || !this.#filled) return undefined;
      this.#records += 1;
      this.#lengthMax = Math.max(this.#lengthMax, this.#length);
    }
    if (this.#lf && this.#crlf) return undefined;
    return {
      records: this.#records,
      lineEnd: this.#crlf ? 'crlf' : 'lf',
      recordBytesMax: this.#lengthMax,
      hasBreaks: this.#hasBreaks,
    };
  }
}
