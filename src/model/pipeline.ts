/**
 * What a pipeline says once everything that can be decided from its files is decided: defaults, params, includes and
 * paths are settled. Knows nothing of YAML and nothing of the state of the disk.
 *
 * Everything here is plain JSON data, because the front-end cache stores it (see design-notes, "The front end is cached").
 */
import type { Json } from '../util/canonical-json.ts';
import type { Location } from './location.ts';
import type { FailureCategory } from './outcome.ts';

export interface Pipeline {
  /** Path of the pipeline file from the workspace, POSIX; absolute when it lies outside. */
  readonly file: string;
  readonly description?: string;
  /** Effective values: declared defaults with the overrides of the command line applied. */
  readonly params: { readonly [name: string]: Json };
  /** Absent: it has none. */
  readonly pools?: { readonly [name: string]: Pool };
  /** In declaration order, included files where they are included. */
  readonly stages: readonly Stage[];
}

/** What stages share that name it; at least one of the two is there. */
export interface Pool {
  /** How many attempts run at once, at least 1. */
  readonly slots?: number;
  /** From one start to the next, in milliseconds; more than 0, not always whole. */
  readonly start_every_ms?: number;
}

export interface Stage {
  /** Unique in the pipeline. */
  readonly id: string;
  readonly description?: string;
  /** The stage's key in its file. */
  readonly origin: Location;
  readonly action: StageAction;
  /** Present: it is a fan-out, and never runs itself; the paths of its ports and its templates may have holes for the item. */
  readonly foreach?: Foreach;
  /** Present: it is an instance of a fan-out. */
  readonly item?: ItemOf;
  /** Absent: it always goes. False: it is skipped, whatever its producers do. */
  readonly when?: false | Condition;
  /** Present: what is tried when the stage fails, one after the other; see `asStrategy`. */
  readonly fallback?: readonly Strategy[];
  /** Sorted by port name. */
  readonly inputs: readonly InputPort[];
  /** Sorted by port name. */
  readonly outputs: readonly OutputPort[];
  /** Order only; ids of stages, sorted. */
  readonly needs: readonly string[];
  /** Passed to the process and part of the fingerprint; a value may refer to `inputs` and `outputs`. */
  readonly env: { readonly [name: string]: Template };
  /** Names passed on from the caller, not part of the fingerprint. */
  readonly pass_env: readonly string[];
  /** As `pass_env`, and masked wherever output is shown or kept. */
  readonly secrets: readonly string[];
  /** Of one attempt. */
  readonly timeout_ms?: number;
  /** Absent: an attempt that fails is not made again. */
  readonly retry?: Retry;
  /** Absent: the first attempt that ends well makes the outputs. */
  readonly vote?: Vote;
  /** Exit code -> category, for those that are not critical by themselves. */
  readonly exit_codes: { readonly [code: string]: FailureCategory };
  readonly on_failure: 'halt' | 'continue' | 'allow';
  readonly resources: { readonly cpus?: number; readonly memory_bytes?: number };
  /** Among those of the pipeline. */
  readonly pool?: string;
  /** Nothing runs beside it. */
  readonly exclusive: boolean;
  /** False: outputs are not kept in the store. */
  readonly cache: boolean;
  /** Stages with the same name publish together or not at all (design-notes, "Transactions and undo"). */
  readonly transaction?: string;
  /** Bumped by hand to force a rerun. */
  readonly version: Json;
  /** Never fresh. */
  readonly always: boolean;
  /** How long a result counts, more than 0; absent: for ever. */
  readonly ttl_ms?: number;
  /** `any`: results are shared between operating systems and architectures. */
  readonly platform: 'any' | 'native';
  readonly tags: readonly string[];
  readonly labels: { readonly [name: string]: string };
  /** Name -> `PORT#/json/pointer` into a JSON output. */
  readonly metrics: { readonly [name: string]: string };
}

/** What has to hold for a stage, or it is skipped. Everything known when the pipeline is loaded has its value in it. */
export interface Condition {
  /** CEL over `stages.NAME.metrics` and `item`; comes to true or false. */
  readonly expr: string;
  /** Ids of the stages whose metrics it speaks of, sorted; it waits for them. */
  readonly stages: readonly string[];
  /** Present: it speaks of the item, so it is asked about each instance and never about the fan-out. */
  readonly item?: true;
}

/** Another way to make a stage's outputs. What it does not have is the stage's. */
export interface Strategy {
  /** Unique in the stage, and not `primary`, which is the stage itself. */
  readonly name: string;
  readonly when?: false | Condition;
  readonly action: StageAction;
  readonly env: { readonly [name: string]: Template };
  readonly timeout_ms?: number;
  readonly retry?: Retry;
  readonly vote?: Vote;
  readonly exit_codes: { readonly [code: string]: FailureCategory };
  /** Names of the output ports that it writes at their final paths. */
  readonly in_place: readonly string[];
}

/** One run of the stage for each item of a list. */
export interface Foreach {
  /** Where the items are; all lists one after the other. It orders instances and is no input. */
  readonly in: InputPort;
  /** CEL over `item`. Absent: the item itself. */
  readonly key?: string;
  /** How many items share an attempt, at least 1. */
  readonly batch: number;
  /** How many items may be dropped before the stage fails: so many, or a share of all. Absent: any number. */
  readonly max_skipped?: { readonly count: number } | { readonly share: number };
}

/** What an instance was made for. */
export interface ItemOf {
  /** Id of the fan-out. */
  readonly stage: string;
  /** As the list has it, before it is encoded for the id. */
  readonly key: string;
  readonly value: Json;
}

export interface Retry {
  /** Attempts after the first one. */
  readonly max: number;
  readonly backoff: Backoff;
  /** Categories and codes of failures that are tried again. */
  readonly on: readonly string[];
}

/** The pause before attempt n + 1 is `base_ms * multiplier^(n-1)`, at most `max_ms`, less some jitter. */
export interface Backoff {
  readonly base_ms: number;
  readonly multiplier: number;
  readonly max_ms: number;
}

/** Several attempts, apart, answer the same question until one answer leads far enough. */
export interface Vote {
  /** By how many votes an answer has to lead, at least 1. */
  readonly ahead: number;
  /** How many attempts may vote, flagged ones among them; at least `ahead`. */
  readonly max: number;
  /** CEL over `outputs` and `item`: what answers are compared by. Absent: all that they made. */
  readonly by?: string;
  /** What becomes of a vote that is not decided by then. */
  readonly undecided: (typeof UNDECIDED)[number];
}

export const UNDECIDED = ['fail', 'suspend', 'widen'] as const;

/** What runs. Also says everything about it that belongs into the fingerprint. */
export type StageAction =
  | { readonly kind: 'shell'; readonly shell: 'bash' | 'sh'; readonly command: Template }
  | { readonly kind: 'argv'; readonly argv: readonly Template[] }
  | {
      readonly kind: 'type';
      /** `tabular/profile` */
      readonly type: string;
      /** After expressions and defaults; strings with `inputs` or `outputs` in them are templates. */
      readonly with: TemplateValue;
    };

/**
 * A text with holes. Everything known when the pipeline is loaded is already in the text parts; what is left refers to
 * the instance's own `inputs` and `outputs`, which have paths only when it starts.
 */
export type Template = readonly TemplatePart[];
export type TemplatePart = string | TemplateHole;

export interface TemplateHole {
  /**
   * CEL source over `inputs` and `outputs`, and in a fan-out over `item`; a plain name such as `inputs.NAME` needs no CEL to
   * evaluate.
   */
  readonly expr: string;
  /** How the value is put into a shell command: as words of its own, or inside quotes. `none` where there is no shell. */
  readonly quote: 'bare' | 'single' | 'double' | 'none';
}

/** JSON in which any string may be a template; a template that is one single hole keeps the value's type. */
export type TemplateValue =
  | null
  | boolean
  | number
  | string
  | { readonly template: Template }
  | { readonly list: readonly TemplateValue[] }
  | { readonly map: { readonly [key: string]: TemplateValue } };

export interface InputPort {
  readonly name: string;
  /** Declared as a list: its value is a list even when it has one item. A glob's value is always a list. */
  readonly list: boolean;
  /** In declared order, which is part of the fingerprint. */
  readonly items: readonly InputItem[];
}

export interface InputItem {
  /**
   * `folder` when the path ends in `/`; `glob` when it has `*`, `?`, `[` or `{`; `gather` for what the instances of a
   * fan-out make.
   */
  readonly kind: 'file' | 'folder' | 'glob' | 'gather';
  /** Relative to the workspace, normalised, without a trailing slash; or absolute. Of a gather, the pattern of the paths. */
  readonly path: string;
  /** Only in a fan-out: the path with holes for the item; `path` has `*` in their places. */
  readonly template?: Template;
  /** Only of a gather. */
  readonly of?: OutputName;
}

export interface OutputName {
  readonly stage: string;
  readonly port: string;
}

export interface OutputPort {
  readonly name: string;
  readonly list: boolean;
  readonly items: readonly OutputItem[];
  /** False: the bytes are not kept in the store. */
  readonly cache: boolean;
  readonly expect?: Expect;
  /** The command writes at the final path: nothing in it refers to the port (see design-notes, "Staging"). */
  readonly in_place: boolean;
}

export interface OutputItem {
  readonly kind: 'file' | 'folder';
  /** Relative to the workspace, normalised, without a trailing slash. */
  readonly path: string;
  /** As of `InputItem`. */
  readonly template?: Template;
}

/** A contract on an output, checked before it is published; of a list of paths, on each of them. At least one key is there. */
export interface Expect {
  readonly min_bytes?: number;
  readonly max_bytes?: number;
  /** A JSON Schema: of rows where the format has rows, JSON excepted, else of the document. */
  readonly schema?: Json;
  /** Number of rows: exactly, or within bounds. */
  readonly rows?: { readonly min?: number; readonly max?: number };
  /** Columns whose values together do not repeat; each list is a condition of its own. */
  readonly unique?: readonly (readonly string[])[];
  /** Columns that have a value in every row. */
  readonly not_null?: readonly string[];
  /** A pattern of the whole text. */
  readonly matches?: string;
  /** CEL over `output`; each comes to true. */
  readonly assert?: readonly string[];
}
