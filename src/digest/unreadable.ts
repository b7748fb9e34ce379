/** What it looks like when a path cannot be read; everything else that is thrown is a bug. */
import { UnstableFile } from './file-digests.ts';
import { UnsupportedEntry } from './tree.ts';

/** No permission, a failing disk, a file that never stands still, a pipe in a folder. */
export function isUnreadable(error: unknown): error is Error {
  if (error instanceof UnstableFile || error instanceof UnsupportedEntry) return true;
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string';
}
