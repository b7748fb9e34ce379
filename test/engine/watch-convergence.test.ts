// Whatever happens to a workspace that is watched, and when: at rest it is as a clean build would leave it.
import fc from 'fast-check';
import { test } from 'vitest';
import type { WatchScript } from '../support/watch-script.ts';
import { followScript, watchScripts } from '../support/watch-script.ts';

const SCRIPTS = 200;

const SOURCE = { shape: 'file', coarse: false, sources: [], reads: [] } as const;
const NO_EDIT = { edit: undefined, isBefore: false };

/** That were red once. */
const FOUND: readonly WatchScript[] = [
  // A stage is blocked because its producer's input is gone; then that is as it was, and the producer has nothing to do.
  {
    nodes: [
      { ...SOURCE, label: 's0' },
      { ...SOURCE, label: 's1', sources: [1] },
      { ...SOURCE, label: 's2', reads: [{ stage: 1, by: 'path' }] },
    ],
    steps: [
      { do: 'write', at: 0, text: 'x' },
      { do: 'moment', ms: 0 },
      { do: 'write', at: 1, text: 'zz' },
      { do: 'rest' },
    ],
    moments: [
      { ms: 0, ...NO_EDIT },
      { ms: 400, ...NO_EDIT },
      { ms: 0, edit: { do: 'delete', at: 1, text: 'x' }, isBefore: false },
    ],
    jobs: 1,
    onChange: 'restart',
    keepGoing: false,
  },
  // A stage fails because its input is gone, which is back as it was when the round is over.
  {
    nodes: [
      { ...SOURCE, label: 's0', sources: [1] },
      { ...SOURCE, label: 's1' },
    ],
    steps: [
      { do: 'moment', ms: 0 },
      { do: 'spoil', at: 0 },
      { do: 'write', at: 0, text: 'x' },
      { do: 'flood' },
      { do: 'delete', at: 1, text: 'x' },
    ],
    moments: [{ ms: 30, ...NO_EDIT }],
    jobs: 1,
    onChange: 'finish',
    keepGoing: false,
  },
  // A stage fails that writes in place, and its old bytes go back: what read them looks fresh again, and is not to be tried.
  {
    nodes: [
      { ...SOURCE, shape: 'in-place', label: 's0' },
      { ...SOURCE, label: 's1', reads: [{ stage: 0, by: 'path' }] },
      { ...SOURCE, label: 's2', reads: [{ stage: 1, by: 'path' }] },
    ],
    steps: [{ do: 'rest' }, { do: 'break', at: 0 }, { do: 'version', at: 0 }, { do: 'unlink', at: 2 }, { do: 'rest' }],
    moments: [],
    jobs: 1,
    onChange: 'finish',
    keepGoing: false,
  },
  // A loop, and then another command builds what watching was waiting to build.
  {
    nodes: [
      { ...SOURCE, label: 's0', sources: [0] },
      { ...SOURCE, label: 's1', sources: [0, 2] },
    ],
    steps: [{ do: 'theirs' }, { do: 'write', at: 1, text: 'x' }, { do: 'flood' }, { do: 'rest' }],
    moments: [
      { ms: 0, edit: { do: 'write', at: 2, text: 'x' }, isBefore: false },
      { ms: 0, ...NO_EDIT },
      { ms: 0, edit: { do: 'write', at: 0, text: 'x' }, isBefore: false },
      { ms: 0, ...NO_EDIT },
      { ms: 0, edit: { do: 'write', at: 0, text: 'x' }, isBefore: false },
      { ms: 0, edit: { do: 'write', at: 0, text: 'x' }, isBefore: false },
    ],
    jobs: 4,
    onChange: 'finish',
    keepGoing: false,
  },
];

test('property: at rest all is as a clean build makes it, another build has nothing to do, and nothing ran for ever', async () => {
  const examples = FOUND.map((script): [WatchScript] => [script]);
  await fc.assert(fc.asyncProperty(watchScripts, followScript), { numRuns: SCRIPTS, examples });
});
