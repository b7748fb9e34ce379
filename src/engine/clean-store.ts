/**
 * Cleans the store beside whoever is using it: `gc`, and the limit after builds (design-notes, "Cleaning the store").
 * Says what went and why the rest stayed, in results of stages; how that is shown is not known here.
 */
import { fileSystemNow } from '../digest/fs-clock.ts';
import type { HeldLock, LockHolder } from '../ports/workspace-lock.ts';
import { environmentFailure } from '../run/build-context.ts';
import type { Garbage } from '../store/choose-garbage.ts';
import { chooseGarbage } from '../store/choose-garbage.ts';
import type { WorkspaceIndex } from '../store/index-file.ts';
import type { StateLayout } from '../store/layout.ts';
import { fromWorkspace, inWorkspace, stateLayout } from '../store/layout.ts';
import { needsOfStore } from '../store/store-needs.ts';
import { StoreUsage } from '../store/store-usage.ts';
import type { StoreSurvey } from '../store/survey.ts';
import { countStore, filesBelow, surveyStore, walkAll, walkInTurns } from '../store/survey.ts';
import type { Swept } from '../store/sweep.ts';
import { emptyTrash, sweepStore } from '../store/sweep.ts';
import { InternalError } from '../util/internal-error.ts';
import type { EnginePorts } from './ports.ts';
import type { EnvironmentProblem, Invalid } from './requests.ts';

export interface GcRequest {
  readonly dryRun: boolean;
  /** Instead of the limit in the settings. */
  readonly maxBytes: number | undefined;
  readonly olderThanMs: number | undefined;
  /** Also what failed attempts left, and what outputs replaced. */
  readonly failed: boolean;
  readonly displaced: boolean;
  /** For others that find the store in use. */
  readonly command: string;
}

/** A folder of the workspace that `gc` leaves alone unless it is told otherwise. */
export interface SetAside {
  /** From the workspace. */
  readonly folder: string;
  readonly files: number;
  readonly bytes: number;
  /** It was asked for. */
  readonly goes: boolean;
}

export interface StoreCleaned {
  readonly status: 'cleaned';
  /** Absolute. */
  readonly store: string;
  readonly bytesBefore: number;
  readonly bytesMax: number;
  /** What was chosen; for a dry run that is all. */
  readonly garbage: Garbage;
  readonly swept: Swept;
  readonly setAside: readonly SetAside[];
  /** A command that is at work in this workspace; what it has used since it began is kept. */
  readonly beside: LockHolder | undefined;
  readonly nowMs: number;
}

export type GcReport =
  | StoreCleaned
  | { readonly status: 'locked'; readonly holder: LockHolder | undefined }
  | Invalid
  | EnvironmentProblem;

/** What was used in the last hour may be in use: by another workspace, or by a build of this one. */
const GRACE_MS = 3_600_000;
/** After a build that went over the limit, room is made for the next ones. */
const ROOM = 0.9;

export async function cleanStore(ports: EnginePorts, dir: string, request: GcRequest): Promise<GcReport> {
  const { loadSettingsAlone } = await import('./load-sources.ts');
  const { settings, mistakes } = loadSettingsAlone(ports, dir);
  if (mistakes.diagnostics.some(({ severity }) => severity === 'error')) return { status: 'invalid', mistakes };
  const layout = stateLayout(dir, settings.cacheFolder);
  const bytesMax = request.maxBytes ?? settings.storeBytesMax;
  try {
    if (request.dryRun) return look(ports, layout, request, bytesMax);
    if (ports.fs.lstat(layout.store) === undefined) ports.fs.makeFolder(layout.store);
    const store = await lockStore(ports, layout, request.command);
    if ('holder' in store) return { status: 'locked', holder: store.holder };
    try {
      return await cleanLocked(ports, layout, request, bytesMax);
    } finally {
      store.release();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return { status: 'environment', message: environmentFailure('clean the store', error).message };
  }
}

export type StoreSize =
  | { readonly status: 'counted'; readonly store: string; readonly bytes: number; readonly bytesMax: number }
  | Invalid;

/** Where the store is and how much it holds, by looking at every file. */
export async function sizeOfStore(ports: EnginePorts, dir: string): Promise<StoreSize> {
  const { loadSettingsAlone } = await import('./load-sources.ts');
  const { settings, mistakes } = loadSettingsAlone(ports, dir);
  if (mistakes.diagnostics.some(({ severity }) => severity === 'error')) return { status: 'invalid', mistakes };
  const { store } = stateLayout(dir, settings.cacheFolder);
  const bytes = walkAll(countStore(ports.fs, store));
  return { status: 'counted', store, bytes, bytesMax: settings.storeBytesMax };
}

function look(ports: EnginePorts, layout: StateLayout, request: GcRequest, bytesMax: number): StoreCleaned {
  const { fs, clock } = ports;
  const nowMs = clock.nowMs();
  const beside = ports.lock.holder(layout.lock);
  const youngSinceMs = youngSince(layout, nowMs, beside);
  const undoSinceMs = undoSince(request, nowMs);
  const { survey, garbage } = walkAll(
    choose(ports, layout, { ...request, bytesMax, nowMs, youngSinceMs, undoSinceMs }),
  );
  const bytesBefore = survey.bytes;
  const { records, blobs, bytes } = garbage;
  const swept = { records, blobs: blobs.length, bytes };
  const setAside = setAsideOf(fs, layout, request);
  return { status: 'cleaned', store: layout.store, bytesBefore, bytesMax, garbage, swept, setAside, beside, nowMs };
}

async function cleanLocked(
  ports: EnginePorts,
  layout: StateLayout,
  request: GcRequest,
  bytesMax: number,
): Promise<StoreCleaned> {
  const { store } = layout;
  const setAside = await removeSetAside(ports, layout, request);
  const nowMs = storeNow(ports, store);
  const beside = ports.lock.holder(layout.lock);
  const youngSinceMs = youngSince(layout, nowMs, beside);
  const undoSinceMs = undoSince(request, nowMs);
  const cleaned = await sweep(ports, layout, { ...request, bytesMax, nowMs, youngSinceMs, undoSinceMs }, undefined);
  if (!cleaned) throw new InternalError('a cleaning that nobody could stop was stopped');
  return { status: 'cleaned', store, ...cleaned, bytesMax, setAside, beside, nowMs };
}

/**
 * What a command at work has used since it began may not be in the index yet. Where only this workspace uses the store
 * and nobody is at work in it, there is no such thing.
 */
function youngSince({ store, state }: StateLayout, nowMs: number, beside: LockHolder | undefined): number {
  if (!beside && store.startsWith(`${state}/`)) return nowMs;
  const begunMs = Date.parse(beside?.started_at ?? '');
  return Math.min(nowMs - GRACE_MS, Number.isNaN(begunMs) ? nowMs : begunMs);
}

/** Who says how much is to stay says it of what a rollback would need as well. */
function undoSince({ maxBytes, olderThanMs }: GcRequest, nowMs: number): number {
  return maxBytes === undefined && olderThanMs === undefined ? nowMs - GRACE_MS : nowMs;
}

export interface Trimmed {
  readonly bytesMax: number;
  readonly swept: Swept;
  readonly kept: Garbage['kept'];
}

/**
 * Removes what was used longest ago until the store is below its limit again. Undefined when there is nothing to do,
 * somebody else is at it, or the signal ended it. `index` is that of the build. Errors: those of the disk.
 */
export async function trimStore(
  ports: EnginePorts,
  layout: StateLayout,
  options: {
    readonly bytesMax: number;
    readonly index: WorkspaceIndex;
    readonly usage: StoreUsage;
    readonly begunMs: number;
    readonly command: string;
    readonly signal: AbortSignal;
  },
): Promise<Trimmed | undefined> {
  const { bytesMax, index, usage, begunMs, command, signal } = options;
  if (usage.read() === undefined) {
    const counted = await walkInTurns(countStore(ports.fs, layout.store), signal);
    if (counted === undefined) return undefined;
    usage.write(counted);
  }
  // A usage that cannot be written stays unknown; the walk below counts once more.
  if ((usage.read() ?? Number.POSITIVE_INFINITY) <= bytesMax) return undefined;
  const lock = await lockStore(ports, layout, command);
  if ('holder' in lock) return undefined;
  try {
    const nowMs = storeNow(ports, layout.store);
    const youngSinceMs = Math.min(nowMs - GRACE_MS, begunMs);
    const undoSinceMs = nowMs - GRACE_MS;
    const rules = { bytesMax: bytesMax * ROOM, olderThanMs: undefined, nowMs, youngSinceMs, undoSinceMs, index };
    const cleaned = await sweep(ports, layout, rules, signal);
    return cleaned && { bytesMax, swept: cleaned.swept, kept: cleaned.garbage.kept };
  } finally {
    lock.release();
  }
}

interface Choosing {
  readonly bytesMax: number;
  readonly olderThanMs: number | undefined;
  readonly nowMs: number;
  readonly youngSinceMs: number;
  /** What runs since then replaced is kept, so that they can be undone. */
  readonly undoSinceMs: number;
  readonly index?: WorkspaceIndex;
}

function* choose(
  { fs }: EnginePorts,
  layout: StateLayout,
  { bytesMax, olderThanMs, nowMs, youngSinceMs, undoSinceMs, index }: Choosing,
): Generator<void, { readonly survey: StoreSurvey; readonly garbage: Garbage }> {
  const survey = yield* surveyStore(fs, layout.store);
  const needs = needsOfStore(fs, layout, undoSinceMs, index);
  const unusedSinceMs = olderThanMs === undefined ? undefined : nowMs - olderThanMs;
  return { survey, garbage: chooseGarbage(survey, { needs, youngSinceMs, unusedSinceMs, bytesMax }) };
}

/** Under the lock of the store. Undefined when the signal ended it, which is as safe as a kill. */
async function sweep(
  ports: EnginePorts,
  layout: StateLayout,
  options: Choosing,
  signal: AbortSignal | undefined,
): Promise<{ readonly bytesBefore: number; readonly garbage: Garbage; readonly swept: Swept } | undefined> {
  const { fs } = ports;
  const { store } = layout;
  emptyTrash(fs, store);
  const chosen = await walkInTurns(choose(ports, layout, options), signal);
  if (!chosen) return undefined;
  const { survey, garbage } = chosen;
  const swept = await walkInTurns(sweepStore(fs, store, garbage, options.youngSinceMs), signal);
  if (!swept) return undefined;
  new StoreUsage(fs, store).write(survey.bytes - swept.bytes);
  return { bytesBefore: survey.bytes, garbage, swept };
}

/** One sweep at a time in one store, whoever shares it. */
function lockStore(ports: EnginePorts, { store }: StateLayout, command: string) {
  return tryLock(ports, `${store}/lock`, command);
}

async function tryLock(
  { lock }: EnginePorts,
  path: string,
  command: string,
): Promise<HeldLock | { readonly holder: LockHolder | undefined }> {
  let holder: LockHolder | undefined;
  const onWait = (who: LockHolder | undefined) => {
    holder = who;
  };
  const held = await lock.acquire({ path, wait: false, command, onWait, signal: undefined });
  return held ?? { holder };
}

/** The time of the file system that the store lies on: that is what its files are dated by. */
function storeNow({ fs }: EnginePorts, store: string): number {
  return Number(fileSystemNow(fs, `${store}/clock`) / 1_000_000n);
}

function setAsideOf(fs: EnginePorts['fs'], layout: StateLayout, request: GcRequest): readonly SetAside[] {
  const folders = [
    [layout.failed, request.failed],
    [layout.displaced, request.displaced],
  ] as const;
  return folders.flatMap(([path, goes]) => {
    const files = filesBelow(fs, path);
    if (files.length === 0) return [];
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    return [{ folder: fromWorkspace(layout, path), files: files.length, bytes, goes }];
  });
}

/** Under the lock of the workspace: a command at work may be about to put something there, and then they stay. */
async function removeSetAside(
  ports: EnginePorts,
  layout: StateLayout,
  request: GcRequest,
): Promise<readonly SetAside[]> {
  const found = setAsideOf(ports.fs, layout, request);
  if (!found.some(({ goes }) => goes)) return found;
  const lock = await tryLock(ports, layout.lock, request.command);
  if ('holder' in lock) return found.map((one) => ({ ...one, goes: false }));
  try {
    for (const { folder, goes } of found) if (goes) ports.fs.remove(inWorkspace(layout, folder));
  } finally {
    lock.release();
  }
  return found;
}
