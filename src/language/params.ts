/** The params of a pipeline: declared defaults with the values of the command line. */
import * as catalog from '../diagnostics/catalog.ts';
import { nearest } from '../diagnostics/suggest.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Location } from '../model/location.ts';
import type { Json } from '../util/canonical-json.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import type { PipelineDocument } from './load-files.ts';
import { entryOf, locatePointer } from './locate.ts';
import { mayHoldExpressions } from './split-expressions.ts';

/** From `--params-file` with its value, from `-p` as text. Of several for one name the last counts. */
export type ParamOverride =
  | { readonly name: string; readonly value: Json }
  | { readonly name: string; readonly text: string };

export interface ResolvedParams {
  /** In the order of their declaration. */
  readonly values: ReadonlyMap<string, Json>;
  readonly diagnostics: readonly Diagnostic[];
}

interface Declared {
  readonly value: Json;
  readonly location: Location;
}

/**
 * Not `isComplete`: what is not declared may be so in a file that could not be read.
 * Errors: `duplicate-param`, `unknown-param`, `invalid-param`, `param-required`, `invalid-value`.
 */
export function resolveParams(
  documents: readonly PipelineDocument[],
  overrides: readonly ParamOverride[],
  isComplete: boolean,
): ResolvedParams {
  const diagnostics: Diagnostic[] = [];
  const declared = declaredParams(documents, diagnostics);
  const values = new Map([...declared].map(([name, { value }]) => [name, value]));
  const given = new Set<string>();
  for (const override of overrides) {
    const { name } = override;
    const param = declared.get(name);
    if (!param) {
      if (!isComplete) continue;
      diagnostics.push(catalog.unknownParam({ name, location: undefined, suggestion: nearest(name, declared.keys()) }));
      continue;
    }
    given.add(name);
    const value = 'text' in override ? fromText(override.text, param.value) : fromValue(override.value, param.value);
    if (value.ok) values.set(name, value.value);
    else {
      const { location } = param;
      diagnostics.push(catalog.invalidParam({ name, reason: value.error, location: undefined, declared: location }));
    }
  }
  for (const [name, { value, location }] of declared) {
    if (value === null && !given.has(name)) diagnostics.push(catalog.paramRequired({ name, location }));
  }
  return { values, diagnostics };
}

function declaredParams(documents: readonly PipelineDocument[], diagnostics: Diagnostic[]): Map<string, Declared> {
  const declared = new Map<string, Declared>();
  for (const document of documents) {
    const node = entryOf(document.root, 'params')?.value;
    const data = document.data['params'] as { readonly [name: string]: Json };
    for (const { key, keyStart, keyEnd } of node?.kind === 'map' ? node.entries : []) {
      const location = document.source.locate(keyStart, keyEnd);
      const first = declared.get(key);
      if (first) {
        diagnostics.push(catalog.duplicateParam({ name: key, location, first: first.location }));
        continue;
      }
      const value = data[key] as Json;
      if (holdsExpression(value)) {
        diagnostics.push(
          catalog.invalidValue({
            message: 'A param is a plain value; an expression has no meaning in it.',
            location: locatePointer(document, ['params', key]),
            help: 'Write the expression where the param is used.',
          }),
        );
      }
      declared.set(key, { value, location });
    }
  }
  return declared;
}

function holdsExpression(value: Json): boolean {
  const pending: Json[] = [value];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (typeof next === 'string' && mayHoldExpressions(next)) return true;
    if (typeof next === 'object' && next !== null) pending.push(...(Object.values(next) as Json[]));
  }
  return false;
}

const NUMBER = /^[-+]?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;

/** Errors: what is wrong, to follow the name of the param. */
function fromText(text: string, fallback: Json): Result<Json, string> {
  switch (kindOf(fallback)) {
    case 'text':
      return ok(text);
    case 'a number': {
      const number = NUMBER.test(text) ? Number(text) : Number.NaN;
      return isExact(number) ? ok(number) : err(`takes a number, not "${text}"`);
    }
    case 'true or false':
      return text === 'true' || text === 'false' ? ok(text === 'true') : err(`takes true or false, not "${text}"`);
    case 'null':
      // Nothing says what it is, so a number is a number, as it would be in the file.
      if (text === 'true' || text === 'false') return ok(text === 'true');
      return ok(NUMBER.test(text) && isExact(Number(text)) ? Number(text) : text);
    default: {
      const wanted = kindOf(fallback);
      try {
        const value = JSON.parse(text) as Json;
        if (kindOf(value) === wanted) return ok(value);
      } catch {
        // The message below says what is expected; that it is no JSON at all adds nothing.
      }
      return err(`takes ${wanted} written as JSON, not "${text}"`);
    }
  }
}

function fromValue(value: Json, fallback: Json): Result<Json, string> {
  const wanted = kindOf(fallback);
  if (wanted === 'null' || kindOf(value) === wanted) return ok(value);
  return err(`takes ${wanted}, not ${kindOf(value)}`);
}

function kindOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'string':
      return 'text';
    case 'number':
      return 'a number';
    case 'boolean':
      return 'true or false';
    default:
      return 'a mapping';
  }
}

function isExact(number: number): boolean {
  return Number.isFinite(number) && (!Number.isInteger(number) || Number.isSafeInteger(number));
}
