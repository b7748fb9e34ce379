/** What of a contract takes a look into the output. Every condition that does not hold has a sentence of its own. */
import { countRows } from '../contents/count-rows.ts';
import { readJsonDocument } from '../contents/read-json.ts';
import type { CelExpression } from '../language/cel.ts';
import { formatOf } from '../model/file-format.ts';
import type { Expect } from '../model/pipeline.ts';
import type { FileSystem } from '../ports/file-system.ts';
import { compilePattern } from '../schema/patterns.ts';
import { LATE, withinTime } from '../schema/time-limit.ts';
import { compileSchema } from '../schema/validate.ts';
import type { Json } from '../util/canonical-json.ts';
import { quoteName } from '../util/harmless-text.ts';
import { findingText } from './contract-finding.ts';
import { checkRows } from './contract-rows.ts';
import { membersAsked, missingMember, readWhole, viewOutput } from './output-view.ts';

/** A document with a thousand mistakes is described by the first few. */
const FINDINGS_SHOWN = 5;
const DOCUMENT_MS_MAX = 60_000;
const PATTERN_BYTES_MAX = 16 * 1024 * 1024;
const PATTERN_MS_MAX = 20_000;
const ASSERT_MS_MAX = 3000;

/** `path` is absolute. Sentences without a full stop. Rejects when `signal` fires. */
export async function lookInto(fs: FileSystem, path: string, expect: Expect, signal?: AbortSignal): Promise<string[]> {
  const { schema, rows, unique, not_null, matches, assert } = expect;
  const problems: string[] = [];
  const isDocument = ['json', 'other'].includes(formatOf(path));
  const rowSchema = isDocument ? undefined : schema;
  if (rowSchema !== undefined || unique || not_null) {
    const conditions = { schema: rowSchema, unique: unique ?? [], notNull: not_null ?? [] };
    const checked = await checkRows(fs, path, conditions, signal);
    if (rows && checked.rows !== undefined) problems.push(...checkCount(checked.rows, rows));
    problems.push(...checked.problems);
  } else if (rows) {
    const counted = await countRows(fs, path, signal);
    problems.push(...(counted.ok ? checkCount(counted.value, rows) : [counted.error]));
  }
  if (isDocument && schema !== undefined) problems.push(...checkDocument(fs, path, schema));
  if (matches !== undefined) problems.push(...checkPattern(fs, path, matches));
  for (const expression of assert ?? []) problems.push(...(await checkAssertion(fs, path, expression, signal)));
  // A file that cannot be read breaks each condition that reads it, for one and the same reason.
  return [...new Set(problems)];
}

function checkCount(rows: number, { min, max }: NonNullable<Expect['rows']>): string[] {
  const has = `it has ${rows} ${rows === 1 ? 'row' : 'rows'}`;
  if (min !== undefined && min === max) return rows === min ? [] : [`${has}, expected ${min}`];
  if (min !== undefined && rows < min) return [`${has}, expected at least ${min}`];
  return max !== undefined && rows > max ? [`${has}, expected at most ${max}`] : [];
}

function checkDocument(fs: FileSystem, path: string, schema: Json): string[] {
  const validator = compileSchema(schema);
  if (!validator.ok) return [`its schema cannot be used: ${validator.error}`];
  const read = readJsonDocument(fs, path);
  if (!read.ok) return [read.error];
  const findings = withinTime(DOCUMENT_MS_MAX, () => validator.value(read.value));
  if (findings === LATE) return [`it cannot be checked: its schema takes more than ${DOCUMENT_MS_MAX / 1000} s for it`];
  const shown = findings.slice(0, FINDINGS_SHOWN).map(findingText);
  const more = findings.length - shown.length;
  return more > 0 ? [...shown, `and ${more} more`] : shown;
}

function checkPattern(fs: FileSystem, path: string, source: string): string[] {
  const pattern = compilePattern(source);
  if (!pattern.ok) return [`"matches" does not work: ${pattern.error}`];
  const text = readWhole(fs, path, PATTERN_BYTES_MAX);
  if (!text.ok) return [`it cannot match a pattern, since it ${text.error}`];
  const isFound = withinTime(PATTERN_MS_MAX, () => pattern.value.test(text.value.replace(/\r?\n$/, '')));
  if (isFound === LATE)
    return [`to look for the pattern ${quoteName(source)} takes more than ${PATTERN_MS_MAX / 1000} s`];
  return isFound ? [] : [`its text does not match the pattern ${quoteName(source)}`];
}

const ROOT = ['output'];

async function checkAssertion(fs: FileSystem, path: string, source: string, signal?: AbortSignal): Promise<string[]> {
  const { parseCel, toCel } = await import('../language/cel.ts');
  const parsed = parseCel(source);
  const wrong = (reason: string) => [`${quoteName(source)} cannot be checked: ${reason}`];
  if (!parsed.ok) return wrong(parsed.error);
  const { references } = parsed.value;
  const view = await viewOutput(fs, path, membersAsked(references, ROOT), signal);
  const missing = missingMember(references, ROOT, view);
  if (missing !== undefined) return wrong(missing);
  const evaluate = () => parsed.value.evaluate({ output: toCel(view.value) });
  const value = withinTime(ASSERT_MS_MAX, evaluate);
  if (value === LATE) return wrong(`it takes more than ${ASSERT_MS_MAX / 1000} s`);
  if (!value.ok) return wrong(value.error);
  if (value.value === true) return [];
  if (value.value !== false) return wrong(`it must come to true or false, not to ${JSON.stringify(value.value)}`);
  return [`${quoteName(source)} does not hold${withNumbers(parsed.value, view.value)}`];
}

/** What the expression speaks of, where that is a number: it mostly says why. */
function withNumbers({ references }: CelExpression, value: { readonly [member: string]: Json }): string {
  const names = [...new Set(references.map(({ path }) => path[1] ?? ''))];
  const numbers = names.filter((name) => typeof value[name] === 'number');
  return numbers.length === 0 ? '' : ` (${numbers.map((name) => `${name} is ${String(value[name])}`).join(', ')})`;
}
