// What a stage costs whose type does nothing, with workers and without, beside a command that does nothing. Knows no other
// tool: nobody else has such stages.
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProcess, tailOf } from './measure.mjs';

const DIST = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist');
const STAGES = {
  'run: "true"': { run: 'true' },
  'with workers': { uses: 'idle/served' },
  without: { uses: 'idle/alone' },
};
/** Starts a Node for each stage, so once is enough, and long enough. */
const SLOW = 'without';

/** `workers:N`. Shape: N; undefined for other workloads. */
export function workerCount(name) {
  const match = /^workers:([1-9]\d*)$/.exec(name);
  return match ? Number(match[1]) : undefined;
}

/**
 * Builds `count` stages of each kind in turns, two at a time, each time from nothing.
 * Shape: `{ count, ms: { [kind]: milliseconds a stage, one for each round } }`. Errors: throws when a build fails, or not
 * every stage ran.
 */
export async function measureWorkers({ count, reps, scratch, note }) {
  const ms = Object.fromEntries(Object.keys(STAGES).map((kind) => [kind, []]));
  for (let round = 0; round < reps; round++) {
    for (const [kind, stage] of Object.entries(STAGES)) {
      if (kind === SLOW && round > 0) continue;
      ms[kind].push((await buildOnce(stage, count, scratch)) / count);
      note(`workers:${count} ${kind}: ${ms[kind].at(-1).toFixed(2)} ms a stage`);
    }
  }
  return { count, ms };
}

async function buildOnce(stage, count, scratch) {
  const root = mkdtempSync(join(scratch, 'workers-'));
  const dir = join(root, 'tree');
  mkdirSync(join(dir, 'idle'), { recursive: true });
  const stages = Object.fromEntries(Array.from({ length: count }, (_, at) => [`s${at}`, stage]));
  const files = {
    'pipeline.yaml': JSON.stringify({ version: 1, stages }),
    '.wranglerrc.yaml': 'version: 1\nplugins: { idle: ./idle }\n',
    'idle/package.json': JSON.stringify({ type: 'module', wrangle: { manifest: './wrangle.plugin.json' } }),
    'idle/wrangle.plugin.json': JSON.stringify({
      protocol: 1,
      name: 'idle',
      code: ['*.js'],
      stages: { served: { run: { node: './idle.js' }, worker: true }, alone: { run: { node: './idle.js' } } },
    }),
    'idle/idle.js': `import { defineStage } from ${JSON.stringify(join(DIST, 'plugin.js'))};\ndefineStage({ run() {} });\n`,
  };
  for (const [path, text] of Object.entries(files)) writeFileSync(join(dir, path), text);
  const log = join(root, 'log');
  const argv = [process.execPath, join(DIST, 'wrangle.cjs'), 'build', 'pipeline.yaml', '-j', '2', '-q', '--json'];
  const { ms, exit } = await runProcess(argv, dir, log);
  if (exit !== 0) throw new Error(`${JSON.stringify(stage)}: it ended with ${exit}:\n${tailOf(log)}`);
  const { ran } = JSON.parse(readFileSync(log, 'utf8')).counts;
  if (ran !== count) throw new Error(`${JSON.stringify(stage)}: ${ran} of ${count} stages ran`);
  return ms;
}
