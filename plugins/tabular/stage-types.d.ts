// Written by "wrangle plugin types" from the manifest. Do not edit.
import type { StageFile, StageOutput } from 'wrangle/plugin';

/**
 * Column statistics of a table: types, missing values, distinct values, ranges, quantiles and top
 * values.
 */
export interface Profile {
  readonly params: {
    /** Look at no more than this many rows, spread evenly over the table. Default: all rows. */
    readonly sample?: number;
    /** How many of the most frequent values are listed for each column. */
    readonly top: number;
    /** Share of a column's values that must have a type for the column to have it. */
    readonly type_threshold: number;
    /** How the table is written. Default: by its extension and first bytes. */
    readonly format?: 'csv' | 'json' | 'parquet';
    /** Between the cells of a CSV. Default: found out from the text. */
    readonly delimiter?: string;
    /** Whether the first row of a CSV has the names of the columns. Default: found out from the text. */
    readonly header?: boolean;
    /** Memory for the table; beyond it, temporary files are used. */
    readonly memory: string;
  };
  readonly inputs: {
    /** A CSV, TSV, JSON, JSON Lines or Parquet file. */
    readonly data: StageFile;
  };
  readonly outputs: {
    /** The statistics. */
    readonly profile: StageOutput;
  };
}

/** One SQL query over tables; every input port is a table of its name. */
export interface Query {
  readonly params: {
    /**
     * One SELECT in the SQL of DuckDB. The table of an input port has the port's name. Rows keep the order
     * of the file unless ORDER BY says otherwise.
     */
    readonly sql: string;
    /**
     * Rows of CSV inputs with more cells than there are columns: `fail`, or `drop` the cells that belong
     * to no column.
     */
    readonly extra_cells: 'fail' | 'drop';
    /**
     * `auto`: columns of CSV and JSON whose values are all numbers, dates or the like have that type.
     * `text`: every column is text, as it is written.
     */
    readonly types: 'auto' | 'text';
    /** Between the cells of CSV inputs. Default: found out from the text. */
    readonly delimiter?: string;
    /** Whether the first row of CSV inputs has the names of the columns. Default: found out from the text. */
    readonly header?: boolean;
    /** Memory for tables; beyond it, temporary files are used. */
    readonly memory: string;
  };
  readonly inputs: {
    /**
     * A CSV, TSV, JSON, JSON Lines or Parquet file, or several with the same columns; the port's name is
     * the table's.
     */
    readonly [port: string]: readonly StageFile[];
  };
  readonly outputs: {
    /** The result: CSV, TSV or Parquet, by its extension. */
    readonly table: StageOutput;
  };
}
