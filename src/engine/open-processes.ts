/** Who starts the processes of a build: made when the first stage is to run, with what its stages need and no more. */
import { actionsOf } from '../model/strategy.ts';
import type { Plan } from '../plan/make-plan.ts';
import type { CommandRunner } from '../ports/command-runner.ts';
import type { WorkerPool } from '../ports/worker-pool.ts';
import type { StateLayout } from '../store/layout.ts';
import { InternalError } from '../util/internal-error.ts';
import type { FrontEnd } from './loaded.ts';
import type { ClosableRunner, ClosableWorkers, EnginePorts } from './ports.ts';
import type { RunTwice } from './run-twice.ts';
import type { WorkerOwner } from './worker-owner.ts';

/** What a build starts processes with. */
export interface Means {
  readonly lockFd: number | undefined;
  readonly workers: WorkerOwner;
  /** Absent: every stage runs once. */
  readonly twice?: RunTwice | undefined;
  /** To be told when the run begins: whole sentences. */
  readonly notes?: readonly string[];
}

export interface OpenProcesses {
  readonly runner: ClosableRunner;
  /** Undefined when no stage is served by workers. */
  readonly workers: ClosableWorkers | undefined;
}

export async function openProcesses(
  ports: EnginePorts,
  { graph, types }: FrontEnd,
  toDo: Plan['stages'],
  layout: StateLayout,
  slots: number,
  { lockFd, workers }: Means,
): Promise<OpenProcesses> {
  const served = new Map(types.map(({ name, worker }) => [name, worker]));
  // Instances do what their fan-out says, which is among those to do.
  const actions = toDo.flatMap(({ index }) => (graph.stages[index] ? actionsOf(graph.stages[index]) : []));
  const ofPlugins = actions.flatMap((action) => (action.kind === 'type' ? [served.get(action.type) === true] : []));
  const plugins = ofPlugins.includes(false);
  const expected = Math.max(toDo.length, actions.length) - ofPlugins.filter((isServed) => isServed).length;
  const runner = await ports.createRunner({ plugins, expected, lockFd, ledger: layout.processes });
  if (!ofPlugins.includes(true)) return { runner, workers: undefined };
  return { runner, workers: await workers.lend({ slots, lockFd, ledger: layout.workers }) };
}

/** For a build in which nothing is to run. */
export const NOBODY: CommandRunner & WorkerPool = {
  start: () => {
    throw new InternalError('a stage runs though nothing was to do');
  },
};
