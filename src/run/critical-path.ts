/** Which stages should start first: those with the longest known path still before them. */
import type { StageGraph } from '../model/graph.ts';
import { compareText } from '../util/compare.ts';

/** Taken for a stage that never ran; history replaces it after the first run. */
const UNKNOWN_MS = 1_000;

/**
 * Comparator for the ready queue: longest remaining path first, then by name. `durationOf` is in milliseconds; `fanOutOf`
 * names the fan-out of an instance.
 */
export function byRemainingPath(
  graph: StageGraph,
  durationOf: (stage: number) => number | undefined,
  fanOutOf: (stage: number) => number | undefined = () => undefined,
): (a: number, b: number) => number {
  const remaining = new Float64Array(graph.stages.length);
  for (let stage = graph.stages.length - 1; stage >= 0; stage--) {
    let longest = 0;
    for (const consumer of graph.consumers[stage] ?? []) longest = Math.max(longest, remaining[consumer] as number);
    remaining[stage] = longest + (durationOf(stage) ?? UNKNOWN_MS);
  }
  const nameOf = (stage: number) => graph.stages[stage]?.id ?? '';
  return (a, b) => {
    const [wholeOfA, wholeOfB] = [fanOutOf(a), fanOutOf(b)];
    // Those of one fan-out are in the order of its list.
    if (wholeOfA !== undefined && wholeOfA === wholeOfB) return a - b;
    const [one, other] = [wholeOfA ?? a, wholeOfB ?? b];
    return (remaining[other] as number) - (remaining[one] as number) || compareText(nameOf(a), nameOf(b));
  };
}
