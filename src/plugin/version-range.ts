/**
 * Ranges of versions, as `engines` writes them: `>=0.1 <1`, `^0.1.2`, `~1.2`, `1.x`, `*`, joined by spaces (all) and
 * `||` (any). Knows nothing of plugins. Versions before a release (`1.0.0-rc.1`) count as below that release.
 */

type Version = readonly [number, number, number];

/** A version with parts left out: `1`, `1.2`, `1.x`. */
interface Partial {
  readonly parts: readonly number[];
  /** Has a `-rc.1` or the like. */
  readonly early: boolean;
}

interface Bound {
  readonly operator: '>=' | '>' | '<' | '<=';
  readonly version: Version;
  readonly early: boolean;
}

const PARTIAL =
  /^v?(\d{1,9}|[xX*])(?:\.(\d{1,9}|[xX*]))?(?:\.(\d{1,9}|[xX*]))?(-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;
const COMPARATOR = /^(\^|~|>=|<=|>|<|=)?(.+)$/;

/** Errors: undefined when the range (or the version) is none. */
export function satisfies(version: string, range: string): boolean | undefined {
  const wanted = parsePartial(version);
  if (wanted?.parts.length !== 3) return undefined;
  let any = false;
  for (const alternative of range.split('||')) {
    const bounds = parseAlternative(alternative);
    if (!bounds) return undefined;
    if (bounds.every((bound) => isWithin(wanted, bound))) any = true;
  }
  return any;
}

function parseAlternative(text: string): Bound[] | undefined {
  const hyphen = /^\s*(\S+)\s+-\s+(\S+)\s*$/.exec(text);
  if (hyphen) return joinBounds([`>=${hyphen[1]}`, `<=${hyphen[2]}`]);
  // A space may stand between an operator and its version.
  const words = text.replace(/(\^|~|[<>]=?|=)\s+/g, '$1').trim();
  return joinBounds(words === '' ? ['*'] : words.split(/\s+/));
}

function joinBounds(words: readonly string[]): Bound[] | undefined {
  const bounds: Bound[] = [];
  for (const word of words) {
    const found = parseComparator(word);
    if (!found) return undefined;
    bounds.push(...found);
  }
  return bounds;
}

function parseComparator(word: string): Bound[] | undefined {
  const [, operator = '', text = ''] = COMPARATOR.exec(word) ?? [];
  const partial = parsePartial(text);
  if (!partial) return undefined;
  const { parts, early } = partial;
  const low: Version = [parts[0] ?? 0, parts[1] ?? 0, parts[2] ?? 0];
  const from: Bound = { operator: '>=', version: low, early };
  // The first version that `1.2` no longer stands for is 1.3.0.
  const after: Version | undefined = parts.length === 0 ? undefined : raise(low, parts.length - 1);
  const below = (version: Version | undefined): Bound[] => (version ? [{ operator: '<', version, early: false }] : []);
  switch (operator) {
    case '>=':
      return [from];
    case '<':
      return [{ operator: '<', version: low, early }];
    case '>':
      if (parts.length === 3) return [{ operator: '>', version: low, early }];
      // Nothing is above every version.
      return [{ operator: '>=', version: after ?? [Number.MAX_SAFE_INTEGER, 0, 0], early: false }];
    case '<=':
      return parts.length === 3 ? [{ operator: '<=', version: low, early }] : below(after);
    case '^': {
      const leading = parts.findIndex((part) => part > 0);
      return [from, ...below(parts.length === 0 ? undefined : raise(low, leading === -1 ? parts.length - 1 : leading))];
    }
    case '~':
      return [from, ...below(parts.length === 0 ? undefined : raise(low, Math.min(1, parts.length - 1)))];
    default:
      return parts.length === 3 ? [from, { operator: '<=', version: low, early }] : [from, ...below(after)];
  }
}

function parsePartial(text: string): Partial | undefined {
  const match = PARTIAL.exec(text);
  if (!match) return undefined;
  const parts: number[] = [];
  for (const part of match.slice(1, 4)) {
    if (part === undefined || /[xX*]/.test(part)) break;
    parts.push(Number(part));
  }
  return { parts, early: match[4] !== undefined };
}

function raise(version: Version, at: number): Version {
  return [
    at === 0 ? version[0] + 1 : version[0],
    at === 1 ? version[1] + 1 : at < 1 ? 0 : version[1],
    at === 2 ? version[2] + 1 : 0,
  ];
}

function isWithin({ parts, early }: Partial, bound: Bound): boolean {
  const [major, minor, patch] = bound.version;
  const order =
    (parts[0] as number) - major ||
    (parts[1] as number) - minor ||
    (parts[2] as number) - patch ||
    Number(bound.early) - Number(early);
  switch (bound.operator) {
    case '>=':
      return order >= 0;
    case '>':
      return order > 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
  }
}
