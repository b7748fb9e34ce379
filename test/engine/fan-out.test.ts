// Stages that run for each item of a list: which items run when the list, the items or the stage change.
import { expect, test } from 'vitest';
import { causeLine } from '../../src/model/cause-text.ts';
import { RunSize } from '../../src/store/run-size.ts';
import type { Behaviour, Run } from '../support/engine-project.ts';
import { EngineProject, outputsOf, readInputs, succeed } from '../support/engine-project.ts';
import type { FakeProcess } from '../support/fake-command-runner.ts';

const ITEM = `\${{ item.id }}`;
const TEXT = `\${{ item.text }}`;
const GATHER = `\${{ stages.each.outputs.page }}`;

/** A list that is there, a page for each of its items, and all of them in one. */
function project(items: readonly { id: string; text: string }[]): EngineProject {
  const made = new EngineProject();
  made.pipeline({
    each: {
      foreach: { in: 'list.json', key: 'item.id' },
      run: `make ${TEXT} > \${{ outputs.page }}`,
      outputs: { page: `pages/${ITEM}.txt` },
    },
    all: { inputs: { pages: GATHER }, outputs: { all: 'all.txt' } },
  });
  list(made, items);
  return made;
}

function list(made: EngineProject, items: readonly { id: string; text: string }[]): void {
  made.write({ 'list.json': JSON.stringify(items) });
}

const A = { id: 'a', text: 'one' };
const B = { id: 'b', text: 'two' };
const C = { id: 'c', text: 'three' };

test('every item is an instance, and who gathers has them in the order of the list', async () => {
  const made = project([B, A]);
  const run = await made.build();
  expect(run.outcomes).toEqual({ 'each@b': 'ran', 'each@a': 'ran', all: 'ran' });
  expect(made.files()).toMatchObject({
    'pages/a.txt': 'each@a()',
    'pages/b.txt': 'each@b()',
    'all.txt': 'all(each@b(),each@a())',
  });
  expect(run.report).toMatchObject({ status: 'built', outcome: 'done', counts: { ran: 3 } });
});

test('with nothing changed nothing runs', async () => {
  const made = project([A, B]);
  await made.build();
  const again = await made.build();
  expect(again.started).toEqual([]);
  expect(again.outcomes).toEqual({ 'each@a': 'fresh', 'each@b': 'fresh', all: 'fresh' });
});

test('one item that changed is one that runs, and the gather', async () => {
  const made = project([A, B]);
  await made.build();
  list(made, [A, { ...B, text: 'other' }]);
  const run = await made.build();
  expect(run.outcomes).toEqual({ 'each@a': 'fresh', 'each@b': 'ran', all: 'fresh' });
});

test('what of an item nobody speaks of does not count', async () => {
  const made = project([A, B]);
  await made.build();
  list(made, [A, { ...B, note: 'new' } as typeof B]);
  expect((await made.build()).started).toEqual([]);
});

test('a list in another order runs the gather only', async () => {
  const made = project([A, B]);
  await made.build();
  list(made, [B, A]);
  expect((await made.build()).started).toEqual(['all']);
  expect(made.read('all.txt')).toBe('all(each@b(),each@a())');
});

test('an item that came runs, one that is gone takes its output along', async () => {
  const made = project([A, B]);
  await made.build();
  list(made, [A, C]);
  const run = await made.build();
  expect(run.outcomes).toEqual({ 'each@a': 'fresh', 'each@c': 'ran', all: 'ran' });
  expect(made.files()).toEqual({
    'list.json': JSON.stringify([A, C]),
    'pages/a.txt': 'each@a()',
    'pages/c.txt': 'each@c()',
    'all.txt': 'all(each@a(),each@c())',
  });
});

/** Sites with their pages: both lists are made by stages. */
function nested(): EngineProject {
  const made = new EngineProject();
  const item = (name: string) => `\${{ item${name} }}`;
  made.pipeline({
    sites: { inputs: { from: 'sites.txt' }, outputs: { list: 'build/sites.json' } },
    pages: {
      foreach: { in: `\${{ stages.sites.outputs.list }}` },
      run: `find ${item('')} > \${{ outputs.list }}`,
      inputs: { site: `sites/${item('')}.txt` },
      outputs: { list: `build/pages/${item('')}.jsonl` },
    },
    parse: {
      foreach: { in: `\${{ stages.pages.outputs.list }}`, key: 'item.site + "/" + item.page' },
      run: `parse ${item('.page')} > \${{ outputs.record }}`,
      inputs: { page: `pages/${item('.site')}/${item('.page')}.txt` },
      outputs: { record: `build/records/${item('.site')}/${item('.page')}.txt` },
    },
    all: { inputs: { records: `\${{ stages.parse.outputs.record }}` }, outputs: { all: 'all.txt' } },
  });
  made.write({
    'sites.txt': 'x y',
    'sites/x.txt': '1 2',
    'sites/y.txt': '1',
    'pages/x/1.txt': 'x1',
    'pages/x/2.txt': 'x2',
    'pages/y/1.txt': 'y1',
  });
  return made;
}

/** Lists are made of what the inputs say. */
const crawl = (process: FakeProcess): 'done' | undefined => {
  const [stage, key] = process.stage.split('@');
  const [output] = outputsOf(process);
  const words = readInputs(process).join(' ').split(' ');
  if (output === undefined) return undefined;
  if (stage === 'sites') process.writes({ [output]: JSON.stringify(words) });
  else if (stage === 'pages')
    process.writes({ [output]: words.map((page) => `${JSON.stringify({ site: key, page })}\n`).join('') });
  else return undefined;
  process.succeed();
  return 'done';
};

test('a list that a stage makes is read when it is made; fan-outs may be nested', async () => {
  const made = nested();
  const run = await made.build({ behave: crawl });
  expect(run.outcomes).toEqual({
    sites: 'ran',
    'pages@x': 'ran',
    'pages@y': 'ran',
    'parse@x%2F1': 'ran',
    'parse@x%2F2': 'ran',
    'parse@y%2F1': 'ran',
    all: 'ran',
  });
  expect(made.read('all.txt')).toBe('all(parse@x%2F1(x1),parse@x%2F2(x2),parse@y%2F1(y1))');
  expect((await made.build({ behave: crawl })).started).toEqual([]);
});

test('of nested fan-outs one page that changed runs itself and what gathers it', async () => {
  const made = nested();
  await made.build({ behave: crawl });
  made.write({ 'pages/x/2.txt': 'new' });
  expect((await made.build({ behave: crawl })).started).toEqual(['parse@x%2F2', 'all']);
  made.write({ 'sites/y.txt': '1 2', 'pages/y/2.txt': 'y2' });
  expect((await made.build({ behave: crawl })).started).toEqual(['pages@y', 'parse@y%2F2', 'all']);
  expect(made.read('all.txt')).toBe('all(parse@x%2F1(x1),parse@x%2F2(new),parse@y%2F1(y1),parse@y%2F2(y2))');
});

test('a plan says of a fan-out whose list is to be made that it may run, and how many it had', async () => {
  const made = nested();
  const planned = async () => {
    const plan = await made.plan();
    if (plan.status !== 'planned') throw new Error(plan.status);
    return plan.stages.map(({ id, decision, items }) => [id, decision, ...(items ? [items.up_to] : [])]);
  };
  expect(await planned()).toEqual([
    ['sites', 'run'],
    ['pages', 'may-run', 0],
    ['parse', 'may-run', 0],
    ['all', 'run'],
  ]);
  await made.build({ behave: crawl });
  made.write({ 'sites.txt': 'y x' });
  expect(await planned()).toEqual([
    ['sites', 'run'],
    ['pages', 'may-run', 2],
    ['parse', 'may-run', 3],
    ['all', 'may-run'],
  ]);
  made.write({ 'sites.txt': 'x y', 'sites/x.txt': '1' });
  expect(await planned()).toEqual([
    ['sites', 'fresh'],
    ['pages@x', 'run'],
    ['pages@y', 'fresh'],
    ['parse', 'may-run', 3],
    ['all', 'may-run'],
  ]);
});

test('an instance can be built alone, and takes nothing of the others away', async () => {
  const made = project([A, B]);
  const run = await made.build({ targets: ['each@b'] });
  expect(run.outcomes).toEqual({ 'each@b': 'ran' });
  list(made, [B, C]);
  expect((await made.build({ targets: ['each@c'] })).outcomes).toEqual({ 'each@c': 'ran' });
  list(made, [C]);
  expect((await made.build({ targets: ['each@c'] })).outcomes).toEqual({ 'each@c': 'fresh' });
  expect(made.read('pages/b.txt')).toBe('each@b()');
  expect((await made.build({ targets: ['each@c'], force: true })).started).toEqual(['each@c']);
  expect((await made.build({ force: ['each@c'] })).started).toEqual(['each@c', 'all']);
  expect(made.read('pages/b.txt')).toBeUndefined();
});

test('an item that fails for good fails its fan-out; the others that were under way count', async () => {
  const made = project([A, B, C]);
  const run = await made.build({ behave: failing('each@b', 1), keepGoing: true });
  expect(run.outcomes).toEqual({ 'each@a': 'ran', 'each@b': 'failed', 'each@c': 'ran', all: 'blocked' });
  expect(run.report).toMatchObject({ outcome: 'failed', counts: { ran: 2, failed: 1, blocked: 1 } });
  expect((await made.build()).started).toEqual(['each@b', 'all']);
});

test('an item that is skipped is dropped: it is not gathered, and the next build tries it again', async () => {
  const made = project([A, B, C]);
  mayDrop(made);
  await made.build();
  list(made, [A, { ...B, text: 'new' }, C]);
  const run = await made.build({ behave: failing('each@b', 3) });
  expect(run.outcomes).toEqual({ 'each@a': 'fresh', 'each@b': 'skipped', 'each@c': 'fresh', all: 'ran' });
  expect(made.read('all.txt')).toBe('all(each@a(),each@c())');
  expect(made.read('pages/b.txt')).toBeUndefined();
  const again = await made.build({ behave: failing('each@b', 3) });
  expect(again.outcomes).toEqual({ 'each@a': 'fresh', 'each@b': 'skipped', 'each@c': 'fresh', all: 'fresh' });
  const mended = await made.build();
  expect(mended.outcomes).toEqual({ 'each@a': 'fresh', 'each@b': 'ran', 'each@c': 'fresh', all: 'restored' });
});

test('an item with no try left is dropped; more than max_skipped fail the stage', async () => {
  const made = project([A, B, C]);
  mayDrop(made, { max_skipped: '40%' });
  const one = await made.build({ behave: failing('each@b', 75) });
  expect(one.outcomes).toEqual({ 'each@a': 'ran', 'each@b': 'skipped', 'each@c': 'ran', all: 'ran' });
  mayDrop(made, { max_skipped: 0 });
  const none = await made.build({ behave: failing('each@b', 75) });
  expect(none.outcomes).toEqual({
    'each@a': 'fresh',
    'each@b': 'skipped',
    'each@c': 'fresh',
    each: 'failed',
    all: 'blocked',
  });
  expect(failureOf(none, 'each')).toBe('1 of 3 items were dropped, and "max_skipped" is 0.');
});

test.each([
  ['a list that is empty text', '', 'The list "build/l.json" is empty; a list without items is "[]".'],
  [
    'what is no JSON',
    '[1, 2',
    "The list \"build/l.json\" is not JSON: expected ',' or ']' after array element in JSON at position 5.",
  ],
  ['a mapping', '{"a": 1}', 'The list "build/l.json" has a mapping in it, not a list.'],
  [
    'an item without a key',
    '["a", {"id": 1}]',
    'Item 2 of "build/l.json" has no key. It is no text or number, so "foreach" needs a "key", such as item.id.',
  ],
  [
    'two items with one key',
    '["a", "b", "a"]',
    'The key "a" is there twice: in item 1 of "build/l.json" and item 3 of "build/l.json".',
  ],
  ['an empty key', '[""]', 'Item 1 of "build/l.json" has no key. Its key is empty.'],
])('a fan-out fails with a sentence for %s', async (_, text, message) => {
  const made = new EngineProject();
  const all = `\${{ stages.each.outputs.o }}`;
  made.pipeline({
    make: { outputs: { list: 'build/l.json' } },
    each: { foreach: { in: 'build/l.json' }, outputs: { o: `o/\${{ item }}.txt` } },
    all: { inputs: { all }, outputs: { all: 'all.txt' } },
  });
  const run = await made.build({
    behave: (process) => {
      if (process.stage !== 'make') return undefined;
      process.writes({ [outputsOf(process)[0] as string]: text });
      process.succeed();
      return 'done';
    },
  });
  expect(run.outcomes).toEqual({ make: 'ran', each: 'failed', all: 'blocked' });
  expect(failureOf(run, 'each')).toBe(message);
});

test('an item whose path leads elsewhere fails alone', async () => {
  const made = project([A, { id: '../x', text: 'evil' }, B]);
  const run = await made.build({ keepGoing: true });
  expect(run.outcomes).toEqual({ 'each@a': 'ran', 'each@..%2Fx': 'failed', 'each@b': 'ran', all: 'blocked' });
  expect(failureOf(run, 'each@..%2Fx')).toBe('Its output would be "pages/../x.txt", which leads out of its folder.');
});

test('two items that make one path, or what another stage makes, fail with who else does', async () => {
  const made = new EngineProject();
  const path = `\${{ item.path }}`;
  made.pipeline({
    other: { outputs: { o: 'pages/o.txt' } },
    each: { foreach: { in: 'list.json', key: 'item.id' }, outputs: { page: `pages/${path}.txt` } },
  });
  made.write({
    'list.json': JSON.stringify([
      { id: 1, path: 'p' },
      { id: 2, path: 'p' },
      { id: 3, path: 'o' },
    ]),
  });
  const run = await made.build({ keepGoing: true });
  expect(run.outcomes).toEqual({ other: 'ran', 'each@1': 'ran', 'each@2': 'failed', 'each@3': 'failed' });
  expect(failureOf(run, 'each@2')).toBe('Its output "pages/p.txt" is made by "each@1" too.');
  expect(failureOf(run, 'each@3')).toBe('Its output "pages/o.txt" is made by "other" too.');
});

test('files that match a glob are items, and the path may name them', async () => {
  const made = new EngineProject();
  const item = `\${{ item }}`;
  made.pipeline({
    each: { foreach: { in: 'in/*.csv' }, inputs: { data: item }, outputs: { o: `out/${item}.txt` } },
    all: { inputs: { all: 'out/' }, outputs: { all: 'all.txt' } },
  });
  made.write({ 'in/a.csv': 'A', 'in/b.csv': 'B' });
  expect((await made.build()).started).toEqual(['each@in%2Fa.csv', 'each@in%2Fb.csv', 'all']);
  expect(made.read('out/in/a.csv.txt')).toBe('each@in%2Fa.csv(A)');
  made.write({ 'in/b.csv': 'new' });
  expect((await made.build()).started).toEqual(['each@in%2Fb.csv', 'all']);
  made.fs.remove('/w/in/a.csv');
  expect((await made.build()).started).toEqual(['all']);
  expect(made.read('out/in/a.csv.txt')).toBeUndefined();
});

test('an item that names what another stage makes waits for it, or fails', async () => {
  const made = new EngineProject();
  const item = `\${{ item }}`;
  const each = { foreach: { in: 'list.json' }, inputs: { data: item }, outputs: { o: `out/${item}.txt` } };
  made.write({ 'list.json': '["build/one"]' });
  made.pipeline({ one: { outputs: { o: 'build/one' } }, each });
  const run = await made.build({ targets: ['each'] });
  expect(failureOf(run, 'each@build%2Fone')).toBe(
    'Its input "build/one" is made by "one", for which "each" does not wait. Add it to "needs".',
  );
  made.pipeline({ one: { outputs: { o: 'build/one' } }, each: { ...each, needs: ['one'] } });
  expect((await made.build()).outcomes).toEqual({ one: 'ran', 'each@build%2Fone': 'ran' });
  made.pipeline({ one: { outputs: { o: 'build/one' }, version: 2 }, each: { ...each, needs: ['one'] } });
  expect(await made.decisions()).toEqual({ one: 'run', 'each@build%2Fone': 'may-run' });
});

test('what is missing of the outputs is restored, item by item', async () => {
  const made = project([A, B]);
  await made.build();
  made.fs.remove('/w/pages/a.txt');
  made.fs.remove('/w/all.txt');
  const run = await made.build();
  expect(run.outcomes).toEqual({ 'each@a': 'restored', 'each@b': 'fresh', all: 'restored' });
});

test('an empty list is a fan-out without instances, and the gather has nothing', async () => {
  const made = project([]);
  const run = await made.build();
  expect(run.outcomes).toEqual({ all: 'ran' });
  expect(made.read('all.txt')).toBe('all()');
  expect((await made.build()).started).toEqual([]);
});

function mayDrop(made: EngineProject, more: Record<string, unknown> = {}): void {
  made.pipeline({
    each: {
      foreach: { in: 'list.json', key: 'item.id', ...more },
      run: `make ${TEXT} > \${{ outputs.page }}`,
      exit_codes: { 3: 'skippable', 75: 'retryable' },
      retry: { max: 1 },
      outputs: { page: `pages/${ITEM}.txt` },
    },
    all: { inputs: { pages: GATHER }, outputs: { all: 'all.txt' } },
  });
}

function failing(stage: string, code: number): Behaviour {
  return (process) => {
    if (process.stage !== stage) return undefined;
    process.exit(code);
    return 'done';
  };
}

function failureOf(run: Run, stage: string): string | undefined {
  return run.collected.stages.get(stage)?.failure?.message;
}

/** What the events of a run say of how many stages it has, in order. */
function sizes(run: Run): string[] {
  const size = new RunSize();
  return run.events.flatMap((event) => {
    size.apply(event);
    if (event.event !== 'run_started' && event.event !== 'task_expanded' && event.event !== 'task_settled') return [];
    return [`${event.task_id ?? 'run'}: ${event.details.message} ${size.toDo}/${size.total}`];
  });
}

test('events say how many stages a list adds, and what became of its items', async () => {
  const made = nested();
  expect(sizes(await made.build({ behave: crawl }))).toEqual([
    'run: 4 stages, 4 to do. 4/4',
    'pages: 2 items, 2 to do. 5/5',
    'pages: 2 items, 2 ran. 5/5',
    'parse: 3 items, 3 to do. 7/7',
    'parse: 3 items, 3 ran. 7/7',
  ]);
  made.write({ 'sites.txt': 'x y z', 'sites/z.txt': '1', 'pages/z/1.txt': 'z1', 'pages/y/1.txt': 'new' });
  const run = await made.build({ behave: crawl });
  expect(sizes(run)).toEqual([
    'run: 4 stages, 4 to do. 4/4',
    'pages: 3 items, 3 to do. 6/6',
    'pages: 3 items, 2 fresh, 1 ran. 6/6',
    'parse: 4 items, 4 to do. 9/9',
    'parse: 4 items, 2 fresh, 2 ran. 9/9',
  ]);
  expect(run.collected.total).toBe(9);
  const record = JSON.parse(made.read(`.wrangle/runs/${run.collected.runId}/run.json`) ?? '');
  expect(record.progress).toEqual({ total: 9, completed: 9, failed: 0 });
});

test('instances that the plan knows are counted from the start', async () => {
  const made = project([A, B]);
  expect(sizes(await made.build())).toEqual([
    'run: 3 stages, 3 to do. 3/3',
    'each: 2 items, 2 to do. 3/3',
    'each: 2 items, 2 ran. 3/3',
  ]);
  list(made, [A, { ...B, text: 'other' }, C]);
  expect(sizes(await made.build())).toEqual([
    'run: 4 stages, 3 to do. 3/4',
    'each: 3 items, 2 to do. 3/4',
    'each: 3 items, 1 fresh, 2 ran. 3/4',
  ]);
});

test('a plan says what is removed because its item is gone, and a status is not up to date then', async () => {
  const made = project([A, B]);
  await made.build();
  list(made, [A]);
  const plan = await made.plan();
  if (plan.status !== 'planned') throw new Error(plan.status);
  expect(plan.stages.map(({ id, decision, causes }) => [id, decision, ...causes.map(causeLine)])).toEqual([
    ['each@a', 'fresh'],
    ['each', 'run', 'output pages/b.txt is to be removed'],
    ['all', 'may-run', 'waits for each'],
  ]);
  expect((await made.build()).outcomes).toEqual({ 'each@a': 'fresh', all: 'ran' });
  expect(await made.decisions()).toEqual({ 'each@a': 'fresh', all: 'fresh' });
});

test('an instance that the list does not have is offered the nearest that it has', async () => {
  const made = project([A, { ...B, id: 'beta' }]);
  await made.build();
  for (const asked of [{ targets: ['each@bata'] }, { force: ['each@bata'] }]) {
    const run = await made.build(asked);
    expect(run.outcomes).toMatchObject({ each: 'failed' });
    expect(run.started).toEqual([]);
    expect(run.collected.stages.get('each')?.reason).toBe(
      'The list has no item for "each@bata". Did you mean "each@beta"?',
    );
  }
});

test('how many items of a fan-out are over is told at most once a second', async () => {
  const made = project([A, B, C]);
  const running = made.start({ jobs: 1 });
  for (const id of ['each@a', 'each@b', 'each@c', 'all']) {
    await running.idle();
    await made.clock.advance(id === 'each@a' ? 400 : 1100);
    succeed(made.runner.process(id));
  }
  const { events } = await running.done;
  const ofEach = events.filter(({ task_id }) => task_id === 'each');
  expect(ofEach.map(({ event, details }) => `${event}: ${details.message}`)).toEqual([
    'task_queued: Its producers are done.',
    'task_expanded: 3 items, 3 to do.',
    'task_progress: 2 of 3 items done.',
    'task_settled: 3 items, 3 ran.',
  ]);
});

test('an item whose maker is skipped is skipped with it, in plans too, and is nothing to do then', async () => {
  const made = new EngineProject();
  const foreach = { in: 'list.json', key: 'item.id' };
  made.pipeline({
    each: { foreach, when: 'item.text == "go"', outputs: { page: `pages/${ITEM}.txt` } },
    next: { foreach, inputs: { page: `pages/${ITEM}.txt` }, outputs: { o: `next/${ITEM}.txt` } },
    one: { inputs: { page: 'pages/b.txt' }, outputs: { o: 'one.txt' } },
    last: { inputs: { one: 'one.txt' }, outputs: { o: 'last.txt' } },
    all: { inputs: { all: `\${{ stages.next.outputs.o }}` }, outputs: { all: 'all.txt' } },
  });
  list(made, [
    { id: 'a', text: 'go' },
    { id: 'b', text: 'stay' },
  ]);
  const first = await made.build();
  const skipped = { 'each@b': 'skipped', 'next@b': 'skipped', one: 'skipped', last: 'skipped' };
  expect(first.outcomes).toEqual({ 'each@a': 'ran', 'next@a': 'ran', all: 'ran', ...skipped });
  expect(Object.values(await made.decisions())).toEqual(new Array(7).fill('fresh'));
  const again = await made.build();
  expect(again.outcomes).toEqual({ 'each@a': 'fresh', 'next@a': 'fresh', all: 'fresh', ...skipped });
  expect(again.collected.skipped).toEqual({
    'each@b': 'its "when" is false',
    'next@b': 'skipped with each@b',
    one: 'skipped with each@b',
    last: 'skipped with one',
  });
  list(made, [
    { id: 'a', text: 'stay' },
    { id: 'b', text: 'stay' },
  ]);
  expect(await made.decisions()).toEqual({
    'each@a': 'run',
    'each@b': 'fresh',
    'next@a': 'run',
    'next@b': 'fresh',
    one: 'fresh',
    last: 'fresh',
    all: 'may-run',
  });
  const none = await made.build();
  expect(none.started).toEqual(['all']);
  expect(none.outcomes).toMatchObject({ 'each@a': 'skipped', 'next@a': 'skipped', all: 'ran' });
  expect(Object.keys(made.files())).toEqual(['all.txt', 'list.json', 'next/', 'pages/']);
  expect(Object.values(await made.decisions())).toEqual(new Array(7).fill('fresh'));
});

test('an item is not forced a second time where its whole fan-out is', async () => {
  const made = project([A, B]);
  await made.build();
  for (const force of [true, ['each'], ['each@a', 'each@b']]) {
    const run = await made.build({ force, forcedBefore: ['each@a', 'all'] });
    expect(run.outcomes).toMatchObject({ 'each@a': 'fresh', 'each@b': 'ran' });
  }
});

test('a path that goes from a stage to an item and back belongs to who makes it', async () => {
  const made = new EngineProject();
  const make = `make > \${{ outputs.o }}`;
  const each = { foreach: { in: 'list.json' }, run: make, outputs: { o: `o/\${{ item }}` } };
  const one = { run: make, outputs: { o: 'o/b' } };
  const build = async (stages: Parameters<EngineProject['pipeline']>[0], items: readonly string[]) => {
    made.pipeline(stages);
    made.write({ 'list.json': JSON.stringify(items) });
    const { outcomes } = await made.build();
    return [outcomes, Object.keys(made.files())];
  };
  const both = ['list.json', 'o/a', 'o/b'];
  expect(await build({ each, one }, ['a'])).toEqual([{ one: 'ran', 'each@a': 'ran' }, both]);
  expect(await build({ each }, ['a', 'b'])).toEqual([{ 'each@a': 'fresh', 'each@b': 'fresh' }, both]);
  expect(await build({ each, one }, ['a'])).toEqual([{ one: 'fresh', 'each@a': 'fresh' }, both]);
  expect(await build({ each }, ['a', 'b'])).toEqual([{ 'each@a': 'fresh', 'each@b': 'fresh' }, both]);
  expect(await build({ each }, ['a'])).toEqual([{ 'each@a': 'fresh' }, ['list.json', 'o/a']]);
});

test.each([
  ['files', ''],
  ['folders', '/'],
])('of %s, what gone items made gives way to what lies in it or around it', async (_, ending) => {
  const made = new EngineProject();
  made.pipeline({
    each: { foreach: { in: 'list.json' }, outputs: { o: `o/\${{ item }}${ending}` } },
    all: { inputs: { all: `\${{ stages.each.outputs.o }}` }, outputs: { all: 'all.txt' } },
  });
  const file = (key: string) => (ending === '' ? `o/${key}` : `o/${key}/data`);
  const items = (...keys: string[]) => made.write({ 'list.json': JSON.stringify(keys) });
  const outputs = () => Object.keys(made.files()).filter((path) => path.startsWith('o'));
  items('a', 'z');
  await made.build();
  items('a/x', 'z');
  const inner = await made.build();
  expect(inner.outcomes).toEqual({ 'each@a%2Fx': 'ran', 'each@z': 'fresh', all: 'ran' });
  expect([inner.warnings, outputs()]).toEqual([[], [file('a/x'), file('z')]]);
  items('a', 'z');
  // Of some instances only: what is in their way goes all the same, what else is gone stays.
  const outer = await made.build({ targets: ['each@a'] });
  expect(outer.outcomes).toEqual({ 'each@a': 'restored' });
  expect([outer.warnings, outputs()]).toEqual([[], [file('a'), file('z')]]);
  expect(await made.rollback()).toMatchObject({ status: 'rolled-back', warnings: [] });
  expect(outputs()).toEqual([file('a/x'), file('z')]);
  expect((await made.build()).outcomes).toEqual({ 'each@a': 'restored', 'each@z': 'fresh', all: 'restored' });
  expect(await made.decisions()).toEqual({ 'each@a': 'fresh', 'each@z': 'fresh', all: 'fresh' });
});
