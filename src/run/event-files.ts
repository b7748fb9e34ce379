/**
 * What stages write to WRANGLE_EVENTS, read while they run (design-notes, "The live view"). One timer looks at the files
 * of all attempts, so that an attempt which ends before it fires costs nothing. Knows lines, not what they mean.
 */
import { EVENT_LENGTH_MAX, parseStageEvent, type StageEvent } from '../plugin/protocol.ts';
import type { Clock } from '../ports/clock.ts';
import type { FileSystem } from '../ports/file-system.ts';

const LOOK_MS = 500;
/** Read at once. */
const PIECE_BYTES = 1024 * 1024;
/** Of one attempt. What is more is a flood, and reading it would hold up all other stages. */
const EVENTS_BYTES_MAX = 16 * 1024 * 1024;
/** A UTF-16 unit takes at most three bytes of UTF-8, so a longer line is none that counts. */
const LINE_BYTES_MAX = 3 * EVENT_LENGTH_MAX;
/** Of what was read, for finding out whether it still stands there. */
const KNOWN_BYTES = 64;
const NEWLINE = 0x0a;
/** A stage may put anything in the place of its file. */
const NO_FILE = new Set(['EISDIR', 'EINVAL', 'EACCES', 'EPERM']);

/** Who is told what an attempt writes. */
export interface Listener {
  tell(event: StageEvent): void;
  /** It wrote more than is read. */
  flooded(bytesMax: number): void;
}

export class EventFiles {
  readonly #fs: FileSystem;
  readonly #clock: Clock;
  readonly #followed = new Set<EventFile>();
  #cancel: (() => void) | undefined;

  constructor(fs: FileSystem, clock: Clock) {
    this.#fs = fs;
    this.#clock = clock;
  }

  /**
   * Tells what is written to a file from now on. What is returned tells the rest, and is to be called, with false where
   * there is no file for sure.
   */
  follow(path: string, told: Listener): (isThere?: boolean) => void {
    const file = new EventFile(this.#fs, path, told);
    this.#followed.add(file);
    this.#schedule();
    return (isThere) => {
      this.#followed.delete(file);
      file.end(isThere);
    };
  }

  /** Nothing is followed any more. */
  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #schedule(): void {
    this.#cancel ??= this.#clock.after(LOOK_MS, () => {
      this.#cancel = undefined;
      for (const file of this.#followed) file.look();
      if (this.#followed.size > 0) this.#schedule();
    });
  }
}

class EventFile {
  readonly #fs: FileSystem;
  readonly #path: string;
  readonly #told: Listener;
  /** Bytes that were read of what stands there now. */
  #offset = 0;
  /** The last of them. */
  #known: Buffer = Buffer.alloc(0);
  /** Of the file when it had been read to its end; see `FileStat.key`. */
  #key: string | undefined;
  /** A line whose end has yet to come. */
  #begun: Buffer[] = [];
  #begunBytes = 0;
  #isTooLong = false;
  /** The latest counts: those before it are of no use any more. */
  #progress: Extract<StageEvent, { type: 'progress' }> | undefined;
  #totalBytes = 0;

  constructor(fs: FileSystem, path: string, told: Listener) {
    this.#fs = fs;
    this.#path = path;
    this.#told = told;
  }

  /** Tells what is new, up to a limit. Whatever is wrong with the file will show at the end. */
  look(): void {
    try {
      this.#readPiece();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    }
    this.#tellProgress();
  }

  /** Errors: those of the disk. */
  end(isThere = true): void {
    try {
      if (!isThere) this.#startOver();
      while (isThere && this.#readPiece());
    } catch (error) {
      if (!NO_FILE.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
    if (this.#begunBytes > 0) this.#endLine(Buffer.alloc(0));
    this.#tellProgress();
  }

  /** Whether there may be more. */
  #readPiece(): boolean {
    if (this.#totalBytes > EVENTS_BYTES_MAX) return false;
    const stat = this.#fs.stat(this.#path);
    if (stat?.type !== 'file') {
      this.#startOver();
      return false;
    }
    if (stat.key === this.#key) return false;
    if (stat.size < this.#offset) this.#startOver();
    const known = this.#known.length;
    const length = Math.min(stat.size - this.#offset, PIECE_BYTES);
    const bytes = this.#fs.readPart(this.#path, this.#offset - known, known + length);
    if (!bytes) {
      this.#startOver();
      return false;
    }
    if (!this.#known.equals(bytes.subarray(0, known))) {
      // It was written anew, as `>` does.
      this.#startOver();
      return this.#readPiece();
    }
    const added = Buffer.from(bytes.buffer, bytes.byteOffset + known, bytes.byteLength - known);
    this.#offset += added.length;
    this.#totalBytes += added.length;
    this.#known = Buffer.from(bytes.subarray(-KNOWN_BYTES));
    this.#readLines(added);
    if (this.#totalBytes > EVENTS_BYTES_MAX) this.#told.flooded(EVENTS_BYTES_MAX);
    if (this.#offset < stat.size && added.length > 0) return true;
    this.#key = stat.key;
    return false;
  }

  #startOver(): void {
    this.#offset = 0;
    this.#known = Buffer.alloc(0);
    this.#key = undefined;
    this.#dropLine();
  }

  #readLines(bytes: Buffer): void {
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      this.#endLine(bytes.subarray(from, end));
      from = end + 1;
    }
    if (from === bytes.length || this.#isTooLong) return;
    this.#begunBytes += bytes.length - from;
    if (this.#begunBytes <= LINE_BYTES_MAX) this.#begun.push(Buffer.from(bytes.subarray(from)));
    else {
      this.#dropLine();
      this.#isTooLong = true;
    }
  }

  /** Only whole lines become text: their bytes may be cut anywhere. */
  #endLine(rest: Buffer): void {
    const isTooLong = this.#isTooLong || this.#begunBytes + rest.length > LINE_BYTES_MAX;
    const line = isTooLong ? '' : Buffer.concat([...this.#begun, rest]).toString();
    this.#dropLine();
    const event = line === '' ? undefined : parseStageEvent(line);
    if (event?.type === 'progress') this.#progress = event;
    else if (event) this.#told.tell(event);
  }

  #dropLine(): void {
    this.#begun = [];
    this.#begunBytes = 0;
    this.#isTooLong = false;
  }

  #tellProgress(): void {
    if (this.#progress) this.#told.tell(this.#progress);
    this.#progress = undefined;
  }
}
