/** Values that several keys have in common. What is wrong is reported, and there is no value. */
import * as catalog from '../diagnostics/catalog.ts';
import { quoteName } from '../diagnostics/harmless.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { showValue } from '../schema/findings.ts';
import type { Pointer } from './locate.ts';
import type { Placed, StageReader } from './stage-reader.ts';
import { DURATION_MS_MAX, parseDuration } from './units.ts';

export function reportWrong(
  reader: StageReader,
  pointer: Pointer,
  message: string,
  make: (at: Parameters<typeof catalog.invalidValue>[0]) => Diagnostic = catalog.invalidValue,
): void {
  reader.report(pointer, (location) => make({ message, location }));
}

/** In milliseconds. */
export function readDuration(
  reader: StageReader,
  placed: Placed | undefined,
  least: 'zero' | 'more than zero',
  most: { readonly ms: number; readonly text: string } = { ms: DURATION_MS_MAX, text: '24 days' },
): number | undefined {
  const value = placed && reader.value(placed);
  if (!placed || value === undefined) return undefined;
  const ms = typeof value === 'string' ? parseDuration(value) : undefined;
  const isEnough = ms !== undefined && (ms > 0 || least === 'zero');
  if (isEnough && ms <= most.ms) return ms;
  const problem =
    ms === undefined
      ? `must be a time such as "30s", "10m" or "1h30m", not ${showValue(value)}`
      : isEnough
        ? `must be at most ${most.text}`
        : 'must be more than 0';
  reportWrong(reader, placed.pointer, `${quoteName(String(placed.pointer.at(-1)))} ${problem}.`);
  return undefined;
}
