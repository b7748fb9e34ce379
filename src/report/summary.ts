/**
 * What is said at the end of a build: what ran, what was reused, what went wrong and where to look, where the outputs
 * are, what to do next. Pure; knows the collected run and nothing of the disk.
 */
import { declaredId } from '../model/instance.ts';
import type { AwaitedAnswer } from '../model/question.ts';
import type { StageRecord } from '../model/run-record.ts';
import { isPicked, standing } from '../model/vote.ts';
import { countsText } from './counts-text.ts';
import { countOf, formatBytes, formatCount, formatDuration, listOf, oneLine, padTo, shown } from './format.ts';
import { answerArgument, questionLines } from './question-text.ts';
import type { CollectedRun } from './run-collector.ts';
import type { Style } from './style.ts';
import { alignColumns } from './table.ts';

export interface FinalOutput {
  /** From the workspace. */
  readonly path: string;
  /** Bytes; undefined where it is not known. */
  readonly size: number | undefined;
  /** Of a fan-out, whose path is a pattern: how many there are; the size is that of all. */
  readonly count?: number;
}

export interface SummaryOptions {
  readonly style: Style;
  /** Only what went wrong. */
  readonly quiet: boolean;
  /** Outputs that no stage reads, in the order of the pipeline. */
  readonly outputs: readonly FinalOutput[];
  readonly command: NextCommand;
  /** How long ago a stage asked what it waits for, in words; undefined: in this run. */
  readonly asked?: (stage: string) => string | undefined;
}

/** A command line to suggest, ready to be pasted; what it needs to mean the same pipeline is in it. */
export type NextCommand = (command: 'build' | 'log' | 'why' | 'answer', about?: string) => string;

const FAILURES_SHOWN = 10;
const WARNINGS_SHOWN = 20;
/** Where no more lines than this came before, all warnings are still to be seen. */
const LINES_IN_SIGHT = 20;
const OUTPUTS_SHOWN = 12;
const ITEMS_IN_SIGHT = 10;
const QUESTIONS_SHOWN = 5;

/** Lines without their newlines; a list of them so that the caller chooses the stream. */
export function summaryLines(run: CollectedRun, options: SummaryOptions): string[] {
  const { style, quiet } = options;
  const failed = failedStages(run);
  if (isAllFresh(run)) {
    const { skipped } = run.counts;
    const except = skipped > 0 ? `, ${formatCount(skipped)} of them skipped` : '';
    const end = `${except}, ${formatDuration(run.durationMs)}.`;
    const isPart = run.warnings.some(({ code }) => code === 'selection');
    const line = isPart
      ? idlePartLine(run, end)
      : style.green(`Everything is fresh: ${countOf(run.total, 'stage')}${end}`);
    return quiet || line === '' ? [] : [line, ...degradedLines(run, style)];
  }
  if (quiet && run.outcome === 'done' && failed.length === 0) return [];
  // Warnings and failures were shown as they happened; in quiet mode nothing has come between.
  if (quiet) return [headline(run, style), ...waitingLines(run, options)];
  return [
    '',
    headline(run, style),
    ...section('', fanOutLines(run, style)),
    ...section('', warningLines(run, style)),
    ...section('', failureLines(failed, isInSight(run), style)),
    ...section('', skippedLines(run, style)),
    ...section('', degradedLines(run, style)),
    ...section('', twiceLines(run)),
    ...section('', voteLines(run, style)),
    ...section('', waitingLines(run, options)),
    ...section('Outputs:', outputLines(options.outputs, style)),
    ...section('Next:', nextLines(run, failed, options)),
  ];
}

/** Those that the run failed for come first. */
function failedStages(run: CollectedRun): (readonly [string, StageRecord])[] {
  const failed = [...run.stages].filter(([, stage]) => stage.outcome === 'failed');
  return [...failed.filter(([, stage]) => !isAllowed(stage)), ...failed.filter(([, stage]) => isAllowed(stage))];
}

function isAllowed({ failure }: StageRecord): boolean {
  return failure?.allowed === true;
}

function isAllFresh(run: CollectedRun): boolean {
  return run.outcome === 'done' && run.counts.fresh + Object.keys(run.skipped).length === run.total;
}

/** Where a warning told that not all is well with what was selected: that stands, and this is no more than true beside it. */
function idlePartLine({ total }: CollectedRun, end: string): string {
  if (total === 0) return '';
  const who = total === 1 ? 'The selected stage' : `The ${formatCount(total)} selected stages`;
  return `${who} had nothing to do${end}`;
}

function section(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  return title === '' ? ['', ...lines] : ['', title, ...lines];
}

function headline(run: CollectedRun, style: Style): string {
  const saved = run.savedMs >= 100 ? `; ${formatDuration(run.savedMs)} saved` : '';
  const allowed = [...run.stages.values()].filter(isAllowed).length;
  const text = `${formatDuration(run.durationMs)}: ${countsText(run.counts, allowed)}${saved}.`;
  switch (run.outcome) {
    case 'done':
      return `${style.bold(style.green('Done'))} in ${text}`;
    case 'failed':
      return `${style.bold(style.red('Failed'))} after ${text}`;
    case 'suspended':
      return `${style.bold(style.yellow('Suspended'))} after ${text}`;
    case 'interrupted':
      return `${style.bold(style.yellow('Interrupted'))} after ${text}`;
  }
}

/** Of each fan-out of some size what became of its items; a handful is told of item by item. */
function fanOutLines(run: CollectedRun, style: Style): string[] {
  const large = [...run.fanOuts].filter(([, { items, dropped }]) => items > ITEMS_IN_SIGHT || dropped > 0);
  const rows = large.map(([id, { items, counts, dropped }]) => {
    return [shown(id), `${countOf(items, 'item')}: ${countsText(counts, 0, dropped)}`];
  });
  return alignColumns(rows).map((line) => (line === '' ? line : style.dim(line)));
}

/** What was told as it happened can still be seen. */
function isInSight(run: CollectedRun): boolean {
  return run.stages.size + run.warnings.length <= LINES_IN_SIGHT;
}

/** They were shown as they came, so only those that may be out of sight. */
function warningLines(run: CollectedRun, style: Style): string[] {
  if (isInSight(run)) return [];
  const lines = run.warnings.slice(0, WARNINGS_SHOWN).map(({ stage, message }) => {
    const from = stage === undefined ? '' : `${shown(stage)}: `;
    return `${style.yellow('warning:')} ${from}${shown(message)}`;
  });
  return withRest(lines, run.warnings.length, 'warning');
}

/** One line each, since more was shown as it happened; more where that may be out of sight. */
function failureLines(failed: readonly (readonly [string, StageRecord])[], isBrief: boolean, style: Style): string[] {
  const lines = failed.slice(0, FAILURES_SHOWN).flatMap(([id, stage]) => {
    const { message = '', log, kept } = stage.failure ?? {};
    const word = isAllowed(stage) ? style.yellow('allowed to fail') : style.bold(style.red('failed'));
    return [
      `${word} ${shown(id)}: ${shown(oneLine(message))}`,
      ...(log === undefined || isBrief ? [] : [`  ${style.dim('log: ')} ${shown(log)}`]),
      ...(kept === undefined || isBrief ? [] : [`  ${style.dim('kept:')} ${shown(kept)}`]),
    ];
  });
  return withRest(lines, failed.length, 'failed stage', FAILURES_SHOWN);
}

/** Those whose failure was skipped; the others are skipped with them. */
function skippedLines(run: CollectedRun, style: Style): string[] {
  const skipped = [...run.stages].filter(([, { outcome, failure }]) => outcome === 'skipped' && failure !== null);
  const lines = skipped.slice(0, FAILURES_SHOWN).map(([id, { reason }]) => {
    const word = run.fanOuts.has(declaredId(id)) ? 'dropped' : 'skipped';
    return `${style.yellow(word)} ${shown(id)}: ${shown(oneLine(reason))}`;
  });
  return withRest(lines, skipped.length, 'skipped stage', FAILURES_SHOWN);
}

/** Those whose outputs a fallback made; such a stage is as good as fresh, so nothing else would say so later. */
function degradedLines({ degraded }: CollectedRun, style: Style): string[] {
  const names = Object.entries(degraded).map(([id, strategy]) => `${shown(id)} (${shown(strategy)})`);
  return names.length === 0 ? [] : [`${style.yellow('degraded:')} ${listOf(names)}`];
}

function twiceLines({ sameTwice, stages }: CollectedRun): string[] {
  const others = [...stages.values()].filter(({ failure }) => failure?.code === 'not-deterministic').length;
  if (sameTwice.size + others === 0) return [];
  const differ = others === 0 ? '' : `, ${formatCount(others)} did not`;
  return [`Run twice: ${countOf(sameTwice.size, 'stage')} made the same both times${differ}.`];
}

/** How the votes of this run came out, whichever way. */
function voteLines(run: CollectedRun, style: Style): string[] {
  const voted = [...run.stages].flatMap(([id, { vote, ...stage }]) => (vote ? [{ id, vote, ...stage }] : []));
  const lines = voted.slice(0, FAILURES_SHOWN).map(({ id, vote, outcome, failure }) => {
    // A failure, a halt or a signal ends a vote before it is decided.
    const isOver = outcome === 'suspended' || failure?.code === 'vote-undecided';
    const none = isOver ? 'undecided' : 'not finished';
    const how = isPicked(vote) ? 'was picked at' : 'won';
    const ended = vote.winner === null ? none : `${shown(JSON.stringify(vote.winner))} ${how}`;
    const parts = [`${ended} ${standing(vote)}`, countOf(vote.started, 'attempt')];
    if (vote.flagged > 0) parts.push(`${formatCount(vote.flagged)} flagged`);
    if (vote.wasted > 0) parts.push(`${formatCount(vote.wasted)} stopped`);
    return `${style.dim('vote:')} ${shown(id)}: ${parts.join(', ')}`;
  });
  return withRest(lines, voted.length, 'vote', FAILURES_SHOWN);
}

function waitingLines(run: CollectedRun, { style, asked }: SummaryOptions): string[] {
  const asking = questionsOf(run);
  const questions = asking
    .slice(0, QUESTIONS_SHOWN)
    .flatMap(([id, question]) => questionLines(id, question, style, asked?.(id)));
  const others = (['blocked', 'cancelled'] as const).flatMap((outcome) => {
    const ids = [...run.stages].filter(([, stage]) => stage.outcome === outcome).map(([id]) => shown(id));
    return ids.length === 0 ? [] : [`${style.yellow(outcome)} ${listOf(ids)}`];
  });
  return [...withRest(questions, asking.length, 'suspended stage', QUESTIONS_SHOWN), ...others];
}

function questionsOf(run: CollectedRun): (readonly [stage: string, question: AwaitedAnswer])[] {
  return [...run.stages].flatMap(([id, { question }]) => (question === null ? [] : [[id, question] as const]));
}

function outputLines(outputs: readonly FinalOutput[], style: Style): string[] {
  const listed = outputs.slice(0, OUTPUTS_SHOWN);
  const sizes = listed.map(({ size }) => (size === undefined ? '' : formatBytes(size)));
  const width = Math.max(0, ...sizes.map((size) => size.length));
  const lines = listed.map(({ path, count }, at) => {
    const many = count === undefined ? '' : style.dim(` (${formatCount(count)} of them)`);
    return `  ${style.dim((sizes[at] ?? '').padStart(width))}  ${shown(path)}${many}`;
  });
  return withRest(lines, outputs.length, 'output', OUTPUTS_SHOWN);
}

function nextLines(
  run: CollectedRun,
  failed: readonly (readonly [string, StageRecord])[],
  { style, command }: SummaryOptions,
): string[] {
  const steps: (readonly [command: string, gain: string])[] = [];
  const [firstFailed] = failed;
  const printed = [...run.stages].filter(([, stage]) => stage.log !== null).at(-1);
  if (firstFailed) {
    const [id, { log, failure }] = firstFailed;
    if (log !== null) steps.push([command('log', id), 'all that it printed']);
    steps.push([command('why', id), 'why it had to run']);
    if (failure?.kept !== undefined)
      steps.push([`${failure.kept}/replay.sh`, 'run it again by hand, apart from the rest']);
  } else if (run.outcome === 'done' && printed) {
    steps.push([command('log', printed[0]), 'what it printed']);
  }
  for (const [id, question] of questionsOf(run).slice(0, QUESTIONS_SHOWN)) {
    steps.push([command('answer', answerArgument(id, question)), 'answer it, and go on']);
  }
  const rest = run.counts.blocked + run.counts.cancelled;
  const again = command('build');
  if (run.outcome === 'interrupted') steps.push([again, 'go on; outputs of stopped stages are as they were']);
  else if (run.outcome === 'suspended') steps.push([again, 'go on, once the answers are in their files']);
  else if (run.outcome !== 'done') steps.push([again, rest > 0 ? 'go on from here' : 'try again']);
  const width = Math.max(0, ...steps.map(([line]) => line.length));
  return steps.map(([line, gain]) => `  ${style.bold(padTo(shown(line), width))}  ${style.dim(gain)}`);
}

function withRest(lines: string[], total: number, noun: string, max = WARNINGS_SHOWN): string[] {
  if (total > max) lines.push(`  and ${countOf(total - max, `more ${noun}`)}`);
  return lines;
}
