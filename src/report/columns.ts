/** Styled text in the columns of a terminal. Pure; knows nothing of what the text says. */
import sliceAnsi from 'slice-ansi';
import stringWidth from 'string-width';

/** Columns that a line takes; its colours take none. */
export function columnsOf(line: string): number {
  return stringWidth(line);
}

/** The line if it fits, else its beginning and `…`; whatever colours are open at the cut are closed. */
export function cutLine(line: string, columns: number): string {
  if (columnsOf(line) <= columns) return line;
  if (columns < 1) return '';
  const cut = sliceAnsi(line, 0, columns - 1);
  // The last character may be a wide one that lies across the cut.
  return `${columnsOf(cut) < columns ? cut : sliceAnsi(line, 0, columns - 2)}…`;
}
