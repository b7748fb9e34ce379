/** Functions of the plugin's own in SQL, for what DuckDB has none for. */

import type { Database } from './duckdb.ts';
import { DuckDBScalarFunction, VARCHAR } from './library.ts';

/** From texts to a text; null is a missing one. Pure: the same arguments give the same text. */
export type TextFunction = (...texts: readonly (string | null)[]) => string | null;

export interface TextFunctions {
  /** By the name they have in SQL, which begins with `wr_`. */
  readonly [name: string]: TextFunction;
}

/** What it throws fails the query, with its message. */
export function addFunctions({ connection }: Database, functions: TextFunctions): void {
  for (const [name, call] of Object.entries(functions)) {
    connection.registerScalarFunction(
      DuckDBScalarFunction.create({
        name,
        varArgsType: VARCHAR,
        returnType: VARCHAR,
        // Called for missing texts too.
        specialHandling: true,
        mainFunction: (_info, chunk, output) => {
          const vectors = Array.from({ length: chunk.columnCount }, (_, at) => chunk.getColumnVector(at));
          for (let row = 0; row < chunk.rowCount; row++) {
            output.setItem(row, call(...vectors.map((vector) => vector.getItem(row) as string | null)));
          }
          output.flush();
        },
      }),
    );
  }
}
