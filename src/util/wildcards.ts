/** Patterns for names, as in a shell: `*` any text, `?` one character, `[ab]`, `[a-z]` and `[!ab]` one of some. */

export function hasWildcards(text: string): boolean {
  return /[*?[]/.test(text);
}

/** For one pattern and many texts. A bracket that is never closed stands for itself. */
export function matchWildcards(pattern: string): (text: string) => boolean {
  const parts = pattern.match(/\*+|\?|\[!?\]?[^\]]*\]|./gsu) ?? [];
  const match = new RegExp(`^${parts.map(sourceOf).join('')}$`, 'su');
  return (text) => match.test(text);
}

function sourceOf(part: string): string {
  if (part.startsWith('*')) return '.*';
  if (part === '?') return '.';
  if (part.length === 1 || !part.startsWith('[')) return escaped(part);
  const isNot = part.startsWith('[!');
  return `[${isNot ? '^' : ''}${rangesOf([...part.slice(isNot ? 2 : 1, -1)])}]`;
}

/** `a-c` is a range, a `-` elsewhere stands for itself, and so does a range from back to front. */
function rangesOf(characters: readonly string[]): string {
  let source = '';
  for (let at = 0; at < characters.length; at++) {
    const [from = '', dash, to] = characters.slice(at, at + 3);
    source += inClass(from);
    if (dash !== '-' || to === undefined || from > to) continue;
    source += `-${inClass(to)}`;
    at += 2;
  }
  return source;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&');
}

function inClass(character: string): string {
  return character === '-' ? '\\-' : escaped(character);
}
