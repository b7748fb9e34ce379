// Written by "wrangle plugin types" from the manifest. Do not edit.
import type { StageFile, StageOutput } from 'wrangle/plugin';

/** Greets everyone in a list of names. */
export interface Hello {
  readonly params: {
    /** What is said before each name. */
    readonly greeting: string;
  };
  readonly inputs: {
    /** A name on each line; blank lines are passed over. */
    readonly names: StageFile;
  };
  readonly outputs: {
    /** A greeting on each line. */
    readonly greetings: StageOutput;
  };
}
