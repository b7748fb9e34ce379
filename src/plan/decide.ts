/**
 * Fresh, restore or run: the decision about one stage whose producers are done. Looks, changes nothing.
 *
 *   fresh    the workspace holds exactly what the record of the current fingerprint names
 *   restore  it does not, but the store does
 *   run      otherwise
 */

import { fingerprintTotal, withAnswers } from '../digest/fingerprint.ts';
import type { DigestOf, ResolvedPort } from '../digest/resolve-inputs.ts';
import { resolveInputs } from '../digest/resolve-inputs.ts';
import { isUnreadable } from '../digest/unreadable.ts';
import type { Digest } from '../model/digest.ts';
import type { Stage } from '../model/pipeline.ts';
import type { Answers, AwaitedAnswer } from '../model/question.ts';
import type { ActionResult } from '../store/action-cache.ts';
import { stageKey } from '../store/index-file.ts';
import { isExpired } from './ttl.ts';
import { findWaiting } from './waiting.ts';
import type { WorkspaceState } from './workspace-state.ts';
import { gatherOf } from './workspace-state.ts';

export interface Decided {
  readonly decision: 'fresh' | 'restore' | 'run';
  /** Of the current inputs; empty when an input is missing. */
  readonly fingerprint: string;
  /** The same without answers. */
  readonly base: string;
  readonly answers: Answers;
  /** It would run, but a person has to answer first. */
  readonly waiting: AwaitedAnswer | undefined;
  readonly inputs: readonly ResolvedPort[];
  readonly missingInputs: readonly string[];
  /** What lies at each output path now; undefined where nothing does. */
  readonly found: ReadonlyMap<string, Digest | undefined>;
  /** What to restore; for `fresh`, what was found by its record rather than by the index. */
  readonly result: ActionResult | undefined;
  /** What the store should have had for this stage and has not; only where that is why it runs. */
  readonly lost: Lost | undefined;
  /** When what it would have been fresh with was made, where that is too long ago; else absent. */
  readonly expiredMs?: number;
  /** Fresh, but its contract is not the one its outputs were checked against. */
  readonly contractChanged: boolean;
}

/**
 * All that it would run with: the fingerprint, or what there is of its parts while some of them are missing; or why nobody
 * knows whether it would run.
 */
export function triedAs(tried: Decided | Error): string {
  if (tried instanceof Error) return tried.message;
  const { fingerprint, inputs, missingInputs } = tried;
  return fingerprint === '' ? JSON.stringify([inputs, missingInputs]) : fingerprint;
}

/** A damaged record, or outputs it names whose bytes are not there. */
export type Lost = 'record' | ActionResult['outputs'];

/** Errors: those of reading inputs (see `isUnreadable`). */
export async function decide(state: WorkspaceState, at: number, digestOf: DigestOf): Promise<Decided> {
  const decided = await decideByRecords(state, at, digestOf);
  if (decided.decision !== 'run' || decided.missingInputs.length > 0) return decided;
  const { id, always } = state.graph.stages[at] as Stage;
  const waiting = await findWaiting({
    stage: id,
    questions: state.index.questions.get(stageKey(state.graph.pipeline.file, id)),
    base: decided.base,
    given: state.answers.of(id),
    insists: always || state.forced.has(at),
  });
  return waiting ? { ...decided, waiting } : decided;
}

async function decideByRecords(state: WorkspaceState, at: number, digestOf: DigestOf): Promise<Decided> {
  const { graph, fs, layout, index } = state;
  const stage = graph.stages[at] as Stage;
  const { ports, missing } = await resolveInputs(stage, fs, layout.workspace, digestOf, state.digests, gatherOf(state));

  const found = new Map<string, Digest | undefined>();
  for (const port of stage.outputs) {
    for (const item of port.items) {
      try {
        const digest = digestOf(item.path);
        found.set(item.path, digest instanceof Promise ? await digest : digest);
      } catch (error) {
        // What cannot be read is none of ours, just as if nothing were there; it is displaced when it is in the way.
        if (!isUnreadable(error)) throw error;
        found.set(item.path, undefined);
      }
    }
  }
  const nothing = { result: undefined, lost: undefined, contractChanged: false, waiting: undefined };
  const looked = { inputs: ports, missingInputs: missing, found, ...nothing };
  if (missing.length > 0) return { ...looked, decision: 'run', fingerprint: '', base: '', answers: {} };

  const base = fingerprintTotal(state.declaredHashes[at] as string, ports);
  const given = state.answers.of(stage.id);
  const answers = given?.ok ? given.value : {};
  const fingerprint = withAnswers(base, answers);
  const run = { ...looked, base, answers };
  if (stage.always || state.forced.has(at) || state.interrupted.has(stage.id))
    return { ...run, decision: 'run', fingerprint };

  // What is known of the stage counts only if it is about this fingerprint: outputs are shared between pipelines.
  const latest = index.stages.get(stageKey(graph.pipeline.file, stage.id));
  const known = latest?.fingerprint === fingerprint ? latest : undefined;
  const contract = state.contractHashes[at] as string;
  const isOld = (madeAtMs: number) => stage.ttl_ms !== undefined && isExpired(stage, madeAtMs, state.nowMs());
  if (found.size === 0) {
    const fresh = known !== undefined && (await discoveredHold(known.discovered, digestOf));
    if (fresh && isOld(known.ran_at_ms)) return { ...run, decision: 'run', fingerprint, expiredMs: known.ran_at_ms };
    return { ...run, decision: fresh ? 'fresh' : 'run', fingerprint };
  }

  const indexed = [...found].every(([path, digest]) => {
    const output = index.outputs.get(path);
    // What another stage of this pipeline made there is to become this one's, so that nobody takes it away with that.
    if (output?.pipeline === graph.pipeline.file && output.stage !== stage.id) return false;
    return digest !== undefined && output?.fingerprint === fingerprint && output.digest === digest;
  });
  if (indexed && known && (await discoveredHold(known.discovered, digestOf))) {
    if (isOld(known.ran_at_ms)) return { ...run, decision: 'run', fingerprint, expiredMs: known.ran_at_ms };
    return { ...run, decision: 'fresh', fingerprint, contractChanged: contract !== known.expect };
  }

  const record = state.readStore ? state.actions.look(fingerprint) : 'absent';
  const result = typeof record === 'object' ? await currentResult(record.results, digestOf) : undefined;
  if (!result) return { ...run, decision: 'run', fingerprint, lost: record === 'damaged' ? 'record' : undefined };
  const madeAtMs = Date.parse(result.created_at);
  if (isOld(madeAtMs)) return { ...run, decision: 'run', fingerprint, expiredMs: madeAtMs };
  const contractChanged = contract !== result.expect;
  if (result.outputs.every(({ path, digest }) => found.get(path) === digest)) {
    return { ...run, decision: 'fresh', fingerprint, result, contractChanged };
  }
  if (contractChanged || !stage.outputs.every((port) => port.cache)) return { ...run, decision: 'run', fingerprint };
  const lost = result.outputs.filter(({ digest }) => !state.blobs.holds(digest));
  return lost.length === 0
    ? { ...run, decision: 'restore', fingerprint, result }
    : { ...run, decision: 'run', fingerprint, lost };
}

/** The result whose discovered inputs are as they were. */
async function currentResult(results: readonly ActionResult[], digestOf: DigestOf): Promise<ActionResult | undefined> {
  for (const result of results) {
    if (await discoveredHold(result.discovered, digestOf)) return result;
  }
  return undefined;
}

async function discoveredHold(discovered: ActionResult['discovered'], digestOf: DigestOf): Promise<boolean> {
  for (const { path, digest } of discovered) if ((await digestOf(path)) !== digest) return false;
  return true;
}
