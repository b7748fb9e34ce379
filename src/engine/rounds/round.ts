/** What a round of a watched pipeline is asked for, and what comes of it (design-notes, "Watching"). */
import type { BuildReport, BuildRequest } from '../build-request.ts';

/** Absolute paths at or below which something may have changed. */
export type Hints = ReadonlySet<string> | 'everything';

export type RoundReport =
  /** Behind the hints all is as it was, and no run was begun. */
  | { readonly status: 'unchanged' }
  /** It was not begun, because the caller did not want it. */
  | { readonly status: 'held' }
  | BuildReport;

export interface RoundRequest extends BuildRequest {
  /** Called when it is known what the pipeline is, and before any other of its files is looked at. */
  readonly onLoaded: () => Promise<unknown>;
  /** Called before anything runs. */
  readonly mayBegin: (cause: RoundCause) => boolean;
}

/** Why a round builds. */
export interface RoundCause {
  /** Hints behind which something had changed, from the workspace, sorted. Empty when everything was looked at. */
  readonly paths: readonly string[];
  /** Ids of the stages that are not as they were, in topological order. */
  readonly stages: readonly string[];
  /** The files of the pipeline itself had changed. */
  readonly isReloaded: boolean;
  /** The inputs that changed were written while the last round ran its stages. */
  readonly isOwnDoing: boolean;
}

export interface Round {
  readonly report: RoundReport;
  /** Undefined when it built nothing. */
  readonly cause: RoundCause | undefined;
}

export function merge(some: Hints, others: Hints): Hints {
  return some === 'everything' || others === 'everything' ? 'everything' : new Set([...some, ...others]);
}
