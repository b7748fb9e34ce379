// The graph for whoever waits at a prompt: what a build kept, or read anew where that is soon done.
import { expect, test } from 'vitest';
import { createWorkspace } from '../../src/engine/workspace.ts';
import { EngineProject } from '../support/engine-project.ts';

const STAGES = { first: { outputs: { o: 'a' } }, second: { inputs: { i: 'a' }, outputs: { o: 'b' } } };
const PADDING = { description: 'x'.repeat(64 * 1024) };

/** Ids of the stages; looking must change nothing. */
async function glance(project: EngineProject): Promise<string[] | undefined> {
  const before = project.fs.tree(project.dir);
  const request = { file: `${project.dir}/pipeline.yaml`, params: [] };
  const graph = await createWorkspace(project.ports(), project.dir).glance(request);
  expect(project.fs.tree(project.dir)).toEqual(before);
  return graph?.stages.map(({ id }) => id);
}

test('a small pipeline is read', async () => {
  const project = new EngineProject();
  project.pipeline(STAGES);
  expect(await glance(project)).toEqual(['first', 'second']);
});

test('a large one only if a build kept it, as it is now', async () => {
  const project = new EngineProject();
  project.pipeline({ ...STAGES, first: { ...STAGES.first, ...PADDING } });
  expect(await glance(project)).toBeUndefined();
  await project.build();
  expect(await glance(project)).toEqual(['first', 'second']);
  project.pipeline({ ...STAGES, first: { ...STAGES.first, description: `${PADDING.description}x` } });
  expect(await glance(project)).toBeUndefined();
});

test('a pipeline with mistakes has none, and one that is not there', async () => {
  const project = new EngineProject();
  expect(await glance(project)).toBeUndefined();
  project.pipeline({
    first: { inputs: { i: 'b' }, outputs: { o: 'a' } },
    second: { inputs: { i: 'a' }, outputs: { o: 'b' } },
  });
  expect(await glance(project)).toBeUndefined();
});
