/** Whether a way of writing is a column's own, which is perhaps wanted, and not that of a few values that differ. */

/** Of the values that could have it. */
const OWN_SHARE = 0.9;

/** For rewriting a column's own form: too little to be applied without being asked for. */
export const OWN_FORM_CONFIDENCE = 0.6;

/** `count` of the `possible` values that could be written so are. */
export function isOwnForm(count: number, possible: number): boolean {
  return count > 0 && count >= OWN_SHARE * possible;
}

/** `confidence` in rewriting them. */
export function unlessOwnForm(confidence: number, count: number, possible: number): number {
  return isOwnForm(count, possible) ? Math.min(confidence, OWN_FORM_CONFIDENCE) : confidence;
}
