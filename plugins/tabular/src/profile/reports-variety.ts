/** What tells legitimate variety from sources that contradict each other. Pure. */
import type { CodedColumn } from './codes.ts';
import { type Classes, classesOf, type Groups, groupRows } from './partitions.ts';
import { COUNTRIES, COUNTRY_CODES, LANGUAGES } from './vocabularies.ts';

/** Changes from one source to the next, of as many as there would be in any order. */
const CHANGES_MAX = 0.6;
/** Pairs of rows that are compared, at least; share of them that are equal. */
const PAIRS_MIN = 30;
const TRANSLATED = 0.5;
/** Rows that differ although another column is the same, of as many as differ within a thing. */
const BOUND_MAX = 0.15;

const TIME_WORDS =
  /\b(1[89]|20)\d\d\b|\b\d{1,2}[:/]\d{2}\b|\b(q[1-4]|h[12]|fy ?\d+|wk? ?\d+)\b|\b(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?|nov(ember)?|dec(ember)?)\b|\b(mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(spring|summer|autumn|fall|winter|morning|noon|afternoon|evening|night)\b|\b(minute|hour|day|week|weekend|month|quarter|year|term|semester|trimester|period|season|era|phase|wave|round|sprint|visit|session|baseline|release|version)s?\b|^v?\d+(\.\d+)+$/i;

const PLACE_WORDS =
  /\b(north|south|east|west|central)(ern)?\b|\b(region|district|zone|ward|branch|store|shop|outlet|warehouse|depot|plant|factory|clinic|school)s?\b/i;
const LOCALE = /^[a-z]{2,3}[-_][a-z]{2,4}$/i;

/**
 * Times, periods, rounds and versions, places, shops and languages: what changes from one to the next is no contradiction.
 */
export function readsAsPlaceOrTime(texts: readonly string[]): boolean {
  const isOne = (text: string) => {
    const lower = text.toLowerCase();
    if (LOCALE.test(text) || COUNTRIES.has(lower) || LANGUAGES.has(lower) || COUNTRY_CODES.has(lower)) return true;
    const words = text.replaceAll('_', ' ');
    return TIME_WORDS.test(words) || PLACE_WORDS.test(words);
  };
  return 2 * texts.filter(isOne).length > texts.length;
}

/** Rows of each group in the order of their values in `column`, with numbers in them by their size. */
export function inOrderOf({ rows, starts }: Groups, { codes, texts }: CodedColumn): Groups {
  const places = new Int32Array(texts.length);
  const keys = texts.map((text, code) => ({ code, key: text.replace(/\d+/g, (digits) => digits.padStart(12, '0')) }));
  keys.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.code - b.code));
  for (const [place, { code }] of keys.entries()) places[code] = place;
  const sorted = rows.slice();
  for (let group = 0; group + 1 < starts.length; group++) {
    sorted
      .subarray(starts[group], starts[group + 1])
      .sort((a, b) => (places[codes[a] ?? 0] ?? 0) - (places[codes[b] ?? 0] ?? 0) || a - b);
  }
  return { rows: sorted, starts };
}

/** Whether equal values of a group lie together, far more than they would by chance. */
export function isInOrder({ rows, starts }: Groups, columns: readonly CodedColumn[]): boolean {
  let changes = 0;
  let expected = 0;
  for (const { codes } of columns) {
    for (let group = 0; group + 1 < starts.length; group++) {
      const counts = new Map<number, number>();
      let present = 0;
      let last = -1;
      for (let at = starts[group] ?? 0; at < (starts[group + 1] ?? 0); at++) {
        const code = codes[rows[at] ?? 0] ?? -1;
        if (code < 0) continue;
        if (last >= 0 && code !== last) changes++;
        last = code;
        present++;
        counts.set(code, (counts.get(code) ?? 0) + 1);
      }
      if (present < 2) continue;
      let same = 0;
      for (const count of counts.values()) same += count * (count - 1);
      expected += present - 1 - same / present;
    }
  }
  return changes <= CHANGES_MAX * expected;
}

/** Whether a source that differs from most has the same value of its own wherever most have one value. */
export function isTranslated({ rows, starts }: Groups, source: CodedColumn, { codes, texts }: CodedColumn): boolean {
  // Source and its value -> what most say instead -> rows.
  const own = new Map<number, Map<number, number>>();
  for (let group = 0; group + 1 < starts.length; group++) {
    const of = rows.subarray(starts[group], starts[group + 1]);
    const counts = new Map<number, number>();
    for (const row of of) {
      const code = codes[row] ?? -1;
      if (code >= 0) counts.set(code, (counts.get(code) ?? 0) + 1);
    }
    const [usual] = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0] ?? [-1];
    for (const row of of) {
      const code = codes[row] ?? -1;
      if (code < 0 || code === usual) continue;
      const key = (source.codes[row] ?? -1) * texts.length + code;
      const known = own.get(key) ?? new Map<number, number>();
      own.set(key, known.set(usual, (known.get(usual) ?? 0) + 1));
    }
  }
  const all = new Map<number, number>();
  let same = 0;
  for (const [key, counts] of own) {
    // What a source says instead of several values is no word of its own for any.
    if (counts.size > 1) continue;
    for (const [usual, count] of counts) {
      const pair = Math.floor(key / texts.length) * texts.length + usual;
      all.set(pair, (all.get(pair) ?? 0) + count);
      same += (count * (count - 1)) / 2;
    }
  }
  let pairs = 0;
  for (const count of all.values()) pairs += (count * (count - 1)) / 2;
  return pairs >= PAIRS_MIN && same >= TRANSLATED * pairs;
}

/** Whether one of two columns says the other, within a thing. */
export function areBound(things: Classes, one: CodedColumn, other: CodedColumn): boolean {
  return says(things, one, other) || says(things, other, one);
}

function says(things: Classes, known: CodedColumn, told: CodedColumn): boolean {
  const both = classesOf([things, { codes: known.codes, count: known.texts.length }]);
  const within = groupRows(both.codes, both.count);
  let [rows, differ, alone] = [0, 0, 0];
  const before = new Map<number, Map<number, number>>();
  for (let group = 0; group + 1 < within.starts.length; group++) {
    const counts = new Map<number, number>();
    let present = 0;
    for (const row of within.rows.subarray(within.starts[group], within.starts[group + 1])) {
      const code = told.codes[row] ?? -1;
      if (code < 0) continue;
      present++;
      counts.set(code, (counts.get(code) ?? 0) + 1);
    }
    // One row says nothing of others.
    if (present < 2) continue;
    rows += present;
    differ += present - Math.max(...counts.values());
    const thing = things.codes[within.rows[within.starts[group] ?? 0] ?? 0] ?? -1;
    const all = before.get(thing) ?? new Map<number, number>();
    before.set(thing, all);
    for (const [code, count] of counts) all.set(code, (all.get(code) ?? 0) + count);
  }
  for (const counts of before.values()) {
    const sizes = [...counts.values()];
    alone += sizes.reduce((sum, size) => sum + size, 0) - Math.max(...sizes);
  }
  return rows > 0 && differ <= BOUND_MAX * alone;
}
