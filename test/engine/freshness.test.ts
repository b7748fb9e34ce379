// What runs again, and what does not.
import { describe, expect, test } from 'vitest';
import { mayRunNote } from '../../src/report/plan-text.ts';
import { EngineProject } from '../support/engine-project.ts';

/** raw.csv -> clean -> report */
function chain(): EngineProject {
  const project = new EngineProject();
  project.write({ 'raw.csv': '1' });
  project.pipeline({
    clean: { inputs: { data: 'raw.csv' }, outputs: { out: 'build/clean.csv' } },
    report: { inputs: { data: 'build/clean.csv' }, outputs: { out: 'build/report.txt' } },
  });
  return project;
}

describe('nothing runs', () => {
  test('the second time, and nothing is even hashed', async () => {
    const project = chain();
    const first = await project.build();
    expect(first.outcomes).toEqual({ clean: 'ran', report: 'ran' });
    expect(project.files()).toEqual({
      'raw.csv': '1',
      'build/clean.csv': 'clean(1)',
      'build/report.txt': 'report(clean(1))',
    });
    project.fs.operations.length = 0;
    const second = await project.build();
    expect(second.outcomes).toEqual({ clean: 'fresh', report: 'fresh' });
    expect(second.started).toEqual([]);
    expect(project.fs.count('hashFile') + project.fs.count('copyFile')).toBe(0);
  });

  test('when a source was only touched', async () => {
    const project = chain();
    await project.build();
    project.fs.setTimes('/w/raw.csv', 5n);
    expect(await project.decisions()).toEqual({ clean: 'fresh', report: 'fresh' });
    expect((await project.build()).started).toEqual([]);
  });

  test('when a source was edited and edited back', async () => {
    const project = chain();
    await project.build();
    project.write({ 'raw.csv': '2' });
    project.write({ 'raw.csv': '1' });
    expect((await project.build()).started).toEqual([]);
  });

  test('when the pipeline was only formatted, commented, reordered or renamed', async () => {
    const project = chain();
    await project.build();
    const text = `
# a comment
version: 1
stages:
    report_: { outputs: { out: build/report.txt }, run: "make report \${{ outputs.out }}", inputs: { data: build/clean.csv } }
    clean_:
        description: It has a description, tags and a timeout now.
        tags: [slow]
        timeout: 5m
        run: make clean \${{ outputs.out }}   # another
        outputs:
            out: build/clean.csv
        inputs: { data: raw.csv }
`;
    project.write({ 'pipeline.yaml': text });
    expect((await project.build()).outcomes).toEqual({ clean_: 'fresh', report_: 'fresh' });
  });

  test('when the index is lost', async () => {
    const project = chain();
    await project.build();
    project.fs.remove('/w/.wrangle/index');
    expect((await project.build()).started).toEqual([]);
    expect((await project.build()).started).toEqual([]);
  });

  test('after the machine was started again, though files are read once more', async () => {
    const project = chain();
    await project.build();
    project.bootId = 'boot-2';
    project.fs.operations.length = 0;
    expect((await project.build()).started).toEqual([]);
    expect(project.fs.count('hashFile', 'raw.csv')).toBe(1);
    project.fs.operations.length = 0;
    await project.build();
    expect(project.fs.count('hashFile')).toBe(0);
  });

  test('for a stage that reads one file by two ports, or twice in a list', async () => {
    const project = new EngineProject();
    project.write({ 'a.csv': 'a', 'b.csv': 'b' });
    project.pipeline({
      one: { inputs: { all: '*.csv', list: ['a.csv', 'b.csv', 'a.csv'], one: 'a.csv' }, outputs: { out: 'out/one' } },
    });
    const { outcomes, warnings } = await project.build();
    expect({ outcomes, warnings }).toEqual({ outcomes: { one: 'ran' }, warnings: [] });
    expect((await project.build()).outcomes).toEqual({ one: 'fresh' });
  });

  test('for stages without outputs that succeeded here', async () => {
    const project = new EngineProject();
    project.write({ 'a.csv': 'a' });
    project.pipeline({ check: { inputs: { data: 'a.csv' } } });
    expect((await project.build()).outcomes).toEqual({ check: 'ran' });
    expect((await project.build()).outcomes).toEqual({ check: 'fresh' });
    project.write({ 'a.csv': 'b' });
    expect((await project.build()).outcomes).toEqual({ check: 'ran' });
    project.write({ 'a.csv': 'a' });
    expect((await project.build()).outcomes).toEqual({ check: 'ran' });
  });
});

describe('what depends on a change runs', () => {
  test('when a source changed', async () => {
    const project = chain();
    await project.build();
    project.write({ 'raw.csv': '2' });
    expect(await project.decisions()).toEqual({ clean: 'run', report: 'may-run' });
    const { started } = await project.build();
    expect(started).toEqual(['clean', 'report']);
    expect(project.read('build/report.txt')).toBe('report(clean(2))');
  });

  test('and stops where the bytes are the same', async () => {
    const project = chain();
    await project.build();
    project.write({ 'raw.csv': '2' });
    const { outcomes, started } = await project.build({
      behave: (process) => {
        process.writes({ '.wrangle/staging/clean/0/build/clean.csv': 'clean(1)' }).exit(0);
        return 'done';
      },
    });
    expect({ outcomes, started }).toEqual({ outcomes: { clean: 'ran', report: 'fresh' }, started: ['clean'] });
    expect((await project.build()).started).toEqual([]);
  });

  test('when the command, a variable, the version or an output path changed', async () => {
    const stage = { inputs: { data: 'raw.csv' }, outputs: { out: 'out.csv' }, env: { MODE: 'a' } };
    const project = new EngineProject();
    project.write({ 'raw.csv': '1' });
    project.pipeline({ one: stage });
    await project.build();
    for (const change of [
      { ...stage, env: { MODE: 'b' } },
      { ...stage, version: 2 },
      { ...stage, run: `other \${{ outputs.out }}` },
      { ...stage, shell: 'sh' },
      { ...stage, platform: 'any' },
      { ...stage, outputs: { out: 'other.csv' } },
    ]) {
      project.pipeline({ one: change });
      expect((await project.build()).outcomes, JSON.stringify(change)).toEqual({ one: 'ran' });
    }
    project.pipeline({ one: stage });
    expect((await project.build()).outcomes).toEqual({ one: 'fresh' });
  });

  test('when a file of a folder or glob came, went or changed', async () => {
    const project = new EngineProject();
    project.write({ 'dir/a': '1', 'data/x.csv': 'x' });
    project.pipeline({
      folder: { inputs: { data: 'dir/' }, outputs: { out: 'folder.out' } },
      glob: { inputs: { data: 'data/*.csv' }, outputs: { out: 'glob.out' } },
    });
    expect((await project.build()).started.toSorted()).toEqual(['folder', 'glob']);
    project.write({ 'dir/b': '2' });
    expect((await project.build()).started).toEqual(['folder']);
    project.write({ 'data/y.csv': 'y', 'data/z.json': 'z' });
    expect((await project.build()).started).toEqual(['glob']);
    expect(project.read('glob.out')).toBe('glob(x,y)');
    project.fs.remove('/w/data/x.csv');
    project.fs.remove('/w/dir/a');
    expect((await project.build()).started.toSorted()).toEqual(['folder', 'glob']);
    expect((await project.build()).started).toEqual([]);
  });

  test('when the order of a list changed', async () => {
    const project = new EngineProject();
    project.write({ a: '1', b: '2' });
    project.pipeline({ one: { inputs: { data: ['a', 'b'] }, outputs: { out: 'out' } } });
    await project.build();
    project.pipeline({ one: { inputs: { data: ['b', 'a'] }, outputs: { out: 'out' } } });
    expect((await project.build()).started).toEqual(['one']);
    expect(project.read('out')).toBe('one(2,1)');
  });

  test('however fast the edits follow each other', async () => {
    const project = chain();
    project.granularityNs = 8_000_000n;
    project.fs.stepNs = 0n;
    for (let edit = 0; edit < 20; edit++) {
      project.write({ 'raw.csv': String(edit % 10) });
      await project.build();
      expect(project.read('build/report.txt')).toBe(`report(clean(${edit % 10}))`);
    }
  });
});

test('a source on another file system, whose clock may go in steps of seconds', async () => {
  const project = new EngineProject();
  project.fs.mount('/mnt');
  project.pipeline({ copy: { inputs: { data: '/mnt/raw' }, outputs: { out: 'out' } } });
  project.fs.stepNs = 0n;
  const tick = project.fs.nowNs;
  /** An edit that its file system dates to the tick, a second before the build. */
  const edit = async (text: string) => {
    project.fs.nowNs = tick;
    project.fs.write({ '/mnt/raw': text });
    project.fs.nowNs = tick + 1_000_000_000n;
    await project.build();
  };
  await edit('1');
  await edit('2');
  expect(project.read('out')).toBe('copy(2)');
  project.fs.nowNs = tick + 3_000_000_000n;
  await project.build();
  project.fs.operations.length = 0;
  await project.build();
  expect(project.fs.count('hashFile')).toBe(0);
});

describe('outputs that are not as they were', () => {
  test('missing: put back from the store, byte for byte', async () => {
    const project = chain();
    await project.build();
    const files = project.files();
    project.fs.remove('/w/build');
    expect(await project.decisions()).toEqual({ clean: 'restore', report: 'restore' });
    const { outcomes, started } = await project.build();
    expect({ outcomes, started }).toEqual({ outcomes: { clean: 'restored', report: 'restored' }, started: [] });
    expect(project.files()).toEqual(files);
    expect((await project.build()).outcomes).toEqual({ clean: 'fresh', report: 'fresh' });
  });

  test('edited: put back, and the edit is kept where the message says', async () => {
    const project = chain();
    await project.build();
    project.write({ 'build/clean.csv': 'my edit' });
    const { outcomes, warnings } = await project.build();
    expect(outcomes).toEqual({ clean: 'restored', report: 'fresh' });
    expect(warnings).toEqual([
      '"build/clean.csv" was changed outside wrangle; what was there is now in ".wrangle/displaced/build/clean.csv".',
    ]);
    expect(project.read('.wrangle/displaced/build/clean.csv')).toBe('my edit');
    expect(project.read('build/clean.csv')).toBe('clean(1)');
    project.write({ 'build/clean.csv': 'my second edit' });
    await project.build();
    expect(project.read('.wrangle/displaced/build/clean.csv.2')).toBe('my second edit');
  });

  test('there before the stage ever ran: kept', async () => {
    const project = chain();
    project.write({ 'build/report.txt': 'by hand' });
    const { warnings } = await project.build();
    expect(warnings).toEqual([
      '"build/report.txt" was changed outside wrangle; what was there is now in ".wrangle/displaced/build/report.txt".',
    ]);
    expect(project.read('.wrangle/displaced/build/report.txt')).toBe('by hand');
  });

  test('a file where a folder was moved aside once, and the other way round', async () => {
    const project = new EngineProject();
    project.write({ in: '1', out: 'by hand' });
    project.pipeline({ one: { inputs: { data: 'in' }, outputs: { out: 'out/' } } });
    await project.build();
    project.write({ 'out/data': 'edit' });
    await project.build();
    expect(project.read('.wrangle/displaced/out')).toBe('by hand');
    expect(project.read('.wrangle/displaced/out.2/data')).toBe('edit');
    project.pipeline({ one: { inputs: { data: 'in' }, outputs: { out: 'out/deep/x' } } });
    project.fs.remove('/w/out');
    await project.build();
    project.write({ 'out/deep/x': 'edit 2' });
    await project.build();
    expect(Object.values(project.fs.tree('/w/.wrangle/displaced')).sort()).toEqual(['by hand', 'edit', 'edit 2']);
  });

  test('replaced by something wrangle made before: nothing is kept aside', async () => {
    const project = chain();
    await project.build();
    project.write({ 'raw.csv': '2' });
    await project.build();
    project.write({ 'build/clean.csv': 'clean(1)' });
    const { warnings } = await project.build();
    expect(warnings).toEqual([]);
    expect(project.read('build/clean.csv')).toBe('clean(2)');
  });

  test('an output whose folder became a file fails the stage, with a sentence', async () => {
    const project = chain();
    project.write({ build: 'a file' });
    const { outcomes, collected } = await project.build();
    expect(outcomes).toEqual({ clean: 'failed', report: 'blocked' });
    expect(collected.stages.get('clean')?.failure?.message).toBe(
      'Its output cannot be published: build, above build/clean.csv, is no folder.',
    );
    expect(project.read('build')).toBe('a file');
    expect(project.failed('clean')['outputs/build/clean.csv']).toBe('clean(1)');
  });

  test('a folder that leads outside the workspace is never written through, and nothing is made there', async () => {
    const project = new EngineProject();
    project.write({ in: '1' });
    project.fs.makeFolder('/elsewhere');
    project.fs.makeLink('/elsewhere', '/w/out');
    project.pipeline({
      staged: { inputs: { data: 'in' }, outputs: { one: 'fine.csv', two: 'out/deep/x.csv' } },
      inplace: { inputs: { data: 'in' }, outputs: { two: 'out/y.csv' }, run: 'make it' },
    });
    const { outcomes, collected } = await project.build({ keepGoing: true });
    expect(outcomes).toEqual({ inplace: 'failed', staged: 'failed' });
    expect(collected.stages.get('staged')?.failure?.message).toBe(
      'Its output cannot be published: the folder of out/deep/x.csv leads outside the workspace, to /elsewhere.',
    );
    expect(project.fs.tree('/elsewhere')).toEqual({});
    expect(project.read('fine.csv')).toBeUndefined();
  });
});

test('a glob that matches nothing is no failure, and whoever starts with one hears of it once, with its place', async () => {
  const project = new EngineProject();
  project.write({ 'raw/a.txt': '' });
  project.pipeline({
    read: { inputs: { data: ['raw/*.csv', 'raw/*.txt'] }, outputs: { out: 'out' } },
    made: { inputs: { parts: 'parts/*' }, outputs: { out: 'made' } },
    make: { outputs: { parts: 'parts/' } },
  });
  expect(
    await project.mistakes(),
  ).toBe(`pipeline.yaml:8:11 warning[empty-glob] No file matches "raw/*.csv", and no stage makes one.
          "raw/*.csv",
          ~~~~~~~~~~~
`);
  const { outcomes, warnings } = await project.build();
  expect(outcomes).toEqual({ read: 'ran', make: 'ran', made: 'ran' });
  expect(warnings).toEqual(['No file matches "raw/*.csv", its input "data" (pipeline.yaml:4).']);
  expect((await project.build()).warnings).toEqual([]);
});

describe('a stage behind one that is to run', () => {
  const behind = () => {
    const project = new EngineProject();
    project.write({ in: '1', own: '1', 'parts/by-hand': '1' });
    project.pipeline({
      make: { inputs: { d: 'in' }, outputs: { o: 'parts/made' } },
      read: { inputs: { d: 'parts/made', own: 'own', all: 'parts/*' }, outputs: { o: 'out' } },
    });
    return project;
  };

  test('may run, for its outputs or what else is in the glob', async () => {
    const project = behind();
    await project.build();
    project.write({ in: '2' });
    expect(await project.decisions()).toEqual({ make: 'run', read: 'may-run' });
    const causes = await project.why('read');
    expect(causes).toEqual([{ part: 'input', change: 'upstream', name: 'make', before: undefined, after: 'parts/*' }]);
    expect(mayRunNote(causes)).toBe('only if the outputs of make change, or other files in parts/*');
  });

  test('runs when a source of its own has changed already', async () => {
    const project = behind();
    await project.build();
    project.write({ in: '2', own: '2' });
    expect(await project.decisions()).toEqual({ make: 'run', read: 'run' });
    expect((await project.why('read')).map(({ change, name }) => `${change} ${name}`)).toEqual([
      'changed own: own',
      'upstream make',
    ]);
  });
});
