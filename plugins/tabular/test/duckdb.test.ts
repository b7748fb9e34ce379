// What is asked of DuckDB for an attempt that is told to stop.
import { expect, test } from 'vitest';
import { withDatabase } from '../src/table/duckdb.ts';

const MEMORY = '100 MiB';

test('no query is begun after the stop, whenever it came', async () => {
  const early = withDatabase(MEMORY, AbortSignal.abort(), ({ query }) => query('SELECT 1'));
  await expect(early).rejects.toMatchObject({ name: 'AbortError' });

  const stop = new AbortController();
  const between = withDatabase(MEMORY, stop.signal, async ({ query }) => {
    expect(await query('SELECT 1')).toEqual([[1]]);
    stop.abort();
    return query('SELECT 2');
  });
  await expect(between).rejects.toMatchObject({ name: 'AbortError' });
});
