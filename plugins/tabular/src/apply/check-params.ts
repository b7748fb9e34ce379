/** Params of a step that a person may have written, by the schema of its operator. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Operator } from '../operators/operator.ts';

/** The first mistake, in words; undefined when params are as the operator takes them. */
export function mistakeIn(operator: Operator, params: unknown): string | undefined {
  if (typeof params !== 'object' || params === null || Array.isArray(params)) return 'they have to be a mapping';
  const ajv = new Ajv2020({ strict: false });
  if (ajv.validate(operator.params, params)) return undefined;
  return ajv.errorsText(ajv.errors?.slice(0, 1), { dataVar: '' }).trim().replace(/^\//, '');
}
