/** What `plugin test` prints: a line for each check as it ends, and what they come to. Pure. */
import type { CheckOutcome, ConformanceCheck } from '../model/conformance.ts';
import { listOf, shown } from './format.ts';
import type { Style } from './style.ts';

const WIDTH = 'skipped'.length;
const WORDS: Readonly<Record<CheckOutcome, string>> = { passed: 'ok', failed: 'failed', skipped: 'skipped' };

/** `before` is the check that was printed before it: what a check is about is said once. */
export function conformanceLines(
  check: ConformanceCheck,
  before: ConformanceCheck | undefined,
  style: Style,
): string[] {
  const { example, stage_type: type, outcome, sentence, reason } = check;
  const isNew = !before || before.example !== example;
  const title = example === null ? 'the package' : `${shown(example)} (${shown(type ?? '')})`;
  const heading = isNew ? [...(before ? [''] : []), style.bold(title)] : [];
  const mark = paint(outcome, style)(WORDS[outcome].padEnd(WIDTH));
  const why = reason === null ? [] : [`  ${' '.repeat(WIDTH)}  ${style.dim(shown(reason))}`];
  return [...heading, `  ${mark}  ${shown(sentence)}`, ...why];
}

function paint(outcome: CheckOutcome, style: Style): (text: string) => string {
  if (outcome === 'failed') return style.red;
  return outcome === 'skipped' ? style.dim : style.green;
}

export function conformanceVerdict(plugin: string, checks: readonly ConformanceCheck[], style: Style): string {
  const { passed, failed, skipped } = countChecks(checks);
  const parts = [`${passed} passed`, ...(failed > 0 ? [`${failed} failed`] : [])];
  const text = `${shown(plugin)}: ${listOf([...parts, ...(skipped > 0 ? [`${skipped} skipped`] : [])])}.`;
  return failed > 0 ? style.red(text) : style.green(text);
}

export function countChecks(checks: readonly ConformanceCheck[]): Readonly<Record<CheckOutcome, number>> {
  const count = (outcome: CheckOutcome) => checks.filter((check) => check.outcome === outcome).length;
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') };
}
