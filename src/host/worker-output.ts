// What a worker prints, which is the log of the request that it serves. Knows nothing of the requests themselves.
import type { ProcessSpec } from '../ports/command-runner.ts';
import type { OutputName } from './child.ts';
import { type Flow, type Output, type OutputEnd, OutputSink } from './output-sink.ts';

/** What is printed between two requests waits for the next, up to this. */
const HELD_BYTES_MAX = 64 * 1024;
const NOTHING: OutputEnd = { tail: [], hasLog: false };

interface Current {
  readonly sink: OutputSink;
  closed: Promise<OutputEnd> | undefined;
}

export class WorkerOutput implements Output {
  readonly #flow: Flow;
  readonly #logBytesMax: number;
  #current: Current | undefined;
  #held: [OutputName, Uint8Array][] = [];
  #heldBytes = 0;
  #writes = 0;
  #isPaused = false;

  constructor(flow: Flow, logBytesMax: number) {
    this.#flow = flow;
    this.#logBytesMax = logBytesMax;
  }

  /** From now on it belongs to this request. */
  begin(spec: Pick<ProcessSpec, 'logPath' | 'secrets' | 'onOutput'>): void {
    const sink = new OutputSink(spec, this.#logBytesMax, {
      pause: () => {
        this.#isPaused = true;
        this.#flow.pause();
      },
      resume: () => {
        this.#isPaused = false;
        this.#flow.resume();
      },
    });
    this.#current = { sink, closed: undefined };
    for (const [from, bytes] of this.#held) sink.write(from, bytes);
    this.#held = [];
    this.#heldBytes = 0;
  }

  /** Resolves once all that was printed before this call is in the log of the request. */
  async end(): Promise<OutputEnd> {
    const current = this.#current;
    if (!current) return NOTHING;
    // What was printed before the answer was written is in the pipes, and one look at the descriptors brings it.
    for (let seen = -1; (seen !== this.#writes || this.#isPaused) && !current.closed; ) {
      seen = this.#writes;
      await new Promise((resolve) => setImmediate(resolve));
      await current.sink.flushed();
    }
    return this.#close(current);
  }

  write(from: OutputName, bytes: Uint8Array): void {
    this.#writes++;
    if (this.#current) this.#current.sink.write(from, bytes);
    else if (this.#heldBytes < HELD_BYTES_MAX) {
      this.#held.push([from, bytes]);
      this.#heldBytes += bytes.length;
    }
  }

  async flushed(): Promise<void> {
    await this.#current?.sink.flushed();
  }

  async close(): Promise<OutputEnd> {
    return this.#current ? this.#close(this.#current) : NOTHING;
  }

  #close(current: Current): Promise<OutputEnd> {
    if (this.#current === current) this.#current = undefined;
    current.closed ??= current.sink.close();
    return current.closed;
  }
}
