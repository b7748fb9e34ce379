/** Statistics of dates and times. Pure. */
import type { ProfileDatetime } from '../documents.generated.ts';
import { type Moment, millisecondsOf, parseMoment } from './moments.ts';
import { ratio, six } from './numbers.ts';
import { type Numbers, toNumbers } from './numeric-facts.ts';
import { LIMITS } from './options.ts';
import { add, compareText, cut, type Value } from './values.ts';

export interface DatetimeFacts {
  readonly facts: Omit<ProfileDatetime, 'monotonic'>;
  /** In days since 1970; not for times of day. */
  readonly days: Numbers;
  /** Days of a value; undefined where it has no one meaning. */
  readonly daysOf: (text: string) => number | undefined;
}

const DAY_MS = 86_400_000;
/** Of all values, to be worth a section. */
const SHARE_MIN = 0.05;

interface Parsed {
  readonly value: Value;
  readonly moment: Moment;
  readonly at: number | undefined;
}

/** Undefined where hardly any value is one. `total` are all values. */
export function datetimeFacts(values: readonly Value[], total: number): DatetimeFacts | undefined {
  const found = values.flatMap((value) => {
    const moment = parseMoment(value.trimmed);
    return moment ? [{ value, moment }] : [];
  });
  const count = found.reduce((sum, { value }) => sum + value.count, 0);
  if (count === 0 || count < SHARE_MIN * total) return undefined;
  const proofs = { day_first: 0, month_first: 0 };
  for (const { value, moment } of found) if (moment.proof) proofs[moment.proof] += value.count;
  const open = found.filter(({ moment }) => isOpen(moment));
  // One proof against many of the other kind is a mistake in that row; a few against a few decide nothing.
  const dayFirst = decide(proofs.day_first, proofs.month_first);
  const parsed: Parsed[] = found.map((one) => ({ ...one, at: millisecondsOf(one.moment, dayFirst) }));
  const known = parsed.filter(({ at }) => at !== undefined);
  const dates = known.filter(({ moment }) => moment.kind !== 'time');
  const timesOnly = dates.length === 0;
  const sorted = [...(timesOnly ? known : dates)].sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
  const min = sorted[0];
  const max = sorted.at(-1);
  const days = toNumbers(dates.map(({ at, value }) => ({ value: (at ?? 0) / DAY_MS, count: value.count })));
  return {
    days,
    daysOf: (text) => {
      const moment = parseMoment(text);
      const at = moment && moment.kind !== 'time' ? millisecondsOf(moment, dayFirst) : undefined;
      return at === undefined ? undefined : at / DAY_MS;
    },
    facts: {
      count,
      formats: formats(parsed, dayFirst, count),
      ambiguous: rows(open),
      day_first: dayFirst ?? null,
      day_first_proofs: proofs.day_first,
      month_first_proofs: proofs.month_first,
      parsed: rows(known),
      min: min ? isoOf(min) : null,
      max: max ? isoOf(max) : null,
      range_days: min && max && !timesOnly ? six(((max.at ?? 0) - (min.at ?? 0)) / DAY_MS) : null,
      with_zone: rows(found.filter(({ moment }) => moment.zone !== undefined)),
      midnight: rows(found.filter(({ moment }) => moment.kind === 'datetime' && moment.seconds === 0)),
      granularity: granularity(known),
      gaps: gaps(days),
    },
  };
}

function decide(dayFirst: number, monthFirst: number): boolean | undefined {
  if (dayFirst > 0 && monthFirst === 0) return true;
  if (monthFirst > 0 && dayFirst === 0) return false;
  return undefined;
}

function isOpen({ dayFirstFormat, proof, month, day }: Moment): boolean {
  return dayFirstFormat !== undefined && proof === undefined && month !== day;
}

const rows = (found: readonly { value: Value }[]) => found.reduce((sum, { value }) => sum + value.count, 0);

function formats(parsed: readonly Parsed[], dayFirst: boolean | undefined, count: number): ProfileDatetime['formats'] {
  const counts = new Map<string, number>();
  const firsts = new Map<string, Parsed>();
  const open = new Map<string, number>();
  for (const one of parsed) {
    const { moment, value } = one;
    const turned =
      moment.dayFirstFormat !== undefined &&
      (moment.proof === 'day_first' || (moment.proof === undefined && dayFirst === true));
    const format = turned ? (moment.dayFirstFormat ?? moment.format) : moment.format;
    add(counts, format, value.count);
    if (isOpen(moment)) add(open, format, value.count);
    if (!firsts.has(format)) firsts.set(format, one);
  }
  return [...counts]
    .sort(([a, n], [b, m]) => m - n || compareText(a, b))
    .slice(0, LIMITS.forms)
    .map(([format, rowCount]) => {
      const { moment, value } = firsts.get(format) as Parsed;
      return {
        format,
        kind: moment.kind,
        iso: moment.iso,
        count: rowCount,
        share: ratio(rowCount, count),
        ambiguous: open.get(format) ?? 0,
        two_digit_year: moment.twoDigitYear,
        example: cut(value.trimmed),
      };
    });
}

/** A date as `2024-01-31`, with its time in UTC where there is one; a time of day alone as it is. */
function isoOf({ at = 0, moment }: Parsed): string {
  const text = new Date(at).toISOString();
  if (moment.kind === 'time') return text.slice(11).replace(/\.000Z$|Z$/, '');
  if (moment.kind !== 'datetime') return text.slice(0, 10);
  return text.replace(/\.000Z$/, 'Z').replace(/Z$/, moment.zone === undefined ? '' : 'Z');
}

function granularity(known: readonly Parsed[]): ProfileDatetime['granularity'] {
  if (known.length === 0) return null;
  const some = (holds: (date: Date, moment: Moment) => boolean) =>
    known.some(({ at, moment }) => holds(new Date(at ?? 0), moment));
  if (some((date) => date.getUTCMilliseconds() > 0)) return 'fraction';
  if (some((date) => date.getUTCSeconds() > 0)) return 'second';
  if (some((date) => date.getUTCMinutes() > 0)) return 'minute';
  if (some((date) => date.getUTCHours() > 0)) return 'hour';
  if (some((date, { kind }) => kind !== 'time' && kind !== 'month' && date.getUTCDate() > 1)) return 'day';
  return some((date) => date.getUTCMonth() > 0) ? 'month' : 'year';
}

function gaps({ values }: Numbers): ProfileDatetime['gaps'] {
  const distances = new Map<number, number>();
  for (let at = 1; at < values.length; at++) add(distances, six((values[at] ?? 0) - (values[at - 1] ?? 0)), 1);
  if (values.length < 3) return { usual_days: null, longer: 0 };
  const [usual = 0] = [...distances].sort(([a, n], [b, m]) => m - n || a - b)[0] ?? [];
  let longer = 0;
  for (const [distance, count] of distances) if (distance > 1.5 * usual) longer += count;
  return { usual_days: usual, longer };
}
