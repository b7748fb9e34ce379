import { defineConfig } from 'vitest/config';

// Three rings: pure steps, the engine on fakes, the built command line in a temporary folder. Then all of it under faults.
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      { test: { name: 'engine', include: ['test/engine/**/*.test.ts'] } },
      {
        test: { name: 'e2e', include: ['test/e2e/**/*.test.ts', 'plugins/*/test/**/*.test.ts'], testTimeout: 60_000 },
      },
      { test: { name: 'faults', include: ['test/faults/**/*.test.ts'], testTimeout: 3_600_000 } },
    ],
  },
});
