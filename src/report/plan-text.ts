/** What `plan` prints: each stage with its decision and the reasons in words. Pure. */
import { causeLine, causesLine, showName } from '../model/cause-text.ts';
import type { Cause, Decision, PlannedStage } from '../model/plan.ts';
import { decisionPaint } from './decision-paint.ts';
import { countOf, fitNote, formatCount, listOf, padTo, shown, widthOf } from './format.ts';
import type { Style } from './style.ts';

export interface PlanTextOptions {
  readonly style: Style;
  /** All causes of each stage, and every fresh stage. */
  readonly verbose: boolean;
  /** Columns; notes are cut to fit, and never otherwise. Undefined: nothing is cut. */
  readonly width: number | undefined;
}

const DECISION_WORDS: Record<Decision, string> = {
  run: 'run',
  restore: 'restore',
  'may-run': 'may run',
  fresh: 'fresh',
};
const DECISION_WIDTH = 7;
export const NAME_WIDTH_MAX = 32;
/** In a pipeline with more stages than this, those that are fresh are only counted. */
const FRESH_LISTED_MAX = 40;

/** Of `plan`: stages in the order in which they would run. */
export function planText(pipeline: string, stages: readonly PlannedStage[], options: PlanTextOptions): string {
  return `${[planHeadline(pipeline, stages, options.style), ...planRows(stages, options)].join('\n')}\n`;
}

/** What decides, in words: `only if the outputs of clean change`; of a folder or glob what else is in it, too. */
export function mayRunNote(causes: readonly Cause[]): string {
  const upstream = causes.filter(({ change }) => change === 'upstream');
  const names = upstream.map(({ name }) => showName(name));
  if (names.length === 0) return 'only if what it reads changes';
  const wholes = [...new Set(upstream.flatMap(({ after }) => after ?? []))].map(showName);
  const others = wholes.length === 0 ? '' : `, or other files in ${listOf(wholes)}`;
  return `only if the outputs of ${listOf(names)} change${others}`;
}

/** Of a stage whose `when` is still to be worked out. */
export function asksNote(asks: readonly string[]): string {
  return `only if its "when" holds once ${listOf(asks.map(showName))} ${asks.length === 1 ? 'is' : 'are'} done`;
}

export function planHeadline(pipeline: string, stages: readonly PlannedStage[], style: Style): string {
  const counts = { run: 0, restore: 0, 'may-run': 0, fresh: 0 };
  for (const { decision } of stages) counts[decision]++;
  const waiting = stages.filter((stage) => stage.waiting).length;
  counts.run -= waiting;
  const left = stages.filter(({ skip, decision }) => skip !== undefined && decision === 'run').length;
  const gone = stages.filter(({ skip, decision }) => skip !== undefined && decision === 'fresh').length;
  counts.run -= left;
  counts.fresh -= gone;
  const parts: string[] = [];
  if (waiting > 0) parts.push(`${formatCount(waiting)} ${waiting === 1 ? 'waits' : 'wait'} for an answer`);
  if (counts.run > 0) parts.push(`${formatCount(counts.run)} to run`);
  if (counts.restore > 0) parts.push(`${formatCount(counts.restore)} to restore`);
  if (counts['may-run'] > 0) parts.push(`${formatCount(counts['may-run'])} may run`);
  if (left > 0) parts.push(`${formatCount(left)} to skip`);
  if (gone > 0) parts.push(`${formatCount(gone)} skipped`);
  if (counts.fresh > 0) parts.push(counts.fresh === stages.length ? 'all fresh' : `${formatCount(counts.fresh)} fresh`);
  return `${style.bold(shown(pipeline))}: ${[countOf(stages.length, 'stage'), ...parts].join(', ')}`;
}

/** Without those that are fresh, where there are many. */
export function listedStages<Of extends PlannedStage>(stages: readonly Of[], verbose: boolean): readonly Of[] {
  if (verbose || stages.length <= FRESH_LISTED_MAX) return stages;
  return stages.filter(({ decision, causes }) => decision !== 'fresh' || causes.length > 0);
}

/** Undefined where nothing is hidden, or nothing else is shown. */
export function hiddenLine(stages: readonly unknown[], listed: readonly unknown[]): string | undefined {
  const hidden = stages.length - listed.length;
  return hidden > 0 && listed.length > 0 ? `  and ${countOf(hidden, 'fresh stage')} (-v lists them)` : undefined;
}

function planRows(stages: readonly PlannedStage[], options: PlanTextOptions): string[] {
  const { style, verbose, width } = options;
  const listed = listedStages(stages, verbose);
  const names = listed.map(({ id }) => shown(id));
  const nameWidth = Math.min(NAME_WIDTH_MAX, Math.max(0, ...names.map(widthOf)));
  const indent = ' '.repeat(2 + DECISION_WIDTH + 2 + nameWidth + 2);

  const rows = listed.flatMap((stage, at) => {
    const name = names[at] ?? '';
    const word = wordOf(stage);
    const head = `  ${decisionPaint(style, stage)(padTo(word, DECISION_WIDTH))}  `;
    const notes = notesOf(stage, verbose).map((note) =>
      style.dim(fitNote(note, width === undefined ? undefined : width - indent.length)),
    );
    // A name that does not fit its column has the line for itself, so that the notes stay in theirs.
    if (notes.length === 0 || widthOf(name) > nameWidth) {
      return [`${head}${name}`, ...notes.map((note) => indent + note)];
    }
    const [first, ...others] = notes;
    return [`${head}${padTo(name, nameWidth)}  ${first}`, ...others.map((note) => indent + note)];
  });
  const hidden = hiddenLine(stages, listed);
  if (hidden !== undefined) rows.push(style.dim(hidden));
  return rows.length === 0 ? [] : ['', ...rows];
}

function wordOf({ waiting, skip, decision }: PlannedStage): string {
  if (waiting) return 'waits';
  if (skip === undefined) return DECISION_WORDS[decision];
  return decision === 'fresh' ? 'skipped' : 'skip';
}

/** One line in general, every cause with `verbose`. */
export function notesOf({ decision, causes, skip, asks }: PlannedStage, verbose: boolean): string[] {
  if (skip !== undefined) {
    const reason = shown(skip);
    if (verbose) return [reason, ...causes.map(causeLine)];
    return [causes.length === 0 ? reason : `${reason}: ${causesLine(causes)}`];
  }
  if (asks && !verbose) return [`${asksNote(asks)}`];
  if (decision === 'may-run' && !verbose) return [mayRunNote(causes)];
  if (decision === 'fresh' && causes.length > 0) return [`its outputs will be checked: ${causesLine(causes)}`];
  if (verbose) return causes.map(causeLine);
  // What is known to be different says more than whom a stage waits for.
  const own = causes.filter(({ change }) => change !== 'upstream');
  const note = causesLine([...own, ...causes.filter(({ change }) => change === 'upstream')]);
  return note === '' ? [] : [note];
}
