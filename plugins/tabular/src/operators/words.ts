/** Words and schemas that operators share. Pure. */

const NAMED_MAX = 4;

/** `"city"`, `"city" and "state"`, `"a", "b", "c" and 9 others`. */
export function named(columns: readonly string[]): string {
  const names = columns.slice(0, columns.length > NAMED_MAX ? NAMED_MAX - 1 : NAMED_MAX).map((name) => `"${name}"`);
  const others = columns.length - names.length;
  if (others > 0) return `${names.join(', ')} and ${others} others`;
  const last = names.pop() ?? 'no column';
  return names.length === 0 ? last : `${names.join(', ')} and ${last}`;
}

/** `1 value`, `1,200 values`. */
export function times(count: number, thing: string): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? thing : `${thing}s`}`;
}

export const NO_PARAMS = { type: 'object', additionalProperties: false, properties: {} };
