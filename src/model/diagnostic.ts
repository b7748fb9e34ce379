import type { Location } from './location.ts';

/** Codes are made in `diagnostics/catalog/` and nowhere else; `docs/diagnostics.md` has a line for each. */
export interface Diagnostic {
  readonly code: string;
  readonly severity: 'error' | 'warning';
  /** What is wrong, in the user's words; one sentence. */
  readonly message: string;
  /** Undefined for what is about no file, such as a flag. */
  readonly location: Location | undefined;
  /** Other places that take part: the other producer, each edge of a cycle. */
  readonly related: readonly Related[];
  /** What to do next; may be absent. */
  readonly help: string | undefined;
}

export interface Related {
  readonly message: string;
  readonly location: Location;
}
