// Whatever happens to a workspace with fan-outs that is watched: at rest it is as a clean build would leave it.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Behaviour } from '../support/engine-project.ts';
import { EngineProject } from '../support/engine-project.ts';
import type { Shape, World } from '../support/random-fan-out.ts';
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
} from '../support/random-fan-out.ts';
import { WatchedProject } from '../support/watched-project.ts';

interface Edit {
  readonly do:
    | ('put' | 'remove' | 'note' | 'reverse' | 'input' | 'word')
    | ('delete' | 'spoil' | 'fail' | 'mend' | 'each' | 'sub' | 'break' | 'mend-list' | 'rest');
  readonly at: number;
  readonly text: string;
}

const scripts = fc.record({
  shape: shapes,
  keepGoing: fc.boolean(),
  edits: fc.array(
    fc.record({
      do: fc.constantFrom(
        ...(['put', 'put', 'remove', 'note', 'reverse', 'input', 'word', 'delete', 'spoil'] as const),
        ...(['fail', 'mend', 'each', 'sub', 'break', 'mend-list', 'rest', 'rest', 'rest'] as const),
      ),
      at: fc.nat(11),
      text: fc.constantFrom('p', 'q', 'p q', 'q r'),
    }),
    { minLength: 4, maxLength: 14, size: 'max' },
  ),
});

class Scene {
  readonly #project = new EngineProject();
  readonly #world: World;
  readonly #failing = new Map<string, number>();
  #watching: WatchedProject | undefined;

  constructor(shape: Shape) {
    this.#world = newWorld(shape);
    for (const id of IDS.slice(0, 2)) this.#put(id, 'p q');
    this.#save();
  }

  async open(keepGoing: boolean): Promise<void> {
    const behave: Behaviour = (process) => {
      const code = this.#failing.get(process.stage);
      if (code === undefined) return carryOut(process, this.#world.shape);
      process.exit(code);
      return 'done';
    };
    this.#project.runner.onStart((process) => void behave(process));
    this.#watching = await WatchedProject.open(this.#project, { keepGoing, jobs: 2 });
    await this.rest();
  }

  async rest(): Promise<void> {
    await this.#watching?.idle();
    await this.#watching?.rest();
  }

  async close(): Promise<void> {
    await this.#watching?.end();
  }

  async edit({ do: what, at, text }: Edit): Promise<void> {
    const world = this.#world;
    const { items, versions } = world;
    const id = IDS[at % IDS.length] as string;
    const place = items.findIndex((item) => item.id === id);
    if (what === 'rest') return this.rest();
    if (what === 'put') this.#put(id, text);
    else if (what === 'remove' && place > 0) {
      items.splice(place, 1);
      world.inputs.delete(id);
    } else if (what === 'note' && place >= 0) items[place] = { ...(items[place] as World['items'][number]), note: at };
    else if (what === 'reverse') items.reverse();
    else if (what === 'input' && place >= 0 && world.shape.hasInput) world.inputs.set(id, text);
    else if (what === 'word') world.words.set(WORDS[at % WORDS.length] as string, text);
    else if (what === 'delete' || what === 'spoil') this.#touch(what, at);
    else if (what === 'fail') {
      const [, ...ids] = unitsOf(world).filter((unit) => unit.id.startsWith('each@'));
      const chosen = ids[at % Math.max(1, ids.length)];
      if (chosen) this.#failing.set(chosen.id, at % 2 === 0 ? 1 : 3);
    } else if (what === 'mend') this.#failing.clear();
    else if (what === 'each' || what === 'sub') versions[what] += 1;
    else if (what === 'break') world.isBroken = world.shape.list !== 'glob';
    else if (what === 'mend-list') world.isBroken = false;
    this.#save();
  }

  /** All is mended, and every item is another, so that what failed is tried again. */
  async check(): Promise<void> {
    const world = this.#world;
    await this.rest();
    this.#failing.clear();
    world.isBroken = false;
    world.versions.each += 1;
    this.#save();
    await this.rest();
    const told = this.#watching?.told.join('\n');
    expect(this.#watching?.told.at(-1), told).toBe('idle');
    const files = Object.entries(this.#project.files());
    const made = files.filter(([path]) => isMade(world, path) && !path.endsWith('/'));
    const expected = unitsOf(world).map(({ path, text }) => [path, text]);
    expect(Object.fromEntries(made), told).toEqual(Object.fromEntries(expected));
    expect(this.#watching?.pipeline.isDone, told).toBe(true);
    const again = await new EngineProject(this.#project.fs).build();
    expect(again.started, told).toEqual([]);
    expect(Object.values(again.outcomes).filter((outcome) => outcome !== 'fresh')).toEqual([]);
  }

  #put(id: string, text: string): void {
    const { items, inputs, shape } = this.#world;
    const place = items.findIndex((item) => item.id === id);
    if (place < 0) items.push({ id, text, note: 0 });
    else items[place] = { id, text, note: 0 };
    if (shape.hasInput) inputs.set(id, text);
  }

  #touch(how: 'delete' | 'spoil', at: number): void {
    const { fs } = this.#project;
    const made = Object.keys(this.#project.files()).filter((path) => isMade(this.#world, path) && !path.endsWith('/'));
    const path = made[at % Math.max(1, made.length)];
    if (path === undefined) return;
    if (how === 'delete') fs.remove(`/w/${path}`);
    else fs.writeFile(`/w/${path}`, `spoilt ${at}`);
  }

  /** Everything that is another, as editors save it. */
  #save(): void {
    const { fs } = this.#project;
    const world = this.#world;
    const before = this.#project.read('pipeline.yaml');
    this.#project.pipeline(specsOf(world));
    const pipeline = this.#project.read('pipeline.yaml') ?? '';
    if (pipeline !== before) fs.writeFile('/w/pipeline.yaml', pipeline);
    const inputs = [...world.inputs].map(([id, text]) => [inputOf(id), text] as const);
    for (const [path, text] of [...Object.entries(sourcesOf(world)), ...inputs]) {
      if (this.#project.read(path) === text) continue;
      const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
      if (folder !== '') fs.makeFolder(`/w/${folder}`);
      fs.writeFile(`/w/${path}`, text);
    }
    for (const id of IDS) if (!world.inputs.has(id)) fs.remove(`/w/${inputOf(id)}`);
  }
}

test('property: at rest all is as a clean build makes it, and another build has nothing to do', async () => {
  await fc.assert(
    fc.asyncProperty(scripts, async ({ shape, keepGoing, edits }) => {
      const scene = new Scene(shape);
      await scene.open(keepGoing);
      try {
        for (const edit of edits) await scene.edit(edit);
        await scene.check();
      } finally {
        await scene.close();
      }
    }),
    { numRuns: 40 },
  );
});
