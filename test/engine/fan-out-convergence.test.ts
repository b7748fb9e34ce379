// Whatever is done to a workspace with fan-outs: a build makes what a clean one would, by no more than what had to run.
import fc from 'fast-check';
import { test } from 'vitest';
import type { FanOutScript } from '../support/fan-out-script.ts';
import { fanOutScripts, followFanOut } from '../support/fan-out-script.ts';

const SCRIPTS = 60;

const PLAIN = { jobs: 1, at: 0, isTorn: false };

/** That were red once. */
const FOUND: readonly FanOutScript[] = [
  // The folder of an item that is gone is still there, so whoever reads the folder around it sees another one.
  {
    shape: { list: 'json', output: 'file', hasInput: false, nested: 'no', gather: 'folder' },
    steps: [
      { do: 'build', ...PLAIN },
      { do: 'add', at: 2, text: 'p' },
      { do: 'build', ...PLAIN },
      { do: 'remove', at: 2 },
      { do: 'build', ...PLAIN },
    ],
    keepGoing: false,
  },
  // The index is lost, and the proof that all is fresh is not: what the next build does not learn is never taken away.
  {
    shape: { list: 'json', output: 'file', hasInput: false, nested: 'no', gather: 'reference' },
    steps: [{ do: 'build', ...PLAIN }, { do: 'lose-index' }, { do: 'remove', at: 1 }],
    keepGoing: false,
  },
];

test('property: the result is that of a clean build, by no more than what had to run; then nothing runs', async () => {
  const examples = FOUND.map((script): [FanOutScript] => [script]);
  await fc.assert(fc.asyncProperty(fanOutScripts(20), followFanOut), { numRuns: SCRIPTS, examples });
});
