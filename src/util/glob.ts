/** Globs over POSIX paths. Decides what matches; knows no disk. */
import picomatch from 'picomatch';

/** Names that start with a dot match only where the pattern says so, as in a shell. */
export function matchGlob(pattern: string): (path: string) => boolean {
  const match = picomatch(pattern, { dot: false });
  return (path) => match(path) && !isPrivate(path);
}

/** The part of a glob before its first wildcard: the folder to walk, without a trailing slash; may be empty. */
export function globBase(pattern: string): string {
  const { base } = picomatch.scan(pattern);
  return base === '.' ? '' : base.replace(/\/$/, '');
}

/** No glob ever matches wrangle's own folder or that of git. */
function isPrivate(path: string): boolean {
  return /(^|\/)\.(wrangle|git)(\/|$)/.test(path);
}
