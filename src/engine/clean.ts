/**
 * Takes outputs away again. Removes only what wrangle made, nobody changed since and the store has; what the store does
 * not have (`cache: false`) is moved aside.
 */
import type { StageGraph } from '../model/graph.ts';
import { digestOrUnknown } from '../store/displace.ts';
import { writeIndex } from '../store/index-file.ts';
import { inWorkspace } from '../store/layout.ts';
import { leadsOutside, moveAside, parentOf } from '../store/publish.ts';
import { compareText } from '../util/compare.ts';
import type { OpenState } from './open-state.ts';
import type { EnginePorts } from './ports.ts';

export interface Cleaned {
  /** Paths from the workspace, sorted. */
  readonly removed: readonly string[];
  /** Of those, what the store does not have: moved to `.wrangle/displaced/`, where it is now, from the workspace. */
  readonly displaced: readonly Displaced[];
  /** Declared as outputs, but their bytes are not those wrangle made, or lie outside by a link: left alone. */
  readonly kept: readonly string[];
}

export interface Displaced {
  readonly path: string;
  /** Undefined when nothing was to be done. */
  readonly to: string | undefined;
}

export interface CleanRequest {
  /** Declared outputs of these stages; ascending. */
  readonly selected: readonly number[];
  /** Instead: recorded outputs that no stage declares any more. */
  readonly orphans: boolean;
  /** Only say what would be removed. */
  readonly dryRun: boolean;
}

/** Errors: those of the disk. */
export async function cleanOutputs(ports: EnginePorts, open: OpenState, request: CleanRequest): Promise<Cleaned> {
  const { fs, layout, graph, index, digests, blobs } = open.state;
  const paths = request.orphans ? findOrphans(open) : declaredPaths(graph, request.selected);
  const removed: string[] = [];
  const kept: string[] = [];
  const displaced: Displaced[] = [];
  for (const path of paths) {
    const absolute = inWorkspace(layout, path);
    if (fs.lstat(absolute) === undefined) continue;
    const ours = index.outputs.get(path)?.digest;
    const isOurs = ours !== undefined && (await digestOrUnknown({ digests }, path)) === ours;
    if (!isOurs || leadsOutside(fs, layout, path) !== undefined) {
      kept.push(path);
      continue;
    }
    removed.push(path);
    const isStored = blobs.holds(ours);
    if (request.dryRun) {
      if (!isStored) displaced.push({ path, to: undefined });
      continue;
    }
    if (isStored) fs.remove(absolute);
    else displaced.push({ path, to: moveAside(fs, layout, path, layout.displaced) });
    digests.forget(path);
    index.outputs.delete(path);
    removeEmptyParents(open, absolute);
  }
  if (!request.dryRun && removed.length > 0) writeIndex(fs, layout.index, ports.bootId, index);
  return { removed, displaced, kept };
}

/**
 * Recorded output paths whose pipeline file is gone, or is this one and no longer declares them; sorted.
 * Outputs of other pipelines of the workspace are theirs.
 */
export function findOrphans({ state }: OpenState): string[] {
  const { fs, layout, graph, index } = state;
  const declared = new Set(
    declaredPaths(
      graph,
      graph.stages.map((_, at) => at),
    ),
  );
  const orphans: string[] = [];
  for (const [path, { pipeline }] of index.outputs) {
    const gone = fs.stat(inWorkspace(layout, pipeline)) === undefined;
    if (gone || (pipeline === graph.pipeline.file && !declared.has(path))) orphans.push(path);
  }
  return orphans.sort(compareText);
}

function declaredPaths(graph: StageGraph, selected: readonly number[]): string[] {
  return selected
    .flatMap((at) => graph.stages[at]?.outputs ?? [])
    .flatMap((port) => port.items.map((item) => item.path))
    .sort(compareText);
}

/** Folders that only held outputs go with them; the workspace itself stays. */
function removeEmptyParents({ state }: OpenState, path: string): void {
  for (let folder = parentOf(path); folder.length > state.layout.workspace.length; folder = parentOf(folder)) {
    if (!state.fs.removeEmptyFolder(folder)) return;
  }
}
