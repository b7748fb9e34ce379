/**
 * The lines at the bottom of a terminal while a run is under way. Told events, it says what stands there at a moment; pure,
 * knows no stream, no clock and no terminal. What stays on the screen is told by `progress-lines.ts`.
 */
import type { WrangleEvent } from '../model/event.ts';
import { declaredId } from '../model/instance.ts';
import { cutLine } from './columns.ts';
import { countsText } from './counts-text.ts';
import { formatCount, formatSeconds, shown } from './format.ts';
import type { RetryingStage, RunningStage } from './live-run.ts';
import { LiveRun } from './live-run.ts';
import { MANY_STAGES, progressNote } from './progress-lines.ts';
import { rateText } from './rate.ts';
import type { Style } from './style.ts';

export interface Moment {
  /** Of the terminal. */
  readonly columns: number;
  readonly rows: number;
  /** Wall time. */
  readonly nowMs: number;
}

export interface LiveView {
  onEvent(event: WrangleEvent): void;
  /** What stands there while no run is under way; undefined: nothing. */
  idle(text: string | undefined): void;
  /** At most `rows - 1` lines of at most `columns` columns; none when there is nothing to be seen. */
  block(moment: Moment): string[];
}

/** Smaller than this, it is one line. */
const COLUMNS_MIN = 40;
const ROWS_MIN = 8;
/** From here on there is room for a bar. */
const BAR_FROM_COLUMNS = 60;
const STATUS_WIDTH = 9;
const TIME_WIDTH = 13;
/** Of the items of a fan-out that run, so many have a line. */
const ITEMS_SHOWN = 3;
/** Between starts of a pool, for the next one to be counted down. */
const SLOW_MS = 1000;

export function createLiveView(style: Style): LiveView {
  let run: LiveRun | undefined;
  let idleText: string | undefined;
  return {
    onEvent(event) {
      if (event.event === 'run_started') run = new LiveRun(event);
      else run?.onEvent(event);
    },
    idle(text) {
      idleText = text;
    },
    block(moment) {
      const { columns, rows } = moment;
      const fitting = (lines: readonly string[]) => lines.map((line) => cutLine(line, columns));
      if (rows < 2 || columns < 1) return [];
      if (!run || run.isOver || (!run.hasBegun && idleText !== undefined)) {
        return idleText === undefined ? [] : fitting([style.dim(shown(idleText))]);
      }
      if (!run.hasBegun) return [];
      if (columns < COLUMNS_MIN || rows < ROWS_MIN) return fitting([oneLine(run, style, moment)]);
      return fitting(wholeBlock(run, style, moment));
    },
  };
}

/** A third of the screen is left to the lines that stay. What comes and goes is below what does not. */
function wholeBlock(run: LiveRun, style: Style, moment: Moment): string[] {
  const height = Math.max(ROWS_MIN - 1, Math.floor(((moment.rows - 1) * 2) / 3));
  // The empty line sets it apart, and is where a terminal shows the keys that are pressed.
  const lines = ['', header(run, style, moment), ...soFar(run, style), ...poolsLine(run, style, moment)];
  const room = height - lines.length;
  const few = Math.max(1, Math.floor(room / 4));
  const asking = section([...run.asking], few, style, 'waiting for an answer', ([stage, text]) =>
    row(style.yellow, 'suspended', '', stage, firstLine(text)),
  );
  const retrying = section([...run.retrying], few, style, 'waiting to be tried again', ([stage, one]) =>
    row(style.yellow, 'retrying', dueText(one, moment.nowMs), stage, retryNote(one)),
  );
  const left = room - asking.length - retrying.length;
  const { rows, atOnce } = foldedItems(run);
  const running = section(rows, left, style, 'running', ([stage, one]) => {
    const items = atOnce.get(stage) ?? 0;
    const note = [runningNote(one), ...(items > ITEMS_SHOWN ? [`${formatCount(items)} at once`] : [])].join(', ');
    return row(style.cyan, 'running', formatSeconds(moment.nowMs - one.startedMs), stage, note);
  });
  return [...lines, ...running, ...retrying, ...asking];
}

/** What runs, but of the items of each fan-out only the first few; of each fan-out, how many of its items run. */
function foldedItems({ running }: LiveRun) {
  const atOnce = new Map<string, number>();
  const rows = [...running].filter(([stage]) => {
    const fanOut = declaredId(stage);
    if (fanOut === stage || !running.has(fanOut)) return true;
    const before = atOnce.get(fanOut) ?? 0;
    atOnce.set(fanOut, before + 1);
    return before < ITEMS_SHOWN;
  });
  return { rows, atOnce };
}

/** `Step 3/12 ━━━━━━━─────────  25%  1 min 12 s, 40 s left` */
function header(run: LiveRun, style: Style, { columns, nowMs }: Moment): string {
  const part = run.done / run.toDo;
  const bar = columns < BAR_FROM_COLUMNS ? '' : ` ${barOf(part, Math.min(40, Math.floor(columns / 4)), style)}`;
  return `${style.bold(stepText(run))}${bar} ${percentText(part)}  ${timeText(run, nowMs)}`;
}

/** How it went, as far as the lines above do not show it at a glance. */
function soFar({ counts, allowed, toDo, finished }: LiveRun, style: Style): string[] {
  const wentWrong = counts.failed + counts.skipped + counts.suspended + counts.blocked + counts.cancelled > 0;
  const isLarge = toDo > MANY_STAGES;
  const paint = counts.failed > allowed ? style.red : wentWrong ? style.yellow : style.dim;
  const summed = paint(countsText(counts, allowed));
  const last = finished.map((name) => shown(name)).join(', ');
  return [
    ...(wentWrong || (isLarge && last !== '') ? [row(style.dim, 'so far', '', undefined, summed)] : []),
    ...(isLarge && last !== '' ? [row(style.dim, 'last', '', undefined, last)] : []),
  ];
}

/** `web 5/5, 7 waiting, next start in 12 s`; of a quick rate only how many, which changes seldom enough to be read. */
function poolsLine({ pools }: LiveRun, style: Style, { nowMs }: Moment): string[] {
  const texts = pools.map(({ name, running, waiting, slots, startEveryMs, nextMs }) => {
    const isFull = running === slots;
    const due = waiting > 0 && !isFull && startEveryMs >= SLOW_MS && nextMs > nowMs;
    return [
      `${shown(name)} ${formatCount(running)}${slots === undefined ? ' running' : `/${formatCount(slots)}`}`,
      ...(waiting > 0 ? [`${formatCount(waiting)} waiting`] : []),
      ...(due ? [`next start in ${countdownText(nextMs - nowMs)}`] : []),
    ].join(', ');
  });
  return texts.length === 0 ? [] : [row(style.dim, 'pools', '', undefined, texts.join('; '))];
}

function oneLine(run: LiveRun, style: Style, { nowMs }: Moment): string {
  const { counts, running } = run;
  const failed = counts.failed === 0 ? '' : `, ${style.red(`${formatCount(counts.failed)} failed`)}`;
  const [first] = running.keys();
  const more = running.size > 1 ? ` and ${formatCount(running.size - 1)} more` : '';
  const names = first === undefined ? '' : `  ${shown(first)}${more}`;
  return `${style.bold(stepText(run))}${failed}  ${timeText(run, nowMs)}${names}`;
}

/** Of more than `max`, the last line says how many are not shown. */
function section<Item>(
  items: readonly Item[],
  max: number,
  style: Style,
  what: string,
  line: (item: Item) => string,
): string[] {
  if (items.length <= max) return items.map(line);
  const listed = items.slice(0, max - 1);
  const rest = `${listed.length === 0 ? '' : 'and '}${formatCount(items.length - listed.length)}`;
  return [...listed.map(line), `  ${style.dim(`${rest} ${listed.length === 0 ? '' : 'more '}${what}`)}`];
}

function row(
  paint: (text: string) => string,
  status: string,
  time: string,
  stage: string | undefined,
  note: string,
): string {
  const head = `  ${paint(status.padEnd(STATUS_WIDTH))}${time.padStart(TIME_WIDTH)}`;
  return [head, ...(stage === undefined ? [] : [shown(stage)]), ...(note === '' ? [] : [note])].join('  ');
}

function stepText(run: LiveRun): string {
  const all = formatCount(run.toDo);
  return `Step ${formatCount(run.done).padStart(all.length)}/${all}`;
}

/** Rounded down: it is not 100% before the end. */
function percentText(part: number): string {
  return `${Math.floor(part * 100)}%`.padStart(4);
}

function barOf(part: number, width: number, style: Style): string {
  const filled = Math.floor(part * width);
  return style.green('━'.repeat(filled)) + style.dim('─'.repeat(width - filled));
}

function timeText(run: LiveRun, nowMs: number): string {
  const leftMs = run.leftMs(nowMs);
  const left = leftMs === undefined ? '' : `, ${countdownText(leftMs)} left`;
  return formatSeconds(nowMs - run.startedMs) + left;
}

/** Rounded up: it is not over before it is over. */
function countdownText(ms: number): string {
  return formatSeconds(Math.ceil(ms / 1000) * 1000);
}

function dueText({ dueMs }: RetryingStage, nowMs: number): string {
  return dueMs > nowMs ? `in ${countdownText(dueMs - nowMs)}` : 'now';
}

function retryNote({ attempt, attempts, reason }: RetryingStage): string {
  return `attempt ${attempt} of ${attempts}: ${firstLine(reason)}`;
}

function runningNote({ attempt, progress, rate }: RunningStage): string {
  const again = attempt > 1 ? [`attempt ${attempt}`] : [];
  if (!progress) return again.join('');
  const { done, total } = progress;
  const part = done === undefined || total === undefined || total <= 0 ? undefined : done / total;
  const percent = part === undefined || part < 0 || part > 1 ? [] : [percentText(part).trim()];
  const speed = rate.perSecond === undefined ? undefined : rateText(rate.perSecond);
  const note = progressNote(progress);
  return [...again, ...(note === undefined ? [] : [shown(note)]), ...percent, ...(speed ? [speed] : [])].join(', ');
}

/** The rest of what it says is told where it stays. */
function firstLine(text: string): string {
  return shown(text.split('\n', 1)[0] ?? '');
}
