/**
 * Reads CSV text piece by piece into records. Strict where the text keeps to its dialect; where it does not, a quote is a
 * character in the way that gives the record the width of the table. Nothing is left out: what is between two line ends
 * is in some cell. Decides nothing about headers or types.
 */
import type { CsvRecord, Dialect } from './dialect.ts';

/** A quote without its partner would swallow the rest of the file: from this length on it is a character. */
const QUOTED_LENGTH_MAX = 1 << 24;
/** Opening quotes of one record that are tried as characters. */
const TRIALS_MAX = 32;

export class CsvParser {
  /** Line ends that were seen outside quotes. */
  readonly lineEnds = { lf: 0, crlf: 0, cr: 0 };
  readonly #onRecord: (record: CsvRecord) => void;
  readonly #width: number | undefined;
  readonly #delimiter: string;
  readonly #first: number;
  readonly #quote: number;
  readonly #escape: number;
  readonly #lf: boolean;
  readonly #cr: boolean;
  readonly #crlfOnly: boolean;
  #text = '';
  /** Where the next record begins in `#text`. */
  #at = 0;
  #line = 1;
  /** Of `#text`, when the record that begins at `#at` was last found to be cut off; trying again is worth while at twice. */
  #retryLength = 0;
  /** The first backslash in `#text` from `#backslashFrom` on. */
  #backslashAt = -1;
  #backslashFrom = 0;

  /** With `width`, the number of cells a record should have. */
  constructor(dialect: Dialect, onRecord: (record: CsvRecord) => void, width?: number) {
    this.#onRecord = onRecord;
    this.#width = width;
    this.#delimiter = dialect.delimiter;
    this.#first = dialect.delimiter === '' ? -1 : dialect.delimiter.charCodeAt(0);
    this.#quote = dialect.quote === '' ? -1 : dialect.quote.charCodeAt(0);
    this.#escape = dialect.escape === '' || dialect.quote === '' ? -1 : dialect.escape.charCodeAt(0);
    this.#lf = dialect.lineEnd === 'lf' || dialect.lineEnd === 'any';
    this.#cr = dialect.lineEnd === 'cr' || dialect.lineEnd === 'any';
    this.#crlfOnly = dialect.lineEnd === 'crlf';
  }

  write(text: string): void {
    this.#text = this.#text.slice(this.#at) + text;
    this.#at = 0;
    this.#backslashAt = -1;
    if (this.#text.length >= this.#retryLength) this.#take(false);
  }

  /** The end of the file: what has no line end is a record too. */
  end(): void {
    this.#take(true);
  }

  #take(isEnd: boolean): void {
    this.#retryLength = 0;
    while (this.#at < this.#text.length) {
      const found = this.#record(isEnd);
      if (found === undefined) {
        const rest = this.#text.length - this.#at;
        this.#retryLength = rest > 1 << 20 ? 2 * rest : 0;
        return;
      }
      const line = this.#line;
      const from = this.#at;
      this.#at = found.next;
      this.#line += found.lines;
      if (found.end !== undefined) this.lineEnds[found.end] += 1;
      const isWanted = found.opened.length === 0 || (this.#width !== undefined && found.cells.length !== this.#width);
      const text = isWanted ? this.#text.slice(from, found.textEnd) : undefined;
      this.#onRecord({ line, cells: found.cells, quoted: found.quoted, irregular: found.irregular, text });
    }
  }

  #record(isEnd: boolean): Parsed | undefined {
    const found = this.#parse(isEnd, undefined);
    if (found === undefined || this.#width === undefined) return found;
    const fits = found.cells.length === this.#width;
    // One line of the right width, or without any quote that could be read in another way.
    if (found.opened.length === 0 || (fits && (!found.irregular || found.lines === 1))) return found;
    if (!found.irregular && found.lines === 1) return found;
    for (const literal of found.opened.slice(0, TRIALS_MAX)) {
      const other = this.#parse(isEnd, literal);
      if (other?.cells.length === this.#width && !other.irregular) return { ...other, irregular: true };
    }
    if (fits || !found.irregular || found.lines === 1) return found;
    // No reading fits. One that stays in its line cannot take other records with it.
    for (const literal of found.opened.slice(0, TRIALS_MAX)) {
      const other = this.#parse(isEnd, literal);
      if (other !== undefined && other.lines === 1) return { ...other, irregular: true };
    }
    return found;
  }

  /** The record at `#at`, or undefined when more text is needed. The quote at `literal` opens no cell. */
  #parse(isEnd: boolean, literal: number | undefined): Parsed | undefined {
    const text = this.#text;
    const length = text.length;
    const quote = this.#quote;
    const cells: string[] = [];
    const quoted: boolean[] = [];
    const opened: number[] = [];
    let irregular = false;
    let lines = 0;
    let at = this.#at;
    for (;;) {
      let isQuoted = false;
      let start = at;
      let head = '';
      if (at < length && text.charCodeAt(at) === quote && at !== literal) {
        opened.push(at);
        const close = this.#quotedEnd(at, isEnd);
        if (close === undefined) return undefined;
        if (close.end < 0) irregular = true;
        else {
          isQuoted = true;
          if (close.irregular) irregular = true;
          lines += close.lines;
          head = close.cell;
          at = close.end;
          start = at;
        }
      }
      // To the end of the cell.
      let code = -1;
      for (; at < length; at++) {
        code = text.charCodeAt(at);
        if (code === this.#first && this.#isDelimiter(at)) break;
        if ((code === 10 || code === 13) && this.#lineEnd(at, isEnd) !== 0) break;
        code = -1;
      }
      if (at >= length && !isEnd) return undefined;
      const rest = text.slice(start, at);
      cells.push(isQuoted ? head : rest);
      quoted.push(isQuoted);
      if (at >= length)
        return { cells, quoted, opened, irregular, next: length, textEnd: length, lines: lines + 1, end: undefined };
      if (code === this.#first && this.#isDelimiter(at)) {
        at += this.#delimiter.length;
        if (at > length) return undefined;
        continue;
      }
      const size = this.#lineEnd(at, isEnd);
      if (size < 0) return undefined;
      const end = size === 2 ? 'crlf' : code === 10 ? 'lf' : 'cr';
      return { cells, quoted, opened, irregular, next: at + size, textEnd: at, lines: lines + 1, end };
    }
  }

  #isDelimiter(at: number): boolean {
    return this.#delimiter.length === 1 || this.#text.startsWith(this.#delimiter, at);
  }

  /** Length of the line end at a CR or LF; 0 when it is a character, -1 when the next piece of text says. */
  #lineEnd(at: number, isEnd: boolean): number {
    const isCr = this.#text.charCodeAt(at) === 13;
    if (!isCr) return this.#lf ? 1 : 0;
    if (!this.#cr && !this.#crlfOnly) {
      // With LF alone, the CR before it is no part of the cell either.
      if (at + 1 >= this.#text.length) return isEnd ? 1 : -1;
      return this.#text.charCodeAt(at + 1) === 10 ? 2 : 0;
    }
    if (at + 1 >= this.#text.length) return isEnd ? 1 : -1;
    if (this.#text.charCodeAt(at + 1) === 10 && (this.#crlfOnly || this.#lf)) return 2;
    return this.#cr ? 1 : 0;
  }

  /** The cell of the quote at `open`. `end` is after the closing quote and blanks behind it, -1 when nothing closes it. */
  #quotedEnd(open: number, isEnd: boolean): QuotedCell | undefined {
    const text = this.#text;
    const quote = String.fromCharCode(this.#quote);
    const isDoubled = this.#escape === this.#quote;
    const backslash = this.#escape >= 0 && !isDoubled ? String.fromCharCode(this.#escape) : undefined;
    let cell = '';
    let irregular = false;
    let from = open + 1;
    let search = from;
    for (;;) {
      const at = text.indexOf(quote, search);
      if (backslash !== undefined) {
        // Looked for once, and not again for every cell.
        if (search < this.#backslashFrom || this.#backslashAt < search) {
          const found = text.indexOf(backslash, search);
          this.#backslashAt = found < 0 ? Number.POSITIVE_INFINITY : found;
          this.#backslashFrom = search;
        }
        const escaped = this.#backslashAt;
        if (escaped < (at < 0 ? text.length : at)) {
          const next = text[escaped + 1];
          if (next === undefined) return isEnd ? UNCLOSED : undefined;
          if (next === quote || next === backslash) {
            cell += text.slice(from, escaped) + next;
            from = escaped + 2;
          }
          search = escaped + 2;
          continue;
        }
      }
      if (at < 0 || at - open > QUOTED_LENGTH_MAX) {
        return isEnd || text.length - open > QUOTED_LENGTH_MAX ? UNCLOSED : undefined;
      }
      if (at + 1 >= text.length && !isEnd) return undefined;
      if (isDoubled && text.charCodeAt(at + 1) === this.#quote) {
        cell += text.slice(from, at + 1);
        from = at + 2;
        search = from;
        continue;
      }
      // Blanks between the closing quote and the delimiter belong to nothing.
      let after = at + 1;
      while (after < text.length && text.charCodeAt(after) === 32 && !this.#isDelimiterAt(after)) after++;
      if (after >= text.length && !isEnd) return undefined;
      if (this.#endsCell(after, isEnd)) {
        cell = from === open + 1 ? text.slice(from, at) : cell + text.slice(from, at);
        return { cell, end: after, irregular, lines: countLines(text, open, at) };
      }
      irregular = true;
      search = at + 1;
    }
  }

  #isDelimiterAt(at: number): boolean {
    return this.#first >= 0 && this.#text.charCodeAt(at) === this.#first && this.#isDelimiter(at);
  }

  #endsCell(at: number, isEnd: boolean): boolean {
    if (at >= this.#text.length) return true;
    if (this.#isDelimiterAt(at)) return true;
    const code = this.#text.charCodeAt(at);
    return (code === 10 || code === 13) && this.#lineEnd(at, isEnd) !== 0;
  }
}

interface Parsed {
  readonly cells: string[];
  readonly quoted: boolean[];
  /** Where cells in quotes begin. */
  readonly opened: readonly number[];
  readonly irregular: boolean;
  readonly next: number;
  /** Where its line end begins. */
  readonly textEnd: number;
  /** Number of lines it takes. */
  readonly lines: number;
  /** Undefined at the end of the file. */
  readonly end: 'lf' | 'crlf' | 'cr' | undefined;
}

interface QuotedCell {
  readonly cell: string;
  readonly end: number;
  readonly irregular: boolean;
  readonly lines: number;
}

const UNCLOSED: QuotedCell = { cell: '', end: -1, irregular: true, lines: 0 };

/** Line ends of any kind within a stretch of text. */
function countLines(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    if (code === 10 && text.charCodeAt(at - 1) !== 13) count++;
    else if (code === 13) count++;
  }
  return count;
}
