/** What values mean. Adding a meaning is one entry of `MEANINGS`. Pure. */
import type { ProfileSemantic } from '../documents.generated.ts';
import { isEan, isIban, isIsbn, isIssn, passesLuhn } from './check-digits.ts';
import { type ColumnType, isMomentType, isNumberType } from './kinds.ts';
import { parseMoment } from './moments.ts';
import { ratio } from './numbers.ts';
import { unusual } from './standard-forms.ts';
import { unitOf } from './units.ts';
import { cut, rowsOf, type Value } from './values.ts';
import { COUNTRIES, COUNTRY_CODES, LANGUAGES, STREET_WORDS, US_STATE_CODES, US_STATES } from './vocabularies.ts';

interface Meaning {
  readonly type: string;
  /** For a value without spaces around it; which kind it is where there are several, else true. */
  readonly is: (text: string) => boolean | string | undefined;
  /** Names of columns that say so, in words with `_` between them. */
  readonly name?: RegExp;
  /** What is only meant where the name of the column says so. */
  readonly needsName?: boolean;
  /** Of all values; the param where there is none. */
  readonly share?: number;
  /** Columns of these types only. */
  readonly types?: (type: ColumnType) => boolean;
}

const isText = (type: ColumnType) => !isNumberType(type) && !isMomentType(type);
const isWhole = (type: ColumnType) => type === 'integer' || type === 'text';
const inSet = (words: ReadonlySet<string>) => (text: string) => words.has(text.toLowerCase());
const between = (low: number, high: number) => (text: string) =>
  /^-?\d+(\.\d+)?$/.test(text) && Number(text) >= low && Number(text) <= high;

const EMAIL =
  /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?=.{1,255}$)([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/;
const DOMAIN =
  /^(?=.{4,253}$)([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+(?!(csv|txt|pdf|jpe?g|png|gif|html?|json|xlsx?|docx?|py|js|ts|zip|exe)$)[A-Za-z]{2,24}$/;
const URL_FORM = /^(https?|ftp|mailto|file|s3):(\/\/)?[^\s]+$|^www\.[^\s.]+\.[^\s]+$/i;
const IP4 = /^((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/;
const IP6 = /^(?=.*:.*:)([0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}$/i;
const HASHES: { readonly [length: number]: string } = {
  32: 'md5',
  40: 'sha1',
  56: 'sha224',
  64: 'sha256',
  96: 'sha384',
  128: 'sha512',
};
const POSTAL: readonly (readonly [string, RegExp])[] = [
  ['us', /^\d{5}(-\d{4})?$/],
  ['uk', /^[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}$/i],
  ['ca', /^[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] ?\d[ABCEGHJ-NPRSTV-Z]\d$/i],
  ['nl', /^[1-9]\d{3} ?[A-Z]{2}$/],
  ['4_digits', /^\d{4}$/],
  ['6_digits', /^\d{6}$/],
];
const MONTHS = new Set(
  'january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec'.split(
    ' ',
  ),
);
const WEEKDAYS = new Set(
  'monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun'.split(' '),
);
const PERSON =
  /^(?:(?:mr|mrs|ms|dr|prof)\.? )?\p{Lu}[\p{L}'’-]+(?:,? (?:\p{Lu}\.?|\p{Lu}[\p{L}'’-]+|de|van|von|der|den|la|le|da|di|bin)){1,4}(?:,? (?:jr|sr|ii|iii|iv)\.?)?$/iu;
const COMPANY =
  /\b(inc|llc|ltd|limited|gmbh|corp|corporation|co|company|plc|ag|bv|sa|srl|pty|group|holdings|& sons|bank|associates|partners)\.?$/i;

/** Best first where several fit as well. */
const MEANINGS: readonly Meaning[] = [
  { type: 'email', is: (text) => EMAIL.test(text) && !/\.\.|^\.|\.@/.test(text), name: /e_?mail/ },
  { type: 'url', is: (text) => URL_FORM.test(text), name: /url|website|link|href|homepage/ },
  { type: 'ip', is: (text) => (IP4.test(text) ? 'v4' : IP6.test(text) ? 'v6' : undefined), name: /(^|_)ip/ },
  { type: 'uuid', is: (text) => /^\{?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?$/i.test(text), name: /uuid|guid/ },
  { type: 'domain', is: (text) => DOMAIN.test(text), name: /domain|host/, types: isText },
  { type: 'mac', is: (text) => /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(text), name: /(^|_)mac/ },
  { type: 'iban', is: isIban, name: /iban/ },
  {
    type: 'credit_card',
    is: (text) => /^[3-6]\d{3}([ -]?\d{4}){2}[ -]?\d{1,7}$/.test(text) && passesLuhn(text),
    name: /card|credit/,
  },
  { type: 'isbn', is: isIsbn, name: /isbn/, share: 0.95 },
  { type: 'issn', is: isIssn, name: /issn/ },
  { type: 'ean', is: isEan, name: /ean|upc|gtin|barcode/, share: 0.98 },
  {
    type: 'hash',
    is: (text) =>
      /^[0-9a-f]+$/i.test(text) && /\d/.test(text) && /[a-f]/i.test(text) ? HASHES[text.length] : undefined,
    name: /hash|sha|md5|digest|checksum/,
  },
  { type: 'colour', is: (text) => /^#([0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})$/i.test(text), name: /colou?r/ },
  {
    type: 'coordinates',
    is: (text) => /^\(?-?\d{1,2}\.\d+°?,? ?-?\d{1,3}\.\d+°?\)?$/.test(text),
    name: /coord|geo|lat_?lon|location/,
    types: isText,
  },
  { type: 'percentage', is: (text) => /^[+-]?[\d.,]+ ?(%|percent|pct)$/i.test(text), name: /percent|pct|rate|share/ },
  {
    type: 'currency_amount',
    is: (text) => amountUnit(text, true),
    name: /price|cost|amount|salary|fee|revenue|budget|gross|total/,
  },
  {
    type: 'quantity',
    is: (text) => amountUnit(text, false),
    name: /weight|height|length|width|size|volume|speed|duration|distance/,
  },
  {
    type: 'phone',
    is: phoneKind,
    name: /phone|mobile|(^|_)(tel|fax|cell)(_|$)/,
    types: (type) => isText(type) || type === 'integer',
  },
  { type: 'us_state_code', is: inSet(US_STATE_CODES), name: /state|province|region/, types: isText },
  { type: 'us_state', is: inSet(US_STATES), name: /state|province|region/, types: isText },
  { type: 'country', is: inSet(COUNTRIES), name: /country|nation|origin/, types: isText },
  { type: 'country_code', is: inSet(COUNTRY_CODES), name: /country|nation|iso/, types: isText },
  { type: 'language', is: inSet(LANGUAGES), name: /lang|locale/, types: isText },
  { type: 'month', is: inSet(MONTHS), name: /month/, types: isText },
  { type: 'weekday', is: inSet(WEEKDAYS), name: /day|dow/, types: isText },
  {
    type: 'month',
    is: between(1, 12),
    name: /(^|_)(month|mon|mm)(_|$)/,
    needsName: true,
    types: (type) => type === 'integer',
  },
  {
    type: 'year',
    is: (text) => /^(1[5-9]|20|21)\d\d$/.test(text),
    name: /year|(^|_)(yr|yyyy)(_|$)/,
    types: (type) => type === 'integer',
    share: 0.98,
  },
  { type: 'latitude', is: between(-90, 90), name: /(^|_)lat(itude)?(_|$)/, needsName: true },
  { type: 'longitude', is: between(-180, 180), name: /(^|_)(lon|lng|long)(gitude|itude)?(_|$)/, needsName: true },
  {
    type: 'postal_code',
    is: (text) => POSTAL.find(([, form]) => form.test(text))?.[0],
    name: /zip|postal|post_?code|plz/,
    needsName: true,
    types: (type) => isWhole(type) || type === 'list',
  },
  {
    type: 'postal_code',
    is: (text) => (/[A-Za-z]/.test(text) ? POSTAL.find(([, form]) => form.test(text))?.[0] : undefined),
    name: /zip|postal|post_?code/,
    types: isText,
    share: 0.95,
  },
  { type: 'address', is: isAddress, name: /addr|street/, types: isText, share: 0.7 },
  {
    type: 'company',
    is: (text) => COMPANY.test(text),
    name: /company|employer|organi[sz]ation|firm|vendor|brand|manufacturer/,
    types: isText,
    share: 0.5,
  },
  {
    type: 'person',
    is: (text) => PERSON.test(text),
    name: /(^|_)(name|author|person|employee|customer|contact|director|artist|player)(s|_|$)/,
    needsName: true,
    types: isText,
    share: 0.8,
  },
  {
    type: 'city',
    is: (text) => /^\p{L}[\p{L} .'’-]{1,40}$/u.test(text),
    name: /(^|_)(city|town|municipality|place)(_|$)/,
    needsName: true,
    types: isText,
  },
  {
    type: 'file_path',
    is: (text) =>
      /^([A-Za-z]:\\|\\\\|\.{0,2}\/)[^\s]+|^[\w .-]+\.(csv|txt|pdf|jpe?g|png|gif|json|xlsx?|docx?|zip|html?|xml|mp3|mp4)$/i.test(
        text,
      ),
    name: /path|file/,
    types: isText,
  },
];

/** Whether a value without spaces around it is one of that meaning. */
export function passes(meaning: string, text: string): boolean {
  return MEANINGS.some(({ type, is }) => type === meaning && Boolean(is(text)));
}

/** Meanings that the share of values pass, best first; and `identifier` for what tells rows apart. */
export function semanticTypes(
  name: string,
  type: ColumnType,
  values: readonly Value[],
  facts: { readonly total: number; readonly distinctness: number; readonly threshold: number },
): ProfileSemantic[] {
  const { total, distinctness, threshold } = facts;
  const words = wordsOf(name);
  const found: ProfileSemantic[] = [];
  if (total === 0) return found;
  for (const { type: meaning, is, name: pattern, needsName, share, types } of MEANINGS) {
    if (types && !types(type)) continue;
    const named = pattern?.test(words) === true;
    if (needsName && !named) continue;
    if (found.some((one) => one.type === meaning)) continue;
    const least = share ?? threshold;
    // A few values say early what cannot be.
    let failedCount = 0;
    const failed: Value[] = [];
    const kinds = new Map<string, number>();
    for (const value of values) {
      const kind = is(value.trimmed);
      if (kind === false || kind === undefined) {
        failed.push(value);
        failedCount += value.count;
        if (failedCount > (1 - least) * total) break;
      } else if (typeof kind === 'string') kinds.set(kind, (kinds.get(kind) ?? 0) + value.count);
    }
    if (failedCount > (1 - least) * total) continue;
    const detail = [...kinds].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))[0]?.[0] ?? null;
    found.push({
      type: meaning,
      count: total - failedCount,
      share: ratio(total - failedCount, total),
      named,
      distinct_failed: failed.length,
      failed: failed.slice(0, 10).map(({ text, count }) => ({ value: cut(text), count })),
      detail,
      unusual: unusual(meaning, detail, values),
    });
  }
  const isCompany = found.some((one) => one.type === 'company');
  const people = found.findIndex((one) => one.type === 'person');
  if (isCompany && people >= 0) found.splice(people, 1);
  const isName = /(^|_)(id|key|code|no|nr|number|uuid|index)$/.test(words);
  if (
    distinctness >= 0.98 &&
    isName &&
    (type === 'integer' || type === 'text' || type === 'uuid') &&
    rowsOf(values) > 1
  ) {
    found.push({
      type: 'identifier',
      count: total,
      share: 1,
      named: true,
      distinct_failed: 0,
      failed: [],
      detail: null,
      unusual: null,
    });
  }
  return found.sort((a, b) => Number(b.named) - Number(a.named));
}

/** `customerID` and `Customer Id` are `customer_id`. */
export function wordsOf(name: string): string {
  return name
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1_$2')
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '')
    .toLowerCase();
}

function amountUnit(text: string, currency: boolean): string | undefined {
  if (text.length > 30) return undefined;
  const match = /^\(?[+-]?([^\d.,\s+-]{1,5})?\s?[+-]?\d[\d.,' ]*\s?([^\d]{1,14})?\)?$/.exec(text);
  const unit = match && (unitOf(match[2]?.replace(/\)$/, '') ?? '') ?? unitOf(match[1] ?? ''));
  if (!unit || (unit.dimension === 'currency') !== currency || unit.unit === '%') return undefined;
  return unit.unit;
}

/** E.164 and the usual national ways of writing; digits alone are no phone number unless they are just ten. */
function phoneKind(text: string): string | undefined {
  const digits = text.replace(/\D/g, '');
  if (digits.length < 7 || digits.length > 15 || parseMoment(text)) return undefined;
  if (/^\+\d[\d ().-]{6,20}\d$/.test(text)) return 'international';
  if (/^(1[ .-]?)?\(?[2-9]\d{2}\)?[ ./-]?[2-9]\d{2}[ .-]?\d{4}( ?(x|ext\.?) ?\d{1,5})?$/i.test(text)) {
    return /^\d+$/.test(text) && digits.length !== 10 ? undefined : 'north_america';
  }
  return /^\(?0\d{1,4}\)?[ /.-]\d[\d .-]{4,12}\d$/.test(text) ? 'national' : undefined;
}

function isAddress(text: string): boolean {
  if (text.length > 120) return false;
  const words = text.toLowerCase().replace(/[.,#]/g, ' ').split(/\s+/);
  return (
    (/^\d+[a-z]?$/.test(words[0] ?? '') && words.length >= 2 && words.some((word) => STREET_WORDS.has(word))) ||
    /^p ?o box \d+/i.test(words.join(' '))
  );
}
