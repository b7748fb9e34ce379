/** Names cycles. graphology can only say that there is one. Iterative throughout: a chain may be 100,000 long. */
import { compareText } from '../util/compare.ts';

interface AnyEdge {
  readonly from: number;
  readonly to: number;
  readonly via: string;
}

/** Edge visits spent on looking for the shortest cycle of one knot; beyond it one without a shortcut is good enough. */
const VISITS_MAX = 400_000;

/**
 * One cycle for each strongly connected knot of stages, as its edges in order, starting at the stage whose name comes
 * first. The cycle has no shortcut: no subset of its stages is a cycle. Always the same for the same edges, whatever
 * their order; sorted by the name of the first stage.
 */
export function findCycles<E extends AnyEdge>(
  count: number,
  edges: readonly E[],
  nameOf: (index: number) => string,
): E[][] {
  const byName = (a: number, b: number) => compareText(nameOf(a), nameOf(b));
  const outgoing: E[][] = Array.from({ length: count }, () => []);
  for (const edge of edges) outgoing[edge.from]?.push(edge);

  const knots = findKnots(count, outgoing);
  const knotOf = new Int32Array(count).fill(-1);
  for (const [number, knot] of knots.entries()) for (const member of knot) knotOf[member] = number;
  // Per stage, its edges that stay in its knot.
  const inside = outgoing.map((edges, from) => {
    const kept = knotOf[from] === -1 ? [] : edges.filter((edge) => knotOf[edge.to] === knotOf[from]);
    return kept.length < 2 ? kept : kept.sort((a, b) => byName(a.to, b.to) || compareText(a.via, b.via));
  });
  const walked: Walked<E> = { cameBy: new Array<E>(count), reachedFrom: new Int32Array(count).fill(-1) };
  return knots
    .map((knot) => startAtFirst(withoutShortcut(shortestCycle(knot.sort(byName), inside, walked), inside), byName))
    .sort((a, b) => byName(a[0]?.from ?? 0, b[0]?.from ?? 0));
}

/** Per stage, from which start it was reached last and by which edge; so nothing has to be cleared in between. */
interface Walked<E> {
  readonly cameBy: E[];
  readonly reachedFrom: Int32Array;
}

/** Shortest way back to each stage in turn, by breadth; the first of the shortest wins. */
function shortestCycle<E extends AnyEdge>(
  knot: readonly number[],
  inside: readonly (readonly E[])[],
  { cameBy, reachedFrom }: Walked<E>,
): E[] {
  let best: E[] | undefined;
  let visits = 0;
  for (const start of knot) {
    let frontier = [start];
    let closing: E | undefined;
    for (let length = 1; frontier.length > 0 && !closing && length < (best?.length ?? Infinity); length++) {
      const next: number[] = [];
      for (const at of frontier) {
        for (const edge of inside[at] ?? []) {
          visits++;
          if (edge.to === start) closing ??= edge;
          else if (reachedFrom[edge.to] !== start) {
            reachedFrom[edge.to] = start;
            cameBy[edge.to] = edge;
            next.push(edge.to);
          }
        }
      }
      frontier = next;
    }
    if (closing) {
      const path = [closing];
      for (let at = closing.from; at !== start; ) {
        const edge = cameBy[at] as E;
        path.push(edge);
        at = edge.from;
      }
      best = path.reverse();
    }
    if (best && (best.length === 1 || visits > VISITS_MAX)) break;
  }
  return best ?? [];
}

/**
 * Takes the edge between two stages of the cycle that makes it shortest. Once is enough: the cycle is a shortest way
 * from its first stage, so no edge leads forward past a stage, and of those that lead back the best leaves no better.
 * Only a search that was cut short leaves anything to do.
 */
function withoutShortcut<E extends AnyEdge>(cycle: readonly E[], inside: readonly (readonly E[])[]): E[] {
  const placeOf = new Map(cycle.map((edge, place) => [edge.from, place]));
  let best: { readonly start: number; readonly end: number; readonly closing: E } | undefined;
  for (const [end, { from }] of cycle.entries()) {
    for (const edge of inside[from] ?? []) {
      const start = placeOf.get(edge.to);
      if (start === undefined || start > end) continue;
      if (end - start < (best ? best.end - best.start : cycle.length - 1)) best = { start, end, closing: edge };
    }
  }
  return best ? [...cycle.slice(best.start, best.end), best.closing] : [...cycle];
}

function startAtFirst<E extends AnyEdge>(cycle: readonly E[], byName: (a: number, b: number) => number): E[] {
  let start = 0;
  for (const [place, edge] of cycle.entries()) {
    if (byName(edge.from, (cycle[start] as E).from) < 0) start = place;
  }
  return [...cycle.slice(start), ...cycle.slice(0, start)];
}

/** Strongly connected components with a cycle in them (Tarjan, with a stack of its own). */
function findKnots<E extends AnyEdge>(count: number, outgoing: readonly (readonly E[])[]): number[][] {
  const UNSEEN = -1;
  const seenAt = new Int32Array(count).fill(UNSEEN);
  const lowest = new Int32Array(count);
  const onStack = new Uint8Array(count);
  const stack: number[] = [];
  const knots: number[][] = [];
  let clock = 0;

  for (let root = 0; root < count; root++) {
    if (seenAt[root] !== UNSEEN) continue;
    const walk: { at: number; next: number }[] = [];
    const enter = (at: number) => {
      seenAt[at] = lowest[at] = clock++;
      onStack[at] = 1;
      stack.push(at);
      walk.push({ at, next: 0 });
    };
    enter(root);
    while (walk.length > 0) {
      const frame = walk[walk.length - 1] as { at: number; next: number };
      const edge = outgoing[frame.at]?.[frame.next++];
      if (edge) {
        if (seenAt[edge.to] === UNSEEN) enter(edge.to);
        else if (onStack[edge.to]) lower(lowest, frame.at, seenAt[edge.to] as number);
        continue;
      }
      walk.pop();
      const parent = walk[walk.length - 1];
      if (parent) lower(lowest, parent.at, lowest[frame.at] as number);
      if (lowest[frame.at] !== seenAt[frame.at]) continue;
      const knot: number[] = [];
      for (let member = -1; member !== frame.at; ) {
        member = stack.pop() as number;
        onStack[member] = 0;
        knot.push(member);
      }
      const [only] = knot;
      if (knot.length > 1 || outgoing[only as number]?.some((loop) => loop.to === only)) knots.push(knot);
    }
  }
  return knots;
}

function lower(values: Int32Array, at: number, value: number): void {
  if (value < (values[at] as number)) values[at] = value;
}
