/**
 * The one door to JSON Schema validation: a schema becomes a function from data to findings a person understands.
 * Knows nothing of files; findings point into the data.
 *
 * Patterns run on the regular expressions of JavaScript, which can be slow on purpose; a linear-time engine would be
 * given to ajv as `code.regExp`.
 */
import type { AnySchema } from 'ajv';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Json } from '../util/canonical-json.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import ajvOptions from './ajv-options.json' with { type: 'json' };
import { isDeeperThan } from './depth.ts';
import type { Validator } from './validator.ts';
import { validatorOf } from './validator.ts';

export type { SchemaFinding } from './findings.ts';
export type { Validator } from './validator.ts';

export interface CompileOptions {
  /** Stop at the first mistake: for data of which there may be a lot. */
  readonly firstOnly?: boolean;
}

const SCHEMA_DEPTH_MAX = 200;
const DRAFT_07 = /^https?:\/\/json-schema\.org\/draft-07\/schema#?$/;
const DRAFT_2020 = /^https:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/;

/**
 * Draft 2020-12, or draft-07 where `$schema` says so. `format` is not checked.
 * Errors: why the schema cannot be used, as the end of a sentence without a full stop.
 */
export function compileSchema(schema: Json, options: CompileOptions = {}): Result<Validator, string> {
  if (schema === null || (typeof schema !== 'object' && typeof schema !== 'boolean') || Array.isArray(schema)) {
    return err('a schema is a mapping, or true or false');
  }
  if (isDeeperThan(schema, SCHEMA_DEPTH_MAX)) return err(`it is nested more than ${SCHEMA_DEPTH_MAX} levels deep`);
  const draft = typeof schema === 'object' && '$schema' in schema ? schema['$schema'] : undefined;
  if (draft !== undefined && (typeof draft !== 'string' || !(DRAFT_07.test(draft) || DRAFT_2020.test(draft)))) {
    return err(`"$schema" is ${JSON.stringify(draft)}, and only draft-07 and draft 2020-12 are known`);
  }
  const Compiler = draft !== undefined && DRAFT_07.test(draft) ? Ajv : Ajv2020;
  try {
    // Its `keywords` are words for editors and documents, which ajv would refuse as unknown.
    const ajv = new Compiler({ ...ajvOptions, logger: false, allErrors: options.firstOnly !== true });
    return ok(validatorOf(ajv.compile(schema as AnySchema)));
  } catch (error) {
    // ajv reports a bad schema by throwing; a schema that overflows the stack ends here too.
    return err(error instanceof Error ? firstLine(error.message) : String(error));
  }
}

function firstLine(text: string): string {
  return (text.split('\n', 1)[0] ?? '').replace(/\.$/, '');
}
