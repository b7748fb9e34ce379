/** Tells what a round itself did to the inputs of stages from what people did meanwhile. Looks, changes nothing. */
import type { FileSystem } from '../../ports/file-system.ts';
import type { Built } from '../../run/build.ts';

export type RanBetween = NonNullable<Built['ranBetween']>;

/** A stage that reads more has others to tell from. */
const PATHS_MAX = 1_000;

/**
 * Of files (absolute), whether some were written while a round ran, and none since. Nobody can tell who wrote them; but who
 * saves a file does so at any time, and a stage does so always then.
 */
export function isOwnDoing(fs: FileSystem, paths: Iterable<string>, { from, until }: RanBetween): boolean {
  let isFound = false;
  let count = 0;
  for (const path of paths) {
    if (++count > PATHS_MAX) return false;
    const stat = fs.stat(path);
    // What is gone does not say when it went; and the clock goes in steps, so the last one may be anybody's.
    if (!stat || stat.mtimeNs >= until) return false;
    if (stat.mtimeNs >= from) isFound = true;
  }
  return isFound;
}
