/** `standardise_date`: dates and times in ISO 8601. What may be read in two ways stays as it is. */
import type { ProfileColumn, ProfileDatetime } from '../documents.generated.ts';
import { isNumberType } from '../profile/kinds.ts';
import { type Moment, parseMoment } from '../profile/moments.ts';
import { trimSpaces } from '../profile/values.ts';
import { sqlText } from '../table/names.ts';
import { above, atLeast, atMost, type CellProposal, defineCellOperator, shareOf } from './cell-operator.ts';
import { unlessOwnForm } from './own-form.ts';
import { named, shown, times } from './words.ts';

interface Params {
  readonly in_formats: readonly string[];
  readonly day_first: boolean | null;
  readonly pivot: number;
  readonly separator: 'T' | ' ';
}

const SHARE_MIN = 0.9;
/** Years of two digits up to this are of this century, as `strptime` has it. */
const PIVOT = 68;
/** Of the dates, that may stay as they are. */
const AMBIGUOUS_MAX = 0.05;

export const standardiseDate = defineCellOperator<Params>({
  name: 'standardise_date',
  phase: 'form',
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['in_formats', 'day_first', 'pivot', 'separator'],
    properties: {
      in_formats: {
        description: 'Formats that are rewritten, as `strptime` writes them and the profile lists them.',
        type: 'array',
        minItems: 1,
        items: { type: 'string', minLength: 1 },
      },
      day_first: {
        description: 'Whether `01/02/2020` is the first of February; null: what may be either stays.',
        type: ['boolean', 'null'],
      },
      pivot: {
        description: 'Years of two digits up to this are of the 21st century, others of the 20th.',
        type: 'integer',
        minimum: 0,
        maximum: 99,
      },
      separator: { description: 'Between date and time.', enum: ['T', ' '] },
    },
  },
  functions: {
    wr_iso_date: (text, order, pivot, separator, ...formats) =>
      text === null ? null : toIso(text, order ?? '', Number(pivot), separator ?? 'T', formats),
  },
  propose: (column) => {
    const { datetime, type } = column;
    if (!datetime || isNumberType(type)) return [];
    const share = shareOf(datetime.count, column);
    const foreign = datetime.formats.filter(({ iso, kind }) => !iso && kind !== 'partial');
    if (share < SHARE_MIN || foreign.length === 0) return [];
    return [proposal(column, datetime, share, foreign)];
  },
  describe: (columns, { in_formats: formats }) =>
    `Write dates of ${named(columns)} in ISO 8601, from ${formats.slice(0, 3).map(shown).join(', ')}${formats.length > 3 ? ` and ${formats.length - 3} other formats` : ''}`,
  value: (cell, { in_formats: formats, day_first: dayFirst, pivot, separator }) => {
    const order = dayFirst === null ? '' : dayFirst ? 'day' : 'month';
    const given = [order, String(pivot), separator, ...formats].map(sqlText);
    return `wr_iso_date(${[cell, ...given].join(', ')})`;
  },
});

type Format = ProfileDatetime['formats'][number];

function proposal(
  { name, values }: ProfileColumn,
  datetime: ProfileDatetime,
  share: number,
  foreign: readonly Format[],
): CellProposal<Params> {
  const { formats, ambiguous, day_first: dayFirst, count } = datetime;
  const open = dayFirst === null ? ambiguous : 0;
  const rows = foreign.reduce((sum, one) => sum + one.count, 0);
  const examples = formats.slice(0, 3).map(({ example }) => shown(example));
  const isShort = foreign.some((one) => one.two_digit_year);
  const withSpace = formats.find(({ iso, format }) => iso && format.includes('%d %H'));
  return {
    params: {
      in_formats: foreign.map(({ format }) => format).sort(),
      day_first: dayFirst,
      pivot: PIVOT,
      separator: withSpace ? ' ' : 'T',
    },
    reason: `Dates of ${named([name])} are written in ${times(formats.length, 'way')}, such as ${examples.join(', ')}; ${times(rows, 'value')} ${rows === 1 ? 'is' : 'are'} not in ISO 8601.${
      open > 0 ? ` ${times(open, 'date')} may be read with the day or the month first, and stay as they are.` : ''
    }${isShort ? ` Years of two digits up to ${PIVOT} are taken for years after 2000.` : ''}`,
    preconditions: [
      atLeast('datetime.share', share, SHARE_MIN),
      above('datetime.formats', rows),
      atMost('datetime.ambiguous', open / Math.max(1, count), 1),
    ],
    evidence: {
      formats: formats.map(({ format, count: of, example, iso }) => ({ format, count: of, example, iso })),
      ambiguous,
      day_first: dayFirst,
      day_first_proofs: datetime.day_first_proofs,
      month_first_proofs: datetime.month_first_proofs,
      values,
    },
    confidence: confidenceOf(datetime, foreign, open),
    flagged: rows - open,
  };
}

function confidenceOf(
  { formats, count, day_first_proofs: days, month_first_proofs: months }: ProfileDatetime,
  foreign: readonly Format[],
  open: number,
): number {
  // A column of which a part stays is in more formats than before.
  if (open > AMBIGUOUS_MAX * count) return 0.4;
  if (days > 0 && months > 0) return 0.5;
  const kinds = new Set(formats.map(({ kind }) => kind));
  // `Sep-82` may be a range of pages that a spreadsheet took for a date.
  if (kinds.has('partial') || foreign.some(({ kind, two_digit_year: short }) => kind === 'month' && short)) return 0.3;
  if (foreign.some(({ two_digit_year: short }) => short)) return 0.7;
  if (kinds.size > 1) return 0.6;
  if (kinds.has('time')) return 0.7;
  return unlessOwnForm(formats.length > 1 ? 0.9 : 0.85, Math.max(...foreign.map((one) => one.count)), count);
}

function toIso(
  text: string,
  order: string,
  pivot: number,
  separator: string,
  formats: readonly (string | null)[],
): string {
  const moment = parseMoment(trimSpaces(text));
  if (!moment || moment.iso || moment.kind === 'partial') return text;
  const isOpen = moment.dayFirstFormat !== undefined && moment.proof === undefined && moment.month !== moment.day;
  if (isOpen && order === '') return text;
  const turned = moment.dayFirstFormat !== undefined && (moment.proof === 'day_first' || (isOpen && order === 'day'));
  const format = turned ? moment.dayFirstFormat : moment.format;
  // A date that is the same either way is listed in either format.
  if (
    !formats.includes(format ?? '') &&
    !formats.includes(moment.format) &&
    !formats.includes(moment.dayFirstFormat ?? '')
  )
    return text;
  const date = moment.kind === 'time' ? undefined : dateText(moment, turned, pivot);
  const time = moment.seconds === undefined ? undefined : `${clock(moment, text)}${zoneText(moment, text)}`;
  return [date, time].filter((part) => part !== undefined).join(separator);
}

function dateText(
  { kind, year = 0, month = 1, day = 1, twoDigitYear }: Moment,
  turned: boolean,
  pivot: number,
): string {
  const short = year % 100;
  const full = twoDigitYear ? (short <= pivot ? 2000 : 1900) + short : year;
  const two = (part: number) => String(part).padStart(2, '0');
  const [m, d] = turned ? [day, month] : [month, day];
  const start = `${String(full).padStart(4, '0')}-${two(m)}`;
  return kind === 'month' ? start : `${start}-${two(d)}`;
}

/** As exact as it was written. */
function clock({ seconds = 0 }: Moment, text: string): string {
  const two = (part: number) => String(part).padStart(2, '0');
  const [, second, fraction] = /\d{1,2}:\d{2}(:\d{2})?(?:[.,](\d{1,9}))?/.exec(text) ?? [];
  const whole = Math.floor(seconds);
  const hours = `${two(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}`;
  if (second === undefined) return hours;
  return `${hours}:${two(whole % 60)}${fraction === undefined ? '' : `.${fraction}`}`;
}

function zoneText({ zone }: Moment, text: string): string {
  if (zone === undefined) return '';
  if (zone === 0 && !/[+-]\d{2}:?(\d{2})?$/.test(text.trim())) return 'Z';
  const size = Math.abs(zone);
  const two = (part: number) => String(part).padStart(2, '0');
  return `${zone < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
