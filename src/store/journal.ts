/**
 * What is about to change in the workspace, written down before it does (design-notes, "Journal and record").
 *
 *   publish ----> outputs renamed ----> done          with a record: rolls forward
 *   in-place ---> command writes  ----> publish/undo  without one: rolls back
 *   withdraw ---> outputs removed ----> done          rolls forward
 *   put-back ---> stages publish  ----> done/undone   a transaction: what was there comes back
 *
 * One line an entry: a checksum and JSON. A line that does not check was cut off or damaged and is passed over; those
 * behind it are whole, and old bytes may depend on them.
 */
import type { Digest } from '../model/digest.ts';
import type { OutputBefore } from '../model/output-change.ts';
import type { AppendFile, FileSystem } from '../ports/file-system.ts';
import { quoteName } from '../util/harmless-text.ts';
import { sha256 } from '../util/hash.ts';
import type { ActionRecord } from './action-cache.ts';
import type { IndexedStage } from './index-file.ts';

export interface PublishIntent {
  readonly type: 'publish';
  readonly id: string;
  readonly stage: string;
  readonly pipeline: string;
  /** Null when the result is not recorded (an input changed meanwhile); it is published all the same. */
  readonly record: ActionRecord | null;
  /** Goes into the index; empty when the result is not recorded. */
  readonly fingerprint: string;
  /** Goes into the index with it; null when the stage does not count as done. */
  readonly known: IndexedStage | null;
  readonly outputs: readonly {
    readonly path: string;
    readonly digest: Digest;
    /** Where the bytes wait, absolute; null when the command wrote them in place. */
    readonly staged: string | null;
    /** Where the old bytes of an output written in place are, absolute; null when there were none. */
    readonly aside: string | null;
    /** How it was before, for the record of a run that is killed; absent when its bytes do not change. */
    readonly was?: Omit<OutputBefore, 'path'>;
  }[];
}

export interface InPlaceIntent {
  readonly type: 'in-place';
  readonly id: string;
  readonly stage: string;
  readonly outputs: readonly {
    readonly path: string;
    /** Where the old bytes are kept meanwhile, absolute; null when there were none. */
    readonly aside: string | null;
  }[];
}

/** What stands at these paths goes: into the store it is in already, or to `.wrangle/displaced/`. */
export interface WithdrawIntent {
  readonly type: 'withdraw';
  readonly id: string;
  readonly stage: string;
  readonly outputs: readonly { readonly path: string; readonly aside: null }[];
  /** Those that go with them when nothing is left in them, from the workspace, the deepest first. */
  readonly folders: readonly string[];
}

/** While it is open, all of these outputs are to go back to what they were, whatever happened to them since. */
export interface PutBackIntent {
  readonly type: 'put-back';
  readonly id: string;
  /** A transaction of a pipeline, a whole build (`--atomic`), or a run that is undone. */
  readonly of: 'transaction' | 'build' | 'run';
  /** Of the transaction or run. */
  readonly name: string;
  /** Ids of the stages that make the outputs. */
  readonly stages: readonly string[];
  readonly outputs: readonly OutputBefore[];
}

export type Intent = PublishIntent | InPlaceIntent | WithdrawIntent | PutBackIntent;
/** `stuck`: recovery could neither finish nor undo it, and has said so. */
type Note<Type extends string> = { readonly type: Type; readonly id: string };
type Entry = Intent | Note<'done'> | Note<'undone'> | Note<'stuck'>;

export class Journal {
  readonly #fs: FileSystem;
  readonly #path: string;
  /** Open from the first line on until `release`. */
  #file: AppendFile | undefined;
  #syncing: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  readonly #open = new Set<string>();
  /** Lines of intents that are done, not written yet. */
  #done = '';
  #written = false;
  /** The last line may lack its end. */
  #torn = false;

  constructor(fs: FileSystem, path: string) {
    this.#fs = fs;
    this.#path = path;
  }

  /**
   * Resolves when the intent is on the disk. Intents of one moment share one fsync: while one is under way, all that
   * come wait for the next. Errors: rejects with those of the disk, and then nothing may be changed.
   */
  async append(intent: Intent): Promise<void> {
    this.#write(intent);
    this.#open.add(intent.id);
    await this.#synced();
  }

  /**
   * Closes an intent, if there is one. It is written down with the next intent: one that is done but reads as open is
   * carried out once more, which changes nothing.
   */
  done(id: string): void {
    if (this.#open.delete(id)) this.#done += lineOf({ type: 'done', id });
  }

  /**
   * As `done`, and resolves when that is on the disk: nobody undoes it any more.
   * Errors: rejects with those of the disk; the intent may then be open or not.
   */
  async settle(id: string): Promise<void> {
    if (!this.#open.has(id)) return;
    this.#write({ type: 'done', id });
    await this.#synced();
    this.#open.delete(id);
  }

  /** Closes an intent at once: whoever comes after a kill must not carry it out, or undo it, once more. */
  close(id: string): void {
    this.#closeAs('done', id);
  }

  /** Closes a `put-back` intent that was carried out, at once. */
  undone(id: string): void {
    this.#closeAs('undone', id);
  }

  #closeAs(type: 'done' | 'undone', id: string): void {
    if (!this.#open.delete(id)) return;
    try {
      this.#write({ type, id });
    } catch {
      // The disk is full, or worse; who writes next reports it.
    }
  }

  /** Something of this process is written down and neither finished nor undone. What it needs must stay. */
  get hasOpen(): boolean {
    return this.#open.size > 0;
  }

  /** Intents that were never closed, oldest first. */
  readOpen(): Intent[] {
    return this.read().open;
  }

  /** Both oldest first: those that were never closed, and what was published or put back since the last `clear`. */
  read(): { readonly open: Intent[]; readonly published: (PublishIntent | PutBackIntent)[] } {
    const open = new Map<string, Intent>();
    const published: (PublishIntent | PutBackIntent)[] = [];
    for (const entry of this.#entries()) {
      if (entry.type === 'stuck') continue;
      const before = open.get(entry.id);
      // A publish that follows an in-place intent of the same id replaces it, and takes its place in time.
      open.delete(entry.id);
      if (entry.type === 'done') {
        if (before?.type === 'publish') published.push(before);
      } else if (entry.type === 'undone') {
        if (before?.type === 'put-back') published.push(before);
      } else open.set(entry.id, entry);
    }
    return { open: [...open.values()], published };
  }

  /** Ids of intents that an earlier recovery got no further with. */
  readStuck(): ReadonlySet<string> {
    return new Set([...this.#entries()].flatMap(({ type, id }) => (type === 'stuck' ? [id] : [])));
  }

  /** Notes how far recovery came, for the next one. Errors: those of the disk. */
  noteRecovery(done: readonly Intent[], stuck: readonly string[]): void {
    for (const { type, id } of done) this.#write({ type: type === 'publish' ? 'done' : 'undone', id });
    for (const id of stuck) this.#write({ type: 'stuck', id });
  }

  /** Whether there may be anything to recover, by one stat. */
  isEmpty(): boolean {
    return (this.#fs.lstat(this.#path)?.size ?? 0) === 0;
  }

  /** Forgets everything, once nothing is open. */
  clear(): void {
    if (this.#open.size > 0 || (!this.#written && this.isEmpty())) return;
    this.release();
    this.#fs.writeFile(this.#path, '');
    this.#done = '';
    this.#written = false;
    this.#torn = false;
  }

  /** Lets the file go until the next line. Intents stay as they are. */
  release(): void {
    const file = this.#file;
    this.#file = undefined;
    const close = () => file?.close();
    if (this.#syncing !== undefined) void this.#syncing.then(close, close);
    else close();
  }

  *#entries(): Iterable<Entry> {
    for (const line of (this.#fs.readText(this.#path) ?? '').split('\n')) {
      const entry = parseLine(line);
      if (entry) yield entry;
    }
  }

  #write(entry: Entry): void {
    const start = this.#torn ? '\n' : '';
    // Until it is written: a part of it may be.
    this.#torn = true;
    this.#file ??= this.#fs.openAppend(this.#path);
    this.#file.append(start + this.#done + lineOf(entry));
    this.#torn = false;
    this.#done = '';
    this.#written = true;
  }

  #synced(): Promise<void> {
    if (!this.#syncing) {
      this.#syncing = this.#sync();
      return this.#syncing;
    }
    // The one under way may have begun before our line was written.
    this.#next ??= this.#syncing.then(
      () => this.#startNext(),
      () => this.#startNext(),
    );
    return this.#next;
  }

  #startNext(): Promise<void> {
    this.#next = undefined;
    this.#syncing = this.#sync();
    return this.#syncing;
  }

  async #sync(): Promise<void> {
    try {
      await (this.#file ? this.#file.sync() : this.#fs.sync(this.#path));
    } finally {
      if (!this.#next) this.#syncing = undefined;
    }
  }
}

/** Whose outputs an intent is about. */
export interface Owner {
  readonly of: 'stage' | PutBackIntent['of'];
  /** Empty for a whole build. */
  readonly name: string;
}

export function ownerOf(intent: Intent): Owner {
  return intent.type === 'put-back' ? { of: intent.of, name: intent.name } : { of: 'stage', name: intent.stage };
}

/** As in "the outputs of …". */
export function ownerText({ of, name }: Owner): string {
  if (of === 'build') return 'the whole build';
  return `${of === 'transaction' ? 'the transaction' : of} ${quoteName(name)}`;
}

/** Ids of the stages whose outputs an intent is about. */
export function stagesOf(intent: Intent): readonly string[] {
  return intent.type === 'put-back' ? intent.stages : [intent.stage];
}

function lineOf(entry: Entry): string {
  const json = JSON.stringify(entry);
  return `${sha256(json).slice(0, 16)} ${json}\n`;
}

function parseLine(line: string): Entry | undefined {
  const json = line.slice(17);
  if (json === '' || line.slice(0, 17) !== `${sha256(json).slice(0, 16)} `) return undefined;
  return JSON.parse(json) as Entry;
}
