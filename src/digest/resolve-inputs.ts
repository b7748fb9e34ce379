/** The inputs of a stage as they are now: globs expanded, every path with its digest. Looks, changes nothing. */
import type { Digest } from '../model/digest.ts';
import type { OutputName, Stage } from '../model/pipeline.ts';
import type { FileSystem } from '../ports/file-system.ts';
import { compareText } from '../util/compare.ts';
import { globBase, matchGlob, mayMatchBelow } from '../util/glob.ts';
import type { FileDigests } from './file-digests.ts';
import { NO_FILE, UNREAD } from './file-digests.ts';
import { isWithin, UnsupportedEntry } from './tree.ts';

export interface ResolvedPort {
  readonly name: string;
  readonly list: boolean;
  /** Declared order; what a glob matched is sorted by path. */
  readonly paths: readonly ResolvedPath[];
  /** Of links in its folders that lead out of them: what is behind them, by the path of the link. */
  readonly linked: readonly ResolvedPath[];
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

/** What the instances of a fan-out make, in order. */
export type Gather = (of: OutputName) => readonly string[];

/** What tells which links lead out of a folder that was read. */
export type FolderLinks = Pick<FileDigests, 'linksOutOf'>;

/** Errors: those of reading, and `UnstableFile` or `UnsupportedEntry`. */
export async function resolveInputs(
  stage: Stage,
  fs: FileSystem,
  workspace: string,
  digestOf: DigestOf,
  links: FolderLinks,
  gather: Gather = () => [],
): Promise<ResolvedInputs> {
  const missing: string[] = [];
  const ports: ResolvedPort[] = [];
  for (const port of stage.inputs) {
    const paths: ResolvedPath[] = [];
    const linked: ResolvedPath[] = [];
    for (const item of port.items) {
      const found = item.of
        ? gather(item.of)
        : item.kind === 'glob'
          ? expandGlob(item.path, fs, workspace)
          : [item.path];
      for (const path of found) {
        const known = digestOf(path);
        const digest = known instanceof Promise ? await known : known;
        if (digest === undefined) missing.push(path);
        else {
          paths.push({ path, digest });
          if (digest.startsWith('d')) linked.push(...(await followLinks(path, fs, workspace, digestOf, links)));
        }
      }
    }
    ports.push({ name: port.name, list: port.list || port.items.some((item) => item.kind === 'glob'), paths, linked });
  }
  return { ports, missing };
}

/** Everything whose contents count, by path; several ports may read one. */
export function inputDigests(ports: readonly ResolvedPort[]): Map<string, Digest> {
  const digests = new Map<string, Digest>();
  for (const { paths, linked } of ports) {
    for (const { path, digest } of paths) digests.set(path, digest);
    for (const { path, digest } of linked) digests.set(path, digest);
  }
  return digests;
}

/**
 * What a folder's links show of other places. A link to what is counted already adds nothing, so two folders may point
 * at each other. Errors: `UnsupportedEntry` for a link to a folder around it, behind which there is no end.
 */
async function followLinks(
  folder: string,
  fs: FileSystem,
  workspace: string,
  digestOf: DigestOf,
  links: FolderLinks,
): Promise<ResolvedPath[]> {
  if ((links.linksOutOf(folder) ?? []).length === 0) return [];
  const realPath = (path: string) => fs.realPath(path.startsWith('/') ? path : `${workspace}/${path}`);
  const found: ResolvedPath[] = [];
  const root = realPath(folder) ?? folder;
  const counted = [root];
  const pending = [{ path: folder, around: [root] }];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    for (const link of links.linksOutOf(at.path) ?? []) {
      const path = `${at.path}/${link}`;
      const real = realPath(path);
      if (real === undefined || counted.some((known) => isWithin(real, known))) continue;
      if (at.around.some((inner) => isWithin(inner, real))) {
        throw new UnsupportedEntry(path, `is a link to ${real}, a folder around it, so it has no end`);
      }
      const digest = await digestOf(path);
      if (digest === undefined) throw new UnsupportedEntry(path, 'is a link to neither a file nor a folder');
      found.push({ path, digest });
      if (!digest.startsWith('d')) continue;
      counted.push(real);
      pending.push({ path, around: [...at.around, real] });
    }
  }
  return found;
}

/** A file's or a folder's digest, reading only what changed since it was read last. */
export function digestOfPath(digests: FileDigests): DigestOf {
  return (path) => {
    const known = digests.peek(path);
    if (known === UNREAD) return digests.file(path);
    return known === NO_FILE ? digests.folder(path) : known;
  };
}

/** Files only; folders that may hold some are walked, links are not followed. Sorted by path. */
export function expandGlob(glob: string, fs: FileSystem, workspace: string): string[] {
  const matches = matchGlob(glob);
  const mayMatch = mayMatchBelow(glob);
  const absolute = glob.startsWith('/');
  const base = globBase(glob);
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
