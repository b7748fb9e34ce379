/** What became of output paths: what a transaction puts back, and what `rollback` reads backwards. */
import type { Digest } from './digest.ts';

/** What lay at an output path before it was changed, and where its bytes are now. */
export interface OutputBefore {
  /** From the workspace. */
  readonly path: string;
  /** Null when nothing was there, or nothing that has a digest (a link, a pipe, what cannot be read). */
  readonly before: Digest | null;
  /** What the index said of the path; null when it said nothing. */
  readonly recorded: RecordedBefore | null;
  /**
   * Where the bytes from before are, from the workspace, when they were nobody's and had to step aside. Null: they are
   * in the store, or there were none.
   */
  readonly displaced: string | null;
  /** Folders above it that were not there, outermost first. */
  readonly new_folders: readonly string[];
}

export interface RecordedBefore {
  readonly digest: Digest;
  readonly fingerprint: string;
  readonly stage: string;
  readonly pipeline: string;
}

export interface OutputChange extends OutputBefore {
  /** Null when nothing is there any more. */
  readonly after: Digest | null;
}
