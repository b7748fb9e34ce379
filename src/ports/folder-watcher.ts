/**
 * News of the file system. They are hints: where something may have changed, never what. Whoever listens looks for itself.
 */
export interface WatchedPlaces {
  /** Absolute. Entries that appear, vanish or change in them count, not what lies deeper. They need not exist yet. */
  readonly folders: readonly string[];
  /** Absolute. Everything below them counts. They need not exist yet. */
  readonly trees: readonly string[];
  /** Absolute: nothing below these is told of, not even in a tree. */
  readonly ignored: readonly string[];
}

export type WatchNews =
  /** Something happened at this absolute path, or anywhere below it. */
  | { readonly type: 'hint'; readonly path: string }
  /** Events were lost: anything may have changed. */
  | { readonly type: 'overflow' }
  /** From now on nothing is told of some places or all; a sentence for a person says why, and what to do about it. */
  | { readonly type: 'blind'; readonly reason: string };

export interface FolderWatcher {
  /** Resolves when nothing is told any more. */
  close(): Promise<void>;
}

/**
 * Resolves when the places are watched: whatever happens from then on is told of. Never rejects; what cannot be watched is
 * `blind`. Folders that are made, removed, replaced or moved in later are followed.
 */
export type WatchFolders = (places: WatchedPlaces, onNews: (news: WatchNews) => void) => Promise<FolderWatcher>;
