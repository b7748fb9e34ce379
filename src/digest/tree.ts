/** Folders as digests: what is in them, by name, executable bit and contents; links by their text. */
import type { Digest, TreeEntry } from '../model/digest.ts';
import { makeDigest, parseDigest, sizeOf } from '../model/digest.ts';
import type { FileSystem } from '../ports/file-system.ts';
import { canonicalJson } from '../util/canonical-json.ts';
import { compareText } from '../util/compare.ts';
import { sha256 } from '../util/hash.ts';

/** Something in a folder that is neither file, folder nor link (a pipe, a socket, a device), or a link without end. */
export class UnsupportedEntry extends Error {
  override readonly name = 'UnsupportedEntry';
  readonly path: string;
  constructor(path: string, problem = 'is neither a file, a folder nor a link') {
    super(`${path} ${problem}`);
    this.path = path;
  }
}

export interface WalkedEntry {
  /** Relative to the folder. */
  readonly path: string;
  readonly type: 'file' | 'folder' | 'link';
}

/**
 * Everything in a folder, parents before children, sorted by path (code units). Does not follow links.
 * Errors: `UnsupportedEntry`; undefined when the folder is not there.
 */
export function walkFolder(fs: FileSystem, folder: string): WalkedEntry[] | undefined {
  if (fs.lstat(folder)?.type !== 'folder') return undefined;
  const found: WalkedEntry[] = [];
  const pending = [''];
  for (let prefix = pending.pop(); prefix !== undefined; prefix = pending.pop()) {
    for (const entry of fs.readFolder(prefix === '' ? folder : `${folder}/${prefix}`) ?? []) {
      const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
      if (entry.type === 'other') throw new UnsupportedEntry(`${folder}/${path}`);
      found.push({ path, type: entry.type });
      if (entry.type === 'folder') pending.push(path);
    }
  }
  return found.sort((a, b) => compareText(a.path, b.path));
}

/** The entries of a folder, each file's digest by `digestFile` (absolute path). Errors: those of `walkFolder` and reading. */
export async function readTreeOnDisk(
  fs: FileSystem,
  folder: string,
  digestFile: (path: string) => Promise<Digest>,
): Promise<TreeEntry[]> {
  const tree: TreeEntry[] = [];
  for (const { path, type } of walkFolder(fs, folder) ?? []) {
    const absolute = `${folder}/${path}`;
    if (type === 'folder') tree.push({ path, type });
    else if (type === 'link') tree.push({ path, type, target: fs.readLink(absolute) });
    else tree.push({ path, type, digest: await digestFile(absolute) });
  }
  return tree;
}

/** Links whose other end is there and lies elsewhere; relative to the folder, sorted. Links only are looked at again. */
export function linksLeadingOut(
  fs: FileSystem,
  folder: string,
  entries: readonly Pick<WalkedEntry, 'path' | 'type'>[],
): string[] {
  const links = entries.filter(({ type }) => type === 'link');
  const root = links.length === 0 ? undefined : fs.realPath(folder);
  if (root === undefined) return [];
  return links
    .map(({ path }) => path)
    .filter((path) => {
      const end = fs.realPath(`${folder}/${path}`);
      return end !== undefined && !isWithin(end, root);
    });
}

/** The folder itself counts. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || folder === '/' || path.startsWith(`${folder}/`);
}

export function treeManifest(entries: readonly TreeEntry[]): string {
  return canonicalJson(entries as never);
}

export function digestOfTree(entries: readonly TreeEntry[], manifest: string = treeManifest(entries)): Digest {
  const size = entries.reduce((sum, entry) => sum + (entry.type === 'file' ? sizeOf(entry.digest) : 0), 0);
  return makeDigest('folder', sha256(manifest), size);
}

const SAFE_SEGMENT = /^(?!\.{1,2}$)[^/\0]+$/;
const NAME_BYTES_MAX = 255;

/**
 * Reads a manifest back from the store. Errors: undefined unless every path is relative, plain and unique, every parent
 * is a folder of the same manifest, and no entry lies under a link; so that writing it out cannot leave its folder.
 */
export function parseTree(manifest: string): TreeEntry[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(manifest);
  } catch {
    return undefined;
  }
  if (!Array.isArray(parsed)) return undefined;
  const folders = new Set<string>(['']);
  const seen = new Set<string>();
  for (const entry of parsed as Partial<Record<string, unknown>>[]) {
    const { path, type } = entry ?? {};
    if (typeof path !== 'string' || seen.has(path)) return undefined;
    if (!path.split('/').every(isSafeName)) return undefined;
    if (!folders.has(path.slice(0, Math.max(0, path.lastIndexOf('/'))))) return undefined;
    seen.add(path);
    if (type === 'folder') folders.add(path);
    else if (type === 'file') {
      const kind = parseDigest(entry['digest'])?.kind;
      if (kind === undefined || kind === 'folder') return undefined;
    } else if (type !== 'link' || !isLinkText(entry['target'])) return undefined;
  }
  return parsed as TreeEntry[];
}

function isSafeName(segment: string): boolean {
  return SAFE_SEGMENT.test(segment) && Buffer.byteLength(segment) <= NAME_BYTES_MAX;
}

/** What a link can hold; where it leads is not looked at, since nothing is ever written through it. */
function isLinkText(target: unknown): boolean {
  return typeof target === 'string' && target !== '' && !target.includes('\0');
}
