/** What an output must be like, as it is checked after a run. */
import * as catalog from '../diagnostics/catalog.ts';
import { quoteName } from '../diagnostics/harmless.ts';
import { formatOf } from '../model/file-format.ts';
import type { Expect, OutputItem } from '../model/pipeline.ts';
import { showValue } from '../schema/findings.ts';
import { compilePattern } from '../schema/patterns.ts';
import { compileSchema } from '../schema/validate.ts';
import type { Json } from '../util/canonical-json.ts';
import type { Result } from '../util/result.ts';
import { bareExpression } from './bare-expression.ts';
import type { Placed, StageReader } from './stage-reader.ts';
import { isMapping } from './stage-reader.ts';
import { parseSize } from './units.ts';

/** Reads a JSON file of the workspace, once for all stages. Errors: a diagnostic that still needs its place. */
export type ReadSchemaFile = (path: string) => Result<Json, SchemaFileMistake>;
export type SchemaFileMistake = { readonly kind: 'missing' } | { readonly kind: 'invalid'; readonly reason: string };

/** Errors: `invalid-value`, `wrong-type`, `invalid-schema`, `file-not-found`, and those of expressions. */
export function resolveExpect(
  reader: StageReader,
  placed: Placed | undefined,
  items: readonly OutputItem[],
  readSchema: ReadSchemaFile,
): Expect {
  if (!placed || !isMapping(placed.value)) return {};
  const member = (key: string): Placed | undefined => {
    const value = (placed.value as { readonly [name: string]: Json })[key];
    return value === undefined ? undefined : { value, pointer: [...placed.pointer, key] };
  };
  for (const key of Object.keys(placed.value)) {
    const message = misfit(key, items);
    if (message === undefined) continue;
    reader.report([...placed.pointer, key], (location) => catalog.invalidValue({ message, location }), 'key');
  }
  const minBytes = readBytes(reader, 'min_bytes', member('min_bytes'));
  const maxBytes = readBytes(reader, 'max_bytes', member('max_bytes'));
  if (minBytes !== undefined && maxBytes !== undefined && minBytes > maxBytes) {
    const message = `No output has at least ${minBytes} and at most ${maxBytes} bytes.`;
    reader.report([...placed.pointer, 'max_bytes'], (location) => catalog.invalidValue({ message, location }));
  }
  const schema = readSchemaValue(reader, member('schema'), readSchema);
  const rows = readRows(reader, member('rows'));
  const unique = readUnique(reader, member('unique'));
  const notNull = readNames(reader, member('not_null'));
  const matches = readPattern(reader, member('matches'));
  const assert = readAssertions(reader, member('assert'));
  return {
    ...(minBytes === undefined ? {} : { min_bytes: minBytes }),
    ...(maxBytes === undefined ? {} : { max_bytes: maxBytes }),
    ...(schema === undefined ? {} : { schema }),
    ...(rows === undefined ? {} : { rows }),
    ...(unique === undefined ? {} : { unique }),
    ...(notNull === undefined ? {} : { not_null: notNull }),
    ...(matches === undefined ? {} : { matches }),
    ...(assert === undefined ? {} : { assert }),
  };
}

const OF_ROWS: ReadonlySet<string> = new Set(['rows', 'unique', 'not_null']);
const OF_ANYTHING: ReadonlySet<string> = new Set(['min_bytes', 'max_bytes', 'assert']);

/** Why it cannot be said of such an output at all. What the item of a fan-out decides is left to the check. */
function misfit(key: string, items: readonly OutputItem[]): string | undefined {
  for (const { kind, path, template } of items) {
    const isOpen = template !== undefined && !/\.[a-z]+$/i.test(path);
    const format = formatOf(path);
    if (kind === 'folder' && !OF_ANYTHING.has(key)) {
      return `${quoteName(key)} is for files, and ${quoteName(`${path}/`)} is a folder.`;
    }
    if (OF_ROWS.has(key) && format === 'other' && !isOpen) {
      const formats = 'names end in .csv, .tsv, .json, .jsonl, .ndjson or .parquet';
      return `${quoteName(key)} is for files with rows, whose ${formats}; that of ${quoteName(path)} does not.`;
    }
    if (key === 'matches' && format === 'parquet') return `"matches" is for texts, and ${quoteName(path)} is none.`;
  }
  return undefined;
}

function readBytes(reader: StageReader, key: string, placed: Placed | undefined): number | undefined {
  if (!placed) return undefined;
  const value = reader.value(placed);
  const bytes = typeof value === 'string' ? parseSize(value) : value;
  if (typeof bytes === 'number' && Number.isSafeInteger(bytes) && bytes >= 0) return bytes;
  if (value !== undefined) {
    const message = `"${key}" must be a size such as "512MB", "2GiB" or a number of bytes, not ${JSON.stringify(value)}.`;
    reader.report(placed.pointer, (location) => catalog.invalidValue({ message, location }));
  }
  return undefined;
}

function readSchemaValue(
  reader: StageReader,
  placed: Placed | undefined,
  readSchema: ReadSchemaFile,
): Json | undefined {
  if (!placed) return undefined;
  const { pointer } = placed;
  // A schema written out is not looked into for expressions: "${{" in a pattern is the pattern's own.
  if (typeof placed.value !== 'string') return usable(reader, placed, placed.value, '"schema"');
  const path = reader.value(placed);
  if (typeof path !== 'string') return undefined;
  const read = readSchema(path);
  if (read.ok) return usable(reader, placed, read.value, quoteName(path));
  const { error } = read;
  reader.report(pointer, (location) =>
    error.kind === 'missing'
      ? catalog.fileNotFound({ path, location })
      : catalog.invalidSchema({ what: quoteName(path), reason: error.reason, location }),
  );
  return undefined;
}

function usable(reader: StageReader, { pointer }: Placed, schema: Json, what: string): Json | undefined {
  const compiled = compileSchema(schema);
  if (compiled.ok) return schema;
  reader.report(pointer, (location) => catalog.invalidSchema({ what, reason: compiled.error, location }));
  return undefined;
}

function readRows(reader: StageReader, placed: Placed | undefined): Expect['rows'] | undefined {
  if (!placed) return undefined;
  const value = reader.value(placed);
  if (isCount(value)) return { min: value, max: value };
  if (isMapping(value)) {
    const { min, max } = value;
    const isRange = [min, max].every((bound) => bound === undefined || isCount(bound));
    if (isRange && !(isCount(min) && isCount(max) && min > max)) {
      return { ...(isCount(min) ? { min } : {}), ...(isCount(max) ? { max } : {}) };
    }
  }
  if (value !== undefined) {
    const message = '"rows" must be a number of rows, or "min" and "max" with "min" not above "max".';
    reader.report(placed.pointer, (location) => catalog.invalidValue({ message, location }));
  }
  return undefined;
}

function isCount(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** A name is a list of one, and a list of names is one condition. */
function readUnique(reader: StageReader, placed: Placed | undefined): Expect['unique'] | undefined {
  if (!placed) return undefined;
  const { value, pointer } = placed;
  if (!Array.isArray(value) || !value.every((one) => Array.isArray(one))) {
    const names = readNames(reader, placed);
    return names && [names];
  }
  const lists = (value as readonly Json[]).map((list, at) =>
    readNames(reader, { value: list, pointer: [...pointer, at] }),
  );
  return lists.every((names) => names !== undefined) ? lists : undefined;
}

/** Names of columns: one, or a list in which each is once. */
function readNames(reader: StageReader, placed: Placed | undefined): readonly string[] | undefined {
  if (!placed) return undefined;
  const names = new Set<string>();
  for (const { value, pointer } of reader.items(placed)) {
    if (typeof value !== 'string') {
      const message = `The name of a column must be text, not ${showValue(value)}.`;
      reader.report(pointer, (location) => catalog.wrongType({ message, location }));
      return undefined;
    }
    if (names.has(value)) {
      const message = `The column ${quoteName(value)} is named twice.`;
      reader.report(pointer, (location) => catalog.invalidValue({ message, location }));
    }
    names.add(value);
  }
  return names.size === 0 ? undefined : [...names];
}

function readPattern(reader: StageReader, placed: Placed | undefined): string | undefined {
  if (!placed) return undefined;
  const value = reader.value(placed);
  if (typeof value !== 'string') {
    if (value === undefined) return undefined;
    const message = `"matches" must be a pattern, not ${showValue(value)}.`;
    reader.report(placed.pointer, (location) => catalog.wrongType({ message, location }));
    return undefined;
  }
  const pattern = compilePattern(value);
  if (pattern.ok) return value;
  const message = `"matches" does not work: ${pattern.error}.`;
  reader.report(placed.pointer, (location) => catalog.invalidValue({ message, location }));
  return undefined;
}

/** As written, with the values of what is known now. */
function readAssertions(reader: StageReader, placed: Placed | undefined): readonly string[] | undefined {
  if (!placed) return undefined;
  const { value, pointer } = placed;
  const written = Array.isArray(value)
    ? (value as readonly Json[]).map((one, at) => ({ value: one, pointer: [...pointer, at] }))
    : [placed];
  const found = written.flatMap((one) => readAssertion(reader, one) ?? []);
  return found.length === 0 ? undefined : found;
}

function readAssertion(reader: StageReader, { value, pointer }: Placed): string | undefined {
  if (typeof value !== 'string') return undefined;
  const source = bareExpression(reader, { key: 'assert', example: 'output.rows > params.least' }, { value, pointer });
  const found = source === undefined ? undefined : reader.expression(source, pointer, { output: true });
  if (found?.kind !== 'value') return found?.expr;
  const message = `An "assert" is about its "output", and this one comes to ${showValue(found.value)} without it.`;
  reader.report(pointer, (location) => catalog.invalidValue({ message, location }));
  return undefined;
}
