// `npm test`: everything that must hold, in order, up to the first step that does not. The last line it prints is
// `N passed, N failed`, with `, N skipped` when tests were skipped; a step that is no test counts as one failed.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { effortText, runTests } from './run-vitest.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

/** For tests that wait for processes more than they compute. */
const waiting = { maxWorkers: 2 * availableParallelism() };
const bin = (name) => `node_modules/.bin/${name}`;
const steps = [
  { name: 'generated files', run: command(process.execPath, 'scripts/generate-types.mjs', '--check') },
  { name: 'types', run: command(bin('tsc'), '--noEmit') },
  { name: 'format and lint', run: command(bin('biome'), 'check', '--error-on-warnings', '.') },
  { name: 'dead code', run: command(bin('knip')) },
  // Some of them wait for processes and for news of the disk.
  { name: 'unit tests', run: () => runTests('unit', [], { maxWorkers: availableParallelism() + 1 }) },
  { name: 'engine tests', run: () => runTests('engine') },
  // Tests of the command line run what is in dist, which must be made of the sources as they are now.
  { name: 'build', run: command(process.execPath, 'scripts/build.mjs') },
  { name: 'e2e tests', run: () => runTests('e2e', [], waiting) },
  // A sample; all of it is `npm run test:faults`.
  { name: 'faults', run: () => runTests('faults', [], waiting) },
];
// The first ones only read, and each of them is mostly one thread: they run beside each other, and are told in order.
const beside = 4;

const counts = { passed: 0, failed: 0, skipped: 0 };
const skipped = [];
const summary = [];
const early = steps.slice(0, beside).map(timed);
let done = 0;
for (const [at, step] of steps.entries()) {
  const { name } = step;
  console.log(`\n== ${name}`);
  const { ms, ...found } = await (early[at] ?? timed(step));
  if (found.printed) process.stdout.write(found.printed);
  addUp(found);
  done++;
  summary.push(`${found.ok ? 'ok    ' : 'FAILED'}  ${name}${countsOf(found)}, ${seconds(ms)}`);
  if (Object.keys(found.made ?? {}).length > 0) summary.push(`        ${effortText(found.made)}`);
  if (!found.ok) break;
}
report();

/** A step resolves to `{ ok, passed?, failed?, skipped?, made?, printed? }`; see `runTests`. Never rejects. */
async function timed({ run }) {
  const startedAt = performance.now();
  const found = await run().catch((error) => ({ ok: false, printed: `${error.stack}\n` }));
  return { ...found, ms: performance.now() - startedAt };
}

function command(file, ...args) {
  return () =>
    new Promise((resolve, reject) => {
      const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
      let printed = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text) => {
          printed += text;
        });
      }
      child.on('error', reject);
      child.on('close', (code) => resolve({ ok: code === 0, printed }));
    });
}

function addUp(found) {
  counts.passed += found.passed ?? 0;
  counts.failed += found.failed || (found.ok ? 0 : 1);
  counts.skipped += found.skipped?.length ?? 0;
  skipped.push(...(found.skipped ?? []));
}

function countsOf({ passed, failed, skipped: left }) {
  return passed === undefined ? '' : `: ${passed} passed, ${failed} failed, ${left.length} skipped`;
}

function report() {
  console.log('\n== summary');
  for (const { name, reason } of skipped) console.log(`skipped ${name}: ${reason}`);
  for (const line of summary) console.log(line);
  const left = steps.length - done;
  if (left > 0) console.log(`The last ${left === 1 ? 'step was' : `${left} steps were`} not reached.`);
  console.log(`in all ${seconds(performance.now())}`);
  const tail = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
  console.log(`${counts.passed} passed, ${counts.failed} failed${tail}`);
  process.exitCode = counts.failed > 0 ? 1 : 0;
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}
