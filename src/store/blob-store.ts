/**
 * Contents by digest: `cas/<2 hex>/<sha256>`, read-only files. Knows nothing of stages.
 * Nothing that comes out is believed: every blob is hashed while it is copied to where it is wanted.
 */

import { digestOfTree, parseTree, readTreeOnDisk, treeManifest } from '../digest/tree.ts';
import type { Digest, TreeEntry } from '../model/digest.ts';
import { makeDigest, parseDigest, sha256Of, sizeOf } from '../model/digest.ts';
import type { FileSystem } from '../ports/file-system.ts';
import { sha256 } from '../util/hash.ts';
import { StoreFolders } from './store-folders.ts';

export type Materialized = 'done' | 'missing' | 'damaged';

/** What is wrong with what is kept under a digest. */
export interface BlobTrouble {
  readonly what: 'missing' | 'damaged';
  /** Of a folder: which file in it; undefined for a file, and for the folder's manifest. */
  readonly inside: string | undefined;
  /** Where the damaged bytes are now, absolute; undefined where there are none, or they could not be moved. */
  readonly movedTo: string | undefined;
}

const READ_AGAIN_BYTES_MAX = 1 << 20;

export class BlobStore {
  readonly #fs: FileSystem;
  readonly #root: string;
  readonly #temporaryName: string;
  readonly #folders: StoreFolders;
  readonly #onAdded: (bytes: number) => void;
  /**
   * Found damaged by this process, with where it is now: the next copy replaces the blob, whatever its size.
   * Undefined: it could not be moved.
   */
  readonly #suspects = new Map<string, string | undefined>();
  #serial = 0;

  /**
   * `root` is the store's folder, absolute. `temporaryName` must differ between processes that share a store.
   * `onAdded` hears how much the store grows.
   */
  constructor(fs: FileSystem, root: string, temporaryName: string, onAdded: (bytes: number) => void = () => {}) {
    this.#fs = fs;
    this.#root = root;
    this.#temporaryName = temporaryName;
    this.#folders = new StoreFolders(fs, root);
    this.#onAdded = onAdded;
  }

  pathOf(sha: string): string {
    return `${this.#root}/cas/${sha.slice(0, 2)}/${sha}`;
  }

  /** Whether the bytes seem to be there: right place and size. They are verified only when they are read. */
  has(digest: Digest): boolean {
    return this.#look(sha256Of(digest), isFolder(digest) ? undefined : sizeOf(digest)) === 'sound';
  }

  /**
   * Keeps a copy of a file and says what it holds; the digest is of the bytes that were copied.
   * Errors: those of the disk (`ENOSPC`, `EROFS`, …); nothing partial stays.
   */
  async putFile(path: string): Promise<Digest> {
    const temporary = this.#temporary();
    const stat = this.#fs.lstat(path);
    const copied = await this.#folders.withTemporary(temporary, async () => {
      const contents = await this.#fs.copyFile(path, temporary);
      this.#adopt(temporary, contents.sha256, contents.size);
      return contents;
    });
    return makeDigest(stat && (stat.mode & 0o100) !== 0 ? 'executable' : 'file', copied.sha256, copied.size);
  }

  /** Keeps a folder: every file in it, then its manifest, so that a manifest never names a blob that is not there. */
  async putFolder(path: string): Promise<{ readonly digest: Digest; readonly tree: readonly TreeEntry[] }> {
    const tree = await readTreeOnDisk(this.#fs, path, (inside) => this.putFile(inside));
    const manifest = treeManifest(tree);
    const digest = digestOfTree(tree, manifest);
    const temporary = this.#temporary();
    await this.#folders.withTemporary(temporary, () => {
      this.#fs.writeFile(temporary, manifest);
      this.#adopt(temporary, sha256Of(digest), Buffer.byteLength(manifest));
    });
    return { digest, tree };
  }

  /** The manifest of a folder; undefined when it is missing or damaged. Errors: those that say nothing about it. */
  readTree(digest: Digest): TreeEntry[] | undefined {
    const sha = sha256Of(digest);
    if (this.#look(sha, undefined) !== 'sound') return undefined;
    try {
      const manifest = this.#fs.readText(this.pathOf(sha));
      return manifest !== undefined && sha256(manifest) === sha ? parseTree(manifest) : undefined;
    } catch (error) {
      if (!isAboutTheFile(error)) throw error;
      return undefined;
    }
  }

  /** Whether everything a digest needs seems to be there: of a folder what is in it, too. */
  holds(digest: Digest): boolean {
    if (!isFolder(digest)) return this.has(digest);
    return this.readTree(digest)?.every((entry) => entry.type !== 'file' || this.has(entry.digest)) ?? false;
  }

  /**
   * Moves whatever is damaged of a digest to `quarantine/`, and says what is wrong: the first thing found, also of what
   * was set aside before. Undefined when everything seems to be there.
   */
  setAside(digest: Digest): BlobTrouble | undefined {
    const sha = sha256Of(digest);
    if (!isFolder(digest)) return this.#setAsideFile(digest, undefined);
    const tree = this.readTree(digest);
    if (!tree) {
      const what = this.#lookAtManifest(sha);
      if (what === 'sound') return undefined;
      if (what === 'damaged') this.#quarantine(sha);
      return { what, inside: undefined, movedTo: this.#suspects.get(sha) };
    }
    let first: BlobTrouble | undefined;
    for (const entry of tree) {
      if (entry.type !== 'file') continue;
      const trouble = this.#setAsideFile(entry.digest, entry.path);
      first ??= trouble;
    }
    return first;
  }

  /**
   * Writes the bytes of a digest to a new place, verifying every one. `to` must not exist and its parent must.
   * What is there after `missing` or `damaged` is for the caller to remove; a damaged blob is quarantined.
   */
  async materialize(digest: Digest, to: string): Promise<Materialized> {
    if (!isFolder(digest)) return this.#materializeFile(digest, to);
    const tree = this.readTree(digest);
    if (!tree) return this.setAside(digest)?.what ?? 'missing';
    this.#fs.makeFolder(to);
    for (const entry of tree) {
      const path = `${to}/${entry.path}`;
      if (entry.type === 'folder') this.#fs.makeFolder(path);
      else if (entry.type === 'file') {
        const result = await this.#materializeFile(entry.digest, path);
        if (result !== 'done') return result;
      }
    }
    // Links last, so that nothing is ever written through one.
    for (const entry of tree) if (entry.type === 'link') this.#fs.makeLink(entry.target, `${to}/${entry.path}`);
    return 'done';
  }

  async #materializeFile(digest: Digest, to: string): Promise<Materialized> {
    const sha = sha256Of(digest);
    const seen = this.#look(sha, sizeOf(digest));
    if (seen === 'missing') return 'missing';
    const copied = seen === 'sound' ? await this.#copyOut(sha, to) : undefined;
    if (copied !== sha) {
      this.#quarantine(sha);
      return 'damaged';
    }
    if (parseDigest(digest)?.kind === 'executable') this.#fs.chmod(to, 0o755);
    return 'done';
  }

  /**
   * The hash of what was copied; undefined when the blob cannot be read. Errors: those of writing `to`, and those that
   * say nothing about the blob, such as too many open files.
   */
  async #copyOut(sha: string, to: string): Promise<string | undefined> {
    const from = this.pathOf(sha);
    try {
      return (await this.#fs.copyFile(from, to)).sha256;
    } catch (error) {
      const { path, syscall } = error as NodeJS.ErrnoException;
      if ((path === from || syscall === 'read') && isAboutTheFile(error)) return undefined;
      throw error;
    }
  }

  /** By a stat alone. `size` undefined: any. What cannot be looked at is not there. */
  #look(sha: string, size: number | undefined): 'sound' | 'missing' | 'damaged' {
    if (this.#suspects.has(sha)) return 'damaged';
    const stat = unlessUnreadable(() => this.#fs.lstat(this.pathOf(sha)));
    if (!stat) return 'missing';
    return stat.type === 'file' && (size === undefined || stat.size === size) ? 'sound' : 'damaged';
  }

  /** Of one that could not be read. Errors: those that say nothing about it. */
  #lookAtManifest(sha: string): 'sound' | 'missing' | 'damaged' {
    const seen = this.#look(sha, undefined);
    if (seen !== 'sound') return seen;
    try {
      const manifest = this.#fs.readText(this.pathOf(sha));
      return manifest !== undefined && sha256(manifest) === sha && parseTree(manifest) ? 'sound' : 'damaged';
    } catch (error) {
      if (!isAboutTheFile(error)) throw error;
      return 'damaged';
    }
  }

  #setAsideFile(digest: Digest, inside: string | undefined): BlobTrouble | undefined {
    const sha = sha256Of(digest);
    const what = this.#look(sha, sizeOf(digest));
    if (what === 'sound') return undefined;
    if (what === 'damaged') this.#quarantine(sha);
    return { what, inside, movedTo: this.#suspects.get(sha) };
  }

  /** A blob that is already there stays, unless its size is wrong or it was found damaged: then it is replaced. */
  #adopt(temporary: string, sha: string, size: number): void {
    const path = this.pathOf(sha);
    const existing = this.#fs.lstat(path);
    if (existing?.type === 'file' && existing.size === size && this.#isSound(path, sha, size) && this.#renew(path)) {
      this.#folders.discard(temporary);
      return;
    }
    if (existing && existing.type !== 'file') this.#fs.remove(path);
    this.#fs.chmod(temporary, 0o444);
    this.#folders.make(`cas/${sha.slice(0, 2)}`);
    this.#fs.rename(temporary, path);
    this.#suspects.delete(sha);
    this.#onAdded(size);
  }

  /** Reading a small one again costs little beside the run that made the same bytes, and heals it if it is damaged. */
  #isSound(path: string, sha: string, size: number): boolean {
    if (this.#suspects.has(sha)) return false;
    if (size > READ_AGAIN_BYTES_MAX) return true;
    const bytes = unlessUnreadable(() => this.#fs.readFile(path));
    return bytes !== undefined && sha256(bytes) === sha;
  }

  /** Makes a blob young, so that nobody cleans it away before it is named. False: gone by now, or somebody else's. */
  #renew(path: string): boolean {
    try {
      this.#fs.touch(path);
      return true;
    } catch {
      return false;
    }
  }

  #quarantine(sha: string): void {
    if (this.#suspects.get(sha) !== undefined) return;
    this.#suspects.set(sha, this.#folders.quarantine(this.pathOf(sha), sha));
  }

  #temporary(): string {
    this.#folders.make('tmp');
    return `${this.#root}/tmp/${this.#temporaryName}-${++this.#serial}`;
  }
}

function isFolder(digest: Digest): boolean {
  return digest.startsWith('d');
}

/** Errors of the machine pass, and a sound blob must not be taken for a damaged one because of them. */
const ABOUT_THE_FILE: ReadonlySet<string> = new Set(
  'EACCES EPERM EIO EISDIR ELOOP ENXIO ENOENT ENOTDIR EINVAL ENODEV EUCLEAN EBADMSG ESTALE'.split(' '),
);

function isAboutTheFile(error: unknown): boolean {
  return ABOUT_THE_FILE.has((error as NodeJS.ErrnoException).code ?? '');
}

/** A store that cannot be read, whatever the reason, does not have what is asked for. */
function unlessUnreadable<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
