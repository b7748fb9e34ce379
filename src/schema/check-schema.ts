/**
 * What is wrong with a schema that somebody else wrote, and where in it, before ajv makes code of it. Finds what ajv
 * would throw without a place, and what it would never come back from. Calls nothing but itself for any size or depth.
 */
import { quoteName } from '../diagnostics/harmless.ts';
import { nearest } from '../diagnostics/suggest.ts';
import type { Json } from '../util/canonical-json.ts';
import { isDeeperThan } from './depth.ts';
import { decodePointer, followReference } from './follow-reference.ts';
import { draft07, draft2020 } from './meta-schemas.ts';
import { compilePattern } from './patterns.ts';
import { validatorOf } from './validator.ts';

export type Draft = 'draft-07' | '2020-12';

export interface SchemaMistake {
  /** From the schema's root. */
  readonly pointer: readonly (string | number)[];
  /** Which side of the pair there is meant. */
  readonly at: 'key' | 'value';
  /** The end of a sentence, without a full stop. */
  readonly reason: string;
  /** A sentence. */
  readonly help?: string;
}

const SCHEMA_DEPTH_MAX = 200;
const ENUM_MAX = 10_000;
const MISTAKES_MAX = 50;
const DRAFT_07 = /^https?:\/\/json-schema\.org\/draft-07\/schema#?$/;
const DRAFT_2020 = /^https:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/;

/** Where schemas stand in a schema: in a mapping by name, in a list, or right there. */
export const MAPS = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas', 'dependencies'];
export const LISTS = ['allOf', 'anyOf', 'oneOf', 'prefixItems', 'items'];
export const SINGLE = [
  'additionalItems',
  'additionalProperties',
  'contains',
  'else',
  'if',
  'items',
  'not',
  'propertyNames',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
];
/** These are asked about the same value as the schema they stand in. */
const SAME_VALUE = new Set([
  'allOf',
  'anyOf',
  'oneOf',
  'dependentSchemas',
  'dependencies',
  'else',
  'if',
  'not',
  'then',
]);

/** Nobody asks these anything where they stand. */
const DEFINITIONS = new Set(['$defs', 'definitions']);

type Pointer = readonly (string | number)[];
type Members = { readonly [key: string]: Json };

interface Node {
  readonly pointer: Pointer;
  readonly schema: Members;
  /** Keys of the nodes in it that look at the same value or a part of it. */
  readonly below: readonly string[];
  /** Keys of the nodes that look at the same value; those of references come last. */
  readonly same: string[];
}

/** Undefined for a `$schema` that nobody here knows. */
export function draftOf(schema: Json): Draft | undefined {
  const draft = isMembers(schema) ? schema['$schema'] : undefined;
  if (draft === undefined || (typeof draft === 'string' && DRAFT_2020.test(draft))) return '2020-12';
  return typeof draft === 'string' && DRAFT_07.test(draft) ? 'draft-07' : undefined;
}

/** `keywords`: of both drafts. Finds nothing in a schema that ajv can use. */
export function checkSchema(schema: Json, keywords: ReadonlySet<string>): SchemaMistake[] {
  const whole = (reason: string): SchemaMistake[] => [{ pointer: [], at: 'value', reason }];
  if (typeof schema === 'boolean') return [];
  if (!isMembers(schema)) return whole('a schema is a mapping, or true or false');
  if (isDeeperThan(schema, SCHEMA_DEPTH_MAX)) return whole(`it is nested more than ${SCHEMA_DEPTH_MAX} levels deep`);
  const draft = draftOf(schema);
  if (draft === undefined) {
    const reason = `"$schema" is ${JSON.stringify(schema['$schema'])}, and only draft-07 and draft 2020-12 are known`;
    return [{ pointer: ['$schema'], at: 'value', reason }];
  }
  const nodes = findNodes(schema);
  const tooLong = findLongEnums(nodes);
  if (tooLong.length > 0) return tooLong;
  const malformed = validatorOf(draft === 'draft-07' ? draft07 : draft2020)(schema);
  if (malformed.length > 0) {
    return malformed.slice(0, MISTAKES_MAX).map(({ pointer, message }) => ({
      pointer,
      at: 'value',
      reason: pointer.length === 0 ? `it ${message}` : `${quoteName(pointer.join('.'))} ${message}`,
    }));
  }
  const mistakes: SchemaMistake[] = [];
  for (const { pointer, schema: here } of nodes.values()) {
    for (const [key, value] of Object.entries(here)) {
      const at = [...pointer, key];
      if (!keywords.has(key)) {
        const near = nearest(key, [...keywords]);
        const help = near === undefined ? {} : { help: `Did you mean ${quoteName(near)}?` };
        mistakes.push({ pointer: at, at: 'key', reason: `${quoteName(key)} is not a keyword of JSON Schema`, ...help });
      } else if (key === 'pattern' && typeof value === 'string') {
        const pattern = compilePattern(value);
        if (!pattern.ok) mistakes.push({ pointer: at, at: 'value', reason: pattern.error });
      } else if (key === 'patternProperties' && isMembers(value)) {
        for (const source of Object.keys(value)) {
          const pattern = compilePattern(source);
          if (!pattern.ok) mistakes.push({ pointer: [...at, source], at: 'key', reason: pattern.error });
        }
      }
      if (mistakes.length >= MISTAKES_MAX) return mistakes;
    }
  }
  // What an `$id` moves is left to ajv.
  if ([...nodes.values()].some(({ pointer, schema: { $id } }) => pointer.length > 0 && $id !== undefined))
    return mistakes;
  mistakes.push(...connectReferences(nodes, schema));
  return mistakes.length > 0 ? mistakes.slice(0, MISTAKES_MAX) : findEndless(nodes);
}

/**
 * Whether checking with it may take longer than its size and that of the data explain: references that lead to one place
 * by many ways, or more than once back to where they come from. Rather says so than not.
 */
export function mayMultiply(schema: Json): boolean {
  const nodes = findNodes(schema);
  const isMoved = [...nodes.values()].some(({ pointer, schema: { $ref, $id, $dynamicRef, $recursiveRef } }) => {
    const isElsewhere = typeof $ref === 'string' && !/^#(\/|$)/.test($ref);
    return isElsewhere || (pointer.length > 0 && $id !== undefined) || ($dynamicRef ?? $recursiveRef) !== undefined;
  });
  if (isMoved) return true;
  const returns = new Set<string>();
  const pending: Way[] = [{ key: '', before: undefined }];
  for (let steps = 0; pending.length > 0; steps++) {
    if (steps === WAYS_MAX) return true;
    const way = pending.pop() as Way;
    if (isOn(way.before, way.key)) {
      if (returns.has(way.key)) return true;
      returns.add(way.key);
      continue;
    }
    const node = nodes.get(way.key);
    // A reference may lead to where no schema should be, such as into a default.
    if (!node) return true;
    for (const key of [...node.below, ...targetOf(node.schema)]) pending.push({ key, before: way });
  }
  return false;
}

/** How one schema was come to from the root. */
interface Way {
  readonly key: string;
  readonly before: Way | undefined;
}

const WAYS_MAX = 5000;

function isOn(way: Way | undefined, key: string): boolean {
  for (let at = way; at; at = at.before) if (at.key === key) return true;
  return false;
}

function targetOf({ $ref }: Members): string[] {
  const target = typeof $ref === 'string' && $ref.startsWith('#') ? decodePointer($ref) : undefined;
  return target === undefined ? [] : [target];
}

/** Whether it refers to the schema of schemas, which ajv is given only then. */
export function refersToDraft(schema: Json): boolean {
  return [...findNodes(schema).values()].some(({ schema: { $ref } }) => typeof $ref === 'string' && isDraft($ref));
}

function isDraft(reference: string): boolean {
  return DRAFT_07.test(reference) || DRAFT_2020.test(reference);
}

/** All schemas in a schema, by their JSON pointer, in the order of the text as far as that matters to a reader. */
function findNodes(root: Json): Map<string, Node> {
  const nodes = new Map<string, Node>();
  const pending: { readonly pointer: Pointer; readonly schema: Json }[] = [{ pointer: [], schema: root }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { pointer, schema } = next;
    if (!isMembers(schema)) continue;
    const same: string[] = [];
    const below: string[] = [];
    const found: typeof pending = [];
    const add = (value: Json | undefined, keyword: string, ...rest: (string | number)[]) => {
      if (!isMembers(value)) return;
      const at = [...pointer, keyword, ...rest];
      found.push({ pointer: at, schema: value });
      if (SAME_VALUE.has(keyword)) same.push(keyOf(at));
      if (!DEFINITIONS.has(keyword)) below.push(keyOf(at));
    };
    for (const keyword of SINGLE) add(schema[keyword], keyword);
    for (const keyword of LISTS) {
      const list = schema[keyword];
      if (Array.isArray(list))
        for (const [index, value] of (list as readonly Json[]).entries()) add(value, keyword, index);
    }
    for (const keyword of MAPS) {
      const map = schema[keyword];
      if (isMembers(map)) for (const [name, value] of Object.entries(map)) add(value, keyword, name);
    }
    nodes.set(keyOf(pointer), { pointer, schema, below, same });
    pending.push(...found.reverse());
  }
  return nodes;
}

function findLongEnums(nodes: ReadonlyMap<string, Node>): SchemaMistake[] {
  return [...nodes.values()].flatMap(({ pointer, schema: { enum: values } }) =>
    Array.isArray(values) && values.length > ENUM_MAX
      ? [
          {
            pointer: [...pointer, 'enum'],
            at: 'key' as const,
            reason: `"enum" has ${values.length} values, more than the ${ENUM_MAX} that are read`,
          },
        ]
      : [],
  );
}

/** Follows `$ref` inside the schema; there is no other place a reference may lead to. */
function connectReferences(nodes: ReadonlyMap<string, Node>, root: Members): SchemaMistake[] {
  const mistakes: SchemaMistake[] = [];
  for (const { pointer, schema, same } of nodes.values()) {
    const { $ref: reference } = schema;
    if (typeof reference !== 'string' || isDraft(reference)) continue;
    const wrong = (reason: string, help?: string) =>
      mistakes.push({ pointer: [...pointer, '$ref'], at: 'value', reason, ...(help === undefined ? {} : { help }) });
    if (reference === root['$id'] || reference === `${String(root['$id'])}#`) same.push(keyOf([]));
    else if (!reference.startsWith('#')) {
      const help = 'Nothing is ever fetched: copy what it needs into "$defs".';
      wrong(`the reference ${quoteName(reference)} leads out of it`, help);
    } else if (reference === '#' || reference.startsWith('#/')) {
      const target = decodePointer(reference);
      if (target !== undefined && followReference(root, reference) !== undefined) same.push(target);
      else wrong(`the reference ${quoteName(reference)} leads to nothing`);
    }
  }
  return mistakes;
}

/** A schema that asks itself about the same value again never comes to an end. */
function findEndless(nodes: ReadonlyMap<string, Node>): SchemaMistake[] {
  const state = new Map<string, 'open' | 'done'>();
  for (const start of nodes.keys()) {
    if (state.has(start)) continue;
    const path: { readonly key: string; next: number }[] = [{ key: start, next: 0 }];
    state.set(start, 'open');
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const node = nodes.get(top.key);
      const follow = node?.same[top.next++];
      if (node === undefined || follow === undefined) {
        state.set(top.key, 'done');
        path.pop();
      } else if (state.get(follow) === 'open') {
        const reason = 'it refers to itself about the same value, without end';
        return [{ pointer: [...node.pointer, '$ref'], at: 'value', reason }];
      } else if (!state.has(follow)) {
        state.set(follow, 'open');
        path.push({ key: follow, next: 0 });
      }
    }
  }
  return [];
}

function keyOf(pointer: Pointer): string {
  return pointer.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function isMembers(value: Json | undefined): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
