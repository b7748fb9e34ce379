// What it costs to start one short command from Node, by each of the two doors. Knows neither tools nor workloads.
import { spawn } from 'node:child_process';
import { execa } from 'execa';
import { median } from './measure.mjs';

const COMMAND = ['/bin/sh', ['-e', '-c', ':']];
const AT_ONCE = 2;
/** As the engine starts them: a process group of their own, output through pipes. */
const STDIO = { detached: true, stdio: ['ignore', 'pipe', 'pipe'] };

const doors = { spawn: spawnOnce, execa: execaOnce };

/** Milliseconds a command, two at a time, the doors taking turns. Shape: `{ spawn, execa }`, medians of `rounds`. */
export async function measureDispatch(count, rounds) {
  const all = { spawn: [], execa: [] };
  for (let round = 0; round < rounds; round++) {
    for (const [name, start] of Object.entries(doors)) {
      const startedAt = performance.now();
      let left = count;
      const lane = async () => {
        while (left-- > 0) await start();
      };
      await Promise.all(Array.from({ length: AT_ONCE }, lane));
      all[name].push((performance.now() - startedAt) / count);
    }
  }
  return { spawn: median(all.spawn), execa: median(all.execa) };
}

function spawnOnce() {
  return new Promise((resolve, reject) => {
    const child = spawn(...COMMAND, STDIO);
    child.stdout.resume();
    child.stderr.resume();
    child.once('error', reject);
    child.once('close', resolve);
  });
}

async function execaOnce() {
  const child = execa(...COMMAND, { ...STDIO, cleanup: false, buffer: false, reject: false });
  child.stdout.resume();
  child.stderr.resume();
  await child;
}
