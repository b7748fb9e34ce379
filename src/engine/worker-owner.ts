/** Whose workers a build uses, and when they end: with the build, or with whoever keeps them for the next one. */
import type { ClosableWorkers, EnginePorts } from './ports.ts';

type WorkerOptions = Parameters<EnginePorts['createWorkers']>[0];

export interface WorkerOwner {
  lend(options: WorkerOptions): Promise<ClosableWorkers>;
  /** Resolves to sentences that are warnings. */
  giveBack(workers: ClosableWorkers): Promise<readonly string[]>;
  /** Ends all that are kept. */
  close(): Promise<void>;
}

/** For one build. */
export function passingWorkers(ports: EnginePorts): WorkerOwner {
  return {
    lend: (options) => ports.createWorkers(options),
    giveBack: (workers) => workers.close(),
    close: () => Promise.resolve(),
  };
}

/** From build to build. One build at a time, all with as many slots as the first that needs workers. */
export function keptWorkers(ports: EnginePorts): WorkerOwner {
  let kept: Promise<ClosableWorkers> | undefined;
  return {
    lend: (options) => {
      // The lock is that of one build.
      kept ??= ports.createWorkers({ ...options, lockFd: undefined });
      return kept;
    },
    giveBack: async (workers) => workers.rest(),
    close: async () => {
      await (await kept)?.close();
      kept = undefined;
    },
  };
}
