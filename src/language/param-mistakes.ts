/** What is wrong with the params of a stage type, in sentences; in a pipeline and on the command line alike. */
import * as catalog from '../diagnostics/catalog.ts';
import { quoteName } from '../diagnostics/harmless.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Location } from '../model/location.ts';
import type { StageType } from '../model/plugin.ts';
import type { SchemaFinding, Validator } from '../schema/validate.ts';
import { compileSchema } from '../schema/validate.ts';
import type { Json } from '../util/canonical-json.ts';
import type { Pointer } from './locate.ts';

/** How params are spoken of where they were written. */
export interface ParamWords {
  /** How a sentence about one begins; empty: about all of them. */
  subject(pointer: Pointer): string;
  /** What to do about one that is missing. */
  howToAdd(name: string): string;
}

const validators = new WeakMap<StageType, Validator | string>();

/** Why its schema cannot be used, where it cannot. */
export function paramsValidator(type: StageType): Validator | string {
  let validator = validators.get(type);
  if (validator === undefined) {
    const compiled = compileSchema(type.params);
    validator = compiled.ok ? compiled.value : compiled.error;
    validators.set(type, validator);
  }
  return validator;
}

/** Errors: `invalid-with`, `invalid-schema`. */
export function checkParams(type: StageType, params: Json, words: ParamWords): Diagnostic[] {
  const validator = paramsValidator(type);
  if (typeof validator === 'string') return [unusableParams(type, validator, undefined)];
  return validator(params).map((finding) => explainParam(finding, type, words, undefined));
}

export function unusableParams(type: StageType, reason: string, location: Location | undefined): Diagnostic {
  return catalog.invalidSchema({ what: `What ${quoteName(type.name)} says of its params`, reason, location });
}

export function explainParam(
  finding: SchemaFinding,
  type: StageType,
  words: ParamWords,
  location: Location | undefined,
): Diagnostic {
  const { pointer, keyword, message, expected, suggestion } = finding;
  const key = String(pointer[pointer.length - 1] ?? '');
  const inside = pointer.length > 1 ? quoteName(String(pointer[pointer.length - 2])) : quoteName(type.name);
  const near = suggestion === undefined ? undefined : `Did you mean ${quoteName(suggestion)}?`;
  const names = expected && expected.length > 0 ? `It has ${expected.map(quoteName).join(', ')}.` : undefined;
  const sentence = (): { message: string; help: string | undefined } => {
    switch (keyword) {
      case 'additionalProperties':
      case 'unevaluatedProperties':
        return {
          message: `${inside} has no ${pointer.length > 1 ? 'key' : 'param'} ${quoteName(key)}.`,
          help: near ?? names,
        };
      case 'required':
      case 'dependentRequired':
        return pointer.length > 1
          ? { message: `${inside} needs the key ${quoteName(key)}.`, help: undefined }
          : { message: `${inside} needs the param ${quoteName(key)}.`, help: words.howToAdd(key) };
      case 'propertyNames':
        return { message: `${message}.`, help: undefined };
      default:
        return { message: `${words.subject(pointer)} ${message}.`, help: near };
    }
  };
  return catalog.invalidWith({ ...sentence(), location });
}
