/** What a rule of quality is: a fixed question about a table, whose answer is how often it was kept. */
import type { QualityDocument } from '../documents.generated.ts';

type RuleRecord = QualityDocument['rules'][number];

export type Dimension = RuleRecord['dimension'];

export const DIMENSIONS = [
  'completeness',
  'validity',
  'consistency',
  'uniqueness',
  'accuracy',
  'timeliness',
] as const satisfies readonly Dimension[];

/** A regular expression of RE2 for whole values, under a name. */
export interface Form {
  readonly name: string;
  readonly regex: string;
}

/** What is asked of each cell of a column that is not missing. */
export type CellCheck =
  /** No blanks around it, none twice, nothing invisible, nothing decoded wrongly. */
  | { readonly kind: 'clean_text'; readonly params: { readonly without: readonly TextFault[] } }
  /** One of these ways of writing. */
  | { readonly kind: 'of_type'; readonly params: { readonly type: string; readonly forms: readonly Form[] } }
  | { readonly kind: 'pattern'; readonly params: { readonly regex: string } }
  | { readonly kind: 'meaning'; readonly params: { readonly meaning: string } }
  /** None of these. */
  | { readonly kind: 'spelling'; readonly params: { readonly wrong: readonly string[] } };

export type TextFault = 'padded' | 'double_space' | 'control' | 'replacement' | 'not_nfc' | 'mojibake';

type RuleBody =
  | { readonly kind: 'present'; readonly dimension: 'completeness'; readonly params: Record<string, never> }
  /** A missing value is not written as a word or as blanks. */
  | { readonly kind: 'unmasked'; readonly dimension: 'validity'; readonly params: Record<string, never> }
  | (CellCheck & { readonly dimension: 'validity' })
  /** Rows with the same values on the left have the same on the right, the last of `columns`. */
  | { readonly kind: 'dependency'; readonly dimension: 'consistency'; readonly params: Record<string, never> }
  /** The first is not above the second. */
  | {
      readonly kind: 'order';
      readonly dimension: 'consistency';
      readonly params: { readonly formats: readonly string[] };
    }
  /** The last is the sum of the others. */
  | { readonly kind: 'sum'; readonly dimension: 'consistency'; readonly params: Record<string, never> }
  | { readonly kind: 'equal'; readonly dimension: 'consistency'; readonly params: Record<string, never> }
  /** All values are written in one of the forms, whichever it is. */
  | {
      readonly kind: 'one_form';
      readonly dimension: 'consistency';
      readonly params: { readonly forms: readonly Form[] };
    }
  /** All values have the pattern that most have then. */
  | { readonly kind: 'one_pattern'; readonly dimension: 'consistency'; readonly params: Record<string, never> }
  /** Values that differ in case, spaces, marks or order of words only are written in one way. */
  | { readonly kind: 'one_spelling'; readonly dimension: 'consistency'; readonly params: Record<string, never> }
  | { readonly kind: 'different_rows'; readonly dimension: 'uniqueness'; readonly params: Record<string, never> }
  /** Different also when case, accents and spaces do not count. */
  | {
      readonly kind: 'clearly_different_rows';
      readonly dimension: 'uniqueness';
      readonly params: Record<string, never>;
    }
  | { readonly kind: 'key'; readonly dimension: 'uniqueness'; readonly params: Record<string, never> }
  /** No detector, or not enough of them, speaks against the value. */
  | { readonly kind: 'unflagged'; readonly dimension: 'accuracy'; readonly params: FlagParams }
  | { readonly kind: 'recent'; readonly dimension: 'timeliness'; readonly params: RecentParams };

export interface FlagParams {
  /** Numbers beyond these are outliers; null where there are none. */
  readonly low: number | null;
  readonly high: number | null;
  readonly lowFar: number | null;
  readonly highFar: number | null;
  /** Columns that decide this one. */
  readonly decided: readonly (readonly string[])[];
}

export interface RecentParams {
  /** ISO 8601. */
  readonly now: string;
  readonly days: number;
  readonly exponent: number;
  /** Of `strptime`, besides ISO 8601. */
  readonly formats: readonly string[];
}

export type Rule = RuleBody & {
  /** One for each rule: `of_type:price`. */
  readonly id: string;
  readonly columns: readonly string[];
  /** As a sentence. */
  readonly description: string;
};

export type RuleOf<Kind extends Rule['kind']> = Extract<Rule, { readonly kind: Kind }>;

export interface RuleSet {
  readonly rules: readonly Rule[];
  /** Column -> values that stand for a missing one, without blanks around them. */
  readonly masks: ReadonlyMap<string, readonly string[]>;
}

export function isCellCheck(rule: Rule): rule is Rule & CellCheck {
  return CELL_KINDS.has(rule.kind);
}

const CELL_KINDS: ReadonlySet<string> = new Set<CellCheck['kind']>([
  'clean_text',
  'of_type',
  'pattern',
  'meaning',
  'spelling',
]);
