/** The life of a worker: one request after the other over descriptor 3 (schemas/worker.schema.json). */
import { Socket } from 'node:net';
import type { StageRequest, StageResult } from '../plugin/protocol.ts';
import { failed, flushPrinted, printFailure, run, toResult } from './run-request.ts';
import type { StageDefinition } from './stage-context.ts';

type Request = StageRequest & {
  readonly id: number;
  readonly cwd: string;
  readonly variables: { readonly [name: string]: string };
};
type Message = Request | { readonly cancel: number };

interface Current {
  readonly id: number;
  readonly stop: AbortController;
}

const CHANNEL = 3;
const READY = '{"protocol":1}\n';
/** How long a request may go on when nobody waits for its answer any more. */
const ORPHAN_MS = 1000;

export function serveRequests(stage: StageDefinition): void {
  const base = { ...process.env };
  const channel = new Socket({ fd: CHANNEL, readable: true, writable: true });
  let current: Current | undefined;

  /** `isLast`: nobody knows in what state the process is. */
  const answer = (to: Current, result: StageResult, isLast = false) => {
    if (current !== to) return;
    current = undefined;
    channel.ref();
    printFailure(result);
    flushPrinted(() => {
      const text = `${JSON.stringify({ ...result, id: to.id })}\n`;
      if (isLast) channel.write(text, () => process.exit(1));
      else channel.write(text + READY);
    });
  };

  const serve = (request: Request) => {
    const to: Current = { id: request.id, stop: new AbortController() };
    current = to;
    try {
      enter(base, request);
    } catch (error) {
      answer(to, toResult(error, false));
      return;
    }
    // While it runs, only what the stage itself waits for keeps the process: see `beforeExit`.
    channel.unref();
    const emit = (event: object) => {
      if (current === to) channel.write(`${JSON.stringify({ ...event, id: to.id })}\n`);
    };
    // Results of items are told already.
    void run(stage, request, to.stop.signal, emit).then(({ items: _, ...result }) => answer(to, result));
  };

  // What escapes from a callback of the stage is a failure like any other.
  process.on('uncaughtException', (error) => {
    if (current) answer(current, toResult(error, false), true);
    else {
      console.error(error);
      process.exit(1);
    }
  });
  process.on('beforeExit', () => {
    if (current) answer(current, failed('never-finished', 'The stage waits for something that never comes.'));
  });
  const leave = () => {
    if (!current) process.exit(0);
    current.stop.abort();
    setTimeout(() => process.exit(1), ORPHAN_MS);
  };
  process.on('SIGTERM', leave);
  channel.on('end', leave);
  channel.on('error', leave);
  onLines(channel, (line) => {
    const message = JSON.parse(line) as Message;
    if (!('cancel' in message)) serve(message);
    else if (message.cancel === current?.id) current.stop.abort();
  });
  channel.write(READY);
}

/** The environment and folder of a process that was started for this request alone. */
function enter(base: NodeJS.ProcessEnv, { cwd, variables }: Request): void {
  const wanted = { ...base, ...variables };
  for (const name of Object.keys(process.env)) if (!Object.hasOwn(wanted, name)) delete process.env[name];
  for (const [name, value] of Object.entries(wanted)) if (process.env[name] !== value) process.env[name] = value;
  if (process.cwd() !== cwd) process.chdir(cwd);
}

function onLines(channel: Socket, onLine: (line: string) => void): void {
  let chunks: string[] = [];
  channel.setEncoding('utf8').on('data', (text: unknown) => {
    const [first = '', ...others] = String(text).split('\n');
    chunks.push(first);
    for (const next of others) {
      onLine(chunks.join(''));
      chunks = [next];
    }
  });
}
