// `npm test`: everything that must hold, in order, up to the first step that does not. The last line it prints is
// `N passed, N failed`, with `, N skipped` when tests were skipped; a step that is no test counts as one failed.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { effortText, runTests } from './run-vitest.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

const bin = (name) => `node_modules/.bin/${name}`;
const steps = [
  { name: 'generated files', run: command(process.execPath, 'scripts/generate-types.mjs', '--check') },
  { name: 'types', run: command(bin('tsc'), '--noEmit') },
  { name: 'format and lint', run: command(bin('biome'), 'check', '--error-on-warnings', '.') },
  { name: 'dead code', run: command(bin('knip')) },
  { name: 'unit tests', run: () => runTests('unit') },
  { name: 'engine tests', run: () => runTests('engine') },
  // Tests of the command line run what is in dist, which must be made of the sources as they are now.
  { name: 'build', run: command(process.execPath, 'scripts/build.mjs') },
  { name: 'e2e tests', run: () => runTests('e2e') },
  // A sample; all of it is `npm run test:faults`.
  { name: 'faults', run: () => runTests('faults') },
];

const counts = { passed: 0, failed: 0, skipped: 0 };
const skipped = [];
const summary = [];
let done = 0;
for (const { name, run } of steps) {
  console.log(`\n== ${name}`);
  const startedAt = performance.now();
  const found = await run().catch((error) => {
    console.error(error);
    return { ok: false };
  });
  addUp(found);
  done++;
  summary.push(
    `${found.ok ? 'ok    ' : 'FAILED'}  ${name}${countsOf(found)}, ${seconds(performance.now() - startedAt)}`,
  );
  if (Object.keys(found.made ?? {}).length > 0) summary.push(`        ${effortText(found.made)}`);
  if (!found.ok) break;
}
report();

/** A step resolves to `{ ok, passed?, failed?, skipped?, made? }`; see `runTests`. */
function command(file, ...args) {
  return async () => {
    const { status, error } = spawnSync(file, args, { stdio: 'inherit' });
    if (error) console.error(error.message);
    return { ok: status === 0 };
  };
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
