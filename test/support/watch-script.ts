/**
 * Random scripts of what may happen to a workspace that is watched, and what must be so when all has settled. The results
 * of random pipelines can be computed without running them, so nothing here believes what wrangle says of itself.
 */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { OnChange } from '../../src/watch/watcher.ts';
import { EngineProject } from './engine-project.ts';
import type { FakeProcess } from './fake-command-runner.ts';
import type { Node } from './random-pipeline.ts';
import { carryOut, dataOf, expectedOf, outputOf, pipelines, SOURCES, sourceOf, specOf } from './random-pipeline.ts';
import { WatchedProject } from './watched-project.ts';

/** What somebody does to the source `at`; `lost`: nothing is told of it. */
interface Edit {
  readonly do: 'write' | 'touch' | 'replace' | 'delete' | 'lost';
  readonly at: number;
  readonly text: string;
}

type Step =
  | Edit
  | { readonly do: 'spoil' | 'unlink' | 'version' | 'mistake' | 'break' | 'mend'; readonly at: number }
  | { readonly do: 'mend-pipeline' | 'flood' | 'overflow' | 'theirs' }
  /** Time goes by: until all is quiet, or only a moment. */
  | { readonly do: 'rest' }
  | { readonly do: 'moment'; readonly ms: number };

/** What happens while a process runs: it begins, sleeps, reads, and only then the edit comes, if it is not before. */
interface Moment {
  readonly ms: number;
  readonly edit: Edit | undefined;
  readonly isBefore: boolean;
}

export interface WatchScript {
  readonly nodes: readonly Node[];
  readonly steps: readonly Step[];
  /** Of the processes, in the order in which they start; those after them end at once. */
  readonly moments: readonly Moment[];
  readonly jobs: number;
  readonly onChange: OnChange;
  readonly keepGoing: boolean;
}

/** The kernel drops events beyond 16,384, so a look at everything is due from half of them on. */
const FLOOD = 8_100;

const edits: fc.Arbitrary<Edit> = fc.record({
  do: fc.constantFrom('write' as const, 'write', 'touch', 'replace', 'delete', 'lost'),
  at: fc.nat(SOURCES - 1),
  text: fc.constantFrom('x', 'y', 'zz'),
});

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: edits },
    { weight: 5, arbitrary: fc.constant<Step>({ do: 'rest' }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('moment' as const), ms: fc.nat(250) }) },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constantFrom('spoil' as const, 'unlink', 'version', 'mistake', 'break', 'mend'),
        at: fc.nat(7),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.constantFrom<Step>({ do: 'mend-pipeline' }, { do: 'overflow' }, { do: 'theirs' }, { do: 'theirs' }),
    },
    { weight: 1, arbitrary: fc.constant<Step>({ do: 'flood' }) },
  ),
  { minLength: 4, maxLength: 14 },
);

export const watchScripts: fc.Arbitrary<WatchScript> = fc.record({
  nodes: pipelines(6),
  steps,
  moments: fc.array(
    fc.record({
      ms: fc.constantFrom(0, 0, 30, 150, 400),
      edit: fc.option(edits, { nil: undefined, freq: 2 }),
      isBefore: fc.boolean(),
    }),
    { maxLength: 8 },
  ),
  jobs: fc.constantFrom(1, 2, 4),
  onChange: fc.constantFrom<OnChange>('finish', 'restart'),
  keepGoing: fc.boolean(),
});

/** Follows the script, lets all settle, and checks what must be so then. Errors: throws where it is not. */
export async function followScript(script: WatchScript): Promise<void> {
  const scene = new Scene(script);
  await scene.open();
  try {
    for (const step of script.steps) await scene.step(step);
    await scene.mendAll();
    await scene.check();
  } finally {
    await scene.close();
  }
}

/** More turns than any script needs until all is quiet. */
const TURNS_MAX = 300;

class Scene {
  readonly #script: WatchScript;
  readonly #project = new EngineProject();
  readonly #sources = new Map<number, string>();
  readonly #versions: number[];
  readonly #failing = new Set<number>();
  /** Those that have failed, whether they still would or not. */
  readonly #failed = new Set<number>();
  readonly #moments: Moment[];
  #watching: WatchedProject | undefined;
  /** Sources that were saved or deleted while something ran, since all was quiet. */
  readonly #unsteady = new Set<number>();
  #hasTouched = false;
  #isMistaken = false;
  #hasLost = false;
  /** How often something happened that may make stages run. */
  #changes = 0;

  constructor(script: WatchScript) {
    this.#script = script;
    this.#versions = script.nodes.map(() => 1);
    this.#moments = [...script.moments];
    for (let at = 0; at < SOURCES; at++) this.#edit({ do: 'write', at, text: 'x' });
    this.#writePipeline();
  }

  async open(): Promise<void> {
    const { jobs, onChange, keepGoing } = this.#script;
    this.#project.runner.onStart((process) => this.#run(process));
    this.#watching = await WatchedProject.open(this.#project, { jobs, onChange, keepGoing });
  }

  async close(): Promise<void> {
    await this.#watching?.end();
  }

  async step(step: Step): Promise<void> {
    const { nodes } = this.#script;
    const at = 'at' in step ? step.at % nodes.length : 0;
    const node = nodes[at] as Node;
    const { fs } = this.#project;
    switch (step.do) {
      case 'rest':
        await this.#rest();
        break;
      case 'moment':
        this.#open.deliver();
        await this.#open.clock.advance(step.ms);
        await this.#open.idle();
        break;
      case 'spoil':
        this.#changes += 1;
        if (fs.stat(`/w/${dataOf(node)}`)) fs.writeFile(`/w/${dataOf(node)}`, `spoilt ${at}`);
        break;
      case 'unlink':
        this.#changes += 1;
        fs.remove(`/w/${outputOf(node)}`);
        break;
      case 'version':
        this.#versions[at] = ((this.#versions[at] as number) % 3) + 1;
        this.#writePipeline();
        break;
      case 'mistake':
        this.#isMistaken = true;
        this.#writePipeline();
        break;
      case 'mend-pipeline':
        this.#isMistaken = false;
        this.#writePipeline();
        break;
      case 'break':
        this.#failing.add(at);
        break;
      case 'mend':
        this.#failing.delete(at);
        break;
      case 'overflow':
        this.#tellOfLost();
        break;
      case 'flood':
        for (let one = 0; one < FLOOD; one++) this.#open.tell({ type: 'hint', path: `/w/src/no-${one}.txt` });
        this.#hasLost = false;
        break;
      case 'theirs':
        await this.#buildTheirs();
        break;
      default:
        this.#edit(step);
    }
  }

  /** Whatever was broken is whole again, and told of as a person would do it: by saving something. */
  async mendAll(): Promise<void> {
    await this.#rest();
    this.#moments.length = 0;
    this.#isMistaken = false;
    // What failed is not tried again before something has changed.
    for (const at of this.#failed) this.#versions[at] = (this.#versions[at] as number) + 3;
    this.#failing.clear();
    this.#failed.clear();
    for (let at = 0; at < SOURCES; at++) {
      if (!this.#sources.has(at)) this.#edit({ do: 'write', at, text: 'x' });
    }
    this.#writePipeline();
    await this.#rest();
    if (this.#hasLost) this.#tellOfLost();
    await this.#rest();
    // Whoever works so fast that it looks like a loop has to save once more.
    if (this.#open.told.at(-1)?.startsWith('loop')) this.#edit({ do: 'touch', at: 0, text: '' });
    await this.#rest();
  }

  async check(): Promise<void> {
    const { nodes } = this.#script;
    const told = this.#open.told.join('\n');
    expect(this.#open.told.at(-1), told).toBe('idle');
    const expected = expectedOf(nodes, this.#sources, (at) => String(this.#versions[at]));
    for (const [at, { text }] of expected.entries()) {
      expect(this.#project.read(dataOf(nodes[at] as Node)), `output of s${at} after\n${told}`).toBe(text);
    }
    const fresh = await this.#theirs().build();
    expect(fresh.report, told).toMatchObject({ status: 'built', outcome: 'done' });
    expect(fresh.started, `what another build still ran after\n${told}`).toEqual([]);
    const executions = this.#project.runner.started.length;
    // What is edited while a stage reads it makes it run once more, and what is stopped has run in vain.
    expect(executions, told).toBeLessThanOrEqual(nodes.length * (1 + 2 * this.#changes));
  }

  get #open(): WatchedProject {
    if (!this.#watching) throw new Error('nobody watches yet');
    return this.#watching;
  }

  #edit(edit: Edit): void {
    const { fs } = this.#project;
    const path = `/w/${sourceOf(edit.at)}`;
    const text = this.#textOf(edit);
    this.#changes += 1;
    if (edit.do === 'delete') {
      fs.remove(path);
      this.#sources.delete(edit.at);
      return;
    }
    if (!fs.stat('/w/src')) fs.makeFolder('/w/src');
    if (edit.do === 'lost') {
      // What came before it is still told of.
      this.#open.deliver();
      fs.writeFile(path, text);
      this.#open.lose();
      this.#hasLost = true;
    } else if (edit.do === 'replace') {
      fs.writeFile(`${path}~`, text);
      fs.rename(`${path}~`, path);
    } else {
      fs.writeFile(path, text);
    }
    this.#sources.set(edit.at, text);
  }

  /**
   * Of a stage whose input changes while it runs and is then as it was before, watching believes at the second time that the
   * stage does so itself. So from a save while something runs until all is quiet, texts are new, but for one.
   */
  #textOf({ do: how, at, text }: Edit): string {
    const before = this.#sources.get(at);
    const next = how === 'touch' ? (before ?? 'x') : text;
    if (this.#isRunning) this.#unsteady.add(at);
    if (!this.#unsteady.has(at)) return next;
    if (next !== before || this.#hasTouched) return `new ${this.#changes}`;
    this.#hasTouched = true;
    return next;
  }

  get #isRunning(): boolean {
    return this.#project.runner.running().length > 0;
  }

  #writePipeline(): void {
    const { nodes } = this.#script;
    this.#changes += 1;
    const stages = nodes.map((node, at) => [node.label, specOf(node, nodes, this.#versions[at] as number)]);
    this.#project.pipeline(Object.fromEntries(stages), this.#isMistaken ? { stagse: {} } : {});
    // As an editor saves it; what helps to set up projects is not told of.
    this.#project.fs.writeFile('/w/pipeline.yaml', this.#project.read('pipeline.yaml') ?? '');
  }

  #tellOfLost(): void {
    this.#hasLost = false;
    this.#open.tell({ type: 'overflow' });
  }

  #theirs(): EngineProject {
    return new EngineProject(this.#project.fs, this.#project.dir);
  }

  /** Another command, which nobody here is told of before it has built. */
  async #buildTheirs(): Promise<void> {
    await this.#rest();
    const { nodes } = this.#script;
    this.#edit({ do: 'write', at: 0, text: `theirs ${this.#changes}` });
    await this.#theirs().build({
      behave: (process) => carryOut(process, nodes[numberOf(process)] as Node, this.#marksOf(process)),
    });
  }

  async #run(process: FakeProcess): Promise<void> {
    const at = numberOf(process);
    const node = this.#script.nodes[at] as Node;
    const moment = this.#moments.shift();
    const marks = this.#marksOf(process);
    if (moment && moment.ms > 0) await this.#open.clock.sleep(moment.ms);
    if (!process.isRunning) return;
    if (moment?.edit && moment.isBefore) this.#edit(moment.edit);
    if (this.#failing.has(at)) {
      this.#failed.add(at);
      return process.exit(1);
    }
    try {
      if (moment?.edit && !moment.isBefore) {
        const { edit } = moment;
        carryOut(process, node, marks, () => this.#edit(edit));
      } else {
        carryOut(process, node, marks);
      }
    } catch {
      // Its input is gone.
      process.exit(2);
    }
    if (node.shape === 'in-place') this.#open.tell({ type: 'hint', path: `/w/${outputOf(node)}` });
  }

  #marksOf(process: FakeProcess): string {
    return String(this.#versions[numberOf(process)]);
  }

  /** Until no process runs and nothing is left to be told. */
  async #rest(): Promise<void> {
    const { runner } = this.#project;
    for (let turn = 0; turn < TURNS_MAX; turn++) {
      await this.#open.rest();
      if (runner.running().length === 0) {
        this.#unsteady.clear();
        return;
      }
      await this.#open.clock.advance(500);
      await this.#open.idle();
    }
    throw new Error(`it never came to rest:\n${this.#open.told.join('\n')}`);
  }
}

function numberOf(process: FakeProcess): number {
  return Number(process.stage.slice(1));
}
