// Written by "wrangle plugin types" from the manifest. Do not edit.
import type { StageFile, StageOutput } from 'wrangle/plugin';

/**
 * Cleans a table: the best candidates one after the other, as long as they gain something, or the
 * steps of a recipe. Every change is logged, and can be undone.
 */
export interface Apply {
  readonly params: {
    /**
     * `greedy`: phase by phase the best candidate, each measured anew after those before it, as long as it
     * gains enough. `top1`, `top_k`: the best of the ranking that are worth keeping. `ids`: those in
     * `ids`, and no others.
     */
    readonly select: 'greedy' | 'top1' | 'top_k' | 'ids';
    /** Candidates to apply, with `select: ids`; in the order of phases. */
    readonly ids?: readonly string[];
    /** How many, with `select: top_k`. */
    readonly top_k: number;
    /**
     * Whether candidates may be applied, without being named in `ids`, that change which columns there
     * are.
     */
    readonly structure: boolean;
    /** Improvement of the overall quality that is enough for a candidate. */
    readonly min_improvement: number;
    /** Confidence from which any improvement is enough. */
    readonly sure_confidence: number;
    /** Candidates less sure than this are left alone. */
    readonly min_confidence: number;
    /** No more candidates than this. Default: any number. */
    readonly max_steps?: number;
    /** Write down what would be done; `clean` is the source. */
    readonly dry_run: boolean;
    /**
     * Types in Parquet and JSON. `auto`: numbers, dates and the like where the source has them and their
     * text can be had back from them. `text`: texts only. `typed`: also columns of other sources whose
     * values are all of one type.
     */
    readonly types: 'auto' | 'text' | 'typed';
    /** How the table is written. `auto`: by its extension and first bytes. */
    readonly format: 'auto' | 'csv' | 'json' | 'ndjson' | 'parquet';
    /** How CSV is written. What is `auto` or left out is found out from the text. */
    readonly dialect?: {
      /** Between cells: one character, or a comma and a blank. Empty: one column. */
      readonly delimiter: string;
      /** Around cells; empty when there is none. */
      readonly quote: string;
      /** Before a quote that belongs to the cell: the quote again, or a backslash; empty when there is none. */
      readonly escape: string;
      /** What ends a record. `auto`: any of them, mixed too. */
      readonly line_terminator: 'auto' | 'lf' | 'crlf' | 'cr';
      /** Of the text. */
      readonly encoding: 'auto' | 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';
      /** Rows with the names of the columns; several are joined by a blank. */
      readonly header_rows: 'auto' | number;
      /** Records before the names, or before the first row. */
      readonly skip_rows: 'auto' | number;
      /** Which of several tables in one file, from 0. `auto`: the first. */
      readonly table: 'auto' | number;
    };
    /**
     * Rows of CSV that have not one cell for each column. `pad`: they are made to fit where that loses
     * nothing, with missing values or without empty cells, and other rows that are too long are rejected.
     * `reject`: all are rejected. `fail`: the stage fails.
     */
    readonly on_bad_row: 'pad' | 'reject' | 'fail';
    /** More rejected records than this fail the stage. Default: any number. */
    readonly max_rejects?: number;
    /** Size of the beginning of a CSV from which it is found out how it is written. */
    readonly sample_bytes: number;
    /** Memory for the table; beyond it, temporary files are used. */
    readonly memory: string;
  };
  readonly inputs: {
    /** The folder that `tabular/generate` makes. */
    readonly candidates?: StageFile;
    /** A CSV, TSV, JSON, JSON Lines or Parquet file. */
    readonly data: StageFile;
    /** What `tabular/profile` found out. */
    readonly profile?: StageFile;
    /** What `tabular/rank` made of them. */
    readonly ranking?: StageFile;
    /** Steps to do again, instead of `profile`, `candidates` and `ranking`. */
    readonly recipe?: StageFile;
  };
  readonly outputs: {
    /**
     * Every cell that was changed, every row and column that is gone, by step; its first record says what
     * the source was. Parquet, JSON Lines or CSV, by its extension.
     */
    readonly changes: StageOutput;
    /**
     * The cleaned table, by its extension: CSV, TSV, JSON, JSON Lines or Parquet. Names, order of columns
     * and rows, and the text of other cells are those of the source.
     */
    readonly clean: StageOutput;
    /** What was done, with examples and scores, and what was left alone, and why. */
    readonly recipe?: StageOutput;
  };
}

/**
 * Transformations that a profile speaks for, each with its reasons, as a folder of JSON documents. The
 * data is not read.
 */
export interface Generate {
  readonly params: {
    /** What the table is wanted for. `clean`: a table in order. `ml`: features for a model as well. */
    readonly goal: 'clean' | 'ml';
    /** The surest so many are kept. */
    readonly max_candidates: number;
  };
  readonly inputs: {
    /** What `tabular/profile` found out. */
    readonly profile: StageFile;
  };
  readonly outputs: {
    /** A file for each candidate, and `index.json`. */
    readonly candidates: StageOutput;
  };
}

/**
 * Everything that can be found out about a table: types, meanings and ways of writing of its columns,
 * keys, dependencies, what is probably wrong, and rules that it keeps.
 */
export interface Profile {
  readonly params: {
    /** Look at these columns only. Default: all. */
    readonly columns?: readonly string[];
    /**
     * Look at no more than this many rows, drawn by the seed of the stage; the profile says `approx:
     * true`. Default: all rows.
     */
    readonly sample_rows?: number;
    /** How many of the most frequent values are listed for each column. */
    readonly top_k: number;
    /** Share of a column's values that must have a type for the column to have it; the others are findings. */
    readonly type_threshold: number;
    /**
     * Share of a column's values that must pass the check of a meaning, such as `email`, for the column to
     * have it.
     */
    readonly semantic_threshold: number;
    /** Words that may stand for a missing value, in any case. */
    readonly missing_tokens: readonly string[];
    /** Columns that identify rows. */
    readonly keys?: {
      /** Most columns of a key; 0 looks for none. */
      readonly max_size: number;
    };
    /** Functional dependencies. */
    readonly fd?: {
      /** Most columns on the left of a dependency that nearly holds; 0 looks for none. */
      readonly max_lhs: number;
      /** Share of rows that may break one that nearly holds. */
      readonly g3: number;
    };
    /** Whether pairs of columns are compared. */
    readonly correlations: boolean;
    /**
     * How often a row may be looked at in each of the searches for keys, dependencies and correlations.
     * What was left out for it is in `skipped`.
     */
    readonly budget: number;
    /** How the table is written. `auto`: by its extension and first bytes. */
    readonly format: 'auto' | 'csv' | 'json' | 'ndjson' | 'parquet';
    /** How CSV is written. What is `auto` or left out is found out from the text. */
    readonly dialect?: {
      /** Between cells: one character, or a comma and a blank. Empty: one column. */
      readonly delimiter: string;
      /** Around cells; empty when there is none. */
      readonly quote: string;
      /** Before a quote that belongs to the cell: the quote again, or a backslash; empty when there is none. */
      readonly escape: string;
      /** What ends a record. `auto`: any of them, mixed too. */
      readonly line_terminator: 'auto' | 'lf' | 'crlf' | 'cr';
      /** Of the text. */
      readonly encoding: 'auto' | 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';
      /** Rows with the names of the columns; several are joined by a blank. */
      readonly header_rows: 'auto' | number;
      /** Records before the names, or before the first row. */
      readonly skip_rows: 'auto' | number;
      /** Which of several tables in one file, from 0. `auto`: the first. */
      readonly table: 'auto' | number;
    };
    /**
     * Rows of CSV that have not one cell for each column. `pad`: they are made to fit where that loses
     * nothing, with missing values or without empty cells, and other rows that are too long are rejected.
     * `reject`: all are rejected. `fail`: the stage fails.
     */
    readonly on_bad_row: 'pad' | 'reject' | 'fail';
    /** More rejected records than this fail the stage. Default: any number. */
    readonly max_rejects?: number;
    /** Size of the beginning of a CSV from which it is found out how it is written. */
    readonly sample_bytes: number;
    /** Memory for the table; beyond it, temporary files are used. */
    readonly memory: string;
  };
  readonly inputs: {
    /** A CSV, TSV, JSON, JSON Lines or Parquet file. */
    readonly data: StageFile;
  };
  readonly outputs: {
    /** What was found out. */
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
     * `auto`: columns of CSV and JSON whose values are all numbers, dates or the like have that type.
     * `text`: every column is text, as it is written.
     */
    readonly types: 'auto' | 'text';
    /** How the table is written. `auto`: by its extension and first bytes. */
    readonly format: 'auto' | 'csv' | 'json' | 'ndjson' | 'parquet';
    /** How CSV is written. What is `auto` or left out is found out from the text. */
    readonly dialect?: {
      /** Between cells: one character, or a comma and a blank. Empty: one column. */
      readonly delimiter: string;
      /** Around cells; empty when there is none. */
      readonly quote: string;
      /** Before a quote that belongs to the cell: the quote again, or a backslash; empty when there is none. */
      readonly escape: string;
      /** What ends a record. `auto`: any of them, mixed too. */
      readonly line_terminator: 'auto' | 'lf' | 'crlf' | 'cr';
      /** Of the text. */
      readonly encoding: 'auto' | 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';
      /** Rows with the names of the columns; several are joined by a blank. */
      readonly header_rows: 'auto' | number;
      /** Records before the names, or before the first row. */
      readonly skip_rows: 'auto' | number;
      /** Which of several tables in one file, from 0. `auto`: the first. */
      readonly table: 'auto' | number;
    };
    /**
     * Rows of CSV that have not one cell for each column. `pad`: they are made to fit where that loses
     * nothing, with missing values or without empty cells, and other rows that are too long are rejected.
     * `reject`: all are rejected. `fail`: the stage fails.
     */
    readonly on_bad_row: 'pad' | 'reject' | 'fail';
    /** More rejected records than this fail the stage. */
    readonly max_rejects: number;
    /** Size of the beginning of a CSV from which it is found out how it is written. */
    readonly sample_bytes: number;
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

/** Candidates from best to worst, with reasons that add up to their scores. The data is not read. */
export interface Rank {
  readonly params: {
    /**
     * How candidates are compared. `auto`: `composite` with a validation, `confidence` without.
     * `composite`: improvement and quality afterwards, less what is lost and changed. `improvement`: of
     * the overall quality. `lexicographic`: by the dimension that weighs most, then the next. `pareto`:
     * those that none beats in everything. `topsis`: near to the best in everything. `confidence`: how
     * sure they are, before any trial.
     */
    readonly policy: 'auto' | 'composite' | 'improvement' | 'lexicographic' | 'pareto' | 'topsis' | 'confidence';
    /**
     * Weight of each dimension of quality. Default: completeness, validity and consistency 0.3, uniqueness
     * 0.1, others 0.
     */
    readonly weights?: {
      readonly completeness?: number;
      readonly validity?: number;
      readonly consistency?: number;
      readonly uniqueness?: number;
      readonly accuracy?: number;
      readonly timeliness?: number;
    };
    /**
     * In `composite`, `pareto` and `topsis`: what is taken off for losing all rows or values (default
     * 0.5), for not being reversible (0.05), and for changing all cells (0.02).
     */
    readonly penalties?: {
      readonly loss?: number;
      readonly irreversible?: number;
      readonly change?: number;
    };
    /** Improvement of the overall quality from which a candidate is kept. */
    readonly min_improvement: number;
    /** Confidence from which any improvement is enough. */
    readonly sure_confidence: number;
    /** Candidates less sure than this are not kept. */
    readonly min_confidence: number;
    /** No more than this many are kept; all are listed. */
    readonly top_k: number;
  };
  readonly inputs: {
    /** The folder that `tabular/generate` makes. */
    readonly candidates: StageFile;
    /** What `tabular/profile` found out. */
    readonly profile: StageFile;
    /** What `tabular/validate` saw when it tried them. */
    readonly validation?: StageFile;
  };
  readonly outputs: {
    /** The ranking, as JSON; as a table when it ends in .csv, for reading only. */
    readonly ranking: StageOutput;
  };
}

/**
 * A table from a file of any format, as Parquet, with how it was written and the records that are no
 * rows.
 */
export interface Read {
  readonly params: {
    /** How the table is written. `auto`: by its extension and first bytes. */
    readonly format: 'auto' | 'csv' | 'json' | 'ndjson' | 'parquet';
    /** How CSV is written. What is `auto` or left out is found out from the text. */
    readonly dialect?: {
      /** Between cells: one character, or a comma and a blank. Empty: one column. */
      readonly delimiter: string;
      /** Around cells; empty when there is none. */
      readonly quote: string;
      /** Before a quote that belongs to the cell: the quote again, or a backslash; empty when there is none. */
      readonly escape: string;
      /** What ends a record. `auto`: any of them, mixed too. */
      readonly line_terminator: 'auto' | 'lf' | 'crlf' | 'cr';
      /** Of the text. */
      readonly encoding: 'auto' | 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';
      /** Rows with the names of the columns; several are joined by a blank. */
      readonly header_rows: 'auto' | number;
      /** Records before the names, or before the first row. */
      readonly skip_rows: 'auto' | number;
      /** Which of several tables in one file, from 0. `auto`: the first. */
      readonly table: 'auto' | number;
    };
    /**
     * Rows of CSV that have not one cell for each column. `pad`: they are made to fit where that loses
     * nothing, with missing values or without empty cells, and other rows that are too long are rejected.
     * `reject`: all are rejected. `fail`: the stage fails.
     */
    readonly on_bad_row: 'pad' | 'reject' | 'fail';
    /** More rejected records than this fail the stage. Default: any number. */
    readonly max_rejects?: number;
    /** Size of the beginning of a CSV from which it is found out how it is written. */
    readonly sample_bytes: number;
    /** Memory for the table; beyond it, temporary files are used. */
    readonly memory: string;
  };
  readonly inputs: {
    /** A CSV, TSV, JSON, JSON Lines or Parquet file. */
    readonly data: StageFile;
  };
  readonly outputs: {
    /** How the file is written, with evidence, and what became of its records. */
    readonly dialect?: StageOutput;
    /** Records that are no rows of the table: one a line, with its reason and its line. */
    readonly rejects?: StageOutput;
    /**
     * The rows as Parquet: `_row`, the number of the record in the file from 0, and the columns. Those of
     * CSV are texts as they are written.
     */
    readonly table?: StageOutput;
  };
}

/**
 * How good a table is, from 0 to 1, by dimensions, columns and rules, and what has become of it. All
 * rules are those of the profile.
 */
export interface Score {
  readonly params: {
    /**
     * What each dimension of quality counts for. Those that the table has no rule for give theirs to the
     * others.
     */
    readonly weights: {
      /** Of completeness. */
      readonly completeness?: number;
      /** Of validity. */
      readonly validity?: number;
      /** Of consistency. */
      readonly consistency?: number;
      /** Of uniqueness. */
      readonly uniqueness?: number;
      /** Of accuracy. */
      readonly accuracy?: number;
      /** Of timeliness. */
      readonly timeliness?: number;
    };
    /** Quality below this is a warning, and `passed` is false. */
    readonly min_score: number;
    /** What a value counts for completeness where one was missing in `data`. */
    readonly filled_confidence: number;
    /**
     * Rows are worth less with time: max(0, 1 - age / `days`) to the power of `exponent`. Default: not
     * looked at.
     */
    readonly timeliness?: {
      /** Column of dates. */
      readonly column: string;
      /** The time that ages are counted from, in ISO 8601. The clock is never asked. */
      readonly now: string;
      /** Age at which a row is worth nothing. */
      readonly days: number;
      /** Above 1, worth is lost early; below, late. */
      readonly exponent: number;
    };
    /** How `data` is written. `auto`: by its extension and first bytes. */
    readonly format: 'auto' | 'csv' | 'json' | 'ndjson' | 'parquet';
    /** How CSV is written. What is `auto` or left out is found out from the text. */
    readonly dialect?: {
      /** Between cells: one character, or a comma and a blank. Empty: one column. */
      readonly delimiter: string;
      /** Around cells; empty when there is none. */
      readonly quote: string;
      /** Before a quote that belongs to the cell: the quote again, or a backslash; empty when there is none. */
      readonly escape: string;
      /** What ends a record. `auto`: any of them, mixed too. */
      readonly line_terminator: 'auto' | 'lf' | 'crlf' | 'cr';
      /** Of the text. */
      readonly encoding: 'auto' | 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';
      /** Rows with the names of the columns; several are joined by a blank. */
      readonly header_rows: 'auto' | number;
      /** Records before the names, or before the first row. */
      readonly skip_rows: 'auto' | number;
      /** Which of several tables in one file, from 0. `auto`: the first. */
      readonly table: 'auto' | number;
    };
    /**
     * Rows of CSV that have not one cell for each column. `pad`: they are made to fit where that loses
     * nothing, with missing values or without empty cells, and other rows that are too long are rejected.
     * `reject`: all are rejected. `fail`: the stage fails.
     */
    readonly on_bad_row: 'pad' | 'reject' | 'fail';
    /** More rejected records than this fail the stage. Default: any number. */
    readonly max_rejects?: number;
    /** Size of the beginning of a CSV from which it is found out how it is written. */
    readonly sample_bytes: number;
    /** Memory for the table; beyond it, temporary files are used. */
    readonly memory: string;
  };
  readonly inputs: {
    /**
     * What `tabular/apply` changed: it tells which rows of `clean` are which of `data`, where some are
     * gone. Without it rows are compared in their order.
     */
    readonly changes?: StageFile;
    /** What was made of it. */
    readonly clean?: StageFile;
    /** The table that was profiled: a CSV, TSV, JSON, JSON Lines or Parquet file. */
    readonly data: StageFile;
    /** What `tabular/profile` found out about `data`: the rules are taken from it. */
    readonly profile: StageFile;
  };
  readonly outputs: {
    /** Scores, and how often each rule is kept. */
    readonly quality: StageOutput;
  };
}

/** The source of a cleaned table, cell by cell, from the log of its changes. */
export interface Undo {
  readonly params: {
    /**
     * Types in Parquet and JSON. `auto`: numbers, dates and the like where the source has them and their
     * text can be had back from them. `text`: texts only. `typed`: also columns of other sources whose
     * values are all of one type.
     */
    readonly types: 'auto' | 'text' | 'typed';
    /** Memory for the table; beyond it, temporary files are used. */
    readonly memory: string;
  };
  readonly inputs: {
    /** The log that was written with it. */
    readonly changes: StageFile;
    /** The table that `tabular/apply` wrote, as it is. */
    readonly clean: StageFile;
  };
  readonly outputs: {
    /** The table as it was, by its extension: CSV, TSV, JSON, JSON Lines or Parquet. */
    readonly data: StageOutput;
  };
}

/**
 * Tries every candidate on the data, and says what it changes, what it would break, and what it does
 * to the quality. A candidate that fails is a result.
 */
export interface Validate {
  readonly params: {
    /** Share of the rows that may go. */
    readonly row_count_tolerance: number;
    /** Share of the values of a column that may become missing. */
    readonly null_tolerance: number;
    /** Share of the different values of a column that may become one with others, or be gone. */
    readonly value_tolerance: number;
    /** Share of the values of a column that may turn out not to be of the form asked for. */
    readonly parse_tolerance: number;
    /** Whether columns have to stay, also where an operator is there to change them. */
    readonly preserve_schema: boolean;
    /** Columns that no candidate may change. */
    readonly protected_columns: readonly string[];
    /**
     * Whether it is looked for what candidates learn from rows or columns that they may not see: with
     * `split` or `target`.
     */
    readonly check_leakage: boolean;
    /** Rows that a model is trained on: those whose column has one of the values. Default: no split. */
    readonly split?: {
      /** Its name. */
      readonly column: string;
      /** As they are written. */
      readonly values: readonly string[];
    };
    /** Column that a model is to predict, which no candidate may read. Default: none. */
    readonly target?: string;
    /**
     * Rows, drawn by the seed of the stage, that are tried first: a candidate that fails on them is not
     * tried on all.
     */
    readonly sample_rows: number;
    /**
     * Cells that may be looked at for one candidate: rows times columns times its cost. Above it a
     * candidate is tried on the sample only. It stands for a limit of time, and gives the same result on
     * every machine.
     */
    readonly budget: number;
    /**
     * What each dimension of quality counts for. Those that the table has no rule for give theirs to the
     * others.
     */
    readonly weights: {
      /** Of completeness. */
      readonly completeness?: number;
      /** Of validity. */
      readonly validity?: number;
      /** Of consistency. */
      readonly consistency?: number;
      /** Of uniqueness. */
      readonly uniqueness?: number;
      /** Of accuracy. */
      readonly accuracy?: number;
      /** Of timeliness. */
      readonly timeliness?: number;
    };
    /** How the table is written. `auto`: by its extension and first bytes. */
    readonly format: 'auto' | 'csv' | 'json' | 'ndjson' | 'parquet';
    /** How CSV is written. What is `auto` or left out is found out from the text. */
    readonly dialect?: {
      /** Between cells: one character, or a comma and a blank. Empty: one column. */
      readonly delimiter: string;
      /** Around cells; empty when there is none. */
      readonly quote: string;
      /** Before a quote that belongs to the cell: the quote again, or a backslash; empty when there is none. */
      readonly escape: string;
      /** What ends a record. `auto`: any of them, mixed too. */
      readonly line_terminator: 'auto' | 'lf' | 'crlf' | 'cr';
      /** Of the text. */
      readonly encoding: 'auto' | 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';
      /** Rows with the names of the columns; several are joined by a blank. */
      readonly header_rows: 'auto' | number;
      /** Records before the names, or before the first row. */
      readonly skip_rows: 'auto' | number;
      /** Which of several tables in one file, from 0. `auto`: the first. */
      readonly table: 'auto' | number;
    };
    /**
     * Rows of CSV that have not one cell for each column. `pad`: they are made to fit where that loses
     * nothing, with missing values or without empty cells, and other rows that are too long are rejected.
     * `reject`: all are rejected. `fail`: the stage fails.
     */
    readonly on_bad_row: 'pad' | 'reject' | 'fail';
    /** More rejected records than this fail the stage. Default: any number. */
    readonly max_rejects?: number;
    /** Size of the beginning of a CSV from which it is found out how it is written. */
    readonly sample_bytes: number;
    /** Memory for the table; beyond it, temporary files are used. */
    readonly memory: string;
  };
  readonly inputs: {
    /** What `tabular/generate` proposed. */
    readonly candidates: StageFile;
    /** The table the candidates are for: a CSV, TSV, JSON, JSON Lines or Parquet file. */
    readonly data: StageFile;
    /**
     * What `tabular/profile` found out about the table, for the rules of its quality. Without it the table
     * is profiled first.
     */
    readonly profile?: StageFile;
  };
  readonly outputs: {
    /** A Parquet file for each candidate that changes something, with every change. */
    readonly diffs?: StageOutput;
    /** A line for each candidate. */
    readonly validation: StageOutput;
  };
}
