/**
 * Fingerprint -> what came of it: `ac/<2 hex>/<fingerprint>`. A record names digests only; the bytes are the blob
 * store's. A record that cannot be read, or is of another fingerprint, is a miss.
 */
import type { Digest } from '../model/digest.ts';
import { parseDigest } from '../model/digest.ts';
import type { FingerprintEntry } from '../model/fingerprint.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { Json } from '../util/canonical-json.ts';
import { readSealed, writeSealed } from './sealed-json.ts';

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
  readonly created_at: string;
  readonly duration_ms: number;
  readonly metrics: { readonly [name: string]: Json };
}

export interface RecordedOutput {
  readonly port: string;
  /** From the workspace. */
  readonly path: string;
  readonly digest: Digest;
}

const FORMAT = 1;
const RESULTS_MAX = 16;

export class ActionCache {
  readonly #fs: FileSystem;
  readonly #root: string;
  readonly #madeFolders = new Set<string>();

  constructor(fs: FileSystem, storeRoot: string) {
    this.#fs = fs;
    this.#root = `${storeRoot}/ac`;
  }

  read(fingerprint: string): ActionRecord | undefined {
    const record = readSealed(this.#fs, this.#pathOf(fingerprint), FORMAT);
    return isRecord(record) && record.fingerprint === fingerprint ? record : undefined;
  }

  /** The record that keeps this result and those before it which it does not replace. */
  merge(fingerprint: string, entries: readonly FingerprintEntry[], result: ActionResult): ActionRecord {
    // Without discovered inputs there is only ever one result, so there is nothing to merge with.
    const before = result.discovered.length === 0 ? [] : (this.read(fingerprint)?.results ?? []);
    const same = JSON.stringify(result.discovered);
    const others = before.filter((other) => JSON.stringify(other.discovered) !== same);
    return { fingerprint, entries, results: [result, ...others].slice(0, RESULTS_MAX) };
  }

  /** Errors: those of the disk. */
  write(record: ActionRecord): void {
    const folder = `${this.#root}/${record.fingerprint.slice(0, 2)}`;
    if (!this.#madeFolders.has(folder)) this.#fs.makeFolder(folder);
    this.#madeFolders.add(folder);
    writeSealed(this.#fs, this.#pathOf(record.fingerprint), FORMAT, record);
  }

  #pathOf(fingerprint: string): string {
    return `${this.#root}/${fingerprint.slice(0, 2)}/${fingerprint}`;
  }
}

/** A store may be shared with others, whose records are believed only as far as they have the right form. */
function isRecord(value: unknown): value is ActionRecord {
  const record = value as Partial<ActionRecord> | null;
  return (
    typeof record?.fingerprint === 'string' &&
    isListOf(
      record.entries,
      (entry) => typeof entry?.part === 'string' && typeof entry.name === 'string' && typeof entry.value === 'string',
    ) &&
    isListOf(
      record.results,
      (result) =>
        isListOf(result?.outputs, isNamed) &&
        isListOf(result?.discovered, isNamed) &&
        typeof result?.expect === 'string' &&
        typeof result.duration_ms === 'number',
    )
  );
}

function isNamed(named: { readonly path?: unknown; readonly digest?: unknown } | null | undefined): boolean {
  return typeof named?.path === 'string' && parseDigest(named.digest) !== undefined;
}

function isListOf<T>(value: readonly T[] | undefined, is: (item: Partial<T> | null | undefined) => boolean): boolean {
  return Array.isArray(value) && value.every((item) => is(item as Partial<T> | null | undefined));
}
