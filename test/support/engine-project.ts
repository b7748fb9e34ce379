/**
 * The real engine on a disk in memory and processes that do what the test says. A stage's command, unless told
 * otherwise, writes `name(contents of its inputs)` to each of its outputs, so every result can be computed by hand.
 */

import { posix } from 'node:path';
import { printDiagnostics } from '../../src/diagnostics/print.ts';
import type { GcRequest, StoreCleaned } from '../../src/engine/clean-store.ts';
import type { DiffReport } from '../../src/engine/diff-runs.ts';
import type { EnginePorts } from '../../src/engine/ports.ts';
import type { RollbackReport } from '../../src/engine/rollback.ts';
import type { AskedStage, StageCommandReport } from '../../src/engine/stage-command.ts';
import type { StoreVerified } from '../../src/engine/verify-store.ts';
import {
  type BuildReport,
  type BuildRequest,
  createWorkspace,
  type Planned,
  type Workspace,
} from '../../src/engine/workspace.ts';
import type { EventListener, WrangleEvent } from '../../src/model/event.ts';
import type { Cause, Decision } from '../../src/model/plan.ts';
import type { StageRecord } from '../../src/model/run-record.ts';
import type { ParamSetting } from '../../src/model/run-request.ts';
import type { StageRequest } from '../../src/plugin/protocol.ts';
import type { Survivor } from '../../src/ports/command-runner.ts';
import type { HeldLock, LockHolder, LockRequest, WorkspaceLock } from '../../src/ports/workspace-lock.ts';
import type { CollectedRun } from '../../src/report/run-collector.ts';
import type { Recovered } from '../../src/store/recover.ts';
import { FakeCommandRunner, type FakeProcess, FakeRequest } from './fake-command-runner.ts';
import { HeardRun } from './hear-run.ts';
import { ManualClock } from './manual-clock.ts';
import { MemoryFileSystem } from './memory-file-system.ts';

// The engine loads these when it first needs them, which takes real time that `idle` could not tell from the end.
await Promise.all([
  import('../../src/engine/clean-store.ts'),
  import('../../src/engine/check-stage-command.ts'),
  import('../../src/engine/beside.ts'),
  import('../../src/engine/choose-by-selectors.ts'),
  import('../../src/engine/stage-command.ts'),
  import('../../src/engine/stage-states.ts'),
  import('../../src/language/param-mistakes.ts'),
  import('../../src/engine/verify-store.ts'),
  import('../../src/engine/load-sources.ts'),
  import('../../src/engine/rollback.ts'),
  import('../../src/language/cel.ts'),
  import('../../src/fan-out/list-of.ts'),
  import('../../src/language/bind-item.ts'),
  import('csv-parse/sync'),
  import('../../src/engine/give-answers.ts'),
  import('../../src/run/build.ts'),
  import('../../src/run/vote-answers.ts'),
  import('../../src/run/compare-outputs.ts'),
  import('../../src/contents/csv.ts'),
  import('../../src/schema/validate.ts'),
]);

/** As in YAML; `run` may be left out, since the fake does not look at it. */
export type StageSpec = Readonly<Record<string, unknown>>;

export interface RunOptions
  extends Partial<
    Pick<
      BuildRequest,
      | 'targets'
      | 'select'
      | 'exclude'
      | 'isTruth'
      | 'force'
      | 'forcedBefore'
      | 'cache'
      | 'keepGoing'
      | 'answers'
      | 'atomic'
      | 'checkDeterminism'
    >
  > {
  readonly jobs?: number;
  readonly params?: readonly ParamSetting[];
  /** Absolute; the project's own pipeline when left out. */
  readonly file?: string;
  /** Also called with each event. */
  readonly onEvent?: EventListener;
}

export interface Run {
  readonly report: BuildReport;
  readonly events: readonly WrangleEvent[];
  readonly collected: CollectedRun;
  /** Outcome of every stage, fresh ones too. */
  readonly outcomes: Readonly<Record<string, string>>;
  /** Stages whose processes started, in order. */
  readonly started: readonly string[];
  readonly warnings: readonly string[];
  /** What a killed command had left, and what became of it. */
  readonly recovered: readonly Recovered[];
}

export interface StageRunOptions {
  readonly behave?: Behaviour;
  readonly cache?: boolean;
  readonly stop?: AbortController;
}

export interface StageRun {
  readonly report: StageCommandReport;
  readonly stage: StageRecord | undefined;
  readonly streams: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

export interface RunningBuild {
  /** Resolves when nothing more will happen until the test does something. */
  idle(): Promise<void>;
  /** As the first Ctrl-C does. */
  stop(): void;
  /** As the second does. */
  kill(): void;
  readonly done: Promise<Run>;
}

class MemoryLock implements WorkspaceLock {
  readonly #holders = new Map<string, LockHolder>();
  readonly #clock: ManualClock;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  holder(path: string): LockHolder | undefined {
    return this.#holders.get(path);
  }

  acquire({ path, command, onWait }: LockRequest): Promise<HeldLock | undefined> {
    const holder = this.#holders.get(path);
    if (holder) {
      onWait(holder);
      return Promise.resolve(undefined);
    }
    this.#holders.set(path, { pid: 1, command, started_at: new Date(this.#clock.nowMs()).toISOString() });
    return Promise.resolve({ fd: undefined, release: () => void this.#holders.delete(path) });
  }
}

export class EngineProject {
  readonly fs: MemoryFileSystem;
  readonly dir: string;
  readonly #pipeline: string;
  readonly clock = new ManualClock({ auto: true });
  /** What stages may take of the machine. */
  capacity = { cores: 4, memoryBytes: 4 * 2 ** 30 };
  readonly lock: WorkspaceLock = new MemoryLock(this.clock);
  readonly env: Record<string, string | undefined> = { PATH: '/usr/bin:/bin', HOME: '/home/u', USER: 'u' };
  /** Of the build that ran last, or runs. */
  runner: FakeCommandRunner;
  bootId = 'boot-1';
  /** What a killed build left running, as the next one finds it. */
  survivors: Survivor[] = [];
  /** What became of pools of workers, in order. */
  readonly pools: string[] = [];
  /** What is to be said of workers when the build is over. */
  complaints: string[] = [];
  /** What jitter is made of. */
  random: () => number = () => 1;
  /** The file system's smallest step; 0n: every edit can be told from the one before. */
  granularityNs = 0n;
  #serial = 0;
  #kept: Workspace | undefined;

  /** Several projects may share a disk. */
  constructor(fs = new MemoryFileSystem(), dir = '/w') {
    this.fs = fs;
    this.dir = dir;
    this.#pipeline = `${dir}/pipeline.yaml`;
    this.runner = new FakeCommandRunner(fs);
    this.fs.makeFolder(dir);
    this.clock.onAdvance((ms) => {
      this.fs.nowNs += BigInt(Math.round(ms * 1e6));
    });
  }

  /** Writes the pipeline file. A stage without `run` and `uses` gets a command that refers to all its outputs. */
  pipeline(stages: Readonly<Record<string, StageSpec>>, rest: Readonly<Record<string, unknown>> = {}): void {
    const full = Object.entries(stages).map(([id, stage]) => [
      id,
      'uses' in stage ? stage : { run: commandFor(id, stage), ...stage },
    ]);
    this.fs.write({
      [this.#pipeline]: JSON.stringify({ version: 1, ...rest, stages: Object.fromEntries(full) }, null, 2),
    });
  }

  write(files: Readonly<Record<string, string>>): void {
    this.fs.write(Object.fromEntries(Object.entries(files).map(([path, text]) => [`${this.dir}/${path}`, text])));
  }

  /** Undefined when there is no such file. */
  read(path: string): string | undefined {
    return this.fs.readText(`${this.dir}/${path}`);
  }

  /** Everything in the workspace but wrangle's own folder and the pipeline: path -> text. */
  files(): Record<string, string> {
    const all = Object.entries(this.fs.tree(this.dir));
    return Object.fromEntries(all.filter(([path]) => !path.startsWith('.wrangle') && path !== 'pipeline.yaml'));
  }

  /** What is kept of a stage's latest failed attempt: path -> text. Empty when nothing is. */
  failed(stage: string): Record<string, string> {
    const all = Object.entries(this.fs.tree(`${this.dir}/.wrangle/failed/${stage}`));
    const [latest] = all.at(-1)?.[0].split('/') ?? [];
    const prefix = `${latest}/`;
    return Object.fromEntries(
      all.filter(([path]) => path.startsWith(prefix)).map(([path, text]) => [path.slice(prefix.length), text]),
    );
  }

  /** Starts a build and holds every process until the test releases it. */
  start(options: RunOptions = {}): RunningBuild {
    this.runner = new FakeCommandRunner(this.fs);
    return this.#start(options);
  }

  /** Builds; every process does what `behave` says, by default writes its outputs. */
  async build(options: RunOptions & { readonly behave?: Behaviour } = {}): Promise<Run> {
    this.runner = new FakeCommandRunner(this.fs);
    const { behave } = options;
    this.runner.onStart(async (process) => {
      const answer = await Promise.resolve(behave?.(process));
      if (answer !== 'done') succeed(process);
    });
    return this.#start(options).done;
  }

  #start(options: RunOptions): RunningBuild {
    const told = new ToldRun();
    const stop = new AbortController();
    const kill = new AbortController();
    const { runner } = this;
    const request = this.request(options, told, { signal: stop.signal, killSignal: kill.signal });
    const done = this.#workspace()
      .build(request)
      .then((report): Run => ({ report, started: runner.started, ...told.run() }));
    return { done, stop: () => stop.abort(), kill: () => kill.abort(), idle: () => this.idle() };
  }

  request(
    options: RunOptions,
    told: ToldRun,
    signals: Pick<BuildRequest, 'signal' | 'killSignal'>,
  ): BuildRequest & { readonly file: string } {
    return {
      file: options.file ?? this.#pipeline,
      params: options.params ?? [],
      targets: options.targets ?? [],
      select: options.select ?? [],
      exclude: options.exclude ?? [],
      force: options.force ?? false,
      cache: options.cache ?? 'rw',
      forcedBefore: options.forcedBefore ?? [],
      answers: options.answers ?? [],
      keepGoing: options.keepGoing ?? false,
      atomic: options.atomic ?? false,
      checkDeterminism: options.checkDeterminism ?? false,
      jobs: options.jobs ?? 2,
      defaultJobs: () => 2,
      waitForLock: false,
      command: 'wrangle build',
      ...signals,
      graceMs: 10_000,
      onEvent: (event) => {
        told.onEvent(event);
        options.onEvent?.(event);
      },
      onOutput: undefined,
      onWait: () => {},
      onRecovered: (found) => told.recovered.push(...found),
    };
  }

  async plan(options: RunOptions = {}): Promise<Planned> {
    const {
      params = [],
      targets = [],
      select = [],
      exclude = [],
      isTruth = false,
      force = false,
      cache = 'rw',
    } = options;
    return this.#workspace().plan({ file: this.#pipeline, params, targets, select, exclude, isTruth, force, cache });
  }

  /** Runs one stage type on its own, on behalf of somebody in `/here`; what goes to a stream is in `streams`. */
  async runStage(
    asked: AskedStage,
    { behave, cache = false, stop = new AbortController() }: StageRunOptions = {},
  ): Promise<StageRun> {
    this.runner = new FakeCommandRunner(this.fs);
    this.runner.onStart(async (process) => {
      const answer = await Promise.resolve(behave?.(process));
      if (answer !== 'done') succeed(process);
    });
    const collector = new HeardRun();
    const streams: Record<string, string> = {};
    const report = await this.#workspace().runStage(asked, {
      cwd: '/here',
      cache,
      command: 'wrangle stage',
      signal: stop.signal,
      killSignal: new AbortController().signal,
      graceMs: 10_000,
      onEvent: (event) => collector.onEvent(event),
      onOutput: undefined,
      toStream: async (from, stream) => {
        streams[stream] = this.fs.readText(from) ?? '';
      },
    });
    const [stage] = collector.collected().stages.values();
    return { report, stage, streams, warnings: collector.collected().warnings.map(({ message }) => message) };
  }

  /** Takes outputs away, of all stages unless some are named. */
  async clean(
    request: { targets?: readonly string[]; select?: readonly string[]; orphans?: boolean; dryRun?: boolean } = {},
  ) {
    const { targets = [], select = [], orphans = false, dryRun = false } = request;
    const command = 'wrangle clean';
    return this.#workspace().clean({ file: this.#pipeline, params: [], targets, select, orphans, dryRun, command });
  }

  /** `run` undefined: the newest that changed anything. */
  async rollback(run?: string, dryRun = false): Promise<RollbackReport & { readonly warnings: readonly string[] }> {
    const warnings: string[] = [];
    const report = await this.#workspace().rollback({
      run,
      dryRun,
      waitForLock: false,
      command: 'wrangle rollback',
      signal: new AbortController().signal,
      onEvent: (event) => {
        if (event.event === 'log' && event.details.data.level === 'warning') warnings.push(event.details.message);
      },
      onWait: () => {},
      onRecovered: () => {},
    });
    return { ...report, warnings };
  }

  /** As `wrangle diff`. */
  async diff(before = 'last~1', after = 'last', output?: string): Promise<DiffReport> {
    const asked = output === undefined ? undefined : { name: output, path: posix.normalize(output) };
    return this.#workspace().diff({ before, after, output: asked });
  }

  async decisions(options: RunOptions = {}): Promise<Record<string, Decision>> {
    const planned = await this.plan(options);
    if (planned.status !== 'planned') throw new Error(`no plan: ${planned.status}`);
    return Object.fromEntries(planned.stages.map(({ id, decision }) => [id, decision]));
  }

  async why(stage: string): Promise<readonly Cause[]> {
    const planned = await this.plan();
    if (planned.status !== 'planned') throw new Error(`no plan: ${planned.status}`);
    return planned.stages.find(({ id }) => id === stage)?.causes ?? [];
  }

  /** As `wrangle gc`. Errors: throws unless the store was cleaned. */
  async gc(request: Partial<GcRequest> = {}): Promise<StoreCleaned> {
    const report = await this.#workspace().gc({
      dryRun: false,
      maxBytes: undefined,
      olderThanMs: undefined,
      failed: false,
      displaced: false,
      command: 'wrangle gc',
      ...request,
    });
    if (report.status !== 'cleaned') throw new Error(`not cleaned: ${JSON.stringify(report)}`);
    return report;
  }

  /** As `wrangle cache verify`. Errors: throws unless the store was verified. */
  async verifyStore(repair = false): Promise<StoreVerified> {
    const report = await this.#workspace().verifyStore({
      repair,
      command: 'wrangle cache verify',
      onWait: () => {},
      onProgress: () => {},
    });
    if (report.status !== 'verified') throw new Error(`not verified: ${JSON.stringify(report)}`);
    return report;
  }

  /** All mistakes as they are printed; empty when there are none. */
  async mistakes(): Promise<string> {
    const { mistakes } = await this.#workspace().check({ file: this.#pipeline, params: [] });
    return printDiagnostics(mistakes.diagnostics, mistakes.texts, { color: false, width: undefined });
  }

  /** From now on all builds are of one workspace, which keeps its workers until it is closed. */
  keepWorkers(): Workspace {
    this.#kept = createWorkspace(this.ports(), this.dir, { keepWorkers: true });
    return this.#kept;
  }

  #workspace(): Workspace {
    return this.#kept ?? createWorkspace(this.ports(), this.dir);
  }

  ports(): EnginePorts {
    return {
      fs: this.fs,
      clock: this.clock,
      lock: this.lock,
      createRunner: () => Promise.resolve({ start: (spec) => this.runner.start(spec), close: () => Promise.resolve() }),
      createWorkers: ({ slots, lockFd }) => {
        this.pools.push(`opened for ${slots}${lockFd === undefined ? '' : ', with the lock'}`);
        const end = (how: string) => {
          this.pools.push(how);
          return this.complaints.splice(0);
        };
        const rest = () => end('rested');
        const close = async () => end('closed');
        return Promise.resolve({ start: (request) => this.runner.workers.start(request), rest, close });
      },
      endSurvivors: () => Promise.resolve(this.survivors.splice(0)),
      env: this.env,
      platform: { os: 'linux', arch: 'x64', nodeMajor: 20 },
      bootId: this.bootId,
      pid: 1,
      capacity: () => this.capacity,
      nodePath: '/usr/bin/node',
      version: '0.1.0',
      random: () => this.random(),
      randomId: (length) => String(++this.#serial).padStart(length, '0'),
      granularityNs: this.granularityNs,
    };
  }

  /** Everything here is microtasks and immediates, so a few quiet turns of the event loop mean that nothing is left. */
  async idle(): Promise<void> {
    let quiet = 0;
    for (let seen = this.#activity(); quiet < QUIET_TURNS; ) {
      await new Promise((resolve) => setImmediate(resolve));
      const now = this.#activity();
      quiet = now === seen ? quiet + 1 : 0;
      seen = now;
    }
  }

  #activity(): string {
    return `${this.fs.operations.length} ${this.runner.started.length} ${this.runner.running().length}`;
  }
}

/** What is told of one run. */
export class ToldRun {
  readonly events: WrangleEvent[] = [];
  readonly recovered: Recovered[] = [];
  readonly #collector = new HeardRun();

  onEvent(event: WrangleEvent): void {
    this.events.push(event);
    this.#collector.onEvent(event);
  }

  run(): Omit<Run, 'report' | 'started'> {
    const collected = this.#collector.collected();
    const outcomes: Record<string, string> = {};
    for (const id of collected.fresh) outcomes[id] = 'fresh';
    for (const id of Object.keys(collected.skipped)) outcomes[id] = 'skipped';
    for (const [id, { outcome }] of collected.stages) outcomes[id] = outcome;
    const warnings = collected.warnings.map(({ message }) => message);
    return { events: this.events, collected, outcomes, warnings, recovered: this.recovered };
  }
}

const QUIET_TURNS = 20;

/** Ports that a command refers to are staged, the others are written in place. */
function commandFor(id: string, { outputs = {} }: StageSpec): string {
  return ['make', id, ...Object.keys(outputs as object).map((port) => `\${{ outputs.${port} }}`)].join(' ');
}

/** What a process does. `done` when it has ended the process itself. */
export type Behaviour = (process: FakeProcess) => 'done' | undefined | Promise<'done' | undefined>;

export function requestOf(process: FakeProcess): StageRequest {
  if (process instanceof FakeRequest) return process.request.document as StageRequest;
  return JSON.parse(process.reads(process.spec.env['WRANGLE_REQUEST'] ?? '')) as StageRequest;
}

/** Absolute paths that the process is to write. */
export function outputsOf(process: FakeProcess): string[] {
  return Object.values(requestOf(process).outputs).flatMap((output) =>
    'path' in output ? [output.path] : output.map(({ path }) => path),
  );
}

/** Contents of all inputs in order, of a folder those of every file in it by path. */
export function readInputs(process: FakeProcess): string[] {
  const paths = Object.values(requestOf(process).inputs).flatMap((port) => port.map(({ path }) => path));
  return paths.flatMap((path) => process.readsAll(path));
}

/** Writes `name(contents of its inputs)` to each output (in a folder: to `data`) and ends well. */
export function succeed(process: FakeProcess): void {
  const text = `${process.stage}(${readInputs(process).join(',')})`;
  for (const path of outputsOf(process)) process.writes({ [process.isFolder(path) ? `${path}/data` : path]: text });
  process.succeed();
}
