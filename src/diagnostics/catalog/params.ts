/** Params of the pipeline. */
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { Location } from '../../model/location.ts';
import { harmless, quoteName } from '../harmless.ts';
import { didYouMean, error, type Where } from './error.ts';

export function duplicateParam(at: { name: string; location: Location; first: Location }): Diagnostic {
  return error('duplicate-param', at.location, `The param ${quoteName(at.name)} is declared in two files.`, {
    related: [{ message: `${quoteName(at.name)} is declared here first.`, location: at.first }],
    help: 'Keep one of them.',
  });
}

export function duplicatePool(at: { name: string; location: Location; first: Location }): Diagnostic {
  return error('duplicate-pool', at.location, `The pool ${quoteName(at.name)} has other limits in another file.`, {
    related: [{ message: `${quoteName(at.name)} is declared here first.`, location: at.first }],
    help: 'Give both the same limits, or keep one of them.',
  });
}

export function invalidParam(at: { name: string; reason: string; location: Where; declared?: Location }): Diagnostic {
  return error('invalid-param', at.location, `The param ${quoteName(at.name)} ${harmless(at.reason)}.`, {
    related: at.declared ? [{ message: `${quoteName(at.name)} is declared here.`, location: at.declared }] : [],
  });
}

export function paramRequired(at: { name: string; location: Where }): Diagnostic {
  return error('param-required', at.location, `The param ${quoteName(at.name)} has no value.`, {
    help: `Give one with "-p ${harmless(at.name)}=VALUE".`,
  });
}

export function unknownParam(at: { name: string; location: Where; suggestion?: string | undefined }): Diagnostic {
  return error('unknown-param', at.location, `The pipeline has no param ${quoteName(at.name)}.`, {
    help: didYouMean(at.suggestion),
  });
}
