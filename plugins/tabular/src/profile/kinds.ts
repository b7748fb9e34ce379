/** How texts are written: which types one is a value of. Pure, and in SQL for columns with very many values. */
import type { ProfileColumn } from '../documents.generated.ts';
import { parseMoment } from './moments.ts';

export type ColumnType = ProfileColumn['type'];

export type WrittenType = Exclude<ColumnType, 'empty' | 'text'>;

interface Kind {
  readonly type: WrittenType;
  /** For a text without spaces around it. */
  readonly matches: (text: string) => boolean;
  /** The same in SQL, in this or a quicker form that takes no more; undefined where there is none. */
  readonly sql?: (text: string) => string;
}

const BOOLEANS = new Set(['true', 'false', 'yes', 'no', 'y', 'n', 't', 'f', 'on', 'off']);
const INTEGER = /^[+-]?(?:0|[1-9]\d*)$/;
const DECIMAL = /^[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)$/;
const FLOAT = /^[+-]?(?:(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|inf|infinity|nan)$/i;
const UUID = /^\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?$/i;

const sqlPattern = (pattern: RegExp, ignoreCase = false) => {
  const source = pattern.source.replace(/^\^|\$$/g, '').replaceAll('\\d', '[0-9]');
  return (text: string) => `regexp_full_match(${text}, '${ignoreCase ? '(?i)' : ''}${source}')`;
};

/** Most specific first. A digit with a leading zero is a code, such as a postal code, and no number. */
export const KINDS: readonly Kind[] = [
  {
    type: 'boolean',
    matches: (text) => text.length <= 5 && BOOLEANS.has(text.toLowerCase()),
    sql: (text) => `lower(${text}) IN (${[...BOOLEANS].map((word) => `'${word}'`).join(', ')})`,
  },
  { type: 'integer', matches: (text) => INTEGER.test(text), sql: sqlPattern(INTEGER) },
  { type: 'decimal', matches: (text) => DECIMAL.test(text), sql: sqlPattern(DECIMAL) },
  { type: 'float', matches: (text) => FLOAT.test(text), sql: sqlPattern(FLOAT, true) },
  {
    type: 'date',
    matches: (text) => parseMoment(text)?.kind === 'date',
    sql: (text) =>
      `(regexp_full_match(${text}, '[0-9]{4}-[0-9]{2}-[0-9]{2}') AND TRY_CAST(${text} AS DATE) IS NOT NULL)`,
  },
  {
    type: 'time',
    matches: (text) => parseMoment(text)?.kind === 'time',
    sql: (text) => `regexp_full_match(${text}, '([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?')`,
  },
  {
    type: 'datetime',
    matches: (text) => parseMoment(text)?.kind === 'datetime',
    sql: (text) =>
      `(regexp_full_match(${text}, '[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?( ?Z|[+-][0-9]{2}(:?[0-9]{2})?)?') AND TRY_CAST(${text} AS TIMESTAMPTZ) IS NOT NULL)`,
  },
  { type: 'uuid', matches: (text) => UUID.test(text), sql: sqlPattern(UUID, true) },
  { type: 'json', matches: isJson, sql: (text) => `(${text}[1] IN ('[', '{') AND json_valid(${text}))` },
  { type: 'list', matches: isList },
];

/** Dates and times are told apart by one look at the text. */
const PLAIN_KINDS = KINDS.filter(({ type }) => !isMomentType(type));

function isJson(text: string): boolean {
  if (text[0] !== '[' && text[0] !== '{') return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Three elements or more of no more than three words each; two between bars or semicolons. */
function isList(text: string): boolean {
  for (const separator of ['|', ';', ',']) {
    const parts = text.split(separator);
    if (parts.length < (separator === ',' ? 3 : 2)) continue;
    if (parts.every((part) => part.trim() !== '' && part.trim().split(/\s+/).length <= 3)) return true;
  }
  return false;
}

export type TypeCounts = { -readonly [type in WrittenType]: number };

export function noCounts(): TypeCounts {
  return { boolean: 0, integer: 0, decimal: 0, float: 0, date: 0, time: 0, datetime: 0, uuid: 0, json: 0, list: 0 };
}

/** Rows whose value is written like one of each type. */
export function countTypes(values: readonly { trimmed: string; count: number }[]): TypeCounts {
  const counts = noCounts();
  for (const { trimmed, count } of values) {
    for (const { type, matches } of PLAIN_KINDS) if (matches(trimmed)) counts[type] += count;
    const kind = parseMoment(trimmed)?.kind;
    if (kind === 'date' || kind === 'time' || kind === 'datetime') counts[kind] += count;
  }
  return counts;
}

export function addCounts(a: TypeCounts, b: TypeCounts): TypeCounts {
  const sum = noCounts();
  for (const { type } of KINDS) sum[type] = a[type] + b[type];
  return sum;
}

/** Whether a text is a value of a type. */
export function isOfType(text: string, type: ColumnType): boolean {
  return KINDS.find((kind) => kind.type === type)?.matches(text) ?? type === 'text';
}

/**
 * The type that most values have, if their share reaches the threshold; of two with as many the more specific one.
 * `values` are all that are not missing, also by a word for it.
 */
export function chooseType(counts: TypeCounts, values: number, threshold: number): ColumnType {
  if (values === 0) return 'text';
  let best: { type: ColumnType; count: number } | undefined;
  for (const { type } of KINDS) {
    const count = counts[type];
    if (count / values >= threshold && count > (best?.count ?? 0)) best = { type, count };
  }
  return best?.type ?? 'text';
}

/** The same for a handful of texts; 'text' where none fits nearly all. */
export function typeOfTexts(texts: readonly string[], threshold = 0.95): ColumnType {
  const counts = countTypes(texts.map((text) => ({ trimmed: text, count: 1 })));
  counts.list = 0;
  return chooseType(counts, texts.length, threshold);
}

export const isNumberType = (type: ColumnType) => type === 'integer' || type === 'decimal' || type === 'float';

export function isMomentType(type: ColumnType): boolean {
  return type === 'date' || type === 'datetime' || type === 'time';
}
