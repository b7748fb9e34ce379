// Cuts what launcher.py says into answers; their meaning is at the head of that program. Knows nothing of processes.
import type { OutputName } from './child.ts';

export type LauncherAnswer =
  | { readonly verb: 'ready' }
  | { readonly verb: 'started'; readonly id: number; readonly pid: number }
  | { readonly verb: 'failed'; readonly id: number; readonly errno: number }
  | { readonly verb: 'output'; readonly id: number; readonly from: OutputName; readonly bytes: Uint8Array }
  | {
      readonly verb: 'exit';
      readonly id: number;
      readonly code: number;
      /** 0 for none. */
      readonly signal: number;
      readonly isGroupGone: boolean;
    }
  | { readonly verb: 'end'; readonly id: number };

const NEWLINE = 0x0a;

/** Both sides are of the same build, so what one writes the other takes as it is. */
export class LauncherReader {
  readonly #onAnswer: (answer: LauncherAnswer) => void;
  /** The beginning of a line whose end has not come. */
  #line = '';
  /** Output that is announced and has not come. */
  #awaited = 0;
  #id = 0;
  #from: OutputName = 'stdout';

  constructor(onAnswer: (answer: LauncherAnswer) => void) {
    this.#onAnswer = onAnswer;
  }

  read(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#awaited > 0) {
        const piece = bytes.subarray(at, at + this.#awaited);
        this.#awaited -= piece.length;
        at += piece.length;
        this.#onAnswer({ verb: 'output', id: this.#id, from: this.#from, bytes: piece });
        continue;
      }
      const end = bytes.indexOf(NEWLINE, at);
      this.#line += bytes.toString('latin1', at, end < 0 ? bytes.length : end);
      if (end < 0) return;
      this.#take(this.#line);
      this.#line = '';
      at = end + 1;
    }
  }

  #take(line: string): void {
    const [verb, ...words] = line.split(' ');
    const [id = 0, first = 0, second = 0, third = 0] = words.map(Number);
    switch (verb) {
      case 'ready':
        this.#onAnswer({ verb });
        break;
      case 'started':
        this.#onAnswer({ verb, id, pid: first });
        break;
      case 'failed':
        this.#onAnswer({ verb, id, errno: first });
        break;
      case 'output':
        this.#id = id;
        this.#from = first === 0 ? 'stdout' : 'stderr';
        this.#awaited = second;
        break;
      case 'exit':
        this.#onAnswer({ verb, id, code: first, signal: second, isGroupGone: third === 1 });
        break;
      case 'end':
        this.#onAnswer({ verb, id });
        break;
    }
  }
}
