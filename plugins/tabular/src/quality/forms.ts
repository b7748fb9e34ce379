/** Ways of writing values, as regular expressions of RE2 for whole values. Pure. */
import type { ProfileBoolean, ProfileColumn, ProfileDatetime } from '../documents.generated.ts';
import type { Form } from './rule.ts';

const NUMBERS: { readonly [type: string]: Form } = {
  integer: { name: 'whole numbers', regex: '[+-]?(0|[1-9][0-9]*)' },
  decimal: { name: 'numbers with a point', regex: '[+-]?((0|[1-9][0-9]*)(\\.[0-9]*)?|\\.[0-9]+)' },
  float: {
    name: 'numbers',
    regex: '(?i)[+-]?(((0|[1-9][0-9]*)(\\.[0-9]*)?|\\.[0-9]+)(e[+-]?[0-9]+)?|inf|infinity|nan)',
  },
};

const HEX = '[0-9a-fA-F]';
const UUID: Form = { name: 'UUIDs', regex: `\\{?${HEX}{8}-${HEX}{4}-${HEX}{4}-${HEX}{4}-${HEX}{12}\\}?` };

const DAY = '(0[1-9]|[12][0-9]|3[01])';
const MONTH = '(0[1-9]|1[0-2])';
const CLOCK = '([01][0-9]|2[0-3]):[0-5][0-9](:[0-6][0-9](\\.[0-9]{1,9})?)?';
const ISO: { readonly [kind: string]: Form } = {
  date: { name: 'YYYY-MM-DD', regex: `[0-9]{4}-${MONTH}-${DAY}` },
  time: { name: 'HH:MM', regex: CLOCK },
  datetime: {
    name: 'YYYY-MM-DD HH:MM',
    regex: `[0-9]{4}-${MONTH}-${DAY}[T ]${CLOCK}( ?Z|[+-][0-9]{2}(:?[0-9]{2})?)?`,
  },
};

/** Of the values in moments, for the rest to be told to be like them. */
const USUAL = 0.5;
/** Of all values, to be told that they are numbers with something around them. */
const NUMBERS_SHARE = 0.95;
const MOMENTS_SHARE = 0.9;
/** Digits that begin with 0 are codes. */
const CODES_SHARE = 0.02;

/** What the values of a column are to be written like; undefined where the column may have any text. */
export function typeForms(
  column: ProfileColumn,
): { readonly type: string; readonly forms: readonly Form[] } | undefined {
  const { type, numbers, datetime, boolean } = column;
  const number = NUMBERS[type];
  if (number) return { type, forms: [number] };
  if (type === 'uuid') return { type, forms: [UUID] };
  if (type === 'boolean' && boolean) return { type, forms: booleanForms(boolean) };
  if (datetime && (type === 'date' || type === 'time' || type === 'datetime')) {
    return { type, forms: momentForms(datetime, type) };
  }
  if (numbers && numbers.share >= NUMBERS_SHARE && numbers.leading_zero <= CODES_SHARE * column.values) {
    return { type: numbers.type, forms: [NUMBERS['decimal'] as Form] };
  }
  return undefined;
}

/** Forms of which one is enough for a column; fewer than two where there is no choice. */
export function rivalForms(column: ProfileColumn): readonly Form[] {
  const { type, datetime, boolean, values } = column;
  if (type === 'boolean' && boolean) return booleanForms(boolean);
  if (!datetime || datetime.count < MOMENTS_SHARE * values) return [];
  const known = datetime.formats.flatMap(({ format }) => formOf(format) ?? []);
  const kinds = new Set(datetime.formats.map(({ kind }) => kind));
  return unique([...known, ...[...kinds].flatMap((kind) => ISO[kind] ?? [])]);
}

/** ISO 8601 is always right, and so is what most values are written like. */
function momentForms({ formats }: ProfileDatetime, type: string): Form[] {
  const usual = formats.filter(({ share }) => share >= USUAL).flatMap(({ format }) => formOf(format) ?? []);
  return unique([...(ISO[type] ? [ISO[type]] : []), ...usual]);
}

/** `true` and `false`, and the words that most rows have. */
function booleanForms({ true_values: yes, false_values: no }: ProfileBoolean): Form[] {
  const words = [yes[0], no[0]].flatMap((one) => (one ? [one.value] : []));
  const used = new Set<string>();
  const pairs: Form[] = [];
  const add = (pair: readonly string[]) => {
    const name = pair.join(' and ');
    if (!used.has(name)) pairs.push({ name, regex: pair.map(escaped).join('|') });
    used.add(name);
  };
  add(['true', 'false']);
  add(words);
  return pairs;
}

function unique(forms: readonly Form[]): Form[] {
  return [...new Map(forms.map((form) => [form.regex, form])).values()];
}

const PARTS: { readonly [part: string]: string } = {
  '%Y': '[0-9]{4}',
  '%y': '[0-9]{2}',
  '%m': '(0?[1-9]|1[0-2])',
  '%d': '(0?[1-9]|[12][0-9]|3[01])(st|nd|rd|th)?',
  '%b': '[A-Za-z]{3,4}\\.?',
  '%B': '[A-Za-z]{3,9}',
  '%a': '[A-Za-z]{3,5}',
  '%A': '[A-Za-z]{6,9}',
  '%H': '([01]?[0-9]|2[0-3])',
  '%I': '(0?[1-9]|1[0-2])',
  '%M': '[0-5][0-9]',
  '%S': '[0-6][0-9]',
  '%f': '[0-9]{1,9}',
  '%p': '[AaPp][Mm]',
  '%z': '(Z|UTC|GMT|[+-][0-9]{2}(:?[0-9]{2})?)',
};
const WITH_POINTS = '%p (with points)';

/** Of a format as a profile writes it; undefined where it has a part that is not known. */
function formOf(format: string): Form | undefined {
  let regex = '';
  for (let at = 0; at < format.length; ) {
    if (format.startsWith(WITH_POINTS, at)) {
      regex += '[AaPp]\\.[Mm]\\.?';
      at += WITH_POINTS.length;
    } else if (format[at] === '%') {
      const part = PARTS[format.slice(at, at + 2)];
      if (part === undefined) return undefined;
      regex += part;
      at += 2;
    } else {
      regex += escaped(format[at] ?? '');
      at++;
    }
  }
  return { name: format, regex };
}

/** Formats that `strptime` of DuckDB can read. */
export function readableFormats(column: ProfileColumn): string[] {
  return (column.datetime?.formats ?? []).flatMap(({ format }) => (format.includes(WITH_POINTS) ? [] : [format]));
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
