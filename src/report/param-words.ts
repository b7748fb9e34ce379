/** What a JSON Schema says of a param, in words for lists and help. Pure. */
import { followReference } from '../schema/follow-reference.ts';
import type { Json } from '../util/canonical-json.ts';
import { shown } from './format.ts';

export type Schema = { readonly [key: string]: Json };

/** `params` of a stage type, one by one, in the order of the schema. */
export interface Param {
  readonly name: string;
  /** With references into the schema itself followed; empty for one that allows anything. */
  readonly schema: Schema;
  readonly required: boolean;
}

export function paramsOf(params: Schema): Param[] {
  const properties = params['properties'];
  if (!isSchema(properties)) return [];
  const needed = params['required'];
  const required = new Set(Array.isArray(needed) ? needed : []);
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    schema: follow(schema, params),
    required: required.has(name),
  }));
}

const WORDS: { readonly [type: string]: string } = {
  integer: 'whole number',
  string: 'text',
  boolean: 'true or false',
  array: 'list',
  object: 'mapping',
};

const ANYTHING = 'anything';
const DEPTH_MAX = 4;

/** Its type in a few words: `whole number, at least 1`, `"fast" or "exact"`, `list of text`. */
export function typeWords(schema: Schema, whole: Schema = schema, depth = 0): string {
  // A type of data that holds itself has no end, and nobody reads on.
  if (depth === DEPTH_MAX) return ANYTHING;
  const inner = (part: Json | undefined) => typeWords(follow(part, whole), whole, depth + 1);
  const choices = schema['enum'];
  if (Array.isArray(choices)) return anyOf(choices.map((choice) => shown(JSON.stringify(choice))));
  if ('const' in schema) return shown(JSON.stringify(schema['const']));
  const branches = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(branches)) return anyOf(branches.map(inner));
  const { type } = schema;
  const parts = schema['allOf'];
  if (type === undefined && Array.isArray(parts)) {
    const words = parts.map(inner).filter((each) => each !== ANYTHING);
    return words[0] ?? ANYTHING;
  }
  if (Array.isArray(type)) return anyOf(type.map((one) => inner({ type: one })));
  if (typeof type !== 'string') return ANYTHING;
  if (type === 'array') {
    const items = follow(schema['items'], whole);
    return 'type' in items || 'enum' in items ? `list of ${inner(items)}` : 'list';
  }
  return [shown(WORDS[type] ?? type), ...limits(schema)].join(', ');
}

const LIMITS = {
  minimum: 'at least',
  exclusiveMinimum: 'more than',
  maximum: 'at most',
  exclusiveMaximum: 'less than',
} as const;

function limits(schema: Schema): string[] {
  return Object.entries(LIMITS).flatMap(([keyword, words]) =>
    typeof schema[keyword] === 'number' ? [`${words} ${schema[keyword]}`] : [],
  );
}

function anyOf(words: readonly string[]): string {
  const each = [...new Set(words)];
  return each.length < 2 ? (each[0] ?? ANYTHING) : `${each.slice(0, -1).join(', ')} or ${each.at(-1)}`;
}

/** As deep as somebody might mean it; a circle ends there. */
const REFERENCES_MAX = 50;

/** Where its reference leads, and what stands beside it; empty for one that allows anything. */
export function follow(schema: Json | undefined, whole: Schema): Schema {
  let at: Json | undefined = schema;
  for (let count = 0; count < REFERENCES_MAX && isSchema(at); count++) {
    const reference = at['$ref'];
    if (typeof reference !== 'string' || !reference.startsWith('#')) return at;
    const { $ref: _, ...beside } = at;
    const target = followReference(whole, reference);
    // The words beside a reference win over those it leads to.
    at = isSchema(target) ? { ...target, ...beside } : undefined;
  }
  return {};
}

function isSchema(value: Json | undefined): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
