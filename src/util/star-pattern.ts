/** Patterns in which `*` stands for any text, slashes and nothing included. */

/** Whether some text fits both. */
export function mayMeet(a: string, b: string): boolean {
  if (!a.includes('*') && !b.includes('*')) return a === b;
  // Row by row: at which lengths of `b` the part of `a` that was gone through can have a text in common with it.
  let row = new Array<boolean>(b.length + 1).fill(false);
  row[0] = true;
  spread(row, a[0] === '*', b);
  for (let i = 0; i < a.length; i++) {
    const next = new Array<boolean>(b.length + 1).fill(false);
    for (let j = 0; j <= b.length; j++) {
      if (!row[j]) continue;
      if (a[i] === '*') next[j] = true;
      else if (b[j] === '*') next[j] = true;
      else if (a[i] === b[j]) next[j + 1] = true;
    }
    spread(next, a[i + 1] === '*', b);
    row = next;
  }
  return row[b.length] === true;
}

/** Where a star of `a` is next it may take what is next of `b`; a star of `b` may stand for nothing. */
function spread(row: boolean[], isStar: boolean, b: string): void {
  for (let j = 0; j < b.length; j++) if (row[j] && (isStar || b[j] === '*')) row[j + 1] = true;
}

/** Fits all that the glob matches, and more. */
export function starsOfGlob(glob: string): string {
  return glob
    .replace(/\{[^}]*\}|\[[^\]]*\]|[*?]+/g, '*')
    .replace(/\*\/\*/g, '*')
    .replace(/\*+/g, '*');
}

/** For one pattern and many texts. */
export function matchStars(pattern: string): (text: string) => boolean {
  const source = pattern
    .split('*')
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .join('.*');
  const match = new RegExp(`^${source}$`, 's');
  return (text) => match.test(text);
}
