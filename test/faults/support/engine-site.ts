/** A workspace in memory that faults are tried on: the real engine, commands that the test computes, thousands of trials. */
import { createHash } from 'node:crypto';
import { type Behaviour, EngineProject, type RunOptions } from '../../support/engine-project.ts';
import type { MemoryFileSystem } from '../../support/memory-file-system.ts';
import { type BuildSeen, type FaultyWorkspace, type Files, SECRET } from './assert-sane.ts';

const GOOD_OUTCOMES = ['ran', 'fresh', 'restored'];

export class EngineSite<Disk extends MemoryFileSystem = MemoryFileSystem> implements FaultyWorkspace {
  readonly project: EngineProject;
  readonly fs: Disk;

  constructor(fs: Disk) {
    this.fs = fs;
    this.project = new EngineProject(fs);
    this.project.env['TOKEN'] = SECRET;
    fs.write({ '/outside/keep.txt': 'nobody touches this' });
  }

  tree(): Files {
    return this.fs.tree('/w');
  }

  async decisions() {
    const planned = await this.project.plan();
    if (planned.status !== 'planned') return undefined;
    return Object.fromEntries(planned.stages.map(({ id, decision }) => [id, decision]));
  }

  async recover(): Promise<void> {
    const running = this.project.start();
    running.stop();
    const { started } = await running.done;
    if (started.length > 0) throw new Error(`recovery alone was asked for, and ${started.join(', ')} started`);
  }

  async build(options: RunOptions = {}, behave: Behaviour = printTheSecret): Promise<BuildSeen> {
    const { report, outcomes, started, warnings, events } = await this.project.build({ ...options, behave });
    const problems = Object.entries(outcomes)
      .filter(([, outcome]) => !GOOD_OUTCOMES.includes(outcome))
      .map(([stage, outcome]) => `${stage} ${outcome}`);
    if (report.status !== 'built' || report.outcome !== 'done') problems.push(`the build: ${report.status}`);
    return { problems, started, warnings, said: JSON.stringify(events) };
  }

  outsideHash(): string {
    const outside = Object.entries(this.fs.tree('/')).filter(([path]) => !path.startsWith('w/'));
    return createHash('sha256').update(JSON.stringify(outside)).digest('hex');
  }

  processes(): readonly string[] {
    return this.project.runner.running();
  }

  lockIsFree(): Promise<boolean> {
    return Promise.resolve(this.project.lock.holder('/w/.wrangle/lock') === undefined);
  }

  remove(path: string): void {
    this.fs.remove(`/w/${path}`);
  }
}

/** Then the stage does what every stage of these projects does. */
export const printTheSecret: Behaviour = (process) => {
  process.prints(`the token is ${process.spec.env['TOKEN'] ?? 'not given'}\n`);
  return undefined;
};

/** Files and a folder by staging, the same in place, and a stage that reads both; `both` is given the secret. */
export const STAGES = {
  both: { inputs: { data: 'in.csv' }, outputs: { file: 'out/a.csv', dir: 'out/dir/' }, secrets: ['TOKEN'] },
  place: {
    inputs: { data: 'out/a.csv' },
    outputs: { file: 'place/p.csv', dir: 'place/dir/' },
    run: 'make without naming any output',
  },
  last: { inputs: { one: 'place/p.csv', dir: 'out/dir/' }, outputs: { out: 'last.csv' } },
};

export const OUTPUTS = {
  both: ['out/a.csv', 'out/dir/'],
  place: ['place/p.csv', 'place/dir/'],
  last: ['last.csv'],
};

/** What the stages make of the contents of `in.csv`. */
export function madeOf(data: string): Files {
  const both = `both(${data})`;
  const place = `place(${both})`;
  return {
    'in.csv': data,
    'out/a.csv': both,
    'out/dir/data': both,
    'place/p.csv': place,
    'place/dir/data': place,
    'last.csv': `last(${both},${place})`,
  };
}
