/** Runs built stage types as a build does: by workers, default params, files in and files out. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { NodeWorkerPool } from '../../../src/host/worker-pool.ts';

export interface StageRun {
  /** In a folder for files that are gone when the folder of data is done. */
  readonly paths: { readonly [port: string]: string };
  /** Code and sentence of its failure; undefined when it succeeded. */
  readonly error: string | undefined;
}

export interface Stages {
  /** Types that the plugin has. */
  readonly types: ReadonlySet<string>;
  readonly run: (
    type: string,
    inputs: { readonly [port: string]: string },
    outputs: readonly string[],
    params?: object,
  ) => Promise<StageRun>;
  readonly close: () => Promise<void>;
}

interface Manifest {
  readonly stages: {
    readonly [type: string]: {
      readonly run: { readonly node: string };
      readonly params: { readonly properties?: { readonly [name: string]: { readonly default?: unknown } } };
      readonly outputs: {
        readonly [port: string]: { readonly kind: 'file' | 'dir'; readonly media?: string | string[] };
      };
    };
  };
}

/** Where an output may be of several kinds: it keeps texts, missing values and numbers of rows. */
const PARQUET = 'application/vnd.apache.parquet';
const EXTENSIONS: { readonly [media: string]: string } = {
  'application/json': '.json',
  'application/x-ndjson': '.jsonl',
  [PARQUET]: '.parquet',
  'text/csv': '.csv',
};

/** `plugin`: folder of the built plugin. `onEnd` is called while the worker of a stage that ended is still there. */
export function openStages(plugin: string, onEnd: () => void = () => undefined): Stages {
  const manifest = JSON.parse(readFileSync(join(plugin, 'wrangle.plugin.json'), 'utf8')) as Manifest;
  const pool = new NodeWorkerPool({ slots: 8, residentBytesMax: Number.POSITIVE_INFINITY });
  const folder = mkdtempSync(join(tmpdir(), 'wrangle-eval-'));
  let runs = 0;
  return {
    types: new Set(Object.keys(manifest.stages)),
    run: async (type, inputs, outputs, params = {}) => {
      const stage = manifest.stages[type];
      if (!stage) throw new Error(`The plugin has no stage type "${type}".`);
      const attempt = join(folder, `${++runs}-${type}`);
      mkdirSync(join(attempt, 'tmp'), { recursive: true });
      const defaults = Object.entries(stage.params.properties ?? {}).flatMap(([name, { default: value }]) =>
        value === undefined ? [] : [[name, value] as const],
      );
      const paths = Object.fromEntries(
        outputs.map((port) => {
          const media = [stage.outputs[port]?.media ?? []].flat();
          const known = media.includes(PARQUET) ? PARQUET : (media[0] ?? '');
          return [port, join(attempt, `${port}${EXTENSIONS[known] ?? ''}`)];
        }),
      );
      const { answer, fault, how } = await pool.start({
        spec: {
          stage: type,
          door: 'plugin',
          argv: [process.execPath, join(plugin, stage.run.node)],
          cwd: process.cwd(),
          env: { PATH: process.env['PATH'] ?? '' },
          logPath: join(attempt, 'log'),
          timeoutMs: undefined,
          graceMs: 10_000,
          secrets: [],
          onOutput: undefined,
        },
        type: `tabular/${type}`,
        code: 'as it is built',
        variables: { TMPDIR: join(attempt, 'tmp') },
        document: {
          protocol: 1,
          run_id: 'eval',
          stage: type,
          attempt: 1,
          params: { ...Object.fromEntries(defaults), ...params },
          inputs: Object.fromEntries(
            Object.entries(inputs).map(([port, path]) => [port, [{ path: resolve(path), sha256: '', size_bytes: 0 }]]),
          ),
          outputs: Object.fromEntries(Object.entries(paths).map(([port, path]) => [port, { path }])),
          env: {},
          seed: 1,
          scratch: join(attempt, 'scratch'),
          deadline: null,
          events: join(attempt, 'events'),
        },
        memoryBytesMax: undefined,
        onEvent: () => undefined,
      }).ended;
      onEnd();
      if (answer === undefined || fault) return { paths, error: `no answer: ${fault?.message ?? how}` };
      const { status, error } = answer as unknown as { status: string; error?: { code: string; message: string } };
      return { paths, error: status === 'ok' ? undefined : `${error?.code ?? status}: ${error?.message ?? ''}` };
    },
    close: async () => {
      await pool.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
