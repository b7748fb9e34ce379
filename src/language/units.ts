/** Times and sizes as people write them. */

/** Timers of Node hold 31 bits of milliseconds. */
export const DURATION_MS_MAX = 24 * 86_400_000;

const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;
const DURATION_PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;
const MS: { readonly [unit: string]: number } = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `1h30m` in milliseconds, rounded. Undefined when it is no time; 0 and what is too long are for the caller to judge. */
export function parseDuration(text: string): number | undefined {
  if (text.length > 100 || !DURATION.test(text)) return undefined;
  let total = 0;
  for (const [, count, unit] of text.matchAll(DURATION_PART)) total += Number(count) * (MS[unit ?? ''] ?? 0);
  return Math.round(total);
}

const RATE = /^(\d+(?:\.\d+)?)\/(s|m|h)$/;

/** `2/s`: the milliseconds from one start to the next, Infinity for none at all. Undefined when it is no rate. */
export function parseRate(text: string): number | undefined {
  const found = text.length > 100 ? null : RATE.exec(text);
  return found ? (MS[found[2] ?? ''] ?? 0) / Number(found[1]) : undefined;
}

const SIZE = /^(\d+(?:\.\d+)?)\s*(?:B|([KMGT])(i?b)?)$/i;
const POWERS = ['K', 'M', 'G', 'T'];

/** `2GiB` in bytes, rounded: `KB` is 1000, `KiB` and `K` are 1024. Undefined when it is no size. */
export function parseSize(text: string): number | undefined {
  const found = text.length > 100 ? null : SIZE.exec(text);
  if (!found) return undefined;
  const [, count, letter, suffix] = found;
  const base = suffix?.toLowerCase() === 'b' ? 1000 : 1024;
  const power = letter === undefined ? 0 : POWERS.indexOf(letter.toUpperCase()) + 1;
  const bytes = Math.round(Number(count) * base ** power);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
