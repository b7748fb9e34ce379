/**
 * The live view on a real terminal: the only file that knows one. Lines that stay are written above the block, and the
 * block is painted anew at most ten times a second. However wrangle ends, the cursor is to be seen again.
 */
import type { WrangleEvent } from '../model/event.ts';
import { createLiveView } from '../report/live-view.ts';
import type { Style } from '../report/style.ts';
import type { Size } from './block-painter.ts';
import { BlockPainter } from './block-painter.ts';

export interface LiveTerminal {
  onEvent(event: WrangleEvent): void;
  /** A line that stays. */
  line(text: string): void;
  idle(text: string | undefined): void;
  close(): void;
}

export interface TerminalOptions {
  readonly stream: NodeJS.WriteStream;
  readonly style: Style;
  readonly env: { readonly [name: string]: string | undefined };
}

const FRAME_MS = 100;
/** Of a terminal that does not say how large it is. */
const USUAL = { columns: 80, rows: 24 };

export function createLiveTerminal({ stream, style, env }: TerminalOptions): LiveTerminal {
  const view = createLiveView(style);
  const painter = new BlockPainter();
  let above: string[] = [];
  let isRunning = false;
  let frames: NodeJS.Timeout | undefined;

  const paint = (block: (size: Size) => readonly string[]) => {
    // A terminal that does not know its size says 0.
    const size = { columns: stream.columns || USUAL.columns, rows: stream.rows || USUAL.rows };
    const bytes = painter.paint(above, block(size), size);
    above = [];
    if (bytes !== '') stream.write(bytes);
  };
  const draw = () =>
    paint(({ columns, rows }) =>
      view.block({
        columns: smaller(env['COLUMNS'], columns),
        rows: smaller(env['LINES'], rows),
        nowMs: Date.now(),
      }),
    );
  const erase = () => paint(() => []);
  /** While nothing runs, nothing changes by itself. */
  const keepDrawing = () => {
    if (isRunning) frames ??= setInterval(draw, FRAME_MS).unref();
    else {
      clearInterval(frames);
      frames = undefined;
      draw();
    }
  };

  // Where nobody can bring it back, a stopped wrangle would be lost: the kernel knows, so it is asked in its own way.
  const onStop = () => {
    erase();
    process.off('SIGTSTP', onStop);
    process.kill(process.pid, 'SIGTSTP');
  };
  const onContinue = () => {
    process.off('SIGTSTP', onStop).on('SIGTSTP', onStop);
    painter.forget();
    draw();
  };
  const onQuit = () => {
    close();
    process.kill(process.pid, 'SIGQUIT');
  };
  stream.on('resize', draw);
  process.on('SIGTSTP', onStop).on('SIGCONT', onContinue).on('SIGQUIT', onQuit).on('exit', close);

  function close(): void {
    clearInterval(frames);
    erase();
    stream.off('resize', draw);
    process.off('SIGTSTP', onStop).off('SIGCONT', onContinue).off('SIGQUIT', onQuit).off('exit', close);
  }

  return {
    onEvent(event) {
      view.onEvent(event);
      if (event.event === 'run_started') isRunning = true;
      else if (event.event === 'run_completed') isRunning = false;
      else return;
      keepDrawing();
    },
    line(text) {
      above.push(text);
      if (!isRunning) draw();
    },
    idle(text) {
      view.idle(text);
      if (!isRunning) draw();
    },
    close,
  };
}

/** A variable may make it smaller than it is, not larger. */
function smaller(variable: string | undefined, real: number): number {
  const wanted = Number(variable);
  return Number.isInteger(wanted) && wanted > 0 ? Math.min(wanted, real) : real;
}
