/** Chooses the real ports. Nothing else in the engine knows which ones they are. */
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { EnginePorts } from '../engine/ports.ts';
import { findHolder } from './lock-holder.ts';
import { NodeFileSystem } from './node-file-system.ts';
import { SystemClock } from './system-clock.ts';
import { VERSION } from './version.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

export function createNodePorts(): EnginePorts {
  const bootId = readBootId();
  return {
    fs: new NodeFileSystem(),
    clock: new SystemClock(),
    // Only when it is needed: starting a process takes modules that a build with nothing to do can spare.
    lock: {
      acquire: async (request) => {
        const { FlockLock } = await import('./flock-lock.ts');
        return new FlockLock().acquire(request);
      },
      holder: findHolder,
    },
    createRunner: async ({ plugins, expected, lockFd, ledger }) => {
      const { createCommandRunner } = await import('./process-runner.ts');
      return createCommandRunner({ plugins, expected, inheritFd: () => lockFd, ledger: { path: ledger, bootId } });
    },
    createWorkers: async ({ slots, lockFd, ledger }) => {
      const { NodeWorkerPool } = await import('./worker-pool.ts');
      return new NodeWorkerPool({ slots, inheritFd: lockFd, ledger: { path: ledger, bootId } });
    },
    endSurvivors: async (ledger) => {
      const { endSurvivors } = await import('./survivors.ts');
      return endSurvivors(ledger, bootId);
    },
    collectGarbage: () => {
      setFlagsFromString('--expose-gc');
      runInNewContext('gc')();
    },
    env: process.env,
    platform: {
      os: process.platform,
      arch: process.arch,
      nodeMajor: Number(process.versions.node.split('.')[0]),
    },
    bootId,
    pid: process.pid,
    capacity,
    nodePath: process.execPath,
    version: VERSION,
    random: Math.random,
    randomId: (length) => Array.from({ length }, () => LETTERS[randomInt(LETTERS.length)]).join(''),
  };
}

/** In a container, what that may have. */
function capacity(): { cores: number; memoryBytes: number } {
  const memory = process.constrainedMemory();
  const total = totalmem();
  return { cores: availableParallelism(), memoryBytes: memory > 0 ? Math.min(memory, total) : total };
}

/** Linux only; elsewhere a restart of the machine is not noticed, and only the racy rule protects. */
function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}
