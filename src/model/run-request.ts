/** What a run was asked for, as it is kept in its record, so that `wrangle resume` can ask for the same again. */
import type { Json } from '../util/canonical-json.ts';

/** A param set on the command line (text, takes the type of its default) or in a file (a value). */
export type ParamSetting =
  | { readonly name: string; readonly text: string }
  | { readonly name: string; readonly value: Json };

export type CacheMode = 'off' | 'read' | 'write' | 'rw';

export interface RunRequest {
  /** With all they need: ids and other selectors; empty: all, unless something is selected. */
  readonly targets: readonly string[];
  /** Selectors of what took part itself; absent: none. */
  readonly select?: readonly string[];
  /** Selectors of what had no part in it; absent: none. */
  readonly exclude?: readonly string[];
  /** Those of a file with their values, so that the file may change or go. */
  readonly params: readonly ParamSetting[];
  readonly cache: CacheMode;
  /** Run although fresh: all selected stages, or those named. */
  readonly force: boolean | readonly string[];
  /** Ids of stages that would be forced, but ran already in the run that this one goes on with. */
  readonly forced_before: readonly string[];
  readonly keep_going: boolean;
  /** Unless it ends done, every output goes back to what it was. */
  readonly atomic: boolean;
  /** Stages at once; null: the settings say, or the number of cores. */
  readonly jobs: number | null;
}
