/**
 * Wrangle's own schemas, each compiled when it is needed first. In what is built stands the code that ajv makes of them
 * in place of this file (`scripts/build.mjs`): then nothing is left to compile, and ajv is loaded only for the schemas of
 * others.
 */
import { Ajv2020 } from 'ajv/dist/2020.js';
import pipelineSchema from '../../schemas/pipeline.schema.json' with { type: 'json' };
import pluginSchema from '../../schemas/plugin.schema.json' with { type: 'json' };
import settingsSchema from '../../schemas/wranglerrc.schema.json' with { type: 'json' };
import options from './ajv-options.json' with { type: 'json' };
import type { CompiledSchema } from './validator.ts';

export const pipeline = later(pipelineSchema);
export const plugin = later(pluginSchema);
export const wranglerrc = later(settingsSchema);

function later(schema: object): CompiledSchema {
  let validate: CompiledSchema | undefined;
  const compiled: CompiledSchema = (value) => {
    validate ??= new Ajv2020({ ...options, logger: false, allErrors: true }).compile(schema) as CompiledSchema;
    const isValid = validate(value);
    compiled.errors = validate.errors;
    return isValid;
  };
  return compiled;
}
