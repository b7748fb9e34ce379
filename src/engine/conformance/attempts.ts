/** Gives a stage its request again, changed in one thing, and looks at what comes of it. */
import { posix } from 'node:path';
import type { StageRequest, StageResult } from '../../plugin/protocol.ts';
import { parseResult } from '../../plugin/protocol.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CommandRunner, ProcessEnd, ProcessSpec } from '../../ports/command-runner.ts';
import type { FileSystem } from '../../ports/file-system.ts';
import { contentsOf } from './contents.ts';
import type { Sample } from './examples.ts';

export interface Started {
  readonly spec: ProcessSpec;
  readonly request: StageRequest;
}

export interface AttemptFolder {
  readonly dir: string;
  readonly outputs: readonly PlacedOutput[];
}

interface PlacedOutput {
  readonly port: string;
  readonly kind: 'file' | 'folder';
  /** Absolute. */
  readonly path: string;
}

/** What is other than when wrangle ran it. */
export interface Variation {
  readonly request?: (request: StageRequest) => StageRequest;
  readonly argv?: (argv: ProcessSpec['argv']) => ProcessSpec['argv'];
  /** Makes the name of an output's file. */
  readonly outputName?: (name: string) => string;
  /** Done once everything is in its place. */
  readonly prepare?: (folder: AttemptFolder) => void;
  readonly stopAfterMs?: number;
}

export interface Attempted {
  readonly folder: AttemptFolder;
  readonly end: ProcessEnd;
  /** Why it did not end well; undefined when it did, with all outputs. */
  readonly problem: string | undefined;
  /** Whether it says that it ended well, whatever it made. */
  readonly saysOk: boolean;
  /** Port (with a number where there are several) -> contents; undefined where there is nothing. */
  readonly outputs: ReadonlyMap<string, string | undefined>;
  readonly durationMs: number;
  /** From the stop to the end; undefined when it had ended before. */
  readonly stopMs: number | undefined;
}

/** An example is small. */
const TIMEOUT_MS = 60_000;
export const STOP_MS = 5000;

export interface BenchPorts {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly runner: CommandRunner;
}

export class TestBench {
  readonly fs: FileSystem;
  readonly #clock: Clock;
  readonly #runner: CommandRunner;
  readonly #signal: AbortSignal;
  readonly #root: string;
  #count = 0;

  /** `root` is absolute and nobody else's. */
  constructor({ fs, clock, runner }: BenchPorts, root: string, signal: AbortSignal) {
    this.fs = fs;
    this.#clock = clock;
    this.#runner = runner;
    this.#root = root;
    this.#signal = signal;
  }

  /** A folder for copies of inputs, empty. */
  makeFolder(): string {
    const dir = `${this.#root}/${++this.#count}`;
    this.fs.makeFolder(dir);
    return dir;
  }

  async attempt(sample: Sample, { spec, request: original }: Started, variation: Variation = {}): Promise<Attempted> {
    const dir = this.makeFolder();
    const folder = {
      dir,
      outputs: this.#placeOutputs(sample, original, dir, variation.outputName ?? ((name) => name)),
    };
    const own = { scratch: `${dir}/scratch`, events: `${dir}/events.jsonl`, outputs: outputsOf(original, folder) };
    const request = { ...original, ...own };
    this.fs.makeFolder(`${dir}/tmp`);
    this.fs.writeFile(`${dir}/request.json`, JSON.stringify(variation.request?.(request) ?? request));
    variation.prepare?.(folder);
    const env = {
      ...spec.env,
      TMPDIR: `${dir}/tmp`,
      WRANGLE_REQUEST: `${dir}/request.json`,
      WRANGLE_RESULT: `${dir}/result.json`,
      WRANGLE_EVENTS: own.events,
      WRANGLE_SCRATCH: own.scratch,
    };
    const argv = variation.argv?.(spec.argv) ?? spec.argv;
    const limits = { timeoutMs: TIMEOUT_MS, graceMs: STOP_MS, onOutput: undefined };
    const startedMs = this.#clock.monotonicMs();
    const running = this.#runner.start({ ...spec, argv, env, logPath: `${dir}/log`, ...limits });
    let stoppedMs: number | undefined;
    const stop = () => {
      stoppedMs ??= this.#clock.monotonicMs();
      running.cancel();
    };
    const forget = variation.stopAfterMs === undefined ? undefined : this.#clock.after(variation.stopAfterMs, stop);
    this.#signal.addEventListener('abort', stop);
    const end = await running.ended;
    const endedMs = this.#clock.monotonicMs();
    forget?.();
    this.#signal.removeEventListener('abort', stop);
    return {
      folder,
      end,
      ...(await this.#judge(folder, end)),
      durationMs: endedMs - startedMs,
      stopMs: end.how === 'cancelled' && stoppedMs !== undefined ? endedMs - stoppedMs : undefined,
    };
  }

  #placeOutputs({ stage }: Sample, request: StageRequest, dir: string, rename: (name: string) => string) {
    const placed: PlacedOutput[] = [];
    for (const { name: port, items } of stage.outputs) {
      const given = [request.outputs[port] ?? []].flat();
      for (const [at, { kind }] of items.entries()) {
        const name = posix.basename(given[at]?.path ?? port);
        const path = `${dir}/out/${port}/${at}/${rename(name)}`;
        this.fs.makeFolder(kind === 'folder' ? path : posix.dirname(path));
        placed.push({ port, kind, path });
      }
    }
    return placed;
  }

  async #judge({ dir, outputs }: AttemptFolder, end: ProcessEnd) {
    const found = new Map<string, string | undefined>();
    const missing: string[] = [];
    for (const [at, { port, kind, path }] of outputs.entries()) {
      const label = outputs.filter((other) => other.port === port).length > 1 ? `${port} ${at + 1}` : port;
      const contents = await contentsOf(this.fs, path);
      found.set(label, contents);
      if (contents === undefined) missing.push(`It did not make its output "${label}".`);
      else if (!contents.startsWith(kind)) missing.push(`Its output "${label}" is no ${kind}.`);
    }
    const text =
      this.fs.stat(`${dir}/result.json`)?.type === 'file' ? this.fs.readText(`${dir}/result.json`) : undefined;
    const failed = endProblem(end, text);
    const printed = end.tail.length === 0 ? '' : ` It printed: ${end.tail.slice(-3).join(' / ')}`;
    const problem = failed === undefined ? missing[0] : `${failed}${printed}`;
    return { problem, saysOk: failed === undefined, outputs: found };
  }
}

function outputsOf(request: StageRequest, { outputs }: AttemptFolder): StageRequest['outputs'] {
  return Object.fromEntries(
    Object.entries(request.outputs).map(([port, given]) => {
      const paths = outputs.filter((output) => output.port === port).map(({ path }) => ({ path }));
      return [port, Array.isArray(given) ? paths : (paths[0] ?? (given as { path: string }))];
    }),
  );
}

/** As the engine reads an end; undefined when it is a good one. `text` is what is in the result's file. */
function endProblem(end: ProcessEnd, text: string | undefined): string | undefined {
  if (end.how === 'not-started') return `It could not be started: ${end.message}`;
  if (end.how === 'timeout') return `It did not end within ${TIMEOUT_MS / 1000} seconds.`;
  if (end.how === 'cancelled') return 'It was stopped.';
  if (end.how === 'signal') return `It was ended by ${end.signal}.`;
  const result = text === undefined ? undefined : parseResult(text);
  if (result?.ok && result.value.error) return `It failed: ${errorText(result.value.error)}`;
  if (end.exitCode !== 0) return `It ended with exit code ${end.exitCode}.`;
  if (result === undefined) return 'It ended without a result: there is no file WRANGLE_RESULT.';
  if (!result.ok) return `Its result cannot be used: ${result.error}`;
  if (result.value.status === 'suspended') return 'It asks a question, to which the example has no answer.';
  return undefined;
}

function errorText({ code, message }: NonNullable<StageResult['error']>): string {
  return `${message} (${code})`;
}
