// The store and the ways to go without it; force, always, contracts; several pipelines in one workspace.
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../src/util/hash.ts';
import type { Behaviour } from '../support/engine-project.ts';
import { EngineProject, outputsOf } from '../support/engine-project.ts';

function one(change: Readonly<Record<string, unknown>> = {}): EngineProject {
  const project = new EngineProject();
  project.write({ in: '1' });
  project.pipeline({
    a: { inputs: { d: 'in' }, outputs: { o: 'a' }, ...change },
    b: { inputs: { d: 'a' }, outputs: { o: 'dir/' } },
  });
  return project;
}

const blobs = (project: EngineProject) =>
  Object.keys(project.fs.tree('/w/.wrangle/store')).filter((path) => path.startsWith('cas/'));
const records = (project: EngineProject) =>
  Object.keys(project.fs.tree('/w/.wrangle/store')).filter((path) => path.startsWith('ac/'));

describe('modes', () => {
  test('rw: what was made before comes back', async () => {
    const project = one();
    await project.build();
    project.write({ in: '2' });
    await project.build();
    project.write({ in: '1' });
    expect((await project.build()).outcomes).toEqual({ a: 'restored', b: 'restored' });
    expect(project.files()).toEqual({ in: '1', a: 'a(1)', 'dir/data': 'b(a(1))' });
  });

  test('off: nothing is kept and nothing looked up, and still nothing runs twice', async () => {
    const project = one();
    await project.build();
    project.write({ in: '2' });
    const before = blobs(project).length;
    expect((await project.build({ cache: 'off' })).outcomes).toEqual({ a: 'ran', b: 'ran' });
    expect(blobs(project)).toHaveLength(before);
    expect((await project.build({ cache: 'off' })).outcomes).toEqual({ a: 'fresh', b: 'fresh' });
    project.write({ in: '1' });
    expect((await project.build({ cache: 'off' })).outcomes).toEqual({ a: 'ran', b: 'ran' });
  });

  test('read: what is there is used, nothing is added', async () => {
    const project = one();
    await project.build();
    project.write({ in: '2' });
    const before = [blobs(project), records(project)];
    expect((await project.build({ cache: 'read' })).outcomes).toEqual({ a: 'ran', b: 'ran' });
    expect([blobs(project), records(project)]).toEqual(before);
    project.write({ in: '1' });
    expect((await project.build({ cache: 'read' })).outcomes).toEqual({ a: 'restored', b: 'restored' });
  });

  test('write: what is made is kept, nothing is looked up', async () => {
    const project = one();
    await project.build();
    project.fs.remove('/w/a');
    expect((await project.build({ cache: 'write' })).outcomes).toEqual({ a: 'ran', b: 'fresh' });
    project.fs.remove('/w/a');
    expect((await project.build()).outcomes).toEqual({ a: 'restored', b: 'fresh' });
  });

  test('cache: false on an output: it is never put back, the stage runs again', async () => {
    const project = one({ outputs: { o: { path: 'a', cache: false } } });
    await project.build();
    expect((await project.build()).outcomes).toEqual({ a: 'fresh', b: 'fresh' });
    expect(Object.values(project.fs.tree('/w/.wrangle/store'))).not.toContain('a(1)');
    project.fs.remove('/w/a');
    expect((await project.build()).outcomes).toEqual({ a: 'ran', b: 'fresh' });
  });
});

describe('the store', () => {
  test('lost: everything runs again, nothing is taken for an edit, and `why` says what is missing', async () => {
    const project = one();
    await project.build();
    project.fs.remove('/w/.wrangle/store');
    expect((await project.why('a')).map(({ part, change, after }) => [part, change, after])).toEqual([
      ['output', 'missing', 'its record is not in the store'],
    ]);
    const { outcomes, warnings } = await project.build();
    expect({ outcomes, warnings }).toEqual({ outcomes: { a: 'ran', b: 'ran' }, warnings: [] });
    expect((await project.build()).started).toEqual([]);
  });

  test('a damaged blob is a warning and a miss, and heals', async () => {
    const project = one();
    await project.build();
    for (const path of blobs(project)) {
      const absolute = `/w/.wrangle/store/${path}`;
      const text = project.fs.readText(absolute) ?? '';
      // Of the folder its one file, not its manifest: that is found damaged first, and the file by a later restore.
      if (!text.startsWith('[')) project.fs.write({ [absolute]: `#${text.slice(1)}` });
    }
    project.fs.remove('/w/a');
    project.fs.remove('/w/dir');
    const run = await project.build();
    expect(run.started).toEqual(['a', 'b']);
    expect(run.warnings[0]).toBe(
      `The stored copy of "a" is damaged (it is now in ".wrangle/store/quarantine/${sha256('a(1)')}"); ` +
        'the stage runs again and keeps a new one.',
    );
    expect(project.files()).toEqual({ in: '1', a: 'a(1)', 'dir/data': 'b(a(1))' });
    project.fs.remove('/w/a');
    project.fs.remove('/w/dir');
    expect((await project.build()).outcomes).toEqual({ a: 'restored', b: 'restored' });
  });

  test('damaged under a consumer that looked fresh: it follows what its producer makes now', async () => {
    const project = one();
    await project.build();
    for (const path of blobs(project)) {
      if (project.read(`.wrangle/store/${path}`) === 'a(1)')
        project.fs.write({ [`/w/.wrangle/store/${path}`]: 'X(1)' });
    }
    project.fs.remove('/w/a');
    expect(await project.decisions()).toEqual({ a: 'restore', b: 'fresh' });
    const run = await project.build({
      behave: (process) => {
        if (process.stage !== 'a') return undefined;
        process.writes({ '.wrangle/staging/a/0/a': 'other bytes this time' }).exit(0);
        return 'done';
      },
    });
    expect(run.outcomes).toEqual({ a: 'ran', b: 'ran' });
    expect(project.read('dir/data')).toBe('b(other bytes this time)');
    expect((await project.build()).started).toEqual([]);
  });

  test('full: a warning, the outputs are published, the build goes on', async () => {
    const project = one();
    project.fs.failNext('copyFile', 'ENOSPC', 'store/tmp');
    const { outcomes, warnings } = await project.build();
    expect(outcomes).toEqual({ a: 'ran', b: 'ran' });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^Cannot keep results in the store: the disk is full/);
    expect(project.read('a')).toBe('a(1)');
    expect((await project.build()).started).toEqual([]);
  });

  test('an interrupted copy leaves nothing behind', async () => {
    const project = one();
    project.write({ '.wrangle/store/tmp/9-abc-1': 'half', '.wrangle/staging/a/0/a': 'half' });
    await project.build();
    expect(Object.keys(project.fs.tree('/w/.wrangle')).filter((path) => /tmp\/.|staging\/./.test(path))).toEqual([]);
  });
});

describe('force and always', () => {
  test('force runs all, or those named, though they are fresh', async () => {
    const project = one();
    await project.build();
    expect((await project.build({ force: ['a'] })).outcomes).toEqual({ a: 'ran', b: 'fresh' });
    expect((await project.build({ force: true })).outcomes).toEqual({ a: 'ran', b: 'ran' });
    expect((await project.build({ force: true, targets: ['b'] })).outcomes).toEqual({ a: 'fresh', b: 'ran' });
    expect((await project.build()).started).toEqual([]);
  });

  test('a stage that is not there cannot be forced or asked for', async () => {
    const project = one();
    for (const options of [{ force: ['x'] }, { targets: ['x'] }]) {
      const { report } = await project.build(options);
      expect(report.status).toBe('invalid');
    }
  });

  test('always: it runs each time, and its consumers only when the bytes change', async () => {
    const project = one({ always: true });
    await project.build();
    expect(await project.decisions()).toEqual({ a: 'run', b: 'may-run' });
    expect((await project.build()).outcomes).toEqual({ a: 'ran', b: 'fresh' });
  });

  test('targets bring what they need and nothing else', async () => {
    const project = one();
    expect((await project.build({ targets: ['a'] })).outcomes).toEqual({ a: 'ran' });
    expect((await project.build({ targets: ['b'] })).outcomes).toEqual({ a: 'fresh', b: 'ran' });
  });
});

describe('contracts', () => {
  const withExpect = (min_bytes: number) => ({ outputs: { o: { path: 'a', expect: { min_bytes } } } });

  test('when only the contract changed nothing runs, and the outputs are checked again', async () => {
    const project = one(withExpect(1));
    await project.build();
    project.pipeline({ a: { inputs: { d: 'in' }, ...withExpect(4) } });
    expect(await project.decisions()).toEqual({ a: 'fresh' });
    expect((await project.why('a')).map(({ part, change }) => [part, change])).toEqual([['expect', 'changed']]);
    expect((await project.build()).outcomes).toEqual({ a: 'fresh' });
    expect(await project.why('a')).toEqual([]);
  });

  test('bad rows of a table are named, and what follows never sees it', async () => {
    const rows = Array.from({ length: 10_000 }, (_, at) => `${at + 1},${[41, 4999, 9999].includes(at) ? 'n/a' : at}`);
    const schema = { type: 'object', properties: { n: { type: 'integer' } } };
    const stages = (expect: object) => ({
      a: { inputs: { d: 'in' }, outputs: { o: { path: 'a.csv', expect } } },
      b: { inputs: { d: 'a.csv' }, outputs: { o: 'b' } },
    });
    const behave: Behaviour = (process) => {
      if (!outputsOf(process)[0]?.endsWith('a.csv')) return undefined;
      process.writes({ [outputsOf(process)[0] as string]: `id,n\n${rows.join('\n')}\n` }).exit(0);
      return 'done';
    };
    const project = new EngineProject();
    project.write({ in: '1' });
    project.pipeline(stages({ schema, rows: 10_000 }));
    const run = await project.build({ behave });
    expect(run.outcomes).toEqual({ a: 'failed', b: 'blocked' });
    expect(run.collected.stages.get('a')?.failure?.message).toBe(
      'Its output "a.csv" breaks its contract: 3 of 10000 rows do not fit its schema: line 43 (/n: must be a whole number, not "n/a"), line 5001 (/n: must be a whole number, not "n/a"), line 10001 (/n: must be a whole number, not "n/a").',
    );
    expect(project.read('a.csv')).toBeUndefined();

    project.pipeline(stages({ rows: 10_000 }));
    expect((await project.build({ behave })).outcomes).toEqual({ a: 'ran', b: 'ran' });
    for (const [expected, outcome] of [
      [{ unique: 'id', not_null: ['n'], assert: 'output.rows == 10000' }, 'fresh'],
      [{ unique: 'n' }, 'failed'],
    ] as const) {
      project.pipeline(stages(expected));
      expect((await project.why('a')).map(({ part, change }) => [part, change])).toEqual([['expect', 'changed']]);
      const again = await project.build({ behave });
      expect({ a: again.outcomes['a'], started: again.started }).toEqual({ a: outcome, started: [] });
      expect(project.read('a.csv')).toContain('n/a');
    }
  });

  test('and when they break it the stage fails, with its outputs left', async () => {
    const project = one(withExpect(1));
    await project.build();
    project.pipeline({ a: { inputs: { d: 'in' }, ...withExpect(99) } });
    for (let again = 0; again < 2; again++) {
      const run = await project.build();
      expect(run.outcomes).toEqual({ a: 'failed' });
      expect(run.started).toEqual([]);
      expect(project.read('a')).toBe('a(1)');
    }
  });

  test('outputs that are gone are not put back unchecked: the stage runs', async () => {
    const project = one(withExpect(1));
    await project.build();
    project.fs.remove('/w/a');
    project.pipeline({ a: { inputs: { d: 'in' }, ...withExpect(99) } });
    const run = await project.build();
    expect({ outcomes: run.outcomes, started: run.started }).toEqual({ outcomes: { a: 'failed' }, started: ['a'] });
    expect(project.read('a')).toBeUndefined();
  });

  test('what was checked was the result of that time, not the one another pipeline has made since', async () => {
    const project = new EngineProject();
    const stage = { run: `make a \${{ outputs.o }}`, inputs: { d: 'in' } };
    project.write({ in: 'a long text' });
    project.pipeline({ a: { ...stage, ...withExpect(8) } });
    await project.build();
    project.write({
      in: 'x',
      'other.yaml': JSON.stringify({ version: 1, stages: { a: { ...stage, outputs: { o: 'a' } } } }),
    });
    expect((await project.build({ file: '/w/other.yaml' })).outcomes).toEqual({ a: 'ran' });
    const run = await project.build();
    expect({ outcomes: run.outcomes, started: run.started }).toEqual({ outcomes: { a: 'failed' }, started: [] });
  });

  test('a contract that another pipeline did not ask for is checked though the output is fresh', async () => {
    const project = one();
    await project.build();
    const other = {
      version: 1,
      stages: { a: { run: `make a \${{ outputs.o }}`, inputs: { d: 'in' }, ...withExpect(99) } },
    };
    project.write({ 'other.yaml': JSON.stringify(other) });
    const run = await project.build({ file: '/w/other.yaml' });
    expect(run.outcomes).toEqual({ a: 'failed' });
    expect(run.started).toEqual([]);
  });
});

test('pipelines of one workspace share what is the same', async () => {
  const project = one();
  await project.build();
  const a = { run: `make a \${{ outputs.o }}`, inputs: { d: 'in' }, outputs: { o: 'a' } };
  project.write({
    'other.yaml': JSON.stringify({
      version: 1,
      stages: { first: a, c: { ...a, run: `c \${{ outputs.o }}`, outputs: { o: 'c' } } },
    }),
  });
  expect((await project.build({ file: '/w/other.yaml' })).outcomes).toEqual({ first: 'fresh', c: 'ran' });
  expect((await project.build()).outcomes).toEqual({ a: 'fresh', b: 'fresh' });
});

describe('why', () => {
  test.each<[string, (project: EngineProject) => void, [part: string, change: string, name: string][]]>([
    ['a source', (p) => p.write({ in: '2' }), [['input', 'changed', 'd: in']]],
    ['an output that is gone', (p) => p.fs.remove('/w/a'), [['output', 'missing', 'a']]],
    ['an output that was edited', (p) => p.write({ a: 'edit' }), [['output', 'changed', 'a']]],
    [
      'all of them',
      (p) => {
        p.write({ in: '2', a: 'edit', more: 'x' });
        p.pipeline({
          a: {
            inputs: { d: 'in', e: 'more' },
            outputs: { o: 'a' },
            env: { X: '1' },
            version: 2,
            run: `other \${{ outputs.o }}`,
            shell: 'sh',
            platform: 'any',
          },
        });
      },
      [
        ['command', 'changed', ''],
        ['shell', 'changed', ''],
        ['env', 'added', 'X'],
        ['input', 'changed', 'd: in'],
        ['input', 'added', 'e: more'],
        ['version', 'changed', ''],
        ['platform', 'removed', ''],
        ['output', 'changed', 'a'],
      ],
    ],
  ])('%s', async (_name, change, causes) => {
    const project = one();
    await project.build();
    change(project);
    expect((await project.why('a')).map(({ part, change: how, name }) => [part, how, name])).toEqual(causes);
  });

  test('a stage behind one that runs waits for it', async () => {
    const project = one();
    await project.build();
    project.write({ in: '2' });
    expect(await project.why('b')).toEqual([
      { part: 'input', change: 'upstream', name: 'a', before: undefined, after: undefined },
    ]);
  });
});

test('looking changes nothing', async () => {
  const project = one();
  await project.build();
  project.write({ in: '2' });
  const before = project.fs.tree('/w');
  project.fs.operations.length = 0;
  await project.plan();
  await project.why('a');
  await project.mistakes();
  expect(project.fs.tree('/w')).toEqual(before);
  const writing = [
    'writeFile',
    'appendFile',
    'makeFolder',
    'rename',
    'remove',
    'removeEmptyFolder',
    'makeLink',
    'chmod',
    'copyFile',
  ];
  expect(project.fs.operations.filter(({ op }) => writing.includes(op))).toEqual([]);
});
