// What a fan-out costs: a stage for each row of a list, in batches, beside as many stages that a file declares. Knows no
// other tool: nobody else has such stages.
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, runProcess, tailOf } from './measure.mjs';

const DIST = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist');
/** Plain stages beyond that take minutes to build, and say nothing more. */
const PLAIN_MAX = 10_000;
const BATCH = 500;

/** `items:N`. Shape: N; undefined for other workloads. */
export function itemsCount(name) {
  const match = /^items:([1-9]\d*)$/.exec(name);
  return match ? Number(match[1]) : undefined;
}

/**
 * Builds `count` items from nothing, with nothing to do, with one row changed and with one gone; and stages with the same
 * outputs, declared one by one, with nothing to do.
 * Shape: `{ count, cold, change, gone, idle: [run], plain: [run] | undefined }`, a run being `{ ms, peakKib }`. Errors: throws
 * when a build fails or other stages run than should.
 */
export async function measureItems({ count, reps, scratch, note }) {
  const dir = mkdtempSync(join(scratch, 'items-'));
  writeTree(dir, { 'pipeline.yaml': JSON.stringify(fannedOut()) });
  const rows = Array.from({ length: count }, (_, at) => `n${at},value ${at}`);
  const build = async (what, ran, changed = rows) => {
    writeFileSync(join(dir, 'list.csv'), `id,text\n${changed.join('\n')}\n`);
    const found = await buildOnce(dir, ran);
    note(`items:${count} ${what}: ${Math.round(found.ms)} ms, ${Math.round((found.peakKib ?? 0) / 1024)} MiB`);
    return found;
  };
  const cold = await build('cold', count + 1);
  const idle = [];
  for (let round = 0; round < reps; round++) idle.push(await buildOnce(dir, 0));
  const change = await build('one changed', 2, ['n0,other', ...rows.slice(1)]);
  const gone = await build('one gone', 1, rows.slice(1));
  const plain = count > PLAIN_MAX ? undefined : await measurePlain({ count, reps, scratch });
  note(`items:${count} no-op: ${Math.round(median(idle.map(({ ms }) => ms)))} ms`);
  return { count, cold, change, gone, idle, plain };
}

async function measurePlain({ count, reps, scratch }) {
  const dir = mkdtempSync(join(scratch, 'plain-'));
  const stages = {};
  for (let at = 0; at < count; at++) {
    stages[`s${at}`] = {
      uses: 'idle/copy',
      with: { text: `value ${at}` },
      inputs: { list: 'list.csv' },
      outputs: { file: `build/${at}.txt` },
    };
  }
  writeTree(dir, { 'pipeline.yaml': JSON.stringify({ version: 1, stages }), 'list.csv': 'id,text\n' });
  await buildOnce(dir, count);
  const runs = [];
  for (let round = 0; round < reps; round++) runs.push(await buildOnce(dir, 0));
  return runs;
}

function fannedOut() {
  return {
    version: 1,
    stages: {
      each: {
        foreach: { in: 'list.csv', key: 'item.id', batch: BATCH },
        uses: 'idle/copy',
        with: { text: `\${{ item.text }}` },
        outputs: { file: `build/\${{ item.id }}.txt` },
      },
      all: {
        run: `wc -l < \${{ inputs.files.list_file }} > \${{ outputs.count }}`,
        inputs: { files: `\${{ stages.each.outputs.file }}` },
        outputs: { count: 'count.txt' },
      },
    },
  };
}

/** Both pipelines, and the stage type that writes its param. */
function writeTree(dir, files) {
  mkdirSync(join(dir, 'idle'), { recursive: true });
  const all = {
    ...files,
    '.wranglerrc.yaml': 'version: 1\nplugins: { idle: ./idle }\n',
    'idle/package.json': JSON.stringify({ type: 'module', wrangle: { manifest: './wrangle.plugin.json' } }),
    'idle/wrangle.plugin.json': JSON.stringify({
      protocol: 1,
      name: 'idle',
      code: ['*.js'],
      stages: {
        copy: {
          run: { node: './copy.js' },
          params: { type: 'object', properties: { text: { type: 'string' } } },
          inputs: { list: { kind: 'file', optional: true } },
          outputs: { file: { kind: 'file' } },
          worker: true,
          batch: true,
        },
      },
    }),
    'idle/copy.js': [
      "import { writeFileSync } from 'node:fs';",
      `import { defineStage } from ${JSON.stringify(join(DIST, 'plugin.js'))};`,
      'defineStage({ run: ({ outputs, params }) => writeFileSync(outputs.file.path, params.text) });',
      '',
    ].join('\n'),
  };
  for (const [path, text] of Object.entries(all)) writeFileSync(join(dir, path), text);
}

async function buildOnce(dir, wanted) {
  const log = join(dir, '..', 'items.log');
  const argv = [process.execPath, join(DIST, 'wrangle.cjs'), 'build', 'pipeline.yaml', '-j', '2', '-q', '--json'];
  const { ms, exit, peakKib } = await runProcess(argv, dir, log);
  if (exit !== 0) throw new Error(`it ended with ${exit}:\n${tailOf(log)}`);
  const { ran } = JSON.parse(readFileSync(log, 'utf8')).counts;
  if (ran !== wanted) throw new Error(`${ran} stages ran, and ${wanted} should have`);
  return { ms, peakKib };
}
