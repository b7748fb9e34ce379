/** What the stages of a build take of pools and of the machine. */
import type { Stage } from '../model/pipeline.ts';
import type { Demand, Limits } from './admission.ts';
import type { BuildContext } from './build-context.ts';
import { log } from './events.ts';

/** Undefined when none of them takes anything. What is too large for the machine is a warning. */
export function limitsOf(context: BuildContext, toDo: readonly number[]): Limits | undefined {
  const { graph } = context.state;
  const limited = toDo.filter((at) => isLimited(graph.stages[at] as Stage));
  if (limited.length === 0) return undefined;
  const { cores: cpus, memoryBytes } = context.capacity();
  const demands = new Map<number, Demand>();
  for (const at of limited) {
    const stage = graph.stages[at] as Stage;
    const { resources, pool, exclusive } = stage;
    const manyCpus = resources.cpus !== undefined && resources.cpus > cpus;
    const muchMemory = resources.memory_bytes !== undefined && resources.memory_bytes > memoryBytes;
    if (manyCpus) warn(context, stage, `${resources.cpus} processors ("resources.cpus"), and there are ${cpus}`);
    if (muchMemory) {
      const [wanted, there] = [mebibytes(resources.memory_bytes ?? 0), mebibytes(memoryBytes)];
      warn(context, stage, `${wanted} of memory ("resources.memory"), and there are ${there}`);
    }
    demands.set(at, {
      pool,
      cpus: Math.min(resources.cpus ?? 0, cpus),
      memoryBytes: Math.min(resources.memory_bytes ?? 0, memoryBytes),
      exclusive: exclusive || manyCpus || muchMemory,
    });
  }
  const { fanOuts } = context.state;
  // An instance takes what its fan-out is declared to take.
  const get = (at: number) => demands.get(fanOuts?.fanOutOf(at) ?? at);
  return { demands: { get }, pools: graph.pipeline.pools ?? {}, cpus, memoryBytes };
}

function isLimited({ pool, exclusive, resources }: Stage): boolean {
  return pool !== undefined || exclusive || resources.cpus !== undefined || resources.memory_bytes !== undefined;
}

function warn(context: BuildContext, { id }: Stage, wants: string): void {
  log(context, 'warning', id, `It asks for ${wants}: it runs alone.`, 'resources-exceed-machine');
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
