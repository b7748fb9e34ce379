/** Values that are lists, and ways to take values apart. Pure. */
import type { ProfileAffix, ProfileList, ProfilePart, ProfileSplit } from '../documents.generated.ts';
import { typeOfTexts } from './kinds.ts';
import { ratio, six } from './numbers.ts';
import { add, compareText, cut, ranked, rowsOf, type Value } from './values.ts';

const SEPARATORS = [';', '|', ',', '/', ' & ', '\n'];
const SHARE_MIN = 0.2;
const ELEMENTS_LISTED = 20;
const ELEMENT_LENGTH_MAX = 40;

/** Undefined where values are none. Elements are those that come back in other rows, which parts of a name do not. */
export function listFacts(values: readonly Value[], total: number): ProfileList | undefined {
  for (const separator of SEPARATORS) {
    const lists: { elements: string[]; count: number; bracketed: boolean }[] = [];
    const single = new Set<string>();
    for (const { trimmed, count } of values) {
      const inside = /^[[({](.*)[\])}]$/s.exec(trimmed)?.[1];
      const elements = (inside ?? trimmed)
        .split(separator)
        .map((element) => element.trim().replace(/^(["'])(.*)\1$/, '$2'));
      if (elements.length > 1) lists.push({ elements, count, bracketed: inside !== undefined });
      else single.add(trimmed);
    }
    const count = rowsOf(lists);
    if (count < SHARE_MIN * total || lists.length < 3) continue;
    const seen = new Map<string, number>();
    const inLists = new Map<string, number>();
    let all = 0;
    let isShort = true;
    for (const { elements, count: rows } of lists) {
      for (const element of new Set(elements)) add(inLists, element, 1);
      for (const element of elements) add(seen, element, rows);
      all += elements.length * rows;
      if (elements.some((element) => element.length > ELEMENT_LENGTH_MAX)) isShort = false;
    }
    const lengths = lists.map(({ elements }) => elements.length);
    const constant = lengths.every((length) => length === lengths[0]);
    const shared = [...inLists].filter(([element, lists]) => lists > 1 || single.has(element)).length;
    const isBracketed = lists.every(({ bracketed }) => bracketed);
    if (!isShort || (!isBracketed && (constant || shared < 0.5 * inLists.size))) continue;
    if (!isBracketed && [...inLists.keys()].every((element) => /^[\d.\s-]*$/.test(element))) continue;
    return {
      separator,
      brackets: isBracketed ? bracketsOf(values) : null,
      count,
      share: ratio(count, total),
      elements_min: Math.min(...lengths),
      elements_max: Math.max(...lengths),
      elements_mean: six(all / count),
      constant,
      distinct_elements: seen.size,
      elements: ranked(seen)
        .slice(0, ELEMENTS_LISTED)
        .map(({ text, count: rows }) => ({ value: cut(text), count: rows })),
    };
  }
  return undefined;
}

function bracketsOf(values: readonly Value[]): string | null {
  const text = values[0]?.trimmed ?? '';
  return text === '' ? null : `${text[0]}${text.at(-1)}`;
}

const SPLIT_SEPARATORS = [', ', ' - ', ' / ', '; ', ' | ', '-', '/', ',', ';', '|', ':', '_', ' x ', 'x', ' '];
const SPLIT_SHARE = 0.95;

/** Separators that are in nearly every value, as often in each. */
export function separatorSplits(values: readonly Value[], total: number): ProfileSplit[] {
  const found: ProfileSplit[] = [];
  if (values.length < 5) return found;
  for (const separator of SPLIT_SEPARATORS) {
    const arities = new Map<number, number>();
    for (const { trimmed, count } of values) add(arities, trimmed.split(separator).length, count);
    const [best] = [...arities].sort(([a, n], [b, m]) => m - n || a - b);
    const [arity = 1, count = 0] = best ?? [];
    if (arity < 2 || arity > 6 || count < SPLIT_SHARE * total) continue;
    const split = values.map(({ trimmed }) => trimmed.split(separator)).filter((parts) => parts.length === arity);
    const parts = Array.from({ length: arity }, (_, at) =>
      partFacts(
        split.map((one) => (one[at] ?? '').trim()),
        at,
      ),
    );
    // Words of a sentence are no parts; nor are the digits of a number.
    if (separator === ' ' && parts.every(({ type }) => type === 'text')) continue;
    found.push({
      kind: 'separator',
      separator,
      arity,
      count,
      share: ratio(count, total),
      column: null,
      column_missing: 0,
      parts,
      rows: [],
    });
    // `, ` says all that `,` would.
    if (found.length === 2) break;
  }
  return found;
}

export function partFacts(texts: readonly string[], position: number): ProfilePart {
  const different = [...new Set(texts)].sort(compareText);
  return {
    position,
    type: typeOfTexts(different),
    distinct: different.length,
    constant_length: texts.every((text) => text.length === texts[0]?.length),
    domain_of: null,
    examples: different.slice(0, 3).map(cut),
  };
}

const AFFIX_SHARE = 0.02;
const AFFIXES_MAX = 5;
/** Of a word before or after other words. */
const WORD_SHARE = 0.5;

/** Texts of no letters and digits, or words after a space, that some or all values begin or end with. */
export function affixes(values: readonly Value[], total: number, end: 'prefix' | 'suffix'): ProfileAffix[] {
  const pattern =
    end === 'prefix'
      ? /^([^\p{L}\p{N}\s]{1,5}|[\p{L}]{1,12}[^\p{L}\p{N}]{1,3})(?=[\p{L}\p{N}])/u
      : /(?<=[\p{L}\p{N}.])(\s?[^\p{L}\p{N}\s]{1,5}|\s?\p{L}{1,12}\.?)$/u;
  const counts = new Map<string, number>();
  const rests = new Map<string, string[]>();
  for (const { trimmed, count } of values) {
    if (trimmed.length > 60) continue;
    const text = pattern.exec(trimmed)?.[0];
    if (text === undefined || text === trimmed) continue;
    // Letters at the end belong to a word unless a number stands before them.
    if (end === 'suffix' && /\p{L}/u.test(text) && !/\d\.?$/.test(trimmed.slice(0, -text.length).trim())) continue;
    add(counts, text, count);
    const rest = end === 'prefix' ? trimmed.slice(text.length) : trimmed.slice(0, -text.length);
    const known = rests.get(text) ?? [];
    if (known.length < 1000) known.push(rest.trim());
    rests.set(text, known);
  }
  return ranked(counts)
    .filter(({ count }) => count >= Math.max(2, AFFIX_SHARE * total))
    .map(({ text, count }) => ({ text, count, share: ratio(count, total), rest: typeOfTexts(rests.get(text) ?? []) }))
    .filter(({ text, share, rest }) => !/\p{L}/u.test(text) || rest !== 'text' || share >= WORD_SHARE)
    .slice(0, AFFIXES_MAX);
}
