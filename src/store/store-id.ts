/** Which store it is: what an index or a proof says of one is not true of another at the same place. */
import type { FileSystem } from '../ports/file-system.ts';

/** Undefined when there is no store, or none that can be read. */
export function readStoreId(fs: FileSystem, store: string): string | undefined {
  try {
    return fs.readText(`${store}/id`)?.trim();
  } catch {
    return undefined;
  }
}
