/** When two texts say the same and differ in form only. Pure. */
import { parseMoment } from './moments.ts';
import { trimSpaces } from './values.ts';

const NUMBER = /^[-+]?[\d.,]+$/;
/** `7:10`, `7:10 a.m.`, `07:10:00`, `7:10a`. */
const DAY_NAME = 'jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun';
const CLOCK = new RegExp(
  `(?<![\\d:])(\\d{1,2}):(\\d{2})(?::(\\d{2}))?(?![\\d:])(?:\\s?([ap])(?:\\.?m\\.?)?(?=[^a-z]|$|${DAY_NAME}))?`,
  'gi',
);
const SIGNS = /[\s.,;:'"’`´()_/-]+/gu;

/**
 * Equal for texts that differ in case, accents, blanks and marks only. With `isTime` also for those that have the same
 * time of day, however it is written, and nothing beside it but a date.
 */
export function valueKey(text: string, isTime: boolean): string {
  const trimmed = trimSpaces(text);
  const time = isTime ? timeIn(trimmed) : undefined;
  if (time) return time.key;
  if (NUMBER.test(trimmed)) return trimmed;
  const folded = trimmed
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(SIGNS, ' ')
    .trim();
  return folded === '' ? trimmed : folded;
}

/** A time of day and nothing else. */
export function isBareTime(text: string): boolean {
  return timeIn(trimSpaces(text))?.isBare === true;
}

function timeIn(text: string): { readonly key: string; readonly isBare: boolean } | undefined {
  if (text.length > 60 || !text.includes(':')) return undefined;
  const [found, ...others] = text.matchAll(CLOCK);
  if (!found || others.length > 0) return undefined;
  const [all, hour = '', minute = '', second = '', half] = found;
  const h = Number(hour);
  if (Number(minute) > 59 || (half === undefined ? h > 23 : h < 1 || h > 12)) return undefined;
  const beside = `${text.slice(0, found.index)} ${text.slice(found.index + all.length)}`.replace(
    /[\s,()–-]*$|^[\s,()–-]*/g,
    '',
  );
  if (beside !== '' && !isDay(beside)) return undefined;
  const full = half === undefined ? h : (h % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
  const seconds = second === '' || second === '00' ? '' : `:${second}`;
  return { key: `${String(full).padStart(2, '0')}:${minute}${seconds}`, isBare: beside === '' };
}

function isDay(text: string): boolean {
  const kind = parseMoment(text)?.kind;
  if (kind === 'date' || kind === 'partial') return true;
  // A day of this year, which says nothing alone.
  return /^\d{1,2}[-/.]\d{1,2}\.?$/.test(text);
}
