/**
 * The schema of pipelines with the params and ports of stage types joined in, for editors: it completes, and finds most
 * mistakes. What only wrangle can know, such as whether a file is there, is left to `wrangle check`.
 */
import pipelineSchema from '../../schemas/pipeline.schema.json' with { type: 'json' };
import type { PortDeclaration, StageType } from '../model/plugin.ts';
import type { Json } from '../util/canonical-json.ts';
import { compareText } from '../util/compare.ts';

type Schema = { readonly [key: string]: Json };

/** Draft 2020-12. Stage types are told apart by `if` and `then` on `uses`. */
export function editorSchema(types: readonly StageType[]): Schema {
  const sorted = [...types].sort((a, b) => compareText(a.name, b.name));
  const { $id: _, $defs, ...rest } = pipelineSchema as unknown as { $id: string; $defs: Schema } & Schema;
  const joined = Object.entries($defs).map(([name, schema]) => [name, withTypes(schema as Schema, sorted)]);
  const params = sorted.map((type) => [keyOf(type), joinable(type)]);
  return { ...rest, $defs: { ...Object.fromEntries(joined), ...Object.fromEntries(params) } } as Schema;
}

/** Whether it is such a schema, of this wrangle or another. */
export function isEditorSchema(text: string): boolean {
  try {
    const found = JSON.parse(text) as { readonly $schema?: unknown; readonly title?: unknown } | null;
    return typeof found?.$schema === 'string' && found.title === pipelineSchema.title;
  } catch {
    return false;
  }
}

/** Not the name of anything in wrangle's own schema. */
function keyOf({ name }: StageType): string {
  return name.replace('/', '.');
}

/** Whatever has `uses` and `with`. */
function withTypes(schema: Schema, types: readonly StageType[]): Schema {
  const { properties } = schema;
  if (!isSchema(properties) || !isSchema(properties['uses']) || !('with' in properties) || types.length === 0)
    return schema;
  const { type: _, minLength: __, ...about } = properties['uses'];
  const names = { enum: types.map(({ name }) => name) };
  return {
    ...schema,
    properties: { ...properties, uses: { ...about, anyOf: [names, EXPRESSION] } },
    // A strategy has the ports of its stage.
    allOf: types.map((type) => conditionOf(type, 'inputs' in properties)),
  };
}

const EXPRESSION = { $ref: '#/$defs/expression' } as const;

function conditionOf(type: StageType, hasPorts: boolean): Schema {
  const sides = (hasPorts ? (['inputs', 'outputs'] as const) : []).map(
    (side) => [side, portsSchema(type[side])] as const,
  );
  const needed = [
    ...sides.flatMap(([side, ports]) => ('required' in ports ? [side] : [])),
    ...(Array.isArray(type.params['required']) && type.params['required'].length > 0 ? ['with'] : []),
  ];
  return {
    if: { properties: { uses: { const: type.name } }, required: ['uses'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
    then: {
      properties: {
        uses: { description: type.description },
        with: { $ref: `#/$defs/${keyOf(type)}` },
        ...Object.fromEntries(sides),
      },
      ...(needed.length === 0 ? {} : { required: needed }),
    },
  };
}

function portsSchema(ports: StageType['inputs']): Schema {
  const named = Object.entries(ports).filter(([name]) => name !== '*');
  const required = named.filter(([, { optional }]) => !optional).map(([name]) => name);
  const any = ports['*'];
  return {
    properties: Object.fromEntries(named.map(([name, port]) => [name, { description: portText(port) }])),
    additionalProperties: any ? { description: portText(any) } : false,
    ...(required.length === 0 ? {} : { required }),
    ...(any && !any.optional && named.length === 0 ? { minProperties: 1 } : {}),
  };
}

function portText({ description = '', kind, many, media }: PortDeclaration): string {
  const what = many ? `one or more ${kind}s` : `a ${kind}`;
  return [description, `(${[what, ...media].join(', ')})`].filter((part) => part !== '').join(' ');
}

/** Its params, as a part of another schema. */
function joinable(type: StageType): Schema {
  const root = `#/$defs/${keyOf(type)}`;
  const params = new Joining(root, anchorsOf(type.params)).rewrite(type.params, 'lenient');
  return { title: `the params of ${type.name}`, ...(params as Schema) };
}

/** Maps of schemas for values inside of the value; lists and single ones the same. */
const INNER_MAPS = new Set(['properties', 'patternProperties']);
const INNER = new Set(['items', 'prefixItems', 'additionalProperties', 'unevaluatedProperties', 'unevaluatedItems']);
/** For the same value, or for none. */
const SAME_MAPS = new Set(['$defs', 'definitions', 'dependentSchemas']);
const SAME = new Set(['allOf', 'anyOf', 'then', 'else', 'contains', 'propertyNames']);
/** What these say is turned around or decides about others, so an expression must not pass for any value there. */
const STRICT = new Set(['not', 'if']);
const DROPPED = new Set([
  '$id',
  'id',
  '$schema',
  '$anchor',
  '$dynamicAnchor',
  '$recursiveAnchor',
  '$vocabulary',
  '$comment',
]);

type Mode = 'lenient' | 'strict';

/** What draft-07 calls otherwise. */
function inDraft2020(schema: Schema): Schema {
  const { items, additionalItems, dependencies, ...rest } = schema;
  const lists: Schema = Array.isArray(items)
    ? { prefixItems: items, ...(additionalItems === undefined ? {} : { items: additionalItems }) }
    : items === undefined
      ? {}
      : { items };
  if (!isSchema(dependencies)) return { ...rest, ...lists };
  const needs = Object.entries(dependencies);
  const ofKind = (isList: boolean) => Object.fromEntries(needs.filter(([, need]) => Array.isArray(need) === isList));
  return { ...rest, ...lists, dependentRequired: ofKind(true), dependentSchemas: ofKind(false) };
}

/** As deep as the manifest, which has a limit. */
class Joining {
  readonly #root: string;
  readonly #anchors: ReadonlyMap<string, string>;

  constructor(root: string, anchors: ReadonlyMap<string, string>) {
    this.#root = root;
    this.#anchors = anchors;
  }

  /** For the same value. With `lenient`, any value inside may be an expression instead. */
  rewrite(schema: Json, mode: Mode): Json {
    if (Array.isArray(schema)) return (schema as readonly Json[]).map((each) => this.rewrite(each, mode));
    if (!isSchema(schema)) return schema;
    const made: { [key: string]: Json } = {};
    const choices: Schema[] = [];
    for (const [key, value] of Object.entries(inDraft2020(schema))) {
      if (DROPPED.has(key)) continue;
      if (key === '$ref' || key === '$dynamicRef') Object.assign(made, this.#reference(value));
      else if (INNER_MAPS.has(key)) made[key] = mapOf(value, (each) => this.#inner(each, mode));
      else if (INNER.has(key)) made[key] = this.#inner(value, mode);
      else if (SAME_MAPS.has(key)) made[key] = mapOf(value, (each) => this.rewrite(each, mode));
      else if (SAME.has(key)) made[key] = this.rewrite(value, mode);
      else if (STRICT.has(key)) made[key] = this.rewrite(value, 'strict');
      // With expressions in it, a value may fit several branches.
      else if (key === 'oneOf') choices.push({ anyOf: this.rewrite(value, mode) });
      else made[key] = value;
    }
    if (choices.length === 0) return made;
    const { allOf } = made;
    return { ...made, allOf: [...(Array.isArray(allOf) ? allOf : []), ...choices] };
  }

  #inner(schema: Json, mode: Mode): Json {
    if (Array.isArray(schema)) return (schema as readonly Json[]).map((each) => this.#inner(each, mode));
    const made = this.rewrite(schema, mode);
    return mode === 'lenient' && isSchema(made) ? orExpression(made) : made;
  }

  /** Nothing, where it leads out of the manifest. */
  #reference(value: Json): Schema {
    if (typeof value !== 'string' || !value.startsWith('#')) return {};
    const anchor = this.#anchors.get(value.slice(1));
    return { $ref: `${this.#root}${anchor ?? value.slice(1)}` };
  }
}

const ABOUT = ['title', 'description', 'default', 'examples', 'deprecated', 'markdownDescription'];

function orExpression(schema: Schema): Schema {
  const words = Object.entries(schema).filter(([key]) => ABOUT.includes(key));
  const rest = Object.entries(schema).filter(([key]) => !ABOUT.includes(key));
  const isAnything = rest.length === 0 || (rest.length === 1 && schema['type'] === 'string');
  if (isAnything) return schema;
  return { ...Object.fromEntries(words), anyOf: [Object.fromEntries(rest), EXPRESSION] };
}

/** Anchor -> JSON pointer. */
function anchorsOf(schema: Json): Map<string, string> {
  const found = new Map<string, string>();
  const pending: { readonly value: Json; readonly at: string }[] = [{ value: schema, at: '' }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, at } = next;
    if (value === null || typeof value !== 'object') continue;
    for (const [key, member] of Object.entries(value)) {
      if ((key === '$anchor' || key === '$dynamicAnchor') && typeof member === 'string') found.set(member, at);
      pending.push({ value: member as Json, at: `${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}` });
    }
  }
  return found;
}

function mapOf(value: Json, change: (each: Json) => Json): Json {
  if (!isSchema(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, change(member)]));
}

function isSchema(value: Json | undefined): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
