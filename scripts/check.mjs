// `npm test`: everything that must hold, in order, up to the first step that does not. The last line it prints is
// `N passed, N failed`, with `, N skipped` when tests were skipped; a step that is no test counts as one failed.
import { spawnSync } from 'node:child_process';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startVitest } from 'vitest/node';

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
];

const counts = { passed: 0, failed: 0, skipped: 0 };
const skipped = [];
const summary = [];
for (const { name, run } of steps) {
  console.log(`\n== ${name}`);
  const startedAt = performance.now();
  const found = await run().catch((error) => {
    console.error(error);
    return { ok: false };
  });
  addUp(found);
  summary.push(
    `${found.ok ? 'ok    ' : 'FAILED'}  ${name}${countsOf(found)}, ${seconds(performance.now() - startedAt)}`,
  );
  if (!found.ok) break;
}
report();

/** Shape of what a step resolves to: `{ ok, passed?, failed?, skipped? }`, the last a list of `{ name, reason }`. */
function command(file, ...args) {
  return async () => {
    const { status, error } = spawnSync(file, args, { stdio: 'inherit' });
    if (error) console.error(error.message);
    return { ok: status === 0 };
  };
}

/** One ring. A file that cannot be loaded, an error outside a test and a ring without tests are failures as well. */
async function runTests(project) {
  const vitest = await startVitest('test', [], { project: [project], watch: false });
  const modules = vitest.state.getTestModules();
  const errors = vitest.state.getUnhandledErrors().length;
  const found = { ok: true, passed: 0, failed: errors, skipped: [] };
  for (const module of modules) {
    // Errors of a file or a group of tests are those outside its tests: imports, hooks.
    const groups = [module, ...module.children.allSuites()];
    found.failed += groups.filter((group) => group.errors().length > 0).length;
    for (const test of module.children.allTests()) {
      const { state, note } = test.result();
      if (state === 'passed') found.passed++;
      else if (state === 'skipped') found.skipped.push(skippedTest(module, test, note));
      else found.failed++;
    }
  }
  found.ok = found.failed === 0 && found.passed > 0;
  await vitest.close();
  return found;
}

function skippedTest(module, test, note) {
  return { name: `${relative(root, module.moduleId)} > ${test.fullName}`, reason: note ?? 'no reason given' };
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
  const left = steps.length - summary.length;
  if (left > 0) console.log(`The last ${left === 1 ? 'step was' : `${left} steps were`} not reached.`);
  console.log(`in all ${seconds(performance.now())}`);
  const tail = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
  console.log(`${counts.passed} passed, ${counts.failed} failed${tail}`);
  process.exitCode = counts.failed > 0 ? 1 : 0;
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}
