/** What is left of instances whose items are not in the list any more, or were dropped. Looks, changes nothing. */
import type { StageGraph } from '../model/graph.ts';
import { declaredId } from '../model/instance.ts';
import type { Stage } from '../model/pipeline.ts';
import { matchStars, mayMeet } from '../util/star-pattern.ts';
import type { Expansion } from './expansion.ts';
import type { FanOuts } from './fan-outs.ts';

/** What lies at an output path, as far as this needs to know. */
interface Recorded {
  readonly index: {
    readonly outputs: ReadonlyMap<string, { readonly stage: string; readonly pipeline: string }>;
  };
  readonly graph: Pick<StageGraph, 'stages' | 'pipeline'>;
}

export interface GoneOutput {
  readonly path: string;
  /** Id of the instance that made it. */
  readonly stage: string;
}

/**
 * Recorded files of the fan-out that its output templates could name and that no current instance makes. Of a build of some
 * instances only: none. What other templates made stays, and is an orphan.
 */
export function goneOutputs({ index, graph }: Recorded, at: number, expansion: Expansion): GoneOutput[] {
  if (expansion.isPartial) return [];
  const fanOut = graph.stages[at] as Stage;
  const patterns = fanOut.outputs.flatMap((port) => port.items.map(({ path }) => matchStars(path)));
  const current = new Set<string>();
  for (const instance of expansion.instances) {
    for (const port of graph.stages[instance]?.outputs ?? []) for (const { path } of port.items) current.add(path);
  }
  const gone: GoneOutput[] = [];
  for (const [path, { stage, pipeline }] of index.outputs) {
    if (pipeline !== graph.pipeline.file || stage === fanOut.id || declaredId(stage) !== fanOut.id) continue;
    if (!current.has(path) && patterns.some((matches) => matches(path))) gone.push({ path, stage });
  }
  return gone;
}

/**
 * Of what is gone, the outputs around or in which these instances make something now: a file cannot lie in a file, and who
 * takes a folder away takes what is in it. Also of a build of some instances only.
 */
export function outputsInTheWay(
  recorded: Recorded,
  fanOuts: Pick<FanOuts, 'problemOf'>,
  at: number,
  expansion: Expansion,
): GoneOutput[] {
  const gone = goneOutputs(recorded, at, { ...expansion, isPartial: false });
  if (gone.length === 0) return gone;
  const current = new Set<string>();
  const around = new Set<string>();
  for (const instance of expansion.instances) {
    if (fanOuts.problemOf(instance) !== undefined) continue;
    for (const { path } of recorded.graph.stages[instance]?.outputs.flatMap((port) => port.items) ?? []) {
      current.add(path);
      for (const folder of foldersAbove(path)) around.add(folder);
    }
  }
  return gone.filter(({ path }) => around.has(path) || foldersAbove(path).some((folder) => current.has(folder)));
}

/**
 * Folders above these outputs that are there for items only, and in which nobody makes anything now: when nothing is left in
 * them, they go. Otherwise whoever reads a folder around them would see one that a clean build does not make. The deepest
 * first.
 */
export function itemFolders(
  { stages }: Pick<StageGraph, 'stages'>,
  fanOuts: Pick<FanOuts, 'of' | 'isAbsent'>,
  at: number,
  paths: readonly string[],
): string[] {
  const { outputs } = stages[at] as Stage;
  const templates = outputs.flatMap((port) =>
    port.items.map(({ path }) => ({
      matches: matchStars(path),
      base: path.slice(0, path.indexOf('*')).lastIndexOf('/'),
    })),
  );
  const folders = new Set<string>();
  for (const path of paths) {
    const bases = templates.filter(({ matches }) => matches(path)).map(({ base }) => base);
    if (bases.length === 0) continue;
    const base = Math.max(...bases);
    for (let end = path.lastIndexOf('/'); end > base; end = path.lastIndexOf('/', end - 1))
      folders.add(path.slice(0, end));
  }
  if (folders.size === 0) return [];
  for (const [other, stage] of stages.entries()) {
    if (stage.foreach ? fanOuts.of(other) : fanOuts.isAbsent(other)) continue;
    for (const { path } of stage.outputs.flatMap((port) => port.items)) {
      if (stage.foreach) {
        for (const folder of folders) if (mayMeet(path, `${folder}/*`)) folders.delete(folder);
      } else {
        for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1))
          folders.delete(path.slice(0, end));
      }
    }
  }
  return [...folders].sort((a, b) => b.length - a.length);
}

/** `a/b/c` -> `a/b`, `a`. */
function foldersAbove(path: string): string[] {
  const folders: string[] = [];
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) folders.push(path.slice(0, end));
  return folders;
}
