/** Values that are probably one, written in several ways. Pure. */
import type { ProfileCluster, ProfileLeftOut } from '../documents.generated.ts';
import { LIMITS } from './options.ts';
import { byCount, compareText, cut, rowsOf, type Value } from './values.ts';

const VALUES_MAX = 10;
/** Keys of pairs of characters are of values with as many different pairs at least. */
const NGRAM_MIN = 6;

const METHODS: readonly {
  readonly method: ProfileCluster['method'];
  readonly key: (text: string) => string | undefined;
}[] = [
  { method: 'spaces', key: (text) => text.replace(/[\s\u00a0]+/g, ' ').trim() },
  {
    method: 'case',
    key: (text) =>
      text
        .replace(/[\s\u00a0]+/g, ' ')
        .trim()
        .toLowerCase(),
  },
  { method: 'fingerprint', key: fingerprint },
  {
    method: 'ngram',
    key: (text) => {
      const key = ngramFingerprint(text, 2);
      return key.length < 2 * NGRAM_MIN ? undefined : key;
    },
  },
];

/** `left_out` are clusters for which there was no place. Values that differ in digits are never one. */
export function clusterValues(values: readonly Value[]): { clusters: ProfileCluster[]; left_out: ProfileLeftOut } {
  const found: ProfileCluster[] = [];
  // What a method has brought together is one value for those after it.
  let groups: Value[][] = values.map((value) => [value]);
  for (const { method, key } of METHODS) {
    const byKey = new Map<string, Value[][]>();
    const merged: Value[][] = [];
    for (const group of groups) {
      const [first] = group;
      const made = first && key(first.text);
      const full =
        made === undefined || made === ''
          ? undefined
          : `${made}\0${(first?.text.match(/\d+/g) ?? []).sort().join(' ')}`;
      if (full === undefined) {
        merged.push(group);
        continue;
      }
      const known = byKey.get(full);
      if (known) known.push(group);
      else byKey.set(full, [group]);
    }
    for (const [full, members] of byKey) {
      const all = members.flat().sort(byCount);
      merged.push(all);
      if (members.length < 2) continue;
      found.push({
        method,
        key: cut(full.split('\0')[0] ?? ''),
        values: all.slice(0, VALUES_MAX).map(({ text, count }) => ({ value: cut(text), count })),
        values_left_out: Math.max(0, all.length - VALUES_MAX),
        count: rowsOf(all),
      });
    }
    groups = merged;
  }
  found.sort((a, b) => b.count - a.count || compareText(a.key, b.key) || compareText(a.method, b.method));
  return {
    clusters: found.slice(0, LIMITS.clusters),
    left_out: { entries: Math.max(0, found.length - LIMITS.clusters), count: rowsOf(found.slice(LIMITS.clusters)) },
  };
}

const FOLDED: { readonly [letter: string]: string } = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'oe',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
  ħ: 'h',
};

/** Lower case without marks. */
export function foldLetters(text: string): string {
  return text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[ßæœøłđðþıħ]/g, (letter) => FOLDED[letter] ?? letter);
}

/** As OpenRefine's: words without punctuation, each once, sorted. */
export function fingerprint(text: string): string {
  const words = foldLetters(text.trim())
    .replace(/[\p{P}\p{S}\p{C}]/gu, '')
    .split(/\s+/)
    .filter(Boolean);
  return [...new Set(words)].sort(compareText).join(' ');
}

/** As OpenRefine's: runs of `size` characters of the letters and digits, each once, sorted. */
export function ngramFingerprint(text: string, size: number): string {
  const letters = foldLetters(text).replace(/[\p{P}\p{S}\p{C}\s]/gu, '');
  const grams = new Set<string>();
  for (let at = 0; at + size <= letters.length; at++) grams.add(letters.slice(at, at + size));
  return [...grams].sort(compareText).join('');
}
