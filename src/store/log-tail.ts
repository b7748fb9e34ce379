/**
 * Reads a log piece by piece, in whole lines, also one that others still add to. However long the log is, no more than a
 * piece and a line of it are in memory.
 */
import { StringDecoder } from 'node:string_decoder';
import type { FileSystem } from '../ports/file-system.ts';

export interface LogPiece {
  /** Whole lines; of a line that is too long to wait for its end, what there is. */
  readonly text: string;
  /** More can be read at once. */
  readonly hasMore: boolean;
  /** `cut`: it is shorter than what was read of it, and is read from its beginning. `gone`: it was there and is not. */
  readonly fault?: 'cut' | 'gone';
}

const PIECE_BYTES = 256 * 1024;
const LINE_LENGTH_MAX = 1024 * 1024;
const NOTHING: LogPiece = { text: '', hasMore: false };

export class LogTail {
  /** Absolute. */
  readonly path: string;
  readonly #fs: FileSystem;
  #offset = 0;
  #wasThere = false;
  #decoder = new StringDecoder('utf8');
  /** Of a line without an end. */
  #open = '';

  constructor(fs: FileSystem, path: string) {
    this.#fs = fs;
    this.path = path;
  }

  get wasThere(): boolean {
    return this.#wasThere;
  }

  /** What is new. A log that is not there yet has nothing new. Errors: those of the disk. */
  read(): LogPiece {
    const size = this.#fs.stat(this.path)?.size;
    if (size === undefined) return this.#missing();
    this.#wasThere = true;
    if (size < this.#offset) {
      this.#restart();
      return { text: '', hasMore: true, fault: 'cut' };
    }
    if (size === this.#offset) return NOTHING;
    const bytes = this.#fs.readPart(this.path, this.#offset, PIECE_BYTES);
    if (!bytes) return this.#missing();
    this.#offset += bytes.length;
    const text = this.#open + this.#decoder.write(bytes);
    const end = text.lastIndexOf('\n') + 1;
    const isTooLong = text.length - end > LINE_LENGTH_MAX;
    this.#open = isTooLong ? '' : text.slice(end);
    return { text: isTooLong ? text : text.slice(0, end), hasMore: bytes.length > 0 && this.#offset < size };
  }

  /** What stands behind the last end of a line: for when nothing more will come. */
  rest(): string {
    const text = this.#open + this.#decoder.end();
    this.#open = '';
    return text;
  }

  #missing(): LogPiece {
    if (!this.#wasThere) return NOTHING;
    this.#wasThere = false;
    this.#restart();
    return { ...NOTHING, fault: 'gone' };
  }

  #restart(): void {
    this.#offset = 0;
    this.#open = '';
    this.#decoder = new StringDecoder('utf8');
  }
}
