// Cycles in graphs: that they are found, are real, are as short as can be, and are always the same.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findCycles } from '../../../src/graph/find-cycle.ts';

interface Edge {
  readonly from: number;
  readonly to: number;
  readonly via: string;
}

const edge = (from: number, to: number, via = `${from}-${to}`): Edge => ({ from, to, via });
const names = Array.from({ length: 100_000 }, (_, at) => `s${at}`);
const nameOf = (index: number) => names[index] as string;

/** Which stages can be reached from which, by trying everything. */
function reachable(count: number, edges: readonly Edge[]): boolean[][] {
  const reach = Array.from({ length: count }, () => new Array<boolean>(count).fill(false));
  for (const { from, to } of edges) (reach[from] as boolean[])[to] = true;
  for (let via = 0; via < count; via++)
    for (let from = 0; from < count; from++)
      for (let to = 0; to < count; to++)
        if (reach[from]?.[via] && reach[via]?.[to]) (reach[from] as boolean[])[to] = true;
  return reach;
}

/** A cycle is a closed walk over edges that exist, through no stage twice. */
function expectRealCycle(cycle: readonly Edge[], edges: readonly Edge[]): void {
  expect(cycle.length).toBeGreaterThan(0);
  for (const [at, step] of cycle.entries()) {
    expect(edges).toContain(step);
    expect(cycle[(at + 1) % cycle.length]?.from).toBe(step.to);
  }
  expect(new Set(cycle.map(({ from }) => from)).size).toBe(cycle.length);
}

/** No edge between two of its stages but its own steps (and others beside them). */
function expectNoShortcut(cycle: readonly Edge[], edges: readonly Edge[]): void {
  const next = new Map(cycle.map(({ from, to }) => [from, to]));
  for (const { from, to } of edges) if (next.has(from) && next.has(to)) expect(next.get(from)).toBe(to);
}

const graphs = fc
  .integer({ min: 1, max: 9 })
  .chain((count) =>
    fc.tuple(
      fc.constant(count),
      fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1), fc.constantFrom('x', 'y')), { maxLength: 24 }),
    ),
  )
  .map(([count, edges]) => ({ count, edges: edges.map(([from, to, via]) => edge(from, to, via)) }));

test('property: one real cycle without a shortcut for each knot, and none where there is none', () => {
  fc.assert(
    fc.property(graphs, ({ count, edges }) => {
      const cycles = findCycles(count, edges, nameOf);
      const reach = reachable(count, edges);
      const inKnots = Array.from({ length: count }, (_, at) => at).filter((at) => reach[at]?.[at]);
      const knotOf = (at: number) => inKnots.find((other) => reach[at]?.[other] && reach[other]?.[at]);
      expect(cycles.map((cycle) => knotOf(cycle[0]?.from as number)).sort()).toEqual(
        [...new Set(inKnots.map(knotOf))].sort(),
      );
      for (const cycle of cycles) {
        expectRealCycle(cycle, edges);
        expectNoShortcut(cycle, edges);
        const members = cycle.map(({ from }) => nameOf(from));
        expect(members[0]).toBe([...members].sort()[0]);
      }
      const firsts = cycles.map((cycle) => nameOf(cycle[0]?.from as number));
      expect(firsts).toEqual([...firsts].sort());
    }),
    { numRuns: 500 },
  );
});

test('property: no cycle of a knot is shorter', () => {
  fc.assert(
    fc.property(graphs, ({ count, edges }) => {
      for (const cycle of findCycles(count, edges, nameOf)) {
        const start = cycle[0]?.from as number;
        const reach = reachable(count, edges);
        const knot = Array.from({ length: count }, (_, at) => at).filter(
          (at) => reach[start]?.[at] && reach[at]?.[start],
        );
        // Shortest closed walk by powers: after n rounds, `walks` holds who is n steps away.
        let shortest = Infinity;
        for (const from of knot) {
          let walks = new Set([from]);
          for (let steps = 1; steps <= count && shortest > steps; steps++) {
            walks = new Set(edges.filter((one) => walks.has(one.from)).map((one) => one.to));
            if (walks.has(from)) shortest = Math.min(shortest, steps);
          }
        }
        expect(cycle.length).toBe(shortest);
      }
    }),
  );
});

test('property: the same cycles whatever the order of the edges', () => {
  const shuffled = graphs.chain(({ count, edges }) =>
    fc.tuple(fc.constant(count), fc.constant(edges), fc.shuffledSubarray(edges, { minLength: edges.length })),
  );
  fc.assert(
    fc.property(shuffled, ([count, edges, other]) => {
      expect(findCycles(count, other, nameOf)).toEqual(findCycles(count, edges, nameOf));
    }),
  );
});

test('property: the same cycles, by name, whatever the order of the stages', () => {
  const renumbered = graphs.chain(({ count, edges }) => {
    const numbers = Array.from({ length: count }, (_, at) => at);
    return fc.tuple(fc.constant(count), fc.constant(edges), fc.shuffledSubarray(numbers, { minLength: count }));
  });
  fc.assert(
    fc.property(renumbered, ([count, edges, numbers]) => {
      const byName = (cycles: readonly (readonly Edge[])[], name: (index: number) => string) =>
        cycles.map((cycle) => cycle.map(({ from, to, via }) => [name(from), name(to), via]));
      const moved = edges.map(({ from, to, via }) => edge(numbers[from] as number, numbers[to] as number, via));
      const movedName = (index: number) => nameOf(numbers.indexOf(index));
      expect(byName(findCycles(count, moved, movedName), movedName)).toEqual(
        byName(findCycles(count, edges, nameOf), nameOf),
      );
    }),
  );
});

const LONG = 100_000;
const chain = Array.from({ length: LONG - 1 }, (_, at) => edge(at, at + 1));

test('a chain of 100,000 has none', () => {
  expect(findCycles(LONG, chain, nameOf)).toEqual([]);
});

test('a cycle of 100,000 is named whole', () => {
  const edges = [...chain, edge(LONG - 1, 0)];
  const cycles = findCycles(LONG, edges, nameOf);
  expect(cycles).toHaveLength(1);
  expect(cycles[0]).toHaveLength(LONG);
  expect(cycles[0]?.[0]).toEqual(edge(0, 1));
});

test('a short cycle hidden in a huge one is found even when the search gives up early', () => {
  // s0 is on the huge cycle only; the search from it and its neighbours uses up what it may look at.
  const edges = [...chain, edge(LONG - 1, 0), edge(70_002, 70_000)];
  const [cycle = []] = findCycles(LONG, edges, nameOf);
  expect(cycle.map(({ from }) => from)).toEqual([70_000, 70_001, 70_002]);
});

test('50,000 pairs are 50,000 cycles', () => {
  const edges = Array.from({ length: LONG / 2 }, (_, at) => [
    edge(2 * at, 2 * at + 1),
    edge(2 * at + 1, 2 * at),
  ]).flat();
  expect(findCycles(LONG, edges, nameOf)).toHaveLength(LONG / 2);
});

test('10,000 stages that all wait for each other through one are quick too', () => {
  const edges = Array.from({ length: 9_999 }, (_, at) => [edge(0, at + 1), edge(at + 1, 0)]).flat();
  expect(findCycles(10_000, edges, nameOf)).toEqual([[edge(0, 1), edge(1, 0)]]);
});
