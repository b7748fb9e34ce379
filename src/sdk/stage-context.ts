/** What a stage sees of its attempt, made from the request document. Knows no process. */
import { mkdirSync, readFileSync } from 'node:fs';
import type { FailureCategory } from '../model/outcome.ts';
import type { Question } from '../model/question.ts';
import type { RequestInput, RequestOutput, StageError, StageEvent, StageRequest } from '../plugin/protocol.ts';
import { questionDigest } from '../plugin/question-digest.ts';
import type { Json } from '../util/canonical-json.ts';
import type { Checkpoint } from './checkpoint.ts';
import { openCheckpoint } from './checkpoint.ts';

/** An input file or folder: absolute path, digest and size at the start of the attempt. */
export type StageFile = RequestInput;

/** Where to write a file or folder; absolute. */
export type StageOutput = RequestOutput;

/** The types of a stage: its params, and per port one file or a list; optional ports may be undefined. */
export interface StageShape {
  readonly params: object;
  readonly inputs: { readonly [port: string]: StageFile | readonly StageFile[] | undefined };
  readonly outputs: { readonly [port: string]: RequestOutput | readonly RequestOutput[] | undefined };
}

export type LogFunction = (message: string, level?: 'debug' | 'info' | 'warning' | 'error') => void;
export type ProgressFunction = (state: { done?: number; total?: number; note?: string }) => void;

export interface StageContext<Shape extends StageShape = StageShape> {
  /** `with`, with defaults filled in. */
  readonly params: Shape['params'];
  /** Per port its file, or its list for ports named in `lists`. */
  readonly inputs: Shape['inputs'];
  /** Per port where to write. Folders of outputs exist. */
  readonly outputs: Shape['outputs'];
  /**
   * Of an instance of a fan-out: its item. For messages, and not more: whether the stage is fresh depends on `params`, so
   * what the outputs are made of has to come from there.
   */
  readonly item: Json | undefined;
  /** One line for the log of the run; what is printed goes to the stage's own log. */
  readonly log: LogFunction;
  /** Called as often as is convenient; most calls are passed over. */
  readonly progress: ProgressFunction;
  /** Set members of this; they go into the run's record. */
  readonly metrics: { [name: string]: Json };
  /**
   * A folder for what must outlive the attempt: it stays through failures, suspensions and kills until the stage
   * succeeds, and is new when the stage's inputs, params or code change. For the rest there is `os.tmpdir()`.
   */
  readonly scratch: string;
  /** How far it came, in one JSON document in `scratch`. */
  readonly checkpoint: Checkpoint;
  /** The secrets that the stage declares, by name. */
  readonly secrets: { readonly [name: string]: string | undefined };
  /** The same for the same stage and attempt: seed random numbers with it. */
  readonly seed: number;
  /** Aborted when the attempt is stopped or out of time; after a grace the process is killed. */
  readonly signal: AbortSignal;
  /** When the attempt will be stopped; undefined without a timeout. */
  readonly deadline: Date | undefined;
  /** Ends the attempt. `code` is kebab-case and stable. Never returns. */
  readonly fail: (
    code: string,
    category: FailureCategory,
    message: string,
    where?: Pick<StageError, 'file' | 'row' | 'column'>,
  ) => never;
  /**
   * The answer when there is one; else ends the attempt, which is tried again once a person has answered. An answer that
   * was given to another text or schema is none. The engine has checked it against the schema.
   */
  readonly suspend: (question: Question) => Json;
}

/** Ports that are always a list, and those that may be one; a name for all ports is `*`. */
type ListPort<Inputs> = PortName<{
  [P in keyof Inputs]: NonNullable<Inputs[P]> extends readonly unknown[] ? P : never;
}>;
type MaybeListPort<Inputs> = PortName<{
  [P in keyof Inputs]: Extract<NonNullable<Inputs[P]>, readonly unknown[]> extends never ? never : P;
}>;
type PortName<Ports> = Ports[keyof Ports] extends infer Name
  ? string extends Name
    ? '*' | string
    : Name & string
  : never;

interface Lists<Name extends string> {
  /** Input ports whose value is a list of files; `*` for all that are not named. All others have one file. */
  readonly lists: readonly Name[];
}

export type StageDefinition<Shape extends StageShape = StageShape> = {
  /** Writes the outputs. Ends well when it returns; fails when it throws. */
  readonly run: (ctx: StageContext<Shape>) => void | Promise<void>;
} & ([ListPort<Shape['inputs']>] extends [never]
  ? Partial<Lists<MaybeListPort<Shape['inputs']>>>
  : Lists<MaybeListPort<Shape['inputs']>>);

/** Thrown by `ctx.fail`. Code that has no context may throw it too. */
export class StageFailure extends Error {
  override readonly name = 'StageFailure';
  readonly error: StageError;

  constructor(error: StageError) {
    super(error.message);
    this.error = error;
  }
}

/** Thrown by `ctx.suspend`. */
export class StageSuspension extends Error {
  override readonly name = 'StageSuspension';
  readonly question: Question;

  constructor(question: Question) {
    super(question.text);
    this.question = question;
  }
}

const PROGRESS_INTERVAL_MS = 100;

/** What a stage tells while it runs. */
export type StageTold = Exclude<StageEvent, { readonly type: 'item' }>;

/** What a context is connected to. */
export interface ContextPorts {
  readonly signal: AbortSignal;
  /** Gets what the stage tells. */
  readonly emit: (event: StageTold) => void;
  /** Gets what `fail` and `suspend` throw. */
  readonly onEnd: (end: StageFailure | StageSuspension) => void;
}

/** `lists`: input ports whose value is a list; `*` for all that are not named. Errors: throws `StageFailure`. */
export function makeContext(
  request: StageRequest,
  lists: readonly string[],
  { signal, emit, onEnd }: ContextPorts,
): StageContext {
  const end = (thrown: StageFailure | StageSuspension): never => {
    onEnd(thrown);
    throw thrown;
  };
  const fail: StageContext['fail'] = (code, category, message, where = {}) =>
    end(new StageFailure({ code, category, message, ...where }));
  return {
    params: request.params,
    inputs: Object.fromEntries(
      Object.entries(request.inputs).map(([port, files]) => [port, inputValue(port, files, lists)]),
    ),
    outputs: request.outputs,
    item: request.item,
    log: (message, level = 'info') => emit({ type: 'log', level, message }),
    progress: makeProgress(emit),
    metrics: {},
    // An item of a batch has none yet: two folders cost more than many an item does.
    get scratch() {
      mkdirSync(request.scratch, { recursive: true });
      return request.scratch;
    },
    checkpoint: openCheckpoint(request.scratch),
    secrets: readSecrets(request),
    seed: request.seed,
    signal,
    deadline: request.deadline === null ? undefined : new Date(request.deadline),
    fail,
    suspend: (question) => {
      const { answers = {}, questions = {} } = request;
      const { id } = question;
      // Where nobody knows what was asked, an answer is taken for what it says it is.
      const isOther = Object.hasOwn(questions, id) && questions[id] !== questionDigest(question);
      if (Object.hasOwn(answers, id) && !isOther) return answers[id] as Json;
      return end(new StageSuspension(question));
    },
  };
}

/** Of many calls some are told, and the last one always: what follows it may take long. */
function makeProgress(emit: ContextPorts['emit']): ProgressFunction {
  let toldAt = Number.NEGATIVE_INFINITY;
  let latest: Parameters<ProgressFunction>[0] | undefined;
  let timer: NodeJS.Timeout | undefined;
  const tell = ({ done, total, note }: Parameters<ProgressFunction>[0]) => {
    toldAt = performance.now();
    latest = undefined;
    emit({ type: 'progress', done, total, note });
  };
  return (state) => {
    const isEnd = state.done !== undefined && state.done === state.total;
    const waitMs = toldAt + PROGRESS_INTERVAL_MS - performance.now();
    if (waitMs <= 0 || isEnd) {
      tell(state);
      return;
    }
    latest = state;
    if (timer) return;
    timer = setTimeout(() => {
      timer = undefined;
      if (latest) tell(latest);
    }, waitMs);
    timer.unref();
  };
}

function inputValue(
  port: string,
  files: readonly StageFile[],
  lists: readonly string[],
): StageFile | readonly StageFile[] {
  if (lists.includes(port) || lists.includes('*')) return files;
  const [only, ...rest] = files;
  if (only !== undefined && rest.length === 0) return only;
  throw new StageFailure({
    code: 'input-count',
    category: 'critical',
    message: `The input "${port}" takes one path, and there are ${files.length}.`,
  });
}

function readSecrets({ secrets = [], secrets_file: file }: StageRequest): { [name: string]: string | undefined } {
  if (typeof file === 'string') return JSON.parse(readFileSync(file, 'utf8')) as { [name: string]: string };
  return Object.fromEntries(secrets.map((name) => [name, process.env[name]]));
}
