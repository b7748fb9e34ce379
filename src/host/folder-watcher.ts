/**
 * News of folders by the kernel's events. Each folder has a watch of its own; this keeps them on the folders that are there.
 *
 * A watch is on a folder, not on its name: moved, it goes along; removed, it is dead. So whenever an event says that
 * something came, went or was moved under a name where a folder is wanted, the watches at that name and below it are
 * given up and made again. Two rules lose nothing. A folder is watched before it is listed: what comes later has an
 * event. And when all below a name is watched, a hint for that name is told: whoever listens looks at what came before.
 */
import * as nodeFs from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { setImmediate as otherEvents } from 'node:timers/promises';
import type { FolderWatcher, WatchedPlaces, WatchFolders, WatchNews } from '../ports/folder-watcher.ts';
import { errorCode } from './error-code.ts';
import { kernelSetting } from './limits.ts';
import { PlaceMap, wayTo } from './place-map.ts';
import { networkFileSystem, networkReason, watchFailure } from './watch-failure.ts';

/** Names that are looked at before others get their turn. */
const LOOKS_AT_ONCE = 256;
/** As many as the kernel follows. */
const LINKS_MAX = 40;
/** What the kernel keeps of events that are not read yet, where it does not say. */
const QUEUE_USUAL = 16_384;

export const watchFolders: WatchFolders = async (places, onNews) => {
  const watcher = new NodeFolderWatcher(places, onNews);
  await watcher.start();
  return watcher;
};

interface WatchedFolder {
  /** Undefined where it could not be watched; tried again when something happens to it. */
  watch: nodeFs.FSWatcher | undefined;
  readonly isDeep: boolean;
  readonly isTold: boolean;
  /** Entries that are watched folders. */
  readonly below: Set<string>;
}

class NodeFolderWatcher implements FolderWatcher {
  readonly #places: PlaceMap;
  readonly #onNews: (news: WatchNews) => void;
  readonly #folders = new Map<string, WatchedFolder>();
  /** Names where what is watched may not be what is there. */
  readonly #suspects = new Set<string>();
  readonly #saidBlind = new Set<string>();
  readonly #eventsMax = (kernelSetting('fs/inotify/max_queued_events') ?? QUEUE_USUAL) / 2;
  #eventsAtOnce = 0;
  #work: Promise<void> | undefined;
  #hasLost = false;
  #isClosed = false;

  constructor(places: WatchedPlaces, onNews: (news: WatchNews) => void) {
    this.#places = new PlaceMap(places);
    this.#onNews = onNews;
  }

  async start(): Promise<void> {
    this.#work = this.#watchFrom('/');
    await this.#work;
    this.#work = this.#suspects.size > 0 ? this.#lookAtSuspects() : undefined;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { watch } of this.#folders.values()) watch?.close();
    this.#folders.clear();
    await this.#work;
  }

  #tell(news: WatchNews): void {
    if (!this.#isClosed) this.#onNews(news);
  }

  #tellBlind(topic: string, reason: string): void {
    if (this.#saidBlind.has(topic)) return;
    this.#saidBlind.add(topic);
    this.#tell({ type: 'blind', reason });
  }

  /** Watches the folder and all below it that is wanted, each before it is listed. */
  async #watchFrom(top: string): Promise<void> {
    const pending = [top];
    // Grows while it is gone through.
    for (const [nth, path] of pending.entries()) {
      if (nth % LOOKS_AT_ONCE === LOOKS_AT_ONCE - 1) await otherEvents();
      if (this.#isClosed) return;
      if (!this.#folders.has(path)) this.#enter(path);
      for (const next of await this.#foldersIn(path)) pending.push(next);
    }
  }

  /** Those that are wanted. */
  async #foldersIn(path: string): Promise<Iterable<string>> {
    const found = new Set<string>();
    for (const next of this.#places.next(path)) {
      this.#followLink(next);
      if (this.#isFolder(next)) found.add(next);
    }
    if (!this.#folders.get(path)?.isDeep) return found;
    try {
      for (const entry of await nodeFs.promises.readdir(path, { withFileTypes: true })) {
        const next = join(path, entry.name);
        if (entry.isDirectory() && !this.#places.isIgnored(next)) found.add(next);
      }
    } catch (error) {
      this.#failed(error);
    }
    return found;
  }

  #enter(path: string): void {
    const isTold = this.#places.isTold(path);
    const folder: WatchedFolder = { watch: undefined, isDeep: this.#places.isDeep(path), isTold, below: new Set() };
    try {
      folder.watch = nodeFs.watch(path, (type, name) => this.#happenedIn(path, folder, type === 'rename', name));
    } catch (error) {
      // It is gone again. That it comes back is told by the folder around it.
      if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return;
      this.#failed(error);
    }
    folder.watch?.on('error', () => {
      folder.watch = undefined;
      this.#lost(path);
    });
    const network = isTold ? networkFileSystem(path) : undefined;
    if (network !== undefined) this.#tellBlind(network, networkReason(path, network));
    this.#folders.set(path, folder);
    this.#folders.get(dirname(path))?.below.add(path);
  }

  #leave(top: string): void {
    this.#folders.get(dirname(top))?.below.delete(top);
    const pending = [top];
    for (const path of pending) {
      const folder = this.#folders.get(path);
      if (!folder) continue;
      folder.watch?.close();
      this.#folders.delete(path);
      for (const next of folder.below) pending.push(next);
    }
  }

  /** Where a link on the way to a place leads may be moved or made anew too. So the way there is watched, and first. */
  #followLink(path: string): void {
    if (!this.#places.leads(path)) return;
    const ends = linkEnds(path);
    for (const old of this.#places.setLink(path, ends)) this.#leave(old);
    for (const end of ends) {
      for (const folder of wayTo(dirname(end))) {
        if (this.#places.isIgnored(folder) || !this.#isFolder(folder)) break;
        if (!this.#folders.has(folder)) this.#enter(folder);
      }
    }
  }

  #happenedIn(path: string, folder: WatchedFolder, isRename: boolean, name: string | null): void {
    this.#countEvent();
    // Of what happens to a folder itself, it tells under its own name, like of an entry.
    const isItself = name === null || name === basename(path);
    if (isItself) this.#happenedTo(path, isRename, folder);
    if (name === null || (isItself && !isThere(join(path, name)))) return;
    this.#happenedTo(join(path, name), isRename, folder);
  }

  #happenedTo(path: string, isRename: boolean, { isTold, isDeep }: WatchedFolder): void {
    if (this.#places.isIgnored(path)) return;
    if (isTold || this.#places.leads(path)) this.#tell({ type: 'hint', path });
    const known = this.#folders.get(path);
    const isUnwatched = known !== undefined && known.watch === undefined;
    if (!isRename && !isUnwatched) return;
    if (isDeep || this.#places.isWanted(path)) this.#suspect(path);
    for (const link of this.#places.linksTo(path)) this.#suspect(link);
  }

  /**
   * That the kernel's queue was full and events were dropped, Node does not say. But all that is in it comes at once, before
   * anything else has its turn. Half of a queue, because events of watches that were given up are in it and do not come.
   */
  #countEvent(): void {
    this.#eventsAtOnce += 1;
    if (this.#eventsAtOnce > 1) return;
    setImmediate(() => {
      if (this.#eventsAtOnce >= this.#eventsMax) this.#lost('/');
      this.#eventsAtOnce = 0;
    });
  }

  /** Anything may have happened there. It is told of when all is watched again. */
  #lost(path: string): void {
    this.#hasLost = true;
    this.#suspect(path);
  }

  #suspect(path: string): void {
    if (this.#isClosed) return;
    this.#suspects.add(path);
    this.#work ??= this.#lookAtSuspects();
  }

  async #lookAtSuspects(): Promise<void> {
    // What belongs together comes together: a name is looked at once after all of it.
    await otherEvents();
    let looks = 0;
    // What is added meanwhile is gone through too.
    for (const path of this.#suspects) {
      if (this.#isClosed) break;
      this.#suspects.delete(path);
      await this.#renew(path);
      looks += 1;
      if (looks % LOOKS_AT_ONCE === 0) await otherEvents();
    }
    this.#work = undefined;
    if (this.#hasLost) this.#tell({ type: 'overflow' });
    this.#hasLost = false;
  }

  async #renew(path: string): Promise<void> {
    this.#followLink(path);
    const isFolder = this.#isFolder(path);
    if (!isFolder && !this.#folders.has(path)) return;
    this.#leave(path);
    if (isFolder) await this.#watchFrom(path);
    if (this.#places.leads(path) || this.#places.isDeep(path)) this.#tell({ type: 'hint', path });
  }

  #isFolder(path: string): boolean {
    const stat = this.#places.leads(path) || !this.#places.isDeep(path) ? nodeFs.statSync : nodeFs.lstatSync;
    try {
      return stat(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
    } catch {
      return false;
    }
  }

  #failed(error: unknown): void {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return;
    // Who may not read it cannot build with it either, and is told so there.
    if (code === 'EACCES' || code === 'EPERM') return;
    this.#tellBlind('failure', watchFailure(error));
  }
}

function join(folder: string, name: string): string {
  return folder === '/' ? `/${name}` : `${folder}/${name}`;
}

function isThere(path: string): boolean {
  try {
    return nodeFs.lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

/** Where a link leads to: each of the paths on the way, and what it really is. None for what is no link. */
function linkEnds(path: string): string[] {
  const ends: string[] = [];
  try {
    let at = path;
    while (ends.length < LINKS_MAX && nodeFs.lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink()) {
      at = resolve(dirname(at), nodeFs.readlinkSync(at));
      ends.push(at);
    }
    if (ends.length > 0) ends.push(nodeFs.realpathSync(path));
  } catch {
    // It leads nowhere, for now.
  }
  return ends;
}
