/** The inputs of a stage as they are now: globs expanded, every path with its digest. Looks, changes nothing. */
import type { Digest } from '../model/digest.ts';
import type { InputItem, Stage } from '../model/pipeline.ts';
import type { FileSystem } from '../ports/file-system.ts';
import { compareText } from '../util/compare.ts';
import { globBase, matchGlob, mayMatchBelow } from '../util/glob.ts';
import type { FileDigests } from './file-digests.ts';
import { UNREAD } from './file-digests.ts';

export interface ResolvedPort {
  readonly name: string;
  readonly list: boolean;
  /** Declared order; what a glob matched is sorted by path. */
  readonly paths: readonly ResolvedPath[];
}

export interface ResolvedPath {
  readonly path: string;
  readonly digest: Digest;
}

export interface ResolvedInputs {
  readonly ports: readonly ResolvedPort[];
  /** Paths that are not there. */
  readonly missing: readonly string[];
}

/** How to learn a path's digest; undefined when nothing is there. */
export type DigestOf = (path: string) => Digest | undefined | Promise<Digest | undefined>;

/** Errors: those of reading, and `UnstableFile` or `UnsupportedEntry`. */
export async function resolveInputs(
  stage: Stage,
  fs: FileSystem,
  workspace: string,
  digestOf: DigestOf,
): Promise<ResolvedInputs> {
  const missing: string[] = [];
  const ports: ResolvedPort[] = [];
  for (const port of stage.inputs) {
    const paths: ResolvedPath[] = [];
    for (const item of port.items) {
      for (const path of item.kind === 'glob' ? expandGlob(item, fs, workspace) : [item.path]) {
        const found = digestOf(path);
        const digest = found instanceof Promise ? await found : found;
        if (digest === undefined) missing.push(path);
        else paths.push({ path, digest });
      }
    }
    ports.push({ name: port.name, list: port.list || port.items.some((item) => item.kind === 'glob'), paths });
  }
  return { ports, missing };
}

/** A file's or a folder's digest, reading only what changed since it was read last. */
export function digestOfPath(digests: FileDigests): DigestOf {
  return (path) => {
    const known = digests.peek(path);
    if (known === UNREAD) return digests.file(path);
    return known ?? digests.folder(path);
  };
}

/** Files only; folders that may hold some are walked, links are not followed. Sorted by path. */
function expandGlob(item: InputItem, fs: FileSystem, workspace: string): string[] {
  const matches = matchGlob(item.path);
  const mayMatch = mayMatchBelow(item.path);
  const absolute = item.path.startsWith('/');
  const base = globBase(item.path);
  const found: string[] = [];
  const pending = [base];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    const onDisk = absolute ? folder || '/' : folder === '' ? workspace : `${workspace}/${folder}`;
    if (fs.stat(onDisk)?.type !== 'folder') continue;
    for (const entry of fs.readFolder(onDisk) ?? []) {
      const path = folder === '' && !absolute ? entry.name : `${folder}/${entry.name}`;
      if (entry.type === 'folder') {
        if (entry.name !== '.git' && entry.name !== '.wrangle' && mayMatch(path)) pending.push(path);
      } else if (matches(path) && fs.stat(absolute ? path : `${workspace}/${path}`)?.type === 'file') found.push(path);
    }
  }
  return found.sort(compareText);
}
