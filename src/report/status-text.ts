/** What `status` prints: a table of the stages, what they wait for, and what those that are gone have left. Pure. */
import type { Decision, PlannedStage, StageMemory } from '../model/plan.ts';
import { INTERRUPTED } from '../model/plan.ts';
import { decisionPaint } from './decision-paint.ts';
import { rowsOf } from './folded.ts';
import { fitNote, formatAgo, formatDuration, padTo, shellWord, shown, widthOf } from './format.ts';
import type { PlanTextOptions } from './plan-text.ts';
import { foldNote, foremost, hiddenLine, moreNote, NAME_WIDTH_MAX, notesOf, planHeadline } from './plan-text.ts';
import { answerCommand, questionLines } from './question-text.ts';

export interface StageStatus extends PlannedStage, StageMemory {}

export interface StatusTextOptions extends PlanTextOptions {
  /** Wall clock. */
  readonly nowMs: number;
}

const STATES: Record<Decision, string> = { run: 'to run', restore: 'to restore', 'may-run': 'may run', fresh: 'fresh' };
const TITLES = ['STAGE', 'STATE', 'LAST RUN', 'TOOK'] as const;
const LAST_TITLE = 'WHY';
/** With less room than this, reasons stand on lines of their own. */
const WHY_WIDTH_MIN = 24;

export function statusText(
  pipeline: string,
  stages: readonly StageStatus[],
  orphans: readonly string[],
  options: StatusTextOptions,
): string {
  const { style, nowMs } = options;
  const lines = [planHeadline(pipeline, stages, style), ...table(stages, options)];
  for (const { id, question, askedAtMs } of stages) {
    if (!question) continue;
    const asked = askedAtMs === undefined ? undefined : formatAgo(askedAtMs, nowMs);
    lines.push('', ...questionLines(id, question, style, asked), `  ${answerCommand(id, question)}`);
  }
  if (orphans.length > 0) {
    lines.push('', `Left by stages that are gone (wrangle clean ${shellWord(pipeline)} --orphans removes them):`);
    lines.push(...orphans.map((path) => `  ${shown(path)}`));
  }
  return `${lines.join('\n')}\n`;
}

function table(stages: readonly StageStatus[], options: StatusTextOptions): string[] {
  const { style, verbose, width, nowMs } = options;
  const found = rowsOf(stages, verbose);
  if (found.rows.length === 0) return [];
  const rows = found.rows.map((row) => {
    if (row.kind === 'more') return { stage: undefined, cells: [], notes: [moreNote(row.count)] };
    const stage = row.kind === 'fold' ? (foremost(row.members) as StageStatus) : row.stage;
    const ran = row.kind === 'fold' ? latest(row.members) : stage.ranAtMs;
    // What many took that ran side by side says nothing of how long that was.
    const took = row.kind === 'fold' ? undefined : stage.tookMs;
    return {
      stage,
      cells: [
        shown(row.kind === 'fold' ? row.id : stage.id),
        stateOf(stage),
        ran === undefined ? '-' : formatAgo(ran, nowMs),
        took === undefined ? '-' : formatDuration(took),
      ],
      notes: row.kind === 'fold' ? [foldNote(row.members)] : notesOf(stage, verbose),
    };
  });
  const widths = TITLES.map((title, at) => {
    const widest = Math.max(title.length, ...rows.map(({ cells }) => widthOf(cells[at] ?? '')));
    return at === 0 ? Math.min(NAME_WIDTH_MAX, widest) : widest;
  });
  const whyAt = 2 + widths.reduce((sum, one) => sum + one + 2, 0);
  const hasRoom = width === undefined || width - whyAt >= WHY_WIDTH_MIN;
  const indent = hasRoom ? whyAt : 4;
  const fitted = (note: string) => style.dim(fitNote(note, width === undefined ? undefined : width - indent));
  const pad = (cell: string, at: number) => padTo(cell, widths[at] ?? 0);

  const lines = ['', style.dim(`  ${[...TITLES.map(pad), hasRoom ? LAST_TITLE : ''].join('  ')}`.trimEnd())];
  for (const { stage, cells, notes } of rows) {
    if (!stage) {
      lines.push(`  ${style.dim(notes.join())}`);
      continue;
    }
    const [name = '', state = '', ...rest] = cells;
    const isLong = widthOf(name) > (widths[0] ?? 0);
    // A name that does not fit its column has the line for itself, so that the others stay in theirs.
    if (isLong) lines.push(`  ${name}`);
    const [first = '', ...others] = hasRoom ? notes.map(fitted) : ['', ...notes.map(fitted)];
    const head = [
      pad(isLong ? '' : name, 0),
      decisionPaint(style, stage)(pad(state, 1)),
      ...rest.map((cell, at) => pad(cell, at + 2)),
    ];
    lines.push(`  ${[...head, first].join('  ')}`.trimEnd(), ...others.map((note) => `${' '.repeat(indent)}${note}`));
  }
  const hidden = hiddenLine(found);
  return hidden === undefined ? lines : [...lines, style.dim(hidden)];
}

/** When one of them ran last. */
function latest(members: readonly StageStatus[]): number | undefined {
  let last: number | undefined;
  for (const { ranAtMs } of members) if (ranAtMs !== undefined && ranAtMs > (last ?? 0)) last = ranAtMs;
  return last;
}

function stateOf({ decision, waiting, causes, skip }: StageStatus): string {
  if (waiting) return 'waits';
  if (skip !== undefined) return decision === 'fresh' ? 'skipped' : 'to skip';
  return causes.some(({ after }) => after === INTERRUPTED) ? 'interrupted' : STATES[decision];
}
