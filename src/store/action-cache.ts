/**
 * Fingerprint -> what came of it: `ac/<2 hex>/<fingerprint>`. A record names digests only; the bytes are the blob
 * store's. A record that cannot be read, or is of another fingerprint, is a miss. The time of its file is that of its
 * last use (design-notes, "Cleaning the store").
 */
import type { Digest } from '../model/digest.ts';
import { parseDigest } from '../model/digest.ts';
import type { FingerprintEntry } from '../model/fingerprint.ts';
import type { VoteTally } from '../model/vote.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { Json } from '../util/canonical-json.ts';
import { seal, sealedFormat, unseal } from './sealed-json.ts';
import { StoreFolders } from './store-folders.ts';

export interface ActionRecord {
  /** The declared fingerprint: without discovered inputs. */
  readonly fingerprint: string;
  /** Its parts, so that `why` can say what is different now. */
  readonly entries: readonly FingerprintEntry[];
  /** Newest first, at most `RESULTS_MAX`; more than one only when discovered inputs tell them apart. */
  readonly results: readonly ActionResult[];
}

export interface ActionResult {
  /** Inputs the stage itself reported, as they were; sorted by path. */
  readonly discovered: readonly { readonly path: string; readonly digest: Digest }[];
  /** In the order of ports and items. */
  readonly outputs: readonly RecordedOutput[];
  /** Digest of the contract the outputs were checked against; empty for none. */
  readonly expect: string;
  readonly stage: string;
  /** In which it was made. */
  readonly run_id: string;
  readonly created_at: string;
  readonly duration_ms: number;
  readonly metrics: { readonly [name: string]: Json };
  /** The strategy that made it; absent: the stage's own. */
  readonly degraded?: string;
  /** That it won; absent: nobody voted. */
  readonly vote?: VoteTally;
}

export interface RecordedOutput {
  readonly port: string;
  /** From the workspace. */
  readonly path: string;
  readonly digest: Digest;
  /** False: of a port with `cache: false`, so its bytes are not in the store. */
  readonly kept?: boolean;
}

/**
 * Why there is no record to read. `foreign`: another version of wrangle wrote it, which is no damage;
 * `absent` also: the store cannot be read.
 */
export type NoRecord = 'absent' | 'foreign' | 'damaged';

const FORMAT = 2;
const RESULTS_MAX = 16;
/** No stage has that many outputs; somebody wrote something else there. */
const RECORD_BYTES_MAX = 64 << 20;

export class ActionCache {
  readonly #fs: FileSystem;
  readonly #root: string;
  readonly #temporaryName: string;
  readonly #folders: StoreFolders;
  readonly #onAdded: (bytes: number) => void;

  /** See `BlobStore`. */
  constructor(fs: FileSystem, root: string, temporaryName: string, onAdded: (bytes: number) => void = () => {}) {
    this.#fs = fs;
    this.#root = root;
    this.#temporaryName = temporaryName;
    this.#folders = new StoreFolders(fs, root);
    this.#onAdded = onAdded;
  }

  pathOf(fingerprint: string): string {
    return `${this.#root}/ac/${fingerprint.slice(0, 2)}/${fingerprint}`;
  }

  read(fingerprint: string): ActionRecord | undefined {
    const found = this.look(fingerprint);
    return typeof found === 'object' ? found : undefined;
  }

  look(fingerprint: string): ActionRecord | NoRecord {
    return lookAtRecord(this.#fs, this.pathOf(fingerprint), fingerprint);
  }

  /** Moves a damaged record to `quarantine/`: where it is now, absolute; undefined when it could not be moved. */
  setAside(fingerprint: string): string | undefined {
    return this.#folders.quarantine(this.pathOf(fingerprint), `record-${fingerprint}`);
  }

  /** Notes that the record was of use just now. A store that cannot be written keeps the old time. */
  renew(fingerprint: string): void {
    try {
      this.#fs.touch(this.pathOf(fingerprint));
    } catch {
      // Somebody else's, or cleaned away at this moment; neither keeps its bytes from being of use now.
    }
  }

  /** The record that keeps this result and those before it which it does not replace. */
  merge(fingerprint: string, entries: readonly FingerprintEntry[], result: ActionResult): ActionRecord {
    // Without discovered inputs there is only ever one result, so there is nothing to merge with.
    const before = result.discovered.length === 0 ? [] : (this.read(fingerprint)?.results ?? []);
    const same = JSON.stringify(result.discovered);
    const others = before.filter((other) => JSON.stringify(other.discovered) !== same);
    return { fingerprint, entries, results: [result, ...others].slice(0, RESULTS_MAX) };
  }

  /** Old or new, never half, also when several processes write the same one. Errors: those of the disk. */
  write(record: ActionRecord): void {
    const { fingerprint } = record;
    const path = this.pathOf(fingerprint);
    const temporary = `${this.#root}/tmp/${this.#temporaryName}-record`;
    const text = seal(FORMAT, record);
    this.#folders.make('tmp');
    this.#folders.make(`ac/${fingerprint.slice(0, 2)}`);
    try {
      this.#fs.writeFile(temporary, text);
      this.#moveIn(temporary, path, fingerprint);
    } catch (error) {
      this.#folders.discard(temporary);
      throw error;
    }
    this.#onAdded(Buffer.byteLength(text));
  }

  #moveIn(temporary: string, path: string, fingerprint: string): void {
    try {
      this.#fs.rename(temporary, path);
    } catch (error) {
      // A folder cannot be replaced by a file.
      if (this.#fs.lstat(path)?.type !== 'folder' || this.setAside(fingerprint) === undefined) throw error;
      this.#fs.rename(temporary, path);
    }
  }
}

export function lookAtRecord(fs: FileSystem, path: string, fingerprint: string): ActionRecord | NoRecord {
  let text: string | undefined;
  try {
    const stat = fs.lstat(path);
    if (!stat) return 'absent';
    if (stat.type !== 'file' || stat.size > RECORD_BYTES_MAX) return 'damaged';
    text = fs.readText(path);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EIO' ? 'damaged' : 'absent';
  }
  if (text === undefined) return 'absent';
  const record = unseal(FORMAT, text);
  if (isRecord(record) && record.fingerprint === fingerprint) return record;
  return (sealedFormat(text) ?? FORMAT) === FORMAT ? 'damaged' : 'foreign';
}

/** A store may be shared with others, whose records are believed only as far as they have the right form. */
function isRecord(value: unknown): value is ActionRecord {
  const record = value as Partial<ActionRecord> | null;
  return (
    typeof record?.fingerprint === 'string' &&
    isListOf(
      record.entries,
      (entry) =>
        typeof entry?.part === 'string' &&
        typeof entry.name === 'string' &&
        typeof entry.value === 'string' &&
        (entry.label === undefined || typeof entry.label === 'string'),
    ) &&
    isListOf(
      record.results,
      (result) =>
        isListOf(result?.outputs, isNamed) &&
        isListOf(result?.discovered, isNamed) &&
        typeof result?.expect === 'string' &&
        typeof result.stage === 'string' &&
        typeof result.run_id === 'string' &&
        typeof result.created_at === 'string' &&
        typeof result.duration_ms === 'number' &&
        (result.degraded === undefined || typeof result.degraded === 'string') &&
        (result.vote === undefined || isListOf(result.vote?.counts, (one) => typeof one?.answer === 'string')),
    )
  );
}

function isNamed(named: { readonly path?: unknown; readonly digest?: unknown } | null | undefined): boolean {
  return typeof named?.path === 'string' && parseDigest(named.digest) !== undefined;
}

function isListOf<T>(value: readonly T[] | undefined, is: (item: Partial<T> | null | undefined) => boolean): boolean {
  return Array.isArray(value) && value.every((item) => is(item as Partial<T> | null | undefined));
}
