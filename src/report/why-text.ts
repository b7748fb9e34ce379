/** What `why STAGE` prints: every cause as a sentence, with the value before and after. Pure. */
import { describeCause } from '../model/cause-text.ts';
import type { PlannedStage } from '../model/plan.ts';
import { countOf, shown } from './format.ts';
import { asksNote, itemsNote, mayRunNote } from './plan-text.ts';
import type { Style } from './style.ts';

/** Both values together; longer ones, and those of several lines, are put under the sentence. */
const INLINE_LENGTH_MAX = 72;

export function whyText(stage: PlannedStage, style: Style): string {
  const causes = stage.causes.flatMap((cause) => {
    const { sentence, before, after } = describeCause(cause);
    return valueLines(sentence, before, after, style).map((line) => `  ${line}`);
  });
  const made = stage.degraded === undefined ? [] : [`It is degraded: ${shown(stage.degraded)} made its outputs.`];
  return `${[headline(stage, style), ...made, ...(causes.length === 0 ? [] : ['', ...causes])].join('\n')}\n`;
}

function headline({ id, decision, causes, waiting, skip, asks, items }: PlannedStage, style: Style): string {
  const name = style.bold(shown(id));
  if (skip !== undefined) {
    const reason = skip.startsWith('skipped') ? shown(skip) : `skipped, because ${shown(skip)}`;
    return causes.length === 0 ? `${name} is ${reason}.` : `${name} is ${reason}, and what is left of it goes:`;
  }
  if (items && decision === 'may-run') return `${name} may run, ${itemsNote(items.up_to, causes)}:`;
  if (asks) return `${name} may run, ${asksNote(asks)}:`;
  if (waiting) return `${name} waits for an answer before it runs:`;
  const reasons = causes.length > 1 ? `for ${countOf(causes.length, 'reason')}` : 'because';
  switch (decision) {
    case 'fresh':
      return causes.length === 0
        ? `${name} is fresh: nothing it depends on changed, and its outputs are as it made them.`
        : `${name} is fresh, but its outputs will be checked again:`;
    case 'restore':
      return `${name} would be restored from the store, ${reasons}:`;
    case 'run':
      return causes.length === 0 ? `${name} would run.` : `${name} would run, ${reasons}:`;
    case 'may-run':
      return `${name} may run, ${mayRunNote(causes)}:`;
  }
}

/** A sentence with the values it is about, beside it or below. */
export function valueLines(
  sentence: string,
  before: string | undefined,
  after: string | undefined,
  style: Style,
): string[] {
  const values = [before ?? '', after ?? ''];
  if (values.every((value) => value === '')) return [sentence];
  const isShort = values.join('').length <= INLINE_LENGTH_MAX && !values.some((value) => value.includes('\n'));
  if (isShort) {
    if (before === undefined) return [`${sentence} (${after})`];
    if (after === undefined) return [`${sentence} (was ${before})`];
    return [`${sentence} (${before} -> ${after})`];
  }
  return [sentence, ...block('before', before, style.red), ...block('after ', after, style.green)];
}

function block(title: string, value: string | undefined, paint: (text: string) => string): string[] {
  if (value === undefined) return [];
  const indent = ' '.repeat(title.length);
  const lines = value.endsWith('\n') ? value.slice(0, -1).split('\n') : value.split('\n');
  return lines.map((line, at) => `  ${at === 0 ? title : indent} | ${paint(line)}`.trimEnd());
}
