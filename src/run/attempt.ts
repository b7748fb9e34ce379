/** One try of one stage: from its resolved inputs to the end of its process. Publishes nothing. */
import type { ResolvedPort } from '../digest/resolve-inputs.ts';
import type { PortValue, RenderScope } from '../language/render-template.ts';
import { renderArgv, renderCommand, renderText, renderValue } from '../language/render-template.ts';
import { parseDigest } from '../model/digest.ts';
import type { Stage } from '../model/pipeline.ts';
import type { StageRequest, StageResult } from '../plugin/protocol.ts';
import { parseResult, parseStageEvent } from '../plugin/protocol.ts';
import type { ProcessEnd, ProcessSpec, RunningProcess } from '../ports/command-runner.ts';
import { fromWorkspace, inWorkspace } from '../store/layout.ts';
import type { Json } from '../util/canonical-json.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import type { BuildContext } from './build-context.ts';
import { stageEnvironment } from './environment.ts';
import { emit, log } from './events.ts';
import type { FailureCause } from './failure.ts';
import * as failures from './failure.ts';
import type { Scratch } from './scratch.ts';
import type { Staging } from './staging.ts';

export interface AttemptEnd {
  readonly durationMs: number;
  /** Undefined when it could not even be started. */
  readonly process: ProcessEnd | undefined;
  /** From the workspace; undefined when it printed nothing. */
  readonly log: string | undefined;
  readonly result:
    | {
        readonly status: 'ok';
        readonly metrics: Readonly<Record<string, Json>>;
        readonly discovered: readonly string[];
      }
    | { readonly status: 'failed'; readonly cause: FailureCause }
    | { readonly status: 'suspended' };
}

/** Commands longer than this are run from a file: the kernel limits one argument to 128 KiB. */
const COMMAND_BYTES_MAX = 64 * 1024;
const EXIT_SUSPENDED = 42;

export async function runAttempt(
  context: BuildContext,
  stage: Stage,
  attempt: number,
  inputs: readonly ResolvedPort[],
  staging: Staging,
): Promise<AttemptEnd> {
  const scratch = context.scratch.take();
  try {
    return await runIn(scratch, context, stage, attempt, inputs, staging);
  } finally {
    context.scratch.giveBack(scratch);
  }
}

async function runIn(
  scratch: Scratch,
  context: BuildContext,
  stage: Stage,
  attempt: number,
  inputs: readonly ResolvedPort[],
  staging: Staging,
): Promise<AttemptEnd> {
  const startedAt = context.clock.monotonicMs();
  const logPath = context.logPath(stage.id, attempt);
  const prepared = await prepare(context, stage, attempt, inputs, staging, scratch, logPath);
  if (!prepared.ok) {
    return { durationMs: 0, process: undefined, log: undefined, result: { status: 'failed', cause: prepared.error } };
  }

  const running = context.runner.start(prepared.value);
  const release = linkSignals(context, running);
  const end = await running.ended;
  release();

  const durationMs = Math.round(context.clock.monotonicMs() - startedAt);
  const metrics = readEvents(context, stage, scratch);
  const logged = end.hasLog ? fromWorkspace(context.state.layout, logPath) : undefined;
  if (end.leftovers)
    log(
      context,
      'warning',
      stage.id,
      'It left processes running in the background; they were ended.',
      'leftover-process',
    );
  return { durationMs, process: end, log: logged, result: judge(context, stage, scratch, end, metrics) };
}

/** What the end of the process and its result document say together; where they differ, failure wins. */
function judge(
  context: BuildContext,
  stage: Stage,
  scratch: Scratch,
  end: ProcessEnd,
  metrics: Readonly<Record<string, Json>>,
): AttemptEnd['result'] {
  const text = context.state.fs.readText(scratch.result);
  const isPlugin = stage.action.kind === 'type';
  let document: StageResult | undefined;
  if (text !== undefined) {
    const parsed = parseResult(text);
    // A process that died may have been writing: its exit says more than half a document.
    if (!parsed.ok && end.exitCode === 0) return { status: 'failed', cause: failures.badResult(parsed.error) };
    if (parsed.ok) document = parsed.value;
  }
  if (end.how === 'exit' && end.exitCode === EXIT_SUSPENDED) return { status: 'suspended' };
  if (document?.status === 'failed' && document.error && end.how === 'exit') {
    const { code, category, message } = document.error;
    return { status: 'failed', cause: { code, category, message, exit_code: end.exitCode, signal: end.signal } };
  }
  if (end.how !== 'exit' || end.exitCode !== 0) {
    return { status: 'failed', cause: failures.processFailed(end, stage.timeout_ms) };
  }
  if (isPlugin && !document) return { status: 'failed', cause: failures.noResult() };
  if (document?.status === 'suspended') return { status: 'suspended' };
  if (document?.status === 'failed')
    return { status: 'failed', cause: failures.badResult('it says "failed" without an error.') };
  const discovered = [...new Set(document?.discovered_inputs ?? [])];
  return { status: 'ok', metrics: { ...metrics, ...document?.metrics }, discovered };
}

async function prepare(
  context: BuildContext,
  stage: Stage,
  attempt: number,
  inputs: readonly ResolvedPort[],
  staging: Staging,
  scratch: Scratch,
  logPath: string,
): Promise<Result<ProcessSpec, FailureCause>> {
  const { layout, fs } = context.state;
  const scope = renderScope(context, inputs, staging);
  const declared: Record<string, string> = {};
  for (const [name, template] of Object.entries(stage.env)) {
    const text = await renderText(template, scope);
    if (!text.ok) return err(failures.expressionFailed(text.error));
    declared[name] = text.value;
  }
  const files = {
    WRANGLE_REQUEST: scratch.request,
    WRANGLE_RESULT: scratch.result,
    WRANGLE_EVENTS: scratch.events,
  };
  const own = {
    ...files,
    WRANGLE_STAGE: stage.id,
    WRANGLE_RUN_ID: context.runId,
    WRANGLE_ATTEMPT: String(attempt),
  };
  const base = { ...context.baseEnv, TMPDIR: scratch.tmp };
  const environment = stageEnvironment(base, stage, declared, own, context.caller);
  if (environment.missingSecrets.length > 0) return err(failures.secretMissing(environment.missingSecrets));

  if (environment.shortSecrets.length > 0) return err(failures.secretShort(environment.shortSecrets));

  const argv = await renderAction(context, stage, scope, staging);
  if (!argv.ok) return argv;
  const params = stage.action.kind === 'type' ? await renderValue(stage.action.with, scope) : ok(null);
  if (!params.ok) return err(failures.expressionFailed(params.error));

  const request: StageRequest = {
    protocol: 1,
    run_id: context.runId,
    stage: stage.id,
    attempt,
    params: (params.value ?? {}) as { [name: string]: Json },
    inputs: Object.fromEntries(
      inputs.map((port) => [port.name, port.paths.map((item) => requestInput(context, item))]),
    ),
    outputs: requestOutputs(context, staging),
    env: declared,
    secrets: stage.secrets,
    seed: seedOf(stage.id, attempt),
    scratch: scratch.tmp,
    deadline: stage.timeout_ms === undefined ? null : new Date(context.clock.nowMs() + stage.timeout_ms).toISOString(),
    events: scratch.events,
  };
  fs.writeFile(scratch.request, JSON.stringify(request));

  return ok({
    stage: stage.id,
    door: stage.action.kind === 'type' ? 'plugin' : 'command',
    argv: argv.value,
    cwd: layout.workspace,
    env: environment.env,
    logPath,
    timeoutMs: stage.timeout_ms,
    graceMs: context.graceMs,
    secrets: environment.secretValues,
    onOutput: context.onOutput && ((text) => context.onOutput?.(stage.id, text)),
  });
}

async function renderAction(
  context: BuildContext,
  stage: Stage,
  scope: RenderScope,
  staging: Staging,
): Promise<Result<[string, ...string[]], FailureCause>> {
  const { fs } = context.state;
  const { action } = stage;
  if (action.kind === 'type') {
    const type = context.types.get(action.type);
    if (!type) return err(failures.expressionFailed(`No listed plugin provides ${JSON.stringify(action.type)}.`));
    if ('node' in type.run) return ok([context.nodePath, `${type.dir}/${type.run.node.replace(/^\.\//, '')}`]);
    // An element that names a file of the package means that file, wherever the process runs.
    const argv = type.run.argv.map((word) => {
      const file = `${type.dir}/${word.replace(/^\.\//, '')}`;
      return !word.startsWith('-') && fs.stat(file)?.type === 'file' ? file : word;
    });
    return ok(argv as [string, ...string[]]);
  }
  if (action.kind === 'argv') {
    const argv = await renderArgv(action.argv, scope);
    if (!argv.ok) return err(failures.expressionFailed(argv.error));
    const [file, ...rest] = argv.value;
    if (file === undefined || file === '')
      return err(failures.expressionFailed('The command is empty once its values are filled in.'));
    return ok([file, ...rest]);
  }
  const command = await renderCommand(action.command, scope);
  if (!command.ok) return err(failures.expressionFailed(command.error));
  const shell: [string, ...string[]] =
    action.shell === 'sh' ? ['/bin/sh', '-e'] : ['/bin/bash', '--noprofile', '--norc', '-eo', 'pipefail'];
  if (Buffer.byteLength(command.value) <= COMMAND_BYTES_MAX) return ok([...shell, '-c', command.value]);
  const script = `${staging.files}/command.sh`;
  fs.makeFolder(staging.files);
  fs.writeFile(script, command.value);
  return ok([...shell, script]);
}

function renderScope(context: BuildContext, inputs: readonly ResolvedPort[], staging: Staging): RenderScope {
  const { fs, layout } = context.state;
  const listFile = (name: string, paths: readonly string[]) => () => {
    const file = `${staging.files}/${name}.txt`;
    fs.makeFolder(staging.files);
    fs.writeFile(file, paths.map((path) => `${path}\n`).join(''));
    return fromWorkspace(layout, file);
  };
  const inputValues = inputs.map(({ name, list, paths }): [string, PortValue] => {
    const plain = paths.map(({ path }) => path);
    return [name, { paths: plain, list, listFile: listFile(`inputs-${name}`, plain) }];
  });
  const outputValues = new Map<string, PortValue>();
  for (const { port } of staging.outputs) {
    const paths = staging.outputs.filter((output) => output.port === port).map(({ writtenAt }) => writtenAt);
    outputValues.set(port.name, { paths, list: port.list, listFile: listFile(`outputs-${port.name}`, paths) });
  }
  return { inputs: new Map(inputValues), outputs: outputValues };
}

function requestInput(
  context: BuildContext,
  item: ResolvedPort['paths'][number],
): StageRequest['inputs'][string][number] {
  const digest = parseDigest(item.digest);
  return {
    path: inWorkspace(context.state.layout, item.path),
    sha256: digest?.sha256 ?? '',
    size_bytes: digest?.sizeBytes ?? 0,
  };
}

/** A port with one path is given as that path, one declared as a list as a list. */
function requestOutputs(context: BuildContext, staging: Staging): StageRequest['outputs'] {
  const outputs = new Map<string, { path: string } | { path: string }[]>();
  for (const { port, writtenAt } of staging.outputs) {
    const output = { path: inWorkspace(context.state.layout, writtenAt) };
    const before = outputs.get(port.name);
    if (!port.list) outputs.set(port.name, output);
    else outputs.set(port.name, Array.isArray(before) ? [...before, output] : [output]);
  }
  return Object.fromEntries(outputs);
}

/** The same for the same stage and attempt, so that a stage that uses it is repeatable. */
function seedOf(stage: string, attempt: number): number {
  let seed = attempt >>> 0;
  for (let at = 0; at < stage.length; at++) seed = (Math.imul(seed, 31) + stage.charCodeAt(at)) >>> 0;
  return seed;
}

function linkSignals(context: BuildContext, running: RunningProcess): () => void {
  const stop = () => running.cancel();
  const kill = () => running.cancel(true);
  if (context.killSignal.aborted) kill();
  else if (context.signal.aborted) stop();
  context.signal.addEventListener('abort', stop);
  context.killSignal.addEventListener('abort', kill);
  return () => {
    context.signal.removeEventListener('abort', stop);
    context.killSignal.removeEventListener('abort', kill);
  };
}

/** Lines the stage wrote to WRANGLE_EVENTS; a line that is no event is passed over. */
function readEvents(context: BuildContext, stage: Stage, scratch: Scratch): Record<string, Json> {
  const metrics: Record<string, Json> = {};
  const text = context.state.fs.readText(scratch.events);
  for (const line of text?.split('\n') ?? []) {
    const event = line === '' ? undefined : parseStageEvent(line);
    if (!event) continue;
    if (event.type === 'metric') metrics[event.name] = event.value;
    else if (event.type === 'log')
      emit(context, 'log', stage.id, event.message, { level: event.level, code: undefined, stream: 'stage' });
    else if (event.type === 'progress') {
      const { done, total, note } = event;
      emit(context, 'task_progress', stage.id, note ?? `${done ?? ''}/${total ?? ''}`, { done, total, note });
    }
  }
  return metrics;
}
