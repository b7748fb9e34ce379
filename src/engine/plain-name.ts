/** Telling names from selectors without what knows selectors. */

/** A name that stands for itself: nothing of the grammar is in it. */
export function isPlainName(word: string): boolean {
  return /^[\w.-]+(@[^\s*?[\]+:]*)?$/.test(word);
}
