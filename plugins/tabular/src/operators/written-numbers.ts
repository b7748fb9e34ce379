/** SQL that reads numbers with something around them, and writes them plainly. */
import type { ProfileColumn, ProfileNumbers } from '../documents.generated.ts';
import { SQL_SPACES } from '../profile/values.ts';
import type { TextFunctions } from '../table/functions.ts';
import { sqlText } from '../table/names.ts';

/** How numbers of a column are written. */
export interface NumberForm {
  /** Texts that may stand before or after a number, in any case. */
  readonly prefixes: readonly string[];
  readonly suffixes: readonly string[];
  readonly decimal: '.' | ',';
  /** Null where there are none. */
  readonly thousands: ',' | '.' | ' ' | "'" | null;
  /** The sign of a number in parentheses; undefined where that is none to read. */
  readonly parentheses: '-' | '' | undefined;
  /** Only numbers with one of the suffixes. */
  readonly needsSuffix?: boolean;
}

/** Digits as they are written, or the shortest that say the same. */
export type Digits = 'as_written' | 'shortest';

export const DIGITS_PARAM = {
  description:
    '`as_written`: `12.0 oz` becomes `12.0`. `shortest`: `12`, and `0.056` where a computer wrote `0.055999999999999994`.',
  enum: ['as_written', 'shortest'],
};

const SPACES = '[\\s\\x{00A0}\\x{202F}]*';

/** A number in SQL's regex, without its sign. */
function digitsPattern({ decimal, thousands }: NumberForm): string {
  const point = decimal === '.' ? '\\.' : ',';
  const fraction = `(?:${point}[0-9]*)?`;
  const plain = `[0-9]+${fraction}|${point}[0-9]+`;
  if (thousands === null) return plain;
  const sign = { ',': ',', '.': '\\.', ' ': '[ \\x{00A0}\\x{202F}]', "'": "'" }[thousands];
  return `[0-9]{1,3}(?:${sign}[0-9]{3})+${fraction}|[0-9]{1,3}(?:${sign}[0-9]{2})+${sign}[0-9]{3}${fraction}|${plain}`;
}

function alternatives(texts: readonly string[]): string {
  const some = [...texts].filter((text) => text !== '').sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  return some.length === 0 ? '' : `(?i:${some.map(escaped).join('|')})`;
}

/** For the regexes of DuckDB. */
export function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&').replace(/\s+/g, '\\s+');
}

/**
 * `cell` as a plain number where it is one of these, with something around it or thousands in it; else as it is.
 * `write` makes the text of the cell out of that of the number. Nothing is read twice: a plain number stays; what is
 * no number at all is `otherwise`.
 */
export function plainNumber(
  cell: string,
  form: NumberForm,
  write: (number: string) => string,
  otherwise = cell,
): string {
  const before = alternatives(form.prefixes);
  const after = alternatives(form.suffixes);
  const prefix = before === '' ? '' : `(?:${before}${SPACES})?`;
  const suffix = after === '' ? '' : `(?:${SPACES}${after})${form.needsSuffix ? '' : '?'}`;
  const number = `${prefix}([+-]?)${SPACES}${prefix}(${digitsPattern(form)})${suffix}`;
  const trimmed = `trim(${cell}, ${SQL_SPACES})`;
  const matches = (pattern: string) => `regexp_full_match(${trimmed}, ${sqlText(pattern)})`;
  const group = (pattern: string, index: number) =>
    `regexp_extract(${trimmed}, ${sqlText(`^(?:${pattern})$`)}, ${index})`;
  const plain = (pattern: string, sign: string) => write(`${sign} || ${plainDigits(group(pattern, 2), form)}`);
  const signIn = (pattern: string) => `CASE WHEN ${group(pattern, 1)} = '-' THEN '-' ELSE '' END`;
  const cases = [`WHEN regexp_full_match(${trimmed}, ${sqlText(PLAIN)}) THEN ${cell}`];
  if (form.parentheses !== undefined) {
    // The currency may stand outside.
    const inside = `\\(${SPACES}${number}${SPACES}\\)`;
    const outside = `${prefix}([+-]?)\\(${SPACES}(${digitsPattern(form)})${SPACES}\\)${suffix}`;
    for (const pattern of [inside, outside]) {
      const inner = form.parentheses === '-' ? "'-'" : signIn(pattern);
      cases.push(`WHEN ${matches(pattern)} THEN ${plain(pattern, inner)}`);
    }
  }
  cases.push(`WHEN ${matches(number)} THEN ${plain(number, signIn(number))}`);
  return `CASE ${cases.join(' ')} ELSE ${otherwise} END`;
}

/** What is there already; with a comma for the decimal sign it is read as the others are. */
const PLAIN = '[+-]?(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)';

function plainDigits(digits: string, { decimal, thousands }: NumberForm): string {
  let plain = digits;
  if (thousands === ' ') plain = `regexp_replace(${plain}, '[ \\x{00A0}\\x{202F}]', '', 'g')`;
  else if (thousands !== null) plain = `replace(${plain}, ${sqlText(thousands)}, '')`;
  return decimal === ',' ? `replace(${plain}, ',', '.')` : plain;
}

/**
 * Which sign is which in a column; undefined where that cannot be told, or a point among plain numbers would be read
 * as something else than in the others.
 */
export function signsOf(
  { decimal, thousands, ambiguous }: ProfileNumbers,
  { type_counts: types }: Pick<ProfileColumn, 'type_counts'>,
): Pick<NumberForm, 'decimal' | 'thousands'> | undefined {
  const withPoint = types.decimal - types.integer;
  const usesComma = decimal === ',' || thousands === '.';
  if (withPoint > 0) return usesComma ? undefined : { decimal: '.', thousands: ambiguous > 0 ? ',' : thousands };
  if (decimal === null && ambiguous > 0) return undefined;
  return { decimal: usesComma ? ',' : '.', thousands };
}

/** Most digits after the sign that a person writes. */
const LONGEST = 14;

/**
 * A program wrote `12` as `12.0` where nearly all numbers are whole and yet have a fraction, and none is filled up to a
 * number of digits; and it added fractions up where there are more digits than anybody writes.
 */
export function digitsOf({ plain, affixed, fractions }: ProfileNumbers): Digits {
  const isDumped =
    fractions.count === plain + affixed && fractions.padded === 0 && fractions.zero >= 0.5 * fractions.count;
  return isDumped || fractions.longest > LONGEST ? 'shortest' : 'as_written';
}

/** Significant digits that are left of a number that a computer added up. */
const ROUND_DIGITS = 12;

/** `wr_times(number, factor)`: 15 significant digits and no more than it needs; more where all of them say something. */
export const NUMBER_FUNCTIONS: TextFunctions = {
  wr_times: (number, factor) => {
    if (number === null || factor === null) return number ?? null;
    const product = Number(number) * Number(factor);
    if (!Number.isFinite(product)) return number;
    const rounded = plainText(Number(product.toPrecision(15)));
    const digits = (text: string) => text.replace(/[-.]|^-?0\.0*/g, '').length;
    return Number(factor) === 1 && digits(rounded) > ROUND_DIGITS ? number : rounded;
  },
};

/** Without an exponent. */
function plainText(number: number): string {
  const text = String(number + 0);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (!match) return text;
  const [, sign = '', first = '', rest = '', exponent = '0'] = match;
  const digits = `${first}${rest}`;
  const point = 1 + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, '0').slice(0, point)}${digits.length > point ? `.${digits.slice(point)}` : ''}`;
}

/** Writes a number times `factor`, or as it stands where that is 1 and digits are to stay. */
export function written(digits: Digits, factor: number): (number: string) => string {
  return (number) => (digits === 'as_written' && factor === 1 ? number : `wr_times(${number}, '${factor}')`);
}
