/**
 * The pipelines in `examples/` of a package, built in copies of that folder. What wrangle gives to each stage of the
 * package is written down on the way, so that it can be given again, changed in one thing at a time.
 */
import { walkFolder } from '../../digest/tree.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { Failure } from '../../model/event.ts';
import type { Stage } from '../../model/pipeline.ts';
import type { Plugin, StageType } from '../../model/plugin.ts';
import type { StageRequest } from '../../plugin/protocol.ts';
import type { ProcessSpec } from '../../ports/command-runner.ts';
import type { FileSystem } from '../../ports/file-system.ts';
import type { WorkerRequest } from '../../ports/worker-pool.ts';
import { compareText } from '../../util/compare.ts';
import type { BuildReport, BuildRequest } from '../build-request.ts';
import type { Mistakes } from '../loaded.ts';
import type { EnginePorts } from '../ports.ts';
import type { Workspace } from '../workspace.ts';
import { contentsOf, copyTree } from './contents.ts';

const EXAMPLES = 'examples';
/** What the outputs have to equal; mirrors their paths. */
const EXPECTED = 'expected';
const GRACE_MS = 5000;

/** What a stage was started with. */
export interface Started {
  readonly spec: ProcessSpec;
  readonly request: StageRequest;
  /** Where it was served by one. */
  readonly worker: Pick<WorkerRequest, 'type' | 'code' | 'variables' | 'memoryBytesMax'> | undefined;
}

/** One stage of an example, as wrangle ran it. */
export interface Sample {
  /** `hello.yaml: hello` */
  readonly name: string;
  readonly stage: Stage;
  readonly type: StageType;
  /** The copy of `examples/` that it was built in; absolute. */
  readonly workspace: string;
  /** Undefined when it never was. */
  readonly started: Started | undefined;
  readonly failure: Failure | undefined;
  /** Why it was not run, if that was not its own fault. */
  readonly notRun: string | undefined;
  /** Path of each output -> what is in it, and what should be, where the example says so. */
  readonly outputs: ReadonlyMap<string, { readonly made: string | undefined; readonly expected: string | undefined }>;
  /** Whether a second build found it fresh. */
  readonly isFresh: boolean;
}

export type ExampleBuilt =
  | { readonly status: 'built'; readonly samples: readonly Sample[]; readonly outputs: readonly string[] }
  | { readonly status: 'invalid'; readonly mistakes: Mistakes }
  | { readonly status: 'environment'; readonly message: string };

/** Names of the pipelines in `examples/`. */
export function findExamples(fs: FileSystem, plugin: Plugin): string[] {
  const entries = fs.readFolder(`${plugin.dir}/${EXAMPLES}`) ?? [];
  const names = entries.filter(({ type }) => type === 'file').map(({ name }) => name);
  return names.filter((name) => !name.startsWith('.') && /\.ya?ml$/.test(name)).sort(compareText);
}

/** Files in `examples/expected/`, from there. */
export function findExpected(fs: FileSystem, plugin: Plugin): string[] {
  const files = walkFolder(fs, `${plugin.dir}/${EXAMPLES}/${EXPECTED}`) ?? [];
  return files.filter(({ type }) => type !== 'folder').map(({ path }) => path);
}

export interface ExampleRequest {
  readonly ports: EnginePorts;
  readonly openWorkspace: (ports: EnginePorts, dir: string) => Workspace;
  readonly plugin: Plugin;
  /** Its name in `examples/`. */
  readonly file: string;
  /** An absolute folder that is not there yet. */
  readonly workspace: string;
  readonly signal: AbortSignal;
}

export async function buildExample(asked: ExampleRequest): Promise<ExampleBuilt> {
  const { ports, openWorkspace, plugin, file, workspace, signal } = asked;
  const { fs } = ports;
  const examples = `${plugin.dir}/${EXAMPLES}`;
  const isLeftOut = (path: string) => path === EXPECTED || path === '.wrangle' || path === '.wranglerrc.yaml';
  await copyTree(fs, examples, workspace, isLeftOut);
  // JSON is YAML.
  const settings = { version: 1, plugins: { [plugin.name]: plugin.dir } };
  fs.writeFile(`${workspace}/.wranglerrc.yaml`, `${JSON.stringify(settings)}\n`);

  const started = new Map<string, Started>();
  const recording = withRecorder(ports, started);
  const failures = new Map<string, Failure>();
  const notRun = new Map<string, string>();
  const request = (onEvent: BuildRequest['onEvent']): BuildRequest => {
    return { ...BUILD, file: `${workspace}/${file}`, signal, killSignal: signal, onEvent };
  };
  const report = await openWorkspace(recording, workspace).build(
    request((event) => {
      if (event.task_id === null) return;
      if (event.event === 'task_failed') failures.set(event.task_id, event.details.data.failure);
      if (WITHOUT_END.has(event.event)) notRun.set(event.task_id, event.details.message);
    }),
  );
  const problem = problemOf(report, file);
  if (problem) return problem;

  const again = await openWorkspace(ports, workspace).build(request(() => {}));
  const fresh = new Set(again.status === 'built' ? again.fresh : []);
  const samples: Sample[] = [];
  const stages = report.status === 'built' ? (report.graph?.stages ?? []) : [];
  for (const stage of stages) {
    const type = plugin.types.find(({ name }) => stage.action.kind === 'type' && stage.action.type === name);
    if (!type) continue;
    const outputs = new Map<string, { made: string | undefined; expected: string | undefined }>();
    for (const { path } of stage.outputs.flatMap(({ items }) => items)) {
      const made = await contentsOf(fs, `${workspace}/${path}`);
      outputs.set(path, { made, expected: await contentsOf(fs, `${examples}/${EXPECTED}/${path}`) });
    }
    const { id } = stage;
    const name = `${file}: ${id}`;
    const seen = { started: started.get(id), failure: failures.get(id), notRun: notRun.get(id), outputs };
    samples.push({ name, stage, type, workspace, ...seen, isFresh: fresh.has(id) });
  }
  const paths = stages.flatMap((stage) => stage.outputs.flatMap(({ items }) => items.map(({ path }) => path)));
  return { status: 'built', samples, outputs: paths };
}

const WITHOUT_END: ReadonlySet<string> = new Set([
  'task_skipped',
  'task_blocked',
  'task_cancelled',
  'task_suspended',
] satisfies string[]);

const BUILD: Omit<BuildRequest, 'file' | 'signal' | 'killSignal' | 'onEvent'> = {
  targets: [],
  params: [],
  cache: 'rw',
  force: false,
  jobs: 1,
  defaultJobs: () => 1,
  keepGoing: true,
  atomic: false,
  waitForLock: false,
  command: 'wrangle plugin test',
  onOutput: undefined,
  onWait: () => {},
  onRecovered: () => {},
  graceMs: GRACE_MS,
};

/** Ports with which everything is as it was, and what is started is written down by its stage. */
function withRecorder(ports: EnginePorts, started: Map<string, Started>): EnginePorts {
  const { fs } = ports;
  return {
    ...ports,
    createRunner: async (options) => {
      const runner = await ports.createRunner(options);
      return {
        start: (spec) => {
          const path = spec.env['WRANGLE_REQUEST'];
          const text = path === undefined ? undefined : fs.readText(path);
          const request = text === undefined ? undefined : (JSON.parse(text) as StageRequest);
          if (request) started.set(spec.stage, { spec, request, worker: undefined });
          return runner.start(spec);
        },
        close: () => runner.close(),
      };
    },
    createWorkers: async (options) => {
      const workers = await ports.createWorkers(options);
      return {
        start: (asked) => {
          const { spec, document } = asked;
          started.set(spec.stage, { spec, request: document as StageRequest, worker: asked });
          return workers.start(asked);
        },
        rest: () => workers.rest(),
        close: () => workers.close(),
      };
    },
  };
}

function problemOf(report: BuildReport, file: string): Exclude<ExampleBuilt, { status: 'built' }> | undefined {
  switch (report.status) {
    case 'built':
      return report.environmentFailure === undefined
        ? undefined
        : { status: 'environment', message: report.environmentFailure };
    case 'invalid':
      return { status: 'invalid', mistakes: inPackage(report.mistakes) };
    case 'locked':
      return { status: 'environment', message: `The copy of ${file} is in use by another command.` };
    case 'environment':
      return report;
  }
}

/** The copies are named after what they are copies of. */
function inPackage({ diagnostics, texts }: Mistakes): Mistakes {
  const rename = (file: string) => (file.startsWith('/') ? file : `${EXAMPLES}/${file}`);
  const place = <Placed extends Pick<Diagnostic, 'location'>>(placed: Placed): Placed =>
    placed.location ? { ...placed, location: { ...placed.location, file: rename(placed.location.file) } } : placed;
  return {
    diagnostics: diagnostics.map((one) => ({
      ...place(one),
      related: one.related.map((other) => ({
        ...other,
        location: { ...other.location, file: rename(other.location.file) },
      })),
    })),
    texts: new Map([...texts].map(([file, text]) => [rename(file), text])),
  };
}
