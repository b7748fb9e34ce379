/** What `rollback` prints: which outputs went back to what. Pure. */
import type { OutputBefore } from '../model/output-change.ts';
import type { RunRecord } from '../model/run-record.ts';
import { quoteName } from '../util/harmless-text.ts';
import { countOf } from './format.ts';

/** As the engine reports it. */
export type RolledBack =
  | { readonly status: 'nothing' }
  | {
      readonly status: 'rolled-back';
      readonly runId: string | undefined;
      readonly undone: Pick<RunRecord, 'job_id'>;
      readonly steps: readonly {
        readonly output: OutputBefore;
        readonly action: 'restore' | 'remove';
        readonly displaces: boolean;
        readonly isUnkept: boolean;
      }[];
      readonly replaced: readonly { readonly path: string; readonly displaced: string | null }[];
    };

export function rollbackText(report: RolledBack, dryRun: boolean): string {
  if (report.status === 'nothing') return 'There is nothing to undo: no run that is kept changed an output.\n';
  const { undone, steps, replaced } = report;
  const run = `run ${undone.job_id}`;
  if (steps.length === 0) return `The outputs are as they were before ${run} already.\n`;
  const would = dryRun ? 'would ' : '';
  const head = `${dryRun ? 'Would undo' : 'Undid'} ${run}: ${countOf(steps.length, 'output')}.`;
  const displacedTo = new Map(replaced.map(({ path, displaced }) => [path, displaced]));
  const lines = steps.map(({ output: { path }, action, displaces, isUnkept }) => {
    const verb = action === 'restore' ? `${dryRun ? 'would be ' : ''}put back` : `${dryRun ? 'would be ' : ''}removed`;
    const to = displacedTo.get(path);
    const aside = to ? `; what was there is now in ${quoteName(to)}` : '';
    const why = isUnkept ? 'is not kept in the store' : 'was changed outside wrangle';
    const wouldAside = dryRun && displaces ? `; what is there ${why} and would be moved aside` : '';
    return `  ${quoteName(path)} ${verb}${aside}${wouldAside}`;
  });
  const next = would === '' ? 'To undo this in turn: wrangle rollback' : 'To do it: wrangle rollback';
  return `${[head, ...lines, `${next}${would === '' ? '' : ` ${undone.job_id}`}`].join('\n')}\n`;
}
