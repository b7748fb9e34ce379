/** Where completion looks: plugins' manifests, pipelines, runs. Reads only; no code of a plugin is run. */
import { posix, resolve } from 'node:path';
import { createWorkspace } from '../engine/workspace.ts';
import { createNodePorts } from '../host/node-ports.ts';
import type { StageGraph } from '../model/graph.ts';
import { readIndex, stageKey, stageOfKey } from '../store/index-file.ts';
import { stateLayout } from '../store/layout.ts';
import { listRuns, stagesOfRuns } from '../store/run-records.ts';
import type { CompletionSources, OpenSources } from './complete.ts';
import { findWorkspace } from './find-workspace.ts';
import { makeProgram } from './program.ts';
import { readParams } from './session.ts';
import type { Variables } from './variables.ts';

/** Instances that have succeeded are offered by name; nobody looks through more of them. */
const ITEMS_MAX = 1_000;

export function openSources(variables: Variables): OpenSources {
  return (directory): CompletionSources => {
    const cwd = resolve(directory ?? variables['WRANGLE_DIRECTORY'] ?? '.');
    const ports = createNodePorts();
    const dir = findWorkspace(cwd);
    const workspace = createWorkspace(ports, dir);
    const { state, lock, index } = stateLayout(dir);
    const itemsOf = ({ stages, pipeline }: StageGraph) => {
      const fanOuts = stages.filter(({ foreach }) => foreach).map(({ id }) => `${stageKey(pipeline.file, id)}@`);
      if (fanOuts.length === 0) return [];
      const known = [...readIndex(ports.fs, index, 'any').stages.keys()];
      const found = known.filter((key) => fanOuts.some((fanOut) => key.startsWith(fanOut)));
      return found.length > ITEMS_MAX ? [] : found.map((key) => ({ id: stageOfKey(key), description: 'one item' }));
    };
    return {
      isElsewhere: cwd !== resolve('.'),
      program: (wanted, plugged) => makeProgram(() => async () => {}, wanted, {}, plugged),
      types: async () => (await workspace.plugins()).plugins.flatMap((plugin) => plugin.types),
      pipeline: async ({ file = variables['WRANGLE_FILE'], ...flags }) => {
        const params = await readParams({ ports, workspace, cwd }, flags);
        const request = { file: file === undefined ? undefined : resolve(cwd, file), params };
        const graph = await workspace.glance(request);
        return graph
          ? { stages: [...graph.stages, ...itemsOf(graph)], params: Object.keys(graph.pipeline.params) }
          : { stages: [...stagesOfRuns(ports.fs, state)].map((id) => ({ id })), params: [] };
      },
      runs: () => listRuns(ports.fs, state, ports.lock.holder(lock)),
      pipelines: () => {
        const names = (ports.fs.readFolder(`${dir}/pipelines`) ?? []).map(({ name }) => name);
        return names
          .filter((name) => /\.ya?ml$/.test(name))
          .map((name) => posix.relative(cwd, `${dir}/pipelines/${name}`));
      },
    };
  };
}
