// What becomes of the output of one process: masked, then logged, shown and kept for the end of a message.
// Knows nothing of how it is read or how the process ends.
import type { ProcessSpec } from '../ports/command-runner.ts';
import { Redactor, type RedactStream } from '../util/redact.ts';
import type { OutputName } from './child.ts';
import { LineSplitter, OutputTail } from './output-lines.ts';
import { OutputLog } from './output-log.ts';

/** One of stdout and stderr. They are masked and cut into lines apart, so that neither breaks up the other. */
interface Source {
  readonly redact: RedactStream | undefined;
  readonly lines: LineSplitter | undefined;
}

/** Whoever brings the output. */
export interface Flow {
  pause(): void;
  resume(): void;
}

/** Whoever takes it. */
export interface Output {
  write(from: OutputName, bytes: Uint8Array): void;
  /** Resolves once everything that was written is in the log. */
  flushed(): Promise<void>;
  /** Gives out what was held back. Nothing may be written any more. */
  close(): Promise<OutputEnd>;
}

export interface OutputEnd {
  readonly tail: readonly string[];
  readonly hasLog: boolean;
}

export class OutputSink implements Output {
  readonly #spec: Pick<ProcessSpec, 'logPath' | 'secrets' | 'onOutput'>;
  readonly #flow: Flow;
  readonly #log: OutputLog;
  readonly #tail = new OutputTail();
  /** Made at the first byte: most stages say nothing. */
  readonly #sources = new Map<OutputName, Source>();
  #isPaused = false;

  constructor(spec: Pick<ProcessSpec, 'logPath' | 'secrets' | 'onOutput'>, logBytesMax: number, flow: Flow) {
    this.#spec = spec;
    this.#flow = flow;
    this.#log = new OutputLog(spec.logPath, logBytesMax);
  }

  write(from: OutputName, bytes: Uint8Array): void {
    const source = this.#sources.get(from) ?? this.#open(from);
    this.#take(source, source.redact?.write(bytes) ?? bytes);
  }

  async flushed(): Promise<void> {
    await this.#log.idle();
  }

  async close(): Promise<OutputEnd> {
    for (const source of this.#sources.values()) {
      if (source.redact) this.#take(source, source.redact.end());
      source.lines?.end();
    }
    await this.#log.close();
    return { tail: this.#tail.lines(), hasLog: this.#log.isMade };
  }

  #open(name: OutputName): Source {
    const { secrets, onOutput } = this.#spec;
    const redactor = secrets.length > 0 ? redactorFor(secrets) : undefined;
    const source = { redact: redactor?.stream(), lines: onOutput && new LineSplitter(onOutput) };
    this.#sources.set(name, source);
    return source;
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
    this.#flow.pause();
    await written;
    await this.#log.idle();
    this.#isPaused = false;
    this.#flow.resume();
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
