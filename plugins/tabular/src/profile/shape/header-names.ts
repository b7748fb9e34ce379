/** What the names of several columns have in common: whether they are values of one kind. Pure. */
import type { ProfileDocument } from '../../documents.generated.ts';
import { parseMoment } from '../moments.ts';

export type NameForm = ProfileDocument['reshape']['blocks'][number]['names'];

const MONTH = /^(jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?$/i;
const MONTH_WORDS = 'january february march april may june july august september october november december'.split(' ');
const WEEKDAY = /^(mon|tues?|wed(nes)?|thu(rs?)?|fri|sat(ur)?|sun)(day)?s?\.?$/i;
const YEAR = /^(fy ?|ay ?)?(1[5-9]|20|21)\d\d([-/–](\d\d|(1[5-9]|20|21)\d\d))?$/i;
const NUMBER = /^[-+]?\d+([.,]\d+)?%?$/;
const QUARTER = /^(q[1-4]|[1-4]q|(1st|2nd|3rd|4th|first|second|third|fourth) quarter)\b/i;
/** `0-4`, `65+`, `< 10`, `>= 100`, `2 - < 10`, `50 to 100`, with units around. */
const RANGE =
  /^[^\p{L}\p{N}]{0,3}(\d[\d.,]*\s*(-|–|to)\s*[<≤]?\s*[^\p{L}\p{N}]?\d[\d.,]*|\d[\d.,]*\s*(\+|and (over|above|more|older)|or more))[^\p{N}]{0,12}$|^(<|>|≤|≥|<=|>=|under|over|less than|more than|up to)\s*[^\p{L}\p{N}]?\d[\d.,]*[^\p{N}]{0,12}$/iu;

export interface Names {
  readonly form: NameForm;
  /** What all have in common, where the form is `affixed`. */
  readonly stem: string;
  /** How sure it is that the names are values, from 0 to 1. */
  readonly score: number;
}

/** Undefined: they have nothing in common. */
export function namesAs(names: readonly string[]): Names | undefined {
  if (new Set(names.map((name) => name.toLowerCase())).size < names.length) return undefined;
  if (names.some((name) => name === '')) return undefined;
  const all = (is: (name: string) => boolean) => names.every(is);
  const made = (form: NameForm, score: number, stem = ''): Names => ({ form, score, stem });
  if (all((name) => YEAR.test(name))) return made('year', 0.97);
  if (all((name) => MONTH.test(name) && isMonth(name))) return made('month', 0.97);
  if (all((name) => WEEKDAY.test(name))) return made('weekday', 0.97);
  if (all((name) => isDate(name))) return made('date', 0.97);
  if (all((name) => NUMBER.test(name))) return made('number', 0.95);
  if (all((name) => QUARTER.test(name))) return made('date', 0.93);
  if (all((name) => RANGE.test(name))) return made('number', 0.9);
  if (names.length >= 3 && all((name) => /^[A-Za-z]$/.test(name)) && inOrder(names)) return made('affixed', 0.9);
  const { stem, rests } = stemOf(names);
  const letters = stem.replaceAll(/[^\p{L}\p{N}]/gu, '');
  if (letters !== '' && rests.every((rest) => rest !== '')) {
    if (rests.every((rest) => YEAR.test(rest))) return made('affixed', 0.93, stem);
    if (rests.every((rest) => MONTH.test(rest) || WEEKDAY.test(rest) || isDate(rest)))
      return made('affixed', 0.93, stem);
    if (rests.every((rest) => /^\d+(st|nd|rd|th)?$/i.test(rest))) return made('affixed', 0.79, stem);
    if (names.length >= 3 && rests.every((rest) => /^[A-Z]$/.test(rest)) && inOrder(rests))
      return made('affixed', 0.85, stem);
    if (/[\s_.:(/-]/.test(stem)) return made('affixed', 0.6, stem);
  }
  // A year or a date in each name, whatever stands around it.
  if (all((name) => /(^|\D)(1[89]|20)\d\d(\D|$)/.test(name))) return made('affixed', 0.75);
  return undefined;
}

/** `May` and `Mar` are months; `Marks` and `Decimal` are not. */
function isMonth(name: string): boolean {
  const word = name.toLowerCase().replace(/\.$/, '');
  return MONTH_WORDS.some((month) => month === word || (word.length <= 4 && month.startsWith(word)));
}

function isDate(name: string): boolean {
  if (!/\d/.test(name)) return false;
  const kind = parseMoment(name.replaceAll(/\s*,\s*/g, ', '))?.kind;
  return kind === 'date' || kind === 'datetime' || kind === 'month';
}

/** One after the other in the alphabet. */
function inOrder(letters: readonly string[]): boolean {
  return letters.every((letter, at) => at === 0 || letter.charCodeAt(0) === (letters[at - 1] ?? '').charCodeAt(0) + 1);
}

/** What all names begin and end with, and what is left of each. A number is not cut in two, nor is a word. */
function stemOf(names: readonly string[]): { readonly stem: string; readonly rests: readonly string[] } {
  const [first = ''] = names;
  let before = 0;
  while (before < first.length && names.every((name) => name[before] === first[before])) before++;
  let after = 0;
  const least = Math.min(...names.map((name) => name.length)) - before;
  while (after < least && names.every((name) => name.at(-1 - after) === first.at(-1 - after))) after++;
  const joins = (one: string | undefined, other: string | undefined) =>
    one !== undefined &&
    other !== undefined &&
    ((/\d/.test(one) && /\d/.test(other)) || (/\p{Ll}/u.test(one) && /\p{Ll}/u.test(other)));
  while (before > 0 && names.some((name) => joins(name[before - 1], name[before]))) before--;
  while (after > 0 && names.some((name) => joins(name.at(-after), name.at(-after - 1)))) after--;
  return {
    stem: `${first.slice(0, before)}${after > 0 ? first.slice(-after) : ''}`,
    rests: names.map((name) => name.slice(before, name.length - after)),
  };
}
