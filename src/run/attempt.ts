/** One try of one stage: from its resolved inputs to the end of its process. Publishes nothing. */
import { EXIT_SUSPENDED } from '../model/outcome.ts';
import type { Stage } from '../model/pipeline.ts';
import type { Question } from '../model/question.ts';
import { unnamedQuestion } from '../model/question.ts';
import type { ToldResult } from '../plugin/protocol.ts';
import { parseResult, readResult, readStageEvent } from '../plugin/protocol.ts';
import type { ProcessEnd, RunningProcess } from '../ports/command-runner.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { RequestEnd, RunningRequest } from '../ports/worker-pool.ts';
import { fromWorkspace } from '../store/layout.ts';
import type { Json } from '../util/canonical-json.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import type { AttemptFolder } from './attempt-folders.ts';
import type { BuildContext } from './build-context.ts';
import type { Listener } from './event-files.ts';
import { log } from './events.ts';
import type { FailureCause } from './failure.ts';
import * as failures from './failure.ts';
import { onAbort } from './on-abort.ts';
import type { Attempt, PreparedAttempt } from './prepare-attempt.ts';
import { prepareAttempt } from './prepare-attempt.ts';
import { ToldEvents } from './told-events.ts';

export interface AttemptEnd {
  readonly durationMs: number;
  /** Undefined when it could not even be started. */
  readonly process: ProcessEnd | undefined;
  /** What it was given; undefined when that could not be made. */
  readonly prepared: PreparedAttempt | undefined;
  /** From the workspace; undefined when it printed nothing. */
  readonly log: string | undefined;
  readonly result:
    | {
        readonly status: 'ok';
        readonly metrics: Readonly<Record<string, Json>>;
        readonly discovered: readonly string[];
      }
    | { readonly status: 'failed'; readonly cause: FailureCause }
    | { readonly status: 'suspended'; readonly question: Question; readonly isNamed: boolean };
}

/** An attempt of which nothing is missing but its process. */
export interface ReadyAttempt {
  readonly folder: AttemptFolder;
  readonly prepared: Result<PreparedAttempt, FailureCause>;
}

/** Whoever calls it runs the attempt or drops it. Errors: those of the disk. */
export async function readyAttempt(context: BuildContext, attempt: Attempt): Promise<ReadyAttempt> {
  const folder = context.attemptFolders.take();
  return { folder, prepared: await prepareAttempt(context, attempt, folder) };
}

export function dropAttempt(context: BuildContext, { folder }: ReadyAttempt): void {
  context.attemptFolders.giveBack(folder);
}

/** `stop`: as of `runPrepared`. */
export async function runAttempt(
  context: BuildContext,
  { stage }: Attempt,
  { folder, prepared }: ReadyAttempt,
  stop?: AbortSignal,
): Promise<AttemptEnd> {
  try {
    return await runIn(folder, context, stage, prepared, stop);
  } finally {
    context.attemptFolders.giveBack(folder);
  }
}

async function runIn(
  folder: AttemptFolder,
  context: BuildContext,
  stage: Stage,
  prepared: ReadyAttempt['prepared'],
  stop: AbortSignal | undefined,
): Promise<AttemptEnd> {
  if (!prepared.ok) return unprepared(prepared.error);
  const told = new ToldEvents(context, stage);
  const { end, given, ...over } = await runPrepared(context, stage, folder, prepared.value, told, stop);
  const result = await judge(stage, end, given, told.metrics);
  return { ...over, process: end, prepared: prepared.value, result };
}

/** It could not even be started. */
export function unprepared(cause: FailureCause): AttemptEnd {
  const result = { status: 'failed' as const, cause };
  return { durationMs: 0, process: undefined, prepared: undefined, log: undefined, result };
}

export type ProcessOver = Pick<AttemptEnd, 'durationMs' | 'log'> & {
  readonly end: ProcessEnd & Partial<RequestEnd>;
  readonly given: Given;
};

/** Starts what was prepared and waits for its end. `stop`: ends it, beside what ends all attempts of the run. */
export async function runPrepared(
  context: BuildContext,
  stage: Stage,
  folder: AttemptFolder,
  prepared: PreparedAttempt,
  told: Listener,
  stop?: AbortSignal,
): Promise<ProcessOver> {
  const startedAt = context.clock.monotonicMs();
  const served = startWorker(context, prepared, told);
  const running = served ?? context.runner.start(prepared.spec);
  const release = linkSignals(context, running);
  if (stop?.aborted) running.cancel();
  stop?.addEventListener('abort', () => running.cancel());
  const endEvents = context.eventFiles.follow(folder.events, told);
  const end: ProcessEnd & Partial<RequestEnd> = await running.ended;
  release();

  const durationMs = Math.round(context.clock.monotonicMs() - startedAt);
  const isLeft = context.attemptFolders.lookAtLeft(folder);
  endEvents(isLeft(folder.events));
  const logged = end.hasLog ? fromWorkspace(context.state.layout, prepared.spec.logPath) : undefined;
  if (end.leftovers)
    log(
      context,
      'warning',
      stage.id,
      'It left processes running in the background; they were ended.',
      'leftover-process',
    );
  return {
    durationMs,
    log: logged,
    end,
    given: served ? answerOf(end) : isLeft(folder.result) ? readDocument(context, folder) : ok(undefined),
  };
}

/** Undefined when a process of its own runs it. */
function startWorker(
  context: BuildContext,
  { spec, request, worker }: PreparedAttempt,
  told: Pick<Listener, 'tell'>,
): RunningRequest | undefined {
  if (!worker) return undefined;
  const { type, variables } = worker;
  const env = Object.fromEntries(Object.entries(spec.env).filter(([name]) => !Object.hasOwn(variables, name)));
  return context.workers.start({
    spec: { ...spec, env },
    type: type.name,
    code: type.code_digest,
    variables,
    document: request,
    memoryBytesMax: worker.memoryBytesMax,
    onEvent: (members) => {
      const event = readStageEvent(members);
      if (event) told.tell(event);
    },
  });
}

/** What it gave for a result document; undefined when it gave none. Errors: why it is none. */
export type Given = Result<ToldResult | undefined, string>;

function answerOf({ answer }: Partial<RequestEnd>): Given {
  return answer === undefined ? ok(undefined) : readResult(answer);
}

function readDocument(context: BuildContext, folder: AttemptFolder): Given {
  const left = readLeft(context.state.fs, folder.result);
  return !left.ok || left.value === undefined ? (left as Given) : parseResult(left.value);
}

/** What the end of the process and its result document say together; where they differ, failure wins. */
export async function judge(
  stage: Stage,
  end: ProcessEnd & Partial<RequestEnd>,
  given: Given,
  metrics: Readonly<Record<string, Json>>,
): Promise<AttemptEnd['result']> {
  const isPlugin = stage.action.kind === 'type';
  if (end.fault) return { status: 'failed', cause: failures.workerFailed(end.fault, end) };
  /** A worker that goes on has no exit code. */
  const isWell = end.how === 'exit' && (end.exitCode ?? 0) === 0;
  // A process that failed may have been writing: its exit says more than half a document.
  const isAsking = end.how === 'exit' && end.exitCode === EXIT_SUSPENDED;
  if (!given.ok && (isWell || isAsking)) return { status: 'failed', cause: failures.badResult(given.error) };
  const document = given.ok ? given.value : undefined;
  if (document?.status === 'failed' && document.error && end.how === 'exit') {
    return { status: 'failed', cause: failures.saidByStage(document.error, end) };
  }
  if (isAsking) return suspended(stage, document?.question);
  if (!isWell) {
    const cause = failures.processFailed(end, stage);
    return { status: 'failed', cause: given.ok || end.how !== 'exit' ? cause : failures.unread(cause, given.error) };
  }
  if (isPlugin && !document) return { status: 'failed', cause: failures.noResult() };
  if (document?.status === 'suspended') return suspended(stage, document.question);
  if (document?.status === 'failed')
    return { status: 'failed', cause: failures.badResult('it says "failed" without an error.') };
  const discovered = [...new Set(document?.discovered_inputs ?? [])];
  return { status: 'ok', metrics: { ...metrics, ...document?.metrics }, discovered };
}

/** A question that nobody can answer rightly is a mistake of the stage. */
export async function suspended(stage: Stage, question: Question | undefined): Promise<AttemptEnd['result']> {
  if (question?.schema !== undefined) {
    const { compileSchema } = await import('../schema/validate.ts');
    const compiled = compileSchema(question.schema);
    if (!compiled.ok) {
      const problem = `the "schema" of its "question" cannot be used: ${compiled.error}.`;
      return { status: 'failed', cause: failures.badResult(problem) };
    }
  }
  return { status: 'suspended', question: question ?? unnamedQuestion(stage.id), isNamed: question !== undefined };
}

function linkSignals(context: BuildContext, running: RunningProcess): () => void {
  const stop = () => running.cancel();
  const kill = () => running.cancel(true);
  if (context.killSignal.aborted) kill();
  else if (context.signal.aborted) stop();
  const releases = [onAbort(context.signal, stop), onAbort(context.killSignal, kill)];
  return () => {
    for (const release of releases) release();
  };
}

/** The text that a process left in a file of wrangle's own. Errors: what it made of the file instead. */
function readLeft(fs: FileSystem, path: string): Result<string | undefined, string> {
  try {
    return ok(fs.readText(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EISDIR' || code === 'EINVAL') return err('it is no file.');
    if (code === 'EACCES' || code === 'EPERM') return err('permission denied.');
    throw error;
  }
}
