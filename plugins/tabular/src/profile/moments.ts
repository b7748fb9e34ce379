/** Dates and times in many ways of writing. Pure; English names of months and days. */

export type MomentKind = 'date' | 'time' | 'datetime' | 'month' | 'partial';

export interface Moment {
  readonly kind: MomentKind;
  /** As `strptime` writes it, the month before the day where both may be. */
  readonly format: string;
  /** The same with the day first; undefined where the order is clear. */
  readonly dayFirstFormat: string | undefined;
  readonly iso: boolean;
  /** Whether only one order makes a date. */
  readonly proof: 'day_first' | 'month_first' | undefined;
  readonly twoDigitYear: boolean;
  readonly year: number | undefined;
  /** In the order of the format with the month first. */
  readonly month: number | undefined;
  readonly day: number | undefined;
  /** Seconds since midnight; undefined for a date alone. */
  readonly seconds: number | undefined;
  /** Minutes east of UTC; undefined without a zone. */
  readonly zone: number | undefined;
}

interface DatePart {
  readonly kind: 'date' | 'month' | 'partial';
  readonly format: string;
  readonly iso: boolean;
  readonly year?: number;
  readonly month?: number;
  readonly day?: number;
  readonly twoDigitYear?: boolean;
  /** `month` and `day` may be the other way round. */
  readonly open?: boolean;
}

const MONTHS = 'january february march april may june july august september october november december'.split(' ');
const DAYS = 'monday tuesday wednesday thursday friday saturday sunday'.split(' ');
const NAME = '([A-Za-z]{3,9})\\.?';
/** Years of two digits up to this are of this century. */
const PIVOT = 68;

/** A way of writing a date; adding one is an entry here. */
interface DateForm {
  readonly pattern: RegExp;
  readonly read: (part: readonly string[]) => DatePart | undefined;
}

const DATE_FORMS: readonly DateForm[] = [
  {
    pattern: /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})$/,
    read: ([year, sign, month, day]) => ({
      kind: 'date',
      format: `%Y${sign}%m${sign}%d`,
      iso: sign === '-' && month?.length === 2 && day?.length === 2,
      year: Number(year),
      month: Number(month),
      day: Number(day),
    }),
  },
  {
    pattern: /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})$/,
    read: ([first, sign, second, year]) => openDate(`%m${sign}%d${sign}%Y`, first, second, Number(year), false),
  },
  {
    // With points, only in full: `1.2.03` is a version as well.
    pattern: /^(\d{1,2})([-/])(\d{1,2})\2(\d{2})$|^(\d{2})(\.)(\d{2})\.(\d{2})$/,
    read: (part) => {
      const [first, sign, second, year] = part.filter((one) => one !== undefined);
      return openDate(`%m${sign}%d${sign}%y`, first, second, fullYear(year), true);
    },
  },
  {
    pattern: new RegExp(`^(\\d{1,2})(?:st|nd|rd|th)?([-/ ])${NAME}([-/ ]|, )(\\d{4}|\\d{2})$`),
    read: ([day, sign, name = '', second, year]) =>
      named(name, (month, code) => ({
        kind: 'date',
        format: `%d${sign}${code}${second}${year?.length === 4 ? '%Y' : '%y'}`,
        iso: false,
        month,
        day: Number(day),
        ...yearOf(year),
      })),
  },
  {
    pattern: new RegExp(`^${NAME}([- ])(\\d{1,2})(?:st|nd|rd|th)?(, ?| |-)(\\d{4})$`),
    read: ([name = '', sign, day, second, year]) =>
      named(name, (month, code) => ({
        kind: 'date',
        format: `${code}${sign}%d${second}%Y`,
        iso: false,
        month,
        day: Number(day),
        year: Number(year),
      })),
  },
  {
    pattern: new RegExp(`^${NAME}(-|'|, | )(\\d{4}|\\d{2})$`),
    read: ([name = '', sign, year]) =>
      named(name, (month, code) => ({
        kind: year?.length === 2 && sign === ' ' ? 'partial' : 'month',
        format: year?.length === 2 && sign === ' ' ? `${code} %d` : `${code}${sign}${year?.length === 4 ? '%Y' : '%y'}`,
        iso: false,
        month,
        ...(year?.length === 2 && sign === ' ' ? { day: Number(year) } : yearOf(year)),
      })),
  },
  {
    pattern: new RegExp(`^(\\d{1,2})([- ])${NAME}$|^${NAME} (\\d)$`),
    read: ([day, sign, name, first, single]) =>
      named(name ?? first ?? '', (month, code) => ({
        kind: 'partial',
        format: name === undefined ? `${code} %d` : `%d${sign}${code}`,
        iso: false,
        month,
        day: Number(day ?? single),
      })),
  },
  {
    pattern: /^(\d{4})([-/])(\d{2})$/,
    read: ([year, sign, month]) => ({
      kind: 'month',
      format: `%Y${sign}%m`,
      iso: sign === '-',
      year: Number(year),
      month: Number(month),
    }),
  },
];

const WEEKDAY = /^([A-Za-z]{3,9})(\.?,? +)(?=[A-Za-z\d])/;
const TIME = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:([.,])(\d{1,9}))?)?(?:( ?)([AaPp])(\.?)[Mm]\.?)?$/;
const TIME_AT_START = /^(\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?: ?[AaPp]\.?[Mm]\.?)?) +(?=[A-Za-z\d])/;
const DATE_THEN_TIME = /^(.*?[A-Za-z\d])(T|, | +)(\d{1,2}:\d{2}.*)$/;
const ZONE = /( ?)(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)$/;
/** Cheap, and true for all that can be one. */
const MAY_BE = /^(?=.*\d)[A-Za-z\d][A-Za-z\d :/.,'+-]{2,39}$/;

export function parseMoment(text: string): Moment | undefined {
  if (text.length > 40 || !MAY_BE.test(text)) return undefined;
  const time = parseTime(text);
  if (time) return moment(undefined, time, time.format);
  const date = parseDate(text);
  if (date) return moment(date, undefined, date.format);
  const parts = DATE_THEN_TIME.exec(text);
  if (parts) {
    const [, day = '', sign = '', rest = ''] = parts;
    const before = parseDate(day);
    const after = before && parseTime(rest);
    if (before && after) return moment(before, after, `${before.format}${sign}${after.format}`);
  }
  const turned = TIME_AT_START.exec(text);
  if (turned) {
    const before = parseTime(turned[1] ?? '');
    const after = before && parseDate(text.slice(turned[0].length));
    if (before && after) return moment(after, before, `${before.format} ${after.format}`);
  }
  return undefined;
}

interface TimePart {
  readonly format: string;
  readonly iso: boolean;
  readonly seconds: number;
  readonly zone: number | undefined;
}

function parseTime(text: string): TimePart | undefined {
  const zone = ZONE.exec(text);
  const match = TIME.exec(zone ? text.slice(0, zone.index) : text);
  if (!match) return undefined;
  const [, hour = '', minute = '', second, point, fraction, space, half, dot] = match;
  const isTwelve = half !== undefined;
  const h = Number(hour);
  if (isTwelve ? h < 1 || h > 12 : h > 23) return undefined;
  if (Number(minute) > 59 || Number(second ?? 0) > 60) return undefined;
  const full = isTwelve ? (h % 12) + (half.toLowerCase() === 'p' ? 12 : 0) : h;
  return {
    format: `${isTwelve ? '%I' : '%H'}:%M${second === undefined ? '' : ':%S'}${fraction === undefined ? '' : `${point}%f`}${isTwelve ? `${space}%p${dot === '.' ? ' (with points)' : ''}` : ''}${zone ? `${zone[1]}%z` : ''}`,
    iso: !isTwelve && hour.length === 2 && point !== ',',
    seconds: full * 3600 + Number(minute) * 60 + Number(second ?? 0) + Number(`0.${fraction ?? 0}`),
    zone: zone ? minutesOf(zone[2] ?? '') : undefined,
  };
}

function minutesOf(zone: string): number {
  const match = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone);
  if (!match) return 0;
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3] ?? 0));
}

function parseDate(text: string): DatePart | undefined {
  for (const { pattern, read } of DATE_FORMS) {
    const match = pattern.exec(text);
    const part = match && read(match.slice(1));
    if (part && isReal(part)) return part;
  }
  const weekday = WEEKDAY.exec(text);
  if (!weekday) return undefined;
  const [all, name = '', sign] = weekday;
  const lower = name.toLowerCase();
  const isFull = DAYS.includes(lower);
  if (!isFull && !DAYS.some((day) => day.startsWith(lower) && lower.length <= 5)) return undefined;
  const rest = parseDate(text.slice(all.length));
  return rest && { ...rest, iso: false, format: `${isFull ? '%A' : '%a'}${sign}${rest.format}` };
}

function isReal({ kind, year, month, day, open }: DatePart): boolean {
  if (month === undefined || (year !== undefined && (year < 1 || year > 9999))) return false;
  if (kind === 'month') return month >= 1 && month <= 12 && (year === undefined || year >= 1000);
  if (day === undefined) return false;
  return isDay(year, month, day) || (open === true && isDay(year, day, month));
}

function isDay(year: number | undefined, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  const leap = year === undefined || (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0));
  return day <= ([31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0);
}

function moment(date: DatePart | undefined, time: TimePart | undefined, format: string): Moment {
  const { year, month, day } = date ?? {};
  const monthFirst = month !== undefined && day !== undefined && isDay(year, month, day);
  const dayFirst = month !== undefined && day !== undefined && isDay(year, day, month);
  const isOpen = date?.open === true;
  return {
    kind: date === undefined ? 'time' : time === undefined || date.kind === 'partial' ? date.kind : 'datetime',
    format,
    dayFirstFormat: isOpen ? format.replace('%m', '%\0').replace('%d', '%m').replace('%\0', '%d') : undefined,
    iso: (date?.iso ?? true) && (time?.iso ?? true),
    proof: !isOpen || monthFirst === dayFirst ? undefined : dayFirst ? 'day_first' : 'month_first',
    twoDigitYear: date?.twoDigitYear === true,
    year,
    month,
    day,
    seconds: time?.seconds,
    zone: time?.zone,
  };
}

/** Milliseconds since 1970 in UTC; undefined where it has no year, or its day and month are open and not decided. */
export function millisecondsOf(parsed: Moment, dayFirst: boolean | undefined): number | undefined {
  const { year, month = 1, day = 1, seconds = 0, zone = 0, dayFirstFormat, proof } = parsed;
  if (parsed.kind === 'time') return seconds * 1000;
  if (year === undefined) return undefined;
  let turned = false;
  if (dayFirstFormat !== undefined) {
    if (proof !== undefined) turned = proof === 'day_first';
    else if (month !== day) {
      if (dayFirst === undefined) return undefined;
      turned = dayFirst;
    }
  }
  const date = new Date(0);
  date.setUTCFullYear(year, (turned ? day : month) - 1, turned ? month : day);
  return date.getTime() + Math.round(seconds * 1000) - zone * 60_000;
}

function openDate(
  format: string,
  first: string | undefined,
  second: string | undefined,
  year: number,
  twoDigitYear: boolean,
): DatePart {
  return {
    kind: 'date',
    format,
    iso: false,
    month: Number(first),
    day: Number(second),
    year,
    twoDigitYear,
    open: true,
  };
}

function named(name: string, make: (month: number, code: '%b' | '%B') => DatePart): DatePart | undefined {
  const lower = name.toLowerCase();
  const at = MONTHS.findIndex(
    (month) => month === lower || month.slice(0, 3) === lower || (lower === 'sept' && month === 'september'),
  );
  return at < 0 ? undefined : make(at + 1, MONTHS[at] === lower && lower.length > 3 ? '%B' : '%b');
}

function fullYear(year: string | undefined): number {
  const short = Number(year);
  return short <= PIVOT ? 2000 + short : 1900 + short;
}

function yearOf(year: string | undefined): { year: number; twoDigitYear: boolean } {
  return year?.length === 2
    ? { year: fullYear(year), twoDigitYear: true }
    : { year: Number(year), twoDigitYear: false };
}
