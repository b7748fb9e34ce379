/**
 * Random scripts of what may happen to a workspace with fan-outs, and what must be so after each build: the bytes of a clean
 * build, nothing of items that are gone, and no more executions than had a reason.
 */
import fc from 'fast-check';
import { expect } from 'vitest';
import { instanceId } from '../../src/model/instance.ts';
import type { Behaviour, Run, RunOptions } from './engine-project.ts';
import { EngineProject } from './engine-project.ts';
import { MortalFileSystem } from './mortal-file-system.ts';
import type { Shape, Unit, World } from './random-fan-out.ts';
import {
  carryOut,
  IDS,
  inputOf,
  isMade,
  newWorld,
  shapes,
  sourcesOf,
  specsOf,
  unitsOf,
  WORDS,
} from './random-fan-out.ts';

export type Step =
  | { readonly do: 'add' | 'text' | 'input'; readonly at: number; readonly text: string }
  | { readonly do: 'word'; readonly at: number; readonly text: string }
  | {
      readonly do: 'remove' | 'note' | 'reverse' | 'no-input' | 'delete' | 'spoil' | 'mend' | 'target';
      readonly at: number;
    }
  | { readonly do: 'fail'; readonly at: number; readonly code: 1 | 3 | 75 }
  | { readonly do: 'build' | 'kill'; readonly jobs: number; readonly at: number; readonly isTorn: boolean }
  | { readonly do: 'force'; readonly at: number }
  | { readonly do: 'each' | 'sub' | 'folder' | 'break' | 'mend-list' | 'lose-index' | 'lose-store' };

export interface FanOutScript {
  readonly shape: Shape;
  readonly steps: readonly Step[];
  readonly keepGoing: boolean;
}

const texts = fc.constantFrom('p', 'q', 'p q', 'q r', 'r');

const steps = (most: number): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.oneof(
      {
        weight: 7,
        arbitrary: fc.record({
          do: fc.constantFrom('build' as const, 'build', 'build', 'kill'),
          jobs: fc.constantFrom(1, 2, 8),
          at: fc.nat(160),
          isTorn: fc.boolean(),
        }),
      },
      {
        weight: 6,
        arbitrary: fc.record({ do: fc.constantFrom('add' as const, 'text', 'input'), at: fc.nat(3), text: texts }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('word' as const), at: fc.nat(2), text: texts }) },
      {
        weight: 8,
        arbitrary: fc.record({
          do: fc.constantFrom(
            'remove' as const,
            'remove',
            'note',
            'reverse',
            'no-input',
            'delete',
            'spoil',
            'mend',
            'target',
          ),
          at: fc.nat(15),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          do: fc.constant('fail' as const),
          at: fc.nat(15),
          code: fc.constantFrom(1 as const, 3, 3, 75),
        }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('force' as const), at: fc.nat(9) }) },
      {
        weight: 2,
        arbitrary: fc.constantFrom<Step>(
          { do: 'each' },
          { do: 'sub' },
          { do: 'folder' },
          { do: 'break' },
          { do: 'mend-list' },
          { do: 'lose-index' },
          { do: 'lose-store' },
        ),
      },
    ),
    { minLength: Math.ceil(most / 3), maxLength: most, size: 'max' },
  );

export const fanOutScripts = (most: number): fc.Arbitrary<FanOutScript> =>
  fc.record({ shape: shapes, steps: steps(most), keepGoing: fc.boolean() });

/** Follows the script, mends everything, and checks what must be so after each build. Errors: throws where it is not. */
export async function followFanOut(script: FanOutScript): Promise<void> {
  const scene = new Scene(script);
  for (const step of script.steps) await scene.step(step);
  await scene.finish();
}

class Scene {
  readonly #fs = new MortalFileSystem();
  readonly #project = new EngineProject(this.#fs);
  readonly #world: World;
  readonly #keepGoing: boolean;
  /** Instance -> the exit code with which it ends. */
  readonly #failing = new Map<string, number>();
  /** Keys of units whose results are in the store for sure. */
  readonly #stored = new Set<string>();
  /** What the user wrote over outputs, none of it twice the same; it must be somewhere for ever. */
  readonly #edits = new Set<string>();
  #serial = 0;

  constructor({ shape, keepGoing }: FanOutScript) {
    this.#keepGoing = keepGoing;
    this.#world = newWorld(shape);
    for (const id of IDS.slice(0, 2)) this.#add(id, 'p q');
    this.#declare();
    this.#writeSources();
  }

  async step(step: Step): Promise<void> {
    const world = this.#world;
    const { items, inputs, versions } = world;
    const at = 'at' in step ? step.at : 0;
    const id = IDS[at % IDS.length] as string;
    const place = items.findIndex((item) => item.id === id);
    switch (step.do) {
      case 'build':
        await this.#build({ jobs: step.jobs });
        return;
      case 'kill':
        await this.#kill(step);
        return;
      case 'target':
        await this.#target(at);
        return;
      case 'force':
        await this.#build({ force: this.#forceable(at) });
        return;
      case 'add':
        if (place < 0) this.#add(id, step.text);
        break;
      case 'remove':
        // The first one stays for good.
        if (place > 0) items.splice(place, 1);
        if (id !== IDS[0]) this.#setInput(id, undefined);
        break;
      case 'text':
        if (place >= 0) items[place] = { id, text: step.text, note: 0 };
        break;
      case 'note':
        if (place >= 0) items[place] = { ...(items[place] as World['items'][number]), note: ++this.#serial };
        break;
      case 'reverse':
        items.reverse();
        break;
      case 'input':
        if (place >= 0) this.#setInput(id, step.text);
        break;
      case 'no-input':
        if (inputs.has(id) && world.shape.list !== 'glob') this.#setInput(id, undefined);
        break;
      case 'word':
        world.words.set(WORDS[at % WORDS.length] as string, step.text);
        break;
      case 'delete':
      case 'spoil':
        this.#touchOutput(step.do, at);
        break;
      case 'fail':
        this.#fail(at, step.code);
        break;
      case 'mend':
        this.#failing.delete([...this.#failing.keys()][at % Math.max(1, this.#failing.size)] ?? '');
        break;
      case 'each':
      case 'sub':
        versions[step.do] = (versions[step.do] % 3) + 1;
        break;
      case 'folder':
        world.folder = 1 - world.folder;
        break;
      case 'break':
        // Files need not be a list to be one.
        world.isBroken = world.shape.list !== 'glob';
        break;
      case 'mend-list':
        world.isBroken = false;
        break;
      case 'lose-index':
        // What the index alone knows of is not to be found again, so the workspace is as it should be before and after.
        await this.#mendAll();
        await this.#build({});
        this.#fs.remove('/w/.wrangle/index');
        await this.#build({});
        return;
      case 'lose-store':
        this.#fs.remove('/w/.wrangle/store');
        this.#stored.clear();
        break;
    }
    this.#declare();
    this.#writeSources();
  }

  async finish(): Promise<void> {
    await this.#mendAll();
    await this.#build({ jobs: 2 });
    const again = await this.#project.build();
    expect(again.started, 'what a build with nothing to do still ran').toEqual([]);
    expect(Object.values(again.outcomes).filter((outcome) => outcome !== 'fresh')).toEqual([]);
  }

  #add(id: string, text: string): void {
    this.#world.items.push({ id, text, note: 0 });
    if (this.#world.shape.hasInput) this.#setInput(id, text);
  }

  #setInput(id: string, text: string | undefined): void {
    const { inputs, shape } = this.#world;
    if (!shape.hasInput) return;
    if (text === undefined) {
      inputs.delete(id);
      this.#fs.remove(`/w/${inputOf(id)}`);
    } else {
      inputs.set(id, text);
      this.#project.write({ [inputOf(id)]: text });
    }
  }

  #declare(): void {
    this.#project.pipeline(specsOf(this.#world));
  }

  #writeSources(): void {
    this.#project.write(sourcesOf(this.#world));
  }

  async #mendAll(): Promise<void> {
    const world = this.#world;
    this.#failing.clear();
    world.isBroken = false;
    for (const { id } of world.items) if (world.shape.hasInput && !world.inputs.has(id)) this.#setInput(id, 'p');
    this.#writeSources();
  }

  /** Files that stages made, in order. */
  #made(): string[] {
    return Object.keys(this.#project.files()).filter((path) => isMade(this.#world, path) && !path.endsWith('/'));
  }

  #touchOutput(how: 'delete' | 'spoil', at: number): void {
    const made = this.#made();
    const path = made[at % Math.max(1, made.length)];
    if (path === undefined) return;
    this.#edits.delete(this.#project.read(path) ?? '');
    if (how === 'delete') {
      this.#fs.remove(`/w/${path}`);
      return;
    }
    const text = `edit ${++this.#serial}`;
    this.#edits.add(text);
    this.#project.write({ [path]: text });
  }

  #instances(): string[] {
    return unitsOf(this.#world)
      .map(({ id }) => id)
      .filter((id) => id.includes('@'));
  }

  #fail(at: number, code: number): void {
    const first = this.#world.shape.list === 'glob' ? inputOf(IDS[0]) : IDS[0];
    // Something must be left to gather.
    const spared = [instanceId('each', [first])];
    const all = this.#instances().filter((id) => !spared.includes(id) && !(id.startsWith('sub@') && id.includes('a')));
    const id = all[at % Math.max(1, all.length)];
    if (id !== undefined) this.#failing.set(id, code);
  }

  #forceable(at: number): true | string[] {
    const names = ['each', 'all', ...(this.#world.shape.nested === 'no' ? [] : ['sub'])];
    if (at === 9) return true;
    // Behind an item that is dropped there may be none of the one that is named, which is a mistake of whoever asks.
    if (at >= 5 && this.#failing.size > 0) return ['each'];
    return [at < 5 ? (names[at % names.length] as string) : (this.#instances()[at] ?? 'each')];
  }

  readonly #behave: Behaviour = (process) => {
    const code = this.#failing.get(process.stage);
    try {
      if (code === undefined) return carryOut(process, this.#world.shape);
      process.exit(code);
    } catch (error) {
      // Commands end with the wrangle that started them.
      if (!this.#fs.isDead) throw error;
      process.signal('SIGKILL');
    }
    return 'done';
  };

  async #build(options: Pick<RunOptions, 'jobs' | 'force'>): Promise<void> {
    const plain = unitsOf(this.#world);
    const run = await this.#run(options);
    const dropped = this.#dropped(run);
    const units = new Map([...plain, ...unitsOf(this.#world, dropped)].map((unit) => [unit.id, unit]));
    this.#expectReasons(run, units, options.force ?? false);
    const isDone = run.report.status === 'built' && run.report.outcome === 'done';
    const why = () => JSON.stringify([run.report.status, run.outcomes, run.warnings]);
    if (isDone) this.#expectClean(unitsOf(this.#world, dropped), dropped, why);
    else expect(this.#mayFail(run, plain), `it failed: ${why()}`).toBe(true);
    if (!isDone) expect(run.report.status, why()).toBe('built');
    this.#remember(run, units);
    this.#expectEdits();
  }

  async #run(options: RunOptions): Promise<Run> {
    return this.#project.build({ keepGoing: this.#keepGoing, ...options, behave: this.#behave });
  }

  /** Instances that were dropped; each of them has run and failed so. */
  #dropped({ outcomes, started }: Run): Set<string> {
    const dropped = Object.keys(outcomes).filter((id) => outcomes[id] === 'skipped');
    for (const id of dropped) {
      expect([3, 75], `${id} was dropped`).toContain(this.#failing.get(id));
      expect(started, `${id} was dropped`).toContain(id);
    }
    return new Set(dropped);
  }

  #expectReasons({ started }: Run, units: ReadonlyMap<string, Unit>, force: boolean | readonly string[]): void {
    const isForced = (id: string) =>
      force === true || (force !== false && [id, id.split('@')[0] as string].some((name) => force.includes(name)));
    const times = new Map<string, number>();
    for (const id of started) times.set(id, (times.get(id) ?? 0) + 1);
    for (const [id, count] of times) {
      expect(count, `runs of ${id}`).toBeLessThanOrEqual(this.#failing.get(id) === 75 ? 2 : 1);
      const unit = units.get(id);
      if (!unit) throw new Error(`${id} ran, which is none of the stages`);
      expect(this.#stored.has(unit.key) && !isForced(id), `${id} ran for nothing: ${unit.key}`).toBe(false);
    }
  }

  #expectClean(units: readonly Unit[], dropped: ReadonlySet<string>, why: () => string): void {
    const expected = units.filter(({ id }) => !dropped.has(id)).map(({ path, text }) => [path, text] as const);
    const found = this.#made().map((path) => [path, this.#project.read(path)]);
    expect(Object.fromEntries(found), why()).toEqual(Object.fromEntries(expected));
    expect(units.some(({ isLacking }) => isLacking) || this.#world.isBroken, why()).toBe(false);
  }

  #mayFail({ started }: Run, units: readonly Unit[]): boolean {
    return (
      this.#world.isBroken || units.some((unit) => unit.isLacking) || started.some((id) => this.#failing.get(id) === 1)
    );
  }

  #remember({ outcomes }: Run, units: ReadonlyMap<string, Unit>): void {
    for (const [id, outcome] of Object.entries(outcomes)) {
      const unit = units.get(id);
      if (outcome === 'ran' && unit) this.#stored.add(unit.key);
    }
  }

  #expectEdits(): void {
    const everything = new Set(Object.values(this.#fs.tree('/w')));
    expect(
      [...this.#edits].filter((edit) => !everything.has(edit)),
      'edits that are lost',
    ).toEqual([]);
  }

  /** One instance, and what it needs; nothing of others changes. */
  async #target(at: number): Promise<void> {
    const instances = this.#instances();
    const id = instances[at % Math.max(1, instances.length)];
    if (id === undefined || this.#world.isBroken) return;
    const plain = unitsOf(this.#world);
    const stage = id.split('@')[0];
    await this.#recover();
    const before = this.#project.files();
    const run = await this.#run({ targets: [id] });
    const dropped = this.#dropped(run);
    const units = new Map([...plain, ...unitsOf(this.#world, dropped)].map((unit) => [unit.id, unit]));
    this.#expectReasons(run, units, false);
    if (run.report.status === 'built' && run.report.outcome === 'done') {
      const unit = units.get(id) as Unit;
      expect(this.#project.read(unit.path), id).toBe(dropped.has(id) ? undefined : unit.text);
      const after = this.#project.files();
      for (const other of plain) {
        if (other.id === id || other.id.split('@')[0] !== stage) continue;
        expect(after[other.path], `${other.id}, which was not asked for`).toBe(before[other.path]);
      }
    }
    this.#remember(run, units);
    this.#expectEdits();
  }

  /** What a killed build left is finished or undone, and nothing else is done. */
  async #recover(): Promise<void> {
    const running = this.#project.start();
    running.stop();
    await running.done;
  }

  async #kill({ at, isTorn, jobs }: Extract<Step, { do: 'build' | 'kill' }>): Promise<void> {
    const fs = this.#fs;
    fs.revive();
    Object.assign(fs, { killAt: at + 1, torn: isTorn });
    await this.#run({ jobs }).catch((error: unknown) => {
      if (!fs.isDead) throw error;
    });
    fs.revive();
    this.#expectEdits();
  }
}
