/** Numbers and texts as people read them. Pure; knows nothing of what they are about. */
import { harmlessText } from '../util/harmless-text.ts';
import { formatBytes, formatCount } from '../util/quantity.ts';
import type { Style } from './style.ts';

export { formatBytes, formatCount };

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `35 ms`, `1.2 s`, `3 min 05 s`, `2 h 07 min`, `1 d 04 h`. */
export function formatDuration(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  if (whole < 100) return `${whole} ms`;
  if (whole < MINUTE - 50) return `${(whole / SECOND).toFixed(1)} s`;
  const seconds = Math.round(whole / SECOND) * SECOND;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min ${twoDigits((seconds % MINUTE) / SECOND)} s`;
  const minutes = Math.round(whole / MINUTE) * MINUTE;
  if (minutes < DAY) return `${Math.floor(minutes / HOUR)} h ${twoDigits((minutes % HOUR) / MINUTE)} min`;
  const hours = Math.round(whole / HOUR) * HOUR;
  return `${Math.floor(hours / DAY)} d ${twoDigits((hours % DAY) / HOUR)} h`;
}

/** Whole seconds, rounded down, for what is shown while it goes on: `0 s`, `12 s`, `3 min 05 s`, `2 h 07 min`. */
export function formatSeconds(ms: number): string {
  const whole = Math.max(0, Math.floor(ms / SECOND)) * SECOND;
  return whole < MINUTE ? `${whole / SECOND} s` : formatDuration(whole);
}

/** How long ago: `just now`, `35 s ago`, `5 min ago`, `2 h ago`, `3 d ago`; from two months on the day, `2026-01-31`. */
export function formatAgo(atMs: number, nowMs: number): string {
  const passed = nowMs - atMs;
  if (passed < 10 * SECOND) return 'just now';
  if (passed < MINUTE) return `${Math.floor(passed / SECOND)} s ago`;
  if (passed < HOUR) return `${Math.floor(passed / MINUTE)} min ago`;
  if (passed < DAY) return `${Math.floor(passed / HOUR)} h ago`;
  if (passed < 60 * DAY) return `${Math.floor(passed / DAY)} d ago`;
  return new Date(atMs).toISOString().slice(0, 10);
}

/** `1 stage`, `12 stages` */
export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}

/** `a, b and c`; beyond `max`: `a, b and 5 more`. */
export function listOf(items: readonly string[], max = 5): string {
  const shown = items.length > max ? items.slice(0, max - 1) : items;
  const parts = items.length > max ? [...shown, `${formatCount(items.length - shown.length)} more`] : shown;
  return parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

/**
 * A text from outside on one line: nothing in it moves the cursor. With a style it is output of a stage, which keeps its
 * tabs, and its colours if there are any; else it is a name or a message, which may stand in a column.
 */
export function shown(text: string, style?: Style): string {
  const line = harmlessText(text, { plain: style?.isColored !== true }).replaceAll('\n', '\\n');
  return style ? line : line.replaceAll('\t', ' ');
}

/** Of a text that has a line to itself and no more: where it goes on, an ellipsis says so. */
export function oneLine(text: string): string {
  const [first = '', ...more] = text.split('\n');
  return more.some((line) => line.trim() !== '') ? `${first} …` : first;
}

/** As a shell takes it. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Columns a text takes; wide characters of East Asia and emoji take two, marks that combine none. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/^[ -~]$/.test(character)) width++;
    else if (!/^\p{M}$/u.test(character)) width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$/u;

export function padTo(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** Cuts a note to the columns that are left; below eight there is no point, and it stays whole. */
export function fitNote(note: string, columns: number | undefined): string {
  if (columns === undefined || columns < 8 || widthOf(note) <= columns) return note;
  let fitting = '';
  let width = 1;
  for (const character of note) {
    width += widthOf(character);
    if (width > columns) break;
    fitting += character;
  }
  return `${fitting}…`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
