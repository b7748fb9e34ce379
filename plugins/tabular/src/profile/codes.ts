/** The table as whole numbers: equal values of a column have equal ones. What dependencies are searched in. */
import type { Database } from '../table/duckdb.ts';
import type { Classes } from './partitions.ts';
import { trimSpaces } from './values.ts';

export interface CodedColumn {
  readonly name: string;
  /** One for each row; -1 is missing. */
  readonly codes: Int32Array;
  /** Text of a code. */
  readonly texts: readonly string[];
  /** Rows with it. */
  readonly counts: readonly number[];
  readonly missing: number;
}

export interface CodedTable {
  /** Positions of the rows. */
  readonly rows: Float64Array;
  readonly columns: readonly CodedColumn[];
  /** All rows are there. */
  readonly isComplete: boolean;
}

export function codedClasses({ codes, texts }: CodedColumn): Classes {
  return { codes, count: texts.length };
}

/** About `rowsMax` rows at most, spread evenly over the table. */
export async function readCodes(
  database: Database,
  names: readonly string[],
  rows: number,
  rowsMax: number,
): Promise<CodedTable> {
  const step = Math.max(1, Math.ceil(rows / Math.max(1, rowsMax)));
  const condition = step === 1 ? '' : `WHERE _row % ${step} = 0`;
  const [counted = []] = await database.query(`SELECT count(*) FROM data ${condition}`);
  const size = Number(counted[0]);
  const columns = names.map((_, at) => `v${at}`).join(', ');
  const result = await database.connection.stream(
    `SELECT _row::DOUBLE, ${columns} FROM data ${condition} ORDER BY _row`,
  );
  const positions = new Float64Array(size);
  const made = names.map(() => ({
    codes: new Int32Array(size),
    ids: new Map<string, number>(),
    texts: [] as string[],
    counts: [] as number[],
    missing: 0,
  }));
  let filled = 0;
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    positions.set(chunk.getColumnValues(0) as number[], filled);
    for (const [at, column] of made.entries()) {
      const values = chunk.getColumnValues(at + 1) as (string | null)[];
      for (let index = 0; index < values.length; index++) {
        const value = values[index];
        const text = value === null || value === undefined ? '' : trimSpaces(value);
        if (text === '') {
          column.codes[filled + index] = -1;
          column.missing++;
          continue;
        }
        // Untrimmed: a space too many is a difference that dependencies are there to find.
        const whole = value as string;
        let id = column.ids.get(whole);
        if (id === undefined) {
          id = column.texts.length;
          column.ids.set(whole, id);
          column.texts.push(whole);
          column.counts.push(0);
        }
        column.codes[filled + index] = id;
        column.counts[id] = (column.counts[id] ?? 0) + 1;
      }
    }
    filled += chunk.rowCount;
  }
  return {
    rows: positions,
    columns: made.map(({ codes, texts, counts, missing }, at) => ({
      name: names[at] ?? '',
      codes,
      texts,
      counts,
      missing,
    })),
    isComplete: size === rows,
  };
}
