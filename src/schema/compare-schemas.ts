/**
 * Whether anything can fit two schemas at once. Says no only where that is certain: what it does not understand, such as a
 * choice or a condition, it takes for one that allows everything. Makes no code of the schemas, and runs none.
 */
import { joinWords, quoteName } from '../diagnostics/harmless.ts';
import { nearest } from '../diagnostics/suggest.ts';
import type { Json } from '../util/canonical-json.ts';
import { canonicalJson } from '../util/canonical-json.ts';
import { draftOf } from './check-schema.ts';
import { showValue, typeWord } from './findings.ts';
import { followReference } from './follow-reference.ts';

export interface Misfit {
  /** A sentence about the data without a full stop, such as `/id is text, and must be a number`. */
  readonly reason: string;
  /** The key that was meant instead of one that is missing. */
  readonly suggestion?: string | undefined;
}

export interface CompareOptions {
  /** Of the keys of the data itself: whether what the two say of it can be compared. Without it all can. */
  readonly isComparable?: (key: string, about: 'value' | 'presence') => boolean;
}

/**
 * Why nothing is as `made` says and as `wanted` wants; undefined when something may be. Both are schemas that can be used.
 * That one alone allows nothing is no matter of the two.
 */
export function findMisfit(made: Json, wanted: Json, options: CompareOptions = {}): Misfit | undefined {
  const look = { steps: 0, isComparable: options.isComparable };
  const [from, to] = [made, wanted].map((schema) => expand(look, rootOf(schema), schema, DEPTH_MAX)) as [Side, Side];
  return from === NEVER || to === NEVER ? undefined : compare(look, from, to, [], DEPTH_MAX);
}

interface Look {
  steps: number;
  readonly isComparable: CompareOptions['isComparable'];
}

type Members = { readonly [key: string]: Json };

interface Root {
  readonly schema: Json;
  readonly isDraft07: boolean;
  /** An `$id` within moves what references are about. */
  readonly isMoved: boolean;
}

/** One of several schemas that all hold for one value. */
interface Part {
  readonly root: Root;
  readonly schema: Members;
}

const NEVER = 'never';
type Side = readonly Part[] | typeof NEVER;
type Pointer = readonly (string | number)[];

const DEPTH_MAX = 30;
const STEPS_MAX = 20_000;
/** Of a list that has to have entries, so many are looked at. */
const ENTRIES_MAX = 10;
const SHOWN = 5;

function rootOf(schema: Json): Root {
  return { schema, isDraft07: draftOf(schema) === 'draft-07', isMoved: hasInnerId(schema) };
}

function hasInnerId(schema: Json): boolean {
  const pending: Json[] = isMembers(schema) ? (Object.values(schema) as Json[]) : [];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next === null || typeof next !== 'object') continue;
    if (isMembers(next) && Object.hasOwn(next, '$id')) return true;
    for (const member of Object.values(next) as Json[]) pending.push(member);
  }
  return false;
}

/** Every part that is understood and holds for the value itself. */
function expand(look: Look, root: Root, schema: Json | undefined, depth: number): Side {
  if (schema === false) return NEVER;
  if (!isMembers(schema) || depth === 0 || ++look.steps > STEPS_MAX) return [];
  const { $ref, allOf } = schema;
  const target = typeof $ref === 'string' && !root.isMoved ? followReference(root.schema, $ref) : undefined;
  const referred = target === undefined ? [] : expand(look, root, target, depth - 1);
  // Draft-07 has a reference stand alone.
  if ($ref !== undefined && root.isDraft07) return referred;
  const all = Array.isArray(allOf) ? (allOf as readonly Json[]).map((one) => expand(look, root, one, depth - 1)) : [];
  return joined([[{ root, schema }], referred, ...all]);
}

function joined(sides: readonly Side[]): Side {
  const parts: Part[] = [];
  for (const side of sides) {
    if (side === NEVER) return NEVER;
    parts.push(...side);
  }
  return parts;
}

function compare(
  look: Look,
  made: readonly Part[],
  wanted: readonly Part[],
  at: Pointer,
  depth: number,
): Misfit | undefined {
  if (depth === 0 || look.steps > STEPS_MAX || made.length === 0 || wanted.length === 0) return undefined;
  const types = [typesOf(made), typesOf(wanted)] as const;
  // What is no data at all is nobody else's concern.
  if (types.some((one) => one.size === 0)) return undefined;
  const both = [...types[0]].filter((type) => types[1].has(type));
  if (both.length === 0) {
    return { reason: `${subject(at)} is ${typeWords(types[0])}, and must be ${typeWords(types[1])}` };
  }
  const values = compareValues(made, wanted, at);
  if (values !== undefined) return values === 'fits' ? undefined : values;
  let first: Misfit | undefined;
  for (const type of both) {
    const found = compareOf(type, look, made, wanted, at, depth, both);
    if (!found) return undefined;
    first ??= found;
  }
  return first;
}

const TYPES = ['null', 'boolean', 'integer', 'fraction', 'string', 'array', 'object'] as const;
type Type = (typeof TYPES)[number];

/** A number is a whole one or has a fraction. */
function typesOf(parts: readonly Part[]): ReadonlySet<Type> {
  let left: readonly Type[] = TYPES;
  for (const { schema } of parts) {
    if (schema['type'] === undefined) continue;
    const named = [schema['type'], schema['nullable'] === true ? 'null' : []].flat() as Json[];
    const allowed = new Set(named.flatMap((type) => (type === 'number' ? ['integer', 'fraction'] : [type])));
    left = left.filter((type) => allowed.has(type));
  }
  return new Set(left);
}

function typeWords(types: ReadonlySet<Type>): string {
  const isNumber = types.has('integer') && types.has('fraction');
  const names = [...types].flatMap((type) => {
    if (type === 'fraction') return isNumber ? [] : ['number'];
    return type === 'integer' && isNumber ? ['number'] : [type];
  });
  return joinWords(names.map(typeWord), 'or');
}

/** Where one side lists its values: whether one of them may fit both. Undefined where neither does. */
function compareValues(made: readonly Part[], wanted: readonly Part[], at: Pointer): Misfit | 'fits' | undefined {
  const [own, others] = [valuesOf(made), valuesOf(wanted)];
  const listed = own ?? others;
  if (!listed) return undefined;
  if (own?.size === 0 || others?.size === 0) return 'fits';
  for (const [text, value] of listed) {
    if (mayBe(made, value) && mayBe(wanted, value) && (others?.has(text) ?? true)) return 'fits';
  }
  if (own && others) return { reason: `${subject(at)} is ${listValues(own)}, and must be ${listValues(others)}` };
  if (own) return { reason: `${subject(at)} is ${listValues(own)}, which is not what it must be` };
  return { reason: `${subject(at)} must be ${listValues(listed)}, and never is` };
}

/** Those that all parts with a list have, by their text. */
function valuesOf(parts: readonly Part[]): ReadonlyMap<string, Json> | undefined {
  let found: Map<string, Json> | undefined;
  for (const { schema } of parts) {
    const lists = [
      ...(Array.isArray(schema['enum']) ? [schema['enum'] as readonly Json[]] : []),
      ...(schema['const'] === undefined ? [] : [[schema['const']]]),
    ];
    for (const list of lists) {
      const before: ReadonlyMap<string, Json> | undefined = found;
      const entries = list.map((value) => [canonicalJson(value), value] as const);
      found = new Map(before ? entries.filter(([text]) => before.has(text)) : entries);
    }
  }
  for (const [text, value] of found ?? []) if (!mayBe(parts, value)) found?.delete(text);
  return found;
}

function mayBe(parts: readonly Part[], value: Json): boolean {
  if (!typesOf(parts).has(typeOf(value))) return false;
  if (typeof value === 'number') {
    const { least, most } = rangeOf(parts, false);
    return !isEmptyRange(least, { value, isOpen: false }) && !isEmptyRange({ value, isOpen: false }, most);
  }
  if (typeof value !== 'string') return true;
  const length = [...value].length;
  return length >= largest(parts, 'minLength') && length <= smallest(parts, 'maxLength');
}

function typeOf(value: Json): Type {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'fraction';
  return typeof value as 'boolean' | 'string' | 'object';
}

function compareOf(
  type: Type,
  look: Look,
  made: readonly Part[],
  wanted: readonly Part[],
  at: Pointer,
  depth: number,
  types: readonly Type[],
): Misfit | undefined {
  switch (type) {
    case 'integer':
    case 'fraction':
      return compareRanges(made, wanted, at, !types.includes('fraction'));
    case 'string':
      return compareSizes(made, wanted, at, ['minLength', 'maxLength', 'characters']);
    case 'array':
      return (
        compareSizes(made, wanted, at, ['minItems', 'maxItems', 'entries']) ??
        compareEntries(look, made, wanted, at, depth)
      );
    case 'object':
      return (
        compareSizes(made, wanted, at, ['minProperties', 'maxProperties', 'keys']) ??
        compareProperties(look, made, wanted, at, depth)
      );
    default:
      return undefined;
  }
}

interface Bound {
  readonly value: number;
  /** The value itself is outside. */
  readonly isOpen: boolean;
}

function rangeOf(parts: readonly Part[], isWhole: boolean): { readonly least: Bound; readonly most: Bound } {
  let least: Bound = { value: Number.NEGATIVE_INFINITY, isOpen: false };
  let most: Bound = { value: Number.POSITIVE_INFINITY, isOpen: false };
  for (const { schema } of parts) {
    for (const [key, isOpen] of [
      ['minimum', false],
      ['exclusiveMinimum', true],
    ] as const) {
      const value = schema[key];
      if (typeof value !== 'number') continue;
      if (value > least.value || (value === least.value && isOpen)) least = { value, isOpen };
    }
    for (const [key, isOpen] of [
      ['maximum', false],
      ['exclusiveMaximum', true],
    ] as const) {
      const value = schema[key];
      if (typeof value !== 'number') continue;
      if (value < most.value || (value === most.value && isOpen)) most = { value, isOpen };
    }
  }
  return isWhole ? { least: wholeBound(least, 1), most: wholeBound(most, -1) } : { least, most };
}

/** The first whole number within. */
function wholeBound({ value, isOpen }: Bound, step: 1 | -1): Bound {
  const first = step === 1 ? Math.ceil(value) : Math.floor(value);
  return { value: isOpen && first === value ? first + step : first, isOpen: false };
}

function isEmptyRange(least: Bound, most: Bound): boolean {
  return least.value > most.value || (least.value === most.value && (least.isOpen || most.isOpen));
}

function compareRanges(
  made: readonly Part[],
  wanted: readonly Part[],
  at: Pointer,
  isWhole: boolean,
): Misfit | undefined {
  const [own, other] = [rangeOf(made, isWhole), rangeOf(wanted, isWhole)];
  const atMost = ({ value, isOpen }: Bound) => `${isOpen ? 'less than' : 'at most'} ${value}`;
  const atLeast = ({ value, isOpen }: Bound) => `${isOpen ? 'more than' : 'at least'} ${value}`;
  const says = (is: string, must: string) => ({ reason: `${subject(at)} is ${is}, and must be ${must}` });
  if (isEmptyRange(own.least, other.most)) return says(atLeast(own.least), atMost(other.most));
  if (isEmptyRange(other.least, own.most)) return says(atMost(own.most), atLeast(other.least));
  return undefined;
}

function compareSizes(
  made: readonly Part[],
  wanted: readonly Part[],
  at: Pointer,
  [min, max, what]: readonly [string, string, string],
): Misfit | undefined {
  const says = (has: string, must: string) => ({ reason: `${subject(at)} has ${has} ${what}, and must have ${must}` });
  const [least, most] = [largest(made, min), smallest(made, max)];
  const [wantedLeast, wantedMost] = [largest(wanted, min), smallest(wanted, max)];
  if (most < wantedLeast) return says(`at most ${most}`, `at least ${wantedLeast}`);
  return least > wantedMost ? says(`at least ${least}`, `at most ${wantedMost}`) : undefined;
}

function largest(parts: readonly Part[], key: string): number {
  return parts.reduce((most, { schema }) => Math.max(most, numberOf(schema[key], 0)), 0);
}

function smallest(parts: readonly Part[], key: string): number {
  const none = Number.POSITIVE_INFINITY;
  return parts.reduce((least, { schema }) => Math.min(least, numberOf(schema[key], none)), none);
}

function numberOf(value: Json | undefined, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

/** An empty list fits whatever is said of its entries, so only those that must be there count. */
function compareEntries(
  look: Look,
  made: readonly Part[],
  wanted: readonly Part[],
  at: Pointer,
  depth: number,
): Misfit | undefined {
  const [own, other] = [largest(made, 'minItems'), largest(wanted, 'minItems')];
  for (let index = 0; index < Math.min(Math.max(own, other), ENTRIES_MAX); index++) {
    const from = entryOf(look, made, index, depth);
    const to = entryOf(look, wanted, index, depth);
    if (from === NEVER && other > index) {
      return { reason: `${subject(at)} has at most ${index} entries, and must have at least ${other}` };
    }
    if (to === NEVER && own > index) {
      return { reason: `${subject(at)} has at least ${own} entries, and must have at most ${index}` };
    }
    const found = from === NEVER || to === NEVER ? undefined : compare(look, from, to, [...at, index], depth - 1);
    if (found) return found;
  }
  return undefined;
}

function entryOf(look: Look, parts: readonly Part[], index: number, depth: number): Side {
  return joined(
    parts.map(({ root, schema: { prefixItems, items, additionalItems } }) => {
      const first = root.isDraft07 ? (Array.isArray(items) ? items : undefined) : prefixItems;
      const fixed = Array.isArray(first) ? (first as readonly Json[])[index] : undefined;
      return expand(look, root, fixed ?? (root.isDraft07 && first ? additionalItems : items), depth - 1);
    }),
  );
}

function compareProperties(
  look: Look,
  made: readonly Part[],
  wanted: readonly Part[],
  at: Pointer,
  depth: number,
): Misfit | undefined {
  const [own, others] = [requiredOf(made), requiredOf(wanted)];
  for (const name of new Set([...own, ...others])) {
    const from = propertyOf(look, made, name, depth);
    const to = propertyOf(look, wanted, name, depth);
    const about = from === NEVER || to === NEVER ? 'presence' : 'value';
    if (at.length === 0 && look.isComparable?.(name, about) === false) continue;
    if (from === NEVER) {
      if (!others.has(name)) continue;
      const known = made.flatMap(({ schema: { properties } }) =>
        isMembers(properties) ? Object.keys(properties) : [],
      );
      const reason = `${subject(at)} needs the key ${quoteName(name)}, which is never there`;
      return { reason, suggestion: nearest(name, known) };
    }
    if (to === NEVER) {
      if (!own.has(name)) continue;
      return { reason: `${subject(at)} always has the key ${quoteName(name)}, which must not be there` };
    }
    const found = compare(look, from, to, [...at, name], depth - 1);
    if (found) return found;
  }
  return undefined;
}

function requiredOf(parts: readonly Part[]): ReadonlySet<string> {
  const names = parts.flatMap(({ schema: { required } }) => (Array.isArray(required) ? (required as Json[]) : []));
  return new Set(names.filter((name) => typeof name === 'string'));
}

function propertyOf(look: Look, parts: readonly Part[], name: string, depth: number): Side {
  return joined(
    parts.map(({ root, schema: { properties, patternProperties, additionalProperties } }) => {
      if (isMembers(properties) && Object.hasOwn(properties, name)) {
        return expand(look, root, properties[name], depth - 1);
      }
      return patternProperties === undefined ? expand(look, root, additionalProperties, depth - 1) : [];
    }),
  );
}

function subject(at: Pointer): string {
  return at.length === 0 ? 'it' : `/${at.join('/')}`;
}

function listValues(listed: ReadonlyMap<string, Json>): string {
  const values = [...listed.values()];
  if (values.length > SHOWN + 1)
    return `${values.slice(0, SHOWN).map(showValue).join(', ')} or ${values.length - SHOWN} others`;
  return joinWords(values.map(showValue), 'or');
}

function isMembers(value: Json | undefined): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
