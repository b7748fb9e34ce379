/** The expression of a key that takes one without `${{ }}`, such as `when`. */
import * as catalog from '../diagnostics/catalog.ts';
import { quoteName } from '../diagnostics/harmless.ts';
import type { Pointer } from './locate.ts';
import type { StageReader } from './stage-reader.ts';

const WRAPPED = /^\s*\$\{\{(.*)\}\}\s*$/s;

/**
 * Elsewhere expressions stand in `${{ }}`, so whoever writes it around the whole of it means the same.
 * Errors: `invalid-value`.
 */
export function bareExpression(
  reader: StageReader,
  { key, example }: { readonly key: string; readonly example: string },
  { value, pointer }: { readonly value: string; readonly pointer: Pointer },
): string | undefined {
  const inner = WRAPPED.exec(value)?.[1];
  const source = inner === undefined || inner.includes('${{') ? value : inner.trim();
  if (!source.includes('${{')) return source;
  const message = `${quoteName(key)} is one expression, so there is no \${{ }} around its parts.`;
  const help = `Write it without, as in ${example}.`;
  reader.report(pointer, (location) => catalog.invalidValue({ message, location, help }));
  return undefined;
}
