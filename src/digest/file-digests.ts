/**
 * Digests of files and folders, with a memory of stat keys so that an untouched file is not read again.
 * Knows the racy rule (design-notes); knows nothing of stages.
 */
import type { Digest, TreeEntry } from '../model/digest.ts';
import { makeDigest } from '../model/digest.ts';
import type { FileStat, FileSystem } from '../ports/file-system.ts';
import { digestOfTree, linksLeadingOut, readTreeOnDisk } from './tree.ts';

/** What the index keeps of one file. */
export interface RememberedFile {
  readonly key: string;
  readonly digest: Digest;
}

/** Neither absent nor known: the contents have to be read. */
export const UNREAD = Symbol('unread');
/** Something is there that is no file. */
export const NO_FILE = Symbol('no file');

/** A racy file larger than this waits until it is no longer racy, so that it is read once and not twice. */
const WAIT_RATHER_THAN_REREAD_BYTES = 1 << 20;
const ATTEMPTS_MAX = 3;
/** A clock that stands still must not hold us for ever. */
const WAITS_MAX = 100;
/** At the end of a command nobody wants to wait longer than this only to save the next one some reading. */
const SETTLE_WAIT_NS_MAX = 100_000_000n;

export interface FileDigestsOptions {
  readonly fs: FileSystem;
  /** Absolute path of the workspace; names in the memory are relative to it. */
  readonly workspace: string;
  /** From the index; taken over, not copied. */
  readonly remembered: Map<string, RememberedFile>;
  /** The smallest step of the clock of the file's own file system, in nanoseconds. */
  readonly granularityNs: (file: FileStat) => bigint;
  /** The file system's time now. Undefined while nothing may be written: then nothing new is remembered. */
  readonly now: (() => bigint) | undefined;
  /** False: whoever asks for a file that has to be read gets a `NeedsReading`. */
  readonly mayRead: boolean;
  readonly sleep: (ms: number) => Promise<void>;
}

/** The answer is not known without reading, and reading was not allowed. */
export class NeedsReading extends Error {
  override readonly name = 'NeedsReading';
}

/** A file kept changing while it was read. */
export class UnstableFile extends Error {
  override readonly name = 'UnstableFile';
  readonly path: string;
  constructor(path: string) {
    super(`${path} keeps changing while it is read`);
    this.path = path;
  }
}

export class FileDigests {
  readonly #options: FileDigestsOptions;
  readonly #remembered: Map<string, RememberedFile>;
  /** Files whose entry may not be trusted yet, with the time after which it may, and their clock's step. */
  readonly #racy = new Map<string, { readonly trustedAfter: bigint; readonly granularityNs: bigint }>();
  /** Of folders that were read: the links that lead out of them. */
  readonly #linksOut = new Map<string, readonly string[]>();
  #changed = false;

  constructor(options: FileDigestsOptions) {
    this.#options = options;
    this.#remembered = options.remembered;
  }

  /** True when the memory differs from what the index holds. */
  get changed(): boolean {
    return this.#changed;
  }

  /** Trusted entries only. */
  get remembered(): ReadonlyMap<string, RememberedFile> {
    return this.#remembered;
  }

  /** Of a file by its stat alone: undefined when there is nothing, `UNREAD` when it has to be read. */
  peek(path: string): Digest | undefined | typeof UNREAD | typeof NO_FILE {
    const stat = this.#options.fs.stat(this.#absolute(path));
    if (!stat) return undefined;
    if (stat.type !== 'file') return NO_FILE;
    const known = this.#remembered.get(path);
    return known?.key === stat.key ? known.digest : UNREAD;
  }

  /** Whether a file with that stat key holds these bytes for sure. Of any other file nothing is said. */
  holds(path: string, key: string, digest: Digest): boolean {
    const known = this.#remembered.get(path);
    return known?.key === key && known.digest === digest;
  }

  /** Undefined when there is no file (a link to one counts). Errors: `UnstableFile`, or those of reading. */
  async file(path: string): Promise<Digest | undefined> {
    const known = this.peek(path);
    if (known === NO_FILE) return undefined;
    return known === UNREAD ? this.#read(path) : known;
  }

  /** Undefined when there is no folder. Errors: `UnsupportedEntry`, `UnstableFile`, or those of reading. */
  async folder(path: string): Promise<Digest | undefined> {
    const entries = await this.folderEntries(path);
    return entries && digestOfTree(entries);
  }

  async folderEntries(path: string): Promise<TreeEntry[] | undefined> {
    const { fs } = this.#options;
    const absolute = this.#absolute(path);
    // An input folder may itself be a link; what lies in it is not followed.
    const folder = fs.lstat(absolute)?.type === 'link' ? (fs.realPath(absolute) ?? absolute) : absolute;
    if (fs.lstat(folder)?.type !== 'folder') return undefined;
    const entries = await readTreeOnDisk(fs, folder, async (inside) => {
      const digest = await this.file(`${path}${inside.slice(folder.length)}`);
      if (digest === undefined) throw new UnstableFile(inside);
      return digest;
    });
    this.#linksOut.set(path, linksLeadingOut(fs, folder, entries));
    return entries;
  }

  /**
   * Links in a folder that lead to something outside of it, relative to the folder, as they were when it was last read.
   * Its digest holds where they say they lead, not what is there. Undefined for what was not read as a folder.
   */
  linksOutOf(path: string): readonly string[] | undefined {
    return this.#linksOut.get(path);
  }

  /**
   * Takes over what is known from elsewhere: the bytes were hashed on their way to this place, at or after `hashedAt`.
   * Unlike a file that was read, the key is of after; that is why only the committer may say so.
   */
  learn(path: string, digest: Digest, hashedAt: bigint): void {
    const stat = this.#options.fs.lstat(this.#absolute(path));
    if (stat?.type === 'file') this.#remember(path, stat, digest, hashedAt);
  }

  forget(path: string): void {
    if (this.#remembered.delete(path)) this.#changed = true;
    this.#racy.delete(path);
  }

  /**
   * Reads files too young to be trusted once more, after their time has come, so that the next command need not.
   * At most `bytesMax` bytes are read; what is left, or cannot be read now, is left to the next command.
   */
  async settle(bytesMax: number): Promise<void> {
    const { fs, now } = this.#options;
    if (!now || this.#racy.size === 0) return;
    const current = now();
    const soon = [...this.#racy].filter(([, { trustedAfter, granularityNs }]) => {
      if (trustedAfter < current) return true;
      // A time in the future never becomes trustworthy by waiting.
      return granularityNs <= SETTLE_WAIT_NS_MAX && trustedAfter <= current + granularityNs;
    });
    this.#racy.clear();
    const latest = soon.reduce((last, [, { trustedAfter }]) => (trustedAfter > last ? trustedAfter : last), 0n);
    if (latest >= current) await this.#waitUntilAfter(latest);
    let bytes = 0;
    for (const [path] of soon) {
      try {
        const stat = fs.stat(this.#absolute(path));
        if (stat?.type !== 'file') continue;
        bytes += stat.size;
        if (bytes > bytesMax) break;
        await this.#read(path);
      } catch {
        // Nobody asked for this file now; whoever does is told what is wrong with it.
      }
    }
  }

  #absolute(path: string): string {
    return path.startsWith('/') ? path : `${this.#options.workspace}/${path}`;
  }

  /** Stat, read, stat: equal or again. The key kept is the one from before, so an edit in between is never blessed. */
  async #read(path: string): Promise<Digest | undefined> {
    if (!this.#options.mayRead) throw new NeedsReading(path);
    const { fs, now } = this.#options;
    const absolute = this.#absolute(path);
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      const before = fs.stat(absolute);
      if (before?.type !== 'file') return undefined;
      await this.#waitWhileRacy(before);
      const startedAt = now?.();
      // The contents may be behind a link, which hashFile does not follow.
      const real = fs.lstat(absolute)?.type === 'link' ? fs.realPath(absolute) : absolute;
      const hashed = await fs.hashFile(real ?? absolute);
      if (fs.stat(absolute)?.key !== before.key) continue;
      const digest = makeDigest((before.mode & 0o100) === 0 ? 'file' : 'executable', hashed.sha256, hashed.size);
      if (startedAt !== undefined) this.#remember(path, before, digest, startedAt);
      return digest;
    }
    throw new UnstableFile(absolute);
  }

  async #waitWhileRacy(stat: FileStat): Promise<void> {
    const { now } = this.#options;
    if (!now || stat.size <= WAIT_RATHER_THAN_REREAD_BYTES) return;
    const granularityNs = this.#options.granularityNs(stat);
    const left = stat.mtimeNs + granularityNs - now();
    // A time in the future never becomes trustworthy by waiting.
    if (left >= 0n && left <= granularityNs) await this.#waitUntilAfter(stat.mtimeNs + granularityNs);
  }

  /** By the file system's clock, which goes in steps: after the time that is left it may still show that very time. */
  async #waitUntilAfter(time: bigint): Promise<void> {
    const { now, sleep } = this.#options;
    for (let tries = 0; now && tries < WAITS_MAX; tries++) {
      const current = now();
      if (current > time) return;
      await sleep(Number((time - current) / 1_000_000n) + 1);
    }
  }

  #remember(path: string, stat: FileStat, digest: Digest, hashedAt: bigint): void {
    const granularityNs = this.#options.granularityNs(stat);
    const trustedAfter = stat.mtimeNs + granularityNs;
    if (trustedAfter < hashedAt) {
      this.#remembered.set(path, { key: stat.key, digest });
      this.#racy.delete(path);
    } else {
      this.#remembered.delete(path);
      this.#racy.set(path, { trustedAfter, granularityNs });
    }
    this.#changed = true;
  }
}
