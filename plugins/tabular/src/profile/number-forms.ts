/** Numbers that are not written plainly: with thousands, a currency, a unit, a percent sign, parentheses. Pure. */
import type { ProfileNumbers } from '../documents.generated.ts';
import { ratio } from './numbers.ts';
import { countWhere, type Numbers, quantiles, toNumbers } from './numeric-facts.ts';
import { LIMITS } from './options.ts';
import { unitOf } from './units.ts';
import { compareText, cut, rowsOf, type Value } from './values.ts';

interface Written {
  readonly prefix: string;
  readonly suffix: string;
  readonly digits: string;
  readonly negative: boolean;
  readonly parentheses: boolean;
}

const AROUND =
  /^([^\d.,()+-]{0,5}?)\s*([+-]?)\s*([^\d.,()+-]{0,5}?)(\d[\d.,' \u00a0\u202f]*|[.,]\d+)\s*([^\d\s][^\d]{0,20})?$/u;
const PLAIN = /^[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
/** Of all values, to be worth a section. */
const SHARE_MIN = 0.02;
/** Different numbers beside a word that is no unit. */
const NUMBERS_MIN = 3;

/** Undefined where no more values than `shareMin` are numbers with something around them. `total` are all values. */
export function numberForms(values: readonly Value[], total: number, shareMin = SHARE_MIN): ProfileNumbers | undefined {
  const plain: { value: number; count: number; digits: string }[] = [];
  const read: { value: Value; form: Written }[] = [];
  let leadingZero = 0;
  for (const value of values) {
    const { trimmed, count } = value;
    if (PLAIN.test(trimmed)) plain.push({ value: Number(trimmed), count, digits: trimmed });
    else if (/^0\d+$/.test(trimmed)) leadingZero += count;
    else {
      const form = readNumber(trimmed);
      if (form) read.push({ value, form });
    }
  }
  const written = withoutNames(read);
  const affixed = rowsOf(written.map(({ value }) => value));
  if ((affixed === 0 && leadingZero === 0) || affixed + leadingZero < shareMin * total) return undefined;
  const signs = decideSigns(written);
  const groups = new Map<string, { value: Value; form: Written }[]>();
  for (const one of written) {
    const key = `${one.form.prefix}\0${one.form.suffix}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const forms = [...groups.values()]
    .map((members) => ({ members, count: rowsOf(members.map(({ value }) => value)) }))
    .sort((a, b) => b.count - a.count || compareText(keyOf(a.members), keyOf(b.members)));
  const parsed = (members: typeof written) =>
    toNumbers(members.map(({ value, form }) => ({ value: toNumber(form, signs), count: value.count })));
  const plainNumbers = toNumbers(plain);
  const all = [...plainNumbers.values, ...parsed(written).values];
  const sum = (holds: (form: Written) => boolean) =>
    rowsOf(written.filter(({ form }) => holds(form)).map(({ value }) => value));
  return {
    plain: plainNumbers.total,
    affixed,
    share: ratio(plainNumbers.total + affixed, total),
    type: all.every(Number.isInteger) ? 'integer' : 'decimal',
    forms: forms.slice(0, LIMITS.forms).map(({ members, count }) => {
      const { prefix = '', suffix = '' } = members[0]?.form ?? {};
      const unit = unitOf(suffix) ?? prefixUnit(prefix);
      return {
        prefix,
        suffix,
        unit: unit?.unit ?? null,
        dimension: unit?.dimension ?? null,
        factor: unit?.factor ?? null,
        count,
        share: ratio(count, total),
        median: quantiles(parsed(members))(0.5),
        example: cut(members[0]?.value.trimmed ?? ''),
      };
    }),
    forms_left_out: {
      entries: Math.max(0, forms.length - LIMITS.forms),
      count: rowsOf(forms.slice(LIMITS.forms)),
    },
    ...signs,
    ambiguous: sum(({ digits }) => signs.decimal === null && isAmbiguous(digits)),
    grouped: signs.thousands === null ? 0 : sum(({ digits }) => digits.includes(signs.thousands ?? '')),
    groupable: countWhere(plainNumbers, isGroupable) + sum((form) => isGroupable(toNumber(form, signs))),
    parentheses: sum(({ parentheses }) => parentheses),
    parentheses_within: sum((form) => form.parentheses && isWithin(Math.abs(toNumber(form, signs)), plainNumbers)),
    percent: sum(({ suffix }) => suffix === '%'),
    leading_zero: leadingZero,
    plain_median: plainNumbers.total === 0 ? null : quantiles(plainNumbers)(0.5),
    plain_range:
      plainNumbers.total === 0 ? null : { p05: quantiles(plainNumbers)(0.05), p95: quantiles(plainNumbers)(0.95) },
    fractions: fractions([
      ...plain.map(({ digits, count }) => ({ digits, count, sign: '.' })),
      ...written.map(({ value, form }) => ({ digits: form.digits, count: value.count, sign: signs.decimal ?? '.' })),
    ]),
  };
}

function isGroupable(number: number): boolean {
  return Math.abs(number) >= 1000;
}

function isWithin(number: number, { values }: Numbers): boolean {
  return number >= (values[0] ?? Number.POSITIVE_INFINITY) && number <= (values.at(-1) ?? Number.NEGATIVE_INFINITY);
}

function fractions(
  numbers: readonly { readonly digits: string; readonly count: number; readonly sign: string }[],
): ProfileNumbers['fractions'] {
  const facts = { count: 0, zero: 0, padded: 0, longest: 0 };
  for (const { digits, count, sign } of numbers) {
    const at = digits.lastIndexOf(sign);
    const fraction = at < 0 ? '' : digits.slice(at + 1);
    if (fraction === '') continue;
    facts.count += count;
    if (fraction === '0') facts.zero += count;
    else if (fraction.endsWith('0')) facts.padded += count;
    facts.longest = Math.max(facts.longest, fraction.length);
  }
  return facts;
}

/** A word that is no unit has to stand beside several numbers: `12 Main Street` is no amount. */
function withoutNames(read: readonly { value: Value; form: Written }[]): { value: Value; form: Written }[] {
  const beside = new Map<string, Set<string>>();
  for (const { form } of read) {
    const key = `${form.prefix}\0${form.suffix}`;
    beside.set(key, (beside.get(key) ?? new Set()).add(form.digits));
  }
  return read.filter(({ form: { prefix, suffix } }) => {
    if (!/\p{L}/u.test(`${prefix}${suffix}`) || unitOf(suffix) || prefixUnit(prefix)) return true;
    return (beside.get(`${prefix}\0${suffix}`)?.size ?? 0) >= NUMBERS_MIN;
  });
}

/** Units stand after numbers, currencies before them too. */
function prefixUnit(prefix: string) {
  const unit = unitOf(prefix);
  return unit?.dimension === 'currency' ? unit : undefined;
}

const keyOf = (members: readonly { form: Written }[]) => `${members[0]?.form.prefix}\0${members[0]?.form.suffix}`;

function readNumber(text: string): Written | undefined {
  if (text.length > 40 || !/\d/.test(text)) return undefined;
  const inside = /^\((.*)\)$/.exec(text)?.[1];
  const match = AROUND.exec(inside ?? text);
  if (!match) return undefined;
  const [, first = '', sign = '', second = '', raw = '', after = ''] = match;
  const digits = raw.trim().replace(/[\u00a0\u202f]/g, ' ');
  if (!isGrouped(digits)) return undefined;
  const prefix = `${first}${second}`.trim();
  const suffix = after.trim();
  // A letter right before a digit is a code, and so is a word that is no unit of a number with leading zeros.
  if (/\p{L}$/u.test(prefix) && unitOf(prefix)?.dimension !== 'currency') return undefined;
  if (/^0\d/.test(digits)) return undefined;
  if (suffix !== '' && !/^[^\p{L}]{0,2}$|^\p{L}[\p{L}.³²°/ "'-]*$|^°/u.test(suffix)) return undefined;
  return { prefix, suffix, digits, negative: sign === '-' || inside !== undefined, parentheses: inside !== undefined };
}

/** One sign at most before the fraction, and groups of three. */
function isGrouped(digits: string): boolean {
  return (
    /^\d+([.,]\d*)?$|^[.,]\d+$/.test(digits) ||
    /^\d{1,3}(,\d{3})+(\.\d*)?$|^\d{1,3}(\.\d{3})+(,\d*)?$|^\d{1,3}( \d{3})+([.,]\d*)?$|^\d{1,3}('\d{3})+([.,]\d*)?$/.test(
      digits,
    ) ||
    /^\d{1,3}(,\d{2})*,\d{3}(\.\d*)?$/.test(digits)
  );
}

function isAmbiguous(digits: string): boolean {
  return /^\d{1,3}[.,]\d{3}$/.test(digits);
}

/** From the values that can be read in one way only. */
function decideSigns(
  written: readonly { value: Value; form: Written }[],
): Pick<ProfileNumbers, 'decimal' | 'thousands'> {
  const votes = { '.': 0, ',': 0 };
  const groups = new Map<',' | '.' | ' ' | "'", number>();
  const group = (sign: ',' | '.' | ' ' | "'", count: number) => groups.set(sign, (groups.get(sign) ?? 0) + count);
  for (const { value, form } of written) {
    const { digits } = form;
    if (isAmbiguous(digits)) continue;
    if (/ /.test(digits)) group(' ', value.count);
    if (/'/.test(digits)) group("'", value.count);
    if (/,.*,|,.*\./.test(digits)) group(',', value.count);
    if (/\..*\.|\..*,/.test(digits)) group('.', value.count);
    const last = /[.,](?=\d*$)/.exec(digits)?.[0] as '.' | ',' | undefined;
    if (last && digits.indexOf(last) === digits.lastIndexOf(last)) votes[last] += value.count;
    else if (last) votes[last === '.' ? ',' : '.'] += value.count;
  }
  const isOpen = written.some(({ form }) => isAmbiguous(form.digits));
  const decimal = votes['.'] > votes[','] ? '.' : votes[','] > votes['.'] ? ',' : null;
  const best = [...groups].sort(([a, n], [b, m]) => m - n || compareText(a, b))[0]?.[0];
  const other = decimal === '.' ? ',' : decimal === ',' ? '.' : undefined;
  const usesOther =
    isOpen &&
    written.some(({ form }) => other !== undefined && isAmbiguous(form.digits) && form.digits.includes(other));
  return { decimal, thousands: best ?? (usesOther ? (other ?? null) : null) };
}

/** Where no value decides, a comma is between thousands. */
function toNumber({ digits, negative }: Written, { decimal }: Pick<ProfileNumbers, 'decimal'>): number {
  const plain = decimal === ',' ? digits.replace(/[. ']/g, '').replace(',', '.') : digits.replace(/[, ']/g, '');
  return (negative ? -1 : 1) * Number(plain);
}
