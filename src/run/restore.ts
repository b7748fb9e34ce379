/** Puts a stage's outputs back from the store: all of them verified first, then published like those of a run. */

import type { PublishedOutput } from '../model/event.ts';
import type { OutputChange } from '../model/output-change.ts';
import type { Stage } from '../model/pipeline.ts';
import type { ActionResult } from '../store/action-cache.ts';
import type { Materialized } from '../store/blob-store.ts';
import { toldOf } from '../store/index-file.ts';
import { inWorkspace } from '../store/layout.ts';
import { parentOf, UnsafePath } from '../store/publish.ts';
import type { BuildContext } from './build-context.ts';
import { environmentFailure } from './build-context.ts';
import type { Kept } from './commit.ts';
import { publishedOutputs, publishIntent } from './commit.ts';
import { setAsideLost } from './lost-copies.ts';
import { planStaging, removeStaging } from './staging.ts';

export interface Restored {
  readonly outputs: readonly PublishedOutput[];
  readonly changes: readonly OutputChange[];
}

/**
 * Undefined when the store turned out not to hold the bytes: that is a warning and a miss, and nothing was touched.
 * Errors: `UnsafePath` when there is no place for an output; `EnvironmentFailure` when the disk fails.
 */
export async function restoreOutputs(
  context: BuildContext,
  at: number,
  fingerprint: string,
  result: ActionResult,
): Promise<Restored | undefined> {
  const { fs, layout, graph, actions, blobs } = context.state;
  const stage = graph.stages[at] as Stage;
  const inPlaceNever = { ...stage, outputs: stage.outputs.map((port) => ({ ...port, in_place: false })) };
  const staging = planStaging(fs, layout, inPlaceNever);
  const hashedAt = context.now();
  // Before the first byte is read, so that nobody cleans the others away meanwhile.
  actions.renew(fingerprint);

  const kept: Kept[] = [];
  for (const [position, output] of staging.outputs.entries()) {
    const digest = result.outputs[position]?.digest;
    if (digest === undefined) return undefined;
    const to = inWorkspace(layout, output.writtenAt);
    let materialized: Materialized;
    try {
      fs.makeFolder(parentOf(to));
      materialized = await blobs.materialize(digest, to);
    } catch (error) {
      fs.remove(staging.root);
      throw environmentFailure(`restore ${JSON.stringify(output.path)}`, error);
    }
    if (materialized !== 'done') {
      fs.remove(staging.root);
      setAsideLost(context, stage.id, fingerprint, result.outputs.slice(position, position + 1));
      return undefined;
    }
    kept.push({ output, digest, tree: digest.startsWith('d') ? blobs.readTree(digest) : undefined });
  }

  const intent = {
    type: 'publish' as const,
    id: `${context.runId}/${stage.id}`,
    stage: stage.id,
    pipeline: graph.pipeline.file,
    record: null,
    fingerprint,
    known: {
      fingerprint,
      duration_ms: result.duration_ms,
      ran_at_ms: Date.parse(result.created_at) || 0,
      unstable: 0,
      expect: result.expect,
      discovered: result.discovered,
      ...toldOf(result),
    },
    outputs: kept.map(({ output, digest }) => ({
      path: output.path,
      digest,
      staged: inWorkspace(layout, output.writtenAt),
      aside: null,
    })),
  };
  let changes: OutputChange[];
  try {
    changes = await publishIntent(context, intent, hashedAt, kept);
    removeStaging(fs, staging);
  } catch (error) {
    if (error instanceof UnsafePath) fs.remove(staging.root);
    throw error;
  }
  return { outputs: publishedOutputs(result.outputs), changes };
}
