/** How long results count (design-notes, "Fresh for a time"). */
import type { StageGraph } from '../model/graph.ts';
import { declaredId } from '../model/instance.ts';
import type { Stage } from '../model/pipeline.ts';
import type { WorkspaceIndex } from '../store/index-file.ts';
import { stageKey, stageOfKey } from '../store/index-file.ts';

/** Whether what was made then does not count any more. Of what is from the future nobody knows how old it is. */
export function isExpired({ ttl_ms }: Pick<Stage, 'ttl_ms'>, madeAtMs: number, nowMs: number): boolean {
  if (ttl_ms === undefined) return false;
  const ageMs = nowMs - madeAtMs;
  return !(ageMs >= 0 && ageMs < ttl_ms);
}

export interface Span {
  readonly since_ms: number;
  readonly until_ms: number;
}

/** The time in which all these results count; undefined when they do so for ever. */
export function spanOf(
  stages: readonly Stage[],
  { graph, index }: { readonly graph: StageGraph; readonly index: WorkspaceIndex },
): Span | undefined {
  let span: Span | undefined;
  for (const { id, ttl_ms } of stages) {
    if (ttl_ms === undefined) continue;
    const madeAtMs = index.stages.get(stageKey(graph.pipeline.file, id))?.ran_at_ms ?? 0;
    const { since_ms = 0, until_ms = Number.POSITIVE_INFINITY } = span ?? {};
    span = { since_ms: Math.max(since_ms, madeAtMs), until_ms: Math.min(until_ms, madeAtMs + ttl_ms) };
  }
  return span;
}

/** When the next result after this time does not count any more; undefined: none ever. Instances count as their stage does. */
export function nextExpiry(
  { stages, pipeline }: Pick<StageGraph, 'stages' | 'pipeline'>,
  index: WorkspaceIndex,
  afterMs: number,
): number | undefined {
  const ttls = new Map(stages.flatMap(({ id, ttl_ms }) => (ttl_ms === undefined ? [] : [[id, ttl_ms] as const])));
  if (ttls.size === 0) return undefined;
  let next: number | undefined;
  for (const [key, { ran_at_ms }] of index.stages) {
    const id = stageOfKey(key);
    const ttl = ttls.get(id) ?? ttls.get(declaredId(id));
    if (ttl === undefined || key !== stageKey(pipeline.file, id)) continue;
    const at = ran_at_ms + ttl;
    if (at > afterMs && (next === undefined || at < next)) next = at;
  }
  return next;
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

/** As a pipeline says it: `1h30m`. */
export function ttlText(ms: number): string {
  let text = '';
  let rest = ms;
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}
