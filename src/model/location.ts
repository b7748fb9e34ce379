/** A range in a file the user wrote. Lines and columns are 1-based, columns count UTF-16 units, the end is exclusive. */
export interface Location {
  /** As the user would type it: relative to the workspace where it lies inside. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly end_line: number;
  readonly end_column: number;
}
