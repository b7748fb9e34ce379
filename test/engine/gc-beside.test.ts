// The store is cleaned while others use it, or the cleaning is killed: at worst somebody runs a stage once more.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseGarbage } from '../../src/store/choose-garbage.ts';
import { inspectStore } from '../../src/store/inspect-store.ts';
import { surveyStore, walkAll } from '../../src/store/survey.ts';
import { emptyTrash, sweepStore } from '../../src/store/sweep.ts';
import { EngineProject } from '../support/engine-project.ts';
import type { OperationName } from '../support/memory-file-system.ts';
import { MemoryFileSystem } from '../support/memory-file-system.ts';
import { MortalFileSystem } from '../support/mortal-file-system.ts';

const HOUR_MS = 3_600_000;
const STORE = '/w/.wrangle/store';
const NOBODY = { fingerprints: new Set<string>(), blobs: new Set<string>() };
/** `c` makes what `a` makes, so they share contents; `b` makes a folder. */
const STAGES = {
  a: { inputs: { d: 'in' }, outputs: { o: 'a' } },
  b: { inputs: { d: 'a' }, outputs: { o: 'dir/' } },
  c: { inputs: { d: 'in' }, outputs: { o: 'c' } },
};

/** Every record names sound contents that are there. */
async function expectSound(fs: MemoryFileSystem): Promise<void> {
  const { problems } = await inspectStore(fs, STORE, 0, () => {});
  expect(problems).toEqual([]);
}

async function builtWith(inputs: readonly string[], fs = new MemoryFileSystem()): Promise<EngineProject> {
  const project = new EngineProject(fs);
  project.pipeline(STAGES);
  for (const input of inputs) {
    project.write({ in: input });
    await project.build();
    await project.clock.advance(2 * HOUR_MS);
  }
  return project;
}

/**
 * A cleaning of a process that knows nothing of this workspace and wants everything gone, one step of the disk at a
 * time. What it sees is the disk itself; `beforeEach` of the others' steps lets it take some.
 */
function* greedyCleaning(fs: MemoryFileSystem): Generator<void, void> {
  for (;;) {
    emptyTrash(fs, STORE);
    const youngSinceMs = Number(fs.nowNs / 1_000_000n) - HOUR_MS;
    const survey = yield* surveyStore(fs, STORE);
    const rules = { needs: NOBODY, youngSinceMs, unusedSinceMs: undefined, bytesMax: 0 };
    yield* sweepStore(fs, STORE, chooseGarbage(survey, rules), youngSinceMs);
    yield;
  }
}

/** A disk under a build: before each of its calls somebody else may do something on the same disk. */
class ContestedFileSystem extends MemoryFileSystem {
  beforeEach: ((op: OperationName) => void) | undefined;
  #inside = false;

  override lstat(path: string) {
    this.#letOthers('lstat');
    return super.lstat(path);
  }
  override readText(path: string) {
    this.#letOthers('readText');
    return super.readText(path);
  }
  override readFile(path: string) {
    this.#letOthers('readFile');
    return super.readFile(path);
  }
  override writeFile(...args: Parameters<MemoryFileSystem['writeFile']>) {
    this.#letOthers('writeFile');
    super.writeFile(...args);
  }
  override makeFolder(path: string) {
    this.#letOthers('makeFolder');
    super.makeFolder(path);
  }
  override rename(from: string, to: string) {
    this.#letOthers('rename');
    super.rename(from, to);
  }
  override remove(path: string) {
    this.#letOthers('remove');
    super.remove(path);
  }
  override touch(path: string) {
    this.#letOthers('touch');
    super.touch(path);
  }
  override copyFile(from: string, to: string) {
    this.#letOthers('copyFile');
    return super.copyFile(from, to);
  }

  #letOthers(op: OperationName): void {
    if (this.#inside || !this.beforeEach) return;
    this.#inside = true;
    try {
      this.beforeEach(op);
    } finally {
      this.#inside = false;
    }
  }
}

describe('beside a build that restores and one that runs', () => {
  test('whatever the order of their steps, outputs are right and records name what is there', async () => {
    const fs = new ContestedFileSystem();
    const project = await builtWith(['1', '2'], fs);
    const old = fs.snapshot();
    const property = fc.asyncProperty(
      fc.constantFrom('1', '2', '3'),
      // Forced, a stage makes and keeps the same bytes once more, just when they are to go.
      fc.boolean(),
      // Before which of the build's calls the cleaning takes one step; it has some eighty to the end of its sweep.
      fc.array(fc.nat({ max: 260 }), { minLength: 30, maxLength: 120 }),
      async (input, force, turns) => {
        old();
        for (const output of ['a', 'c', 'dir']) fs.remove(`/w/${output}`);
        project.write({ in: input });
        const cleaning = greedyCleaning(fs);
        let call = 0;
        fs.beforeEach = () => {
          for (const turn of turns) if (turn === call) cleaning.next();
          call++;
        };
        const run = await project.build({ force });
        fs.beforeEach = undefined;
        expect(Object.values(run.outcomes).every((outcome) => ['ran', 'restored', 'fresh'].includes(outcome))).toBe(
          true,
        );
        expect(project.files()).toEqual({
          in: input,
          a: `a(${input})`,
          c: `c(${input})`,
          'dir/data': `b(a(${input}))`,
        });
        await expectSound(fs);
        expect((await project.build()).started).toEqual([]);
      },
    );
    await fc.assert(property, { numRuns: 200 });
  });
});

describe('each of its steps in turn', () => {
  test('the build begins when it has chosen, and ends before it goes on', async () => {
    const fs = new MemoryFileSystem();
    const project = await builtWith(['1', '2'], fs);
    const old = fs.snapshot();
    let steps = 1;
    for (let stopAt = 0; stopAt < steps; stopAt++) {
      old();
      const youngSinceMs = Number(fs.nowNs / 1_000_000n) - HOUR_MS;
      const survey = walkAll(surveyStore(fs, STORE));
      const garbage = chooseGarbage(survey, { needs: NOBODY, youngSinceMs, unusedSinceMs: undefined, bytesMax: 0 });
      const sweep = sweepStore(fs, STORE, garbage, youngSinceMs);
      let step = 0;
      for (; step < stopAt && !sweep.next().done; step++);
      for (const output of ['a', 'c', 'dir']) fs.remove(`/w/${output}`);
      project.write({ in: '1' });
      await project.build();
      while (!sweep.next().done) step++;
      steps = Math.max(steps, step);
      expect(project.files(), `step ${stopAt}`).toMatchObject({ a: 'a(1)', c: 'c(1)', 'dir/data': 'b(a(1))' });
      await expectSound(fs);
    }
    expect(steps).toBeGreaterThan(20);
  });
});

test.each([false, true])('killed at any step (half-done writes: %s)', async (torn) => {
  const fs = new MortalFileSystem();
  const project = await builtWith(['1', '2', '3'], fs);
  fs.torn = torn;
  const old = fs.snapshot();
  fs.revive();
  const done = await project.gc({ maxBytes: 0 });
  expect(done.swept.records).toHaveLength(6);
  const { steps } = fs;
  const cleaned = Object.keys(fs.tree(STORE)).filter((path) => !path.endsWith('/'));
  expect(steps).toBeGreaterThan(20);
  for (let killAt = 1; killAt <= steps; killAt++) {
    old();
    fs.revive();
    fs.killAt = killAt;
    await project.gc({ maxBytes: 0 }).catch(() => undefined);
    fs.revive();
    await expectSound(fs);
    // The next one finishes, whatever was left where.
    await project.gc({ maxBytes: 0 });
    expect(Object.keys(fs.tree(STORE)).filter((path) => !path.endsWith('/'))).toEqual(cleaned);
    for (const output of ['a', 'c', 'dir']) fs.remove(`/w/${output}`);
    expect((await project.build()).outcomes, `step ${killAt}`).toEqual({ a: 'restored', b: 'restored', c: 'restored' });
  }
});

test('what somebody uses between the look and the removal goes back', async () => {
  const fs = new MemoryFileSystem();
  await builtWith(['1'], fs);
  const youngSinceMs = Number(fs.nowNs / 1_000_000n) - HOUR_MS;
  const garbage = chooseGarbage(walkAll(surveyStore(fs, STORE)), {
    needs: NOBODY,
    youngSinceMs,
    unusedSinceMs: undefined,
    bytesMax: 0,
  });
  const before = fs.tree(STORE);
  const sweep = sweepStore(fs, STORE, garbage, youngSinceMs);
  for (let step = sweep.next(); !step.done; step = sweep.next()) {
    for (const name of Object.keys(fs.tree(`${STORE}/trash`))) {
      if (!name.endsWith('/')) fs.touch(`${STORE}/trash/${name}`);
    }
  }
  expect(fs.tree(STORE)).toEqual({ ...before, 'trash/': '' });
});
