/**
 * What a schema itself must be like, one for each draft. As with `own-schemas.ts`, in what is built stands the code that
 * ajv makes of them: to compile them anew takes longer than all else that is done with a small schema.
 */
import type { Options } from 'ajv';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvOptions from './ajv-options.json' with { type: 'json' };
import type { CompiledSchema } from './validator.ts';

const options: Options = { ...ajvOptions, logger: false, allErrors: true };

export const draft2020 = later(() => new Ajv2020(options).getSchema('https://json-schema.org/draft/2020-12/schema'));
export const draft07 = later(() => new Ajv(options).getSchema('http://json-schema.org/draft-07/schema'));

function later(make: () => unknown): CompiledSchema {
  let validate: CompiledSchema | undefined;
  const compiled: CompiledSchema = (value) => {
    validate ??= make() as CompiledSchema;
    const isValid = validate(value);
    compiled.errors = validate.errors;
    return isValid;
  };
  return compiled;
}
