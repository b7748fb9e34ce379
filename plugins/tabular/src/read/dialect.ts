/** How the text of a CSV is cut into records and cells. */

export interface Dialect {
  /** Between cells: one character, or a comma and a space. Empty: the file has one column. */
  readonly delimiter: string;
  /** Around cells; empty when there is none. */
  readonly quote: string;
  /** Before a quote that belongs to the cell: the quote itself, a backslash, or empty when there is none. */
  readonly escape: string;
  /** What ends a record; `any` of them when the file mixes them. */
  readonly lineEnd: LineEnd | 'any';
}

export type LineEnd = 'lf' | 'crlf' | 'cr';

/** In order of preference when two fit equally well: a blank behind every comma belongs to no cell. */
export const DELIMITERS = [', ', ',', '\t', ';', '|', ' ', ':', '^', '~'] as const;
export const QUOTES = ['"', "'"] as const;

/** One record as it stands in the file. The arrays are the caller's. */
export interface CsvRecord {
  /** Line of its first character, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
  /** Per cell, whether it was in quotes: `""` is an empty text, nothing at all is a missing value. */
  readonly quoted: readonly boolean[];
  /** A quote was where the dialect has none: it was taken for a character. */
  readonly irregular: boolean;
  /** The whole record without its line end, when no cell of it is in quotes, or when it has not the width it should have. */
  readonly text: string | undefined;
}

/** Without a character, or nothing but delimiters. */
export function isBlank({ cells, quoted }: CsvRecord): boolean {
  return cells.every((cell, at) => cell === '' && quoted[at] !== true);
}
