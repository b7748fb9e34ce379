// The heap of stages that could start, and which of them goes first.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { connect } from '../../../src/graph/connect.ts';
import type { StageGraph } from '../../../src/model/graph.ts';
import { byRemainingPath } from '../../../src/run/critical-path.ts';
import { ReadyQueue } from '../../../src/run/ready-queue.ts';
import { locationOf, makePipeline, makeStage } from '../../support/make-stage.ts';

test('property: what comes out is always the foremost of what is in', () => {
  const steps = fc.array(fc.oneof(fc.integer({ min: 0, max: 30 }), fc.constant('pop' as const)), { maxLength: 80 });
  fc.assert(
    fc.property(steps, (todo) => {
      const queue = new ReadyQueue((a, b) => b - a);
      let model: number[] = [];
      for (const step of todo) {
        if (step === 'pop') {
          model.sort((a, b) => b - a);
          expect(queue.pop()).toBe(model[0]);
          model = model.slice(1);
        } else {
          queue.push(step);
          model.push(step);
        }
        expect(queue.size).toBe(model.length);
      }
    }),
  );
});

function graphOf(edges: Readonly<Record<string, string>>): StageGraph {
  const ids = [...new Set(Object.entries(edges).flat())];
  const stages = ids.map((id) => makeStage(id, { needs: edges[id] === undefined ? [] : [edges[id]] }));
  const { graph } = connect(makePipeline(stages), locationOf);
  if (!graph) throw new Error('no graph');
  return graph;
}

function order(graph: StageGraph, durations: Readonly<Record<string, number>>): string[] {
  const idOf = (at: number) => graph.stages[at]?.id ?? '';
  const before = byRemainingPath(graph, (at) => durations[idOf(at)]);
  return graph.stages
    .map((_, at) => at)
    .sort(before)
    .map(idOf);
}

test('the longest known path that still lies before a stage decides, not its own time', () => {
  // long: 1 + 50 = 51; big: 20
  expect(order(graphOf({ tail: 'long', lone: 'big' }), { long: 1, tail: 50, big: 10, lone: 10 })).toEqual([
    'long',
    'tail',
    'big',
    'lone',
  ]);
});

test('equal paths go by name', () => {
  const graph = graphOf({ b2: 'b1', a2: 'a1', c2: 'c1' });
  expect(order(graph, {})).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'c2']);
});

test('a stage that never ran counts as a second', () => {
  const graph = graphOf({ x: 'never', y: 'known' });
  expect(order(graph, { known: 1_001, x: 0, y: 0 })[0]).toBe('known');
  expect(order(graph, { known: 999, x: 0, y: 0 })[0]).toBe('never');
});
