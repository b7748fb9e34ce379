/** What `plan` prints: each stage with its decision and the reasons in words. Pure. */
import { causeLine, causesLine, showName } from '../model/cause-text.ts';
import type { Cause, Decision, PlannedStage } from '../model/plan.ts';
import { decisionPaint } from './decision-paint.ts';
import type { Rows } from './folded.ts';
import { rowsOf } from './folded.ts';
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

/** Of a fan-out whose list is yet to be made: `up to 5,000 items, known once urls is done`. */
export function itemsNote(upTo: number, causes: readonly Cause[]): string {
  const names = causes.filter(({ change }) => change === 'upstream').map(({ name }) => showName(name));
  const many = upTo === 0 ? 'its items are' : `up to ${countOf(upTo, 'item')},`;
  return `${many} known once ${listOf(names)} ${names.length === 1 ? 'is' : 'are'} built`;
}

/** Of a stage whose `when` is still to be worked out. */
export function asksNote(asks: readonly string[]): string {
  return `only if its "when" holds once ${listOf(asks.map(showName))} ${asks.length === 1 ? 'is' : 'are'} done`;
}

export function planHeadline(pipeline: string, stages: readonly PlannedStage[], style: Style): string {
  return `${style.bold(shown(pipeline))}: ${[countOf(stages.length, 'stage'), ...decisionParts(stages)].join(', ')}`;
}

function decisionParts(stages: readonly PlannedStage[]): string[] {
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
  return parts;
}

/** Undefined where nothing is hidden, or nothing else is shown. */
export function hiddenLine({ rows, hidden }: Rows<PlannedStage>): string | undefined {
  return hidden > 0 && rows.length > 0 ? `  and ${countOf(hidden, 'fresh stage')} (-v lists them)` : undefined;
}

/** Of instances that stand for all of them: the one that says most of what is to be done. */
export function foremost<Of extends PlannedStage>(members: readonly Of[]): Of | undefined {
  const ranks: readonly ((stage: Of) => boolean)[] = [
    ({ waiting }) => waiting !== undefined,
    ({ decision, skip }) => decision === 'run' && skip === undefined,
    ({ decision }) => decision === 'may-run',
    ({ decision }) => decision === 'restore',
    ({ decision }) => decision === 'run',
    ({ skip }) => skip === undefined,
  ];
  for (const is of ranks) {
    const found = members.find(is);
    if (found) return found;
  }
  return members[0];
}

/** `5,000 instances, 10 to run, 4,990 fresh` */
export function foldNote(members: readonly PlannedStage[]): string {
  const degraded = members.filter((one) => one.degraded !== undefined).length;
  const parts = [...decisionParts(members), ...(degraded > 0 ? [`${formatCount(degraded)} degraded`] : [])];
  return [countOf(members.length, 'instance'), ...parts].join(', ');
}

export function moreNote(count: number): string {
  return `and ${formatCount(count)} more (-v lists them)`;
}

function planRows(stages: readonly PlannedStage[], options: PlanTextOptions): string[] {
  const { style, verbose, width } = options;
  const found = rowsOf(stages, verbose);
  const names = found.rows.map((row) =>
    row.kind === 'more' ? '' : shown(row.kind === 'fold' ? row.id : row.stage.id),
  );
  const nameWidth = Math.min(NAME_WIDTH_MAX, Math.max(0, ...names.map(widthOf)));
  const indent = ' '.repeat(2 + DECISION_WIDTH + 2 + nameWidth + 2);

  const rows = found.rows.flatMap((row, at) => {
    if (row.kind === 'more') return [`${' '.repeat(2 + DECISION_WIDTH + 2)}${style.dim(moreNote(row.count))}`];
    const name = names[at] ?? '';
    const stage = row.kind === 'fold' ? (foremost(row.members) as PlannedStage) : row.stage;
    const word = wordOf(stage);
    const head = `  ${decisionPaint(style, stage)(padTo(word, DECISION_WIDTH))}  `;
    const said = row.kind === 'fold' ? [foldNote(row.members)] : notesOf(stage, verbose);
    const notes = said.map((note) => style.dim(fitNote(note, width === undefined ? undefined : width - indent.length)));
    // A name that does not fit its column has the line for itself, so that the notes stay in theirs.
    if (notes.length === 0 || widthOf(name) > nameWidth) {
      return [`${head}${name}`, ...notes.map((note) => indent + note)];
    }
    const [first, ...others] = notes;
    return [`${head}${padTo(name, nameWidth)}  ${first}`, ...others.map((note) => indent + note)];
  });
  const hidden = hiddenLine(found);
  if (hidden !== undefined) rows.push(style.dim(hidden));
  return rows.length === 0 ? [] : ['', ...rows];
}

function wordOf({ waiting, skip, decision }: PlannedStage): string {
  if (waiting) return 'waits';
  if (skip === undefined) return DECISION_WORDS[decision];
  return decision === 'fresh' ? 'skipped' : 'skip';
}

/** One line in general, every cause with `verbose`. */
export function notesOf(stage: PlannedStage, verbose: boolean): string[] {
  const { degraded } = stage;
  const notes = causeNotes(stage, verbose);
  return degraded === undefined ? notes : [`degraded: made by ${showName(degraded)}`, ...notes];
}

function causeNotes({ decision, causes, skip, asks, items }: PlannedStage, verbose: boolean): string[] {
  if (items && !verbose) return [itemsNote(items.up_to, causes)];
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
