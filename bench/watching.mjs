// What watching costs: how soon after an edit its stage starts, and what thousands of edits leave behind. Knows no other tool.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const CLI = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist/wrangle.cjs');
/** How long wrangle waits for more to come after an edit; see `src/watch/watcher.ts`. */
export const SETTLE_MS = 100;
const EDITS = 20;
/** Between the end of a round and the next edit, as somebody who looks at what came of it. */
const LOOK_MS = 300;
/** Saved one after the other, so that they are one round. */
const EDITS_A_ROUND = 5;
const SAMPLES = 10;

/** `watch:N` or `edits:N`. Shape: `{ kind, count }`; undefined for other workloads. */
export function watchingOf(name) {
  const match = /^(watch|edits):([1-9]\d*)$/.exec(name);
  return match ? { kind: match[1], count: Number(match[2]) } : undefined;
}

/**
 * Builds `count` stages, each of which reads a file of its own, and edits one file after the other.
 * Shape: `{ kind: 'watch', count, ms: [milliseconds from the end of the edit to the start of the command] }`.
 * Errors: throws when a round runs anything else than the stage whose file was edited.
 */
export async function measureWatch({ count, scratch, note }) {
  const dir = makeTree(scratch, count, (at) => ({
    run: `date +%s%N > \${{ outputs.o }}; cat \${{ inputs.i }} >> \${{ outputs.o }}`,
    inputs: { i: `src/${at}.txt` },
    outputs: { o: `out/${at}.txt` },
  }));
  const watching = openWatching(dir);
  note(`watch:${count}: the first round builds all`);
  await watching.round();
  const ms = [];
  for (let edit = 1; edit <= EDITS; edit++) {
    const at = Math.floor((edit * count) / (EDITS + 1));
    const text = `edit ${edit}\n`;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    writeFileSync(join(dir, `src/${at}.txt`), text);
    const editedMs = performance.timeOrigin + performance.now();
    const { ran } = await watching.round();
    const [started, copied] = readFileSync(join(dir, `out/${at}.txt`), 'utf8').split('\n');
    if (ran !== 1 || `${copied}\n` !== text)
      throw new Error(`edit ${edit}: ${ran} stages ran, and it holds "${copied}"`);
    ms.push(Number(started) / 1e6 - editedMs);
  }
  await watching.end();
  note(`watch:${count}: ${ms.map((one) => one.toFixed(0)).join(' ')} ms from edit to start`);
  return { kind: 'watch', count, ms };
}

/**
 * Edits a file of a small pipeline `count` times, some edits a round, and looks at wrangle from time to time.
 * Shape: `{ kind: 'edits', count, rounds, samples: [{ edits, rssMib, files }] }`.
 */
export async function measureEdits({ count, scratch, note }) {
  const dir = makeTree(scratch, 3, (at) => ({
    run: `cat \${{ inputs.i }} > \${{ outputs.o }}`,
    inputs: { i: at === 0 ? 'src/0.txt' : `out/${at - 1}.txt` },
    outputs: { o: `out/${at}.txt` },
  }));
  const watching = openWatching(dir);
  await watching.round();
  const samples = [];
  let rounds = 0;
  for (let edits = 0; edits < count; ) {
    for (let one = 0; one < EDITS_A_ROUND && edits < count; one++)
      writeFileSync(join(dir, 'src/0.txt'), `edit ${++edits}\n`);
    await watching.round();
    rounds++;
    if (edits * SAMPLES < (samples.length + 1) * count) continue;
    samples.push({ edits, ...watching.look() });
    const { rssMib, files } = samples.at(-1);
    note(`edits:${count}: after ${edits} edits ${rssMib} MiB, ${files} open files`);
  }
  await watching.end();
  const last = readFileSync(join(dir, 'out/2.txt'), 'utf8');
  if (last !== `edit ${count}\n`) throw new Error(`after the last edit the output holds ${JSON.stringify(last)}`);
  return { kind: 'edits', count, rounds, samples };
}

function makeTree(scratch, count, stageAt) {
  const dir = mkdtempSync(join(scratch, 'watch-'));
  for (const folder of ['src', 'out']) mkdirSync(join(dir, folder));
  const all = Array.from({ length: count }, (_, at) => at);
  for (const at of all) writeFileSync(join(dir, `src/${at}.txt`), `${at}\n`);
  const stages = Object.fromEntries(all.map((at) => [`s${at}`, stageAt(at)]));
  writeFileSync(join(dir, 'pipeline.yaml'), JSON.stringify({ version: 1, stages }));
  return dir;
}

/** `round` resolves to the counts of the next round that ends well. Errors: rejects when one does not, or wrangle ends. */
function openWatching(dir) {
  const argv = [CLI, 'build', '--watch', 'pipeline.yaml', '-j', '2', '-q', '--events', '-'];
  const child = spawn(process.execPath, argv, { cwd: dir, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const rounds = [];
  let wake = () => {};
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { event, details } = JSON.parse(line);
    if (event !== 'run_completed') return;
    rounds.push(details.data);
    wake();
  });
  return {
    round: async () => {
      while (rounds.length === 0) {
        const next = new Promise((resolve) => {
          wake = resolve;
        });
        const exit = await Promise.race([next, ended]);
        if (exit !== undefined) throw new Error(`wrangle ended with ${exit}`);
      }
      const { outcome, counts } = rounds.shift();
      if (outcome !== 'done') throw new Error(`a round ended as "${outcome}"`);
      return counts;
    },
    look: () => {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      const rssMib = Math.round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024);
      return { rssMib, files: readdirSync(`/proc/${child.pid}/fd`).length };
    },
    end: async () => {
      child.kill('SIGINT');
      const exit = await ended;
      if (exit !== 130) throw new Error(`wrangle ended with ${exit}`);
    },
  };
}
