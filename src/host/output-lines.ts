// Lines out of the output of a process: the last ones, and all as they come. Knows nothing of files or terminals.
import { harmlessText } from '../util/harmless-text.ts';

const TAIL_LINES = 20;
const TAIL_CHARACTERS = 2000;
/** What the tail is cut from. */
const TAIL_BYTES = 64 * 1024;
/** A line that is longer is shown up to here. */
const LINE_BYTES = 64 * 1024;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** Keeps the end of what is written to it, and cuts lines only when it is asked for them. */
export class OutputTail {
  #chunks: Uint8Array[] = [];
  #size = 0;
  #isCut = false;

  write(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.#size += bytes.length;
    while (this.#size - (this.#chunks[0]?.length ?? 0) >= TAIL_BYTES) {
      this.#size -= this.#chunks.shift()?.length ?? 0;
      this.#isCut = true;
    }
    // Many tiny chunks would each keep the large piece of memory alive that they were read into.
    if (this.#chunks.length > 256) this.#chunks = [Buffer.concat(this.#chunks)];
  }

  /** At most 20, each at most 2,000 characters and `…`; harmless to a terminal. */
  lines(): string[] {
    const lines = Buffer.concat(this.#chunks).toString().split('\n');
    if (lines.at(-1) === '') lines.pop();
    if (this.#isCut && lines.length > 1) lines.shift();
    return lines.slice(-TAIL_LINES).map((line) => {
      const safe = harmlessText(line);
      if (safe.length <= TAIL_CHARACTERS) return safe;
      return `${harmlessText(safe.slice(0, TAIL_CHARACTERS).replace(/[\ud800-\udbff]$/, ''))}…`;
    });
  }
}

/** Cuts one stream into whole lines. A character that was split between two chunks comes out whole. */
export class LineSplitter {
  readonly #emit: (text: string) => void;
  #line: Buffer = Buffer.alloc(0);
  #isCut = false;

  /** `emit` gets one or more lines, each with its newline. */
  constructor(emit: (text: string) => void) {
    this.#emit = emit;
  }

  write(bytes: Uint8Array): void {
    const first = bytes.indexOf(NEWLINE);
    if (first < 0) {
      this.#grow(bytes);
      return;
    }
    this.#grow(bytes.subarray(0, first));
    const last = bytes.lastIndexOf(NEWLINE);
    const rest = Buffer.from(bytes.buffer, bytes.byteOffset + first, last - first + 1);
    this.#emit(this.#take() + rest.toString());
    this.#grow(bytes.subarray(last + 1));
  }

  /** A last line without a newline gets one. */
  end(): void {
    if (this.#line.length > 0) this.#emit(`${this.#take()}\n`);
  }

  #grow(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#line = Buffer.concat([this.#line, bytes]);
    if (this.#line.length <= LINE_BYTES) return;
    // A progress bar writes over its line for ever; only the last state of it matters.
    const start = this.#line.lastIndexOf(RETURN) + 1;
    this.#isCut = this.#line.length - start > LINE_BYTES;
    this.#line = Buffer.from(this.#line.subarray(start, start + LINE_BYTES));
  }

  #take(): string {
    const text = this.#line.toString();
    const mark = this.#isCut ? '…' : '';
    this.#line = Buffer.alloc(0);
    this.#isCut = false;
    return text + mark;
  }
}
