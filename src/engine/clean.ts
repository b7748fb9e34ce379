/**
 * Takes outputs away again. Removes only what wrangle made, nobody changed since and the store has; what the store does
 * not have (`cache: false`) is moved aside.
 */
import type { InstanceChoice } from '../graph/stage-set.ts';
import { declaredId, isInstanceId } from '../model/instance.ts';
import type { Stage } from '../model/pipeline.ts';
import { digestOrUnknown } from '../store/displace.ts';
import { writeIndex } from '../store/index-file.ts';
import { inWorkspace } from '../store/layout.ts';
import { leadsOutside, moveAside, parentOf } from '../store/publish.ts';
import { compareText } from '../util/compare.ts';
import { matchStars } from '../util/star-pattern.ts';
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
  /** By fan-out of which only some instances count, those. */
  readonly only: ReadonlyMap<string, InstanceChoice>;
  /** Instead: recorded outputs that no stage declares any more. */
  readonly orphans: boolean;
  /** Only say what would be removed. */
  readonly dryRun: boolean;
}

/** Errors: those of the disk. */
export async function cleanOutputs(ports: EnginePorts, open: OpenState, request: CleanRequest): Promise<Cleaned> {
  const { fs, layout, index, digests, blobs } = open.state;
  const paths = request.orphans ? findOrphans(open) : askedPaths(open, request);
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
 * Recorded output paths whose pipeline file is gone, or is this one and no longer declares them; sorted. What an instance of
 * a fan-out made is declared as long as the fan-out could make it: if its item is gone, the next build takes it away.
 * Outputs of other pipelines of the workspace are theirs.
 */
export function findOrphans({ state }: OpenState): string[] {
  const { fs, layout, graph, index } = state;
  const declared = new Set(graph.stages.flatMap(pathsOf));
  const fanOuts = new Map(
    graph.stages.flatMap((stage) => (stage.foreach ? [[stage.id, mayMake(stage)] as const] : [])),
  );
  const gone = new Map<string, boolean>();
  const isGone = (pipeline: string) => {
    const known = gone.get(pipeline);
    if (known !== undefined) return known;
    const found = fs.stat(inWorkspace(layout, pipeline)) === undefined;
    gone.set(pipeline, found);
    return found;
  };
  const orphans: string[] = [];
  for (const [path, { stage, pipeline }] of index.outputs) {
    const isDeclared = () =>
      declared.has(path) || (isInstanceId(stage) && fanOuts.get(declaredId(stage))?.(path) === true);
    if (isGone(pipeline) || (pipeline === graph.pipeline.file && !isDeclared())) orphans.push(path);
  }
  return orphans.sort(compareText);
}

/** Of a fan-out what its instances are known to have made, since its list need not be there. */
function askedPaths({ state }: OpenState, { selected, only }: CleanRequest): string[] {
  const { graph, index } = state;
  const paths: string[] = [];
  const fanOuts = new Map<string, (path: string) => boolean>();
  for (const at of selected) {
    const stage = graph.stages[at] as Stage;
    if (stage.foreach) fanOuts.set(stage.id, mayMake(stage));
    else paths.push(...pathsOf(stage));
  }
  if (fanOuts.size > 0) {
    for (const [path, { stage, pipeline }] of index.outputs) {
      const id = declaredId(stage);
      const isAsked = only.get(id)?.has(stage) ?? true;
      if (isAsked && pipeline === graph.pipeline.file && isInstanceId(stage) && fanOuts.get(id)?.(path))
        paths.push(path);
    }
  }
  return paths.sort(compareText);
}

function pathsOf({ outputs }: Stage): string[] {
  return outputs.flatMap((port) => port.items.map((item) => item.path));
}

/** Whether an instance of the fan-out may make what is at a path. */
function mayMake(fanOut: Stage): (path: string) => boolean {
  const patterns = pathsOf(fanOut).map(matchStars);
  return (path) => patterns.some((matches) => matches(path));
}

/** Folders that only held outputs go with them; the workspace itself stays. */
function removeEmptyParents({ state }: OpenState, path: string): void {
  for (let folder = parentOf(path); folder.length > state.layout.workspace.length; folder = parentOf(folder)) {
    if (!state.fs.removeEmptyFolder(folder)) return;
  }
}
