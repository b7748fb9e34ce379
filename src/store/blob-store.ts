/**
 * Contents by digest: `cas/<2 hex>/<sha256>`, read-only files. Knows nothing of stages.
 * Nothing that comes out is believed: every blob is hashed while it is copied to where it is wanted.
 */

import { digestOfTree, parseTree, readTreeOnDisk, treeManifest } from '../digest/tree.ts';
import type { Digest, TreeEntry } from '../model/digest.ts';
import { makeDigest, parseDigest, sha256Of, sizeOf } from '../model/digest.ts';
import type { FileSystem } from '../ports/file-system.ts';
import { sha256 } from '../util/hash.ts';

export type Materialized = 'done' | 'missing' | 'damaged';

const READ_AGAIN_BYTES_MAX = 1 << 20;

export class BlobStore {
  readonly #fs: FileSystem;
  readonly #root: string;
  readonly #temporaryName: string;
  readonly #madeFolders = new Set<string>();
  /** Found damaged by this process: the next copy replaces the blob, whatever its size. */
  readonly #suspects = new Set<string>();
  #serial = 0;

  /** `root` is the store's folder, absolute. `temporaryName` must differ between processes that share a store. */
  constructor(fs: FileSystem, root: string, temporaryName: string) {
    this.#fs = fs;
    this.#root = root;
    this.#temporaryName = temporaryName;
  }

  pathOf(sha: string): string {
    return `${this.#root}/cas/${sha.slice(0, 2)}/${sha}`;
  }

  /** Whether the bytes seem to be there: right place and size. They are verified only when they are read. */
  has(digest: Digest): boolean {
    const sha = sha256Of(digest);
    if (digest.startsWith('d')) return this.#fs.lstat(this.pathOf(sha))?.type === 'file';
    const stat = this.#fs.lstat(this.pathOf(sha));
    return stat?.type === 'file' && stat.size === sizeOf(digest) && !this.#suspects.has(sha);
  }

  /**
   * Keeps a copy of a file and says what it holds; the digest is of the bytes that were copied.
   * Errors: those of the disk (`ENOSPC`, `EROFS`, …); nothing partial stays.
   */
  async putFile(path: string): Promise<Digest> {
    const temporary = this.#temporary();
    const stat = this.#fs.lstat(path);
    const copied = await this.#fs.copyFile(path, temporary);
    this.#adopt(temporary, copied.sha256, copied.size);
    return makeDigest(stat && (stat.mode & 0o100) !== 0 ? 'executable' : 'file', copied.sha256, copied.size);
  }

  /** Keeps a folder: every file in it, then its manifest, so that a manifest never names a blob that is not there. */
  async putFolder(path: string): Promise<{ readonly digest: Digest; readonly tree: readonly TreeEntry[] }> {
    const tree = await readTreeOnDisk(this.#fs, path, (inside) => this.putFile(inside));
    const manifest = treeManifest(tree);
    const digest = digestOfTree(tree, manifest);
    const temporary = this.#temporary();
    this.#fs.writeFile(temporary, manifest);
    this.#adopt(temporary, sha256Of(digest), Buffer.byteLength(manifest));
    return { digest, tree };
  }

  /** The manifest of a folder; undefined when it is missing or damaged (then it is moved out of the way). */
  readTree(digest: Digest): TreeEntry[] | undefined {
    const sha = sha256Of(digest);
    const path = this.pathOf(sha);
    if (this.#fs.lstat(path)?.type !== 'file') return undefined;
    const manifest = this.#fs.readText(path);
    if (manifest === undefined) return undefined;
    const tree = sha256(manifest) === sha ? parseTree(manifest) : undefined;
    if (!tree) this.#quarantine(sha);
    return tree;
  }

  /** Whether everything a digest needs seems to be there: of a folder what is in it, too. */
  holds(digest: Digest): boolean {
    if (!this.has(digest)) return false;
    if (!digest.startsWith('d')) return true;
    const tree = this.readTree(digest);
    return tree?.every((entry) => entry.type !== 'file' || this.has(entry.digest)) ?? false;
  }

  /**
   * Writes the bytes of a digest to a new place, verifying every one. `to` must not exist and its parent must.
   * What is there after `missing` or `damaged` is for the caller to remove; a damaged blob is quarantined.
   */
  async materialize(digest: Digest, to: string): Promise<Materialized> {
    if (!digest.startsWith('d')) return this.#materializeFile(digest, to);
    if (this.#fs.lstat(this.pathOf(sha256Of(digest))) === undefined) return 'missing';
    const tree = this.readTree(digest);
    if (!tree) return 'damaged';
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
    const from = this.pathOf(sha);
    const stat = this.#fs.lstat(from);
    if (!stat) return 'missing';
    if (stat.type !== 'file' || stat.size !== sizeOf(digest)) {
      this.#quarantine(sha);
      return 'damaged';
    }
    const copied = await this.#fs.copyFile(from, to);
    if (copied.sha256 !== sha) {
      this.#quarantine(sha);
      return 'damaged';
    }
    if (parseDigest(digest)?.kind === 'executable') this.#fs.chmod(to, 0o755);
    return 'done';
  }

  /** A blob that is already there stays, unless its size is wrong or it was found damaged: then it is replaced. */
  #adopt(temporary: string, sha: string, size: number): void {
    const path = this.pathOf(sha);
    const existing = this.#fs.lstat(path);
    if (existing?.type === 'file' && existing.size === size && this.#isSound(path, sha, size)) {
      this.#fs.remove(temporary);
      return;
    }
    if (existing && existing.type !== 'file') this.#fs.remove(path);
    this.#fs.chmod(temporary, 0o444);
    this.#folder(`${this.#root}/cas/${sha.slice(0, 2)}`);
    this.#fs.rename(temporary, path);
    this.#suspects.delete(sha);
  }

  /** Reading a small one again costs little beside the run that made the same bytes, and heals it if it is damaged. */
  #isSound(path: string, sha: string, size: number): boolean {
    if (this.#suspects.has(sha)) return false;
    if (size > READ_AGAIN_BYTES_MAX) return true;
    const bytes = this.#fs.readFile(path);
    return bytes !== undefined && sha256(bytes) === sha;
  }

  #quarantine(sha: string): void {
    this.#suspects.add(sha);
    try {
      this.#folder(`${this.#root}/quarantine`);
      const to = `${this.#root}/quarantine/${sha}`;
      this.#fs.remove(to);
      this.#fs.rename(this.pathOf(sha), to);
    } catch {
      // A store that cannot be written keeps its damaged blob; it stays a suspect, which is a miss.
    }
  }

  #temporary(): string {
    this.#folder(`${this.#root}/tmp`);
    return `${this.#root}/tmp/${this.#temporaryName}-${++this.#serial}`;
  }

  #folder(path: string): void {
    if (this.#madeFolders.has(path)) return;
    this.#fs.makeFolder(path);
    this.#madeFolders.add(path);
  }
}
