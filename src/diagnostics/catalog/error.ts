/** What all subjects of the catalog make their diagnostics with. */
import type { Diagnostic, Related } from '../../model/diagnostic.ts';
import type { Location } from '../../model/location.ts';
import { quoteName } from '../harmless.ts';

export type Where = Location | undefined;

interface Rest {
  readonly related?: readonly Related[];
  readonly help?: string | undefined;
}

export function error(code: string, location: Where, message: string, rest: Rest = {}): Diagnostic {
  return { code, severity: 'error', message, location, related: rest.related ?? [], help: rest.help };
}

export function didYouMean(suggestion: string | undefined): string | undefined {
  return suggestion === undefined ? undefined : `Did you mean ${quoteName(suggestion)}?`;
}
