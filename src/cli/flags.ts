/** What commander makes of a command line, for commands that share their flags. Others declare their own. */
import type { PipelineFlags } from './session.ts';

export interface CommonFlags {
  readonly directory?: string;
  readonly json?: boolean;
  readonly color?: string;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
}

export interface PlanFlags extends CommonFlags, PipelineFlags {
  readonly select?: readonly string[];
  readonly exclude?: readonly string[];
  readonly cache?: string;
  readonly force?: boolean | string;
}

export interface BuildFlags extends PlanFlags {
  readonly jobs?: string;
  readonly keepGoing?: boolean;
  readonly atomic?: boolean;
  readonly dryRun?: boolean;
  readonly watch?: boolean;
  readonly checkDeterminism?: boolean | string;
  readonly onChange?: string;
  readonly wait: boolean;
  readonly events?: string;
}

export interface ResumeFlags extends CommonFlags {
  readonly answer?: readonly string[];
  readonly jobs?: string;
  readonly keepGoing?: boolean;
  readonly wait: boolean;
  readonly events?: string;
}

export interface RollbackFlags extends CommonFlags {
  readonly dryRun?: boolean;
  readonly wait: boolean;
}
