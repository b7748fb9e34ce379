// `npm run test:faults`: everything that can be broken, in full; `npm test` runs a sample of it (see
// docs/reliability.md). Needs what is built in dist, and says at the end how much was tried.
//
//   --planted   only the planted bugs     --sample   as npm test does     --seed N   other random choices
//   FILE …      only the test files whose paths contain one of these
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { effortText, runTests } from './run-vitest.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { planted: { type: 'boolean' }, sample: { type: 'boolean' }, seed: { type: 'string', default: '1' } },
});
if (!/^\d{1,9}$/.test(values.seed)) {
  console.error(`--seed ${values.seed}: expected a whole number of at most nine digits`);
  process.exit(2);
}
process.env.WRANGLE_FAULTS = values.sample ? 'sample' : 'full';
process.env.WRANGLE_FAULTS_SEED = values.seed;

const startedAt = performance.now();
const built = spawnSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
if (built.status !== 0) process.exit(1);

const found = await runTests('faults', values.planted ? ['test/faults/planted'] : positionals);
console.log('\n== faults');
for (const { name, reason } of found.skipped) console.log(`skipped ${name}: ${reason}`);
for (const [what, count] of Object.entries(found.made)) console.log(`${String(count).padStart(7)}  ${what}`);
if (Object.keys(found.made).length === 0) console.log(effortText({ 'faults tried': 0 }));
console.log(`seed ${values.seed}, ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
const tail = found.skipped.length > 0 ? `, ${found.skipped.length} skipped` : '';
console.log(`${found.passed} passed, ${found.failed} failed${tail}`);
process.exit(found.ok ? 0 : 1);
