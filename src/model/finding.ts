/** What `doctor` has to say about the machine, the workspace and wrangle itself; one thing each. */

/** `problem`: wrangle cannot be used like this. `warning`: something will go wrong, or is slow. `note`: good to know. */
export type FindingLevel = 'ok' | 'note' | 'warning' | 'problem';

export type FindingArea = 'wrangle' | 'machine' | 'tools' | 'workspace' | 'store' | 'state';

export interface Finding {
  readonly area: FindingArea;
  /** Stable, kebab-case: what was looked at. */
  readonly check: string;
  readonly level: FindingLevel;
  /** A sentence. */
  readonly message: string;
  /** What to do; null where there is nothing to be done. */
  readonly advice: string | null;
}
