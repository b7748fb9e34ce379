/**
 * One stage type on its own: checked as in a pipeline, and run by the same engine in a workspace made for it, which goes
 * when it has ended (design-notes, "Stage types as commands"). Knows nothing of how it was asked for.
 */
import { declaredEntries, hashContract, hashDeclared } from '../digest/fingerprint.ts';
import type { WrangleEvent } from '../model/event.ts';
import type { StageGraph } from '../model/graph.ts';
import type { InputPort, OutputPort, Stage, TemplateValue } from '../model/pipeline.ts';
import type { StageType } from '../model/plugin.ts';
import { STAGE_DEFAULTS } from '../model/stage-defaults.ts';
import { environmentFailure } from '../run/build-context.ts';
import { withDefaults } from '../schema/defaults.ts';
import type { Json } from '../util/canonical-json.ts';
import { compareText } from '../util/compare.ts';
import type { BuildReport, BuildRequest } from './build-request.ts';
import { buildLoaded } from './build-workspace.ts';
import type { FrontEnd } from './loaded.ts';
import { placeOutputs } from './place-outputs.ts';
import type { EnginePorts } from './ports.ts';
import type { EnvironmentProblem, Invalid } from './requests.ts';
import { passingWorkers } from './worker-owner.ts';

/** What a stage type is to do. */
export interface AskedStage {
  readonly type: StageType;
  /** As they were given; defaults are filled in later. */
  readonly params: { readonly [name: string]: Json };
  /** By port; absolute. */
  readonly inputs: ReadonlyMap<string, readonly string[]>;
  /** By port. */
  readonly outputs: ReadonlyMap<string, readonly OutputTarget[]>;
}

export interface OutputTarget {
  /** What its file is called while it is written: plugins look at extensions. */
  readonly name: string;
  /** As messages call it. */
  readonly shown: string;
  /** Where it goes, absolute. A stream is handed to `toStream` instead. */
  readonly to: { readonly path: string } | { readonly stream: string };
}

export interface StageCommandRequest
  extends Pick<BuildRequest, 'command' | 'signal' | 'killSignal' | 'graceMs' | 'onEvent' | 'onOutput'> {
  /** Absolute path of a store to use; undefined: none. */
  readonly store: string | undefined;
  /** Copies a file, by its absolute path, to a stream of that name. */
  readonly toStream: (from: string, stream: string) => Promise<void>;
}

/** Its stage has the last part of the type's name; its run's `events` speak of that. */
export type StageCommandReport = Extract<BuildReport, { status: 'built' }> | Invalid | EnvironmentProblem;

export async function runStageCommand(
  ports: EnginePorts,
  asked: AskedStage,
  request: StageCommandRequest,
): Promise<StageCommandReport> {
  const { fs } = ports;
  const base = fs.realPath(ports.env['TMPDIR'] ?? '/tmp') ?? '/tmp';
  const dir = `${base}/wrangle-${ports.randomId(10)}`;
  try {
    fs.makeFolder(dir);
    fs.chmod(dir, 0o700);
  } catch (error) {
    return { status: 'environment', message: environmentFailure('make a temporary folder', error).message };
  }
  try {
    const frontEnd = frontEndOf(ports, asked, request.store);
    const loaded = { ok: true, frontEnd, fromCache: false, origin: { sources: [], env: {} }, store: () => {} } as const;
    const names = shownNames(asked);
    const { store, toStream, onEvent, ...rest } = request;
    const report = await buildLoaded(
      ports,
      dir,
      {
        ...rest,
        ...NO_CHOICES,
        cache: store === undefined ? 'off' : 'rw',
        onEvent: (event) => onEvent(outsideOf(event, names)),
      },
      loaded,
      { proofPath: undefined, hasFiles: false, workers: passingWorkers(ports) },
    );
    if (report.status === 'locked') return { status: 'environment', message: 'The temporary folder is in use.' };
    if (report.status !== 'built' || report.outcome !== 'done') return report;
    return (await deliver(ports, dir, asked, toStream)) ?? report;
  } finally {
    fs.remove(dir);
  }
}

const NO_CHOICES = {
  file: undefined,
  targets: [],
  params: [],
  force: false,
  jobs: 1,
  defaultJobs: () => 1,
  keepGoing: false,
  atomic: false,
  waitForLock: true,
  onWait: () => {},
  onRecovered: () => {},
} as const satisfies Partial<BuildRequest>;

async function deliver(
  { fs, randomId }: EnginePorts,
  dir: string,
  { outputs }: AskedStage,
  toStream: StageCommandRequest['toStream'],
): Promise<EnvironmentProblem | undefined> {
  const placed: { from: string; to: string }[] = [];
  const streamed: { from: string; stream: string }[] = [];
  for (const [port, targets] of outputs) {
    for (const [at, { to, name }] of targets.entries()) {
      const from = `${dir}/${stagedPath(port, at, name)}`;
      if ('path' in to) placed.push({ from, to: to.path });
      else streamed.push({ from, stream: to.stream });
    }
  }
  try {
    await placeOutputs(fs, placed, randomId(6));
    for (const { from, stream } of streamed) await toStream(from, stream);
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return { status: 'environment', message: environmentFailure('write an output', error).message };
  }
}

/** The graph of one stage, without any file that says so. */
function frontEndOf({ platform }: EnginePorts, asked: AskedStage, store: string | undefined): FrontEnd {
  const { type } = asked;
  const stage = stageOf(asked);
  const graph: StageGraph = {
    pipeline: { file: type.name, params: {} },
    stages: [stage],
    producers: [[]],
    consumers: [[]],
    item_producers: [stage.inputs.flatMap(({ items }) => items.map(() => []))],
  };
  return {
    graph,
    declaredHashes: [hashDeclared(declaredEntries(stage, () => type, platform))],
    contractHashes: [hashContract(stage)],
    types: [type],
    settings: {
      // Whose store it is cleans it.
      storeBytesMax: Number.POSITIVE_INFINITY,
      isPassing: true,
      ...(store === undefined ? {} : { cacheFolder: store }),
    },
    warnings: [],
  };
}

function stageOf({ type, params, inputs, outputs }: AskedStage): Stage {
  return {
    ...STAGE_DEFAULTS,
    id: stageName(type),
    origin: { file: type.name, line: 1, column: 1, end_line: 1, end_column: 1 },
    action: { kind: 'type', type: type.name, with: plainValue(withDefaults(params, type.params)) },
    inputs: [...inputs].map((port) => inputPort(type, port)).sort((a, b) => compareText(a.name, b.name)),
    outputs: [...outputs].map((port) => outputPort(type, port)).sort((a, b) => compareText(a.name, b.name)),
    platform: type.platform,
  };
}

/** `tabular/profile`: `profile` */
export function stageName({ name }: Pick<StageType, 'name'>): string {
  return name.slice(name.indexOf('/') + 1);
}

function inputPort(type: StageType, [name, paths]: readonly [string, readonly string[]]): InputPort {
  const { kind, many } = portOf(type.inputs, name);
  return { name, list: many, items: paths.map((path) => ({ kind, path })) };
}

function outputPort(type: StageType, [name, targets]: readonly [string, readonly OutputTarget[]]): OutputPort {
  const { kind, many, schema } = portOf(type.outputs, name);
  return {
    name,
    list: many,
    items: targets.map((target, at) => ({ kind, path: stagedPath(name, at, target.name) })),
    cache: true,
    ...(schema === undefined ? {} : { expect: { schema } }),
    in_place: false,
  };
}

/** Its own declaration, else that of all ports that are not named. */
export function portOf(ports: StageType['inputs'], name: string): StageType['inputs'][string] {
  const port = Object.hasOwn(ports, name) ? ports[name] : ports['*'];
  return port ?? { kind: 'file', media: [], optional: false, many: false };
}

function stagedPath(port: string, at: number, name: string): string {
  return at === 0 ? `${port}/${name}` : `${port}/${at + 1}/${name}`;
}

/** Text from the command line has no expressions in it. */
function plainValue(value: Json): TemplateValue {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return { list: (value as readonly Json[]).map(plainValue) };
  return { map: Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plainValue(member as Json)])) };
}

/** Where an output is written -> where it goes, as messages quote them. */
function shownNames({ outputs }: AskedStage): ReadonlyMap<string, string> {
  return new Map(
    [...outputs].flatMap(([port, targets]) =>
      targets.map(({ name, shown }, at) => [JSON.stringify(stagedPath(port, at, name)), JSON.stringify(shown)]),
    ),
  );
}

/** What happened, without the places that are gone when it has ended. */
function outsideOf(event: WrangleEvent, names: ReadonlyMap<string, string>): WrangleEvent {
  const rename = (message: string) => {
    let renamed = message;
    for (const [inside, outside] of names) renamed = renamed.replaceAll(inside, () => outside);
    return renamed;
  };
  if (event.event === 'task_failed') {
    const { failure } = event.details.data;
    const told = { ...failure, message: rename(failure.message), log: undefined, kept: undefined };
    return { ...event, details: { message: told.message, data: { ...event.details.data, failure: told } } };
  }
  if (event.event === 'log' && event.details.data.code === 'undeclared-output') {
    const message = event.details.message.replace(/; kept in .*$/s, '; it was not kept.');
    return { ...event, details: { ...event.details, message } };
  }
  return event;
}
