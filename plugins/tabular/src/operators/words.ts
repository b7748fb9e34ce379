/** Words and schemas that operators share. Pure. */

const NAMED_MAX = 4;
const SHOWN_LENGTH = 40;

/** In quotes, of one line, cut, and without what could move a terminal's cursor: `"New York"`, `"a\\u{9}b"`. */
export function shown(text: string): string {
  // Enough for as many characters, however long the text is.
  const all = Array.from(text.slice(0, 2 * SHOWN_LENGTH + 2));
  const some = all.slice(0, SHOWN_LENGTH).map((one) => {
    if (one === '"' || one === '\\') return `\\${one}`;
    return /[\p{C}\p{Zl}\p{Zp}]/u.test(one) ? `\\u{${one.codePointAt(0)?.toString(16)}}` : one;
  });
  return `"${some.join('')}${all.length > SHOWN_LENGTH ? '…' : ''}"`;
}

/** `"city"`, `"city" and "state"`, `"a", "b", "c" and 9 others`. */
export function named(columns: readonly string[]): string {
  const names = columns.slice(0, columns.length > NAMED_MAX ? NAMED_MAX - 1 : NAMED_MAX).map(shown);
  const others = columns.length - names.length;
  if (others > 0) return `${names.join(', ')} and ${others} others`;
  const last = names.pop() ?? 'no column';
  return names.length === 0 ? last : `${names.join(', ')} and ${last}`;
}

/** `"a" → "b"`. */
export function change(before: string, after: string): string {
  return `${shown(before)} → ${shown(after)}`;
}

/** `1 value`, `1,200 values`. */
export function times(count: number, thing: string): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? thing : `${thing}s`}`;
}

export const NO_PARAMS = { type: 'object', additionalProperties: false, properties: {} };

/** `98 %`; never 100 % of less than all. */
export function percent(share: number): string {
  const rounded = Math.round(share * 1000) / 10;
  return `${share < 1 && rounded === 100 ? 99.9 : rounded} %`;
}
