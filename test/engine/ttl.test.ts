// Results that count for a time, stages that always run, and versions that are bumped by hand.
import { describe, expect, test } from 'vitest';
import { causeLine } from '../../src/model/cause-text.ts';
import { EngineProject } from '../support/engine-project.ts';

const HOUR = 3_600_000;

function project(more: Readonly<Record<string, unknown>> = {}): EngineProject {
  const made = new EngineProject();
  made.write({ in: '1' });
  made.pipeline({
    ask: { inputs: { d: 'in' }, outputs: { o: 'answer' }, ttl: '1h', ...more },
    tell: { inputs: { d: 'answer' }, outputs: { o: 'told' } },
  });
  return made;
}

async function whyNow(made: EngineProject, stage: string): Promise<string[]> {
  return (await made.why(stage)).map(causeLine);
}

describe('ttl', () => {
  test('a result counts until it is so old, and what comes behind runs only if the next one is another', async () => {
    const made = project();
    await made.build();
    await made.clock.advance(HOUR - 60_000);
    expect(await made.decisions()).toEqual({ ask: 'fresh', tell: 'fresh' });
    await made.clock.advance(120_000);
    expect(await made.decisions()).toEqual({ ask: 'run', tell: 'may-run' });
    expect(await whyNow(made, 'ask')).toEqual(['it is older than 1h, its "ttl"']);
    const { started, outcomes } = await made.build();
    expect(started).toEqual(['ask']);
    expect(outcomes).toEqual({ ask: 'ran', tell: 'fresh' });
    expect(await made.decisions()).toEqual({ ask: 'fresh', tell: 'fresh' });
  });

  test('holds for all stages of a file, unless one says its own', async () => {
    const made = new EngineProject();
    made.write({ in: '1' });
    const stage = { inputs: { d: 'in' } };
    made.pipeline(
      { ask: { ...stage, outputs: { o: 'a' } }, tell: { ...stage, outputs: { o: 'b' }, ttl: '2h' } },
      { defaults: { ttl: '1h' } },
    );
    await made.build();
    await made.clock.advance(HOUR + 1);
    expect(await made.decisions()).toEqual({ ask: 'run', tell: 'fresh' });
    await made.clock.advance(HOUR);
    expect(await made.decisions()).toEqual({ ask: 'run', tell: 'run' });
  });

  test('the proof that there is nothing to do ends with the first result', async () => {
    const made = project();
    await made.build();
    expect((await made.build()).started).toEqual([]);
    const { report } = await made.build();
    expect(report).toMatchObject({ graph: undefined });
    await made.clock.advance(HOUR + 1);
    expect((await made.build()).started).toEqual(['ask']);
  });

  test('the age is that of the making, whatever the store has', async () => {
    const made = project();
    await made.build();
    await made.clock.advance(HOUR / 2);
    await made.clean();
    expect((await made.build()).outcomes).toEqual({ ask: 'restored', tell: 'restored' });
    await made.clock.advance(HOUR / 2 + 1);
    expect(await made.decisions()).toEqual({ ask: 'run', tell: 'may-run' });
    await made.clean();
    made.fs.remove('/w/.wrangle/index');
    expect((await made.decisions())['ask']).toBe('run');
    expect((await made.build()).started).toEqual(['ask']);
  });

  test('what is from the future is not fresh', async () => {
    const made = project();
    await made.clock.advance(24 * HOUR);
    await made.build();
    made.clock.jump(-2 * HOUR);
    expect((await made.build()).started).toEqual(['ask']);
    expect((await made.build()).started).toEqual([]);
  });

  test('a longer one brings a result back, and runs nothing', async () => {
    const made = project();
    await made.build();
    await made.clock.advance(2 * HOUR);
    made.pipeline({
      ask: { inputs: { d: 'in' }, outputs: { o: 'answer' }, ttl: '30d' },
      tell: { inputs: { d: 'answer' }, outputs: { o: 'told' } },
    });
    expect((await made.build()).started).toEqual([]);
  });

  test('without outputs it counts as well', async () => {
    const made = new EngineProject();
    made.pipeline({ ping: { run: 'ping', ttl: '10m' } });
    await made.build();
    expect(await made.decisions()).toEqual({ ping: 'fresh' });
    await made.clock.advance(600_000);
    expect(await made.decisions()).toEqual({ ping: 'run' });
    expect(await whyNow(made, 'ping')).toEqual(['it is older than 10m, its "ttl"']);
  });

  test('each item has an age of its own', async () => {
    const made = new EngineProject();
    const items = (names: readonly string[]) => made.write({ 'items.json': JSON.stringify(names) });
    items(['a']);
    made.pipeline({
      page: {
        foreach: { in: 'items.json' },
        outputs: { o: `out/\${{ item }}` },
        run: `make \${{ outputs.o }}`,
        ttl: '1h',
      },
    });
    await made.build();
    await made.clock.advance(HOUR / 2);
    items(['a', 'b']);
    expect((await made.build()).started).toEqual(['page@b']);
    await made.clock.advance(HOUR / 2 + 1);
    expect(await made.decisions()).toEqual({ 'page@a': 'run', 'page@b': 'fresh' });
    expect((await made.build()).started).toEqual(['page@a']);
  });

  test('behind a producer that is to run it is known to be too old', async () => {
    const made = new EngineProject();
    made.write({ in: '1' });
    made.pipeline({
      first: { inputs: { d: 'in' }, outputs: { o: 'mid' } },
      ask: { inputs: { d: 'mid' }, outputs: { o: 'answer' }, ttl: '90m' },
    });
    await made.build();
    made.write({ in: '2' });
    await made.clock.advance(2 * HOUR);
    expect(await made.decisions()).toEqual({ first: 'run', ask: 'run' });
    expect(await whyNow(made, 'ask')).toEqual(['it is older than 1h30m, its "ttl"', 'waits for first']);
  });

  test.each([
    ['1 hour', '"ttl" must be a time such as "30s", "10m" or "1h30m", not "1 hour".'],
    ['0s', '"ttl" must be more than 0.'],
    ['4000d', '"ttl" must be at most 3650 days.'],
    [60, '"ttl" must be a time such as "30s", "10m" or "1h30m", not 60.'],
  ])('%j is no time', async (ttl, message) => {
    expect(await project({ ttl }).mistakes()).toContain(message);
  });
});

test('always runs in every build, its items too; what comes behind only if it made something else', async () => {
  const made = project({ ttl: '1h', always: true });
  await made.build();
  expect((await made.build()).outcomes).toEqual({ ask: 'ran', tell: 'fresh' });
  expect(await whyNow(made, 'ask')).toEqual(['it always runs']);
  made.write({ 'items.json': '["a", "b"]' });
  made.pipeline({
    page: {
      foreach: { in: 'items.json' },
      outputs: { o: `out/\${{ item }}` },
      run: `make \${{ outputs.o }}`,
      always: true,
    },
  });
  await made.build();
  expect(await made.decisions()).toEqual({ 'page@a': 'run', 'page@b': 'run' });
  expect(await whyNow(made, 'page@b')).toEqual(['it always runs']);
});

test('another version runs a stage again, and its items', async () => {
  const made = new EngineProject();
  const pipeline = (version: number) =>
    made.pipeline({
      page: {
        foreach: { in: 'items.json' },
        outputs: { o: `out/\${{ item }}` },
        run: `make \${{ outputs.o }}`,
        version,
      },
    });
  made.write({ 'items.json': '["a", "b"]' });
  pipeline(1);
  await made.build();
  pipeline(2);
  expect(await whyNow(made, 'page@a')).toEqual(['version changed (1 -> 2)']);
  expect([...(await made.build()).started].sort()).toEqual(['page@a', 'page@b']);
  pipeline(1);
  expect((await made.build()).started).toEqual([]);
});
