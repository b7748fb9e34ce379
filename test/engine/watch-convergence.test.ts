// Whatever happens to a workspace that is watched, and when: at rest it is as a clean build would leave it.
import fc from 'fast-check';
import { test } from 'vitest';
import { followScript, watchScripts } from '../support/watch-script.ts';

const SCRIPTS = 200;

test('property: at rest all is as a clean build makes it, another build has nothing to do, and nothing ran for ever', {
  timeout: 300_000,
}, async () => {
  await fc.assert(fc.asyncProperty(watchScripts, followScript), { numRuns: SCRIPTS });
});
