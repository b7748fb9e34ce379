// From a manifest to types, and what the SDK makes of them. The compiler checks what is said of types here.
import { readFileSync } from 'node:fs';
import { describe, expect, expectTypeOf, test } from 'vitest';
import type { Profile, Query } from '../../../plugins/tabular/stage-types.d.ts';
import type { Manifest } from '../../../src/plugin/manifest.ts';
import { stageTypesText } from '../../../src/plugin/stage-types.ts';
import type { Json, StageContext, StageDefinition, StageFile, StageOutput } from '../../../src/sdk/plugin.ts';

const TABULAR = new URL('../../../plugins/tabular/', import.meta.url);

test('those of the shipped plugin are current', () => {
  const manifest = JSON.parse(readFileSync(new URL('wrangle.plugin.json', TABULAR), 'utf8')) as Manifest;
  expect(readFileSync(new URL('stage-types.d.ts', TABULAR), 'utf8')).toBe(stageTypesText(manifest));
});

function typesOf(params: { readonly [key: string]: Json }, ports: object = {}): string {
  const manifest = { protocol: 1, name: 'p', stages: { 'my-stage': { run: { node: 'x.js' }, params, ...ports } } };
  return stageTypesText(manifest as Manifest);
}

/** Of one param. */
function typeOf(schema: Json, definitions: Json = {}): string {
  const text = typesOf({ $defs: definitions, required: ['x'], properties: { x: schema } });
  return /readonly x: ([\s\S]*?);\n {2}\};/.exec(text)?.[1] ?? text;
}

test.each<[string, Json, string]>([
  ['a number', { type: 'integer' }, 'number'],
  ['a choice', { enum: ['a', "it's", 1, null] }, "'a' | 'it\\'s' | 1 | null"],
  ['a fixed value', { const: true }, 'true'],
  ['several types', { type: ['string', 'null'] }, 'string | null'],
  [
    'alternatives',
    { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
    'string | readonly string[]',
  ],
  ['a list of choices', { type: 'array', items: { enum: ['a', 'b'] } }, "readonly ('a' | 'b')[]"],
  ['a list of anything', { type: 'array' }, 'readonly Json[]'],
  [
    'a mapping by any name',
    { type: 'object', additionalProperties: { type: 'number' } },
    '{ readonly [key: string]: number }',
  ],
  ['anything', {}, 'Json'],
  ['nothing', false, 'never'],
  ['a part of the schema', { $ref: '#/$defs/name' }, 'string'],
  ['a reference that leads nowhere', { $ref: 'https://x.example/y' }, 'Json'],
  [
    'what must be several things at once',
    { allOf: [{ type: 'object', properties: {} }, { $ref: '#/$defs/name' }] },
    '{ readonly [key: string]: Json } & string',
  ],
])('%s', (_, schema, expected) => {
  expect(typeOf(schema, { name: { type: 'string' } })).toBe(expected);
});

test('data that holds itself ends somewhere', () => {
  const tree: Json = { type: 'object', properties: { children: { type: 'array', items: { $ref: '#/$defs/tree' } } } };
  expect(typeOf({ $ref: '#/$defs/tree' }, { tree })).toBe('{\n      readonly children?: readonly Json[];\n    }');
});

test('ports, words and names', () => {
  const ports = {
    description: 'Ends here: */',
    inputs: { data: { description: 'A table.' }, extra: { optional: true }, '*': { many: true } },
    outputs: { parts: { kind: 'folder', many: true } },
  };
  expect(
    typesOf({ properties: { 'a-b': { type: 'string', default: '' } } }, ports),
  ).toBe(`// Written by "wrangle plugin types" from the manifest. Do not edit.
import type { StageFile, StageOutput } from 'wrangle/plugin';

/** Ends here: * / */
export interface MyStage {
  readonly params: {
    readonly 'a-b': string;
  };
  readonly inputs: {
    readonly [port: string]: readonly StageFile[] | StageFile | undefined;
    /** A table. */
    readonly data: StageFile;
    readonly extra?: StageFile;
  };
  readonly outputs: {
    readonly parts: readonly StageOutput[];
  };
}
`);
  expect(typesOf({})).toContain('  readonly params: {};\n  readonly inputs: {};\n  readonly outputs: {};\n');
});

describe('a context has the types of its stage', () => {
  test('params with a default are there, others may not be', () => {
    expectTypeOf<StageContext<Profile>['params']['top_k']>().toEqualTypeOf<number>();
    expectTypeOf<StageContext<Profile>['params']['sample_rows']>().toEqualTypeOf<number | undefined>();
    expectTypeOf<StageContext<Profile>['params']['max_rejects']>().toEqualTypeOf<number | undefined>();
    expectTypeOf<StageContext<Query>['params']['types']>().toEqualTypeOf<'auto' | 'text'>();
  });

  test('ports are a file or a list', () => {
    expectTypeOf<StageContext<Profile>['inputs']['data']>().toEqualTypeOf<StageFile>();
    expectTypeOf<StageContext<Profile>['outputs']['profile']>().toEqualTypeOf<StageOutput>();
    expectTypeOf<StageContext<Query>['inputs'][string]>().toEqualTypeOf<readonly StageFile[]>();
  });

  test('what ends an attempt does not come back', () => {
    expectTypeOf<ReturnType<StageContext['fail']>>().toEqualTypeOf<never>();
    expectTypeOf<StageContext['suspend']>().returns.toEqualTypeOf<Json>();
    expectTypeOf<StageContext['signal']>().toEqualTypeOf<AbortSignal>();
    expectTypeOf<StageContext['deadline']>().toEqualTypeOf<Date | undefined>();
  });

  test('a mistake in its use does not compile', () => {
    const unused: StageDefinition<Profile>[] = [
      // @ts-expect-error there is no such param
      { run: (ctx) => void ctx.params.tpo },
      // @ts-expect-error there is no such port
      { run: (ctx) => void ctx.outputs.table },
      {
        run: (ctx) => {
          // @ts-expect-error params are what the pipeline says
          ctx.params.top = 3;
        },
      },
      // @ts-expect-error a category is one of three
      { run: (ctx) => ctx.fail('x', 'fatal', 'y') },
      // @ts-expect-error the port has one file
      { lists: ['data'], run: () => {} },
    ];
    // @ts-expect-error the ports have lists, which has to be said
    const lists: StageDefinition<Query> = { run: () => {} };
    const right: StageDefinition<Query> = { lists: ['*'], run: () => {} };
    expect([unused.length, lists, right]).toHaveLength(3);
  });
});
