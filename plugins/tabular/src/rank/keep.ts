/** Which candidates are worth applying, and why. Pure. */
import type { RankingDocument } from '../documents.generated.ts';
import type { Phase } from '../operators/operator.ts';
import { percent, shown } from './explain.ts';
import type { Facts } from './facts.ts';

type Ranked = RankingDocument['candidates'][number];

export interface Verdict {
  readonly keep: boolean;
  readonly code: Ranked['code'];
  /** A sentence. */
  readonly reason: string;
}

export interface Bounds {
  /** Of the overall quality, which is enough for a candidate that is not quite sure. */
  readonly minImprovement: number;
  /** From it on any improvement is enough. */
  readonly sureConfidence: number;
  readonly minConfidence: number;
}

/** They change what columns there are, which nobody wants to happen by itself. */
export const STRUCTURE: readonly Phase[] = ['columns', 'shape', 'features'];

/** Of a candidate that did not fail. */
export function verdictOf({ candidate, trial }: Facts, bounds: Bounds): Verdict {
  const { confidence, phase } = candidate;
  if (trial && isIdle(trial.validation)) return no('no_gain', 'It changes nothing.');
  if (STRUCTURE.includes(phase)) {
    return no('not_asked', 'It changes which columns there are, and is applied only when it is asked for.');
  }
  if (confidence < bounds.minConfidence) {
    return no(
      'unsure',
      `It is ${percent(confidence)} sure to be right; ${percent(bounds.minConfidence)} are asked for.`,
    );
  }
  if (!trial) {
    return confidence >= bounds.sureConfidence
      ? { keep: true, code: 'sure', reason: `It is ${percent(confidence)} sure to be right.` }
      : no(
          'unsure',
          `It is ${percent(confidence)} sure to be right; ${percent(bounds.sureConfidence)} are asked of what was not tried.`,
        );
  }
  return gainVerdict(trial.improvement, confidence, bounds);
}

/** The rule of `rank` for what a candidate gains, and that of `apply` for what it gains after others. */
export function gainVerdict(gain: number, confidence: number, bounds: Bounds): Verdict {
  if (gain >= bounds.minImprovement) {
    return { keep: true, code: 'improves', reason: `It raises the quality by ${shown(gain)}.` };
  }
  if (gain > 0 && confidence >= bounds.sureConfidence) {
    const reason = `It raises the quality by ${shown(gain)}, and is ${percent(confidence)} sure to be right.`;
    return { keep: true, code: 'sure', reason };
  }
  if (gain > 0) {
    const enough = `${shown(bounds.minImprovement)} is asked of what is less than ${percent(bounds.sureConfidence)} sure`;
    return no(
      'no_gain',
      `It raises the quality by ${shown(gain)} only; ${enough}, and it is ${percent(confidence)} sure.`,
    );
  }
  if (gain < 0) return no('no_gain', `It lowers the quality by ${shown(-gain)}.`);
  return no('no_gain', 'It does not raise the quality.');
}

export function no(code: Ranked['code'], reason: string): Verdict {
  return { keep: false, code, reason };
}

function isIdle({
  cells_changed,
  rows_dropped,
  columns_added,
  columns_dropped,
  passed,
}: {
  readonly cells_changed: number;
  readonly rows_dropped: number;
  readonly columns_added: readonly string[];
  readonly columns_dropped: readonly string[];
  readonly passed: boolean;
}): boolean {
  return passed && cells_changed + rows_dropped + columns_added.length + columns_dropped.length === 0;
}
