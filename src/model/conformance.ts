/** What came of trying a plugin package: see design-notes, "Trying a plugin". */

export type CheckOutcome = 'passed' | 'failed' | 'skipped';

export interface ConformanceCheck {
  /** Stable, kebab-case. */
  readonly check: string;
  /** The stage of an example that it was tried on, such as `hello.yaml: hello`; null for the package as a whole. */
  readonly example: string | null;
  /** `greet/hello`; null for the package as a whole. */
  readonly stage_type: string | null;
  readonly outcome: CheckOutcome;
  /** What is expected, in plain words. */
  readonly sentence: string;
  /** Why it failed or was skipped. */
  readonly reason: string | null;
}

export interface Conformance {
  readonly plugin: string;
  readonly version: string;
  readonly checks: readonly ConformanceCheck[];
}
