/**
 * The one door to JSON Schema validation: a schema becomes a function from data to findings a person understands.
 * Knows nothing of files; findings point into the data, mistakes into the schema. Neither the schema nor the data may make
 * it hang, overflow or fetch anything (design-notes, "Schemas of others").
 */
import type { AnySchema, Options } from 'ajv';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { quoteName } from '../diagnostics/harmless.ts';
import type { Json } from '../util/canonical-json.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import ajvOptions from './ajv-options.json' with { type: 'json' };
import type { SchemaMistake } from './check-schema.ts';
import { checkSchema, draftOf, mayMultiply, refersToDraft } from './check-schema.ts';
import { compilePattern } from './patterns.ts';
import { LATE, withinTime } from './time-limit.ts';
import type { CompiledSchema, Validator } from './validator.ts';
import { validatorOf } from './validator.ts';

export type { SchemaMistake } from './check-schema.ts';
export type { SchemaFinding } from './findings.ts';
export type { Validator } from './validator.ts';

export interface CompileOptions {
  /** Stop at the first mistake: for data of which there may be a lot. */
  readonly firstOnly?: boolean;
}

const COMPILE_MS_MAX = 5000;
const CHECK_MS_MAX = 2000;

/**
 * Draft 2020-12, or draft-07 where `$schema` says so. `format` is not checked.
 * Errors: why the schema cannot be used, as the end of a sentence without a full stop.
 */
export function compileSchema(schema: Json, options: CompileOptions = {}): Result<Validator, string> {
  const compiled = readSchema(schema, options);
  if (compiled.ok) return compiled;
  const [first] = compiled.error;
  return err(first === undefined ? 'it cannot be used' : placed(first));
}

/** The same, with every mistake that was found, each with its place. There is at least one. */
export function readSchema(schema: Json, options: CompileOptions = {}): Result<Validator, readonly SchemaMistake[]> {
  const whole = (reason: string) => err([{ pointer: [], at: 'key' as const, reason }]);
  try {
    const mistakes = checkSchema(schema, knownKeywords());
    if (mistakes.length > 0) return err(mistakes);
    const compiled = withinTime(COMPILE_MS_MAX, () => makeAjv(schema, options).compile(schema as AnySchema));
    if (compiled === LATE) return whole(`it takes more than ${COMPILE_MS_MAX / 1000} s to read`);
    const validator = validatorOf(compiled as CompiledSchema);
    return ok(mayMultiply(schema) || keepsAccount(schema) ? bounded(validator) : validator);
  } catch (error) {
    if (error instanceof RangeError) return whole('it refers to itself without end, or is too large');
    // ajv reports by throwing whatever of a schema it finds unclear.
    return whole(error instanceof Error ? firstLine(error.message) : String(error));
  }
}

/** The schema is known to be a schema, so ajv is spared to find that out anew each time. */
function makeAjv(schema: Json, { firstOnly }: CompileOptions): Ajv | Ajv2020 {
  const options: Options = {
    ...ajvOptions,
    logger: false,
    allErrors: firstOnly !== true,
    meta: refersToDraft(schema),
    validateSchema: false,
    // It is looked for with the patterns of JavaScript.
    allowMatchingProperties: true,
    // Better code takes longer to make than to look through one document saves.
    code: { regExp: patternEngine, optimize: firstOnly === true },
  };
  if (draftOf(schema) === 'draft-07') return new Ajv(options);
  const ajv = new Ajv2020(options);
  // Keeping account of it makes code that fails where `patternProperties` stand beside a choice with other keys.
  if (!keepsAccount(schema)) ajv.opts.unevaluated = false;
  return ajv;
}

/** Whether it asks what other keywords have looked at. */
function keepsAccount(schema: Json): boolean {
  return /"unevaluated(Items|Properties)":/.test(JSON.stringify(schema));
}

const patternEngine = Object.assign(
  (source: string) => {
    const pattern = compilePattern(source);
    // `checkSchema` has tried it.
    if (!pattern.ok) throw new Error(pattern.error);
    const { test } = pattern.value;
    return { test: (text: string) => test.call(pattern.value, text), toString: () => `pattern ${source}` };
  },
  { code: 'pattern' },
);

let keywordsOnce: ReadonlySet<string> | undefined;

/** Of both drafts, and the words for editors that are allowed beside them. */
function knownKeywords(): ReadonlySet<string> {
  const words = () =>
    [Ajv, Ajv2020].flatMap((Draft) =>
      Object.keys(new Draft({ ...ajvOptions, meta: false, logger: false }).RULES.keywords),
    );
  keywordsOnce ??= new Set(words());
  return keywordsOnce;
}

/** References can make a schema of a few lines take years. */
function bounded(validate: Validator): Validator {
  const unchecked = (why: string) => [
    { pointer: [], keyword: 'depth', message: `cannot be checked: its schema ${why}` },
  ];
  return (value) => {
    try {
      const findings = withinTime(CHECK_MS_MAX, () => validate(value));
      return findings === LATE ? unchecked(`takes more than ${CHECK_MS_MAX / 1000} s for it`) : findings;
    } catch (error) {
      if (error instanceof RangeError) return unchecked('refers to itself without end');
      // ajv's own mistake, see `makeAjv`.
      if (error instanceof TypeError) return unchecked('is too intricate for it');
      throw error;
    }
  };
}

function placed({ pointer, reason }: SchemaMistake): string {
  // What is wrong with the form of a schema names its place already.
  const name = quoteName(pointer.join('.'));
  return pointer.length < 2 || reason.startsWith(name) ? reason : `${reason}, at ${name}`;
}

function firstLine(text: string): string {
  return (text.split('\n', 1)[0] ?? '').replace(/\.$/, '');
}
