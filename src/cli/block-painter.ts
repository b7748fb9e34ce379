/**
 * The bytes that keep a block of lines below what scrolls. Between two paintings the cursor stands at the beginning of the
 * block: then everything from there on is the block and may be erased, however the terminal has broken its lines anew when
 * it was resized (design-notes, "The live view"). Pure; knows no stream.
 */
import {
  beginSynchronizedOutput,
  cursorHide,
  cursorShow,
  cursorUp,
  endSynchronizedOutput,
  eraseDown,
  eraseLine,
} from 'ansi-escapes';
import { columnsOf } from '../report/columns.ts';

/** A line that is wider than thought is cut, and not broken: the lines stay as many as they are. */
const WRAP_OFF = '\u001b[?7l';
const WRAP_ON = '\u001b[?7h';

/** Of the whole terminal. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export class BlockPainter {
  /** As it stands on the screen. */
  #block: readonly string[] = [];
  #size: Size = { columns: 0, rows: 0 };
  readonly #isXtermJs: boolean;

  constructor({ isXtermJs }: { readonly isXtermJs: boolean }) {
    this.#isXtermJs = isXtermJs;
  }

  /**
   * What to write so that the lines of `above` stay on the screen, and below them, in place of the block that is there,
   * stands `block`; its lines must be fewer than the terminal has rows. Nothing, when nothing changes.
   */
  paint(above: readonly string[], block: readonly string[], size: Size): string {
    const before = this.#block;
    const isResized = before.length > 0 && !isSameSize(size, this.#size);
    if (above.length === 0 && !isResized && isSame(before, block)) return '';
    let bytes = before.length === 0 ? '' : '\r';
    if (isResized && this.#isXtermJs) bytes += up(rowsMoved(before, this.#size, size));
    // Lines that are as many are written over, so that nothing flickers where a terminal shows every step.
    if (before.length > 0 && (above.length > 0 || isResized || before.length !== block.length)) bytes += eraseDown;
    bytes += above.map((line) => `${line}\n`).join('');
    if (block.length > 0) {
      const lines = block.map((line) => eraseLine + line).join('\r\n');
      bytes += `${cursorHide}${WRAP_OFF}${lines}${WRAP_ON}\r${up(block.length - 1)}`;
    } else if (before.length > 0) bytes += cursorShow;
    this.#block = block;
    this.#size = size;
    return block.length === 0 && before.length === 0 ? bytes : beginSynchronizedOutput + bytes + endSynchronizedOutput;
  }

  /** Somebody else has written: the block is gone, and the cursor stands where the next one begins. */
  forget(): void {
    this.#block = [];
  }
}

function up(rows: number): string {
  return rows > 0 ? cursorUp(rows) : '';
}

/**
 * By how many rows xterm.js moves the cursor away from the beginning of the block. When it gets narrower, it breaks lines
 * from the last one up, and for each new row moves the cursor down, although the row is below it; the line that it takes
 * for that of the cursor is left alone. When it gets lower, it drops rows at the bottom first, which may have been empty or
 * not: of all that may be, the least is meant, because to erase what was to stay is worse than to leave what was to go.
 */
function rowsMoved([, ...below]: readonly string[], before: Size, now: Size): number {
  const broken = below.map((line) => Math.max(0, Math.ceil(columnsOf(line) / now.columns) - 1));
  const dropped = Math.min(broken.length, Math.max(0, before.rows - now.rows));
  let least = Number.POSITIVE_INFINITY;
  for (let count = broken.length; count >= broken.length - dropped; count--) {
    let moved = 0;
    for (let at = count; at > 0; at--) if (moved !== at) moved += broken[at - 1] ?? 0;
    least = Math.min(least, moved);
  }
  return least;
}

function isSameSize(one: Size, other: Size): boolean {
  return one.columns === other.columns && one.rows === other.rows;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((line, at) => line === other[at]);
}
