/** What `gc` prints: which stages' results went, what they were worth, and why the rest stayed. Pure. */
import type { StoreCleaned } from '../engine/clean-store.ts';
import { sizeOf } from '../model/digest.ts';
import type { LockHolder } from '../ports/workspace-lock.ts';
import type { StoredRecord } from '../store/survey.ts';
import { compareText } from '../util/compare.ts';
import { countOf, formatBytes, formatDuration, listOf, shown } from './format.ts';
import type { Style } from './style.ts';
import { alignColumns } from './table.ts';

const STAGES_SHOWN = 30;

/** The results of one stage that go together. */
interface StageResults {
  readonly stage: string;
  readonly results: number;
  readonly bytes: number;
  readonly durationMs: number;
  readonly usedMs: number;
}

export function gcText(report: StoreCleaned, { dryRun, style }: { dryRun: boolean; style: Style }): string {
  const { bytesBefore, bytesMax, swept } = report;
  const size = `${formatBytes(bytesBefore)}, its limit is ${formatBytes(bytesMax)}`;
  const lines = [
    `The store ${dryRun ? 'holds' : 'held'} ${size}.`,
    ...(report.beside ? [besideText(report.beside)] : []),
    '',
    ...(swept.bytes === 0
      ? ['There is nothing to remove from it.']
      : [...resultLines(swept.records, dryRun, style), ...restLines(report, dryRun)]),
    ...keptLines(report),
    ...setAsideLines(report, dryRun),
  ];
  return `${lines.join('\n')}\n`;
}

/** Size, time and last use of a record, whatever number of results it has. */
export function worthOf(record: StoredRecord): Omit<StageResults, 'results'> {
  const { results, usedMs } = record;
  return {
    stage: results[0]?.stage ?? '',
    bytes: results.flatMap(({ outputs }) => outputs).reduce((sum, { digest }) => sum + sizeOf(digest), 0),
    durationMs: results.reduce((sum, { duration_ms }) => sum + duration_ms, 0),
    usedMs,
  };
}

function besideText({ pid, command }: LockHolder): string {
  return `Process ${pid} (${shown(command)}) is at work; what it may have used since it began is kept.`;
}

function resultLines(records: readonly StoredRecord[], dryRun: boolean, style: Style): string[] {
  if (records.length === 0) return [];
  const stages = byStage(records);
  const took = formatDuration(stages.reduce((sum, { durationMs }) => sum + durationMs, 0));
  const [head = '', ...rows] = alignColumns([
    ['results', 'size', 'to make', 'last used (UTC)', 'stage'],
    ...stages
      .slice(0, STAGES_SHOWN)
      .map(({ stage, results, bytes, durationMs, usedMs }) => [
        String(results),
        formatBytes(bytes),
        formatDuration(durationMs),
        formatTime(usedMs),
        stage === '' ? '(a record that cannot be read)' : shown(stage),
      ]),
  ]);
  const what = `${countOf(records.length, 'result')} of ${countOf(stages.length, 'stage')}`;
  return [
    `${dryRun ? 'Would remove' : 'Removed'} ${what}, which took ${took} to make:`,
    `  ${style.dim(head)}`,
    ...rows.map((row) => `  ${row}`),
    ...(stages.length > STAGES_SHOWN ? [`  and ${countOf(stages.length - STAGES_SHOWN, 'more stage')}`] : []),
  ];
}

/** Largest first. */
function byStage(records: readonly StoredRecord[]): StageResults[] {
  const stages = new Map<string, StageResults>();
  for (const { stage, bytes, durationMs, usedMs } of records.map(worthOf)) {
    const sum = stages.get(stage) ?? { stage, results: 0, bytes: 0, durationMs: 0, usedMs: 0 };
    stages.set(stage, {
      stage,
      results: sum.results + 1,
      bytes: sum.bytes + bytes,
      durationMs: sum.durationMs + durationMs,
      usedMs: Math.max(sum.usedMs, usedMs),
    });
  }
  return [...stages.values()].sort((a, b) => b.bytes - a.bytes || compareText(a.stage, b.stage));
}

function restLines({ garbage, swept }: StoreCleaned, dryRun: boolean): string[] {
  const rest = [
    [garbage.temporary.length, 'copy that was cut short', 'copies that were cut short'],
    [garbage.quarantined.length, 'damaged file', 'damaged files'],
  ] as const;
  const parts = [
    countOf(swept.blobs, 'file that nothing needs any more', 'files that nothing needs any more'),
    ...rest.filter(([count]) => count > 0).map(([count, one, many]) => countOf(count, one, many)),
  ];
  return [`${dryRun ? 'That frees' : 'That freed'} ${formatBytes(swept.bytes)}: ${listOf(parts)}.`];
}

function keptLines({ garbage }: StoreCleaned): string[] {
  const { needed, young, fitting } = garbage.kept;
  const shares = [
    [needed, 'that pipelines need now'],
    [young, 'used in the last hour or by a running build'],
    [fitting, 'that fit'],
  ] as const;
  const parts = shares
    .filter(([{ results }]) => results > 0)
    .map(([{ results, bytes }, why]) => `${countOf(results, 'result')} ${why} (${formatBytes(bytes)})`);
  return parts.length === 0 ? [] : [`Kept: ${listOf(parts)}.`];
}

function setAsideLines({ setAside }: StoreCleaned, dryRun: boolean): string[] {
  return setAside.map(({ folder, files, bytes, goes }) => {
    const what = `${shown(folder)} (${countOf(files, 'file')}, ${formatBytes(bytes)})`;
    if (goes) return `${dryRun ? 'Would remove' : 'Removed'} ${what}.`;
    const flag = folder.endsWith('/displaced') ? '--displaced' : '--failed';
    return `Not touched: ${what}; ${flag} removes it.`;
  });
}

/** `2026-11-21 04:35` */
function formatTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
}
