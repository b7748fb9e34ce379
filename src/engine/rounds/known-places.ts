/**
 * What is known of the files of a pipeline that is built again and again: where they are, and how the last round left them.
 * Knows nothing of rounds.
 */
import { posix } from 'node:path';
import { sha256Of } from '../../model/digest.ts';
import type { StageGraph } from '../../model/graph.ts';
import { declaredId } from '../../model/instance.ts';
import type { Stage } from '../../model/pipeline.ts';
import type { WorkspaceState } from '../../plan/workspace-state.ts';
import type { FileSystem } from '../../ports/file-system.ts';
import { ANSWERS_FOLDER } from '../../store/answer-files.ts';
import type { WorkspaceIndex } from '../../store/index-file.ts';
import { stageKey, stageOfKey } from '../../store/index-file.ts';
import { stateLayout } from '../../store/layout.ts';
import { GraphPlaces } from './graph-places.ts';

interface Kept {
  readonly index: WorkspaceIndex;
  /** Of the file in which the last round left it. */
  readonly key: string;
}

export class KnownPlaces {
  readonly #fs: FileSystem;
  /** The workspace, absolute. */
  readonly #dir: string;
  #graph: StageGraph | undefined;
  #places: GraphPlaces | undefined;
  #kept: Kept | undefined;

  constructor(fs: FileSystem, dir: string) {
    this.#fs = fs;
    this.#dir = dir;
  }

  /** Of the graph that was adopted last; undefined before. */
  get places(): GraphPlaces | undefined {
    return this.#places;
  }

  /** As the last round left it; undefined before. */
  get index(): WorkspaceIndex | undefined {
    return this.#kept?.index;
  }

  adopt(graph: StageGraph): void {
    this.#graph = graph;
    this.#places = new GraphPlaces(this.#fs, this.#dir, graph);
    this.rememberDiscovered();
  }

  touchedBy(path: string): number[] {
    return this.#places?.touchedBy(path) ?? [];
  }

  isAnswer(path: string): boolean {
    const folder = `${this.#dir}/${ANSWERS_FOLDER}`;
    return path === folder || posix.dirname(path) === folder;
  }

  /** Whether one of them comes from outside, is read, and holds something else than the last round found in it. */
  async haveChanged(paths: readonly string[]): Promise<boolean> {
    const places = this.#places;
    if (!places) return false;
    for (const path of paths) {
      if (places.isMade(path) || places.touchedBy(path).length === 0) continue;
      const known = this.#kept?.index.files.get(places.fromWorkspace(path));
      const stat = this.#fs.stat(path);
      if (!known || stat?.type !== 'file') return true;
      if (stat.key === known.key) continue;
      try {
        if ((await this.#fs.hashFile(path)).sha256 !== sha256Of(known.digest)) return true;
      } catch {
        return true;
      }
    }
    return false;
  }

  /** What is known of the disk now that these stages were looked at. */
  keep(state: WorkspaceState, stages: readonly number[]): void {
    this.#kept = { index: state.index, key: this.#indexKey() };
    this.#places?.lookAtLinks(
      stages.map((at) => state.graph.stages[at] as Stage),
      state.digests,
    );
  }

  /** Where the instances that are known read and make something. */
  rememberInstances({ graph, fanOuts }: WorkspaceState): void {
    if (!fanOuts) return;
    const known = new Map<number, readonly Stage[]>();
    for (const [at, { foreach }] of (this.#graph?.stages ?? []).entries()) {
      const expanded = foreach ? fanOuts.of(at) : undefined;
      if (expanded?.ok)
        known.set(
          at,
          expanded.value.instances.map((instance) => graph.stages[instance] as Stage),
        );
    }
    this.#places?.setInstances(known);
  }

  /** That of the last round, unless another command has written its own since. */
  currentIndex(): WorkspaceIndex | undefined {
    return this.#kept?.key === this.#indexKey() ? this.#kept.index : undefined;
  }

  /** What stages told that they read. */
  rememberDiscovered(): void {
    if (!this.#graph) return;
    const { pipeline } = this.#graph;
    const prefix = stageKey(pipeline.file, '');
    const discovered = new Map<string, string[]>();
    for (const [key, stage] of this.#kept?.index.stages ?? []) {
      if (stage.discovered.length === 0 || !key.startsWith(prefix)) continue;
      // Those of instances of a fan-out are its own.
      for (const id of new Set([stageOfKey(key), declaredId(stageOfKey(key))])) {
        discovered.set(id, [...(discovered.get(id) ?? []), ...stage.discovered.map(({ path }) => path)]);
      }
    }
    this.#places?.setDiscovered(({ id }) => discovered.get(id) ?? []);
  }

  #indexKey(): string {
    return this.#fs.stat(stateLayout(this.#dir).index)?.key ?? '';
  }
}
