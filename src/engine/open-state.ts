/** The state folder, opened for looking or for writing. */
import { FileDigests } from '../digest/file-digests.ts';
import { declaredEntries } from '../digest/fingerprint.ts';
import { COARSE_NS, fileSystemNow, measureGranularity } from '../digest/fs-clock.ts';
import { FanOuts } from '../fan-out/fan-outs.ts';
import type { FingerprintEntry } from '../model/fingerprint.ts';
import type { Stage } from '../model/pipeline.ts';
import type { WorkspaceState } from '../plan/workspace-state.ts';
import { ActionCache } from '../store/action-cache.ts';
import { AnswerFiles } from '../store/answer-files.ts';
import { BlobStore } from '../store/blob-store.ts';
import type { WorkspaceIndex } from '../store/index-file.ts';
import { readIndex } from '../store/index-file.ts';
import { Journal, stagesOf } from '../store/journal.ts';
import type { StateLayout } from '../store/layout.ts';
import { stateLayout } from '../store/layout.ts';
import { rememberPublished } from '../store/recover.ts';
import { readStoreId } from '../store/store-id.ts';
import { enterWorkspace } from '../store/store-needs.ts';
import { StoreUsage } from '../store/store-usage.ts';
import type { FrontEnd } from './loaded.ts';
import type { EnginePorts } from './ports.ts';
import type { Selection } from './selection.ts';

export interface OpenState {
  readonly layout: StateLayout;
  readonly state: WorkspaceState;
  readonly journal: Journal;
  readonly usage: StoreUsage;
  /** The file system's time, in nanoseconds. Writes a file: only for commands that write. */
  readonly now: () => bigint;
}

export interface OpenOptions {
  /**
   * `glance`: stats only, asking for more is a `NeedsReading`; `look`: files are read, nothing is written;
   * `write`: under the lock.
   */
  readonly mode: 'glance' | 'look' | 'write';
  readonly readStore: boolean;
  readonly forced: ReadonlySet<number>;
  /** Of instances: run although fresh, or the only ones that are asked for; see `FanOutOptions`. */
  readonly instances?: Pick<Selection, 'forcedOnly' | 'forcedBefore' | 'only'>;
  /** What the file of the index is known to hold. Default: it is read. */
  readonly index?: WorkspaceIndex;
}

/** Errors: those of the disk, when opened for writing. */
export function openState(ports: EnginePorts, workspace: string, frontEnd: FrontEnd, options: OpenOptions): OpenState {
  const { fs, bootId, platform } = ports;
  const layout = stateLayout(workspace, frontEnd.settings.cacheFolder);
  if (options.mode === 'write') makeStateFolder(ports, layout, frontEnd.settings.isPassing === true);
  const journal = new Journal(fs, layout.journal);

  const index = options.index ?? readIndex(fs, layout.index, bootId);
  const storeId = readStoreId(fs, layout.store) ?? '';
  // The store the fingerprints speak of is gone, and with it the records: what is on the disk has no proof any more.
  if (index.storeId !== storeId) {
    for (const [path, output] of index.outputs) index.outputs.set(path, { ...output, fingerprint: '' });
    index.stages.clear();
  }
  index.storeId = storeId;
  const journaled = journal.isEmpty() ? { open: [], published: [] } : journal.read();
  rememberPublished(index, journaled.published);

  const now = () => fileSystemNow(fs, layout.clock);
  const device = fs.stat(layout.state)?.device ?? 0n;
  if (options.mode === 'write' && index.granularity?.device !== device) {
    index.granularity = { device, ns: ports.granularityNs ?? measureGranularity(fs, layout.clock) };
  }
  const digests = new FileDigests({
    fs,
    workspace,
    remembered: index.files,
    // Where nothing may be written nothing can be measured, so inputs from elsewhere get the coarsest step there is.
    granularityNs: (file) => (file.device === device ? (index.granularity?.ns ?? COARSE_NS) : COARSE_NS),
    now: options.mode === 'write' ? now : undefined,
    mayRead: options.mode !== 'glance',
    sleep: (ms) => ports.clock.sleep(ms),
  });

  const usage = new StoreUsage(fs, layout.store);
  const onAdded = (bytes: number) => usage.add(bytes);
  const temporaryName = `${ports.pid}-${ports.randomId(6)}`;
  const types = new Map(frontEnd.types.map((type) => [type.name, type]));
  const forced = new Set(options.forced);
  const { graph, declaredHashes, contractHashes } = frontEnd;
  const fanOuts = graph.stages.some(({ foreach }) => foreach !== undefined)
    ? new FanOuts({
        fs,
        workspace,
        graph,
        declaredHashes,
        contractHashes,
        types,
        platform,
        forced,
        forcedOnly: options.instances?.forcedOnly ?? new Map(),
        forcedBefore: options.instances?.forcedBefore ?? new Set(),
        only: options.instances?.only ?? new Map(),
      })
    : undefined;
  const { stages } = fanOuts?.graph ?? graph;
  const entries = new Map<number, readonly FingerprintEntry[]>();
  const state: WorkspaceState = {
    fs,
    layout,
    graph: fanOuts?.graph ?? graph,
    fanOuts,
    declaredHashes: fanOuts?.declaredHashes ?? declaredHashes,
    contractHashes: fanOuts?.contractHashes ?? contractHashes,
    declaredEntries: (at) => {
      let known = entries.get(at);
      if (!known) {
        const stage = stages[at] as Stage;
        known = declaredEntries(stage, (name) => types.get(name), platform);
        // Of instances there may be too many to keep what is asked for once.
        if (!stage.item) entries.set(at, known);
      }
      return known;
    },
    digests,
    answers: new AnswerFiles(fs, layout),
    index,
    actions: new ActionCache(fs, layout.store, temporaryName, onAdded),
    blobs: new BlobStore(fs, layout.store, temporaryName, onAdded),
    nowMs: () => ports.clock.nowMs(),
    readStore: options.readStore,
    forced,
    interrupted: new Set(journaled.open.flatMap(stagesOf)),
  };
  return { layout, state, journal, usage, now };
}

/** `isPassing`: it is not entered in the list of a store that others have. Errors: those of the disk. */
export function makeStateFolder({ fs, randomId }: EnginePorts, layout: StateLayout, isPassing: boolean): void {
  if (fs.lstat(`${layout.state}/.gitignore`) === undefined) {
    fs.makeFolder(layout.state);
    fs.writeFile(`${layout.state}/.gitignore`, '*\n');
  }
  try {
    if (fs.lstat(`${layout.store}/id`) === undefined) {
      fs.makeFolder(layout.store);
      fs.writeFile(`${layout.store}/id`, `${randomId(16)}\n`, { exclusive: true });
      // Nobody need count what is in it.
      new StoreUsage(fs, layout.store).write(0);
    }
  } catch {
    // Another workspace made it at this moment, or the store cannot be written: then it is only read.
  }
  if (!isPassing) enterWorkspace(fs, layout);
}
