// What becomes of the output of one process: masked, then logged, shown and kept for the end of a message.
// Knows nothing of how the process ends.
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { ProcessSpec } from '../ports/command-runner.ts';
import { Redactor, type RedactStream } from '../util/redact.ts';
import { LineSplitter, OutputTail } from './output-lines.ts';
import { OutputLog } from './output-log.ts';

/** One of stdout and stderr. They are masked and cut into lines apart, so that neither breaks up the other. */
interface Source {
  readonly stream: Readable;
  readonly redact: RedactStream | undefined;
  readonly lines: LineSplitter | undefined;
}

export class OutputSink {
  readonly #spec: ProcessSpec;
  readonly #log: OutputLog;
  readonly #tail = new OutputTail();
  readonly #sources: Source[] = [];
  #openCount = 0;
  #isPaused = false;

  constructor(spec: ProcessSpec, logBytesMax: number) {
    this.#spec = spec;
    this.#log = new OutputLog(spec.logPath, logBytesMax);
  }

  /** Whether somebody still holds a pipe open. */
  get isOpen(): boolean {
    return this.#openCount > 0;
  }

  /** Begins at once. Resolves when both pipes have ended. */
  read(child: ChildProcess): Promise<void> {
    const { onOutput, secrets } = this.#spec;
    const redactor = secrets.length > 0 ? redactorFor(secrets) : undefined;
    return new Promise((resolve) => {
      for (const stream of [child.stdout, child.stderr]) {
        if (!stream) continue;
        const source = { stream, redact: redactor?.stream(), lines: onOutput && new LineSplitter(onOutput) };
        this.#sources.push(source);
        this.#openCount++;
        stream.on('data', (chunk: Uint8Array) => this.#take(source, source.redact?.write(chunk) ?? chunk));
        // A pipe that cannot be read is a pipe that has ended; `close` follows.
        stream.on('error', () => undefined);
        stream.once('close', () => {
          if (--this.#openCount === 0) resolve();
        });
      }
    });
  }

  /** Resolves once everything that was read is in the log. */
  async flushed(): Promise<void> {
    await this.#log.idle();
  }

  /** Reads no more, and gives out what was held back. */
  async close(child: ChildProcess): Promise<{ tail: readonly string[]; hasLog: boolean }> {
    child.stdout?.destroy();
    child.stderr?.destroy();
    for (const source of this.#sources) {
      if (source.redact) this.#take(source, source.redact.end());
      source.lines?.end();
    }
    await this.#log.close();
    return { tail: this.#tail.lines(), hasLog: this.#log.isMade };
  }

  #take(source: Source, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#tail.write(bytes);
    source.lines?.write(bytes);
    const written = this.#log.write(bytes);
    if (written && !this.#isPaused) void this.#pauseUntil(written);
  }

  /** While the disk is busy the process waits in its next write: what it says is never piled up in memory. */
  async #pauseUntil(written: Promise<void>): Promise<void> {
    this.#isPaused = true;
    for (const { stream } of this.#sources) stream.pause();
    await written;
    await this.#log.idle();
    this.#isPaused = false;
    for (const { stream } of this.#sources) stream.resume();
  }
}

let latest: { readonly secrets: readonly string[]; readonly redactor: Redactor } | undefined;

/** All stages of a build have the same secrets, and to prepare them takes longer than a short command does. */
function redactorFor(secrets: readonly string[]): Redactor {
  const isSame =
    latest?.secrets.length === secrets.length && latest.secrets.every((value, at) => value === secrets[at]);
  if (!latest || !isSame) latest = { secrets, redactor: new Redactor(secrets) };
  return latest.redactor;
}
