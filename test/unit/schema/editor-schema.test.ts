// The joined schema accepts what wrangle accepts, and finds what a stage type would not take.
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { StageType } from '../../../src/model/plugin.ts';
import { editorSchema } from '../../../src/schema/editor-schema.ts';
import { compileSchema } from '../../../src/schema/validate.ts';
import type { Json } from '../../../src/util/canonical-json.ts';
import { port, stageType } from '../language/support.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

/** Where something is wrong in the one stage of a pipeline, by the joined schema. */
function wrong(types: readonly StageType[], stage: Json): string[] {
  const compiled = compileSchema(editorSchema(types));
  if (!compiled.ok) throw new Error(compiled.error);
  const found = compiled.value({ version: 1, stages: { s: stage } });
  return [...new Set(found.map(({ pointer }) => pointer.slice(2).join('.')))].sort();
}

function withParams(params: StageType['params']): StageType {
  return stageType({ name: 'p/t', params, inputs: {}, outputs: {} });
}

test('the pipelines of this repository are sound by it', () => {
  const types = ['records', 'tabular'].flatMap((plugin) => {
    const manifest = JSON.parse(readFileSync(`${ROOT}/plugins/${plugin}/wrangle.plugin.json`, 'utf8'));
    return Object.entries(manifest.stages as Record<string, Partial<StageType>>).map(([name, stage]) =>
      stageType({
        ...stage,
        name: `${plugin}/${name}`,
        inputs: portsOf(stage.inputs),
        outputs: portsOf(stage.outputs),
      }),
    );
  });
  const compiled = compileSchema(editorSchema(types));
  if (!compiled.ok) throw new Error(compiled.error);
  const files = readdirSync(`${ROOT}/pipelines`).filter((name) => name.endsWith('.yaml'));
  expect(files.length).toBeGreaterThan(1);
  for (const file of files) {
    expect(compiled.value(parse(readFileSync(`${ROOT}/pipelines/${file}`, 'utf8'))), file).toEqual([]);
  }
});

function portsOf(ports: StageType['inputs'] = {}): StageType['inputs'] {
  return Object.fromEntries(
    Object.entries(ports).map(([name, given]) => [name, port({ ...given, media: [given.media ?? []].flat() })]),
  );
}

test('without plugins it is the schema of pipelines', () => {
  expect(wrong([], { uses: 'a/b', with: { any: 1 } })).toEqual([]);
  expect(wrong([], { uses: 5 })).toEqual(['uses']);
});

describe('a stage of a type', () => {
  const types = [
    stageType(),
    stageType({
      name: 'geo/map',
      params: { type: 'object', required: ['zoom'], properties: { zoom: { type: 'integer' } } },
      inputs: { '*': port({ many: true }) },
      outputs: { map: port(), log: port({ optional: true }) },
    }),
  ];
  const profile = { uses: 'tabular/profile', inputs: { data: 'a' }, outputs: { profile: 'b' } };
  const map = { uses: 'geo/map', inputs: { any: ['a', 'b'] }, outputs: { map: 'c' }, with: { zoom: 3 } };

  test.each<[string, Json, string[]]>([
    ['sound', profile, []],
    ['sound', { ...profile, with: { sample: 5 } }, []],
    ['an expression beside any type', { ...profile, with: { sample: '${' + '{ params.n }}' } }, []],
    ['a type that an expression names', { uses: '${' + '{ params.type }}', with: { x: 1 } }, []],
    ['a command', { run: 'true' }, []],
    ['ports with any name', map, []],
    ['an optional output', { ...map, outputs: { map: 'c', log: 'd' } }, []],
    ['an unknown type', { uses: 'tabular/profil' }, ['uses']],
    ['a param of another type', { ...profile, with: { zoom: 3 } }, ['with.zoom']],
    ['a wrong param', { ...profile, with: { sample: 0 } }, ['with.sample']],
    ['text for a number', { ...profile, with: { sample: 'all' } }, ['with.sample']],
    ['a missing param', { ...map, with: {} }, ['with.zoom']],
    ['no params where some are needed', { uses: map.uses, inputs: map.inputs, outputs: map.outputs }, ['with']],
    ['an unknown port', { ...profile, inputs: { data: 'a', date: 'b' } }, ['inputs.date']],
    ['a missing port', { ...profile, outputs: {} }, ['outputs.profile']],
    ['no input at all', { ...map, inputs: {} }, ['inputs']],
  ])('%s', (_, stage, expected) => {
    expect(wrong(types, stage)).toEqual(expected);
  });
});

describe('the schema of params', () => {
  const uses = (params: StageType['params'], given: Json) => wrong([withParams(params)], { uses: 'p/t', with: given });

  test('may refer to itself, by pointer and by anchor', () => {
    const params: StageType['params'] = {
      $id: 'https://example.org/p',
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      properties: {
        tree: { $ref: '#/$defs/tree' },
        name: { $ref: '#name' },
        odd: { $ref: '#/$defs/a~1b' },
      },
      $defs: {
        tree: { type: 'object', properties: { value: { type: 'integer' }, next: { $ref: '#/$defs/tree' } } },
        text: { $anchor: 'name', type: 'string', minLength: 2 },
        'a/b': { type: 'integer' },
      },
    };
    const tree = (value: Json) => ({ tree: { next: { next: { value } } } });
    expect(uses(params, tree(1))).toEqual([]);
    expect(uses(params, tree('x'))).toEqual(['with.tree.next.next.value']);
    expect(uses(params, { name: 'x', odd: 1.5 })).toEqual(['with.name', 'with.odd']);
  });

  test('may be one of draft-07', () => {
    const params: StageType['params'] = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      properties: {
        pair: { type: 'array', items: [{ type: 'integer' }, { $ref: '#/definitions/word' }], additionalItems: false },
      },
      dependencies: { pair: ['name'], name: { required: ['mode'] } },
      definitions: { word: { type: 'string', minLength: 2 } },
    };
    expect(uses(params, { pair: [1, 'ab'], name: 'n', mode: 'm' })).toEqual([]);
    expect(uses(params, { pair: [1, 'a'], name: 'n', mode: 'm' })).toEqual(['with.pair.1']);
    expect(uses(params, { pair: [1, 'ab', 3], name: 'n', mode: 'm' })).toEqual(['with.pair']);
    expect(uses(params, { pair: [1] })).toEqual(['with.name']);
    expect(uses(params, { name: 'n' })).toEqual(['with.mode']);
  });

  test('what it says by branches holds, and an expression fits everywhere', () => {
    const expression = '${' + '{ params.x }}';
    const params: StageType['params'] = {
      properties: {
        mode: { enum: ['a', 'b'] },
        list: { type: 'array', items: { type: 'integer' } },
        one: { oneOf: [{ type: 'integer' }, { type: 'boolean' }], anyOf: [{ minimum: 1 }, { const: true }] },
      },
      if: { properties: { mode: { const: 'b' } }, required: ['mode'] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
      then: { required: ['list'] },
      not: { required: ['one', 'list'] },
    };
    expect(uses(params, { mode: 'a', one: true })).toEqual([]);
    expect(uses(params, { mode: expression, one: expression })).toEqual([]);
    expect(uses(params, { mode: 'b', list: [1, expression] })).toEqual([]);
    expect(uses(params, { mode: 'b' })).toEqual(['with.list']);
    expect(uses(params, { list: ['x'] })).toEqual(['with.list.0']);
    expect(uses(params, { one: 'x' })).toEqual(['with.one']);
    expect(uses(params, { one: 1, list: [] })).toEqual(['with']);
  });
});
