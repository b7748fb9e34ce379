/** How much is tried, by which random choices, and how tests tell what they tried. Knows nothing of the faults. */
import type { TestContext } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** What was tried -> how often; `scripts/run-vitest.mjs` adds it up. */
    made?: Record<string, number>;
  }
}

/** `npm run test:faults` tries everything, `npm test` a sample of it. */
export const FULL = process.env['WRANGLE_FAULTS'] === 'full';
export const SEED = Number(process.env['WRANGLE_FAULTS_SEED'] ?? 1);

/** Adds to what a test has tried, so that the last lines of the suite can say so. */
export function tried({ task }: TestContext, what: string, count = 1): void {
  task.meta.made ??= {};
  task.meta.made[what] = (task.meta.made[what] ?? 0) + count;
}

/** Numbers from 0 to 1 that are the same for the same seed and name (mulberry32). */
export function randomNumbers(name: string): () => number {
  let state = SEED;
  for (const character of name) state = Math.imul(state ^ character.charCodeAt(0), 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `most` of them, chosen at random, in their order. */
export function sampleOf<T>(all: readonly T[], most: number, random: () => number): T[] {
  if (all.length <= most) return [...all];
  const order = all.map((_, at) => ({ at, rank: random() })).sort((a, b) => a.rank - b.rank);
  return order
    .slice(0, most)
    .sort((a, b) => a.at - b.at)
    .map(({ at }) => all[at] as T);
}

/** How many failures of one test are told in full. */
const TOLD_MAX = 5;

/** Does `work` for each of `items`, `lanes` at once; a lane is for one at a time. Errors: one that tells of all. */
export async function inLanes<T, L>(
  items: readonly T[],
  lanes: readonly L[],
  work: (item: T, lane: L) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const failures: string[] = [];
  await Promise.all(
    lanes.map(async (lane) => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
        await work(item, lane).catch((error: unknown) => failures.push(textOf(error)));
      }
    }),
  );
  if (failures.length === 0) return;
  const told = failures.slice(0, TOLD_MAX).join('\n\n');
  throw new Error(`${failures.length} of ${items.length} failed (seed ${SEED}):\n\n${told}`);
}

/** With what was expected and found, where a comparison failed. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { actual, expected } = error as { readonly actual?: unknown; readonly expected?: unknown };
  const compared = actual === undefined ? '' : `\n  found    ${briefly(actual)}\n  expected ${briefly(expected)}`;
  return `${error.message}${compared}`;
}

function briefly(value: unknown): string {
  // Undefined has no JSON.
  const text = typeof value === 'string' ? value : (JSON.stringify(value, undefined, 1) ?? String(value));
  return text.slice(0, 1500);
}
