// The program of the small process that starts stages for wrangle (see design-notes, "Processes"): told what to start
// on its stdin, it answers on its stdout. Knows nothing of builds; one process at a time is all it thinks of.
import { Socket } from 'node:net';
import { writeAll } from './file-contents.ts';
import { ProcessRun } from './process-run.ts';
import { Reaper } from './reaper.ts';
import {
  encodeMessage,
  type FromSpawner,
  MessageReader,
  type SpawnerOptions,
  type ToSpawner,
} from './spawner-messages.ts';
import { startCommand } from './start-command.ts';

const STDIN = 0;
const STDOUT = 1;

const options = JSON.parse(process.argv[2] ?? '') as SpawnerOptions;
// When this process dies, wrangle sees the end of its output once what it had started is gone.
const reaper = new Reaper(() => options.inheritFd, 'inherit');
const running = new Map<number, ProcessRun>();
let unsent = '';
let isClosing = false;

function take(message: ToSpawner): void {
  switch (message.verb) {
    case 'start':
      start(message);
      return;
    case 'cancel':
      running.get(message.id)?.cancel(message.force);
      return;
    case 'close':
      isClosing = true;
      // Ends what still runs, as it does when wrangle is killed.
      void reaper.close().then(() => process.exit());
  }
}

function start({ id, spec: { wantsOutput, ...spec } }: Extract<ToSpawner, { verb: 'start' }>): void {
  const onOutput = wantsOutput ? (text: string) => send({ verb: 'output', id, text }) : undefined;
  reaper.start();
  const run = new ProcessRun({ ...spec, onOutput }, startCommand, reaper, options.logBytesMax);
  running.set(id, run);
  if (run.pid !== undefined) send({ verb: 'pid', id, pid: run.pid });
  void run.ended.then((end) => {
    running.delete(id);
    send({ verb: 'end', id, end });
  });
}

/** What is said in one go is written in one go. */
function send(message: FromSpawner): void {
  if (unsent === '') queueMicrotask(flush);
  unsent += encodeMessage(message);
}

/**
 * Waits while wrangle has no time to read, and then so do the processes in their next write: what they say is never
 * piled up in memory.
 */
function flush(): void {
  const bytes = Buffer.from(unsent);
  unsent = '';
  try {
    writeAll(STDOUT, bytes);
  } catch {
    // Nobody listens any more.
    process.exit();
  }
}

const messages = new MessageReader<ToSpawner>();
const input = new Socket({ fd: STDIN, readable: true, writable: false });
input.setEncoding('utf8');
input.on('data', (text: string) => {
  for (const message of messages.read(text)) take(message);
});
input.on('error', leave);
input.on('end', leave);
send({ verb: 'ready' });

/** Wrangle is gone. At once: the end of this process is what tells the reaper to end the others. */
function leave(): void {
  if (!isClosing) process.exit();
}
