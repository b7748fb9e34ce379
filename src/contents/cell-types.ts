/**
 * Cells of CSV are texts, and schemas speak of numbers. A cell becomes a value of one of the types that its column's schema
 * allows, where its text is exactly such a value; else it stays a text, which the schema then finds fault with.
 */
import { followReference } from '../schema/follow-reference.ts';
import { compilePattern } from '../schema/patterns.ts';
import type { Json } from '../util/canonical-json.ts';

type Members = { readonly [key: string]: Json };
type CellType = 'null' | 'boolean' | 'integer' | 'number' | 'string';

const CELL_TYPES: ReadonlySet<string> = new Set(['null', 'boolean', 'integer', 'number', 'string']);
/** Keywords that say something of numbers and nothing of texts. */
const OF_NUMBERS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'];
const BRANCHES = ['allOf', 'anyOf', 'oneOf'];
const CONDITIONS = ['if', 'then', 'else'];
const DEPTH_MAX = 20;

/** From a row of texts to one of values. `schema` is of rows, `names` are the columns. */
export function cellReader(schema: Json, names: readonly string[]): (row: { readonly [name: string]: Json }) => Json {
  const readers = names.map((name) => ({ name, read: readerOf(typesOfColumn(schema, name)) }));
  return (row) => {
    const made: { [name: string]: Json } = {};
    for (const { name, read } of readers) {
      const value = read(row[name] as string);
      if (value === undefined) continue;
      if (name === '__proto__') Object.defineProperty(made, name, { value, enumerable: true });
      else made[name] = value;
    }
    return made;
  };
}

/** Empty for a column of which nothing is said. */
export function typesOfColumn(schema: Json, name: string): ReadonlySet<CellType> {
  const types = new Set<CellType>();
  for (const column of columnSchemas(schema, schema, name, DEPTH_MAX)) addTypes(schema, column, types, DEPTH_MAX);
  return types;
}

/** What a schema of rows says of one column, wherever in it. */
function columnSchemas(root: Json, schema: Json, name: string, depth: number): Json[] {
  if (!isMembers(schema) || depth === 0) return [];
  const found = parts(root, schema).flatMap((part) => columnSchemas(root, part, name, depth - 1));
  const { properties, patternProperties, additionalProperties } = schema;
  let isNamed = false;
  if (isMembers(properties) && Object.hasOwn(properties, name)) {
    isNamed = true;
    found.push(properties[name] as Json);
  }
  for (const [source, value] of Object.entries(isMembers(patternProperties) ? patternProperties : {})) {
    const pattern = compilePattern(source);
    if (!pattern.ok || !pattern.value.test(name)) continue;
    isNamed = true;
    found.push(value as Json);
  }
  if (!isNamed && isMembers(additionalProperties)) found.push(additionalProperties);
  return found;
}

/** Schemas that speak of the same value. */
function parts(root: Json, schema: Members): Json[] {
  const { $ref } = schema;
  const target = typeof $ref === 'string' ? followReference(root, $ref) : undefined;
  return [
    ...(target === undefined ? [] : [target]),
    ...BRANCHES.flatMap((key) => (Array.isArray(schema[key]) ? (schema[key] as readonly Json[]) : [])),
    ...CONDITIONS.flatMap((key) => (schema[key] === undefined ? [] : [schema[key] as Json])),
  ];
}

function addTypes(root: Json, schema: Json, types: Set<CellType>, depth: number): void {
  if (!isMembers(schema) || depth === 0) return;
  for (const part of parts(root, schema)) addTypes(root, part, types, depth - 1);
  const { type, enum: values, const: only } = schema;
  for (const one of [type].flat()) if (typeof one === 'string' && CELL_TYPES.has(one)) types.add(one as CellType);
  if (type !== undefined) return;
  if (OF_NUMBERS.some((key) => schema[key] !== undefined)) types.add('number');
  const allowed = [
    ...(Array.isArray(values) ? (values as readonly Json[]) : []),
    ...(only === undefined ? [] : [only]),
  ];
  for (const value of allowed) {
    const own = value === null ? 'null' : typeof value;
    if (CELL_TYPES.has(own)) types.add(own as CellType);
  }
}

const INTEGER = /^(0|-?[1-9]\d*)$/;
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const BOOLEANS: { readonly [text: string]: boolean } = {
  true: true,
  True: true,
  TRUE: true,
  false: false,
  False: false,
  FALSE: false,
};

/** Undefined: the row has no value there. */
function readerOf(types: ReadonlySet<CellType>): (text: string) => Json | undefined {
  const isText = types.size === 0 || types.has('string');
  if (isText && types.size <= 1) return (text) => text;
  const isNumber = types.has('number');
  const isInteger = isNumber || types.has('integer');
  const isBoolean = types.has('boolean');
  const empty = types.has('null') ? null : isText ? '' : undefined;
  return (text) => {
    if (text === '') return empty;
    if (isBoolean && Object.hasOwn(BOOLEANS, text)) return BOOLEANS[text];
    if (!isInteger) return text;
    if (INTEGER.test(text)) {
      const value = Number(text);
      return Number.isSafeInteger(value) || (isNumber && isExact(text, value)) ? value : text;
    }
    if (!NUMBER.test(text)) return text;
    const value = Number(text);
    const isKept = Number.isFinite(value) && (isNumber || Number.isSafeInteger(value));
    return isKept ? value : text;
  };
}

/** Some whole numbers beyond 2^53 are kept as they are, such as 10^20. */
function isExact(text: string, value: number): boolean {
  return text.length < 400 && BigInt(value) === BigInt(text);
}

function isMembers(value: Json | undefined): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
