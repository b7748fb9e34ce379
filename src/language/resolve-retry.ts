/** `retry` and `exit_codes`: what a failure means, and whether it is tried again. */
import * as catalog from '../diagnostics/catalog.ts';
import { nearest } from '../diagnostics/suggest.ts';
import type { FailureCategory } from '../model/outcome.ts';
import { COMMAND_MISSING_EXITS, FAILURE_CATEGORIES, PERMANENT_FAILURES, PROCESS_FAILURES } from '../model/outcome.ts';
import type { Backoff, Retry, Stage } from '../model/pipeline.ts';
import { showValue } from '../schema/findings.ts';
import { readDuration, reportWrong } from './read-values.ts';
import type { Placed, StageReader } from './stage-reader.ts';
import { isMapping, joinMembers } from './stage-reader.ts';

const RETRIES = 3;
const BASE_MS = 1000;
const MULTIPLIER = 5;
const PAUSE_MS_MAX = 300_000;
const CODE = /^[a-z0-9][a-z0-9-]{0,99}$/;

/** Undefined when neither the stage nor its file's `defaults` have `retry`. */
export function readRetry(reader: StageReader): Retry | undefined {
  const written = reader.layers('retry');
  if (!written.some((placed) => isMapping(placed?.value))) return undefined;
  const members = joinMembers(written);
  return {
    max: readNumber(reader, members.get('max'), isCount, 'a whole number from 0') ?? RETRIES,
    backoff: readBackoff(reader, joinMembers(written.map((placed) => joinMembers([placed]).get('backoff')))),
    on: readOn(reader, members.get('on')),
  };
}

/** Where only one of the two is given, the other gives way to it. */
function readBackoff(reader: StageReader, members: ReadonlyMap<string, Placed>): Backoff {
  const base = readDuration(reader, members.get('base'), 'zero');
  const max = readDuration(reader, members.get('max'), 'zero');
  const longest = members.get('max');
  if (base !== undefined && max !== undefined && max < base && longest) {
    const [least, most] = [members.get('base') ?? longest, longest].map((placed) => showValue(placed.value));
    reportWrong(reader, longest.pointer, `"max" must not be less than "base", which is ${least}; it is ${most}.`);
  }
  const multiplier = readNumber(reader, members.get('multiplier'), isFactor, 'a number from 1') ?? MULTIPLIER;
  return {
    base_ms: base ?? Math.min(BASE_MS, max ?? BASE_MS),
    multiplier,
    max_ms: max ?? Math.max(PAUSE_MS_MAX, base ?? 0),
  };
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isFactor(value: number): boolean {
  return Number.isFinite(value) && value >= 1;
}

function readNumber(
  reader: StageReader,
  placed: Placed | undefined,
  isRight: (value: number) => boolean,
  form: string,
): number | undefined {
  const value = placed && reader.value(placed);
  if (!placed || value === undefined) return undefined;
  if (typeof value === 'number' && isRight(value)) return value;
  reportWrong(reader, placed.pointer, `"${placed.pointer.at(-1)}" must be ${form}, not ${showValue(value)}.`);
  return undefined;
}

function readOn(reader: StageReader, placed: Placed | undefined): readonly string[] {
  if (!placed) return ['retryable'];
  const on = new Set<string>();
  for (const { value, pointer } of reader.items(placed)) {
    if (typeof value !== 'string' || !CODE.test(value)) {
      const form = 'a category or a code, such as "retryable" or "timeout"';
      reportWrong(reader, pointer, `An item of "on" must be ${form}, not ${showValue(value)}.`);
    } else if ((PERMANENT_FAILURES as readonly string[]).includes(value)) {
      reportWrong(reader, pointer, `${showValue(value)} is never tried again: no further attempt can mend it.`);
    } else {
      const unlike = unknownCode(value);
      if (unlike === undefined) on.add(value);
      else {
        const about = { what: 'category or code of failures', name: value, suggestion: unlike };
        reader.report(pointer, (location) => catalog.unknownReference({ ...about, location }));
      }
    }
  }
  return [...on];
}

/** A stage may have codes of its own, so only what is nearly a known name is taken for a slip; it is returned. */
function unknownCode(code: string): string | undefined {
  const known: readonly string[] = [...FAILURE_CATEGORIES, ...PROCESS_FAILURES];
  return known.includes(code) ? undefined : nearest(code, known);
}

export function readExitCodes(reader: StageReader): Stage['exit_codes'] {
  const categories: { [code: string]: FailureCategory } = {};
  for (const [code, placed] of reader.joined('exit_codes')) {
    const value = reader.value(placed);
    if (value === undefined) continue;
    const category = FAILURE_CATEGORIES.find((known) => known === value);
    if (category === undefined) {
      const allowed = FAILURE_CATEGORIES.map((known) => `"${known}"`).join(' or ');
      const suggestion = typeof value === 'string' ? nearest(value, FAILURE_CATEGORIES) : undefined;
      const help = suggestion === undefined ? undefined : `Did you mean "${suggestion}"?`;
      const message = `"${code}" must be ${allowed}, not ${showValue(value)}.`;
      reader.report(placed.pointer, (location) => catalog.invalidValue({ message, location, help }));
    } else if (category === 'retryable' && COMMAND_MISSING_EXITS.has(Number(code))) {
      const message = `Exit code ${code} means that a command is missing, which no further attempt can mend.`;
      reportWrong(reader, placed.pointer, message);
    } else categories[code] = category;
  }
  return categories;
}
