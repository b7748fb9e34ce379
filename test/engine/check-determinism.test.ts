// Stages that run twice, apart: only what is the same both times is published.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of wrangle are written that way
import { describe, expect, test } from 'vitest';
import type { Behaviour, Run, StageSpec } from '../support/engine-project.ts';
import { EngineProject, outputsOf, requestOf } from '../support/engine-project.ts';
import { FakeRequest } from '../support/fake-command-runner.ts';

const STAGES: Readonly<Record<string, StageSpec>> = {
  clean: { inputs: { data: 'in.csv' }, outputs: { out: 'build/clean.json' } },
  report: { inputs: { clean: 'build/clean.json' }, outputs: { out: 'report.txt' } },
};

function projectOf(stages = STAGES): EngineProject {
  const project = new EngineProject();
  project.pipeline(stages);
  project.write({ 'in.csv': '1' });
  return project;
}

/** Writes what is said, by the number of the process. */
const writing =
  (textOf: (nth: number, stage: string) => string): Behaviour =>
  (process) => {
    const nth = Number(process.spec.env['WRANGLE_ATTEMPT']);
    process.writes({ [outputsOf(process)[0] ?? '']: textOf(nth, process.stage) });
    process.succeed();
    return 'done';
  };

const failureOf = ({ collected }: Run, stage: string) => collected.stages.get(stage)?.failure;

const attemptsOf = ({ collected }: Run, stage: string) =>
  (collected.stages.get(stage)?.attempts ?? []).map(({ number, outcome }) => `${number} ${outcome}`).sort();

describe('the same both times', () => {
  test('is published, although it was fresh', async () => {
    const project = projectOf();
    await project.build();
    const run = await project.build({ checkDeterminism: true });
    expect(run.started).toEqual(['clean', 'clean', 'report', 'report']);
    expect(run.outcomes).toEqual({ clean: 'ran', report: 'ran' });
    expect(run.collected.unchanged).toEqual(['clean', 'report']);
    expect(attemptsOf(run, 'clean')).toEqual(['1 ran', '2 ran']);
    expect(await project.decisions()).toEqual({ clean: 'fresh', report: 'fresh' });
    expect(project.fs.lstat('/w/.wrangle/failed')).toBeUndefined();
  });

  test('of those named alone; what they need is built as ever', async () => {
    const project = projectOf();
    const run = await project.build({ checkDeterminism: ['report'] });
    expect(run.started).toEqual(['clean', 'report', 'report']);
  });

  test('in other folders, another time zone and locale, with one seed', async () => {
    const project = projectOf({ clean: { ...STAGES['clean'], env: { KEPT: 'yes' } } });
    const seen: Record<string, string | undefined>[] = [];
    await project.build({
      checkDeterminism: true,
      behave: (process) => {
        const { LANG, TZ, KEPT, HOME, TMPDIR, WRANGLE_SEED } = process.spec.env;
        seen.push({
          LANG,
          TZ,
          KEPT,
          HOME,
          TMPDIR,
          WRANGLE_SEED,
          at: outputsOf(process)[0],
          seed: `${requestOf(process).seed}`,
        });
        return undefined;
      },
    });
    const [first = {}, second = {}] = seen;
    expect([first['LANG'], first['TZ'], second['LANG'], second['TZ']]).toEqual(['C.UTF-8', 'UTC', 'C', 'XYZ-14']);
    for (const name of ['KEPT', 'HOME', 'WRANGLE_SEED', 'seed']) expect(first[name]).toBe(second[name]);
    for (const name of ['at', 'TMPDIR']) expect(first[name]).not.toBe(second[name]);
  });

  test('of what a worker serves, which is another process in the other environment', async () => {
    const project = projectOf({});
    const stage = { run: { node: './s.js' }, worker: true, batch: true, inputs: { d: {} }, outputs: { o: {} } };
    project.write({
      '.wranglerrc.yaml': 'version: 1\nplugins: { plug: ./plug }\n',
      'plug/package.json': JSON.stringify({ name: 'plug', wrangle: { manifest: './wrangle.plugin.json' } }),
      'plug/wrangle.plugin.json': JSON.stringify({ protocol: 1, name: 'plug', stages: { served: stage } }),
      'plug/s.js': '// Nobody runs it.',
      'list.json': '["1","2","3"]',
    });
    project.pipeline({
      served: { uses: 'plug/served', inputs: { d: 'in.csv' }, outputs: { o: 'served' } },
      each: {
        uses: 'plug/served',
        foreach: { in: 'list.json', batch: 2 },
        inputs: { d: 'in.csv' },
        outputs: { o: 'each/${{ item }}' },
      },
    });
    const zones: unknown[] = [];
    const run = await project.build({
      checkDeterminism: true,
      behave: (process) => {
        if (process instanceof FakeRequest) zones.push(`${process.stage} ${process.request.spec.env['TZ']}`);
        return undefined;
      },
    });
    expect(run.outcomes).toMatchObject({ served: 'ran', 'each@1': 'ran', 'each@2': 'ran', 'each@3': 'ran' });
    expect(zones.sort()).toEqual(
      ['each@1', 'each@2', 'each@3', 'served'].flatMap((id) => [`${id} UTC`, `${id} XYZ-14`]),
    );
    expect([...run.collected.sameTwice].sort()).toEqual(['each@1', 'each@2', 'each@3', 'served']);
  });

  test('of every instance of a fan-out', async () => {
    const project = projectOf({
      parse: {
        foreach: { in: 'pages.json' },
        inputs: { page: 'pages/${{ item }}.html' },
        outputs: { out: 'build/${{ item }}.json' },
      },
    });
    project.write({ 'pages.json': '["a","b"]', 'pages/a.html': 'a', 'pages/b.html': 'b' });
    const run = await project.build({ checkDeterminism: ['parse'] });
    expect([...run.started].sort()).toEqual(['parse@a', 'parse@a', 'parse@b', 'parse@b']);
    expect(run.outcomes).toMatchObject({ 'parse@a': 'ran', 'parse@b': 'ran' });
  });
});

describe('something else', () => {
  test('is not published: the byte and the field are named, and both are kept', async () => {
    const project = projectOf();
    await project.build({ behave: writing(() => '{"made":{"at":[1]}}') });
    project.write({ 'in.csv': '2' });
    const run = await project.build({
      checkDeterminism: true,
      behave: writing((nth) => `{"made":{"at":[${nth}5]}}`),
    });
    const { runId } = run.report as Extract<Run['report'], { status: 'built' }>;
    const kept = [1, 2].map((nth) => `.wrangle/failed/clean/${runId}-${nth}`);
    expect(failureOf(run, 'clean')).toMatchObject({
      code: 'not-deterministic',
      category: 'critical',
      message: `It is not deterministic: it ran twice, and "build/clean.json" differs at byte 15, $.made.at[0]: 15 and 25. What each made is in ${kept.join(' and ')}.`,
      differences: [
        {
          path: 'build/clean.json',
          inside: null,
          of: 'contents',
          byte: 15,
          place: { kind: 'json', path: '$.made.at[0]' },
          first: '15',
          second: '25',
        },
      ],
    });
    expect(kept.map((path) => project.read(`${path}/outputs/build/clean.json`))).toEqual([
      '{"made":{"at":[15]}}',
      '{"made":{"at":[25]}}',
    ]);
    expect(attemptsOf(run, 'clean')).toEqual(['1 failed', '2 failed']);
    expect(project.read('build/clean.json')).toBe('{"made":{"at":[1]}}');
    expect(run.outcomes).toEqual({ clean: 'failed', report: 'blocked' });
    expect(run.report).toMatchObject({ outcome: 'failed' });
    expect(project.fs.readFolder('/w/.wrangle/staging') ?? []).toEqual([]);
  });

  test('than what was made of the same inputs before', async () => {
    const project = projectOf();
    await project.build({ behave: writing(() => 'run 1') });
    const run = await project.build({ checkDeterminism: ['clean'], behave: writing(() => 'run 2') });
    expect(failureOf(run, 'clean')?.message).toBe(
      'It is not deterministic: it made the same twice, but not what it made before of the same inputs: "build/clean.json" differs at byte 4, line 1, column 5: 1 and 2.',
    );
    expect(project.read('build/clean.json')).toBe('run 1');
  });

  test('in a folder', async () => {
    const project = projectOf({ split: { inputs: { data: 'in.csv' }, outputs: { parts: 'parts/' } } });
    const run = await project.build({
      checkDeterminism: true,
      behave: (process) => {
        const nth = Number(process.spec.env['WRANGLE_ATTEMPT']);
        const folder = outputsOf(process)[0];
        process.writes({ [`${folder}/a.txt`]: 'a', [`${folder}/b.csv`]: `id,at\n1,x\n2,${nth}\n` });
        process.succeed();
        return 'done';
      },
    });
    expect(failureOf(run, 'split')?.differences).toEqual([
      {
        path: 'parts',
        inside: 'b.csv',
        of: 'contents',
        byte: 12,
        place: { kind: 'cell', row: 2, line: 3, column: 'at' },
        first: '1',
        second: '2',
      },
    ]);
  });

  test('one that fails the second time', async () => {
    const project = projectOf();
    const run = await project.build({
      checkDeterminism: ['clean'],
      behave: (process) => {
        if (process.spec.env['TZ'] === 'UTC') return undefined;
        process.exit(3);
        return 'done';
      },
    });
    expect(failureOf(run, 'clean')).toMatchObject({
      code: 'not-deterministic',
      message:
        'It ended well the first time, and failed the second, in other folders, another time zone and locale. It ended with exit code 3.',
    });
  });

  test('one that fails the first time has failed as ever', async () => {
    const project = projectOf();
    const run = await project.build({
      checkDeterminism: ['clean'],
      behave: (process) => {
        process.exit(3);
        return 'done';
      },
    });
    expect(run.started).toEqual(['clean']);
    expect(failureOf(run, 'clean')).toMatchObject({ code: 'exit-code', message: 'It ended with exit code 3.' });
  });

  test('where its own way fails, its fallback runs once, and says so', async () => {
    const project = projectOf({
      clean: { ...STAGES['clean'], fallback: [{ name: 'static', run: 'other ${{ outputs.out }}' }] },
    });
    const run = await project.build({
      checkDeterminism: true,
      behave: (process) => {
        if (process.spec.argv.at(-1)?.startsWith('other')) return undefined;
        process.exit(3);
        return 'done';
      },
    });
    expect(run.started).toEqual(['clean', 'clean']);
    expect(run.collected.stages.get('clean')).toMatchObject({ outcome: 'ran', degraded: 'static' });
    expect(run.warnings).toEqual(['Its own way failed, and its fallback is not run twice.']);
  });

  test('in a transaction, what the others made is put back', async () => {
    const project = projectOf({
      clean: { ...STAGES['clean'], transaction: 'all' },
      other: { inputs: { data: 'in.csv' }, outputs: { out: 'other.txt' }, transaction: 'all' },
    });
    const run = await project.build({
      checkDeterminism: ['clean'],
      keepGoing: true,
      behave: (process) => (process.stage === 'clean' ? writing((nth) => `${nth}`)(process) : undefined),
    });
    expect(run.outcomes).toEqual({ clean: 'failed', other: 'ran' });
    expect(project.files()).toEqual({ 'in.csv': '1' });
  });

  test('a failure that is allowed differs all the same', async () => {
    const project = projectOf({ clean: { ...STAGES['clean'], on_failure: 'allow' } });
    const run = await project.build({ checkDeterminism: true, behave: writing((nth) => `${nth}`) });
    expect(run.report).toMatchObject({ outcome: 'done' });
    expect(failureOf(run, 'clean')).toMatchObject({ code: 'not-deterministic', allowed: true });
  });

  test('each run has the retries of the stage', async () => {
    const project = projectOf({ clean: { ...STAGES['clean'], retry: { max: 1, on: ['exit-code'] } } });
    const run = await project.build({
      checkDeterminism: true,
      behave: (process) => {
        if (Number(process.spec.env['WRANGLE_ATTEMPT']) % 2 === 0) return undefined;
        process.exit(1);
        return 'done';
      },
    });
    expect(run.started).toEqual(['clean', 'clean', 'clean', 'clean']);
    expect(run.outcomes).toEqual({ clean: 'ran' });
  });
});

describe('in place', () => {
  const IN_PLACE = { ...STAGES, place: { inputs: { data: 'in.csv' }, outputs: { out: 'place' }, run: 'make it' } };

  test('it is refused by name', async () => {
    const project = projectOf(IN_PLACE);
    const { report } = await project.build({ checkDeterminism: ['place'] });
    expect(
      report.status === 'invalid' && report.mistakes.diagnostics.map(({ message, help }) => [message, help]),
    ).toEqual([
      [
        'The stage "place" cannot be run twice, because it writes its output "out" in place, and has one place only.',
        'A command that names its output as ${{ outputs.out }} is told where to write it, and can be.',
      ],
    ]);
  });

  test('among others it runs once, and says so', async () => {
    const project = projectOf(IN_PLACE);
    const run = await project.build({ checkDeterminism: true });
    expect(run.started.filter((stage) => stage === 'place')).toEqual(['place']);
    expect(run.warnings).toEqual([
      'It is not run twice, because it writes its output "out" in place, and has one place only.',
    ]);
  });
});

test('a stage that is not there', async () => {
  const project = projectOf();
  const { report } = await project.build({ checkDeterminism: ['claen'] });
  expect(report.status === 'invalid' && report.mistakes.diagnostics.map(({ message }) => message)).toEqual([
    'The pipeline has no stage "claen".',
  ]);
});
