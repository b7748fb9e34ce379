/** What a terminal emulator shows, as text. */
import type { Terminal } from '@xterm/headless';

/** The rows that are in sight, without spaces at their ends and empty rows at the end. */
export function screenOf({ buffer: { active }, rows }: Terminal): string {
  const lines = Array.from({ length: rows }, (_, row) => active.getLine(active.baseY + row)?.translateToString(true));
  return lines
    .map((line) => line ?? '')
    .join('\n')
    .trimEnd();
}

/** All that was ever written and not erased, with the lines put together that were broken at the edge. */
export function contentsOf({ buffer: { active } }: Terminal): string {
  let text = '';
  for (let row = 0; row < active.length; row++) {
    const line = active.getLine(row);
    const isBroken = active.getLine(row + 1)?.isWrapped === true;
    text += `${line?.translateToString(!isBroken) ?? ''}${isBroken ? '' : '\n'}`;
  }
  return text.trimEnd();
}
