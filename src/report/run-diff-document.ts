/** The document of `diff --json`. */
import type { RunDiff, ValueChange } from '../model/run-diff.ts';
import type { RunSummary } from '../model/run-record.ts';
import type { Json } from '../util/canonical-json.ts';
import { causeDocument } from './documents.ts';

export function runDiffDocument(diff: RunDiff): object {
  const { before, after, asked, first_causes, metrics, unwell, only_before, only_after, notes, same_metrics } = diff;
  return {
    before: runOf(before),
    after: runOf(after),
    output: asked ?? null,
    notes,
    params: diff.params.map(changedValue),
    outputs: diff.outputs.map(({ path, stage, port, change, before, after }) => ({
      path,
      stage,
      port,
      change,
      before,
      after,
    })),
    first_causes: first_causes.map(({ stage, kind, message = null, causes, path, left_out, output }) => ({
      stage,
      kind,
      message,
      causes: causes.map(causeDocument),
      path,
      left_out,
      output,
    })),
    stages: Object.fromEntries(
      diff.stages.map(({ id, made_before, made_after, causes, first = null, leads_to }) => [
        id,
        { first_cause: first, made_before, made_after, causes: causes.map(causeDocument), leads_to },
      ]),
    ),
    metrics: metrics.map(({ stage, ...value }) => ({ stage, ...changedValue(value), change: changeOf(value) })),
    same_metrics,
    unwell,
    only_before,
    only_after,
  };
}

function runOf({ run_id, pipeline, started_at, outcome, undoes }: RunSummary): object {
  return { run_id, pipeline, started_at, outcome, undoes: undoes ?? null };
}

function changedValue({ name, before = null, after = null }: ValueChange): { readonly [key: string]: Json } {
  return { name, before, after };
}

function changeOf({ before, after }: ValueChange): number | null {
  return typeof before === 'number' && typeof after === 'number' ? after - before : null;
}
