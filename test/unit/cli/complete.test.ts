// What is offered for the words of a command line, on the real program and plugins and runs that the test made up.
import { describe, expect, test } from 'vitest';
import type { CompletionSources } from '../../../src/cli/complete.ts';
import { complete } from '../../../src/cli/complete.ts';
import { makeProgram } from '../../../src/cli/program.ts';
import type { PipelineFlags } from '../../../src/cli/session.ts';
import { BUILT_IN_COMMANDS } from '../../../src/model/command-names.ts';
import type { StageType } from '../../../src/model/plugin.ts';
import { output } from '../report/sample-graph.ts';

const TYPE: StageType = {
  name: 'text/shout',
  command: 'shout',
  plugin: 'text',
  plugin_version: '1.0.0',
  dir: '/plugins/text',
  description: 'Upper\tcase.',
  run: { argv: ['shout'] },
  params: {
    type: 'object',
    properties: {
      mark: { description: 'Ends each line.', enum: ['bang', 'dot', '$(rm x)'] as never },
      loud: { type: 'boolean', description: 'Very.' },
    } as never,
  },
  inputs: { data: { kind: 'file', media: [], optional: false, many: true } },
  outputs: { text: { kind: 'folder', media: [], optional: false, many: false } },
  platform: 'any',
  worker: false,
  batch: false,
  version: 1,
  code_digest: 'c',
};

const RUN = {
  run_id: '20260101-000000-aaaa',
  pipeline: 'pipelines/a.yaml',
  started_at: '2026-01-01T00:00:00Z',
  outcome: 'failed',
  duration_ms: 1,
  counts: {} as never,
} as const;

interface Asked {
  readonly directories: (string | undefined)[];
  readonly flags: PipelineFlags[];
}

async function lines(words: readonly string[], change: Partial<CompletionSources> = {}, asked?: Asked) {
  const text = await complete(words, (directory) => {
    asked?.directories.push(directory);
    return {
      isElsewhere: false,
      program: (wanted, plugged) => makeProgram(() => async () => {}, wanted, {}, plugged),
      types: async () => [TYPE],
      pipeline: async (flags) => {
        asked?.flags.push(flags);
        const stages = [{ id: 'train', description: 'Fits\na model.' }, { id: 'clean' }, { id: 'train-all' }];
        return { stages, params: ['rate', 'seed'] };
      },
      runs: () => [RUN],
      pipelines: () => ['pipelines/a.yaml', 'pipelines/b c.yaml'],
      ...change,
    };
  });
  expect(text.endsWith('\n')).toBe(true);
  return text.slice(0, -1).split('\n');
}

/** Without descriptions. */
async function offered(...words: string[]): Promise<string[]> {
  return (await lines(words)).map((line) => line.split('\t')[0] as string);
}

describe('commands', () => {
  test('all of them, those of plugins and help', async () => {
    const all = await offered('');
    expect(all.slice(1).sort()).toEqual([...BUILT_IN_COMMANDS, 'help', 'shout'].sort());
    expect(await lines(['sho'])).toEqual([':', 'shout\tUpper case']);
    expect(await offered('help', 'res')).toEqual([':', 'resume']);
    expect(await lines(['help', 'ca'])).toEqual([
      ':',
      'cache\tsay where the store is; "cache verify" reads all of it and finds what is damaged',
      'caching\twhat makes a stage run again, and what does not',
    ]);
    expect(await offered('help', 'plugin', '')).toEqual([':', 'new', 'types', 'test', 'list']);
    expect(await offered('help', 'cache', 'v')).toEqual([':', 'verify']);
    expect(await offered('-v', '-C', 'x', 'rol')).toEqual([':', 'rollback']);
  });

  test('plugins that cannot be read take nothing from those of wrangle', async () => {
    const types = () => Promise.reject(new Error('no'));
    expect((await lines([''], { types })).length).toBe(1 + BUILT_IN_COMMANDS.length + 1);
  });

  test('behind a word that is none there is nothing', async () => {
    expect(await offered('bogus', '')).toEqual([':']);
    expect(await offered('help', 'build', '')).toEqual([':']);
    expect(await offered('help', '--js')).toEqual([':', '--json']);
  });
});

test('the name of a stage is offered beside those of its instances, also behind a comma in them', async () => {
  const stages = [{ id: 'fit@1,max' }, { id: 'fit@1,mean' }, { id: 'fit@2,max' }, { id: 'all' }];
  const ofMatrix = { pipeline: async () => ({ stages, params: [] }) };
  expect(await lines(['build', 'f'], ofMatrix)).toEqual([
    ':',
    'fit\tall its instances',
    'fit@1,max\tstage',
    'fit@1,mean\tstage',
    'fit@2,max\tstage',
  ]);
  const forced = async (typed: string) =>
    (await lines(['build', `--force=${typed}`], ofMatrix)).slice(1).map((line) => line.replace(/\t.*/, ''));
  expect(await forced('fit@1,m')).toEqual(['--force=fit@1,max', '--force=fit@1,mean']);
  expect(await forced('all,fit@1,me')).toEqual(['--force=all,fit@1,mean']);
  expect(await forced('fit@1,max,fit@2')).toEqual(['--force=fit@1,max,fit@2,max']);
  expect(await forced('fit@1,max,a')).toEqual(['--force=fit@1,max,all']);
});

describe('selectors', () => {
  const stages = [
    { id: 'fit@1,max', tags: ['nightly', 'slow'], outputs: [output('m', 'file', 'out/1')] },
    { id: 'fit@2,max', tags: ['nightly'], outputs: [output('m', 'file', 'out/2')] },
    { id: 'all', action: { kind: 'type', type: 'text/shout', with: { map: {} } } as const },
  ];
  const selected = async (...words: string[]) => {
    const found = await lines(words, { pipeline: async () => ({ stages, params: [] }) });
    return found.map((line) => line.split('\t')[0] as string);
  };

  test('names and ways to select, each with what it selects by', async () => {
    expect(await selected('build', '-s', '')).toEqual([
      ':',
      'all',
      'fit',
      'fit@1,max',
      'fit@2,max',
      'tag:',
      'uses:',
      'path:',
      'state:',
    ]);
    expect(await lines(['build', '-s', 'ta'])).toEqual([':nospace', 'tag:\tstages with a tag']);
    expect(await selected('build', '--force=st')).toEqual([':nospace', '--force=state:']);
  });

  test('values of each', async () => {
    expect(await selected('plan', '-s', 'tag:')).toEqual([':', 'tag:nightly', 'tag:slow']);
    expect(await selected('plan', '--exclude=uses:')).toEqual([':', '--exclude=uses:text/shout']);
    expect(await selected('graph', '-s', 'path:out/')).toEqual([':', 'path:out/1', 'path:out/2']);
    expect(await lines(['status', '-s', 'state:st'])).toEqual([
      ':',
      'state:stale\tnot up to date: it would run, may run or be restored',
    ]);
    expect(await selected('build', '-s', 'tag:x')).toEqual([':']);
  });

  test('behind operators, commas and spaces', async () => {
    expect(await selected('build', '-s', '2+a')).toEqual([':', '2+all']);
    expect(await selected('build', '-s', '@tag:s')).toEqual([':', '@tag:slow']);
    expect(await selected('build', '-s', 'state:stale,tag:n')).toEqual([':', 'state:stale,tag:nightly']);
    expect(await selected('build', '-s', 'fit@1,max,+f')).toEqual([
      ':',
      'fit@1,max,+fit',
      'fit@1,max,+fit@1,max',
      'fit@1,max,+fit@2,max',
    ]);
    expect(await selected('build', '--force=all fit@1')).toEqual([':', '--force=all fit@1,max']);
    expect(await selected('build', '--force=all state:fa')).toEqual([':', '--force=all state:failed']);
  });

  test('where stages are named', async () => {
    expect(await selected('why', 'tag:s')).toEqual([':', 'tag:slow']);
    expect(await selected('clean', 'path:out/1')).toEqual([':', 'path:out/1']);
    expect(await selected('build', 'sta')).toEqual([':nospace', 'state:']);
    // No selectors there.
    expect(await selected('log', 'ta')).toEqual([':']);
  });
});

describe('flags', () => {
  test('those that begin so, with what they do, and none twice', async () => {
    expect(await lines(['build', '--ke'])).toEqual([
      ':',
      '--keep-going\tafter a failure go on with all that does not depend on it',
    ]);
    expect(await offered('build', '--keep-going', '--ke')).toEqual([':']);
    expect(await offered('build', '-k', '--ke')).toEqual([':']);
    expect(await offered('build', '-p', 'a=1', '--par')).toEqual([':', '--param', '--params-file']);
    expect(await offered('build', '-j')).toEqual([':', '-j']);
    expect(await offered('--ver')).toEqual([':', '--version', '--verbose']);
    expect(await offered('build', '--', '--ke')).toEqual([':files']);
  });

  test('their values', async () => {
    expect(await offered('graph', '--format', '')).toEqual([':', 'text', 'dot', 'mermaid', 'json']);
    expect(await offered('graph', '--format=m')).toEqual([':', '--format=mermaid']);
    expect(await offered('build', '--cache', 'r')).toEqual([':', 'read', 'rw']);
    expect(await offered('build', '--force=clean,tr')).toEqual([':', '--force=clean,train', '--force=clean,train-all']);
    expect(await offered('resume', '--answer', 'c')).toEqual([':nospace', 'clean=']);
    expect(await offered('build', '-p', 's')).toEqual([':nospace', 'seed=']);
    expect(await offered('log', '--run', '')).toEqual([':', RUN.run_id]);
    expect(await offered('log', '--level', '')).toEqual([':', 'debug', 'info', 'warning', 'error']);
    expect(await offered('watch', '--on-change', '')).toEqual([':', 'finish', 'restart']);
    expect(await offered('build', '-w', '--on-change=r')).toEqual([':', '--on-change=restart']);
    expect(await offered('watch', 'tr')).toEqual([':', 'train', 'train-all']);
    expect(await offered('log', '--fol')).toEqual([':', '--follow']);
    expect(await offered('log', '-f', '--level=w')).toEqual([':', '--level=warning']);
    expect(await offered('build', '-kj', '')).toEqual([':']);
    expect(await offered('build', '--params-file', '')).toEqual([':files']);
    expect(await offered('-C', '')).toEqual([':folders']);
    expect(await offered('build', '-f', '')).toEqual([':files', 'pipelines/a.yaml']);
  });
});

describe('what stands without a flag', () => {
  test('stages and pipelines', async () => {
    expect(await lines(['build', ''])).toEqual([
      ':',
      'clean\tstage',
      'train\tFits\\na model.',
      'train-all\tstage',
      'pipelines/a.yaml\tpipeline',
    ]);
    expect(await offered('build', 'train', '')).toEqual([':', 'clean', 'train-all']);
    expect(await offered('why', 'x.yaml', 'train', '')).toEqual([':', 'clean', 'train-all']);
    expect(await offered('check', '')).toEqual([':', 'pipelines/a.yaml']);
    expect(await offered('build', './pi')).toEqual([':files']);
    expect(await offered('log', 'tr')).toEqual([':', 'train', 'train-all']);
    expect(await offered('log', 'train', '-f', 'c')).toEqual([':', 'clean']);
  });

  test('runs, stage types, words', async () => {
    expect(await lines(['rollback', ''])).toEqual([':', `${RUN.run_id}\tpipelines/a.yaml, failed`]);
    expect(await offered('resume', '2026')).toEqual([':', RUN.run_id]);
    expect(await offered('resume', RUN.run_id, '')).toEqual([':']);
    expect(await offered('stages', '')).toEqual([':', 'text/shout']);
    expect(await offered('completion', '')).toEqual([':', 'bash', 'zsh', 'fish']);
    expect(await offered('cache', '')).toEqual([':', 'verify']);
    expect(await offered('plugin', 'test', '')).toEqual([':folders']);
    expect(await offered('schema', '')).toEqual([':files']);
    expect(await offered('gc', '')).toEqual([':']);
  });

  test('the pipeline, its params and the folder are those of the line', async () => {
    const asked: Asked = { directories: [], flags: [] };
    await lines(['-C', 'there', 'build', '-p', 'a=1', '--param=b=2', 'x.yaml', ''], {}, asked);
    await lines(['build', '--file=y.yaml', '--params-file', 'p.json', ''], {}, asked);
    expect(asked).toEqual({
      directories: ['there', undefined],
      flags: [
        { param: ['a=1', 'b=2'], file: 'x.yaml' },
        { param: [], file: 'y.yaml', paramsFile: 'p.json' },
      ],
    });
  });

  test('the shell adds no paths that are relative to another folder', async () => {
    expect(await lines(['build', './x'], { isElsewhere: true })).toEqual([':']);
  });

  test('a pipeline with mistakes has no stages to offer', async () => {
    const pipeline = () => Promise.reject(new Error('no'));
    expect(await lines(['build', ''], { pipeline })).toEqual([':', 'pipelines/a.yaml\tpipeline']);
  });
});

describe.each([
  ['stage text/shout', ['stage', 'text/shout']],
  ['the command of a plugin', ['shout']],
])('%s', (_name, called) => {
  test('has the flags of the type', async () => {
    expect(await offered(...called, '--m')).toEqual([':', '--mark']);
    expect(await offered(...called, '--no-')).toEqual([':', '--no-loud']);
    expect(await offered(...called, '--data', 'x', '--da')).toEqual([':', '--data']);
  });

  test('and their values, without those that a shell would read in another way', async () => {
    expect(await offered(...called, '--mark', '')).toEqual([':', 'bang', 'dot']);
    expect(await offered(...called, '--mark=d')).toEqual([':', '--mark=dot']);
    expect(await offered(...called, '--data', 'x', '')).toEqual([':files']);
    expect(await offered(...called, '--text', '')).toEqual([':folders']);
    expect(await offered(...called, '--with', '')).toEqual([':nospace', 'mark=', 'loud=']);
    expect(await offered(...called, '')).toEqual([':']);
  });
});
