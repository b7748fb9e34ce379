import { defineConfig } from 'vitest/config';

// Three rings: pure steps, the engine on fakes, the built command line in a temporary folder. Then all of it under faults.
export default defineConfig({
  test: {
    projects: [
      // Properties draw hundreds of cases, on machines that others use too.
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 60_000 } },
      { test: { name: 'engine', include: ['test/engine/**/*.test.ts'], testTimeout: 60_000 } },
      {
        test: { name: 'e2e', include: ['test/e2e/**/*.test.ts', 'plugins/*/test/**/*.test.ts'], testTimeout: 60_000 },
      },
      { test: { name: 'faults', include: ['test/faults/**/*.test.ts'], testTimeout: 3_600_000 } },
    ],
  },
});
