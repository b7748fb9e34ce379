/** Gives a stage its request again, changed in one thing, and looks at what comes of it. */
import { posix } from 'node:path';
import type { Members, StageEvent, StageRequest, ToldItem, ToldResult } from '../../plugin/protocol.ts';
import { parseResult, parseStageEvent, readResult, readStageEvent } from '../../plugin/protocol.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CommandRunner, ProcessEnd, ProcessSpec, RunningProcess } from '../../ports/command-runner.ts';
import type { FileSystem } from '../../ports/file-system.ts';
import type { RequestEnd } from '../../ports/worker-pool.ts';
import type { Result } from '../../util/result.ts';
import { isStackFrame } from '../../util/stack-frame.ts';
import type { ClosableWorkers } from '../ports.ts';
import { contentsOf } from './contents.ts';
import type { Sample, Started } from './examples.ts';

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
  /** When it is told to stop, in milliseconds from its start; before it can have done anything. */
  readonly stop?: number | 'at once';
}

export interface Attempted {
  readonly folder: AttemptFolder;
  /** Why it did not end well; undefined when it did, with all outputs. */
  readonly problem: string | undefined;
  /** Whether it says that it ended well, whatever it made. */
  readonly saysOk: boolean;
  /** Port (with a number where there are several) -> contents; undefined where there is nothing. */
  readonly outputs: ReadonlyMap<string, string | undefined>;
  /** Of a batch, the first result of each item by its key. */
  readonly items: ReadonlyMap<string, ToldItem['result']>;
  /** Of the process, or of the worker. */
  readonly pid: number | undefined;
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
  readonly openWorkers: () => Promise<ClosableWorkers>;
}

export class TestBench {
  readonly fs: FileSystem;
  readonly #ports: BenchPorts;
  readonly #signal: AbortSignal;
  readonly #root: string;
  #workers: ClosableWorkers | undefined;
  #count = 0;

  /** `root` is absolute and nobody else's. */
  constructor(ports: BenchPorts, root: string, signal: AbortSignal) {
    this.fs = ports.fs;
    this.#ports = ports;
    this.#root = root;
    this.#signal = signal;
  }

  /** A folder for copies of inputs, empty. */
  makeFolder(): string {
    const dir = `${this.#root}/${++this.#count}`;
    this.fs.makeFolder(dir);
    return dir;
  }

  /** The request with outputs and scratch in a folder of their own. */
  place(
    sample: Sample,
    { request: original }: Started,
    rename = (name: string) => name,
  ): { readonly folder: AttemptFolder; readonly placed: StageRequest } {
    const dir = this.makeFolder();
    const folder = { dir, outputs: this.#placeOutputs(sample, original, dir, rename) };
    const own = { scratch: `${dir}/scratch`, events: `${dir}/events.jsonl`, outputs: outputsOf(original, folder) };
    return { folder, placed: { ...original, ...own } };
  }

  async attempt(sample: Sample, started: Started, variation: Variation = {}): Promise<Attempted> {
    const { folder, placed } = this.place(sample, started, variation.outputName);
    const { dir } = folder;
    const request = variation.request?.(placed) ?? placed;
    this.fs.makeFolder(`${dir}/tmp`);
    this.fs.writeFile(`${dir}/answers.json`, JSON.stringify(request.answers ?? {}));
    variation.prepare?.(folder);
    if (started.worker) this.#workers ??= await this.#ports.openWorkers();
    const { clock } = this.#ports;
    const startedMs = clock.monotonicMs();
    const items = new Map<string, ToldItem['result']>();
    const note = ({ key, result }: ToldItem) => {
      if (!items.has(key)) items.set(key, result);
    };
    const onEvent = (event: StageEvent | undefined) => {
      if (event?.type === 'item') note(event);
    };
    const argv = variation.argv?.(started.spec.argv) ?? started.spec.argv;
    const running = this.#start(started, request, dir, argv, (members) => onEvent(readStageEvent(members)));
    let stoppedMs: number | undefined;
    const stop = () => {
      stoppedMs ??= clock.monotonicMs();
      running.cancel();
    };
    const forget = typeof variation.stop === 'number' ? clock.after(variation.stop, stop) : undefined;
    // A check may go on with another attempt after one that was stopped.
    if (variation.stop === 'at once' || this.#signal.aborted) stop();
    this.#signal.addEventListener('abort', stop);
    const end: ProcessEnd & Partial<RequestEnd> = await running.ended;
    const endedMs = clock.monotonicMs();
    forget?.();
    this.#signal.removeEventListener('abort', stop);
    const given = started.worker ? answerOf(end) : this.#readResult(dir);
    for (const line of this.fs.readText(request.events)?.split('\n') ?? []) onEvent(parseStageEvent(line));
    for (const item of (given?.ok && given.value.items) || []) note(item);
    return {
      folder,
      items,
      ...(await this.#judge(folder, end, given)),
      pid: running.pid,
      durationMs: endedMs - startedMs,
      stopMs: end.how === 'cancelled' && stoppedMs !== undefined ? endedMs - stoppedMs : undefined,
    };
  }

  /** Resolves to how long it took until all workers had ended. */
  async closeWorkers(): Promise<number> {
    const { clock } = this.#ports;
    const startedMs = clock.monotonicMs();
    await this.#workers?.close();
    this.#workers = undefined;
    return clock.monotonicMs() - startedMs;
  }

  #start(
    { spec, worker }: Started,
    request: StageRequest,
    dir: string,
    argv: ProcessSpec['argv'],
    onEvent: (members: Members) => void,
  ): RunningProcess {
    const limits = { timeoutMs: TIMEOUT_MS, graceMs: STOP_MS, onOutput: undefined };
    const own = {
      TMPDIR: `${dir}/tmp`,
      WRANGLE_ANSWERS: `${dir}/answers.json`,
      WRANGLE_EVENTS: request.events,
      WRANGLE_SCRATCH: request.scratch,
    };
    const changed = { ...spec, argv, logPath: `${dir}/log`, ...limits };
    if (worker && this.#workers) {
      const variables = { ...worker.variables, ...own };
      return this.#workers.start({ ...worker, spec: changed, variables, document: request, onEvent });
    }
    this.fs.writeFile(`${dir}/request.json`, JSON.stringify(request));
    const documents = { WRANGLE_REQUEST: `${dir}/request.json`, WRANGLE_RESULT: `${dir}/result.json` };
    return this.#ports.runner.start({ ...changed, env: { ...spec.env, ...own, ...documents } });
  }

  #readResult(dir: string): Given {
    const path = `${dir}/result.json`;
    const text = this.fs.stat(path)?.type === 'file' ? this.fs.readText(path) : undefined;
    return text === undefined ? undefined : parseResult(text);
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

  /** What was made in a folder, and the first thing that is wrong with it. */
  async outputsIn({ outputs }: AttemptFolder): Promise<Pick<Attempted, 'outputs' | 'problem'>> {
    const { found, missing } = await this.#lookAt(outputs);
    return { outputs: found, problem: missing[0] };
  }

  async #lookAt(outputs: AttemptFolder['outputs']) {
    const found = new Map<string, string | undefined>();
    const missing: string[] = [];
    for (const [at, { port, kind, path }] of outputs.entries()) {
      const label = outputs.filter((other) => other.port === port).length > 1 ? `${port} ${at + 1}` : port;
      const contents = await contentsOf(this.fs, path);
      found.set(label, contents);
      if (contents === undefined) missing.push(`It did not make its output "${label}".`);
      else if (!contents.startsWith(kind)) missing.push(`Its output "${label}" is no ${kind}.`);
    }
    return { found, missing };
  }

  async #judge({ outputs }: AttemptFolder, end: ProcessEnd & Partial<RequestEnd>, given: Given) {
    const { found, missing } = await this.#lookAt(outputs);
    const failed = endProblem(end, given);
    const { code } = (given?.ok && given.value.error) || { code: undefined };
    const problem = failed === undefined ? missing[0] : `${failed}${printedText(end.tail, code)}`;
    return { problem, saysOk: failed === undefined, outputs: found };
  }
}

/**
 * The end of what it printed, as a sentence to follow another; empty when there is none. Without stacks, and without
 * the failure with that code, which was said before.
 */
export function printedText(tail: readonly string[], code: string | undefined): string {
  const isSaid = (line: string) => code !== undefined && line.startsWith(`${code}: `);
  const isNoise = (line: string) => line.trim() === '' || isStackFrame(line) || /^Node\.js v\d/.test(line);
  const lines = tail.filter((line) => !isNoise(line) && !isSaid(line)).slice(-3);
  return lines.length === 0 ? '' : ` It printed: ${lines.map((line) => line.trim()).join(' / ')}`;
}

/** The result document, or why what there is cannot be one; undefined when there is nothing. */
type Given = Result<ToldResult, string> | undefined;

function answerOf({ answer }: Partial<RequestEnd>): Given {
  return answer === undefined ? undefined : readResult(answer);
}

function outputsOf(request: StageRequest, { outputs }: AttemptFolder): StageRequest['outputs'] {
  return Object.fromEntries(
    Object.entries(request.outputs).map(([port, given]) => {
      const paths = outputs.filter((output) => output.port === port).map(({ path }) => ({ path }));
      return [port, Array.isArray(given) ? paths : (paths[0] ?? (given as { path: string }))];
    }),
  );
}

/** As the engine reads an end; undefined when it is a good one. */
function endProblem(end: ProcessEnd & Partial<RequestEnd>, given: Given): string | undefined {
  if (end.fault) return end.fault.message;
  if (end.how === 'not-started') return `It could not be started: ${end.message}`;
  if (end.how === 'timeout') return `It did not end within ${TIMEOUT_MS / 1000} seconds.`;
  if (end.how === 'cancelled') return 'It was stopped.';
  if (end.how === 'signal') return `It was ended by ${end.signal}.`;
  if (given?.ok && given.value.error) return `It failed: ${errorText(given.value.error)}`;
  // A worker that goes on has none.
  if ((end.exitCode ?? 0) !== 0) return `It ended with exit code ${end.exitCode}.`;
  if (given === undefined) return 'It ended without a result.';
  if (!given.ok) return `Its result cannot be used: ${given.error}`;
  if (given.value.status === 'suspended') return 'It asks a question, to which the example has no answer.';
  return undefined;
}

function errorText({ code, message }: NonNullable<ToldResult['error']>): string {
  return `${message} (${code})`;
}
