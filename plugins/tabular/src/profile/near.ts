/** Whether one value is another with slips of the pen in it. Pure. */
import { editDistance } from './typos.ts';

/** Characters; it is not looked for in longer ones. */
export const NEAR_LENGTH_MAX = 300;
/** Edits for each character of the longer one, and where just one of them is a number. */
export const NEAR_SHARE = 0.34;
export const NEAR_SHARE_TYPED = 0.6;

/** Whatever the case of letters. Two numbers are never near: 35233 and 35234 may both be right. */
export function isNear(one: string, other: string): boolean {
  const longest = Math.max(one.length, other.length);
  if (longest < 2 || longest > NEAR_LENGTH_MAX) return false;
  const numbers = Number(isNumber(one)) + Number(isNumber(other));
  if (numbers === 2) return false;
  const most = Math.max(1, Math.floor((numbers === 1 ? NEAR_SHARE_TYPED : NEAR_SHARE) * longest));
  return editDistance(one.toLowerCase(), other.toLowerCase(), most) !== undefined;
}

function isNumber(text: string): boolean {
  return /^[-+]?\d[\d.,]*$/.test(text);
}
