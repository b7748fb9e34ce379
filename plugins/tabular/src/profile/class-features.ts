/** What the classes of columns are told apart by: numbers from a column's facts, and words of its name. Pure. */
import { parseMoment } from './moments.ts';
import { wordsOf } from './semantic-types.ts';
import { unitOf } from './units.ts';

/** What is known of any column that someone has counted, even where its values are gone. */
export interface CountedColumn {
  readonly name: string;
  /** Rows, with those where it is missing. */
  readonly rows: number;
  readonly missing: number;
  /** Different values that are not missing. */
  readonly distinct: number;
  /** Of a column of numbers. */
  readonly numeric:
    | { readonly mean: number; readonly std: number; readonly min: number; readonly max: number }
    | undefined;
  /** A few values, none of them missing. */
  readonly samples: readonly string[];
}

const SAMPLES_MAX = 5;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const URL = /^(?:https?:\/\/|www\.|ftp:)/i;
const EMAIL = /^[^\s@]+@[^\s@]+\.[a-z]{2,}$/i;
const STOPWORDS = new Set(
  'a an and are as at be by for from has have i in is it its not of on or that the they this to was we were will with you'.split(
    ' ',
  ),
);

/** Each is a share of the samples. */
const OF_SAMPLES: readonly ((text: string) => boolean)[] = [
  (text) => NUMBER.test(text),
  (text) => /^[+-]?\d+$/.test(text),
  (text) => /^0\d+$/.test(text),
  (text) => /^[+-]?\d*\.\d+$/.test(text),
  (text) => /^(?:1[6-9]|20)\d\d$/.test(text),
  (text) => /^[+-]?[01]$/.test(text),
  (text) => /^-9+(?:\.0*)?$/.test(text),
  (text) => isMoment(text),
  (text) => /\d[-/.:]\d+[-/.:]\d/.test(text),
  (text) => /(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun)/i.test(text),
  (text) => URL.test(text),
  (text) => EMAIL.test(text),
  (text) => /^[+-]?[$£€¥]?\s?\d{1,3}(?:[, ]\d{3})+(?:[.,]\d+)?\s*%?$/.test(text),
  (text) => /^[+-]?\d+,\d+$/.test(text),
  (text) => text.includes('%'),
  (text) => /[$£€¥]/.test(text),
  (text) => /^[^\p{L}\d]{0,2}\d[\d.,]*\s?\p{L}{1,12}[.²³]?$/u.test(text),
  (text) => /^\p{L}{1,4}\.?\s?\d[\d.,]*$/u.test(text),
  (text) => unitOf(/^[\d.,]+\s*(\D{1,14})$/.exec(text)?.[1]?.trim() ?? '') !== undefined,
  (text) => /\d/.test(text) && /\p{L}/u.test(text),
  (text) => /^[[{(].*[\]})]?$/s.test(text),
  (text) => text.includes(','),
  (text) => /[;|]/.test(text),
  (text) => text.includes('/'),
  (text) => text.includes('_'),
  (text) => text.includes('-'),
  (text) => /[.!?]$/.test(text),
  (text) => /["']/.test(text),
  (text) => /[()]/.test(text),
  (text) => text.includes(':'),
  (text) => /^[\p{Lu}\d\s\W]+$/u.test(text) && /\p{Lu}/u.test(text),
  (text) => /^\p{Lu}/u.test(text),
  (text) => /^[\p{L}\s]+$/u.test(text),
  (text) => /^\p{L}$/u.test(text),
  (text) => /^[0-9a-f]{8,}$/i.test(text.replaceAll('-', '')) && /\d/.test(text),
  (text) => /^(?:true|false|yes|no|y|n|t|f)$/i.test(text),
  (text) => /^\W+$/.test(text),
  (text) => /null|\bn\/?a\b|none|unknown|other/i.test(text),
  (text) => /[^ -~]/.test(text),
  (text) => /^\S*[/\\]\S*\.\w{2,4}$/.test(text),
  (text) => /^\d{1,4}\s+\p{L}.*\b(?:st|street|ave|avenue|rd|road|blvd|dr|drive|lane|ln|way)\b/iu.test(text),
];

/** Each a figure of one sample, of which mean and spread are taken. */
const MEASURES: readonly ((text: string) => number)[] = [
  (text) => Math.log1p(text.length),
  (text) => Math.min(30, text.split(/\s+/).length),
  (text) =>
    text
      .toLowerCase()
      .split(/\W+/)
      .filter((word) => STOPWORDS.has(word)).length,
  (text) => share(text, /\d/g),
  (text) => share(text, /\p{Lu}/gu),
  (text) => share(text, /[^\p{L}\p{N}\s]/gu),
  (text) => Math.min(20, text.match(/[,;|\s]/g)?.length ?? 0),
];

/** Numbers in one order; NaN where there is nothing to say. */
export function classFeatures({ name, rows, missing, distinct, numeric, samples }: CountedColumn): number[] {
  const present = Math.max(0, rows - missing);
  const texts = samples
    .filter((text) => text.trim() !== '')
    .slice(0, SAMPLES_MAX)
    .map((text) => text.trim().slice(0, 500));
  const numbers = texts.filter((text) => NUMBER.test(text)).map(Number);
  const ofSamples = (test: (text: string) => boolean) => texts.filter(test).length / texts.length;
  const words = wordsOf(name).split('_');
  return [
    Math.log1p(rows),
    rows === 0 ? 1 : missing / rows,
    Math.log1p(present),
    Math.log1p(distinct),
    present === 0 ? Number.NaN : distinct / present,
    rows === 0 ? Number.NaN : distinct / rows,
    Math.min(distinct, 30),
    ...(numeric
      ? [
          signedLog(numeric.mean),
          signedLog(numeric.std),
          signedLog(numeric.min),
          signedLog(numeric.max),
          numeric.mean === 0 ? Number.NaN : Math.max(-99, Math.min(99, numeric.std / numeric.mean)),
          (numeric.max - numeric.min + 1) / Math.max(1, distinct),
          Number.isInteger(numeric.min) ? 1 : 0,
          Number.isInteger(numeric.max) ? 1 : 0,
          numeric.std === 0 ? Number.NaN : (numeric.mean - (numeric.min + numeric.max) / 2) / numeric.std,
        ]
      : Array.from<number>({ length: 9 }).fill(Number.NaN)),
    texts.length,
    new Set(texts).size / texts.length,
    ...OF_SAMPLES.map(ofSamples),
    ...MEASURES.flatMap((measure) => spread(texts.map(measure))),
    numbers.length < 2
      ? Number.NaN
      : numbers.slice(1).filter((value, at) => value > (numbers[at] ?? 0)).length / (numbers.length - 1),
    numbers.length < 2
      ? Number.NaN
      : numbers.slice(1).filter((value, at) => value === (numbers[at] ?? 0) + 1).length / (numbers.length - 1),
    texts.length === 0 ? Number.NaN : new Set(texts.map((text) => text.length)).size,
    name.length,
    words.length,
    /\d/.test(name) ? 1 : 0,
    /^\d+$/.test(name) ? 1 : 0,
    /\s/.test(name.trim()) ? 1 : 0,
    name === name.toUpperCase() ? 1 : 0,
    isMoment(name) ? 1 : 0,
    NUMBER.test(name) ? 1 : 0,
  ];
}

function isMoment(text: string): boolean {
  return !NUMBER.test(text) && text.length < 40 && parseMoment(text) !== undefined;
}

function share(text: string, pattern: RegExp): number {
  return (text.match(pattern)?.length ?? 0) / text.length;
}

function spread(values: readonly number[]): [number, number] {
  if (values.length === 0) return [Number.NaN, Number.NaN];
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return [mean, Math.max(...values) - Math.min(...values)];
}

const signedLog = (value: number) =>
  Number.isFinite(value) ? Math.sign(value) * Math.log1p(Math.abs(value)) : Number.NaN;

/** Places in a table of weights, of the words of the name and runs of their letters: no name can be read from them. */
export function nameBuckets(name: string, buckets: number): number[] {
  const found = new Set<number>();
  const add = (text: string) => found.add(hash(text) % buckets);
  const words = wordsOf(name).slice(0, 200);
  add(`=${words}`);
  for (const word of words.split('_')) {
    add(` ${word.replace(/\d+/g, '0')}`);
    const framed = `^${word}$`;
    for (const size of [2, 3, 4]) for (let at = 0; at + size <= framed.length; at++) add(framed.slice(at, at + size));
  }
  return [...found];
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return value;
}
