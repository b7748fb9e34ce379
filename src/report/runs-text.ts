/** What `runs` prints: one line a run, newest first. Pure. */
import type { RunSummary } from '../model/run-record.ts';
import { countsText } from './counts-text.ts';
import { formatDuration, shown } from './format.ts';
import type { Style } from './style.ts';
import { alignColumns } from './table.ts';

export function runsText(runs: readonly RunSummary[], style: Style): string {
  if (runs.length === 0) return 'There are no runs yet.\n';
  const [head = '', ...lines] = alignColumns([
    ['run', 'started (UTC)', 'outcome', 'time', 'stages', 'pipeline'],
    ...runs.map((run) => [
      shown(run.run_id),
      shown(run.started_at.slice(0, 19).replace('T', ' ')),
      run.outcome,
      formatDuration(run.duration_ms),
      run.undoes === undefined ? countsText(run.counts) : `undid ${shown(run.undoes)}`,
      shown(run.pipeline),
    ]),
  ]);
  // Coloured after aligning: a colour takes no column.
  const colored = lines.map((line, at) => paint(style, line, runs[at]?.outcome));
  const waits =
    runs[0]?.outcome === 'suspended' ? ['', 'Stages of the last run wait for answers; wrangle status says which.'] : [];
  return `${[style.dim(head), ...colored, ...waits].join('\n')}\n`;
}

function paint(style: Style, line: string, outcome: RunSummary['outcome'] | undefined): string {
  if (outcome === 'failed') return style.red(line);
  return outcome === 'done' ? line : style.yellow(line);
}
