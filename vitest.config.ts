import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

/** For what hangs; a machine that others use too may be ten times as slow as another. */
const patience = { testTimeout: 300_000, hookTimeout: 300_000 };

// Three rings: pure steps, the engine on fakes, the built command line in a temporary folder. Then all of it under faults.
export default defineConfig({
  test: {
    // Vitest leaves one core free, which on two of them means one file at a time.
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    projects: [
      // Properties draw hundreds of cases, on machines that others use too. A process for each file would load the same
      // modules again, which costs more than most files; no test of these rings leaves anything behind in its process.
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], ...patience, isolate: false } },
      { test: { name: 'engine', include: ['test/engine/**/*.test.ts'], ...patience, isolate: false } },
      {
        test: { name: 'e2e', include: ['test/e2e/**/*.test.ts', 'plugins/*/test/**/*.test.ts'], ...patience },
      },
      {
        // In full, one file after the other: each of them keeps all cores busy by itself.
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          ...patience,
          testTimeout: 3_600_000,
          fileParallelism: process.env['WRANGLE_FAULTS'] !== 'full',
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
