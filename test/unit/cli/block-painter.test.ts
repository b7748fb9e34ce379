// The block on a real terminal emulator: lines above it stay, each once; of the block nothing stays.
import xterm from '@xterm/headless';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Size } from '../../../src/cli/block-painter.ts';
import { BlockPainter } from '../../../src/cli/block-painter.ts';
import { contentsOf, screenOf } from '../../support/screen.ts';

const SIZE = { columns: 20, rows: 6 };

test('lines stay above the block, which is written over, grows and shrinks', async () => {
  const terminal = new xterm.Terminal({ cols: 20, rows: 6, allowProposedApi: true });
  const painter = new BlockPainter();
  const paint = (above: string[], block: string[]) => write(terminal, painter.paint(above, block, SIZE));
  await paint(['first'], ['one', 'two', 'three']);
  expect(screenOf(terminal)).toBe('first\none\ntwo\nthree');
  await paint([], ['one', '2', 'three']);
  expect(screenOf(terminal)).toBe('first\none\n2\nthree');
  await paint(['second', 'a line that is wider than the screen'], ['one', 'two']);
  expect(screenOf(terminal)).toBe('first\nsecond\na line that is wider\n than the screen\none\ntwo');
  await paint(['third'], ['x'.repeat(30), 'two']);
  expect(screenOf(terminal)).toBe('second\na line that is wider\n than the screen\nthird\nxxxxxxxxxxxxxxxxxxxx\ntwo');
  await paint([], []);
  expect(screenOf(terminal)).toBe('second\na line that is wider\n than the screen\nthird');
  expect(contentsOf(terminal)).toBe('first\nsecond\na line that is wider than the screen\nthird');
  expect([terminal.buffer.active.cursorX, terminal.buffer.active.cursorY]).toEqual([0, 4]);
});

test('what does not change writes nothing', () => {
  const painter = new BlockPainter();
  expect(painter.paint([], [], SIZE)).toBe('');
  expect(painter.paint([], ['one'], SIZE)).not.toBe('');
  expect(painter.paint([], ['one'], SIZE)).toBe('');
  expect(painter.paint([], [], SIZE)).not.toBe('');
  expect(painter.paint([], [], SIZE)).toBe('');
});

test('erasing begins in the second column, which tmux does not take for the clearing of a screen', () => {
  const painter = new BlockPainter();
  painter.paint([], ['one'], SIZE);
  const [before] = painter.paint([], [], SIZE).split('\u001b[J');
  expect(before?.endsWith('\r\u001b[1C')).toBe(true);
});

describe('whatever is written and however often it is resized', () => {
  const columns = fc.integer({ min: 20, max: 160 });
  const rows = fc.integer({ min: 4, max: 50 });
  const size = fc.record({ columns, rows });
  const above = fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 5 });
  const resized = fc.oneof(fc.record({ columns }), fc.record({ rows }), size);
  const steps = fc.array(fc.oneof(fc.record({ above }), fc.record({ resized })), { maxLength: 20 });

  /** Lines that are to stay, what is there in the end, and what stands on the screen after each step. */
  async function play(first: Size, all: readonly Step[], widthOf: (size: Size) => number) {
    const terminal = new xterm.Terminal({
      cols: first.columns,
      rows: first.rows,
      scrollback: 10_000,
      allowProposedApi: true,
    });
    const painter = new BlockPainter();
    const told: string[] = [];
    let now = first;
    const paint = (lines: readonly string[], block: readonly string[]) =>
      write(terminal, painter.paint(lines, block, now));
    for (const [number, step] of all.entries()) {
      if (step.resized) {
        now = { ...now, ...step.resized };
        terminal.resize(now.columns, now.rows);
      }
      const lines = (step.above ?? []).map((length, at) => `${number}.${at}`.padEnd(length, 'x'));
      told.push(...lines);
      const block = blockOf(Math.floor(((now.rows - 1) * 2) / 3), widthOf(now), number);
      await paint(lines, block);
      expect(screenOf(terminal).split('\n').slice(-block.length)).toEqual(block);
    }
    await paint([], []);
    return { told, left: contentsOf(terminal).split('\n') };
  }

  test('lines are there once, and of a block that still fits nothing is left', async () => {
    await fc.assert(
      fc.asyncProperty(size, steps, async (first, all) => {
        const { told, left } = await play(first, all, () => 20);
        expect(left.join('\n')).toBe(told.join('\n'));
      }),
    );
  });

  test('lines are there once, even where a terminal breaks the block', async () => {
    await fc.assert(
      fc.asyncProperty(size, steps, async (first, all) => {
        const { told, left } = await play(first, all, (now) => now.columns);
        expect(left.filter((line) => /^\d/.test(line))).toEqual(told);
      }),
    );
  });
});

interface Step {
  readonly above?: readonly number[];
  readonly resized?: Partial<Size>;
}

/** An empty line, as the view has it, and others that are as wide. */
function blockOf(height: number, width: number, number: number): string[] {
  const fill = String.fromCharCode('A'.charCodeAt(0) + (number % 26));
  return ['', ...Array.from({ length: height - 1 }, () => fill.repeat(width))];
}

/** As the kernel passes it on. */
function write(terminal: xterm.Terminal, bytes: string): Promise<void> {
  return new Promise((done) => terminal.write(bytes.replaceAll(/\r?\n/g, '\r\n'), done));
}
