/** What an output must be like, as it is checked after a run. */
import * as catalog from '../diagnostics/catalog.ts';
import { quoteName } from '../diagnostics/harmless.ts';
import type { Expect } from '../model/pipeline.ts';
import { compileSchema } from '../schema/validate.ts';
import type { Json } from '../util/canonical-json.ts';
import type { Result } from '../util/result.ts';
import type { Placed, StageReader } from './stage-reader.ts';
import { isMapping } from './stage-reader.ts';
import { parseSize } from './units.ts';

/** Reads a JSON file of the workspace, once for all stages. Errors: a diagnostic that still needs its place. */
export type ReadSchemaFile = (path: string) => Result<Json, SchemaFileMistake>;
export type SchemaFileMistake = { readonly kind: 'missing' } | { readonly kind: 'invalid'; readonly reason: string };

/** Errors: `invalid-value`, `invalid-schema`, `file-not-found`, and those of expressions. */
export function resolveExpect(reader: StageReader, placed: Placed | undefined, readSchema: ReadSchemaFile): Expect {
  if (!placed || !isMapping(placed.value)) return {};
  const member = (key: string): Placed | undefined => {
    const value = (placed.value as { readonly [name: string]: Json })[key];
    return value === undefined ? undefined : { value, pointer: [...placed.pointer, key] };
  };
  const minBytes = readMinBytes(reader, member('min_bytes'));
  const schema = readSchemaValue(reader, member('schema'), readSchema);
  const rows = readRows(reader, member('rows'));
  return {
    ...(minBytes === undefined ? {} : { min_bytes: minBytes }),
    ...(schema === undefined ? {} : { schema }),
    ...(rows === undefined ? {} : { rows }),
  };
}

function readMinBytes(reader: StageReader, placed: Placed | undefined): number | undefined {
  if (!placed) return undefined;
  const value = reader.value(placed);
  const bytes = typeof value === 'string' ? parseSize(value) : value;
  if (typeof bytes === 'number' && Number.isSafeInteger(bytes) && bytes >= 0) return bytes;
  if (value !== undefined) {
    const message = `"min_bytes" must be a size such as "512MB", "2GiB" or a number of bytes, not ${JSON.stringify(value)}.`;
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
