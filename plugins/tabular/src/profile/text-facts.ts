/** How texts are written: spaces, control characters, mojibake, case, words, scripts. Pure. */
import type { ProfileForm, ProfileLength, ProfileText } from '../documents.generated.ts';
import { six } from './numbers.ts';
import { quantiles, toNumbers } from './numeric-facts.ts';
import { rowsOf, type Value } from './values.ts';

/** Characters that cannot be seen: controls that are no white space, and those without width but for joiners. */
const CONTROL =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  /[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff]/;
const ENTITY = /&(?:[A-Za-z][A-Za-z0-9]{1,30}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});/;
const QUOTED = /^(["'`]).+\1$|^“.+”$|^‘.+’$|^«.+»$/su;

export function formFacts(values: readonly Value[]): ProfileForm {
  const count = (holds: (value: Value) => boolean) => rowsOf(values.filter(holds));
  const leading = ({ text, trimmed }: Value) => text.length > trimmed.length && !text.startsWith(trimmed);
  const trailing = ({ text, trimmed }: Value) => text.length > trimmed.length && !text.endsWith(trimmed);
  return {
    leading_space: count(leading),
    trailing_space: count(trailing),
    padded: count(({ text, trimmed }) => text.length > trimmed.length),
    double_space: count(({ trimmed }) => /[ \t\u00a0]{2}/.test(trimmed)),
    line_end: count(({ trimmed }) => /[\n\r\u2028\u2029]/.test(trimmed)),
    control: count(({ text }) => CONTROL.test(text)),
    replacement: count(({ text }) => text.includes('\ufffd')),
    mojibake: count(({ text }) => undoMojibake(text) !== undefined),
    not_nfc: count(({ text }) => isBeyondAscii(text) && text.normalize('NFC') !== text),
    html_entity: count(({ text }) => ENTITY.test(text)),
    non_ascii: count(({ text }) => isBeyondAscii(text)),
    quoted: count(({ trimmed }) => QUOTED.test(trimmed)),
  };
}

function isBeyondAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 127) return true;
  return false;
}

const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';
const BYTES = new Map(Array.from(WINDOWS_1252, (character, at) => [character, 0x80 + at]));
const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** What a text was before its UTF-8 was read as Windows-1252; undefined where it was not. */
export function undoMojibake(text: string): string | undefined {
  if (!/[\u00c2-\u00f4][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]/.test(text)) return undefined;
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const byte = BYTES.get(character) ?? (code < 256 ? code : undefined);
    if (byte === undefined) return undefined;
    bytes.push(byte);
  }
  try {
    const undone = strictUtf8.decode(Uint8Array.from(bytes));
    // What could not be decoded once is not there any more.
    return undone === text || undone.includes('\ufffd') ? undefined : undone;
  } catch {
    return undefined;
  }
}

export function lengthFacts(values: readonly Value[]): ProfileLength | null {
  if (values.length === 0) return null;
  const lengths = toNumbers(values.map(({ length, count }) => ({ value: length, count })));
  let sum = 0;
  for (let at = 0; at < lengths.values.length; at++) sum += (lengths.values[at] ?? 0) * (lengths.counts[at] ?? 0);
  return {
    min: lengths.values[0] ?? 0,
    max: lengths.values.at(-1) ?? 0,
    mean: six(sum / lengths.total),
    median: quantiles(lengths)(0.5),
  };
}

const SCRIPTS = [
  'Latin',
  'Greek',
  'Cyrillic',
  'Han',
  'Hiragana',
  'Katakana',
  'Hangul',
  'Arabic',
  'Hebrew',
  'Devanagari',
  'Thai',
];
const IS_SCRIPT = SCRIPTS.map((script) => ({ script, pattern: new RegExp(`\\p{Script=${script}}`, 'u') }));

export function textFacts(values: readonly Value[]): ProfileText {
  const cases = { upper: 0, lower: 0, title: 0, mixed: 0, caseless: 0 };
  const scripts = new Map<string, number>();
  let words = 0;
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  let digits = 0;
  for (const { trimmed, count } of values) {
    cases[caseOf(trimmed)] += count;
    const n = trimmed.split(/\s+/).length;
    words += n * count;
    least = Math.min(least, n);
    most = Math.max(most, n);
    if (/\d/.test(trimmed)) digits += count;
    for (const { script, pattern } of isBeyondAscii(trimmed) ? IS_SCRIPT : IS_SCRIPT.slice(0, 1)) {
      if (pattern.test(trimmed)) scripts.set(script, (scripts.get(script) ?? 0) + count);
    }
  }
  const total = rowsOf(values);
  return {
    words_min: total === 0 ? 0 : least,
    words_max: most,
    words_mean: total === 0 ? 0 : six(words / total),
    ...cases,
    digits,
    scripts: [...scripts]
      .map(([script, count]) => ({ script, count }))
      .sort((a, b) => b.count - a.count || (a.script < b.script ? -1 : 1)),
  };
}

function caseOf(text: string): 'upper' | 'lower' | 'title' | 'mixed' | 'caseless' {
  const upper = text.toUpperCase();
  const lower = text.toLowerCase();
  if (upper === lower) return 'caseless';
  if (text === upper) return 'upper';
  if (text === lower) return 'lower';
  const isTitle = text.split(/[\s-]+/).every((word) => {
    const letters = word.replace(/^[^\p{L}]+/u, '');
    if (letters === '') return true;
    const [first = '', ...rest] = letters;
    return first === first.toUpperCase() && rest.join('') === rest.join('').toLowerCase();
  });
  return isTitle ? 'title' : 'mixed';
}
