/**
 * Where on the disk the stages of a graph read and make something: as declared, behind links, and what they were found to
 * read. Asked with absolute paths, or such from the workspace. Looks at links only.
 */
import type { FolderLinks } from '../../digest/resolve-inputs.ts';
import type { StageGraph } from '../../model/graph.ts';
import type { Stage } from '../../model/pipeline.ts';
import type { FileSystem } from '../../ports/file-system.ts';
import type { WatchedPlaces } from '../../ports/folder-watcher.ts';
import { LinkedPlaces, NO_LINKS } from './linked-places.ts';
import { StagePaths } from './stage-paths.ts';

export class GraphPlaces {
  readonly #workspace: string;
  readonly #graph: StageGraph;
  readonly #paths: StagePaths;
  readonly #links: LinkedPlaces;

  constructor(fs: FileSystem, workspace: string, graph: StageGraph) {
    this.#workspace = workspace;
    this.#graph = graph;
    this.#paths = new StagePaths(graph);
    this.#links = new LinkedPlaces(fs, workspace);
    this.#links.look(graph.stages, NO_LINKS);
  }

  /** Files that each stage read without having declared them; replaces what was said before. */
  setDiscovered(pathsOf: (stage: Stage) => readonly string[]): void {
    this.#paths.setDiscovered((at) => pathsOf(this.#graph.stages[at] as Stage));
  }

  /** Looks where links in the inputs of these stages lead now. */
  lookAtLinks(stages: readonly Stage[], links: FolderLinks): void {
    this.#links.look(stages, links);
  }

  /** By fan-out, the instances that it has now; of others what was said before stays. */
  setInstances(instances: ReadonlyMap<number, readonly Stage[]>): void {
    this.#paths.setInstances(instances);
  }

  /** Stages that read or make what is at this path, below it, or a whole around it. Unsorted, each maybe more than once. */
  touchedBy(path: string): number[] {
    const touched = this.#paths.touchedBy(this.fromWorkspace(path));
    return touched.concat(this.#links.leadingTo(path).flatMap((input) => this.#paths.touchedBy(input)));
  }

  /** It is an output, or part of one. */
  isMade(path: string): boolean {
    return this.#paths.isMade(this.fromWorkspace(path));
  }

  /** Declared paths lie below it. */
  isAround(path: string): boolean {
    return this.#paths.isAround(this.fromWorkspace(path));
  }

  places(): Pick<WatchedPlaces, 'folders' | 'trees'> {
    const declared = this.#paths.places(this.#workspace);
    const linked = this.#links.places();
    return { folders: [...declared.folders, ...linked.folders], trees: [...declared.trees, ...linked.trees] };
  }

  /** Empty for the workspace itself; as it is where it lies outside. */
  fromWorkspace(path: string): string {
    if (path === this.#workspace) return '';
    return path.startsWith(`${this.#workspace}/`) ? path.slice(this.#workspace.length + 1) : path;
  }
}
