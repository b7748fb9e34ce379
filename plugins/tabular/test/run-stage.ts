// Runs a built stage type as wrangle does: by a worker, or as a process of its own with documents in files.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import { NodeWorkerPool } from '../../../src/host/worker-pool.ts';

export interface StageEnd {
  /** Undefined where it was served by a worker, which goes on. */
  readonly exitCode: number | undefined;
  readonly result: { readonly status: string; readonly error?: object; readonly metrics?: object } | undefined;
  /** Messages of log events. */
  readonly logs: readonly string[];
  /** The output's bytes; undefined when there is none. */
  readonly output: Buffer | undefined;
  /** Those of every output, by port. */
  readonly outputs: { readonly [port: string]: Buffer | undefined };
}

interface StageStart {
  readonly params?: object;
  /** Port -> path or paths. */
  readonly inputs: { readonly [port: string]: string | readonly string[] };
  /** Name of the output file, of the first port where there are several. */
  readonly output: string;
  /** Folder for the attempt; a new one without it. */
  readonly folder?: string;
  /** In a process of its own. */
  readonly alone?: boolean;
  /** What it made stays. */
  readonly keep?: boolean;
}

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const DEFAULTS: { readonly [type: string]: object } = Object.fromEntries(
  Object.entries(readManifest().stages).map(([type, { params }]) => [
    type,
    Object.fromEntries(
      Object.entries(params.properties).flatMap(([name, { default: value }]) =>
        value === undefined ? [] : [[name, value]],
      ),
    ),
  ]),
);

function readManifest() {
  return JSON.parse(readFileSync(join(PACKAGE, 'wrangle.plugin.json'), 'utf8')) as {
    readonly stages: {
      readonly [type: string]: {
        readonly params: { readonly properties: { readonly [name: string]: { readonly default?: unknown } } };
      };
    };
  };
}

let pool: NodeWorkerPool;

/** To be called once at the top of a file of tests: its stages are served by one worker, as those of a build. */
export function useWorker(): void {
  beforeAll(() => {
    pool = new NodeWorkerPool({ slots: 1 });
  });
  afterAll(() => pool.close());
}

/** Ports of outputs, with the name of their file. */
const OUTPUTS = {
  apply: { clean: 'clean.csv', changes: 'changes.jsonl', recipe: 'recipe.json' },
  generate: { candidates: 'candidates' },
  profile: { profile: 'profile.json' },
  query: { table: 'table.csv' },
  rank: { ranking: 'ranking.json' },
  read: { table: 'table.parquet', dialect: 'dialect.json', rejects: 'rejects.jsonl' },
  score: { quality: 'quality.json' },
  undo: { data: 'data.csv' },
  validate: { validation: 'validation.jsonl', diffs: 'diffs' },
} as const;

export async function runStage(
  type: keyof typeof OUTPUTS,
  { params, inputs, output, folder, alone = false, keep = false }: StageStart,
): Promise<StageEnd> {
  const attempt = folder ?? mkdtempSync(join(tmpdir(), 'wrangle-tabular-'));
  const at = (name: string) => join(attempt, name);
  mkdirSync(at('tmp'), { recursive: true });
  const [first] = Object.keys(OUTPUTS[type]);
  const names = { ...OUTPUTS[type], [first as string]: output };
  const request = {
    protocol: 1,
    run_id: 'test',
    stage: type,
    attempt: 1,
    params: { ...DEFAULTS[type], ...params },
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([port, paths]) => [
        port,
        [paths].flat().map((path) => ({ path: resolve(path), sha256: '', size_bytes: 0 })),
      ]),
    ),
    outputs: Object.fromEntries(Object.entries(names).map(([port, name]) => [port, { path: at(name) }])),
    env: {},
    seed: 1,
    scratch: at('scratch'),
    deadline: null,
    events: at('events'),
  };
  const end = alone ? await runAlone(type, request, at) : await serve(type, request, at);
  const outputs = Object.fromEntries(Object.entries(names).map(([port, name]) => [port, read(at(name))]));
  if (!keep) rmSync(attempt, { recursive: true, force: true });
  return { ...end, output: outputs[first as string], outputs };
}

type Ended = Omit<StageEnd, 'output' | 'outputs'>;
type At = (name: string) => string;

const programOf = (type: string) => join(PACKAGE, 'dist', `${type}.js`);

/** Errors: throws when the worker broke the protocol or ended. */
async function serve(type: string, document: object, at: At): Promise<Ended> {
  const logs: string[] = [];
  const { answer, fault, how, exitCode } = await pool.start({
    spec: {
      stage: type,
      door: 'plugin',
      argv: [process.execPath, programOf(type)],
      cwd: process.cwd(),
      env: { PATH: process.env['PATH'] ?? '' },
      logPath: at('log'),
      timeoutMs: undefined,
      graceMs: 10_000,
      secrets: [],
      onOutput: undefined,
    },
    type: `tabular/${type}`,
    code: 'as it is built',
    variables: { TMPDIR: at('tmp') },
    document,
    memoryBytesMax: undefined,
    onEvent: ({ type: what, message }) => {
      if (what === 'log') logs.push(String(message));
    },
  }).ended;
  if (answer === undefined || fault) throw new Error(`no answer: ${fault?.message ?? how}\n${read(at('log'))}`);
  return { exitCode, result: answer as unknown as StageEnd['result'], logs };
}

async function runAlone(type: string, request: object, at: At): Promise<Ended> {
  writeFileSync(at('request'), JSON.stringify(request));
  const env = {
    PATH: process.env['PATH'] ?? '',
    TMPDIR: at('tmp'),
    WRANGLE_REQUEST: at('request'),
    WRANGLE_RESULT: at('result'),
    WRANGLE_EVENTS: at('events'),
  };
  const child = spawn(process.execPath, [programOf(type)], { env, stdio: 'ignore' });
  const exitCode = await new Promise<number | undefined>((done) =>
    child.on('close', (code) => done(code ?? undefined)),
  );
  const result = read(at('result'))?.toString();
  const events = (read(at('events'))?.toString() ?? '')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { type: string; message: string });
  return {
    exitCode,
    result: result === undefined ? undefined : (JSON.parse(result) as StageEnd['result']),
    logs: events.filter((event) => event.type === 'log').map((event) => event.message),
  };
}

/** Of a folder the names in it, a line each. */
function read(path: string): Buffer | undefined {
  try {
    if (statSync(path).isDirectory()) return Buffer.from(readdirSync(path).sort().join('\n'));
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
