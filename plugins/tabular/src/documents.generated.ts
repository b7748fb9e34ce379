// Generated from schemas/ by scripts/generate-types.mjs. Do not edit.

// candidate.schema.json

/**
 * A transformation that `tabular/generate` proposes: a file of the folder `candidates`.
 */
export interface CandidateDocument {
  /**
   * Of this document.
   */
  version: 1;
  /**
   * Of the candidate: digest of operator, columns and params.
   */
  id: string;
  /**
   * Name in the catalogue.
   */
  operator: string;
  /**
   * Columns that it is about.
   */
  columns: string[];
  /**
   * As the operator takes them.
   */
  params: {
    [k: string]: unknown;
  };
  /**
   * When it has its turn.
   */
  phase:
    | 'text'
    | 'missing'
    | 'form'
    | 'dependency'
    | 'typo'
    | 'outlier'
    | 'fill'
    | 'rows'
    | 'columns'
    | 'shape'
    | 'features';
  /**
   * What it does, as an order: `Trim spaces around values of "city"`.
   */
  description: string;
  /**
   * What in the profile speaks for it, as a sentence.
   */
  reason: string;
  /**
   * What holds in the profile, and has to.
   */
  preconditions: {
    /**
     * Where in the profile.
     */
    what: string;
    /**
     * Found.
     */
    value: number;
    /**
     * Needed.
     */
    threshold: number;
    /**
     * How they compare.
     */
    is: 'at_least' | 'at_most' | 'above' | 'below';
  }[];
  /**
   * Figures and values of the profile.
   */
  evidence: {
    [k: string]: unknown;
  };
  /**
   * How sure it is that this is right for the data, before it was tried.
   */
  confidence: number;
  /**
   * Cells, or rows, that it is expected to change; null when the profile cannot say.
   */
  flagged: number | null;
  /**
   * What it touches.
   */
  changes: 'cells' | 'rows' | 'columns' | 'table';
  /**
   * `yes`: its inverse needs nothing else · `with_log`: by the log of changes · `no`: rows are gone, which the log brings back.
   */
  reversible: 'yes' | 'with_log' | 'no';
  /**
   * It learns from the data it is applied to, such as a median.
   */
  fitted: boolean;
  /**
   * Applied to its own result it changes nothing.
   */
  idempotent: boolean;
  /**
   * Passes over the table, about.
   */
  cost: number;
  /**
   * Query over a table `data` in the SQL of DuckDB. For `cells`: `_row` and the new values of each column; rows that are not in it stay. For `rows`: `_row` of those that go. Else the whole new table. Functions whose name begins with `wr_` are the plugin's own.
   */
  sql: string;
  /**
   * Query over the result that gives what was before.
   */
  inverse_sql: string | null;
}

// candidates.schema.json

/**
 * The file `index.json` of the folder `candidates`: what `tabular/generate` found worth trying, the surest first.
 */
export interface CandidatesDocument {
  /**
   * Of this document.
   */
  version: 1;
  /**
   * The table that the profile is of.
   */
  data: {
    /**
     * Of the canonical table: header, order of rows, text of cells.
     */
    digest: string;
    /**
     * Rows.
     */
    rows: number;
    /**
     * Columns that were profiled.
     */
    columns: string[];
  };
  /**
   * What the table is wanted for.
   */
  goal: 'clean' | 'ml';
  /**
   * In the order of confidence.
   */
  candidates: {
    /**
     * Of the candidate: digest of operator, columns and params.
     */
    id: string;
    /**
     * Name in the folder.
     */
    file: string;
    /**
     * Name in the catalogue.
     */
    operator: string;
    /**
     * Columns that it is about.
     */
    columns: string[];
    /**
     * As in the file.
     */
    confidence: number;
  }[];
  /**
   * Candidates less sure than these, above `max_candidates`.
   */
  left_out: number;
}

// changes.schema.json

/**
 * One row of what `tabular/apply` writes as `changes`, or a validation as a diff: what was there and what is there now. Rows of a table, whatever the format of the file.
 */
export interface ChangesDocument {
  /**
   * Number of the step of the recipe, from 0.
   */
  step: number;
  /**
   * Of the step; empty for the first record.
   */
  operator: string;
  /**
   * Of the step; empty for the first record.
   */
  candidate: string;
  /**
   * `source`: the first record, of what the table was, as JSON in `before`, and what it is, in `after` · `cell`: another text · `row`: a row that is gone, as JSON in `before` · `column`: a column that came, went or is called otherwise.
   */
  kind: 'source' | 'cell' | 'row' | 'column';
  /**
   * `_row` in the source; null where none is meant.
   */
  row: number | null;
  /**
   * Null where none is meant.
   */
  column: string | null;
  /**
   * Null: missing.
   */
  before: string | null;
  /**
   * Null: missing, or gone.
   */
  after: string | null;
}

// dialect.schema.json

/**
 * What `tabular/read` finds out about a file, with evidence, and what became of each of its records. Lines count from 1.
 */
export interface DialectDocument {
  /**
   * Version of this document.
   */
  version: 1;
  format: 'csv' | 'json' | 'ndjson' | 'parquet';
  /**
   * How a CSV is written; null for other formats.
   */
  csv: {
    encoding: 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';
    /**
     * `mark`: a byte order mark · `zeros`: where zero bytes are · `valid`: every byte is in its place, or none is in UTF-8.
     */
    encoding_evidence: 'mark' | 'zeros' | 'valid';
    /**
     * Bytes of byte order marks; some files have two.
     */
    mark_bytes: number;
    /**
     * Between cells; empty when the file is one column.
     */
    delimiter: string;
    /**
     * Around cells; empty when there is none.
     */
    quote: string;
    /**
     * Before a quote that belongs to the cell: the quote again, or a backslash.
     */
    escape: string;
    /**
     * What ends records; `none` in a file of one line without one.
     */
    line_terminator: 'lf' | 'crlf' | 'cr' | 'mixed' | 'none';
    /**
     * Rows with names of columns.
     */
    header_rows: number;
    /**
     * Votes of the columns for these rows being names, from -1 to 1.
     */
    header_score: number;
    /**
     * Records before the names, or before the first row.
     */
    skip_rows: number;
    /**
     * Which of `tables` was read.
     */
    table: number;
    /**
     * Rows of names, as they are in the file.
     */
    header: string[][];
    /**
     * Size of the beginning that was looked at.
     */
    sample_bytes: number;
    /**
     * It was the whole file.
     */
    sample_is_whole: boolean;
    /**
     * `plain`: the file can be read in one way only · `careful`: with all its oddities.
     */
    reader: 'plain' | 'careful';
    /**
     * What was tried, the best first, at most ten.
     *
     * @maxItems 10
     */
    candidates:
      | []
      | [
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          }
        ]
      | [
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          }
        ]
      | [
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          }
        ]
      | [
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          }
        ]
      | [
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          }
        ]
      | [
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          }
        ]
      | [
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          }
        ]
      | [
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          }
        ]
      | [
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          }
        ]
      | [
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          },
          {
            /**
             * Between cells; empty: one column.
             */
            delimiter: string;
            /**
             * Around cells; empty: none.
             */
            quote: string;
            /**
             * Before a quote that belongs to the cell.
             */
            escape: string;
            /**
             * Most frequent number of cells.
             */
            width: number;
            /**
             * Pattern score: how alike the records are in width, in records.
             */
            pattern: number;
            /**
             * Type score: share of cells that are of a known kind.
             */
            type: number;
            /**
             * Pattern times type, lower for doubtful quotes and delimiters; 0 when too few records have one width.
             */
            score: number;
          }
        ];
  } | null;
  /**
   * Of a CSV: the tables that are in its beginning.
   */
  tables: {
    /**
     * Its number, from 0.
     */
    table: number;
    /**
     * Of its names, or of its first row.
     */
    first_line: number;
    /**
     * Null when it has no rows.
     */
    first_row_line: number | null;
    /**
     * Null in the last one: it goes to the end of the file.
     */
    last_line: number | null;
    /**
     * Rows of names.
     */
    header_rows: number;
    /**
     * Number of columns.
     */
    columns: number;
  }[];
  /**
   * Of the table, in order.
   */
  columns: {
    /**
     * Unique, and not `_row`.
     */
    name: string;
    /**
     * As the file has it; null when it has no names.
     */
    label: string | null;
    /**
     * In the words of DuckDB.
     */
    type: string;
  }[];
  /**
   * What became of the records of the file. `total` is the sum of the others.
   */
  records: {
    /**
     * All records.
     */
    total: number;
    /**
     * Before the names of the table.
     */
    preamble: number;
    /**
     * Rows of names.
     */
    header: number;
    /**
     * Rows of the table, as they are.
     */
    kept: number;
    /**
     * Rows of the table that were made to fit.
     */
    repaired: number;
    /**
     * Left out, and told of in `rejects`.
     */
    rejected: number;
    /**
     * Without a value, between rows.
     */
    blank: number;
    /**
     * Remarks below the table.
     */
    footer: number;
    /**
     * Of other tables in the same file.
     */
    other_tables: number;
  };
  /**
   * Number of records by how they were repaired: `missing-cell` filled up, `extra-cell` empty cells left out, `quote` taken for a character, `realigned` cells put where their values belong, `other-delimiter` cut at another delimiter.
   */
  repairs: {
    [k: string]: number;
  };
  /**
   * Number of records by why they were rejected.
   */
  rejects: {
    [k: string]: number;
  };
}

// profile.schema.json

/**
 * What `tabular/profile` finds out about a table. Lists have an order of their own and an end: what they leave out is counted. Shares have 6 decimals. Numbers that JSON cannot hold exactly are texts.
 */
export interface ProfileDocument {
  /**
   * Of this document.
   */
  version: 1;
  /**
   * Figures are those of a sample of the rows.
   */
  approx: boolean;
  /**
   * The file.
   */
  source: {
    /**
     * JSON Lines are `json`.
     */
    format: 'csv' | 'json' | 'parquet';
    /**
     * Of a CSV, in short; null for other formats.
     */
    csv: {
      encoding: 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';
      /**
       * Empty when the file is one column.
       */
      delimiter: string;
      /**
       * The first row has the names.
       */
      header: boolean;
      line_end: 'lf' | 'crlf' | 'cr' | 'mixed' | 'none';
      /**
       * Lines without a character between rows.
       */
      blank_lines: number;
      /**
       * Rows with fewer cells than columns; the rest counts as missing.
       */
      short_rows: number;
      first_short_line: number | null;
      /**
       * Rows with more cells than columns; the rest is in no column.
       */
      long_rows: number;
      first_long_line: number | null;
    } | null;
    /**
     * How the file is written and what became of its records: the document `dialect` of `tabular/read`.
     */
    dialect: {
      [k: string]: unknown;
    };
    /**
     * Of names and cells as texts, in order; the same for the same table in another format.
     */
    digest: string;
  };
  /**
   * What it was made with.
   */
  params: {
    /**
     * `type_threshold`.
     */
    type_threshold: number;
    /**
     * `semantic_threshold`.
     */
    semantic_threshold: number;
    /**
     * Words for missing values, in lower case.
     */
    missing_tokens: string[];
    /**
     * `sample_rows`; null for all rows.
     */
    sample_rows: number | null;
    /**
     * `top_k`.
     */
    top_k: number;
    /**
     * `keys.max_size`.
     */
    keys_max_size: number;
    /**
     * `fd.max_lhs`.
     */
    fd_max_lhs: number;
    /**
     * `fd.g3`.
     */
    fd_g3: number;
    /**
     * `budget`.
     */
    budget: number;
  };
  /**
   * Most entries of lists.
   */
  limits: {
    /**
     * Characters of a value.
     */
    value_length: number;
    /**
     * Entries of rows.
     */
    rows: number;
    /**
     * Entries of placeholders.
     */
    placeholders: number;
    /**
     * Entries of patterns.
     */
    patterns: number;
    /**
     * Entries of forms.
     */
    forms: number;
    /**
     * Entries of clusters.
     */
    clusters: number;
    /**
     * Entries of groups.
     */
    groups: number;
    /**
     * Findings of one kind in one column.
     */
    findings: number;
    /**
     * Entries of dependencies.
     */
    dependencies: number;
    /**
     * Entries of correlations.
     */
    correlations: number;
  };
  /**
   * The table as a whole.
   */
  table: {
    /**
     * Rows looked at.
     */
    rows: number;
    /**
     * Rows there are; more than `rows` when a sample was taken.
     */
    rows_total: number;
    /**
     * Columns.
     */
    columns: number;
    /**
     * Cells.
     */
    cells: number;
    /**
     * Missing values.
     */
    missing_cells: number;
    /**
     * Of all cells.
     */
    missing_rate: number;
    /**
     * Values that probably stand for missing ones.
     */
    disguised_cells: number;
    /**
     * Rows that are equal to an earlier one.
     */
    duplicate_rows: number;
    /**
     * Rows that are equal to an earlier one but for case, spaces and marks, without those.
     */
    near_duplicate_rows: number;
    /**
     * Rows without a value.
     */
    blank_rows: number;
    /**
     * Rows with one value, in tables of three columns or more.
     */
    single_cell_rows: number;
    /**
     * Bytes of all values in UTF-8.
     */
    bytes: number;
  };
  /**
   * In the order of the file.
   */
  columns: ProfileColumn[];
  /**
   * Columns that identify rows. Columns with missing values are in none.
   */
  keys: {
    /**
     * Different in every row; none of their columns can be left out. Best first.
     */
    minimal: ProfileKey[];
    /**
     * Nearly different in every row.
     */
    near: ProfileKey[];
    /**
     * All combinations up to `params.keys_max_size` were looked at.
     */
    complete: boolean;
  };
  /**
   * Between columns.
   */
  dependencies: {
    /**
     * All minimal functional dependencies that hold, a missing value being a value like any other. By size, then by position.
     */
    exact: ProfileExactDependency[];
    /**
     * Number of them, also those not listed.
     */
    exact_count: number;
    /**
     * All were looked for.
     */
    exact_complete: boolean;
    /**
     * Most columns on the left that were looked at.
     */
    exact_lhs_max: number;
    /**
     * Functional dependencies that nearly hold, or hold and have a left side that repeats. By g3.
     */
    soft: ProfileSoftDependency[];
    /**
     * Soft ones that are not listed.
     */
    soft_left_out: number;
    /**
     * Between columns of one type.
     */
    inclusions: ProfileInclusion[];
    /**
     * Between numbers or dates.
     */
    orders: ProfileOrder[];
    /**
     * Between numbers.
     */
    sums: ProfileSum[];
    /**
     * Between columns.
     */
    equalities: ProfileEquality[];
    /**
     * Values that decide others.
     */
    conditionals: ProfileConditional[];
    /**
     * Columns that fill each other up.
     */
    complements: ProfileComplement[];
  };
  /**
   * By their size.
   */
  correlations: ProfileCorrelation[];
  /**
   * Correlations that are not listed, all smaller.
   */
  correlations_left_out: number;
  /**
   * By column, kind and score.
   */
  findings: ProfileFinding[];
  /**
   * What `limits.findings` left out.
   *
   * Items: Of one column.
   */
  findings_left_out: {
    /**
     * Null for whole rows.
     */
    column: string | null;
    /**
     * Kind of finding.
     */
    kind: string;
    /**
     * Findings.
     */
    entries: number;
    /**
     * Rows.
     */
    count: number;
  }[];
  /**
   * By name, then by column.
   */
  alerts: ProfileAlert[];
  /**
   * By column, then by kind.
   */
  constraints: ProfileConstraint[];
  /**
   * What several sources say of the same things, where they contradict each other; null where the table is nothing of the kind.
   */
  reports: ProfileReports | null;
  /**
   * Evidence that the table has another shape than it should.
   */
  reshape: {
    /**
     * Columns next to each other with values of one kind, whose names are values too.
     */
    blocks: ProfileBlock[];
    /**
     * Groups of columns that repeat: `year_1`, `value_1`, `year_2`, `value_2`.
     */
    groups: ProfileColumnGroup[];
    /**
     * Whether rows should be columns.
     */
    transpose: {
      /**
       * How sure it is.
       */
      score: number;
      /**
       * Values of the first column are different, and texts.
       */
      first_column_header: boolean;
      /**
       * Rows whose values have one type.
       */
      row_types: number;
      /**
       * Columns whose values have one type.
       */
      column_types: number;
      /**
       * How much alike values are that stand side by side.
       */
      in_rows: number;
      /**
       * How much alike values are that stand below each other.
       */
      in_columns: number;
      /**
       * Values of the first column, in order of the rows: names of columns after it; empty where it is not worth it.
       */
      names: string[];
      /**
       * What would then be there.
       */
      after: {
        /**
         * As `reshape.blocks`.
         */
        blocks: ProfileBlock[];
        /**
         * As `reshape.groups`.
         */
        groups: ProfileColumnGroup[];
      };
    };
    /**
     * Columns whose values repeat in one order, every so many rows.
     *
     * Items: A column.
     */
    row_groups: {
      /**
       * Name of a column.
       */
      column: string;
      /**
       * Rows of a group.
       */
      size: number;
      /**
       * Rows that keep it.
       */
      share: number;
      /**
       * Names of columns.
       */
      value_columns: string[];
    }[];
    /**
     * A column of names and one of values.
     *
     * Items: A pair.
     */
    pivots: {
      /**
       * Name of a column.
       */
      names: string;
      /**
       * Name of a column.
       */
      values: string;
      /**
       * Names of columns.
       */
      keys: string[];
      /**
       * All different names, in the order they first come in.
       */
      labels: string[];
      /**
       * `keys`: equal values in `keys` make a record · `runs`: a record begins where the first name comes.
       */
      records: 'keys' | 'runs';
      /**
       * How sure it is.
       */
      score: number;
    }[];
    /**
     * Rows with one value that head those below.
     */
    subtitles: {
      /**
       * Column of that value.
       */
      column: string | null;
      /**
       * Rows.
       */
      count: number;
      /**
       * Positions (`_row`) of the first rows with it, ascending; at most `limits.rows`.
       */
      rows: number[];
      /**
       * The first row is one.
       */
      leads: boolean;
      /**
       * How often one or more of them stand together.
       */
      runs: number;
    };
    /**
     * Columns whose values may be lists, the surest first.
     *
     * Items: A column.
     */
    lists: {
      /**
       * Name of a column.
       */
      column: string;
      /**
       * Between elements.
       */
      separator: string;
      /**
       * Rows with a list.
       */
      count: number;
      /**
       * Of all values.
       */
      share: number;
      /**
       * How sure it is.
       */
      score: number;
    }[];
  };
  /**
   * What was not looked for, and why.
   */
  skipped: ProfileSkipped[];
}
/**
 * One column.
 */
export interface ProfileColumn {
  /**
   * Unique in the table.
   */
  name: string;
  /**
   * As in the source, where it may be blank or there twice; null where the source has no names.
   */
  label: string | null;
  /**
   * From 1.
   */
  position: number;
  /**
   * Type in the file, where files have types.
   */
  stored_type: string | null;
  /**
   * The most specific type that at least `params.type_threshold` of the values have.
   */
  type:
    | 'empty'
    | 'boolean'
    | 'integer'
    | 'decimal'
    | 'float'
    | 'date'
    | 'time'
    | 'datetime'
    | 'uuid'
    | 'json'
    | 'list'
    | 'text';
  /**
   * Values of the type, of all values.
   */
  type_share: number;
  /**
   * Values that are not of the type; findings.
   */
  type_violations: number;
  type_counts: ProfileTypeCounts;
  /**
   * What the column is to machine learning.
   */
  feature_class:
    | 'numeric'
    | 'categorical'
    | 'datetime'
    | 'sentence'
    | 'url'
    | 'embedded_number'
    | 'list'
    | 'not_generalizable'
    | 'context_specific';
  /**
   * What values mean, best first: those that at least `params.semantic_threshold` pass.
   */
  semantic: ProfileSemantic[];
  missing: ProfileMissing;
  /**
   * Values of all rows.
   */
  completeness: number;
  /**
   * Values that may stand for missing ones, most frequent first; at most `limits.placeholders`.
   */
  placeholders: ProfilePlaceholder[];
  /**
   * Rows that are not missing.
   */
  values: number;
  /**
   * Different values, counted exactly.
   */
  distinct: number;
  /**
   * `distinct` of `values`.
   */
  distinctness: number;
  /**
   * Values that are there once.
   */
  unique: number;
  /**
   * `unique` of `values`.
   */
  uniqueness: number;
  /**
   * `unique` of `distinct`.
   */
  unique_value_ratio: number;
  /**
   * Shannon entropy of the values, in nats.
   */
  entropy: number;
  /**
   * By its largest possible value; 1 for one value.
   */
  normalised_entropy: number;
  /**
   * 1 - `normalised_entropy`; 0 for one value.
   */
  imbalance: number;
  /**
   * The most frequent value; null without values.
   */
  mode: ProfileValueCount | null;
  /**
   * Most frequent first, then by code unit; `params.top_k`.
   */
  top: ProfileValueCount[];
  top_left_out: ProfileLeftOut;
  /**
   * `top` has all values.
   */
  complete_domain: boolean;
  /**
   * First and last value, and one near the middle.
   */
  samples: ProfileCell[];
  /**
   * Smallest value of the type; text by code unit. Dates in ISO 8601.
   */
  min: number | string | null;
  /**
   * Largest value of the type.
   */
  max: number | string | null;
  /**
   * Null without values.
   */
  length: ProfileLength | null;
  form: ProfileForm;
  /**
   * For columns of texts.
   */
  text: ProfileText | null;
  /**
   * For integers, decimals and floats.
   */
  numeric: ProfileNumeric | null;
  /**
   * Numbers in other ways of writing.
   */
  numbers: ProfileNumbers | null;
  /**
   * Dates and times.
   */
  datetime: ProfileDatetime | null;
  /**
   * Words for true and false.
   */
  boolean: ProfileBoolean | null;
  /**
   * Lists in a cell.
   */
  list: ProfileList | null;
  patterns: ProfilePatterns;
  /**
   * Shared beginnings that are no letters or digits of the values themselves, at most 5.
   */
  prefixes: ProfileAffix[];
  /**
   * Shared ends, at most 5.
   */
  suffixes: ProfileAffix[];
  /**
   * Ways to take values apart.
   */
  splits: ProfileSplit[];
  /**
   * Values written in several ways, by the rows of them; at most `limits.clusters`.
   */
  clusters: ProfileCluster[];
  clusters_left_out: ProfileLeftOut;
  /**
   * For numbers and dates.
   */
  outliers: ProfileOutliers | null;
  /**
   * What its missing values can be told from.
   *
   * Items: A way to tell them, tried on values that are known, each without itself.
   */
  fillable: {
    /**
     * `sequence`: whole numbers that go up by one. `alike_rows`: rows that share values, or parts of them.
     */
    from: 'sequence' | 'alike_rows';
    /**
     * Names of the columns it looks at.
     */
    columns: string[];
    /**
     * Guesses that were right.
     */
    precision: number;
    /**
     * Rows that were guessed, of those tried; it says nothing of the rest.
     */
    coverage: number;
    /**
     * Rows it was tried on.
     */
    tried: number;
    /**
     * How certain a guess has to be, from 0 to 1; null where that is not measured.
     */
    threshold: number | null;
  }[];
  /**
   * Structural blanks: a value stands only in the first row of its group; null where missing values do not look so.
   */
  fill_down: {
    /**
     * Rows with a value that blanks follow.
     */
    groups: number;
    /**
     * Missing values below a value.
     */
    blanks: number;
    /**
     * Most blanks in a row.
     */
    longest: number;
    /**
     * Blanks for each value, 6 decimals.
     */
    mean: number;
  } | null;
}
/**
 * Values that are written like one of each type; one value may be in several.
 */
export interface ProfileTypeCounts {
  /**
   * true, false, yes, no, y, n, t, f, on, off in any case.
   */
  boolean: number;
  /**
   * Digits with a sign or not; a leading zero makes a code of it.
   */
  integer: number;
  /**
   * Integers, and numbers with a decimal point.
   */
  decimal: number;
  /**
   * Decimals, and numbers with an exponent, NaN and infinities.
   */
  float: number;
  /**
   * In one of the formats listed at `datetime.formats`.
   */
  date: number;
  /**
   * Time of day.
   */
  time: number;
  /**
   * A date and a time.
   */
  datetime: number;
  /**
   * UUIDs.
   */
  uuid: number;
  /**
   * JSON objects and lists.
   */
  json: number;
  /**
   * Several elements between separators, see `list`.
   */
  list: number;
}
/**
 * What values mean.
 */
export interface ProfileSemantic {
  /**
   * Such as `email`; see the documentation of the plugin for the list.
   */
  type: string;
  /**
   * Rows that pass its check.
   */
  count: number;
  /**
   * Of all values.
   */
  share: number;
  /**
   * The name of the column says so too.
   */
  named: boolean;
  /**
   * Different values that do not pass.
   */
  distinct_failed: number;
  /**
   * Most frequent of them.
   */
  failed: ProfileValueCount[];
  /**
   * Which kind where there are several, such as `us` for postal codes.
   */
  detail: string | null;
  /**
   * Values that the standard of this meaning writes otherwise, such as `A@B.org` for `a@b.org`; null where there are none.
   */
  unusual: null | {
    /**
     * Rows.
     */
    count: number;
    /**
     * The most frequent of them.
     */
    value: string;
    /**
     * As the standard writes it.
     */
    standard: string;
  };
}
/**
 * A value and how often it is there.
 */
export interface ProfileValueCount {
  /**
   * As it is written; cut at `limits.value_length` characters and `…`.
   */
  value: string;
  /**
   * Rows with it.
   */
  count: number;
}
/**
 * Missing values.
 */
export interface ProfileMissing {
  /**
   * Absent, empty and blank together; disguised ones are not in it.
   */
  count: number;
  /**
   * `count` of all rows.
   */
  rate: number;
  /**
   * Nothing there.
   */
  absent: number;
  /**
   * A text without characters.
   */
  empty: number;
  /**
   * A text of spaces.
   */
  blank: number;
  /**
   * Values that probably stand for a missing one: rows of the findings `disguised_missing`.
   */
  disguised: number;
}
/**
 * A value that may stand for a missing one.
 */
export interface ProfilePlaceholder {
  /**
   * As it is written, without spaces around it.
   */
  value: string;
  /**
   * Rows with it.
   */
  count: number;
  /**
   * It is one of the words of `missing_tokens`, such as `n/a`.
   */
  token: boolean;
  /**
   * Why it may be one.
   *
   * Items: `token`: a word for missing. `sentinel`: a number or date that is often used for it. `other_type`: not of the type or pattern of the rest. `repeated_character`: one character over and over, such as 9999. `spike`: at an end of the range and at least five times as frequent as its neighbours. `homogeneous`: without it all values have one type or pattern.
   */
  evidence: ('token' | 'sentinel' | 'other_type' | 'repeated_character' | 'spike' | 'homogeneous')[];
  /**
   * Two or more kinds of evidence: counted in `missing.disguised` and a finding.
   */
  disguised: boolean;
}
/**
 * What a list has no place for.
 */
export interface ProfileLeftOut {
  /**
   * Entries that are not listed.
   */
  entries: number;
  /**
   * Rows they stand for.
   */
  count: number;
}
/**
 * A cell.
 */
export interface ProfileCell {
  /**
   * Position of the row, `_row`.
   */
  row: number;
  /**
   * As it is written; cut as other values are.
   */
  value: string;
}
/**
 * Length in characters, of values that are not missing.
 */
export interface ProfileLength {
  /**
   * Shortest.
   */
  min: number;
  /**
   * Longest.
   */
  max: number;
  /**
   * 6 decimals.
   */
  mean: number;
  /**
   * Of the sorted lengths.
   */
  median: number;
}
/**
 * How values are written, whatever their type. Numbers of rows.
 */
export interface ProfileForm {
  /**
   * A space before the value; tabs, line ends and no-break spaces too.
   */
  leading_space: number;
  /**
   * A space after it.
   */
  trailing_space: number;
  /**
   * A space before or after it.
   */
  padded: number;
  /**
   * Two spaces or more in a row inside.
   */
  double_space: number;
  /**
   * A line end inside.
   */
  line_end: number;
  /**
   * A control character that is no white space, or one without width that joins no letters.
   */
  control: number;
  /**
   * U+FFFD, which stands for what could not be decoded.
   */
  replacement: number;
  /**
   * UTF-8 that was read as Windows-1252, such as `Ã©`, and that can be undone.
   */
  mojibake: number;
  /**
   * Not in Unicode normal form C.
   */
  not_nfc: number;
  /**
   * An entity such as `&amp;`.
   */
  html_entity: number;
  /**
   * A character beyond ASCII.
   */
  non_ascii: number;
  /**
   * Quotes around the whole value.
   */
  quoted: number;
}
/**
 * Of texts.
 */
export interface ProfileText {
  /**
   * Fewest words.
   */
  words_min: number;
  /**
   * Most words.
   */
  words_max: number;
  /**
   * Words by white space, 6 decimals.
   */
  words_mean: number;
  /**
   * Rows without lower-case letters, with upper-case ones.
   */
  upper: number;
  /**
   * Rows without upper-case letters, with lower-case ones.
   */
  lower: number;
  /**
   * Rows in which every word begins with its only upper-case letter.
   */
  title: number;
  /**
   * Rows with letters in another mix.
   */
  mixed: number;
  /**
   * Rows without letters of two cases.
   */
  caseless: number;
  /**
   * Rows with a digit.
   */
  digits: number;
  /**
   * Scripts of letters, most frequent first.
   *
   * Items: A script.
   */
  scripts: {
    /**
     * Name in Unicode.
     */
    script: string;
    /**
     * Rows with a letter of it.
     */
    count: number;
  }[];
}
/**
 * Of the values that are finite numbers; null also where their mean is too large for a number.
 */
export interface ProfileNumeric {
  /**
   * Values it is about.
   */
  count: number;
  /**
   * Arithmetic mean.
   */
  mean: number;
  /**
   * Sum.
   */
  sum: number;
  /**
   * Standard deviation of a sample (n - 1); null with one value, or where it is too large for a number.
   */
  std: number | null;
  /**
   * Its square.
   */
  variance: number | null;
  /**
   * `std` by the size of the mean; null where that is 0.
   */
  cv: number | null;
  /**
   * Interpolated linearly between neighbours (type 7).
   */
  quantiles: {
    /**
     * Quantile .05.
     */
    p05: number;
    /**
     * Quantile .25.
     */
    p25: number;
    /**
     * Quantile .50.
     */
    p50: number;
    /**
     * Quantile .75.
     */
    p75: number;
    /**
     * Quantile .95.
     */
    p95: number;
  };
  /**
   * p75 - p25.
   */
  iqr: number;
  /**
   * Median distance from the median, unscaled.
   */
  mad: number;
  /**
   * G1, bias corrected; null with fewer than 3 values or without variance.
   */
  skewness: number | null;
  /**
   * Excess G2, bias corrected; null with fewer than 4 values or without variance.
   */
  kurtosis: number | null;
  /**
   * Values that are 0.
   */
  zeros: number;
  /**
   * Values below 0.
   */
  negatives: number;
  /**
   * Infinite values, which no other figure counts.
   */
  infinities: number;
  /**
   * NaN, which no other figure counts.
   */
  nans: number;
  /**
   * All are whole numbers.
   */
  integers: boolean;
  /**
   * Most digits after the decimal point.
   */
  decimals_max: number;
  /**
   * In the order of rows.
   */
  monotonic: 'none' | 'constant' | 'increasing' | 'decreasing' | 'strictly_increasing' | 'strictly_decreasing';
  /**
   * Bins of one width by Freedman and Diaconis, by Sturges where the IQR is 0, at most 50.
   */
  histogram: {
    /**
     * Lower end of the first.
     */
    from: number;
    /**
     * Of each; 0 where all values are the same.
     */
    width: number;
    /**
     * Values in each; the last one has its upper end in it.
     */
    counts: number[];
  };
  /**
   * Mean absolute deviation of first digits from Benford’s law; null below 100 values, above 200,000 different ones, or where they span less than two orders of magnitude.
   */
  benford: number | null;
}
/**
 * Values that are numbers in another way of writing, or with something around them: thousands, a currency, a unit, a percent sign. Null where there are none.
 */
export interface ProfileNumbers {
  /**
   * Rows with a plain number.
   */
  plain: number;
  /**
   * Rows with a number that is not plain.
   */
  affixed: number;
  /**
   * Both of all values.
   */
  share: number;
  /**
   * Type of the numbers alone.
   */
  type: 'integer' | 'decimal';
  /**
   * Ways of writing, most frequent first; at most `limits.forms`.
   *
   * Items: A way of writing.
   */
  forms: {
    /**
     * What stands before the number, without spaces.
     */
    prefix: string;
    /**
     * What stands after it, without spaces.
     */
    suffix: string;
    /**
     * The unit that the suffix or prefix is, in its usual symbol.
     */
    unit: string | null;
    /**
     * What the unit measures, such as `mass`, `currency` or `ratio`.
     */
    dimension: string | null;
    /**
     * Times this is the base unit of the dimension; null for currencies, and units with another zero.
     */
    factor: number | null;
    /**
     * Rows.
     */
    count: number;
    /**
     * Of all values.
     */
    share: number;
    /**
     * Of the numbers.
     */
    median: number;
    /**
     * A value.
     */
    example: string;
  }[];
  forms_left_out: ProfileLeftOut;
  /**
   * Decimal sign; null where no value decides it.
   */
  decimal: '.' | ',' | null;
  /**
   * Between groups of three digits; null where there are none.
   */
  thousands: ',' | '.' | ' ' | "'" | null;
  /**
   * Rows such as `1,234`, where the sign may be either.
   */
  ambiguous: number;
  /**
   * Rows with thousands.
   */
  grouped: number;
  /**
   * Rows with a number of 1000 and above or of -1000 and below, with thousands or without.
   */
  groupable: number;
  /**
   * Rows with parentheses, for negative numbers perhaps.
   */
  parentheses: number;
  /**
   * Of these, rows where the number inside is one between the least and the greatest plain number.
   */
  parentheses_within: number;
  /**
   * Rows with a percent sign.
   */
  percent: number;
  /**
   * Rows of digits that begin with 0.
   */
  leading_zero: number;
  /**
   * Median of plain numbers.
   */
  plain_median: number | null;
  /**
   * Where nearly all plain numbers lie; null where there are none.
   */
  plain_range: {
    /**
     * Quantile 0.05.
     */
    p05: number;
    /**
     * Quantile 0.95.
     */
    p95: number;
  } | null;
  /**
   * Digits after the decimal sign, of all numbers.
   */
  fractions: {
    /**
     * Rows with such digits.
     */
    count: number;
    /**
     * Of these, rows with one 0, such as `12.0`.
     */
    zero: number;
    /**
     * Rows with two digits or more that end in 0, such as `12.50`.
     */
    padded: number;
    /**
     * Most digits.
     */
    longest: number;
  };
}
/**
 * Of dates, times and both; null where there are none.
 */
export interface ProfileDatetime {
  /**
   * Rows that are in one of the formats.
   */
  count: number;
  /**
   * Formats seen, most frequent first; a value that fits several is counted for the first that most values fit.
   *
   * Items: A format.
   */
  formats: {
    /**
     * As `strptime` writes it.
     */
    format: string;
    /**
     * What it holds.
     */
    kind: 'date' | 'time' | 'datetime' | 'month' | 'partial';
    /**
     * As in ISO 8601.
     */
    iso: boolean;
    /**
     * Rows.
     */
    count: number;
    /**
     * Of `count`.
     */
    share: number;
    /**
     * Rows whose day and month may be the other way round.
     */
    ambiguous: number;
    /**
     * The century is a guess.
     */
    two_digit_year: boolean;
    /**
     * A value.
     */
    example: string;
  }[];
  /**
   * Rows whose day and month may be the other way round.
   */
  ambiguous: number;
  /**
   * Whether the day is before the month in formats with numbers; null where no value decides it, or values decide for both.
   */
  day_first: boolean | null;
  /**
   * Rows that can only be day first.
   */
  day_first_proofs: number;
  /**
   * Rows that can only be month first.
   */
  month_first_proofs: number;
  /**
   * Rows with one meaning, which the following is about.
   */
  parsed: number;
  /**
   * Earliest, in ISO 8601.
   */
  min: string | null;
  /**
   * Latest.
   */
  max: string | null;
  /**
   * Days from the earliest to the latest.
   */
  range_days: number | null;
  /**
   * Rows with a time zone or offset.
   */
  with_zone: number;
  /**
   * Rows of a date and the time 00:00.
   */
  midnight: number;
  /**
   * The finest part that differs from its smallest value; null without values.
   */
  granularity: 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'fraction' | null;
  /**
   * Between distinct values, in order.
   */
  gaps: {
    /**
     * The most frequent distance in days; null below 3 values.
     */
    usual_days: number | null;
    /**
     * Distances more than 1.5 times as long.
     */
    longer: number;
  };
  /**
   * In the order of rows.
   */
  monotonic: 'none' | 'constant' | 'increasing' | 'decreasing' | 'strictly_increasing' | 'strictly_decreasing';
}
/**
 * Words for true and false; also for columns of other types that have just two such values.
 */
export interface ProfileBoolean {
  /**
   * Words for true.
   */
  true_values: ProfileValueCount[];
  /**
   * Words for false.
   */
  false_values: ProfileValueCount[];
  /**
   * Rows.
   */
  true_count: number;
  /**
   * Rows.
   */
  false_count: number;
  /**
   * Pairs of words in use, such as yes/no and Y/N; case counts.
   */
  vocabularies: number;
}
/**
 * Values of several elements.
 */
export interface ProfileList {
  /**
   * Between elements.
   */
  separator: string;
  /**
   * What stands around the whole, such as `[]`.
   */
  brackets: string | null;
  /**
   * Rows with the separator.
   */
  count: number;
  /**
   * Of all values.
   */
  share: number;
  /**
   * Fewest.
   */
  elements_min: number;
  /**
   * Most.
   */
  elements_max: number;
  /**
   * 6 decimals.
   */
  elements_mean: number;
  /**
   * All rows with it have as many.
   */
  constant: boolean;
  /**
   * Different elements.
   */
  distinct_elements: number;
  /**
   * Most frequent elements.
   */
  elements: ProfileValueCount[];
}
/**
 * Patterns of values: `A` upper-case letters, `a` lower-case ones, `9` digits.
 */
export interface ProfilePatterns {
  exact: ProfilePatternLevel;
  run: ProfilePatternLevel;
  class: ProfilePatternLevel;
  /**
   * Pattern that nearly all values have and the rest probably should; null without one.
   */
  rule: {
    /**
     * Level it is at.
     */
    level: 'exact' | 'run' | 'class';
    /**
     * The pattern.
     */
    pattern: string;
    /**
     * For the whole value, in the syntax of RE2.
     */
    regex: string;
    /**
     * Of all values.
     */
    share: number;
    /**
     * Rows without it.
     */
    violations: number;
  } | null;
}
/**
 * Patterns at one level.
 */
export interface ProfilePatternLevel {
  /**
   * Different patterns.
   */
  distinct: number;
  /**
   * Most frequent first; at most `limits.patterns`.
   */
  top: ProfilePattern[];
  left_out: ProfileLeftOut;
}
/**
 * A pattern.
 */
export interface ProfilePattern {
  /**
   * Runs of letters and digits by class, other characters as they are.
   */
  pattern: string;
  /**
   * Rows.
   */
  count: number;
  /**
   * Of all values.
   */
  share: number;
  /**
   * The value of it that is most frequent.
   */
  example: string;
}
/**
 * A text that values begin or end with.
 */
export interface ProfileAffix {
  /**
   * As it is written.
   */
  text: string;
  /**
   * Rows.
   */
  count: number;
  /**
   * Of all values.
   */
  share: number;
  /**
   * Type of nearly all of what remains.
   */
  rest:
    | 'empty'
    | 'boolean'
    | 'integer'
    | 'decimal'
    | 'float'
    | 'date'
    | 'time'
    | 'datetime'
    | 'uuid'
    | 'json'
    | 'list'
    | 'text';
}
/**
 * A way to take the values apart.
 */
export interface ProfileSplit {
  /**
   * `separator`: everywhere, with as many parts. `trailing_token`, `leading_token`: the last or first word belongs to the domain of another column.
   */
  kind: 'separator' | 'trailing_token' | 'leading_token';
  /**
   * Between parts.
   */
  separator: string;
  /**
   * Parts.
   */
  arity: number;
  /**
   * Rows.
   */
  count: number;
  /**
   * Of all values.
   */
  share: number;
  /**
   * Column whose domain the token belongs to.
   */
  column: string | null;
  /**
   * Rows of these in which that column is missing.
   */
  column_missing: number;
  /**
   * From the left.
   */
  parts: ProfilePart[];
  /**
   * Positions (`_row`) of the first rows with it, ascending; at most `limits.rows`.
   */
  rows: number[];
}
/**
 * A part of values.
 */
export interface ProfilePart {
  /**
   * From 0.
   */
  position: number;
  /**
   * Type of nearly all.
   */
  type:
    | 'empty'
    | 'boolean'
    | 'integer'
    | 'decimal'
    | 'float'
    | 'date'
    | 'time'
    | 'datetime'
    | 'uuid'
    | 'json'
    | 'list'
    | 'text';
  /**
   * Different ones.
   */
  distinct: number;
  /**
   * All are as long.
   */
  constant_length: boolean;
  /**
   * A column that has nearly all of its values.
   */
  domain_of: string | null;
  /**
   * Three values.
   */
  examples: string[];
}
/**
 * Values that are probably one, written in several ways.
 */
export interface ProfileCluster {
  /**
   * How they are alike: `spaces` but for spaces, `case` but for case, `fingerprint` the same words, `ngram` the same pairs of characters.
   */
  method: 'spaces' | 'case' | 'fingerprint' | 'ngram';
  /**
   * What they have in common.
   */
  key: string;
  /**
   * Most frequent first.
   */
  values: ProfileValueCount[];
  /**
   * Values of it that are not listed.
   */
  values_left_out: number;
  /**
   * Rows of all of them.
   */
  count: number;
}
/**
 * Bounds for numbers and dates; the values beyond them are findings. Dates are in days since 1970-01-01.
 */
export interface ProfileOutliers {
  /**
   * Tukey’s lower fence, p25 - 1.5 IQR (3 IQR for dates).
   */
  low: number;
  /**
   * Upper fence.
   */
  high: number;
  /**
   * With 3 IQR.
   */
  low_far: number;
  /**
   * With 3 IQR.
   */
  high_far: number;
  /**
   * Rows beyond the fences.
   */
  tukey: number;
  /**
   * Rows beyond the far fences.
   */
  far: number;
  /**
   * Rows with a modified z-score above 3.5.
   */
  modified_z: number;
  /**
   * Rows with a z-score above 3; null where the skewness is 1 or more.
   */
  z: number | null;
  /**
   * Rows that any of them marks.
   */
  count: number;
}
/**
 * Columns that together are different in every row.
 */
export interface ProfileKey {
  /**
   * Names of columns.
   */
  columns: string[];
  /**
   * Different combinations.
   */
  distinct: number;
  /**
   * Of all rows.
   */
  distinctness: number;
  /**
   * Rows whose combination is there already.
   */
  duplicates: number;
  /**
   * Positions (`_row`) of the first rows with it, ascending; at most `limits.rows`.
   */
  rows: number[];
}
/**
 * A minimal functional dependency that holds in every row.
 */
export interface ProfileExactDependency {
  /**
   * Names of columns.
   */
  lhs: string[];
  /**
   * Name of a column.
   */
  rhs: string;
  /**
   * Different combinations on the left.
   */
  distinct_lhs: number;
}
/**
 * A functional dependency that nearly all rows keep. Its table is made from the data again, by `lhs` and `rhs`.
 */
export interface ProfileSoftDependency {
  /**
   * Names of columns.
   */
  lhs: string[];
  /**
   * Name of a column.
   */
  rhs: string;
  /**
   * Rows in which no column of it is missing; the rest is not looked at.
   */
  rows: number;
  /**
   * Different combinations on the left.
   */
  distinct_lhs: number;
  /**
   * Different values on the right.
   */
  distinct_rhs: number;
  /**
   * Least share of rows to drop for it to hold.
   */
  g3: number;
  /**
   * Probability that two rows with the same left side have the same right side.
   */
  pdep: number;
  /**
   * pdep, compared with that without the left side.
   */
  tau: number;
  /**
   * tau, compared with what chance gives.
   */
  mu: number;
  /**
   * Rows in groups of at least 3.
   */
  supported: number;
  /**
   * Rows with another value than most of their group.
   */
  violations: number;
  /**
   * Of these, rows whose value is written nearly like that of most of their group, and is most of no other group.
   */
  near: number;
  /**
   * Groups with such rows.
   */
  violating_groups: number;
  /**
   * Rows with a left side that is known and a missing right side.
   */
  missing_rhs: number;
  /**
   * Of these, rows whose group has a value for it.
   */
  fillable: number;
  /**
   * Groups with violations, by their number of rows; at most `limits.groups`.
   *
   * Items: A group.
   */
  groups: {
    /**
     * Values on the left.
     */
    lhs: string[];
    majority: ProfileValueCount;
    /**
     * Rows of the group.
     */
    rows: number;
    /**
     * Other values.
     */
    minority: ProfileMinority[];
  }[];
  groups_left_out: ProfileLeftOut;
}
/**
 * A value that is not that of most rows.
 */
export interface ProfileMinority {
  /**
   * As it is written; null for a missing one.
   */
  value: string | null;
  /**
   * Rows.
   */
  count: number;
  /**
   * Positions (`_row`) of the first rows with it, ascending; at most `limits.rows`.
   */
  rows: number[];
}
/**
 * Values of one column are all values of another.
 */
export interface ProfileInclusion {
  /**
   * Name of a column.
   */
  column: string;
  /**
   * Name of a column.
   */
  in: string;
  /**
   * Different values of the first.
   */
  distinct: number;
  /**
   * Of them in the second.
   */
  covered: number;
}
/**
 * One column is never above another.
 */
export interface ProfileOrder {
  /**
   * Name of a column.
   */
  lower: string;
  /**
   * Name of a column.
   */
  upper: string;
  /**
   * Rows with both.
   */
  rows: number;
  /**
   * Rows that keep it.
   */
  share: number;
  /**
   * No two are equal.
   */
  strict: boolean;
  /**
   * Rows that do not.
   */
  violations: number;
  /**
   * Positions (`_row`) of the first rows with it, ascending; at most `limits.rows`.
   */
  violating: number[];
}
/**
 * One column is the sum of others.
 */
export interface ProfileSum {
  /**
   * Name of a column.
   */
  total: string;
  /**
   * Names of columns.
   */
  parts: string[];
  /**
   * Rows with all of them.
   */
  rows: number;
  /**
   * Rows that keep it, to 1e-9 of the total.
   */
  share: number;
  /**
   * Rows that do not.
   */
  violations: number;
  /**
   * Positions (`_row`) of the first rows with it, ascending; at most `limits.rows`.
   */
  violating: number[];
}
/**
 * Two columns have the same value.
 */
export interface ProfileEquality {
  /**
   * Names of columns.
   */
  columns: string[];
  /**
   * Rows with both.
   */
  rows: number;
  /**
   * Rows that keep it.
   */
  share: number;
  /**
   * Rows that do not.
   */
  violations: number;
  /**
   * Positions (`_row`) of the first rows with it, ascending; at most `limits.rows`.
   */
  violating: number[];
}
/**
 * Where one column has a value, another has one value.
 */
export interface ProfileConditional {
  /**
   * Name of a column.
   */
  column: string;
  /**
   * As it is written.
   */
  value: string;
  /**
   * Name of a column.
   */
  then_column: string;
  /**
   * As it is written; null for missing.
   */
  then_value: string | null;
  /**
   * Rows with the first value.
   */
  rows: number;
  /**
   * Rows that keep it.
   */
  share: number;
}
/**
 * Columns of which just one has a value in nearly every row.
 */
export interface ProfileComplement {
  /**
   * Names of columns.
   */
  columns: string[];
  /**
   * Rows with one.
   */
  one: number;
  /**
   * Rows with none.
   */
  none: number;
  /**
   * Rows with more.
   */
  several: number;
}
/**
 * How two columns go together.
 */
export interface ProfileCorrelation {
  /**
   * Names of columns.
   */
  columns: string[];
  /**
   * `pearson` and `spearman` for two columns of numbers, `cramers_v` (bias corrected) for two of categories, `eta` for categories (first) and numbers.
   */
  method: 'pearson' | 'spearman' | 'cramers_v' | 'eta';
  /**
   * 6 decimals.
   */
  value: number;
  /**
   * Rows with both.
   */
  rows: number;
}
/**
 * Something in a column that is probably wrong, or worth a look.
 */
export interface ProfileFinding {
  /**
   * What it is.
   */
  kind:
    | 'type_violation'
    | 'pattern_violation'
    | 'disguised_missing'
    | 'outlier'
    | 'date_outlier'
    | 'typo'
    | 'mojibake'
    | 'duplicate_row'
    | 'blank_row'
    | 'key_violation';
  /**
   * Null for what is about whole rows.
   */
  column: string | null;
  /**
   * As it is written.
   */
  value: string | null;
  /**
   * Rows.
   */
  count: number;
  /**
   * Positions (`_row`) of the first rows with it, ascending; at most `limits.rows`.
   */
  rows: number[];
  /**
   * Rows that are not listed.
   */
  rows_left_out: number;
  /**
   * How sure it is.
   */
  score: number;
  /**
   * Short words.
   */
  evidence: string[];
  /**
   * What it probably should be.
   */
  suggestion: string | null;
  /**
   * Rows that have that now.
   */
  suggestion_count: number;
}
/**
 * A property of columns that people want to know of.
 */
export interface ProfileAlert {
  /**
   * In the words of ydata-profiling.
   */
  name:
    | 'CONSTANT'
    | 'ZEROS'
    | 'HIGH_CORRELATION'
    | 'HIGH_CARDINALITY'
    | 'DUPLICATES'
    | 'NEAR_DUPLICATES'
    | 'SKEWED'
    | 'IMBALANCE'
    | 'MISSING'
    | 'INFINITE'
    | 'UNIQUE'
    | 'UNIFORM'
    | 'CONSTANT_LENGTH'
    | 'DIRTY_CATEGORY'
    | 'EMPTY'
    | 'UNSUPPORTED'
    | 'TYPE_DATE';
  /**
   * Names of columns.
   */
  columns: string[];
  /**
   * What was measured.
   */
  value: number | null;
  /**
   * What it is compared with.
   */
  threshold: number | null;
}
/**
 * A rule that the data keeps, or nearly keeps.
 */
export interface ProfileConstraint {
  /**
   * What it says.
   */
  kind:
    | 'not_null'
    | 'completeness'
    | 'unique'
    | 'in_set'
    | 'in_set_share'
    | 'of_type'
    | 'non_negative'
    | 'positive'
    | 'between'
    | 'value_lengths_between'
    | 'match_regex'
    | 'compound_columns_unique'
    | 'column_pair_a_not_less_than_b'
    | 'functional_dependency'
    | 'row_count_between'
    | 'columns_match_ordered_list';
  /**
   * Name of the expectation in Great Expectations.
   */
  alias: string | null;
  /**
   * Names of columns.
   */
  columns: string[];
  /**
   * Of the rule: `min`, `max`, `values`, `regex`, `type`, `lhs`, `share`.
   */
  params: {
    [k: string]: unknown;
  };
  /**
   * Rows that keep it now, of those it is about.
   */
  held: number;
  /**
   * Share that has to keep it.
   */
  threshold: number;
  /**
   * A sentence.
   */
  reason: string;
}
/**
 * A table with a row for what one source says of one thing.
 */
export interface ProfileReports {
  /**
   * Names of the columns that say which thing a row is about.
   */
  things: string[];
  /**
   * Name of the column that says who reports it.
   */
  source: string;
  /**
   * Different things.
   */
  thing_count: number;
  /**
   * Different sources.
   */
  source_count: number;
  /**
   * Share of all pairs of a thing and a source that there is a row of.
   */
  filled: number;
  /**
   * Columns that sources contradict each other in, by position.
   */
  columns: ProfileDisputed[];
}
/**
 * A column that sources contradict each other in. Values that differ in form only are equal.
 */
export interface ProfileDisputed {
  /**
   * Its name.
   */
  column: string;
  /**
   * Most values are a time of day and nothing else, so that a date beside one is form only.
   */
  is_time: boolean;
  /**
   * Things of which two sources or more have a value.
   */
  groups: number;
  /**
   * Of these, things with one value that is well ahead of the next.
   */
  clear: number;
  /**
   * Rows of these groups with a value.
   */
  rows: number;
  /**
   * Share of these rows with the most frequent value of their thing.
   */
  plurality: number;
  /**
   * Rows with another one.
   */
  conflicts: number;
  /**
   * How much the thing says of the value, compared with chance: as that of dependencies.
   */
  mu: number;
  /**
   * How much the source says of it.
   */
  source_mu: number;
  /**
   * Rows of these groups without a value.
   */
  missing: number;
}
/**
 * A block.
 */
export interface ProfileBlock {
  /**
   * Names of columns.
   */
  columns: string[];
  /**
   * What the names are.
   */
  names: 'year' | 'number' | 'date' | 'month' | 'weekday' | 'affixed' | 'text';
  /**
   * What the names have in common.
   */
  stem: string;
  /**
   * What most of the values look like: `number`, `date` and the like, `url`, `email`, `text`.
   */
  type: string;
  /**
   * How much alike the values of its columns are.
   */
  overlap: number;
  /**
   * How sure it is.
   */
  score: number;
}
/**
 * A group.
 */
export interface ProfileColumnGroup {
  /**
   * Names without what counts them.
   */
  stems: string[];
  /**
   * What counts them.
   */
  keys: string[];
  /**
   * For each key the columns, one for each stem; null where there is none.
   */
  columns: (string | null)[][];
  /**
   * How sure it is.
   */
  score: number;
}
/**
 * What was not looked for.
 */
export interface ProfileSkipped {
  /**
   * Such as `dependencies.exact`.
   */
  what: string;
  /**
   * Names of columns.
   */
  columns: string[];
  /**
   * A sentence.
   */
  reason: string;
  /**
   * `profile-budget-exceeded`: it would take too long. `not-asked`: by a param. `not-possible`: the table has nothing for it. `capped`: a list is full.
   */
  code: 'profile-budget-exceeded' | 'not-asked' | 'not-possible' | 'capped';
}

// quality.schema.json

/**
 * Scores by `tabular/score`: rules are those of the profile, before and after.
 */
export interface QualityDocument {
  /**
   * Of this document.
   */
  version: 1;
  /**
   * Of the canonical table before.
   */
  data: string;
  /**
   * Of the table after; null without one.
   */
  clean: string | null;
  /**
   * Weight of each dimension.
   */
  weights: {
    [k: string]: number;
  };
  /**
   * What the table has to reach.
   */
  min_score: number;
  /**
   * It does, after the changes where there are some.
   */
  passed: boolean;
  before: QualityScores;
  after: QualityScores | null;
  /**
   * After less before; null without a table after.
   */
  delta: {
    [k: string]: number | null;
  } | null;
  /**
   * In the order of the table.
   */
  columns: {
    /**
     * Its name.
     */
    column: string;
    before: QualityColumnScores;
    after: QualityColumnScores | null;
  }[];
  /**
   * What was counted.
   */
  rules: {
    /**
     * Its name, one for each rule.
     */
    rule: string;
    /**
     * What it asks for.
     */
    kind: string;
    /**
     * What it counts for.
     */
    dimension: 'completeness' | 'validity' | 'consistency' | 'uniqueness' | 'accuracy' | 'timeliness';
    /**
     * Columns it is about.
     */
    columns: string[];
    /**
     * Of the rule.
     */
    params: {
      [k: string]: unknown;
    };
    /**
     * As a sentence.
     */
    description: string;
    /**
     * Null where its columns are not there.
     */
    before: QualityHeld | null;
    after: QualityHeld | null;
  }[];
}
/**
 * Quality from 0 to 1; null for a dimension without a rule.
 */
export interface QualityScores {
  /**
   * Weighted mean of those that are there.
   */
  overall: number;
  /**
   * There is nothing to be wrong: no rows or no rules.
   */
  vacuous: boolean;
  completeness: number | null;
  validity: number | null;
  consistency: number | null;
  uniqueness: number | null;
  accuracy: number | null;
  timeliness: number | null;
}
/**
 * Null without a rule.
 */
export interface QualityColumnScores {
  completeness: number | null;
  validity: number | null;
  consistency: number | null;
}
/**
 * How often it was kept.
 */
export interface QualityHeld {
  /**
   * Cells, rows or groups it was asked of.
   */
  applicable: number;
  /**
   * Of them, those that keep it.
   */
  satisfied: number;
}

// ranking.schema.json

/**
 * Candidates from best to worst with the reasons, by `tabular/rank`.
 */
export interface RankingDocument {
  /**
   * Of this document.
   */
  version: 1;
  /**
   * Of the canonical table the candidates are for.
   */
  data: string;
  /**
   * How they were compared.
   */
  policy: 'composite' | 'improvement' | 'lexicographic' | 'pareto' | 'topsis' | 'confidence';
  /**
   * Weight of each dimension of quality.
   */
  weights: {
    [k: string]: number;
  };
  /**
   * All of them; those that were not tried where others were, and those that failed, are last.
   */
  candidates: {
    /**
     * From 1.
     */
    rank: number;
    /**
     * Of the candidate: digest of operator, columns and params.
     */
    id: string;
    /**
     * Name in the catalogue.
     */
    operator: string;
    /**
     * Columns that it is about.
     */
    columns: string[];
    /**
     * As the operator takes them.
     */
    params: {
      [k: string]: unknown;
    };
    /**
     * What it does.
     */
    description: string;
    /**
     * When it has its turn.
     */
    phase:
      | 'text'
      | 'missing'
      | 'form'
      | 'dependency'
      | 'typo'
      | 'outlier'
      | 'fill'
      | 'rows'
      | 'columns'
      | 'shape'
      | 'features';
    /**
     * It passed validation, or was not tried.
     */
    passed: boolean;
    /**
     * It is worth applying.
     */
    keep: boolean;
    /**
     * Why it is kept or not.
     */
    code: 'improves' | 'sure' | 'no_gain' | 'unsure' | 'not_asked' | 'beyond_top' | 'untried' | 'failed';
    /**
     * The same as a sentence.
     */
    reason: string;
    /**
     * What it is ordered by.
     */
    score: number;
    /**
     * Before it was tried.
     */
    confidence: number;
    /**
     * Of the overall quality; null when it was not tried.
     */
    improvement: number | null;
    /**
     * Null when it was not tried.
     */
    cells_changed: number | null;
    /**
     * Null when it was not tried.
     */
    rows_dropped: number | null;
    /**
     * They add up to the score.
     */
    terms: {
      /**
       * What.
       */
      term: string;
      /**
       * Its weight.
       */
      weight: number;
      /**
       * Measured.
       */
      value: number;
      /**
       * Weight times value.
       */
      contribution: number;
    }[];
    /**
     * The same as a sentence.
     */
    explanation: string;
    /**
     * Up to five.
     */
    examples: RankingExample[];
  }[];
}
/**
 * A cell, or a row as JSON, before and after.
 */
export interface RankingExample {
  /**
   * `_row` in the source.
   */
  row: number;
  /**
   * Null for a whole row.
   */
  column: string | null;
  /**
   * Null: missing.
   */
  before: string | null;
  /**
   * Null: missing, or the row is gone.
   */
  after: string | null;
}

// recipe.schema.json

/**
 * What `tabular/apply` did, in its order: it can be done again to other data.
 */
export interface RecipeDocument {
  /**
   * Of this document.
   */
  version: 1;
  /**
   * What it was made on.
   */
  data: {
    /**
     * Of the canonical table: header, order of rows, text of cells.
     */
    digest: string;
    /**
     * Rows.
     */
    rows: number;
    /**
     * Columns.
     */
    columns: string[];
  };
  /**
   * What came out.
   */
  result: {
    /**
     * Of the canonical table: header, order of rows, text of cells.
     */
    digest: string;
    /**
     * Rows.
     */
    rows: number;
    /**
     * Columns.
     */
    columns: string[];
  };
  /**
   * In order.
   */
  steps: {
    /**
     * Of the candidate: digest of operator, columns and params.
     */
    id: string;
    /**
     * Name in the catalogue.
     */
    operator: string;
    /**
     * Columns that it is about.
     */
    columns: string[];
    /**
     * As the operator takes them.
     */
    params: {
      [k: string]: unknown;
    };
    /**
     * What it does.
     */
    description: string;
    /**
     * When it has its turn.
     */
    phase:
      | 'text'
      | 'missing'
      | 'form'
      | 'dependency'
      | 'typo'
      | 'outlier'
      | 'fill'
      | 'rows'
      | 'columns'
      | 'shape'
      | 'features';
    /**
     * How sure it was.
     */
    confidence: number;
    /**
     * Cells with another text.
     */
    cells_changed: number;
    /**
     * Rows that are gone.
     */
    rows_dropped: number;
    /**
     * By the rules of the profile; null in a replay.
     */
    scores: {
      before: RecipeScores | null;
      after: RecipeScores | null;
    };
    /**
     * Up to five.
     */
    examples: RecipeExample[];
    /**
     * As in the candidate.
     */
    sql: string;
  }[];
  /**
   * Candidates that were not applied, in the order of the ranking.
   */
  left_alone: {
    /**
     * Of the candidate: digest of operator, columns and params.
     */
    id: string;
    /**
     * Name in the catalogue.
     */
    operator: string;
    /**
     * Columns that it is about.
     */
    columns: string[];
    /**
     * As the operator takes them.
     */
    params: {
      [k: string]: unknown;
    };
    /**
     * What it would do.
     */
    description: string;
    /**
     * How sure it was.
     */
    confidence: number;
    /**
     * Why not.
     */
    code: 'failed' | 'no_gain' | 'unsure' | 'conflict' | 'gone' | 'beyond_steps' | 'not_chosen' | 'not_asked';
    /**
     * Why not, as a sentence.
     */
    reason: string;
    /**
     * Cells it would change; null when unknown.
     */
    cells: number | null;
    /**
     * Up to five.
     */
    examples: RecipeExample[];
  }[];
}
/**
 * Quality from 0 to 1; null for a dimension without a rule.
 */
export interface RecipeScores {
  /**
   * Weighted mean of those that are there.
   */
  overall: number;
  /**
   * There is nothing to be wrong: no rows or no rules.
   */
  vacuous: boolean;
  completeness: number | null;
  validity: number | null;
  consistency: number | null;
  uniqueness: number | null;
  accuracy: number | null;
  timeliness: number | null;
}
/**
 * A cell, or a row as JSON, before and after.
 */
export interface RecipeExample {
  /**
   * `_row` in the source.
   */
  row: number;
  /**
   * Null for a whole row.
   */
  column: string | null;
  /**
   * Null: missing.
   */
  before: string | null;
  /**
   * Null: missing, or the row is gone.
   */
  after: string | null;
}

// rejects.schema.json

/**
 * One line of what `tabular/read` left out of a table.
 */
export interface RejectsDocument {
  /**
   * Number of the record among those of the table, from 0: the `_row` it would have had.
   */
  row: number;
  /**
   * Line of the file it begins in, from 1.
   */
  line: number;
  code: 'missing-cell' | 'extra-cell' | 'format-error';
  /**
   * What is wrong with it.
   */
  message: string;
  /**
   * Of a CSV.
   */
  cells?: string[];
  /**
   * Of JSON, as it is written.
   */
  text?: string;
}

// validation.schema.json

/**
 * One line for every candidate: what `tabular/validate` saw when it tried it on the data.
 */
export interface ValidationDocument {
  /**
   * Of this document.
   */
  version: 1;
  /**
   * Of the canonical table it was tried on.
   */
  data: string;
  /**
   * Of the candidate: digest of operator, columns and params.
   */
  candidate: string;
  /**
   * Name in the catalogue.
   */
  operator: string;
  /**
   * Columns that it is about.
   */
  columns: string[];
  /**
   * No issue is an error.
   */
  passed: boolean;
  /**
   * It failed on the sample and was not tried on all rows.
   */
  sample_only: boolean;
  /**
   * Rows it was tried on.
   */
  rows: number;
  /**
   * Cells with another text, of rows that stay.
   */
  cells_changed: number;
  /**
   * Rows that are gone.
   */
  rows_dropped: number;
  /**
   * New columns.
   */
  columns_added: string[];
  /**
   * Columns that are gone.
   */
  columns_dropped: string[];
  /**
   * Cells changed by column.
   */
  changed: {
    /**
     * Its name.
     */
    column: string;
    /**
     * Changed.
     */
    cells: number;
    /**
     * Of them, those that are missing now.
     */
    to_missing: number;
    /**
     * Of them, those that were missing.
     */
    filled: number;
  }[];
  /**
   * By severity, then code.
   */
  issues: {
    /**
     * An error fails the candidate.
     */
    severity: 'error' | 'warning' | 'info';
    /**
     * Of the check.
     */
    code: string;
    /**
     * What was found, as a sentence.
     */
    message: string;
    /**
     * Null for the table.
     */
    column: string | null;
  }[];
  /**
   * By the rules of the profile.
   */
  scores: {
    before: ValidationScores;
    after: ValidationScores;
  };
  /**
   * Of what changed.
   */
  examples: ValidationExample[];
  /**
   * File in the folder `diffs` with every change; null when there is none.
   */
  diff: string | null;
}
/**
 * Quality from 0 to 1; null for a dimension without a rule.
 */
export interface ValidationScores {
  /**
   * Weighted mean of those that are there.
   */
  overall: number;
  /**
   * There is nothing to be wrong: no rows or no rules.
   */
  vacuous: boolean;
  completeness: number | null;
  validity: number | null;
  consistency: number | null;
  uniqueness: number | null;
  accuracy: number | null;
  timeliness: number | null;
}
/**
 * A cell, or a row as JSON, before and after.
 */
export interface ValidationExample {
  /**
   * `_row` in the source.
   */
  row: number;
  /**
   * Null for a whole row.
   */
  column: string | null;
  /**
   * Null: missing.
   */
  before: string | null;
  /**
   * Null: missing, or the row is gone.
   */
  after: string | null;
}
