/** Where completion looks: plugins' manifests, pipelines, runs. Reads only; no code of a plugin is run. */
import { posix, resolve } from 'node:path';
import { createWorkspace } from '../engine/workspace.ts';
import { createNodePorts } from '../host/node-ports.ts';
import { stateLayout } from '../store/layout.ts';
import { listRuns, stagesOfRuns } from '../store/run-records.ts';
import type { CompletionSources, OpenSources } from './complete.ts';
import { findWorkspace } from './find-workspace.ts';
import { makeProgram } from './program.ts';
import { readParams } from './session.ts';
import type { Variables } from './variables.ts';

export function openSources(variables: Variables): OpenSources {
  return (directory): CompletionSources => {
    const cwd = resolve(directory ?? variables['WRANGLE_DIRECTORY'] ?? '.');
    const ports = createNodePorts();
    const dir = findWorkspace(cwd);
    const workspace = createWorkspace(ports, dir);
    const { state, lock } = stateLayout(dir);
    return {
      isElsewhere: cwd !== resolve('.'),
      program: (wanted, plugged) => makeProgram(() => async () => {}, wanted, {}, plugged),
      types: async () => (await workspace.plugins()).plugins.flatMap((plugin) => plugin.types),
      pipeline: async ({ file = variables['WRANGLE_FILE'], ...flags }) => {
        const params = await readParams({ ports, workspace, cwd }, flags);
        const request = { file: file === undefined ? undefined : resolve(cwd, file), params };
        const graph = await workspace.glance(request);
        return graph
          ? { stages: graph.stages, params: Object.keys(graph.pipeline.params) }
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
