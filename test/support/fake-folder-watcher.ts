// A watcher of folders that tells what the test says. Knows no disk.
import type { FolderWatcher, WatchedPlaces, WatchFolders, WatchNews } from '../../src/ports/folder-watcher.ts';

/** One time that somebody asked for news of places. */
export class FakeFolderWatch implements FolderWatcher {
  readonly places: WatchedPlaces;
  readonly #onNews: (news: WatchNews) => void;
  #isClosed = false;

  constructor(places: WatchedPlaces, onNews: (news: WatchNews) => void) {
    this.places = places;
    this.#onNews = onNews;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Nothing is told any more once it is closed, as of a real one. */
  tell(news: WatchNews): void {
    if (!this.#isClosed) this.#onNews(news);
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return Promise.resolve();
  }
}

export class FakeFolderWatcher {
  /** All that were ever asked for, in order. */
  readonly watches: FakeFolderWatch[] = [];

  readonly watchFolders: WatchFolders = (places, onNews) => {
    const watch = new FakeFolderWatch(places, onNews);
    this.watches.push(watch);
    return Promise.resolve(watch);
  };

  /** Those that are not closed. */
  get open(): FakeFolderWatch[] {
    return this.watches.filter((watch) => !watch.isClosed);
  }

  /** Tells every one that is open. */
  tell(news: WatchNews): void {
    for (const watch of this.open) watch.tell(news);
  }

  /** Absolute paths. */
  hint(...paths: readonly string[]): void {
    for (const path of paths) this.tell({ type: 'hint', path });
  }
}
