// Contracts on what fan-outs and folders make, and on tables so long that others must have their turn meanwhile.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of wrangle are written that way
import { expect, test } from 'vitest';
import type { Behaviour } from '../support/engine-project.ts';
import { EngineProject, outputsOf } from '../support/engine-project.ts';

/** Each stage writes so many rows of one column without gaps or repeats. */
function writing(rows: number): Behaviour {
  const text = Array.from({ length: rows }, (_, at) => `{"id":${at}}\n`).join('');
  return (process) => {
    process.writes({ [outputsOf(process)[0] as string]: text }).exit(0);
    return 'done';
  };
}

test('a contract that changes is checked for each instance, and those that keep it stay fresh', async () => {
  const project = new EngineProject();
  project.write({ 'list.json': '["a", "bb"]' });
  const fanOut = (expected: object) => ({
    each: {
      foreach: { in: 'list.json' },
      run: 'make ${{ outputs.o }}',
      on_failure: 'continue',
      outputs: { o: { path: 'out/${{ item }}.txt', expect: expected } },
    },
  });
  project.pipeline(fanOut({ min_bytes: 1 }));
  expect((await project.build()).outcomes).toEqual({ 'each@a': 'ran', 'each@bb': 'ran' });

  project.pipeline(fanOut({ assert: 'output.text.matches("^each@b")' }));
  for (let again = 0; again < 2; again++) {
    const run = await project.build();
    expect({ outcomes: run.outcomes, started: run.started }).toEqual({
      outcomes: { 'each@a': 'failed', 'each@bb': 'fresh' },
      started: [],
    });
    expect(run.collected.stages.get('each@a')?.failure?.message).toBe(
      'Its output "out/a.txt" breaks its contract: "output.text.matches(\\"^each@b\\")" does not hold.',
    );
    expect(project.files()).toMatchObject({ 'out/a.txt': 'each@a()', 'out/bb.txt': 'each@bb()' });
  }
  project.pipeline(fanOut({ max_bytes: 100 }));
  const kept = await project.build();
  expect([kept.outcomes, kept.started]).toEqual([{ 'each@a': 'fresh', 'each@bb': 'fresh' }, []]);
});

test('so is that of a folder, and all that lies in it counts', async () => {
  const project = new EngineProject();
  const stage = (expected: object) => ({ a: { outputs: { o: { path: 'dir/', expect: expected } } } });
  project.pipeline(stage({ min_bytes: 1 }));
  await project.build();
  for (const [expected, outcome] of [
    [{ max_bytes: 3, assert: 'output.size_bytes < 5' }, 'fresh'],
    [{ min_bytes: 4 }, 'failed'],
    [{ assert: 'output.size_bytes == 3' }, 'fresh'],
  ] as const) {
    project.pipeline(stage(expected));
    const { outcomes, started } = await project.build();
    expect({ outcomes, started }).toEqual({ outcomes: { a: outcome }, started: [] });
  }
});

test('others have their turn while a long table is checked', async () => {
  /** How often others had it during a build. */
  const turns = async (rows: number): Promise<number> => {
    const project = new EngineProject();
    const schema = { type: 'object', properties: { id: { type: 'integer' } } };
    project.pipeline({ a: { outputs: { o: { path: 'a.jsonl', expect: { schema, unique: 'id' } } } } });
    let count = 0;
    let isOver = false;
    const next = () => {
      count++;
      if (!isOver) setImmediate(next);
    };
    setImmediate(next);
    expect((await project.build({ behave: writing(rows) })).outcomes).toEqual({ a: 'ran' });
    isOver = true;
    return count;
  };
  // The first time waits for the code that checks.
  await turns(10);
  const few = await turns(10);
  // At least once a MiB.
  expect((await turns(400_000)) - few).toBeGreaterThanOrEqual(4);
});

test.each(['a.jsonl', 'a.json'])('the check of a long table ends when the run is stopped: %s', async (path) => {
  const project = new EngineProject();
  project.pipeline({ a: { outputs: { o: { path, expect: { unique: 'id' } } } } });
  const build = project.start();
  await build.idle();
  const rows = Array.from({ length: 400_000 }, (_, at) => `{"id":${at}}`);
  const text = path === 'a.json' ? `[${rows.join(',')}]` : rows.join('\n');
  const [process] = project.runner.processes;
  process?.writes({ [outputsOf(process)[0] as string]: text }).exit(0);
  // The check has begun, and others have their turn.
  await new Promise((resolve) => setImmediate(resolve));
  build.stop();
  const run = await build.done;
  expect(run.outcomes).toEqual({ a: 'cancelled' });
  expect(project.read(path)).toBeUndefined();
});
