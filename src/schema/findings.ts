/** From what ajv says to what a person understands. Knows ajv's error objects and no file. */
import type { ErrorObject } from 'ajv';
import { joinWords, quoteName } from '../diagnostics/harmless.ts';
import { nearest } from '../diagnostics/suggest.ts';
import type { Json } from '../util/canonical-json.ts';

export interface SchemaFinding {
  /** Of the offending thing. For an unknown or missing key it ends in that key. */
  readonly pointer: readonly (string | number)[];
  /** The JSON Schema keyword that was not met, such as `additionalProperties`; `depth` for data nested too deep. */
  readonly keyword: string;
  /**
   * What is wrong, in words that follow the name of the thing: `must be a whole number, not "abc"`.
   * For unknown and missing keys a sentence of its own without a full stop.
   */
  readonly message: string;
  /** What would be right: names of keys or values. */
  readonly expected?: readonly string[];
  /** The nearest of `expected`. */
  readonly suggestion?: string;
}

const FINDINGS_MAX = 200;

interface Found {
  readonly error: ErrorObject;
  /** Of a choice of which no branch fits better than another: what it may be. Of a name: the rule for it. */
  readonly types?: readonly string[];
}

/** `value` is the data the errors are about. */
export function describeErrors(errors: readonly ErrorObject[], value: Json): SchemaFinding[] {
  const findings: SchemaFinding[] = [];
  const seen = new Set<string>();
  for (const found of foldChoices(withoutConsequences(errors))) {
    const finding = describe(found, value);
    const key = JSON.stringify([finding.pointer, finding.message]);
    if (seen.has(key)) continue;
    seen.add(key);
    findings.push(finding);
    if (findings.length === FINDINGS_MAX) break;
  }
  return findings;
}

/** What a schema says of a value is of no interest once the value has another type. */
function withoutConsequences(errors: readonly ErrorObject[]): ErrorObject[] {
  const mistyped = new Map<unknown, Set<string>>();
  for (const error of errors) {
    if (error.keyword !== 'type') continue;
    const places = mistyped.get(error.parentSchema) ?? new Set();
    mistyped.set(error.parentSchema, places.add(error.instancePath));
  }
  return errors.filter(
    (error) => error.keyword === 'type' || !mistyped.get(error.parentSchema)?.has(error.instancePath),
  );
}

/**
 * ajv lists the errors of all branches of a choice, then the choice itself. Keeps the branch the writer meant: the one
 * whose type fits. Where none does, one error with all the types is left.
 */
function foldChoices(errors: readonly ErrorObject[]): Found[] {
  const kept: Found[] = [];
  for (const error of errors) {
    if (error.keyword === 'if') continue;
    if (error.keyword !== 'anyOf' && error.keyword !== 'oneOf') {
      const rule = error.keyword === 'propertyNames' ? dropBranch(kept, error) : undefined;
      kept.push(rule === undefined ? { error } : { error, types: [rule] });
      continue;
    }
    // Two branches fit at once: there is nothing below to choose from.
    if (error.keyword === 'oneOf' && (error.params as { passingSchemas?: unknown }).passingSchemas) {
      kept.push({ error });
      continue;
    }
    const branch = takeBranch(kept, error);
    kept.push(...chooseBranch(branch, error));
  }
  return kept;
}

function takeBranch(kept: Found[], choice: ErrorObject): Found[] {
  let start = kept.length;
  const parent = choice.schemaPath.slice(0, choice.schemaPath.lastIndexOf('/'));
  while (start > 0) {
    const { error } = kept[start - 1] as Found;
    const inside =
      error.instancePath === choice.instancePath || error.instancePath.startsWith(`${choice.instancePath}/`);
    if (!inside || error.schemaPath === `${parent}/${error.keyword}`) break;
    start--;
  }
  return kept.splice(start);
}

/** ajv reports what is wrong with a key's name, then the name; the pair is one mistake. Returns the rule's name. */
function dropBranch(kept: Found[], names: ErrorObject): string | undefined {
  const name = (names.params as { propertyName: string }).propertyName;
  let rule: string | undefined;
  while (kept.length > 0) {
    const { error } = kept[kept.length - 1] as Found;
    if (error.instancePath !== names.instancePath || error.propertyName !== name) break;
    kept.pop();
    if (typeof error.parentSchema?.['title'] === 'string') rule = error.parentSchema['title'];
  }
  return rule;
}

function chooseBranch(branch: readonly Found[], choice: ErrorObject): Found[] {
  const candidates = branch.filter(({ error }) => !isExpressionBranch(error));
  const wrongType = (found: Found) =>
    found.error.instancePath === choice.instancePath && (found.error.keyword === 'type' || found.types !== undefined);
  const fitting = candidates.filter((found) => !wrongType(found));
  if (fitting.length > 0) {
    const branches = new Set(fitting.map(({ error }) => branchOf(error, choice)));
    if (branches.size === 1) return fitting;
    const values = fitting.filter(({ error }) => error.keyword === 'const' || error.keyword === 'enum');
    if (values.length === fitting.length)
      return [{ error: choice, types: values.flatMap(({ error }) => wordsOf(error)) }];
    return [{ error: choice }];
  }
  const types = candidates.flatMap((found) => found.types ?? wordsOf(found.error));
  return [{ error: choice, types: [...new Set(types)] }];
}

/** Every value may be an expression instead; nobody who wrote `5x` for a number meant one. */
function isExpressionBranch(error: ErrorObject): boolean {
  return error.schemaPath.startsWith('#/$defs/expression/');
}

function branchOf(error: ErrorObject, choice: ErrorObject): string {
  if (error.schemaPath.startsWith(`${choice.schemaPath}/`)) {
    return error.schemaPath.slice(choice.schemaPath.length + 1).split('/', 1)[0] ?? '';
  }
  return error.schemaPath.split('/').slice(0, 3).join('/');
}

function wordsOf(error: ErrorObject): string[] {
  const params = error.params as { type?: string | string[]; allowedValue?: unknown; allowedValues?: unknown[] };
  const title: unknown = error.parentSchema?.['title'];
  if (error.keyword === 'type' && params.type === 'string' && typeof title === 'string') return [title];
  if (error.keyword === 'const') return [showValue(params.allowedValue)];
  if (error.keyword === 'enum') return (params.allowedValues ?? []).map(showValue);
  return [params.type ?? []].flat().map(typeWord);
}

const TYPE_WORDS: { readonly [type: string]: string } = {
  integer: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  null: 'null',
};

/** Of a type of JSON Schema. */
export function typeWord(type: string): string {
  return TYPE_WORDS[type] ?? type;
}

/** A value as a message shows it: short, harmless, text in quotes. */
export function showValue(value: unknown): string {
  if (typeof value === 'string') return quoteName(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping';
  if (value === undefined) return 'nothing';
  return String(value);
}

function describe({ error, types }: Found, value: Json): SchemaFinding {
  const at = parsePointer(error.instancePath, value);
  const { keyword } = error;
  const params = error.params as { readonly [name: string]: unknown };
  const plain = (message: string, expected?: readonly string[]): SchemaFinding => ({
    pointer: at,
    keyword,
    message,
    ...(expected ? { expected } : {}),
    ...suggest(error.data, expected),
  });
  switch (keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const key = String(params['additionalProperty'] ?? params['unevaluatedProperty']);
      const known = Object.keys((error.parentSchema?.['properties'] as object | undefined) ?? {});
      return {
        pointer: [...at, key],
        keyword,
        message: `${quoteName(key)} is not a key of ${ownerOf(error)}`,
        expected: known,
        ...suggest(key, known),
      };
    }
    case 'required':
    case 'dependentRequired':
    case 'dependencies': {
      const key = String(params['missingProperty']);
      return { pointer: [...at, key], keyword, message: `${ownerOf(error)} needs the key ${quoteName(key)}` };
    }
    case 'propertyNames': {
      const key = String(params['propertyName']);
      return {
        pointer: [...at, key],
        keyword,
        message: `${quoteName(key)} cannot be a name here`,
        ...(types ? { expected: types } : {}),
      };
    }
    case 'type':
      return plain(`must be ${joinWords(wordsOf(error), 'or')}, not ${showValue(error.data)}`);
    case 'anyOf':
    case 'oneOf':
      if (types && types.length > 0) return plain(`must be ${joinWords(types, 'or')}, not ${showValue(error.data)}`);
      return plain(
        params['passingSchemas'] ? 'fits more than one of the forms it may have' : 'fits none of the forms it may have',
      );
    case 'const':
    case 'enum': {
      const allowed = ((params['allowedValues'] as unknown[] | undefined) ?? [params['allowedValue']]).slice(0, 20);
      const names = allowed.filter((value): value is string => typeof value === 'string');
      return plain(`must be ${joinWords(allowed.map(showValue), 'or')}, not ${showValue(error.data)}`, names);
    }
    case 'minimum':
      return plain(`must be at least ${params['limit']}, not ${showValue(error.data)}`);
    case 'maximum':
      return plain(`must be at most ${params['limit']}, not ${showValue(error.data)}`);
    case 'exclusiveMinimum':
      return plain(`must be more than ${params['limit']}, not ${showValue(error.data)}`);
    case 'exclusiveMaximum':
      return plain(`must be less than ${params['limit']}, not ${showValue(error.data)}`);
    case 'multipleOf':
      return plain(`must be a multiple of ${params['multipleOf']}, not ${showValue(error.data)}`);
    case 'minLength':
      return plain(params['limit'] === 1 ? 'must not be empty' : `must have at least ${counted(params, 'character')}`);
    case 'maxLength':
      return plain(`must have at most ${counted(params, 'character')}`);
    case 'pattern':
      return plain(
        typeof error.parentSchema?.['description'] === 'string' && error.parentSchema['title'] !== undefined
          ? `must be ${String(error.parentSchema['title'])}, not ${showValue(error.data)}`
          : `must match the pattern ${quoteName(String(params['pattern']))}, not ${showValue(error.data)}`,
      );
    case 'minItems':
      return plain(params['limit'] === 1 ? 'must not be empty' : `must have at least ${counted(params, 'item')}`);
    // The last two: `items: false` and its like behind `prefixItems`.
    case 'maxItems':
    case 'items':
    case 'unevaluatedItems':
      return plain(`must have at most ${counted(params, 'item')}`);
    case 'uniqueItems':
      return { pointer: [...at, Number(params['i'])], keyword, message: 'is in the list twice' };
    case 'minProperties':
      return plain(params['limit'] === 1 ? 'must not be empty' : `must have at least ${counted(params, 'key')}`);
    case 'maxProperties':
      return plain(`must have at most ${counted(params, 'key')}`);
    case 'false schema':
      return plain('is not allowed here');
    case 'not':
      return plain('has a form that is not allowed here');
    case 'contains':
      return plain('does not have the items it must have');
    default:
      return plain(error.message ?? 'is not valid');
  }
}

function counted(params: { readonly [name: string]: unknown }, noun: string): string {
  const count = params['limit'] ?? params['len'];
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function suggest(value: unknown, names: readonly string[] | undefined): { suggestion?: string } {
  const suggestion = typeof value === 'string' && names ? nearest(value, names) : undefined;
  return suggestion === undefined ? {} : { suggestion };
}

/** `title` of a schema is the name of the thing it describes, such as `a stage`. */
function ownerOf(error: ErrorObject): string {
  const title = error.parentSchema?.['title'];
  if (typeof title === 'string') return title;
  return error.instancePath === '' ? 'this' : quoteName(lastKey(error.instancePath));
}

function lastKey(pointer: string): string {
  return pointer
    .slice(pointer.lastIndexOf('/') + 1)
    .replaceAll('~1', '/')
    .replaceAll('~0', '~');
}

/** ajv writes indices and keys alike; the data tells them apart. */
function parsePointer(pointer: string, root: Json): (string | number)[] {
  const parts: (string | number)[] = [];
  let at: Json | undefined = root;
  for (const escaped of pointer.split('/').slice(1)) {
    const key = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
    parts.push(Array.isArray(at) ? Number(key) : key);
    at = (at as { readonly [key: string]: Json } | undefined)?.[key];
  }
  return parts;
}
