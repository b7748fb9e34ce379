// A stage written for a pipeline means what was asked for on the command line.
import { expect, test } from 'vitest';
import type { WrittenStage } from '../../../src/language/stage-yaml.ts';
import { stageYaml } from '../../../src/language/stage-yaml.ts';
import type { TemplateValue } from '../../../src/model/pipeline.ts';
import type { Json } from '../../../src/util/canonical-json.ts';
import { load, port, stagesOf, stageType } from './support.ts';

/** A value without holes. */
function plain(value: TemplateValue): Json {
  if (value === null || typeof value !== 'object') return value;
  if ('list' in value) return value.list.map(plain);
  if ('map' in value) return Object.fromEntries(Object.entries(value.map).map(([key, member]) => [key, plain(member)]));
  throw new Error(`a template: ${JSON.stringify(value)}`);
}

const STAGE: WrittenStage = {
  name: 'profile',
  uses: 'tabular/profile',
  inputs: new Map([['data', '/ws/data/in.csv']]),
  outputs: new Map([['profile', '/ws/build/out.json']]),
  params: { sample: 5000 },
};

test('is pasted below "stages:"', () => {
  expect(stageYaml(STAGE, '/ws')).toEqual({
    ok: true,
    value: `  profile:
    uses: tabular/profile
    inputs: { data: data/in.csv }
    outputs: { profile: build/out.json }
    with: { sample: 5000 }
`,
  });
});

test('has only what was given', () => {
  expect(stageYaml({ ...STAGE, inputs: new Map(), params: {} }, '/ws')).toEqual({
    ok: true,
    value: '  profile:\n    uses: tabular/profile\n    outputs: { profile: build/out.json }\n',
  });
});

test('means what was asked for, whatever is in the values', () => {
  const params = {
    sql: "SELECT 'a: b' -- it's $HOME\n  FROM t",
    text: 'x ${' + '{ params.y }} $${' + '{ z }}',
    list: ['yes', '012', '', '- #', { deep: [1.5, null, true] }],
    words: Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`word_${at}`, 'lorem ipsum'])),
  };
  const type = stageType({
    params: { type: 'object' },
    inputs: { data: port({ many: true }), dir: port({ kind: 'folder' }) },
  });
  const inputs = new Map<string, string | string[]>([
    ['data', ['/ws/a "b".csv', '/else/where, {c}.csv'.replace(/[{}]/g, '_')]],
    ['dir', '/ws/data/'],
  ]);
  const written = stageYaml({ ...STAGE, inputs, params }, '/ws');
  if (!written.ok) throw new Error(JSON.stringify(written.error));
  const [stage] = stagesOf(load(`stages:\n${written.value}`, { types: [type] }));
  expect(stage?.inputs).toEqual([
    {
      name: 'data',
      list: true,
      items: [
        { kind: 'file', path: 'a "b".csv' },
        { kind: 'file', path: '/else/where, _c_.csv' },
      ],
    },
    { name: 'dir', list: false, items: [{ kind: 'folder', path: 'data' }] },
  ]);
  const action = stage?.action;
  expect(action?.kind === 'type' ? plain(action.with) : undefined).toEqual(params);
});

test.each([
  [{ outputs: new Map([['profile', '/else/out.json']]) }, 'The output "/else/out.json" lies outside of the workspace.'],
  [
    { outputs: new Map([['profile', '/ws/.git/out.json']]) },
    'The output "/ws/.git/out.json" lies in ".git/", which is not yours to write.',
  ],
  [
    { inputs: new Map([['data', '/ws/in[1].csv']]) },
    '"in[1].csv" cannot be a path here: in a pipeline it would be a pattern.',
  ],
  [
    { inputs: new Map([['data', '/ws/a\\b.csv']]) },
    '"/ws/a\\\\b.csv" cannot be a path here: it has a backslash or a drive in it.',
  ],
])('%# cannot be written', (change, message) => {
  const written = stageYaml({ ...STAGE, ...change }, '/ws');
  expect(written.ok ? written.value : written.error.map((mistake) => mistake.message)).toEqual([message]);
});
