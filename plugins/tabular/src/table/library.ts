/** DuckDB's library. By `require`: an `import` of it looks through all of its sources for names, which takes a third of a second. */
import { createRequire } from 'node:module';

type Library = typeof import('@duckdb/node-api');

export const { DuckDBInstance, DuckDBScalarFunction, StatementType, VARCHAR } = createRequire(import.meta.url)(
  '@duckdb/node-api',
) as Library;
