// Runs a built stage type as wrangle does: a request document, a process, a result document.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface StageEnd {
  readonly exitCode: number | null;
  readonly result: { readonly status: string; readonly error?: object; readonly metrics?: object } | undefined;
  /** Messages of log events. */
  readonly logs: readonly string[];
  /** The output's bytes; undefined when there is none. */
  readonly output: Buffer | undefined;
  readonly printed: string;
}

interface StageStart {
  readonly params?: object;
  /** Port -> path or paths. */
  readonly inputs: { readonly [port: string]: string | readonly string[] };
  /** Name of the output file. */
  readonly output: string;
  /** Folder for the attempt; a new one without it. */
  readonly folder?: string;
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

export async function runStage(
  type: 'profile' | 'query',
  { params, inputs, output, folder }: StageStart,
): Promise<StageEnd> {
  const attempt = folder ?? mkdtempSync(join(tmpdir(), 'wrangle-tabular-'));
  const at = (name: string) => join(attempt, name);
  mkdirSync(at('tmp'), { recursive: true });
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
    outputs: { [type === 'profile' ? 'profile' : 'table']: { path: at(output) } },
    env: {},
    seed: 1,
    scratch: at('scratch'),
    deadline: null,
    events: at('events'),
  };
  writeFileSync(at('request'), JSON.stringify(request));
  const env = {
    PATH: process.env['PATH'] ?? '',
    TMPDIR: at('tmp'),
    WRANGLE_REQUEST: at('request'),
    WRANGLE_RESULT: at('result'),
    WRANGLE_EVENTS: at('events'),
  };
  const child = spawn(process.execPath, [join(PACKAGE, 'dist', `${type}.js`)], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (printed += String(data)));
  const exitCode = await new Promise<number | null>((done) => child.on('close', done));
  const result = read(at('result'))?.toString();
  const events = (read(at('events'))?.toString() ?? '')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { type: string; message: string });
  const bytes = read(at(output));
  rmSync(attempt, { recursive: true, force: true });
  return {
    exitCode,
    result: result === undefined ? undefined : (JSON.parse(result) as StageEnd['result']),
    logs: events.filter((event) => event.type === 'log').map((event) => event.message),
    output: bytes,
    printed,
  };
}

function read(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
