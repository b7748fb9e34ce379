/** One criterion of a selector, taken apart: `2+tag:nightly+1`. Knows the grammar, not the stages. */
import { selectorSyntax, unknownSelector } from '../diagnostics/catalog.ts';
import { nearestChoice } from '../diagnostics/suggest.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';

/** With what each selects by, for help and completion. */
export const METHODS = {
  tag: 'stages with a tag',
  uses: 'stages of a type',
  path: 'stages by what they make',
  state: 'stages by how they are',
} as const;

export type Method = keyof typeof METHODS;

export interface Criterion {
  readonly text: string;
  /** With all that depends on it, and all that those need. */
  readonly isAt: boolean;
  /** How many generations of producers. */
  readonly up: number;
  /** How many generations of consumers. */
  readonly down: number;
  readonly method: Method | 'name';
  readonly value: string;
}

/** Errors: `selector-syntax`, `unknown-selector`. */
export function parseCriterion(text: string): Result<Criterion, Diagnostic> {
  const wrong = (message: string, help?: string) => err(selectorSyntax({ text, message, help }));
  const isAt = text.startsWith('@');
  const before = /^\d*\+/.exec(isAt ? text.slice(1) : text)?.[0] ?? '';
  const rest = text.slice((isAt ? 1 : 0) + before.length);
  const after = /\+\d*$/.exec(rest)?.[0] ?? '';
  const middle = rest.slice(0, rest.length - after.length);
  if (isAt && before + after !== '')
    return wrong('stands for everything before and behind it', 'Leave out "@", or the "+".');
  const colon = middle.indexOf(':');
  const method = middle.slice(0, Math.max(0, colon));
  const value = middle.slice(colon + 1);
  if (colon >= 0 && !Object.hasOwn(METHODS, method)) {
    const methods = Object.keys(METHODS);
    return err(unknownSelector({ method, methods, suggestion: nearestChoice(method, methods) }));
  }
  if (value === '') return wrong('names no stage');
  return ok({
    text,
    isAt,
    up: generations(before.slice(0, -1), before),
    down: generations(after.slice(1), after),
    method: colon < 0 ? 'name' : (method as Method),
    value,
  });
}

function generations(digits: string, operator: string): number {
  if (operator === '') return 0;
  return digits === '' ? Number.POSITIVE_INFINITY : Number(digits);
}
