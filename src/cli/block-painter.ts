/**
 * The bytes that keep a block of lines below what scrolls. Between two paintings the cursor stands at the beginning of the
 * block: then everything from there on is the block and may be erased, however the terminal has broken its lines anew when
 * it was resized (design-notes, "The live view"). Pure; knows no stream.
 */
import {
  beginSynchronizedOutput,
  cursorForward,
  cursorHide,
  cursorShow,
  cursorUp,
  endSynchronizedOutput,
  eraseDown,
  eraseLine,
} from 'ansi-escapes';

/** A line that is wider than thought is cut, and not broken: the lines stay as many as they are. */
const WRAP_OFF = '\u001b[?7l';
const WRAP_ON = '\u001b[?7h';

/**
 * From the cursor, in the first column, to the end of the screen. Not from there at once: in the first row, tmux would take
 * it for the clearing of the screen, and keep what was there as if it had scrolled away.
 */
const ERASE = `${cursorForward(1)}${eraseDown}\r${eraseLine}`;

/** Of the whole terminal. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export class BlockPainter {
  /** As it stands on the screen. */
  #block: readonly string[] = [];
  #size: Size = { columns: 0, rows: 0 };

  /**
   * What to write so that the lines of `above` stay on the screen, and below them, in place of the block that is there,
   * stands `block`; its lines must be fewer than the terminal has rows. Nothing, when nothing changes.
   */
  paint(above: readonly string[], block: readonly string[], size: Size): string {
    const before = this.#block;
    const isResized = before.length > 0 && !isSameSize(size, this.#size);
    if (above.length === 0 && !isResized && isSame(before, block)) return '';
    let bytes = before.length === 0 ? '' : '\r';
    // Lines that are as many are written over, so that nothing flickers where a terminal shows every step.
    if (before.length > 0 && (above.length > 0 || isResized || before.length !== block.length)) bytes += ERASE;
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

function isSameSize(one: Size, other: Size): boolean {
  return one.columns === other.columns && one.rows === other.rows;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((line, at) => line === other[at]);
}
