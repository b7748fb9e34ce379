/** A stage that is skipped: what it made once goes before anybody could read it, and its consumers are skipped too. */
import type { Failure } from '../model/event.ts';
import type { OutputChange } from '../model/output-change.ts';
import type { Stage } from '../model/pipeline.ts';
import { inWorkspace } from '../store/layout.ts';
import { leadsOutside } from '../store/publish.ts';
import type { Withdrawn } from '../store/withdraw.ts';
import { removeEmptyFolders, standing, withdraw } from '../store/withdraw.ts';
import type { BuildContext } from './build-context.ts';
import { environmentFailure } from './build-context.ts';
import { emit, log } from './events.ts';
import type { Verdict } from './scheduler.ts';

/** A failure that may be skipped. */
export interface SkippedFailure {
  readonly attempt: number;
  readonly duration_ms: number;
  readonly failure: Failure;
}

/** `reason` is a sentence. Errors: rejects with `EnvironmentFailure` when the disk fails. */
export async function skipStage(
  context: BuildContext,
  stage: Stage,
  reason: string,
  failed?: SkippedFailure,
): Promise<Verdict> {
  const paths = stage.outputs.flatMap((port) => port.items.map((item) => item.path));
  const changes = await withdrawOutputs(context, stage.id, paths, 'It was skipped');
  emit(context, 'task_skipped', stage.id, reason, { reason, ...failed, changes });
  return { outcome: 'skipped', stops: 'consumers' };
}

/** `because` begins a sentence: "It was skipped". `folders`: as of `WithdrawIntent`. Errors: rejects with `EnvironmentFailure` when the disk fails. */
export async function withdrawOutputs(
  context: BuildContext,
  stage: string,
  paths: readonly string[],
  because: string,
  folders: readonly string[] = [],
): Promise<OutputChange[]> {
  const { state, journal, promised } = context;
  const { fs, layout, digests, blobs, index } = state;
  const parts = { fs, layout, digests, blobs, index, promised };
  for (const path of paths) warnLeft(context, stage, path, because);
  const id = `${context.runId}/${stage}`;
  try {
    if (standing(parts, paths).length === 0) {
      for (const path of paths) index.outputs.delete(path);
      removeEmptyFolders(parts, folders);
      return [];
    }
    const outputs = paths.map((path) => ({ path, aside: null }));
    await journal.append({ type: 'withdraw', id, stage, outputs, folders });
    const withdrawn = await withdraw(parts, paths, folders);
    journal.close(id);
    for (const one of withdrawn) warnDisplaced(context, stage, one, because);
    return withdrawn.map(changeOf);
  } catch (error) {
    throw environmentFailure(`remove the outputs of stage ${JSON.stringify(stage)}`, error);
  }
}

function warnLeft(context: BuildContext, stage: string, path: string, because: string): void {
  const { fs, layout } = context.state;
  const to = leadsOutside(fs, layout, path);
  if (to === undefined || fs.lstat(inWorkspace(layout, path)) === undefined) return;
  const message = `${because}, so ${JSON.stringify(path)} is no longer true; it was left, since its folder leads outside the workspace, to ${JSON.stringify(to)}.`;
  log(context, 'warning', stage, message, 'output-left');
}

function changeOf({ path, recorded, digest, displaced }: Withdrawn): OutputChange {
  return { path, before: digest ?? null, recorded, displaced: displaced ?? null, new_folders: [], after: null };
}

function warnDisplaced(context: BuildContext, stage: string, { path, displaced }: Withdrawn, because: string): void {
  if (displaced === undefined) return;
  const message = `${because}, so ${JSON.stringify(path)} is no longer true; it is now in ${JSON.stringify(displaced)}.`;
  log(context, 'warning', stage, message, 'output-displaced');
}
