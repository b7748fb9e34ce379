/** What `cache verify` prints: counts, and each problem with the outputs that it concerns. Pure. */
import type { StoreRepair, StoreVerified } from '../engine/verify-store.ts';
import type { LostOutput, StoreInspection, StoreProblem } from '../store/inspect-store.ts';
import { countOf, formatBytes, listOf, shown } from './format.ts';
import type { Style } from './style.ts';

const PROBLEMS_SHOWN = 50;

export function verifyText(report: StoreVerified, style: Style): string {
  const { inspection, repair } = report;
  const { problems } = inspection;
  const lines = [
    countsLine(inspection),
    ...(problems.length === 0
      ? [style.green('Everything in it is what it should be.')]
      : ['', ...problemLines(problems, style), '', ...nextLines(problems, repair)]),
  ];
  return `${lines.join('\n')}\n`;
}

/** One problem in a sentence without its end. */
export function problemText({ kind, path, lost }: StoreProblem): string {
  const [first] = lost;
  if (kind === 'record-damaged') {
    return first
      ? `the record of ${outputText(first)} of stage ${shown(first.stage)} is damaged`
      : `a record is damaged (${shown(path)})`;
  }
  const what = kind === 'blob-missing' ? 'missing' : 'damaged';
  if (!first) return `a file that no result needs is ${what} (${shown(path)})`;
  const others = lost.length - 1;
  const more = others > 0 ? `, and with it ${countOf(others, 'other output')}` : '';
  return `the stored copy of ${outputText(first)} of stage ${shown(first.stage)} is ${what} (${madeText(first)})${more}`;
}

function countsLine({ records, blobs, bytes, leftovers, quarantined, foreign }: StoreInspection): string {
  const also = [
    [quarantined.length, 'damaged file put aside', 'damaged files put aside'],
    [leftovers.length, 'copy that was cut short', 'copies that were cut short'],
    [foreign.length, "file that is not this version's", "files that are not this version's"],
  ] as const;
  const parts = also.filter(([count]) => count > 0).map(([count, one, many]) => countOf(count, one, many));
  const sum = `Read ${countOf(records, 'record')} and ${countOf(blobs, 'file')}, ${formatBytes(bytes)}.`;
  return parts.length === 0 ? sum : `${sum} Besides: ${listOf(parts)}.`;
}

function problemLines(problems: readonly StoreProblem[], style: Style): string[] {
  const hidden = problems.length - PROBLEMS_SHOWN;
  return [
    `${countOf(problems.length, 'problem')}:`,
    ...problems.slice(0, PROBLEMS_SHOWN).map((problem) => `  ${style.red('wrong:')} ${problemText(problem)}`),
    ...(hidden > 0 ? [`  and ${countOf(hidden, 'more problem')}`] : []),
  ];
}

function nextLines(problems: readonly StoreProblem[], repair: StoreRepair | undefined): string[] {
  if (!repair) {
    const stages = new Set(problems.flatMap(({ lost }) => lost.map(({ stage }) => stage)));
    const next = '"wrangle cache verify --repair" takes what is wrong out of the store.';
    return [stages.size === 0 ? next : `${next} ${runAgain([...stages].sort())}.`];
  }
  const { quarantined, recordsRemoved, stages, left } = repair;
  const done = `Put aside ${countOf(quarantined, 'file')}, removed ${countOf(recordsRemoved, 'record')}.`;
  return [
    stages.length === 0 ? done : `${done} ${runAgain(stages)}.`,
    ...(left.length === 0 ? [] : [`${countOf(left.length, 'problem')} could not be put aside.`]),
  ];
}

function runAgain(stages: readonly string[]): string {
  const names = listOf(stages.map((stage) => shown(stage)));
  return stages.length === 1
    ? `Stage ${names} runs again when its outputs have to be restored`
    : `Stages ${names} run again when their outputs have to be restored`;
}

function outputText({ path, inside }: LostOutput): string {
  return inside === undefined
    ? JSON.stringify(shown(path))
    : `${JSON.stringify(shown(inside))} in ${JSON.stringify(shown(path))}`;
}

function madeText({ run_id, created_at }: LostOutput): string {
  return `made ${shown(created_at.slice(0, 16).replace('T', ' '))} UTC in run ${shown(run_id)}`;
}
