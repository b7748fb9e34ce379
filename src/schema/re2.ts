/**
 * The engine for patterns of others: its time grows with the text and with nothing else. It is larger than the rest of
 * this folder, so it is loaded when a pattern first needs it; what is built has it in a file of its own
 * (`scripts/build.mjs` replaces this one).
 */
import { createRequire } from 'node:module';

type Re2 = typeof import('re2js').RE2JS;

export function loadRe2(): Re2 {
  return (createRequire(import.meta.url)('re2js') as { readonly RE2JS: Re2 }).RE2JS;
}
