/** What an attempt is given: its command, environment and request, with every value filled in. Starts nothing. */
import type { ResolvedPort } from '../digest/resolve-inputs.ts';
import type { PortValue, RenderScope } from '../language/render-template.ts';
import { renderArgv, renderCommand, renderText, renderValue } from '../language/render-template.ts';
import { parseDigest } from '../model/digest.ts';
import type { Stage } from '../model/pipeline.ts';
import type { StageType } from '../model/plugin.ts';
import type { Answers } from '../model/question.ts';
import type { StageRequest } from '../plugin/protocol.ts';
import type { ProcessSpec } from '../ports/command-runner.ts';
import { fromWorkspace, inWorkspace } from '../store/layout.ts';
import type { Json } from '../util/canonical-json.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import type { AttemptFolder } from './attempt-folders.ts';
import type { BuildContext } from './build-context.ts';
import { checkpointFolder, SCRATCH_VARIABLE } from './checkpoints.ts';
import { stageEnvironment } from './environment.ts';
import type { FailureCause } from './failure.ts';
import * as failures from './failure.ts';
import type { Staging } from './staging.ts';
import { questionsOf } from './suspend.ts';

/** One try of one stage, before anything is known of its process. */
export interface Attempt {
  readonly stage: Stage;
  /** Of the strategy; undefined: the stage's own. */
  readonly strategy?: string | undefined;
  /** From 1, whatever the strategy. */
  readonly number: number;
  /** Of the inputs as they are for this attempt. */
  readonly fingerprint: string;
  readonly inputs: readonly ResolvedPort[];
  readonly answers: Answers;
  readonly staging: Staging;
  /** Undefined: it has the stage's own places. */
  readonly apart?: Apart | undefined;
}

/** What sets an attempt apart from others of the same stage, which may run at the same time. */
export interface Apart {
  /** Its place among those that vote, from 1. */
  readonly vote?: number;
  /** Names its staging and its scratch; letters and digits, beginning with a letter. */
  readonly place: string;
  /** Undefined: as of its number. */
  readonly seed?: number;
  /** Over the variables that every stage gets, and under those that this one declares. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What a worker needs to know beside that. */
export interface ServedBy {
  readonly type: StageType;
  readonly variables: Readonly<Record<string, string>>;
  readonly memoryBytesMax: number | undefined;
}

export interface PreparedAttempt {
  /** Of a process of its own; with a worker, `variables` are not yet taken out of its environment. */
  readonly spec: ProcessSpec;
  readonly request: StageRequest;
  /** Undefined: a process of its own runs it. */
  readonly worker: ServedBy | undefined;
}

/** Commands longer than this are run from a file: the kernel limits one argument to 128 KiB. */
const COMMAND_BYTES_MAX = 64 * 1024;

/** Writes the request, and the files that the command is too small for. Errors: why the attempt cannot start. */
export async function prepareAttempt(
  context: BuildContext,
  attempt: Attempt,
  folder: AttemptFolder,
): Promise<Result<PreparedAttempt, FailureCause>> {
  const prepared = await describeAttempt(context, attempt, folder);
  if (!prepared.ok) return prepared;
  const { fs } = context.state;
  if (!prepared.value.worker) fs.writeFile(folder.request, JSON.stringify(prepared.value.request));
  if (Object.keys(attempt.answers).length > 0) fs.writeFile(folder.answers, JSON.stringify(attempt.answers));
  return prepared;
}

/** All of it, with neither the request nor the answers written. */
export async function describeAttempt(
  context: BuildContext,
  attempt: Attempt,
  folder: AttemptFolder,
): Promise<Result<PreparedAttempt, FailureCause>> {
  const { stage, number } = attempt;
  const scope = renderScope(context, attempt);
  const declared: Record<string, string> = {};
  for (const [name, template] of Object.entries(stage.env)) {
    const text = await renderText(template, scope);
    if (!text.ok) return err(failures.expressionFailed(text.error));
    declared[name] = text.value;
  }
  const type = stage.action.kind === 'type' ? context.types.get(stage.action.type) : undefined;
  const isServed = type?.worker === true;
  const own: Record<string, string> = {
    ...(isServed ? {} : { WRANGLE_REQUEST: folder.request, WRANGLE_RESULT: folder.result }),
    WRANGLE_EVENTS: folder.events,
    WRANGLE_ANSWERS: folder.answers,
    [SCRATCH_VARIABLE]: checkpointFolder(context.state.layout, attempt),
    WRANGLE_STAGE: stage.id,
    WRANGLE_RUN_ID: context.runId,
    WRANGLE_ATTEMPT: String(number),
    WRANGLE_SEED: String(seedOf(attempt)),
  };
  const base = { ...context.baseEnv, TMPDIR: folder.tmp, ...attempt.apart?.env };
  const environment = stageEnvironment(base, stage, declared, own, context.caller);
  if (environment.missingSecrets.length > 0) return err(failures.secretMissing(environment.missingSecrets));
  if (environment.shortSecrets.length > 0) return err(failures.secretShort(environment.shortSecrets));

  const argv = await renderAction(context, attempt, scope);
  if (!argv.ok) return argv;
  const params = stage.action.kind === 'type' ? await renderValue(stage.action.with, scope) : ok(null);
  if (!params.ok) return err(failures.expressionFailed(params.error));

  const request = requestOf(context, attempt, folder, declared, (params.value ?? {}) as StageRequest['params']);
  const spec: ProcessSpec = {
    stage: stage.id,
    door: stage.action.kind === 'type' ? 'plugin' : 'command',
    argv: argv.value,
    cwd: context.state.layout.workspace,
    env: environment.env,
    logPath: context.logPath(stage.id, number),
    timeoutMs: stage.timeout_ms,
    graceMs: context.graceMs,
    secrets: context.secrets.values,
    onOutput: context.onOutput && ((text) => context.onOutput?.(stage.id, text)),
  };
  const variables = { ...own, TMPDIR: environment.env['TMPDIR'] ?? folder.tmp };
  const worker = isServed ? { type, variables, memoryBytesMax: stage.resources.memory_bytes } : undefined;
  return ok({ spec, request, worker });
}

function requestOf(
  context: BuildContext,
  attempt: Attempt,
  folder: AttemptFolder,
  declaredEnv: Readonly<Record<string, string>>,
  params: { readonly [name: string]: Json },
): StageRequest {
  const { clock } = context;
  const { stage, number, inputs, staging, answers } = attempt;
  const asked = Object.entries(questionsOf(context, stage.id)?.asked ?? {});
  return {
    protocol: 1,
    run_id: context.runId,
    stage: stage.id,
    attempt: number,
    ...(stage.item === undefined ? {} : { key: stage.item.key, item: stage.item.value }),
    params,
    inputs: Object.fromEntries(
      inputs.map((port) => [port.name, port.paths.map((item) => requestInput(context, item))]),
    ),
    outputs: requestOutputs(context, staging),
    env: declaredEnv,
    secrets: stage.secrets,
    answers,
    questions: Object.fromEntries(asked.map(([id, { digest }]) => [id, digest])),
    seed: seedOf(attempt),
    scratch: checkpointFolder(context.state.layout, attempt),
    deadline: stage.timeout_ms === undefined ? null : new Date(clock.nowMs() + stage.timeout_ms).toISOString(),
    events: folder.events,
  };
}

async function renderAction(
  context: BuildContext,
  { stage, staging }: Attempt,
  scope: RenderScope,
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
  return ok([...shell, fromWorkspace(context.state.layout, script)]);
}

function renderScope(context: BuildContext, { inputs, staging }: Attempt): RenderScope {
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
function seedOf({ stage: { id }, number, apart }: Attempt): number {
  let seed = (apart?.seed ?? number) >>> 0;
  for (let at = 0; at < id.length; at++) seed = (Math.imul(seed, 31) + id.charCodeAt(at)) >>> 0;
  return seed;
}
