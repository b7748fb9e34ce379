/** Writes rows as a CSV that DuckDB reads in one way only. */
import { closeSync, openSync, writeSync } from 'node:fs';

const PENDING_MAX = 1 << 20;

/**
 * UTF-8, comma, LF, every value in quotes, missing values empty, without a header. Its first column is the number of the
 * row, so that no line is ever blank. To be closed.
 */
export class CopyWriter {
  readonly #file: number;
  #pending = '';
  /** Rows in which a U+0000, which no text of DuckDB can have, became U+FFFD. */
  nulls = 0;
  rows = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'w');
  }

  /** A cell that is undefined is missing. */
  write(row: number, cells: readonly (string | undefined)[]): void {
    let line = String(row);
    let hasNull = false;
    for (const cell of cells) {
      if (cell === undefined) {
        line += ',';
        continue;
      }
      let value = cell.includes('"') ? cell.replaceAll('"', '""') : cell;
      if (value.includes('\0')) {
        hasNull = true;
        value = value.replaceAll('\0', '\uFFFD');
      }
      line += `,"${value}"`;
    }
    if (hasNull) this.nulls += 1;
    this.rows += 1;
    this.#pending += `${line}\n`;
    if (this.#pending.length > PENDING_MAX) this.#flush();
  }

  close(): void {
    try {
      this.#flush();
    } finally {
      closeSync(this.#file);
    }
  }

  #flush(): void {
    const bytes = Buffer.from(this.#pending);
    this.#pending = '';
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
  }
}
