// Which paths a watch is about, and why. Knows no events, and of the disk only what it is told of links.
import { dirname, resolve } from 'node:path';
import { isWithin } from '../digest/tree.ts';
import type { WatchedPlaces } from '../ports/folder-watcher.ts';

/** All paths are absolute. */
export class PlaceMap {
  readonly #folders: ReadonlySet<string>;
  readonly #trees: ReadonlySet<string>;
  readonly #ignored: readonly string[];
  /** From each folder above a place to those of its entries that lead there. */
  readonly #ways = new Map<string, Set<string>>();
  /** Where links lead to, and all above: what happens there happens to the links. */
  readonly #links = new Map<string, Set<string>>();
  /** The same, by link. */
  readonly #ends = new Map<string, readonly string[]>();

  constructor({ folders, trees, ignored }: WatchedPlaces) {
    const normal = (paths: readonly string[]) => paths.map((path) => resolve(path));
    this.#ignored = normal(ignored);
    const counts = (path: string) => !this.isIgnored(path);
    this.#folders = new Set(normal(folders).filter(counts));
    this.#trees = new Set(normal(trees).filter(counts));
    for (const place of [...this.#folders, ...this.#trees]) {
      for (const path of wayTo(place)) addTo(this.#ways, dirname(path), path);
    }
  }

  isIgnored(path: string): boolean {
    return this.#ignored.some((prefix) => isWithin(path, prefix));
  }

  /** Whether it is a place or on the way to one. Such paths may be links, which are followed. */
  leads(path: string): boolean {
    return this.#ways.has(path) || this.#folders.has(path) || this.#trees.has(path);
  }

  /** Of the folder's entries, those that lead on. */
  next(folder: string): Iterable<string> {
    return this.#ways.get(folder) ?? [];
  }

  /** Whether it is in a tree, or is one. */
  isDeep(path: string): boolean {
    if (this.#trees.size === 0) return false;
    for (let at = path; !this.#trees.has(at); at = dirname(at)) if (at === '/') return false;
    return true;
  }

  /** Whether all that happens to the folder's entries counts. */
  isTold(folder: string): boolean {
    return this.#folders.has(folder) || this.isDeep(folder);
  }

  /** Whether a folder at that path is worth a watch. */
  isWanted(path: string): boolean {
    return this.leads(path) || this.#links.has(path) || this.isDeep(path);
  }

  /** The links whose other end this path is, or is above. */
  linksTo(path: string): Iterable<string> {
    return this.#links.get(path) ?? [];
  }

  /** From now on these, and no others, are the other ends of a link. The answer: what is not wanted any more. */
  setLink(link: string, ends: readonly string[]): string[] {
    const before = this.#ends.get(link) ?? [];
    for (const path of before) this.#links.get(path)?.delete(link);
    const after = [...new Set(ends.flatMap(wayTo))].filter((path) => !this.isIgnored(path));
    for (const path of after) addTo(this.#links, path, link);
    if (after.length > 0) this.#ends.set(link, after);
    else this.#ends.delete(link);
    for (const path of before) if (this.#links.get(path)?.size === 0) this.#links.delete(path);
    return before.filter((path) => !this.isWanted(path));
  }
}

/** The path and all above it but the root, from the top. */
export function wayTo(path: string): string[] {
  const way: string[] = [];
  for (let at = path; at !== '/'; at = dirname(at)) way.push(at);
  return way.reverse();
}

function addTo(map: Map<string, Set<string>>, key: string, value: string): void {
  const values = map.get(key);
  if (values) values.add(value);
  else map.set(key, new Set([value]));
}
