/** Names that may be patterns: `*` stands for any characters, `?` for one. */

export function isPattern(name: string): boolean {
  return /[*?]/.test(name);
}

/** Whether a name is one of these, or fits one that is a pattern. */
export function nameMatcher(names: readonly string[]): (name: string) => boolean {
  const exact = new Set(names.filter((name) => !isPattern(name)));
  const patterns = names.filter(isPattern).map(
    (pattern) =>
      new RegExp(
        `^${pattern
          .replace(/[.+^${}()|[\]\\]/g, '\\$&')
          .replace(/\*+/g, '.*')
          .replaceAll('?', '.')}$`,
        'su',
      ),
  );
  return (name) => exact.has(name) || patterns.some((pattern) => pattern.test(name));
}
