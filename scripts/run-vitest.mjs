// Runs test files in this process and counts what came of them. Knows nothing of what else is checked.
import { relative } from 'node:path';
import { startVitest } from 'vitest/node';

/**
 * One project of vitest.config.ts, or the files of it whose paths contain one of `files`. A file that cannot be loaded,
 * an error outside a test and a ring without tests are failures as well. `made` is what the tests say they tried
 * (see test/faults/support/effort.ts), added up. `options` are vitest's.
 */
export async function runTests(project, files = [], options = {}) {
  const vitest = await startVitest('test', files, { project: [project], watch: false, ...options });
  const modules = vitest.state.getTestModules();
  const errors = vitest.state.getUnhandledErrors().length;
  const found = { ok: true, passed: 0, failed: errors, skipped: [], made: {} };
  for (const module of modules) {
    // Errors of a file or a group of tests are those outside its tests: imports, hooks.
    const groups = [module, ...module.children.allSuites()];
    found.failed += groups.filter((group) => group.errors().length > 0).length;
    for (const test of module.children.allTests()) {
      const { state, note } = test.result();
      if (state === 'passed') found.passed++;
      else if (state === 'skipped') found.skipped.push(skippedTest(module, test, note));
      else found.failed++;
      for (const [what, count] of Object.entries(test.meta().made ?? {})) {
        found.made[what] = (found.made[what] ?? 0) + count;
      }
    }
  }
  found.ok = found.failed === 0 && found.passed > 0;
  await vitest.close();
  return found;
}

function skippedTest(module, test, note) {
  return { name: `${relative(process.cwd(), module.moduleId)} > ${test.fullName}`, reason: note ?? 'no reason given' };
}

/** `12 kill points, 3 truncations` */
export function effortText(made) {
  return Object.entries(made)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ');
}
