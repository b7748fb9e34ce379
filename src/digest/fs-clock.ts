/** The file system's own clock. Kernel timestamps lag behind the system's, and a network mount has a clock of its own. */
import type { FileSystem } from '../ports/file-system.ts';

/** What FAT and old network mounts keep; assumed where nothing finer shows itself. */
export const COARSE_NS = 2_000_000_000n;
const PROBE_WRITES_MAX = 4_000;
const PROBE_MS_MAX = 60;

/** The time a file written now gets, in nanoseconds. Errors: those of writing. */
export function fileSystemNow(fs: FileSystem, path: string): bigint {
  fs.writeFile(path, '');
  return fs.lstat(path)?.mtimeNs ?? 0n;
}

/**
 * The smallest step the clock takes, doubled: two edits further apart than this have different timestamps.
 * Writes one file again and again until its time has changed a few times.
 */
export function measureGranularity(fs: FileSystem, path: string): bigint {
  const giveUpAt = performance.now() + PROBE_MS_MAX;
  let last = fileSystemNow(fs, path);
  let widest = 0n;
  let steps = 0;
  for (let writes = 0; steps < 4 && writes < PROBE_WRITES_MAX && performance.now() < giveUpAt; writes++) {
    const now = fileSystemNow(fs, path);
    if (now === last) continue;
    // The first step began at an unknown moment, so it may look shorter than it was.
    if (steps > 0 && now - last > widest) widest = now - last;
    last = now;
    steps++;
  }
  return steps < 4 || widest > COARSE_NS ? COARSE_NS : widest * 2n;
}
