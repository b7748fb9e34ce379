// A stage type on its own: where its outputs go, and that nothing else is left of it.
import { describe, expect, test } from 'vitest';
import type { AskedStage, OutputTarget } from '../../src/engine/stage-command.ts';
import type { StageType } from '../../src/model/plugin.ts';
import type { Behaviour } from '../support/engine-project.ts';
import { EngineProject, outputsOf, readInputs } from '../support/engine-project.ts';

const PORT = { kind: 'file', media: [], optional: false, many: false } as const;
const TYPE: StageType = {
  name: 'tab/copy',
  plugin: 'tab',
  plugin_version: '1.0.0',
  dir: '/plugins/tab',
  description: 'Copies.',
  run: { argv: ['copy'] },
  params: { type: 'object', properties: { times: { type: 'integer', default: 2 } } },
  inputs: {
    data: PORT,
    more: { ...PORT, many: true, optional: true },
    dir: { ...PORT, kind: 'folder', optional: true },
  },
  outputs: { copy: PORT, parts: { ...PORT, kind: 'folder', optional: true } },
  platform: 'any',
  worker: false,
  batch: false,
  version: 1,
  code_digest: 'c'.repeat(64),
};

const to = (path: string): OutputTarget => ({
  name: path.slice(path.lastIndexOf('/') + 1),
  shown: path.replace(/^\/here\//, ''),
  to: { path },
});

function asked(change: Partial<AskedStage> = {}): AskedStage {
  return {
    type: TYPE,
    params: {},
    inputs: new Map([['data', ['/here/in.csv']]]),
    outputs: new Map([['copy', [to('/here/some/other/place.csv')]]]),
    ...change,
  };
}

/** Writes its inputs and params to its outputs, and says that it went well. */
const copying: Behaviour = (process) => {
  const request = JSON.parse(process.reads(process.spec.env['WRANGLE_REQUEST'] ?? ''));
  const text = `${readInputs(process).join(',')} x${request.params.times}`;
  for (const path of outputsOf(process)) process.writes({ [process.isFolder(path) ? `${path}/part` : path]: text });
  process.writes({
    [process.spec.env['WRANGLE_RESULT'] ?? '']: JSON.stringify({ protocol: 1, status: 'ok', metrics: { rows: 3 } }),
  });
  process.exit(0);
  return 'done';
};

function project(): EngineProject {
  const made = new EngineProject();
  made.fs.write({ '/here/in.csv': 'birds', '/here/more.csv': 'bees' });
  made.fs.makeFolder('/tmp');
  return made;
}

/** Everything on the disk but what was there first. */
function left({ fs }: EngineProject): Record<string, string> {
  const { 'here/in.csv': _, 'here/more.csv': __, 'tmp/': ___, 'w/': ____, ...rest } = fs.tree('/');
  return rest;
}

test('its output is where it was asked for, and nothing else is left', async () => {
  const made = project();
  const { report, stage } = await made.runStage(asked(), { behave: copying });
  expect(report).toMatchObject({ status: 'built', outcome: 'done' });
  expect(stage).toMatchObject({ outcome: 'ran', metrics: { rows: 3 } });
  expect(left(made)).toEqual({ 'here/some/other/place.csv': 'birds x2' });
  expect(made.fs.readFolder('/tmp')).toEqual([]);
});

test('lists, folders and several outputs', async () => {
  const made = project();
  const inputs = new Map([...asked().inputs, ['more', ['/here/more.csv', '/here/in.csv']]]);
  const outputs = new Map([...asked().outputs, ['parts', [to('/elsewhere/parts')]]]);
  const { report } = await made.runStage(asked({ inputs, outputs, params: { times: 5 } }), { behave: copying });
  expect(report).toMatchObject({ status: 'built', outcome: 'done' });
  const text = 'birds,bees,birds x5';
  expect(left(made)).toEqual({ 'here/some/other/place.csv': text, 'elsewhere/parts/part': text });
});

test('a file that is there is replaced, through a link too', async () => {
  const made = project();
  made.fs.write({ '/real/old.csv': 'old' });
  made.fs.makeLink('/real/old.csv', '/here/link.csv');
  await made.runStage(asked({ outputs: new Map([['copy', [to('/here/link.csv')]]]) }), { behave: copying });
  expect(made.fs.readLink('/here/link.csv')).toBe('/real/old.csv');
  expect(made.fs.readText('/real/old.csv')).toBe('birds x2');
});

test('what goes to a stream is handed over while it is there', async () => {
  const made = project();
  const out: OutputTarget = { name: 'copy.csv', shown: 'standard output', to: { stream: '-' } };
  const { streams } = await made.runStage(asked({ outputs: new Map([['copy', [out]]]) }), { behave: copying });
  expect(streams).toEqual({ '-': 'birds x2' });
  expect(left(made)).toEqual({});
});

describe('a failure', () => {
  const failing: Behaviour = (process) => {
    for (const path of outputsOf(process)) process.writes({ [path]: 'half' });
    const error = { code: 'bad-table', category: 'critical', message: 'Row 7 has no end.' };
    process.writes({
      [process.spec.env['WRANGLE_RESULT'] ?? '']: JSON.stringify({ protocol: 1, status: 'failed', error }),
    });
    process.exit(1);
    return 'done';
  };

  test('leaves what was there, and speaks of no place that is gone', async () => {
    const made = project();
    made.fs.write({ '/here/some/other/place.csv': 'old' });
    const { report, stage } = await made.runStage(asked(), { behave: failing });
    expect(report).toMatchObject({ status: 'built', outcome: 'failed' });
    expect(stage?.failure).toMatchObject({ code: 'bad-table', message: 'Row 7 has no end.' });
    expect([stage?.failure?.log, stage?.failure?.kept]).toEqual([undefined, undefined]);
    expect(left(made)).toEqual({ 'here/some/other/place.csv': 'old' });
  });

  test('calls an output as it was asked for', async () => {
    const made = project();
    const type = { ...TYPE, outputs: { copy: { ...PORT, schema: { required: ['nobody'] } } } };
    made.fs.write({ '/here/in.csv': 'birds\n1\n' });
    const { stage } = await made.runStage(asked({ type }), { behave: copying });
    expect(stage?.failure?.message).toMatch(/^Its output "some\/other\/place.csv" breaks its contract: /);
    expect(left(made)).toEqual({});
  });

  test('to find room is one of the machine, and nothing is half there', async () => {
    const made = project();
    const { report } = await made.runStage(asked(), {
      behave: (process) => {
        made.fs.write({ '/here/some': 'in the way' });
        return copying(process);
      },
    });
    expect(report).toEqual({
      status: 'environment',
      message: expect.stringMatching(/^Cannot write an output: .* \(\/here\/some\/other\/place\.csv\)\.$/),
    });
    expect(left(made)).toEqual({ 'here/some': 'in the way' });
  });

  test('being stopped leaves nothing', async () => {
    const made = project();
    const stop = new AbortController();
    const { report } = await made.runStage(asked(), {
      stop,
      behave: () => {
        stop.abort();
        return 'done';
      },
    });
    expect(report).toMatchObject({ status: 'built', outcome: 'interrupted' });
    expect(left(made)).toEqual({});
  });
});

describe('the store of the workspace', () => {
  test('is left alone unless it is asked for', async () => {
    const made = project();
    await made.runStage(asked(), { behave: copying });
    await made.runStage(asked(), { behave: copying });
    expect(made.fs.lstat('/w/.wrangle')).toBeUndefined();
    expect(made.runner.started).toEqual(['copy']);
  });

  test('gives back what it has, and is not told of a workspace that will be gone', async () => {
    const made = project();
    await made.runStage(asked(), { behave: copying, cache: true });
    made.fs.remove('/here/some');
    const { stage } = await made.runStage(asked(), { behave: copying, cache: true });
    expect(stage?.outcome).toBe('restored');
    expect(made.runner.started).toEqual([]);
    expect(made.fs.readText('/here/some/other/place.csv')).toBe('birds x2');
    expect(made.fs.lstat('/w/.wrangle/store/workspaces')).toBeUndefined();
    expect(made.fs.readText('/w/.wrangle/.gitignore')).toBe('*\n');

    made.fs.write({ '/here/in.csv': 'wasps' });
    expect((await made.runStage(asked(), { behave: copying, cache: true })).stage?.outcome).toBe('ran');
  });
});

describe('what cannot be is said before anything runs', () => {
  const inputs = (port: string, path: string) => ({ inputs: new Map([[port, [path]]]) });
  const outputs = (port: string, ...paths: string[]) => ({ outputs: new Map([[port, paths.map(to)]]) });

  test.each<[string, Partial<AskedStage>, string[]]>([
    ['a missing file', inputs('data', '/here/im.csv'), ['There is no file "im.csv". Did you mean "in.csv"?']],
    ['one from elsewhere', inputs('data', '/x/y.csv'), ['There is no file "/x/y.csv".']],
    ['a missing folder', inputs('dir', '/here/none'), ['There is no folder "none".']],
    ['a folder for a file', inputs('data', '/here'), ['"/here" is a folder, not a file.']],
    [
      'a file for a folder',
      inputs('dir', '/here/in.csv'),
      ['The input "dir" of "tab/copy" is a folder, and "in.csv" is a file.'],
    ],
    ['an input as output', outputs('copy', '/here/in.csv'), ['"in.csv" cannot be a path here: it is an input too.']],
    ['one place twice', outputs('copy', '/here/a', '/here/a'), ['"a" cannot be a path here: it is named twice.']],
    ['a folder as output', outputs('copy', '/w'), ['"/w" cannot be a path here: it is a folder.']],
    [
      'a full folder',
      outputs('parts', '/here'),
      ['"/here" cannot be a path here: it is a folder with something in it.'],
    ],
    [
      'a file for a new folder',
      outputs('parts', '/here/more.csv'),
      ['"more.csv" cannot be a path here: it is a file.'],
    ],
    [
      'a file above',
      outputs('copy', '/here/in.csv/x/y'),
      ['"in.csv/x/y" cannot be a path here: "in.csv" above it is a file.'],
    ],
  ])('%s', async (_, change, expected) => {
    const made = project();
    const { report } = await made.runStage(asked(change), { behave: copying });
    if (report.status !== 'invalid') throw new Error(report.status);
    const said = report.mistakes.diagnostics.map(({ message, help }) => [message, help].filter(Boolean).join(' '));
    expect(said).toEqual(expected);
    expect(made.runner.processes).toEqual([]);
    expect(left(made)).toEqual({});
  });
});
