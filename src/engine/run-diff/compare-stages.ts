/** One stage in two runs: what is different of its outputs, and why. Pure but for the records it looks up. */
import { compareEntries } from '../../digest/why.ts';
import type { FingerprintEntry } from '../../model/fingerprint.ts';
import type { Cause } from '../../model/plan.ts';
import type { FirstCauseKind, OutputDiff } from '../../model/run-diff.ts';
import type { ActionRecord } from '../../store/action-cache.ts';
import type { MadeResult, PastResult } from './past-results.ts';

/** Both undefined is never asked. Undefined: it made nothing, by all that is known. */
export interface StagePair {
  readonly id: string;
  readonly before: PastResult | undefined;
  readonly after: PastResult | undefined;
}

export interface StageReason {
  /** All that is different of what it depends on. */
  readonly causes: readonly Cause[];
  /** Undefined: the causes say it. */
  readonly kind: Exclude<FirstCauseKind, 'changed'> | undefined;
  readonly message: string | undefined;
}

export type LookUp = (fingerprint: string) => ActionRecord | undefined;

/** Those that differ, in the order of the second run, then what is gone. */
export function compareOutputs({ id, before, after }: StagePair): OutputDiff[] {
  const was = new Map(outputsOf(before).map((output) => [output.path, output]));
  const found: OutputDiff[] = [];
  for (const { port, path, sha256, size_bytes } of outputsOf(after)) {
    const old = was.get(path);
    was.delete(path);
    if (old?.sha256 === sha256) continue;
    const change = old ? 'changed' : 'added';
    const { sha256: hash = '', size_bytes: size = 0 } = old ?? {};
    const bytes = old ? { sha256: hash, size_bytes: size } : null;
    found.push({ stage: id, port, path, change, before: bytes, after: { sha256, size_bytes } });
  }
  for (const { port, path, sha256, size_bytes } of was.values()) {
    found.push({ stage: id, port, path, change: 'removed', before: { sha256, size_bytes }, after: null });
  }
  return found;
}

export function outputsOf(result: PastResult | undefined): MadeResult['outputs'] {
  return result?.kind === 'made' ? result.outputs : [];
}

/** Of a stage whose outputs differ. */
export function whyDifferent({ before, after }: StagePair, lookUp: LookUp): StageReason {
  if (before?.kind !== 'made') {
    const message = before ? `it was skipped before: ${clause(before.reason)}` : 'the first run did not have it';
    return { causes: [], kind: 'appeared', message };
  }
  if (after?.kind !== 'made') {
    const message = after ? `it was skipped: ${clause(after.reason)}` : 'the second run did not have it';
    return { causes: [], kind: 'disappeared', message };
  }
  if (before.isUnrecorded || after.isUnrecorded) {
    const message = 'an input changed while it ran, so what it read is not known';
    return { causes: [], kind: 'unknown', message };
  }
  if (before.fingerprint === null || after.fingerprint === null) return unknown(after);
  const [old, now] = [lookUp(before.fingerprint), lookUp(after.fingerprint)];
  if (before.fingerprint === after.fingerprint) {
    const [was, is] = [discoveredOf(old, before), discoveredOf(now, after)];
    const causes = was && is ? compareEntries(was, is) : [];
    if (causes.length > 0) return { causes, kind: undefined, message: undefined };
    if (before.degraded !== after.degraded) {
      return { causes, kind: 'fallback', message: `the inputs are the same, but ${strategies(before, after)}` };
    }
    // Who read nothing else has nothing that could have made it read something else the other time.
    const isKnown = (was && is) !== undefined || was?.length === 0 || is?.length === 0;
    if (!isKnown) return { causes, kind: 'unknown', message: NOT_KNOWN_TO_BE_SAME };
    if (before.hasVoted && after.hasVoted) {
      const message = 'the inputs are the same, but its attempts voted for another answer';
      return { causes, kind: 'vote', message };
    }
    return { causes, kind: 'same-inputs', message: 'same inputs, different output: it is not deterministic' };
  }
  if (!old || !now) return unknown(after);
  const causes = [...compareEntries(countedOf(old), countedOf(now)), ...discoveredCauses(old, before, now, after)];
  if (causes.length === 0) return unknown(after);
  return { causes, kind: undefined, message: undefined };
}

const NOT_KNOWN_TO_BE_SAME =
  'what it declares is the same; whether it read the same of anything else is not known any more';

function unknown({ reason }: MadeResult): StageReason {
  const ran = reason === '' ? '' : `; when it ran, it was because ${reason}`;
  const message = `what it depended on is not known any more: the store does not have its record${ran}`;
  return { causes: [], kind: 'unknown', message };
}

/** As it is in both runs: what is new in the contract does not change what is made. */
function countedOf({ entries }: ActionRecord): readonly FingerprintEntry[] {
  return entries.filter(({ part }) => part !== 'expect');
}

/** What the stage itself named as read. Several results of one fingerprint are told apart by the run that made them. */
function discoveredCauses(
  old: ActionRecord | undefined,
  before: MadeResult,
  now: ActionRecord | undefined,
  after: MadeResult,
): Cause[] {
  const was = discoveredOf(old, before);
  const is = discoveredOf(now, after);
  return was && is ? compareEntries(was, is) : [];
}

function discoveredOf(record: ActionRecord | undefined, { outputs, run }: MadeResult): FingerprintEntry[] | undefined {
  const isIts = (result: ActionRecord['results'][number]) =>
    result.outputs.length === outputs.length &&
    result.outputs.every(({ path, digest }, at) => {
      const output = outputs[at];
      return output?.path === path && digest.slice(2, 66) === output.sha256;
    });
  const candidates = record?.results.filter(isIts) ?? [];
  const result = candidates.find(({ run_id }) => run_id === run) ?? candidates[0];
  return result?.discovered.map(({ path, digest }) => ({ part: 'discovered', name: path, value: digest }));
}

function strategies(before: MadeResult, after: MadeResult): string {
  const named = ({ degraded }: MadeResult) =>
    degraded === null ? 'the stage itself' : `its fallback ${JSON.stringify(degraded)}`;
  return `${named(before)} made it before, ${named(after)} now`;
}

function clause(sentence: string): string {
  const text = sentence.replace(/\.$/, '');
  return text === '' ? 'no reason is kept' : text.charAt(0).toLowerCase() + text.slice(1);
}
