/** Which stages a place on the disk concerns: those that read or make something there. Knows declared paths, no disk. */
import { posix } from 'node:path';
import type { StageGraph } from '../../model/graph.ts';
import type { InputItem, Stage } from '../../model/pipeline.ts';
import type { WatchedPlaces } from '../../ports/folder-watcher.ts';
import { globBase, matchGlob, mayMatchBelow } from '../../util/glob.ts';

/** Something that counts as a whole: a folder, or what a glob may match in one. */
interface Whole {
  readonly stage: number;
  /** Whether a path below, or a folder with paths below, may be part of it. */
  readonly mayHold: (path: string) => boolean;
}

/** Paths are from the workspace, or absolute outside of it; the workspace itself is the empty path. */
export class StagePaths {
  readonly #graph: StageGraph;
  readonly #declared = new Places();
  #discovered = new PathIndex();
  readonly #instances = new Map<number, readonly Stage[]>();
  /** Of the instances of fan-outs, which lead to their fan-out. */
  #items = new Places();

  constructor(graph: StageGraph) {
    this.#graph = graph;
    for (const [at, stage] of graph.stages.entries()) this.#declared.addStage(at, stage);
  }

  /** Files that stages read without having declared them; replaces what was said before. */
  setDiscovered(pathsOf: (stage: number) => readonly string[]): void {
    this.#discovered = new PathIndex();
    for (const at of this.#graph.stages.keys()) for (const path of pathsOf(at)) this.#discovered.add(path, at);
  }

  /** By fan-out, its instances; of others what was said before stays. */
  setInstances(instances: ReadonlyMap<number, readonly Stage[]>): void {
    for (const [at, stages] of instances) this.#instances.set(at, stages);
    this.#items = new Places();
    for (const [at, stages] of this.#instances) for (const stage of stages) this.#items.addStage(at, stage);
  }

  /** Stages that read or make what is at this path, below it, or a whole around it. Unsorted, each maybe more than once. */
  touchedBy(path: string): number[] {
    const discovered = [...this.#discovered.at(path), ...this.#discovered.below(path)];
    return [...this.#declared.touchedBy(path), ...this.#items.touchedBy(path), ...discovered];
  }

  /** It is an output, or part of one. */
  isMade(path: string): boolean {
    return this.#declared.isMade(path) || this.#items.isMade(path);
  }

  /** Other paths lie below it. */
  isAround(path: string): boolean {
    return this.#declared.isAround(path) || this.#items.isAround(path);
  }

  /** Where all of this lies; from `workspace`, absolute. */
  places(workspace: string): Pick<WatchedPlaces, 'folders' | 'trees'> {
    const absolute = (path: string) => (path.startsWith('/') ? path : path === '' ? workspace : `${workspace}/${path}`);
    const folders = new Set<string>();
    for (const paths of [this.#declared.paths, this.#items.paths, this.#discovered.paths])
      for (const path of paths) folders.add(posix.dirname(absolute(path)));
    return { folders: [...folders], trees: [...this.#declared.bases, ...this.#items.bases].map(absolute) };
  }
}

/** What stages read and make as they are declared, or as their item has it. */
class Places {
  readonly #paths = new PathIndex();
  readonly #wholes = new Map<string, Whole[]>();
  readonly #made = new Map<string, 'file' | 'folder'>();

  /** Of a fan-out only what does not depend on an item. */
  addStage(at: number, { inputs, outputs, foreach }: Stage): void {
    for (const port of foreach ? [...inputs, foreach.in] : inputs) for (const item of port.items) this.#add(at, item);
    for (const port of outputs) {
      for (const item of port.items) {
        this.#add(at, item);
        if (!item.template) this.#made.set(item.path, item.kind);
      }
    }
  }

  get paths(): Iterable<string> {
    return this.#paths.paths;
  }

  /** Folders in which anything may count. */
  get bases(): Iterable<string> {
    return this.#wholes.keys();
  }

  touchedBy(path: string): number[] {
    const found = [...this.#paths.at(path)];
    for (const folder of foldersAround(path, true)) {
      for (const { stage, mayHold } of this.#wholes.get(folder) ?? []) if (mayHold(path)) found.push(stage);
    }
    return found.concat(this.#paths.below(path));
  }

  isMade(path: string): boolean {
    for (const folder of foldersAround(path, true)) {
      const kind = this.#made.get(folder);
      if (kind === 'folder' || (kind === 'file' && folder === path)) return true;
    }
    return false;
  }

  isAround(path: string): boolean {
    return this.#paths.below(path).length > 0;
  }

  #add(stage: number, { kind, path, template }: InputItem): void {
    // What is gathered is known of those who make it.
    if (template || kind === 'gather') return;
    if (kind === 'glob') {
      const matches = matchGlob(path);
      const mayMatch = mayMatchBelow(path);
      this.#addWhole(globBase(path), { stage, mayHold: (one) => matches(one) || mayMatch(one) });
      return;
    }
    this.#paths.add(path, stage);
    if (kind === 'folder') this.#addWhole(path, { stage, mayHold: () => true });
  }

  #addWhole(base: string, whole: Whole): void {
    const known = this.#wholes.get(base);
    if (known) known.push(whole);
    else this.#wholes.set(base, [whole]);
    this.#paths.addBelow(base, whole.stage);
  }
}

/** Stages by path, and by each folder around it: a folder may come and go with thousands of them. */
class PathIndex {
  readonly #at = new Map<string, number[]>();
  readonly #below = new Map<string, number[]>();

  add(path: string, stage: number): void {
    addTo(this.#at, path, stage);
    this.addBelow(path, stage);
  }

  /** For the folders around it alone. */
  addBelow(path: string, stage: number): void {
    for (const folder of foldersAround(path, false)) addTo(this.#below, folder, stage);
  }

  get paths(): Iterable<string> {
    return this.#at.keys();
  }

  at(path: string): readonly number[] {
    return this.#at.get(path) ?? [];
  }

  /** Those with something in this folder, at any depth. */
  below(folder: string): readonly number[] {
    return this.#below.get(folder) ?? [];
  }
}

/** A stage comes with all of its paths before the next one does, so it is there once. */
function addTo(map: Map<string, number[]>, path: string, stage: number): void {
  const known = map.get(path);
  if (known?.at(-1) === stage) return;
  if (known) known.push(stage);
  else map.set(path, [stage]);
}

/** Nearest first; the last one is the workspace (empty) or the root. */
function* foldersAround(path: string, itself: boolean): Iterable<string> {
  if (itself) yield path;
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) yield path.slice(0, at);
  if (path !== '' && path !== '/') yield path.startsWith('/') ? '/' : '';
}
