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

/** With all there is to say of its values. */
export interface ReadColumn extends CodedColumn {
  /** Positions of the rows. */
  readonly rows: Float64Array;
  /** Position of the first row with a code, and of the last. */
  readonly first: readonly number[];
  readonly last: readonly number[];
  /** Rows with nothing, an empty text, spaces. */
  readonly absent: number;
  readonly empty: number;
  readonly blank: number;
  /** Of all values in UTF-8. */
  readonly bytes: number;
}

export interface CodedTable {
  /** Positions of the rows. */
  readonly rows: Float64Array;
  readonly columns: readonly CodedColumn[];
  /** All rows are there. */
  readonly isComplete: boolean;
}

export interface ReadTable extends CodedTable {
  readonly columns: readonly ReadColumn[];
}

export function codedClasses({ codes, texts }: CodedColumn): Classes {
  return { codes, count: texts.length };
}

/** Columns `names` from the one at `from`; about `rowsMax` rows at most, spread evenly over the table. */
export async function readCodes(
  database: Database,
  names: readonly string[],
  { from = 0, rows, rowsMax = rows }: { readonly from?: number; readonly rows: number; readonly rowsMax?: number },
): Promise<ReadTable> {
  const step = Math.max(1, Math.ceil(rows / Math.max(1, rowsMax)));
  const condition = step === 1 ? '' : `WHERE _row % ${step} = 0`;
  const [counted = []] = step === 1 ? [[rows]] : await database.query(`SELECT count(*) FROM data ${condition}`);
  const size = Number(counted[0]);
  const columns = names.map((_, at) => `v${from + at}`).join(', ');
  const result = await database.connection.stream(
    `SELECT _row::DOUBLE, ${columns} FROM data ${condition} ORDER BY _row`,
  );
  const positions = new Float64Array(size);
  const made = names.map((name) => new Coder(name, positions));
  let filled = 0;
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    positions.set(chunk.getColumnValues(0) as number[], filled);
    for (const [at, coder] of made.entries()) {
      coder.add(chunk.getColumnValues(at + 1) as (string | null)[], filled);
    }
    filled += chunk.rowCount;
  }
  return { rows: positions, columns: made.map((coder) => coder.column()), isComplete: size === rows };
}

class Coder {
  readonly #name: string;
  readonly #rows: Float64Array;
  readonly #codes: Int32Array;
  readonly #texts: string[] = [];
  readonly #counts: number[] = [];
  readonly #first: number[] = [];
  readonly #last: number[] = [];
  readonly #ids = new Map<string, number>();
  #absent = 0;
  #empty = 0;
  #blank = 0;
  #blankBytes = 0;

  constructor(name: string, rows: Float64Array) {
    this.#name = name;
    this.#rows = rows;
    this.#codes = new Int32Array(rows.length);
  }

  column(): ReadColumn {
    const [absent, empty, blank] = [this.#absent, this.#empty, this.#blank];
    let bytes = this.#blankBytes;
    for (const [id, text] of this.#texts.entries()) bytes += Buffer.byteLength(text) * (this.#counts[id] ?? 0);
    return {
      name: this.#name,
      codes: this.#codes,
      texts: this.#texts,
      counts: this.#counts,
      missing: absent + empty + blank,
      rows: this.#rows,
      first: this.#first,
      last: this.#last,
      absent,
      empty,
      blank,
      bytes,
    };
  }

  /** Values of rows from the one at `from`. */
  add(values: readonly (string | null)[], from: number): void {
    for (let index = 0; index < values.length; index++) {
      const value = values[index] ?? null;
      if (value === null || trimSpaces(value) === '') {
        this.#codes[from + index] = -1;
        if (value === null) this.#absent++;
        else if (value === '') this.#empty++;
        else {
          this.#blank++;
          this.#blankBytes += Buffer.byteLength(value);
        }
        continue;
      }
      // Untrimmed: a space too many is a difference that dependencies are there to find.
      const row = this.#rows[from + index] ?? 0;
      let id = this.#ids.get(value);
      if (id === undefined) {
        id = this.#texts.length;
        this.#ids.set(value, id);
        this.#texts.push(value);
        this.#counts.push(0);
        this.#first.push(row);
        this.#last.push(row);
      }
      this.#codes[from + index] = id;
      this.#counts[id] = (this.#counts[id] ?? 0) + 1;
      this.#last[id] = row;
    }
  }
}
