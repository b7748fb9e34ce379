/** What the CSV library says is wrong, in words, and what its readers share. */
import type { Json } from '../util/canonical-json.ts';

/**
 * A sentence without its subject and its full stop; undefined for what nobody meets. `whole` is the line in which the last
 * whole row ends, 0 when there is none.
 */
export function csvMistake(code: string, line: number | undefined, whole: number): string | undefined {
  const after = whole === 0 ? '' : ` after line ${whole}`;
  switch (code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return `has a quote${after} that is never closed`;
    case 'CSV_MAX_RECORD_SIZE':
      return `has a row${after} of more than 16 MiB; maybe a quote is never closed`;
    case 'CSV_INVALID_CLOSING_QUOTE':
      return `has text behind a closing quote in line ${line}; a quote within quotes is written twice`;
    case 'INVALID_OPENING_QUOTE':
      return `has a quote within a value in line ${line}; put the value in quotes, and write the quote within it twice`;
    default:
      return undefined;
  }
}

export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** Made in one way for all, so that they share one shape in memory. */
export function rowOf(names: readonly string[], cells: readonly string[]): Json {
  const row: { [name: string]: string } = {};
  for (const [at, name] of names.entries()) {
    if (name === '__proto__') Object.defineProperty(row, name, { value: cells[at], enumerable: true });
    else row[name] = cells[at] ?? '';
  }
  return row;
}
