/** What is asked for when a pipeline is loaded, and what comes of it. */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { StageGraph } from '../model/graph.ts';
import type { StageType } from '../model/plugin.ts';
import type { ParamSetting } from '../model/run-request.ts';
import type { SourceDigest } from '../ports/source-digest.ts';

export interface LoadRequest {
  /** Absolute; undefined: the settings say, or the only file in `pipelines/`. */
  readonly file: string | undefined;
  readonly params: readonly ParamSetting[];
}

export interface FrontEnd {
  readonly graph: StageGraph;
  /** Per stage, see `declaredEntries`. */
  readonly declaredHashes: readonly string[];
  readonly contractHashes: readonly string[];
  /** Those that the pipeline uses. */
  readonly types: readonly StageType[];
  readonly settings: EffectiveSettings;
  readonly warnings: readonly Diagnostic[];
}

export interface EffectiveSettings {
  readonly jobs?: number | string;
  /** Absolute. */
  readonly cacheFolder?: string;
  /** What the store may hold. */
  readonly storeBytesMax: number;
  /** The workspace ends with the command, so it is not entered in the list of a store that others have. */
  readonly isPassing?: true;
}

export interface Mistakes {
  readonly diagnostics: readonly Diagnostic[];
  /** Contents of the files that the locations speak of. */
  readonly texts: ReadonlyMap<string, string>;
}

export type Loaded =
  | {
      readonly ok: true;
      readonly frontEnd: FrontEnd;
      readonly fromCache: boolean;
      /** What it was made from. */
      readonly origin: FrontEndOrigin;
      readonly store: () => void;
    }
  | {
      readonly ok: false;
      readonly mistakes: Mistakes;
      /** What was read, and what was looked for and not found. */
      readonly sources: readonly SourceDigest[];
    };

export interface FrontEndOrigin {
  readonly sources: readonly SourceDigest[];
  /** Variables of the environment that were read; null: not set. */
  readonly env: { readonly [name: string]: string | null };
}
