/** Globs over POSIX paths. Decides what matches; knows no disk. */
import picomatch from 'picomatch';

/** A name may begin with `!`; that is no "everything but". */
const OPTIONS = { dot: false, nonegate: true } as const;

/** Names that start with a dot match only where the pattern says so, as in a shell. */
export function matchGlob(pattern: string): (path: string) => boolean {
  const match = picomatch(pattern, OPTIONS);
  return (path) => match(path) && !isPrivate(path);
}

/** The part of a glob before its first wildcard: the folder to walk, without a trailing slash; may be empty. */
export function globBase(pattern: string): string {
  const { base } = picomatch.scan(pattern, OPTIONS);
  return base === '.' ? '' : base.replace(/\/$/, '');
}

/**
 * Whether something in a folder, at any depth, could match. May say yes in vain, never no; so a walk need not go into
 * folders for which it says no.
 */
export function mayMatchBelow(pattern: string): (folder: string) => boolean {
  // A slash inside braces, brackets or parentheses, or an escape: the pattern cannot be cut into segments.
  const base = globBase(pattern);
  if (/[{([][^})\]]*\/|\\/.test(pattern)) {
    return (folder) => base === '' || folder === base || folder.startsWith(`${base}/`) || base.startsWith(`${folder}/`);
  }
  const segments = pattern.split('/');
  const tests = segments.map((segment) => (segment === '' ? undefined : picomatch(segment, OPTIONS)));
  return (folder) => {
    for (const [at, name] of folder.split('/').entries()) {
      if (segments[at]?.includes('**')) return true;
      // The last segment matches files in the folder before it, and nothing deeper.
      if (at >= segments.length - 1) return false;
      if (!(tests[at]?.(name) ?? name === '')) return false;
    }
    return true;
  };
}

/** No glob ever matches wrangle's own folder or that of git. */
function isPrivate(path: string): boolean {
  return /(^|\/)\.(wrangle|git)(\/|$)/.test(path);
}
