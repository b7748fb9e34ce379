/** Writes rows as a CSV that DuckDB reads in one way only. */
import { closeSync, openSync, writeSync } from 'node:fs';

/** Short enough that it is gone before the garbage collector looks for it. */
const PENDING_MAX = 1 << 15;

/**
 * UTF-8, LF, every value in quotes, missing values empty, without a header. Its first column is the number of the
 * row, so that no line is ever blank. Texts without a quote, with its delimiter, go in as they are. To be closed.
 */
export class CopyWriter {
  readonly #file: number;
  #pending = '';
  /** Rows in which a U+0000, which no text of DuckDB can have, became U+FFFD. */
  nulls = 0;

  readonly delimiter: string;
  readonly #takesTexts: boolean;

  /** `delimiter` is that of the texts. */
  constructor(path: string, delimiter: string) {
    this.#file = openSync(path, 'w');
    this.#takesTexts = /^[\t\x20!#-/:-~]$/.test(delimiter);
    this.delimiter = this.#takesTexts ? delimiter : ',';
  }

  /** A whole row with the delimiter between its cells; false when its cells are wanted instead. */
  writeText(row: number, text: string): boolean {
    if (!this.#takesTexts || /["\0\n\r]/.test(text)) return false;
    this.#add(`${row}${this.delimiter}${text}`);
    return true;
  }

  /** A cell that is undefined is missing. */
  write(row: number, cells: readonly (string | undefined)[]): void {
    let line = String(row);
    let hasNull = false;
    for (const cell of cells) {
      if (cell === undefined) {
        line += this.delimiter;
        continue;
      }
      let value = cell.includes('"') ? cell.replaceAll('"', '""') : cell;
      if (value.includes('\0')) {
        hasNull = true;
        value = value.replaceAll('\0', '\uFFFD');
      }
      line += `${this.delimiter}"${value}"`;
    }
    if (hasNull) this.nulls += 1;
    this.#add(line);
  }

  close(): void {
    try {
      this.#flush();
    } finally {
      closeSync(this.#file);
    }
  }

  #add(line: string): void {
    this.#pending += `${line}\n`;
    if (this.#pending.length > PENDING_MAX) this.#flush();
  }

  #flush(): void {
    const bytes = Buffer.from(this.#pending);
    this.#pending = '';
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
  }
}
