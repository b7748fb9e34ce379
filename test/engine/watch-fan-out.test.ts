// A watched pipeline with fan-outs: a round runs the items that changed and what gathers them, and nothing else.
import { expect, test } from 'vitest';
import type { Behaviour } from '../support/engine-project.ts';
import { EngineProject, outputsOf } from '../support/engine-project.ts';
import type { WatchedProject } from '../support/watched-project.ts';
import { watchProject } from '../support/watched-project.ts';

const item = (name: string) => `\${{ item.${name} }}`;

interface Row {
  readonly id: string;
  readonly text: string;
}

/** Rows have texts and files, and one stage gathers what is made of them. */
function project(rows: readonly Row[], more: Record<string, unknown> = {}): EngineProject {
  const made = new EngineProject();
  made.pipeline({
    each: {
      foreach: { in: 'list.json', key: 'item.id' },
      run: `make ${item('text')} > \${{ outputs.page }}`,
      inputs: { one: `in/${item('id')}.txt` },
      outputs: { page: `pages/${item('id')}.txt` },
      ...more,
    },
    all: { inputs: { pages: `\${{ stages.each.outputs.page }}` }, outputs: { all: 'all.txt' } },
  });
  made.write({ 'list.json': JSON.stringify(rows) });
  for (const { id } of rows) made.write({ [`in/${id}.txt`]: id });
  return made;
}

const A = { id: 'a', text: 'one' };
const B = { id: 'b', text: 'two' };
const C = { id: 'c', text: 'three' };

/** What ran since the last time. */
function startedIn(watching: WatchedProject): () => string[] {
  const { runner } = watching.project;
  let seen = 0;
  return () => {
    const found = runner.started.slice(seen);
    seen += found.length;
    return found;
  };
}

const list = (rows: readonly Row[]) => ({ 'list.json': JSON.stringify(rows) });

test('a row, a file of an item, an output: one item runs, and what gathers it', async () => {
  const watching = await watchProject(project([A, B]));
  const started = startedIn(watching);
  expect(started()).toEqual(['each@a', 'each@b', 'all']);

  watching.edit(list([A, { ...B, text: 'new' }]));
  await watching.rest();
  expect(started()).toEqual(['each@b']);
  expect(watching.last?.cause).toMatchObject({ paths: ['list.json'], stages: ['each@b'] });

  watching.edit({ 'in/a.txt': 'other' });
  await watching.rest();
  expect(started()).toEqual(['each@a', 'all']);
  expect(watching.last?.cause).toMatchObject({ paths: ['in/a.txt'], stages: ['each@a'] });

  watching.edit({ 'pages/b.txt': 'spoilt' });
  await watching.rest();
  expect(started()).toEqual([]);
  expect(watching.project.read('all.txt')).toBe('all(each@a(other),each@b(b))');

  watching.edit({ 'all.txt': 'spoilt' });
  await watching.rest();
  expect(started()).toEqual([]);
  expect(watching.project.read('all.txt')).toBe('all(each@a(other),each@b(b))');
  expect(watching.told.at(-1)).toBe('idle');
});

test('items that come, go and change places', async () => {
  const watching = await watchProject(project([A, B]));
  const started = startedIn(watching);
  started();
  watching.edit({ ...list([C, A]), 'in/c.txt': 'c' });
  await watching.rest();
  expect(started()).toEqual(['each@c', 'all']);
  expect(watching.project.read('pages/b.txt')).toBeUndefined();
  watching.edit(list([A, C]));
  await watching.rest();
  expect(started()).toEqual(['all']);
  expect(watching.project.read('all.txt')).toBe('all(each@a(a),each@c(c))');
  // What nobody speaks of.
  const rounds = watching.rounds.length;
  watching.edit(list([A, { ...C, note: 1 } as Row]));
  await watching.rest();
  expect(watching.rounds).toHaveLength(rounds);
  // The file of an item that came is watched, that of one that is gone is not.
  watching.edit({ 'in/b.txt': 'nobody reads it' });
  await watching.rest();
  expect(watching.rounds).toHaveLength(rounds);
  watching.edit({ 'in/c.txt': 'new' });
  await watching.rest();
  expect(started()).toEqual(['each@c', 'all']);
});

test('a list that is wrong, and is mended', async () => {
  const watching = await watchProject(project([A, B]));
  const started = startedIn(watching);
  started();
  watching.edit({ 'list.json': '[' });
  await watching.rest();
  expect(watching.last?.outcomes).toEqual({ each: 'failed', all: 'blocked' });
  const rounds = watching.rounds.length;
  watching.edit({ 'list.json': '[' });
  await watching.rest();
  expect(watching.rounds).toHaveLength(rounds);
  watching.edit(list([A, B]));
  await watching.rest();
  expect(started()).toEqual([]);
  expect(watching.told.at(-1)).toBe('idle');
  expect(watching.pipeline.isDone).toBe(true);
});

test.each([
  ['fails', 1],
  ['is dropped', 3],
])('an item that %s is tried again when something of it has changed, and not before', async (_, code) => {
  let isBroken = true;
  const behave: Behaviour = (process) => {
    if (process.stage !== 'each@b' || !isBroken) return undefined;
    process.exit(code);
    return 'done';
  };
  const watching = await watchProject(project([A, B], { exit_codes: { 3: 'skippable' } }), { behave });
  const started = startedIn(watching);
  expect(started()).toEqual(code === 1 ? ['each@a', 'each@b'] : ['each@a', 'each@b', 'all']);
  expect(watching.pipeline.isDone).toBe(false);
  const rounds = watching.rounds.length;
  watching.edit(list([A, B]));
  await watching.rest();
  expect(watching.rounds).toHaveLength(rounds);
  expect(started()).toEqual([]);
  isBroken = false;
  watching.edit({ 'in/b.txt': 'mended' });
  await watching.rest();
  expect(started()).toEqual(['each@b', 'all']);
  expect(watching.project.read('all.txt')).toBe('all(each@a(a),each@b(mended))');
  expect(watching.pipeline.isDone).toBe(true);
});

test('a list that a stage makes is read anew in the round that makes it', async () => {
  const made = new EngineProject();
  made.pipeline({
    make: { inputs: { from: 'from.json' }, outputs: { list: 'build/list.json' } },
    each: {
      foreach: { in: `\${{ stages.make.outputs.list }}` },
      outputs: { page: `pages/\${{ item }}.txt` },
    },
    all: { inputs: { pages: 'pages/' }, outputs: { all: 'all.txt' } },
  });
  made.write({ 'from.json': '["a", "b"]' });
  const behave: Behaviour = (process) => {
    if (process.stage !== 'make') return undefined;
    const [path = ''] = outputsOf(process);
    process.writes({ [path]: process.reads('from.json') }).succeed();
    return 'done';
  };
  const watching = await watchProject(made, { behave });
  const started = startedIn(watching);
  expect(started()).toEqual(['make', 'each@a', 'each@b', 'all']);
  watching.edit({ 'from.json': '["b", "c"]' });
  await watching.rest();
  expect(started()).toEqual(['make', 'each@c', 'all']);
  expect(watching.project.read('all.txt')).toBe('all(each@b(),each@c())');
  expect(watching.project.read('pages/a.txt')).toBeUndefined();
  expect(watching.told.at(-1)).toBe('idle');
});
