/**
 * `failed/<stage>/<run>-<attempt>/`: what is kept of attempts that did not publish. Knows where, how much and how long;
 * not what is in them but for their size.
 */
import type { FileSystem } from '../ports/file-system.ts';
import { compareText } from '../util/compare.ts';

export interface FailedLimits {
  readonly perStage: number;
  readonly inAll: number;
  readonly bytes: number;
}

const LIMITS: FailedLimits = { perStage: 5, inAll: 100, bytes: 2 * 1024 ** 3 };

/** The document that tells the size of an attempt, so that it need not be measured again. */
export const ATTEMPT_FILE = 'attempt.json';

interface Kept {
  readonly stage: string;
  readonly run: string;
  readonly attempt: number;
  readonly sizeBytes: number;
}

export class FailedAttempts {
  readonly #fs: FileSystem;
  readonly #root: string;
  readonly #runId: string;
  readonly #limits: FailedLimits;
  #kept: Kept[] | undefined;

  /** `root` is absolute. */
  constructor(fs: FileSystem, root: string, runId: string, limits = LIMITS) {
    this.#fs = fs;
    this.#root = root;
    this.#runId = runId;
    this.#limits = limits;
  }

  /** Absolute; made by who needs it. */
  folder(stage: string, attempt: number): string {
    return `${this.#root}/${stage}/${this.#runId}-${attempt}`;
  }

  /** Bytes of what is in it so far. */
  measure(stage: string, attempt: number): number {
    return sizeOfFolder(this.#fs, this.folder(stage, attempt));
  }

  /** The folder is filled: the oldest of all go until they are within the limits. This one stays, whatever its size. */
  added(stage: string, attempt: number, sizeBytes: number): void {
    const run = this.#runId;
    const isThis = (kept: Kept) => kept.stage === stage && kept.run === run && kept.attempt === attempt;
    const others = (this.#kept ?? this.#scan()).filter((kept) => !isThis(kept));
    const newestFirst = [{ stage, run, attempt, sizeBytes }, ...others];
    const stays: Kept[] = [];
    let bytes = 0;
    for (const kept of newestFirst) {
      bytes += kept.sizeBytes;
      const ofStage = stays.filter((one) => one.stage === kept.stage).length;
      const fits = ofStage < this.#limits.perStage && stays.length < this.#limits.inAll && bytes <= this.#limits.bytes;
      if (fits || stays.length === 0) stays.push(kept);
      else this.#remove(kept);
    }
    this.#kept = stays;
  }

  #remove({ stage, run, attempt }: Kept): void {
    const folder = `${this.#root}/${stage}`;
    this.#fs.remove(`${folder}/${run}-${attempt}`);
    this.#fs.removeEmptyFolder(folder);
  }

  /** Newest first. What has another name is not ours to remove. */
  #scan(): Kept[] {
    const found: Kept[] = [];
    for (const { name: stage } of this.#fs.readFolder(this.#root) ?? []) {
      for (const { name } of this.#fs.readFolder(`${this.#root}/${stage}`) ?? []) {
        const [, run, attempt] = /^(\d{8}-\d{6}-[0-9a-z]+)-(\d+)$/.exec(name) ?? [];
        if (run === undefined) continue;
        const sizeBytes = knownSize(this.#fs, `${this.#root}/${stage}/${name}`);
        found.push({ stage, run, attempt: Number(attempt), sizeBytes });
      }
    }
    return found.sort((a, b) => compareText(b.run, a.run) || b.attempt - a.attempt || compareText(a.stage, b.stage));
  }
}

function knownSize(fs: FileSystem, folder: string): number {
  try {
    const { size_bytes } = JSON.parse(fs.readText(`${folder}/${ATTEMPT_FILE}`) ?? '') as { size_bytes?: unknown };
    if (typeof size_bytes === 'number' && size_bytes >= 0) return size_bytes;
  } catch {
    // It was being written when wrangle was killed.
  }
  return sizeOfFolder(fs, folder);
}

/** Of what can be read: commands leave folders that are closed, and names that are no text. */
function sizeOfFolder(fs: FileSystem, root: string): number {
  let bytes = 0;
  const pending = [root];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    try {
      for (const { name, type } of fs.readFolder(folder) ?? []) {
        if (type === 'folder') pending.push(`${folder}/${name}`);
        else bytes += fs.lstat(`${folder}/${name}`)?.size ?? 0;
      }
    } catch {}
  }
  return bytes;
}
