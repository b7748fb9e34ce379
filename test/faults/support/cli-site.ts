/**
 * A workspace on a real disk that faults are tried on. Every trial starts from the same copy, at the same path, because
 * a journal speaks of absolute paths. Beside it lies a folder that nothing may touch: it is HOME and TMPDIR as well.
 */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWorkspace } from '../../../src/engine/workspace.ts';
import { FlockLock } from '../../../src/host/flock-lock.ts';
import { createNodePorts } from '../../../src/host/node-ports.ts';
import type { WrangleEvent } from '../../../src/model/event.ts';
import { stateLayout } from '../../../src/store/layout.ts';
import { CliProject, type CliResult, processesIn } from '../../support/cli-project.ts';
import type { BuildSeen, FaultyWorkspace, Files } from './assert-sane.ts';
import { SECRET } from './assert-sane.ts';

const PIPELINE = 'pipeline.yaml';

export class CliSite implements FaultyWorkspace {
  readonly project = new CliProject();
  readonly #beside = new CliProject();
  /** For what is nobody's business in the workspace: copies, logs. */
  readonly scratch = fs.mkdtempSync(join(tmpdir(), 'wrangle-scratch-'));

  constructor() {
    this.#beside.write({ 'home/keep.txt': 'nobody touches this', 'tmp/keep.txt': 'nor this' });
    const { env } = this.project;
    env['HOME'] = this.#beside.path('home');
    env['TMPDIR'] = this.#beside.path('tmp');
    env['TOKEN'] = SECRET;
  }

  /** To be called when it is not needed any more; the folder itself goes with the test. */
  close(): void {
    fs.rmSync(this.scratch, { recursive: true, force: true });
  }

  get dir(): string {
    return this.project.dir;
  }

  /** Keeps everything as it is now under a name. */
  keep(name: string): void {
    fs.rmSync(join(this.scratch, name), { recursive: true, force: true });
    copyTree(this.dir, join(this.scratch, name));
  }

  /** Everything is as it was when it was kept. */
  bringBack(name: string): void {
    for (const entry of fs.readdirSync(this.dir)) fs.rmSync(join(this.dir, entry), { recursive: true, force: true });
    copyTree(join(this.scratch, name), this.dir);
  }

  tree(): Files {
    return readTree(this.dir);
  }

  /** What a build makes of these sources where nothing was ever built. */
  async cleanBuild(sources: Files): Promise<Files> {
    const clone = new CliProject().write(sources);
    Object.assign(clone.env, this.project.env);
    const built = await clone.run('build', PIPELINE);
    if (built.code !== 0) throw new Error(`a clean build failed:\n${built.stderr}`);
    const made = readTree(clone.dir);
    fs.rmSync(clone.dir, { recursive: true, force: true });
    return Object.fromEntries(Object.entries(made).filter(([path]) => !path.startsWith('.wrangle/')));
  }

  async decisions() {
    const file = this.project.path(PIPELINE);
    const planned = await this.#workspace().plan({ file, params: [], targets: [], force: false, cache: 'rw' });
    if (planned.status !== 'planned') return undefined;
    return Object.fromEntries(planned.stages.map(({ id, decision }) => [id, decision]));
  }

  /** In this process: hundreds of short builds would else be hundreds of starts of Node. */
  async recover(): Promise<void> {
    const stop = new AbortController();
    const started: string[] = [];
    await this.#workspace().build({
      file: this.project.path(PIPELINE),
      params: [],
      targets: [],
      force: false,
      cache: 'rw',
      keepGoing: false,
      atomic: false,
      jobs: 1,
      defaultJobs: () => 1,
      waitForLock: true,
      command: 'faults',
      signal: stop.signal,
      killSignal: new AbortController().signal,
      graceMs: 1000,
      onEvent: (event) => {
        // The first event comes when recovery is over and before any stage can start.
        stop.abort();
        if (event.event === 'task_started') started.push(event.task_id ?? '');
      },
      onOutput: undefined,
      onWait: () => {},
      onRecovered: () => {},
    });
    if (started.length > 0) throw new Error(`recovery alone was asked for, and ${started.join(', ')} started`);
  }

  async build(): Promise<BuildSeen> {
    const events = join(this.scratch, 'events.jsonl');
    fs.rmSync(events, { force: true });
    const result = await this.project.run('build', PIPELINE, '--events', events);
    return seenOf(result, fs.existsSync(events) ? fs.readFileSync(events, 'utf8') : '');
  }

  outsideHash(): string {
    return this.#beside.treeHash();
  }

  processes(): readonly string[] {
    return processesIn(this.dir);
  }

  async lockIsFree(): Promise<boolean> {
    const path = stateLayout(this.dir).lock;
    const request = { path, wait: false, command: 'faults', onWait: () => {}, signal: undefined };
    const held = await new FlockLock().acquire(request);
    held?.release();
    return held !== undefined;
  }

  remove(path: string): void {
    this.project.remove(path);
  }

  #workspace() {
    return createWorkspace({ ...createNodePorts(), env: this.project.env }, this.dir);
  }
}

function seenOf({ code, stdout, stderr }: CliResult, events: string): BuildSeen {
  const lines = events.split('\n').filter((line) => line !== '');
  const parsed = lines.map((line) => JSON.parse(line) as WrangleEvent);
  const started = parsed.flatMap((event) => (event.event === 'task_started' ? [event.task_id ?? ''] : []));
  const warnings = parsed.flatMap(({ event, details }) =>
    event === 'log' && details.data.level === 'warning' ? [details.message] : [],
  );
  return { problems: code === 0 ? [] : [`exit code ${code}`], started, warnings, said: stdout + stderr };
}

function copyTree(from: string, to: string): void {
  fs.cpSync(from, to, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
}

function readTree(root: string): Files {
  const found: Record<string, string> = {};
  const pending = [''];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    const entries = fs.readdirSync(join(root, at), { withFileTypes: true });
    if (entries.length === 0 && at !== '') found[`${at}/`] = '';
    for (const entry of entries) {
      const path = at === '' ? entry.name : `${at}/${entry.name}`;
      if (entry.isDirectory()) pending.push(path);
      else if (entry.isFile()) found[path] = fs.readFileSync(join(root, path), 'utf8');
      else if (entry.isSymbolicLink()) found[path] = `-> ${fs.readlinkSync(join(root, path))}`;
    }
  }
  return found;
}
