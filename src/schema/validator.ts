/** What ajv makes of a schema, as a function from data to findings. Knows no schema, and does not load ajv. */
import type { ErrorObject } from 'ajv';
import type { Json } from '../util/canonical-json.ts';
import { isDeeperThan } from './depth.ts';
import type { SchemaFinding } from './findings.ts';
import { describeErrors } from './findings.ts';

/** All findings, in the order in which ajv meets them, at most `FINDINGS_MAX`; none when the data is valid. */
export type Validator = (value: Json) => SchemaFinding[];

/** A function as ajv makes them: it leaves its errors on itself. */
export interface CompiledSchema {
  (value: unknown): unknown;
  errors?: readonly Partial<ErrorObject>[] | null | undefined;
}

/** ajv calls itself for every level of a recursive schema, and data that is too deep would overflow the stack. */
const DATA_DEPTH_MAX = 500;

export function validatorOf(validate: CompiledSchema): Validator {
  return (value) => {
    if (isDeeperThan(value, DATA_DEPTH_MAX)) {
      return [{ pointer: [], keyword: 'depth', message: `is nested more than ${DATA_DEPTH_MAX} levels deep` }];
    }
    return validate(value) ? [] : describeErrors((validate.errors ?? []) as ErrorObject[], value);
  };
}
