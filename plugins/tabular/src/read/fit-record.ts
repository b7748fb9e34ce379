/** A record made to fit the columns of its table, or the reason why it does not. Pure. */
import type { CsvRecord } from './dialect.ts';

/** What is done with records of another width: filled up where that loses nothing, else rejected; all rejected; or the end. */
export type OnBadRow = 'reject' | 'pad' | 'fail';

export type RejectCode = 'missing-cell' | 'extra-cell' | 'type-error';

export type Fit =
  | { readonly cells: readonly string[]; readonly quoted: readonly boolean[]; readonly repair: Repair | undefined }
  | { readonly reject: RejectCode };

/**
 * `missing-cell`: cells at the end were not there · `extra-cell`: empty cells at the end were too many · `quote`: a quote
 * where the dialect has none was taken for a character.
 */
export type Repair = 'missing-cell' | 'extra-cell' | 'quote';

export function fitRecord({ cells, quoted, irregular }: CsvRecord, width: number, onBadRow: OnBadRow): Fit {
  if (cells.length === width) return { cells, quoted, repair: irregular ? 'quote' : undefined };
  const isShort = cells.length < width;
  if (onBadRow !== 'pad') return { reject: isShort ? 'missing-cell' : 'extra-cell' };
  if (isShort) {
    const missing = width - cells.length;
    return {
      cells: [...cells, ...Array.from({ length: missing }, () => '')],
      quoted: [...quoted, ...Array.from({ length: missing }, () => false)],
      repair: 'missing-cell',
    };
  }
  if (cells.slice(width).some((cell) => cell !== '')) return { reject: 'extra-cell' };
  return { cells: cells.slice(0, width), quoted: quoted.slice(0, width), repair: 'extra-cell' };
}
