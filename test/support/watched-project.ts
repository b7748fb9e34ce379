// A project that is watched: the real engine and the real state machine, with news and time in the hands of the test.
import { posix } from 'node:path';
import { onTestFinished } from 'vitest';
import type { OpenPipeline } from '../../src/engine/rounds/open-pipeline.ts';
import type { Round } from '../../src/engine/rounds/round.ts';
import type { Workspace } from '../../src/engine/workspace.ts';
import type { WatchedPlaces, WatchNews } from '../../src/ports/folder-watcher.ts';
import type { OnChange } from '../../src/watch/watcher.ts';
import { watch } from '../../src/watch/watcher.ts';
import type { Behaviour, EngineProject, Run, RunOptions } from './engine-project.ts';
import { succeed, ToldRun } from './engine-project.ts';
import { FakeFolderWatcher } from './fake-folder-watcher.ts';
import { ManualClock } from './manual-clock.ts';
import type { Operation } from './memory-file-system.ts';

/** A round that built something, or could not. */
export interface ToldRound extends Pick<Run, 'outcomes' | 'events' | 'warnings'> {
  readonly number: number;
  readonly report: Round['report'];
  readonly cause: Round['cause'];
}

export interface WatchOptions extends RunOptions {
  readonly onChange?: OnChange;
  /** Absolute paths of files that `asked` looks at. */
  readonly alsoWatched?: readonly string[];
  /** Called for each round: what is asked for in it. */
  readonly asked?: () => RunOptions;
}

/** Of the operations on the disk, those that a watcher tells of, with the paths it names. */
const CHANGES: { readonly [op in Operation['op']]?: (operation: Operation) => readonly string[] } = {
  writeFile: ({ path }) => [path],
  appendFile: ({ path }) => [path],
  makeFolder: ({ path }) => [path],
  rename: ({ path, to = '' }) => [path, to],
  remove: ({ path }) => [path],
  removeEmptyFolder: ({ path }) => [path],
  makeLink: ({ path }) => [path],
  chmod: ({ path }) => [path],
  touch: ({ path }) => [path],
  copyFile: ({ to = '' }) => [to],
};

/** More than any round needs that follows from another. */
const TURNS_MAX = 100;

export class WatchedProject {
  readonly project: EngineProject;
  readonly pipeline: OpenPipeline;
  readonly clock = new ManualClock();
  readonly folders = new FakeFolderWatcher();
  readonly rounds: ToldRound[] = [];
  /** Everything that the listener was told, in a word or two each. */
  readonly told: string[] = [];
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  /** Operations before this one were told of. */
  #seen = 0;

  static async open(project: EngineProject, options: WatchOptions = {}): Promise<WatchedProject> {
    const workspace = project.keepWorkers();
    const pipeline = await workspace.open(options.alsoWatched ?? []);
    return new WatchedProject(project, workspace, pipeline, options);
  }

  private constructor(
    project: EngineProject,
    workspace: Workspace,
    pipeline: OpenPipeline,
    { onChange = 'finish', asked, ...options }: WatchOptions,
  ) {
    this.project = project;
    this.pipeline = pipeline;
    this.lose();
    let told = new ToldRun();
    const watched = watch({
      clock: this.clock,
      watchFolders: this.folders.watchFolders,
      pipeline,
      round: (hints, { signal, ...hooks }) => {
        told = new ToldRun();
        const signals = { signal, killSignal: new AbortController().signal };
        return pipeline.round({ ...project.request({ ...options, ...asked?.() }, told, signals), ...hooks }, hints);
      },
      onChange,
      listener: {
        onBegin: (number, cause) => void this.told.push(`round ${number}: ${cause.paths.join(' ')}`.trimEnd()),
        onEnd: (number, { report, cause }) => {
          const { outcomes, events, warnings } = told.run();
          this.rounds.push({ number, report, cause, outcomes, events, warnings });
          this.told.push(report.status === 'built' ? report.outcome : report.status);
        },
        onIdle: () => void this.told.push('idle'),
        onLoop: (stage, paths) => void this.told.push(`loop: ${stage} ${paths.join(' ')}`),
        onBlind: (reason) => void this.told.push(`blind: ${reason}`),
      },
      signal: this.#stop.signal,
    });
    this.#done = closing(watched, workspace);
  }

  get last(): ToldRound | undefined {
    return this.rounds.at(-1);
  }

  /** Every process from now on ends at once, as `EngineProject.build` has it. */
  idle(): Promise<void> {
    return this.project.idle();
  }

  /** As somebody who saves files: path from the workspace -> text. */
  edit(files: Readonly<Record<string, string>>): void {
    const { fs, dir } = this.project;
    for (const [path, text] of Object.entries(files)) {
      const folder = posix.dirname(`${dir}/${path}`);
      if (!fs.lstat(folder)) fs.makeFolder(folder);
      fs.writeFile(`${dir}/${path}`, text);
    }
  }

  /** Tells of all that happened on the disk since the last time, where somebody watches. */
  deliver(): void {
    const { operations } = this.project.fs;
    const paths = operations.slice(this.#seen).flatMap((operation) => CHANGES[operation.op]?.(operation) ?? []);
    this.#seen = operations.length;
    for (const watched of this.folders.open) {
      for (const path of new Set(paths)) if (isWatched(watched.places, path)) watched.tell({ type: 'hint', path });
    }
  }

  /** As if nobody had seen what happened until now. */
  lose(): void {
    this.#seen = this.project.fs.operations.length;
  }

  tell(news: WatchNews): void {
    this.folders.tell(news);
  }

  /** Delivers the news, lets the burst end and waits until nothing happens any more. */
  async settle(): Promise<void> {
    this.deliver();
    await this.clock.advance(100);
    await this.idle();
  }

  /** The same, again and again, until no news is left: what rounds do themselves is news too. */
  async rest(): Promise<void> {
    for (let turn = 0; turn < TURNS_MAX; turn++) {
      await this.settle();
      if (!this.#hasNews()) return;
    }
    throw new Error(`the news never ended:\n${this.told.join('\n')}`);
  }

  /** As Ctrl-C. Resolves when watching has ended. */
  async end(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  #hasNews(): boolean {
    const news = this.project.fs.operations
      .slice(this.#seen)
      .flatMap((operation) => CHANGES[operation.op]?.(operation) ?? []);
    return this.folders.open.some(({ places }) => news.some((path) => isWatched(places, path)));
  }
}

/** Watches until the test ends, and waits for the first rounds. Processes do what `behave` says, or write their outputs. */
export async function watchProject(
  project: EngineProject,
  { behave, ...options }: WatchOptions & { readonly behave?: Behaviour } = {},
): Promise<WatchedProject> {
  project.runner.onStart(async (process) => {
    const answer = await Promise.resolve(behave?.(process));
    if (answer !== 'done') succeed(process);
  });
  const watching = await WatchedProject.open(project, options);
  onTestFinished(() => watching.end());
  await watching.idle();
  await watching.rest();
  return watching;
}

function isWatched({ folders, trees, ignored }: WatchedPlaces, path: string): boolean {
  const isIn = (folder: string) => path === folder || path.startsWith(`${folder}/`);
  if (ignored.some(isIn)) return false;
  if (folders.includes(posix.dirname(path)) || folders.includes(path) || trees.some(isIn)) return true;
  // The way to a place is watched as well.
  return [...folders, ...trees].some((place) => place.startsWith(`${path}/`));
}

async function closing(watched: Promise<void>, workspace: Workspace): Promise<void> {
  try {
    await watched;
  } finally {
    await workspace.close();
  }
}
