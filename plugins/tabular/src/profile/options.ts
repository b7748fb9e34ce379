/** What a profile is made with, and where its lists end. */
import type { ProfileDocument } from '../documents.generated.ts';

export interface ProfileOptions {
  /** Names of columns to look at; undefined for all. */
  readonly columns: readonly string[] | undefined;
  readonly sampleRows: number | undefined;
  /** For the sample. */
  readonly seed: number;
  readonly topK: number;
  readonly typeThreshold: number;
  readonly semanticThreshold: number;
  /** In lower case, without spaces around them. */
  readonly missingTokens: readonly string[];
  readonly keysMaxSize: number;
  readonly fdMaxLhs: number;
  readonly fdG3: number;
  readonly correlations: boolean;
  /** Visits of a row that the search for dependencies may take. */
  readonly budget: number;
  readonly onStep: (done: number, total: number, note: string) => void;
}

export const LIMITS: ProfileDocument['limits'] = {
  value_length: 200,
  rows: 20,
  placeholders: 20,
  patterns: 10,
  forms: 20,
  clusters: 50,
  groups: 20,
  findings: 20,
  dependencies: 500,
  correlations: 200,
};

/** Columns with more different values are not looked at value by value. */
export const DETAIL_MAX = 50_000;
/** But for as many of them, by their hash. */
export const DETAIL_SAMPLE = 10_000;
