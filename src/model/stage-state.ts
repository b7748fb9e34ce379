/** How a stage is, as `state:` and `graph --states` say it. */

/** With what each means, for help and completion. */
export const STAGE_STATES = {
  fresh: 'up to date',
  stale: 'not up to date: it would run, may run or be restored',
  run: 'it would run',
  'may-run': 'it would run if what it reads turns out different',
  restore: 'the store has its outputs',
  new: 'it never succeeded here',
  failed: 'it is stale, and failed when it ran last',
  blocked: 'it is stale, and what it needs failed or waits for an answer',
  suspended: 'it waits for an answer',
  degraded: 'a fallback made its outputs',
  skipped: 'its "when" is false, or it is skipped with a producer',
  interrupted: 'a build was killed while it published',
} as const;

export type StageState = keyof typeof STAGE_STATES;

/** By id of a stage, or of an instance of a fan-out. */
export type StageStates = ReadonlyMap<string, ReadonlySet<StageState>>;
