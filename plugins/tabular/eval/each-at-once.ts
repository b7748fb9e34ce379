/** Tables of a folder are nothing to each other: as many at once as there are processors. */
import { availableParallelism } from 'node:os';
import { FewAtOnce } from '../../../src/util/few-at-once.ts';

/** Results are in the order of `items`. Rejects with the first error, once nothing runs any more. */
export async function eachAtOnce<Item, Result>(
  items: readonly Item[],
  task: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const few = new FewAtOnce(availableParallelism(), () => undefined);
  for (const [at, item] of items.entries()) {
    few.add(async () => {
      results[at] = await task(item);
    });
  }
  await few.ended();
  return results;
}
