/** What a build is asked for, and what comes of it. */
import type { EventListener } from '../model/event.ts';
import type { StageGraph } from '../model/graph.ts';
import type { LockHolder } from '../ports/workspace-lock.ts';
import type { Built } from '../run/build.ts';
import type { Recovered } from '../store/recover.ts';
import type { RunFold } from '../store/run-fold.ts';
import type { GivenAnswer } from './give-answers.ts';
import type { EnvironmentProblem, Invalid, PlanRequest } from './requests.ts';
import type { Locked } from './under-lock.ts';

export interface BuildRequest extends PlanRequest {
  readonly jobs: number | undefined;
  /** Used where neither flag nor settings say. */
  readonly defaultJobs: (setting: number | string | undefined) => number;
  readonly keepGoing: boolean;
  /** See `BuildOptions`. */
  readonly atomic: boolean;
  /** Run twice, although fresh, and compare: all that is asked for, or those named; ids may be cut at their commas. */
  readonly checkDeterminism?: boolean | readonly string[];
  readonly waitForLock: boolean;
  /** For the others that wait for us. */
  readonly command: string;
  readonly signal: AbortSignal;
  readonly killSignal: AbortSignal;
  readonly onEvent: EventListener;
  readonly onOutput: ((stage: string, text: string) => void) | undefined;
  readonly onWait: (holder: LockHolder | undefined) => void;
  readonly onRecovered: (recovered: readonly Recovered[]) => void;
  readonly graceMs: number;
  /** One of many while the user works: an input that changes meanwhile is nothing special. */
  readonly isRound?: boolean;
  /** Id of the run that this one goes on with. */
  readonly resumes?: string;
  /** Written to their files before anything else. */
  readonly answers?: readonly GivenAnswer[];
}

export type BuildReport =
  | ({
      readonly status: 'built';
      readonly runId: string;
      /** Undefined when it was not even loaded, because everything is fresh. */
      readonly graph: StageGraph | undefined;
      /** What its events come to. */
      readonly fold: RunFold;
    } & Built)
  | Locked
  | Invalid
  | EnvironmentProblem;
