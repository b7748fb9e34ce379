// One live view for run after run, as watching has it, on an emulator; and what it leaves behind.
import { Writable } from 'node:stream';
import xterm from '@xterm/headless';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLiveTerminal } from '../../../src/cli/live-terminal.ts';
import { PLAIN } from '../../../src/report/style.ts';
import { contentsOf, screenOf } from '../../support/screen.ts';
import { completed, event, ran, START_MS, started } from '../report/sample-run.ts';

/** What an emulator shows of what is written to a stream with a size. */
class Screen extends Writable {
  columns = 80;
  rows = 24;
  isCursorShown = true;
  readonly #emulator = new xterm.Terminal({ cols: 80, rows: 24, allowProposedApi: true });

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const text = bytes.toString();
    if (/\?25[hl]/.test(text)) this.isCursorShown = text.lastIndexOf('?25h') > text.lastIndexOf('?25l');
    this.#emulator.write(text.replaceAll(/\r?\n/g, '\r\n'), done);
  }

  async shown(): Promise<string> {
    await new Promise<void>((done) => this.write('', () => done()));
    return screenOf(this.#emulator);
  }

  async contents(): Promise<string> {
    await this.shown();
    return contentsOf(this.#emulator);
  }

  resizeTo(columns: number, rows: number): void {
    Object.assign(this, { columns, rows });
    this.#emulator.resize(columns, rows);
    this.emit('resize');
  }
}

function open(env: Readonly<Record<string, string>> = {}) {
  const screen = new Screen();
  const live = createLiveTerminal({ stream: screen as unknown as NodeJS.WriteStream, style: PLAIN, env });
  return { screen, live };
}

const FRAME_MS = 100;
const begin = (stage: string, atMs: number) =>
  event('task_started', stage, { attempt: 1, causes: [], pid: 7 }, { atMs });

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'], now: START_MS });
});

afterEach(() => {
  vi.useRealTimers();
});

test('run after run, with a line between them and the history above', async () => {
  const { screen, live } = open();
  live.idle('Watching 12 files. Ctrl-C ends.');
  expect(await screen.shown()).toBe('Watching 12 files. Ctrl-C ends.');
  expect(screen.isCursorShown).toBe(false);

  live.onEvent(started(2, 0));
  live.onEvent(begin('clean', 0));
  live.line('2 stages: all to do');
  expect(await screen.shown()).toBe('Watching 12 files. Ctrl-C ends.');
  vi.advanceTimersByTime(FRAME_MS);
  const first = '2 stages: all to do\n\nStep 0/2 ────────────────────   0%  0 s\n  running            0 s  clean';
  expect(await screen.shown()).toBe(first);
  for (const one of ran('clean', 0, 50)) live.onEvent(one);
  live.onEvent(completed('done', { ran: 2 }));
  live.line('#1 12:30:05 data/a.csv: 2 ran, 0.4 s');
  const history = '2 stages: all to do\n#1 12:30:05 data/a.csv: 2 ran, 0.4 s\n';
  expect(await screen.shown()).toBe(`${history}Watching 12 files. Ctrl-C ends.`);

  // Nothing is drawn while nothing happens, until the window changes.
  expect(vi.getTimerCount()).toBe(0);
  screen.resizeTo(25, 10);
  expect(await screen.shown()).toMatch(/\nWatching 12 files. Ctrl-…$/);
  screen.resizeTo(80, 24);

  live.onEvent(started(1, 0));
  live.onEvent(begin('report', 0));
  vi.advanceTimersByTime(FRAME_MS);
  const second = 'Step 0/1 ────────────────────   0%  0 s\n  running            0 s  report';
  expect(await screen.shown()).toBe(`${history}\n${second}`);
  live.close();
  expect(await screen.contents()).toBe(history.trimEnd());
  expect(screen.isCursorShown).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

test('what is to stay comes at once when it ends, and no listener is left', async () => {
  const listeners = () =>
    ['SIGTSTP', 'SIGCONT', 'SIGQUIT', 'exit'].map((name) => process.listenerCount(name as NodeJS.Signals));
  const before = listeners();
  const { screen, live } = open();
  expect(listeners()).not.toEqual(before);
  live.onEvent(started(1, 0));
  live.line('told');
  live.close();
  live.close();
  expect(await screen.contents()).toBe('told');
  expect([listeners(), screen.listenerCount('resize')]).toEqual([before, 0]);
});

test('COLUMNS and LINES may make it smaller, not larger; a terminal without a size has 80 columns', async () => {
  const widthOf = async (env: Readonly<Record<string, string>>, columns: number) => {
    const { screen, live } = open(env);
    screen.columns = columns;
    live.idle('x'.repeat(200));
    const { length } = await screen.shown();
    live.close();
    return length;
  };
  expect(await widthOf({}, 70)).toBe(70);
  expect(await widthOf({ COLUMNS: '60' }, 70)).toBe(60);
  expect(await widthOf({ COLUMNS: '75' }, 70)).toBe(70);
  expect(await widthOf({ COLUMNS: 'wide' }, 70)).toBe(70);
  expect(await widthOf({}, 0)).toBe(80);
  expect(await widthOf({ LINES: '1' }, 70)).toBe(0);
});
