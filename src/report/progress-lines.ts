/**
 * A run as it happens, one line a change: `[ 3/12] ran         1.2 s  clean`. Names come last, so that a long one moves
 * nothing. Turns events into lines; knows no stream and no clock.
 */
import { causeLine } from '../model/cause-text.ts';
import type { Failure, WrangleEvent } from '../model/event.ts';
import { declaredId, isInstanceId } from '../model/instance.ts';
import type { VoteTally } from '../model/vote.ts';
import { isPicked, standing, votesIn } from '../model/vote.ts';
import { RunSize } from '../store/run-size.ts';
import { countsText } from './counts-text.ts';
import { countOf, fitNote, formatCount, formatDuration, oneLine, padTo, shown, widthOf } from './format.ts';
import type { Style } from './style.ts';

export interface ProgressOptions {
  readonly style: Style;
  /** `quiet`: failures and warnings. `verbose`: also starts with their causes, and what stages say. */
  readonly verbosity: 'quiet' | 'normal' | 'verbose';
  /** Columns now; notes are cut to fit, names, paths and errors never. Undefined: nothing is cut. */
  readonly width: number | undefined;
  /**
   * Whether `live-view.ts` shows below these lines what runs and counts what ran. Then, unless `verbose`, nothing is said of
   * stages that run long, and in a large run nothing of those that simply ended well.
   */
  readonly hasBlock: boolean;
}

export interface ProgressLines {
  /** Lines without their newline; none for an event that is not shown. */
  onEvent(event: WrangleEvent): string[];
  /** Redacted output of a stage, in whole lines; for `verbose`. */
  onOutput(stage: string, text: string): string[];
  /** To be called every second or so: a line for a stage that has been running long. `nowMs` is wall time. */
  tick(nowMs: number): string[];
}

interface Running {
  readonly startedMs: number;
  /** Of `STILL_RUNNING_AFTER_MS`. */
  told: number;
  note: string | undefined;
}

/** A run is large when it has more than so many stages to do; so is a fan-out that has so many items to do. */
export const MANY_STAGES = 100;

interface FanOut {
  readonly startedMs: number;
  /** Nothing is said of its items that simply end well. */
  readonly isLarge: boolean;
  /** How many went wrong, by how. */
  readonly wrong: Map<string, number>;
  /** Of its items, those to do of which nothing was said: the ones that turn out fresh never are. */
  left: number;
}

/** Of a large fan-out, so many items that went wrong in one way are told of. */
const WRONG_TOLD = 10;

const STATUS_WIDTH = 10;
const DURATION_WIDTH = 11;
/** When a stage that says nothing is mentioned: soon, then ever more rarely. */
const STILL_RUNNING_AFTER_MS = [10_000, 60_000, 300_000];
const STILL_RUNNING_EVERY_MS = 600_000;

export function createProgressLines(options: ProgressOptions): ProgressLines {
  const { style, verbosity, hasBlock } = options;
  const running = new Map<string, Running>();
  /** Stages whose output was shown as it came; its last lines need not be shown again. */
  const heard = new Set<string>();
  /** Those whose list is known, by id. */
  const fanOuts = new Map<string, FanOut>();
  const size = new RunSize();
  let toDo = 0;
  let done = 0;

  const line = (status: string, durationMs: number | undefined, stage: string, note = '', counted = true) => {
    if (counted) {
      done++;
      const fanOut = fanOuts.get(declaredId(stage));
      if (fanOut && isInstanceId(stage)) fanOut.left--;
    }
    const digits = formatCount(toDo).length;
    const step = `[${formatCount(done).padStart(digits)}/${formatCount(toDo)}]`;
    const head = counted ? step : ' '.repeat(step.length);
    const duration = (durationMs === undefined ? '' : formatDuration(durationMs)).padStart(DURATION_WIDTH);
    const name = shown(stage);
    if (note === '') return `${style.dim(head)} ${paint(style, status)}${style.dim(duration)}  ${name}`;
    const { width } = options;
    const used = head.length + 1 + STATUS_WIDTH + DURATION_WIDTH + 2 + widthOf(name) + 2;
    const fitted = fitNote(shown(note), width === undefined ? undefined : width - used);
    return `${style.dim(head)} ${paint(style, status)}${style.dim(duration)}  ${name}  ${style.dim(fitted)}`;
  };
  const isCounted = (stage: string) =>
    verbosity !== 'verbose' && ((hasBlock && toDo > MANY_STAGES) || fanOuts.get(declaredId(stage))?.isLarge === true);
  const indent = () => ' '.repeat(2 * formatCount(toDo).length + 4);

  /** One cause may make thousands of items go wrong. */
  const firstOf = (stage: string, what: string, lines: string[]): string[] => {
    const fanOut = isInstanceId(stage) ? fanOuts.get(declaredId(stage)) : undefined;
    if (!fanOut?.isLarge || verbosity === 'verbose') return lines;
    const before = fanOut.wrong.get(what) ?? 0;
    fanOut.wrong.set(what, before + 1);
    if (before < WRONG_TOLD) return lines;
    const name = shown(declaredId(stage));
    return before === WRONG_TOLD ? [`${indent()}Further items of ${name} that ${what} are only counted.`] : [];
  };

  const failureLines = (stage: string, failure: Failure): string[] => {
    const message = failure.message.split('\n').filter((text) => text.trim() !== '');
    const lines = message.map((text) => shown(text));
    if (!heard.has(stage)) lines.push(...tailLines(failure).map((text) => `${style.dim('|')} ${shown(text, style)}`));
    if (failure.log !== undefined) lines.push(`${style.dim('log: ')} ${shown(failure.log)}`);
    if (failure.kept !== undefined) lines.push(`${style.dim('kept:')} ${shown(failure.kept)}`);
    return lines.map((text) => indent() + text);
  };

  const onEvent = (event: WrangleEvent): string[] => {
    const quiet = verbosity === 'quiet';
    const verbose = verbosity === 'verbose';
    const stage = event.task_id ?? '';
    size.apply(event);
    toDo = size.toDo;
    switch (event.event) {
      case 'run_started': {
        const { total, fresh, skipped = 0 } = event.details.data;
        done = 0;
        running.clear();
        heard.clear();
        fanOuts.clear();
        if (quiet || toDo === 0) return [];
        const parts = [
          ...(fresh > 0 ? [`${formatCount(fresh)} fresh`] : []),
          ...(skipped > 0 ? [`${formatCount(skipped)} skipped`] : []),
          toDo === total ? 'all to do' : `${formatCount(toDo)} to do`,
        ];
        return [`${countOf(total, 'stage')}: ${parts.join(', ')}`];
      }
      case 'task_started': {
        running.set(stage, { startedMs: Date.parse(event.timestamp), told: 0, note: undefined });
        if (!verbose) return [];
        const { attempt, causes } = event.details.data;
        const again = attempt === 1 ? '' : `attempt ${attempt}`;
        return [
          line('start', undefined, stage, again, false),
          ...causes.map((cause) => `${indent()}${style.dim('because')} ${causeLine(cause)}`),
        ];
      }
      case 'task_progress': {
        // Of the run itself there is no line.
        const one = event.task_id === null ? undefined : running.get(stage);
        if (one) one.note = progressNote(event.details.data);
        return [];
      }
      case 'task_completed': {
        running.delete(stage);
        const { attempt, duration_ms, unchanged, degraded, vote } = event.details.data;
        const notes = [
          ...(degraded === undefined ? [] : [`degraded: made by ${shown(degraded)}`]),
          ...(vote
            ? [`${isPicked(vote) ? 'picked at' : 'by'} ${standing(vote)}`]
            : attempt > 1
              ? [`attempt ${attempt}`]
              : []),
          ...(unchanged ? ['same outputs as before'] : []),
        ];
        const text = line('ran', duration_ms, stage, notes.join(', '));
        return quiet || (isCounted(stage) && (attempt === 1 || vote)) ? [] : [text];
      }
      case 'vote': {
        const { duration_ms, tally } = event.details.data;
        const note = votesNote(tally);
        const one = running.get(stage);
        if (one) one.note = `vote ${note}`;
        return quiet || isCounted(stage) ? [] : [line('vote', duration_ms, stage, note, false)];
      }
      case 'red_flag': {
        const { duration_ms, failure, tally } = event.details.data;
        if (quiet || isCounted(stage)) return [];
        const note = `${votesNote(tally)}: ${oneLine(failure.message)}`;
        const text = line('flagged', duration_ms, stage, note, false);
        return verbose ? [text, ...failureLines(stage, failure)] : [text];
      }
      case 'task_restored': {
        const text = line('restored', undefined, stage);
        return quiet || isCounted(stage) ? [] : [text];
      }
      case 'task_failed': {
        running.delete(stage);
        const { attempt, duration_ms, failure } = event.details.data;
        const text = failure.allowed
          ? line('allowed', duration_ms, stage, 'it failed, and may')
          : line('failed', duration_ms, stage, attempt > 1 ? `after ${attempt} attempts` : '');
        return firstOf(stage, 'fail', [text, ...failureLines(stage, failure)]);
      }
      case 'task_retrying': {
        running.delete(stage);
        const { attempt, duration_ms, delay_ms, strategy, failure } = event.details.data;
        const next =
          strategy === undefined ? `attempt ${attempt + 1} in ${formatDuration(delay_ms)}` : `with ${shown(strategy)}`;
        const text = line('retrying', duration_ms, stage, `${next}: ${oneLine(failure.message)}`, false);
        if (quiet) return [];
        return verbose ? [text, ...failureLines(stage, failure)] : firstOf(stage, 'are tried again', [text]);
      }
      case 'task_expanded': {
        const { items, to_do } = event.details.data;
        const isLarge = to_do > MANY_STAGES;
        fanOuts.set(stage, { startedMs: Date.parse(event.timestamp), isLarge, wrong: new Map(), left: to_do });
        if (!isLarge) return [];
        running.set(stage, { startedMs: Date.parse(event.timestamp), told: 0, note: undefined });
        const ready = to_do === items ? 'all to do' : `${formatCount(to_do)} to do`;
        return quiet ? [] : [line('items', undefined, stage, `${countOf(items, 'item')}: ${ready}`, false)];
      }
      case 'task_settled': {
        const fanOut = fanOuts.get(stage);
        running.delete(stage);
        done += fanOut?.left ?? 0;
        if (!fanOut?.isLarge || quiet) return [];
        const { counts, dropped } = event.details.data;
        const isWell = counts.failed + counts.suspended + counts.blocked + counts.cancelled === 0;
        const durationMs = Date.parse(event.timestamp) - fanOut.startedMs;
        return [line(isWell ? 'done' : 'ended', durationMs, stage, countsText(counts, 0, dropped), false)];
      }
      case 'task_skipped': {
        running.delete(stage);
        const { reason, duration_ms, failure } = event.details.data;
        const fanOut = fanOuts.get(declaredId(stage));
        const text = line(failure && fanOut ? 'dropped' : 'skipped', duration_ms, stage, failure ? '' : reason);
        if (!failure) return quiet || isCounted(stage) ? [] : [text];
        return firstOf(stage, 'are dropped', [text, ...failureLines(stage, failure)]);
      }
      case 'task_suspended': {
        running.delete(stage);
        const text = line('suspended', undefined, stage, event.details.message);
        return quiet ? [] : [text];
      }
      case 'task_blocked': {
        // One failure may block thousands; the summary counts them.
        const text = line('blocked', undefined, stage, `waits for ${event.details.data.by.join(', ')}`);
        return verbose ? [text] : [];
      }
      case 'task_cancelled': {
        const wasRunning = running.delete(stage);
        const text = line('cancelled', undefined, stage, event.details.message);
        return verbose || (wasRunning && !quiet) ? [text] : [];
      }
      case 'rollback': {
        const { message, data } = event.details;
        return data.paths.length === 0 ? [] : [`${style.yellow('put back:')} ${shown(message)}`];
      }
      case 'log': {
        const { level, stream } = event.details.data;
        const from = event.task_id === null ? '' : `${shown(stage)}: `;
        const message = from + shown(event.details.message);
        if (level === 'warning') return [`${style.yellow('warning:')} ${message}`];
        if (level === 'error') return [`${style.red('error:')} ${message}`];
        if (verbose && stream === 'stage') return [`${style.dim(`${shown(stage)} |`)} ${shown(event.details.message)}`];
        // What wrangle itself has to say is worth a line; what stages say, only where it was asked for.
        return level === 'info' && (verbose || (stream === 'wrangle' && !quiet)) ? [message] : [];
      }
      default:
        return [];
    }
  };

  return {
    onEvent,
    onOutput(stage, text) {
      if (verbosity !== 'verbose' || text === '') return [];
      heard.add(stage);
      const whole = text.endsWith('\n') ? text.slice(0, -1) : text;
      return whole.split('\n').map((one) => `${style.dim(`${shown(stage)} |`)} ${shown(one, style)}`);
    },
    tick(nowMs) {
      if (verbosity === 'quiet' || hasBlock) return [];
      const lines: string[] = [];
      for (const [stage, one] of running) {
        const forMs = nowMs - one.startedMs;
        const next = timesToTell(forMs);
        if (next <= one.told) continue;
        one.told = next;
        lines.push(line('running', forMs, stage, one.note, false));
      }
      return lines;
    },
  };
}

function timesToTell(forMs: number): number {
  const early = STILL_RUNNING_AFTER_MS.filter((after) => forMs >= after).length;
  return early + Math.floor(forMs / STILL_RUNNING_EVERY_MS);
}

/** `3 of at most 10: 2-1`, flagged ones among the three. */
export function votesNote(tally: VoteTally): string {
  return `${formatCount(votesIn(tally) + tally.flagged)} of at most ${formatCount(tally.max)}: ${standing(tally)}`;
}

/** `1,200/5,000 rows`; undefined when there is nothing to say. */
export function progressNote(data: {
  readonly done: number | undefined;
  readonly total: number | undefined;
  readonly note: string | undefined;
}): string | undefined {
  const { done, total, note } = data;
  const part =
    done === undefined ? '' : total === undefined ? formatCount(done) : `${formatCount(done)}/${formatCount(total)}`;
  const text = [part, note ?? ''].filter((piece) => piece !== '').join(' ');
  return text === '' ? undefined : text;
}

/** The status in its column and colour. */
function paint(style: Style, status: string): string {
  const text = padTo(status, STATUS_WIDTH);
  switch (status) {
    case 'ran':
    case 'done':
    case 'restored':
      return style.green(text);
    case 'failed':
      return style.bold(style.red(text));
    case 'retrying':
    case 'flagged':
    case 'allowed':
    case 'dropped':
    case 'ended':
    case 'skipped':
    case 'suspended':
    case 'blocked':
    case 'cancelled':
      return style.yellow(text);
    default:
      return style.cyan(text);
  }
}

/**
 * The end of what it printed, without what was said already: a stage written with the SDK prints the stack of an error and
 * then its code and message. That is for the log, and for those who asked to hear everything.
 */
function tailLines({ code, message, tail }: Failure): readonly string[] {
  const [said = ''] = message.split('\n', 1);
  const end = tail.lastIndexOf(`${code}: ${said}`);
  if (end === -1) return tail;
  const before = tail.slice(0, end);
  const isFrame = (line: string) => /^\s+at /.test(line);
  // Of a long stack only its end is there.
  if (before[0] !== undefined && isFrame(before[0])) return [];
  // A name in a frame, such as `processTimers`, may have the message in it.
  const header = before.findLastIndex((line) => !isFrame(line) && line.includes(said));
  return header !== -1 && before.slice(header).some(isFrame) ? before.slice(0, header) : before;
}
