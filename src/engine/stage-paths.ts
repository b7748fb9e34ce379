/** Which stages a place on the disk concerns: those that read or make something there. Knows declared paths, no disk. */
import { posix } from 'node:path';
import type { StageGraph } from '../model/graph.ts';
import type { InputItem } from '../model/pipeline.ts';
import type { WatchedPlaces } from '../ports/folder-watcher.ts';
import { globBase, matchGlob, mayMatchBelow } from '../util/glob.ts';

/** Something that counts as a whole: a folder, or what a glob may match in one. */
interface Whole {
  readonly stage: number;
  /** Whether a path below, or a folder with paths below, may be part of it. */
  readonly mayHold: (path: string) => boolean;
}

/** Paths are from the workspace, or absolute outside of it; the workspace itself is the empty path. */
export class StagePaths {
  readonly #graph: StageGraph;
  readonly #declared = new PathIndex();
  readonly #wholes = new Map<string, Whole[]>();
  readonly #made = new Map<string, 'file' | 'folder'>();
  #discovered = new PathIndex();

  constructor(graph: StageGraph) {
    this.#graph = graph;
    for (const [at, stage] of graph.stages.entries()) {
      for (const port of stage.inputs) for (const item of port.items) this.#add(at, item);
      for (const port of stage.outputs) {
        for (const item of port.items) {
          this.#add(at, item);
          this.#made.set(item.path, item.kind);
        }
      }
    }
  }

  /** Files that stages read without having declared them; replaces what was said before. */
  setDiscovered(pathsOf: (stage: number) => readonly string[]): void {
    this.#discovered = new PathIndex();
    for (const at of this.#graph.stages.keys()) for (const path of pathsOf(at)) this.#discovered.add(path, at);
  }

  /** Stages that read or make what is at this path, below it, or a whole around it. Unsorted, each maybe more than once. */
  touchedBy(path: string): number[] {
    const found = [...this.#declared.at(path), ...this.#discovered.at(path)];
    for (const folder of foldersAround(path, true)) {
      for (const { stage, mayHold } of this.#wholes.get(folder) ?? []) if (mayHold(path)) found.push(stage);
    }
    return found.concat(this.#declared.below(path), this.#discovered.below(path));
  }

  /** It is an output, or part of one. */
  isMade(path: string): boolean {
    for (const folder of foldersAround(path, true)) {
      const kind = this.#made.get(folder);
      if (kind === 'folder' || (kind === 'file' && folder === path)) return true;
    }
    return false;
  }

  /** Other paths lie below it. */
  isAround(path: string): boolean {
    return this.#declared.below(path).length > 0;
  }

  /** Where all of this lies; from `workspace`, absolute. */
  places(workspace: string): Pick<WatchedPlaces, 'folders' | 'trees'> {
    const absolute = (path: string) => (path.startsWith('/') ? path : path === '' ? workspace : `${workspace}/${path}`);
    const trees = [...this.#wholes.keys()].map(absolute);
    const folders = new Set<string>();
    for (const path of this.#declared.paths) folders.add(posix.dirname(absolute(path)));
    for (const path of this.#discovered.paths) folders.add(posix.dirname(absolute(path)));
    return { folders: [...folders], trees };
  }

  #add(stage: number, { kind, path }: InputItem): void {
    if (kind === 'glob') {
      const matches = matchGlob(path);
      const mayMatch = mayMatchBelow(path);
      this.#addWhole(globBase(path), { stage, mayHold: (one) => matches(one) || mayMatch(one) });
      return;
    }
    this.#declared.add(path, stage);
    if (kind === 'folder') this.#addWhole(path, { stage, mayHold: () => true });
  }

  #addWhole(base: string, whole: Whole): void {
    const known = this.#wholes.get(base);
    if (known) known.push(whole);
    else this.#wholes.set(base, [whole]);
    this.#declared.addBelow(base, whole.stage);
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
