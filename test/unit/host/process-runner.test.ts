// The command runner, with real processes. What must happen in an order waits for a named pipe, never for time.
import { execFileSync, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import * as nodeFs from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ProcessRoom } from '../../../src/host/process-room.ts';
import { ProcessRun } from '../../../src/host/process-run.ts';
import { createCommandRunner, type NodeCommandRunner } from '../../../src/host/process-runner.ts';
import { Reaper } from '../../../src/host/reaper.ts';
import { startCommand } from '../../../src/host/start-command.ts';
import type { ProcessEnd, ProcessSpec } from '../../../src/ports/command-runner.ts';
import { bundle } from '../../support/bundle.ts';
import { isAlive, PATH, ProcessRig, plainEnd } from '../../support/process-rig.ts';

const rig = new ProcessRig();
const { at, spec, makeFifo, readFifo } = rig;
let runner: NodeCommandRunner;

beforeAll(async () => {
  runner = await createCommandRunner({ plugins: true });
});
afterAll(() => runner.close());

const run = (command: string | [string, ...string[]], more: Partial<ProcessSpec> = {}): Promise<ProcessEnd> =>
  runner.start(spec(command, more)).ended;

const log = () => nodeFs.readFileSync(at('logs/stage.log'));

describe.each(['command', 'plugin'] as const)('door %s', (door) => {
  test('exit codes and signals come out as they are', async () => {
    for (const code of [0, 1, 2, 77, 126, 127, 130, 255]) {
      expect(await run(`exit ${code}`, { door })).toEqual({ ...plainEnd, exitCode: code });
    }
    for (const signal of ['SIGTERM', 'SIGKILL', 'SIGSEGV', 'SIGINT', 'SIGHUP']) {
      expect(await run(`kill -${signal.slice(3)} $$`, { door })).toEqual({
        ...plainEnd,
        how: 'signal',
        exitCode: undefined,
        signal,
      });
    }
  });

  test('the environment is exactly what was given, stdin is empty, the folder is the one named', async () => {
    const end = await run('cat; pwd; env | sort', { door, env: { PATH, ONLY: 'this' } });
    expect(end.tail.filter((line) => !/^(PWD|SHLVL|_)=/.test(line))).toEqual([rig.root, 'ONLY=this', `PATH=${PATH}`]);
    expect(nodeFs.existsSync(at('logs/stage.log'))).toBe(true);
  });

  test('no output makes no log and no folder', async () => {
    expect(await run('true', { door })).toEqual(plainEnd);
    expect(nodeFs.readdirSync(rig.root)).toEqual([]);
  });

  test('a background child that keeps the output open does not hold the stage up, and is killed', async () => {
    makeFifo('held');
    const gone = readFifo('held');
    const end = await run('exec 9>held; sleep 1000 & echo up; exit 3', { door });
    expect(end).toEqual({ ...plainEnd, exitCode: 3, hasLog: true, leftovers: true, tail: ['up'] });
    await gone;
  });

  test('a background child that closed its output is found and killed too', async () => {
    makeFifo('held');
    const gone = readFifo('held');
    const end = await run('exec 9>held; sleep 1000 >/dev/null 2>&1 & echo up', { door });
    expect(end).toMatchObject({ how: 'exit', exitCode: 0, leftovers: true });
    await gone;
  });

  test('a stage that ignores TERM is killed when its time and its grace are over', async () => {
    const end = await run('trap "" TERM; while :; do sleep 0.01; done', { door, timeoutMs: 200, graceMs: 100 });
    expect(end).toEqual({ ...plainEnd, how: 'timeout', exitCode: undefined, signal: 'SIGKILL' });
    expect(end.durationMs).toBeGreaterThanOrEqual(300);
    expect(end.durationMs).toBeLessThan(1300);
  });

  test('a child that ignores TERM is killed although its leader has ended', async () => {
    makeFifo('ready');
    const process = runner.start(
      spec('(trap "" TERM; echo $BASHPID >ready; while :; do sleep 0.01; done) & wait', { door, graceMs: 100 }),
    );
    const child = Number(await readFifo('ready'));
    process.cancel();
    const end = await process.ended;
    expect(end).toEqual({ ...plainEnd, how: 'cancelled', exitCode: undefined, signal: 'SIGTERM' });
    expect(isAlive(child)).toBe(false);
  });

  test('a command that does not exist is named', async () => {
    expect(await run(['no-such-command'], { door })).toEqual({
      ...plainEnd,
      how: 'not-started',
      exitCode: undefined,
      message: 'The command "no-such-command" was not found in any folder of PATH.',
    });
  });
});

describe('stopping', () => {
  test('a process whose first thread has ended runs, and is stopped when its time is over', async ({ skip }) => {
    const python = '/usr/bin/python3';
    skip(process.platform !== 'linux' || !nodeFs.existsSync(python), `there is no ${python} on Linux here`);
    makeFifo('held');
    const gone = readFifo('held');
    const program = [
      'import ctypes, signal, sys, threading, time',
      'signal.signal(signal.SIGTERM, signal.SIG_IGN)',
      'held = open("held", "w")',
      'threading.Thread(target=time.sleep, args=(1000,)).start()',
      'ctypes.CDLL(None).pthread_exit(None)',
    ];
    const end = await run([python, '-I', '-c', program.join('\n')], { timeoutMs: 500, graceMs: 100 });
    expect(end).toMatchObject({ how: 'timeout', signal: 'SIGKILL' });
    await gone;
  });

  test('a stage that obeys TERM is given the time to tidy up', async () => {
    makeFifo('ready');
    const process = runner.start(spec('trap "echo tidied; exit 5" TERM; sleep 1000 & echo >ready; wait'));
    await readFifo('ready');
    process.cancel();
    expect(await process.ended).toEqual({
      ...plainEnd,
      how: 'cancelled',
      exitCode: 5,
      hasLog: true,
      tail: ['tidied'],
    });
  });

  test('a forced cancel does not wait for the grace', async () => {
    makeFifo('ready');
    const process = runner.start(
      spec('trap "" TERM; echo >ready; while :; do sleep 0.01; done', { graceMs: 3_600_000 }),
    );
    await readFifo('ready');
    process.cancel();
    process.cancel(true);
    expect(await process.ended).toMatchObject({ how: 'cancelled', signal: 'SIGKILL' });
  });

  test('a cancel after the end changes nothing', async () => {
    const process = runner.start(spec('exit 4'));
    const end = await process.ended;
    process.cancel();
    process.cancel(true);
    expect(end).toEqual({ ...plainEnd, exitCode: 4 });
    expect(await process.ended).toBe(end);
  });

  test('a cancel while leftovers hold the output open ends the wait, and the stage stays done', async () => {
    makeFifo('ready');
    const process = runner.start(spec('sleep 1000 & echo $$ >ready; exit 0'));
    const leader = Number(await readFifo('ready'));
    // The runner has heard of the end when its own child is no longer there to be waited for.
    while (nodeFs.existsSync(`/proc/${leader}`)) await new Promise((resolve) => setImmediate(resolve));
    const before = performance.now();
    process.cancel();
    expect(await process.ended).toMatchObject({ how: 'exit', exitCode: 0, leftovers: true });
    expect(performance.now() - before).toBeLessThan(1500);
  });

  test('who ends in time has not run out of it, though that is told after the limit', async () => {
    const reaper = new Reaper(() => undefined);
    const shared = { logBytesMax: 1024, ledger: undefined, room: new ProcessRoom() };
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const run = new ProcessRun(spec('exit 3', { timeoutMs: 60_000 }), startCommand(reaper), shared);
      const tell = await new Promise<() => void>((resolve) => {
        const onExit = run.onExit.bind(run);
        run.onExit = (...end) => resolve(() => onExit(...end));
      });
      vi.advanceTimersByTime(60_000);
      // The limit leaves the descriptors one turn.
      await new Promise(setImmediate);
      tell();
      expect(await run.ended).toEqual({ ...plainEnd, exitCode: 3 });
    } finally {
      vi.useRealTimers();
      await reaper.close();
    }
  });

  test('a time limit longer than a timer can be does not end at once', async () => {
    expect(await run('exit 0', { timeoutMs: 2 ** 40 })).toEqual(plainEnd);
  });

  test('a child in a session of its own does not hold a cancelled stage up', async () => {
    makeFifo('ready');
    const process = runner.start(spec('setsid sh -c "echo \\$\\$ >ready; exec sleep 1000" & wait'));
    const escaped = Number(await readFifo('ready'));
    process.cancel();
    expect(await process.ended).toMatchObject({ how: 'cancelled', leftovers: false });
    // The documented limit: it left the group, so nothing reached it.
    expect(isAlive(escaped)).toBe(true);
    globalThis.process.kill(escaped, 'SIGKILL');
  });
});

describe('output', () => {
  test('closing both streams is not the end', async () => {
    makeFifo('go');
    const process = runner.start(spec('echo out; exec >&- 2>&-; read -r _ <go; exit 9'));
    execFileSync('timeout', ['10', 'sh', '-c', 'echo on >go'], { cwd: rig.root });
    expect(await process.ended).toMatchObject({ how: 'exit', exitCode: 9, tail: ['out'] });
  });

  test('the log holds every byte, whatever it is; the tail is readable', async () => {
    const script = `
      process.stdout.write(Buffer.from([0x61, 0x00, 0xff, 0xfe, 0x0a]));
      const euro = Buffer.from('\\u20ac\\n');
      process.stdout.write(euro.subarray(0, 1), () => process.stdout.write(euro.subarray(1), () =>
        process.stdout.write('\\u001b]0;title\\u0007\\u001b[31mred\\n50%\\r100%\\n')));`;
    nodeFs.writeFileSync(at('script.mjs'), script);
    const end = await run([process.execPath, at('script.mjs')]);
    expect(log().includes(Buffer.from([0x61, 0x00, 0xff, 0xfe, 0x0a]))).toBe(true);
    expect(log().includes(Buffer.from('\u001b]0;title\u0007\u001b[31mred\n50%\r100%\n'))).toBe(true);
    expect(end.tail).toEqual(['a^@\u{fffd}\u{fffd}', '€', '^[]0;title^G\u001b[31mred\u001b[0m', '100%']);
  });

  test('the tail is the last 20 lines, none longer than 2,000 characters', async () => {
    const end = await run('for i in {1..30}; do echo "line $i"; done; head -c 5000 /dev/zero | tr "\\0" x');
    expect(end.tail.length).toBe(20);
    expect(end.tail[0]).toBe('line 12');
    expect(end.tail[18]).toBe('line 30');
    expect(end.tail[19]).toBe(`${'x'.repeat(2000)}…`);
  });

  test('onOutput gets whole lines, each stream by itself', async () => {
    const texts: string[] = [];
    const script = `
      process.stdout.write('one, ', () => process.stderr.write('error\\n', () =>
        process.stdout.write('two\\nthree\\nfour', () => process.exit())));`;
    nodeFs.writeFileSync(at('script.mjs'), script);
    await run([process.execPath, at('script.mjs')], { onOutput: (text) => texts.push(text) });
    expect(texts.every((text) => text.endsWith('\n'))).toBe(true);
    expect(texts.join('').split('\n').sort()).toEqual(['', 'error', 'four', 'one, two', 'three']);
  });

  test('a line without end does not pile up in memory', async () => {
    const texts: string[] = [];
    const before = process.memoryUsage().rss;
    const end = await run('head -c 50000000 /dev/zero | tr "\\0" x', { onOutput: (text) => texts.push(text) });
    expect(texts).toEqual([`${'x'.repeat(65_536)}…\n`]);
    expect(end.tail).toEqual([`${'x'.repeat(2000)}…`]);
    expect(log().length).toBe(50_000_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
  });

  test('secrets are masked in the log, the tail and onOutput, also when they come in pieces', async () => {
    const texts: string[] = [];
    const script = `
      process.stdout.write('token s3cr', () => process.stderr.write('other\\n', () =>
        process.stdout.write('3t-value! ' + Buffer.from('s3cr3t-value!').toString('base64') + '\\n')));`;
    nodeFs.writeFileSync(at('script.mjs'), script);
    const end = await run([process.execPath, at('script.mjs')], {
      secrets: ['s3cr3t-value!'],
      onOutput: (text) => texts.push(text),
    });
    // Which of the two streams is read first is nobody's to say.
    const words = (text: string) => text.trim().split(/\s+/).sort();
    expect(words(log().toString())).toEqual(['***', '***', 'other', 'token']);
    expect(words(end.tail.join(' '))).toEqual(['***', '***', 'other', 'token']);
    expect(texts.join('').split('\n').sort()).toEqual(['', 'other', 'token *** ***']);
  });

  test('a log that is full ends with a mark, and the stage goes on', async () => {
    const small = await createCommandRunner({ logBytesMax: 1000 });
    const end = await small.start(spec('head -c 3000000 /dev/zero | tr "\\0" x; echo; echo last; exit 6')).ended;
    expect(end).toMatchObject({ how: 'exit', exitCode: 6 });
    expect(end.tail.at(-1)).toBe('last');
    expect(log().toString()).toBe(
      `${'x'.repeat(1000)}\n[wrangle: the log ends here, at 1000 bytes; the stage went on]\n`,
    );
    await small.close();
  });

  test('a log that cannot be written does not stop the stage', async () => {
    nodeFs.writeFileSync(at('logs'), 'a file where the folder should be');
    const end = await run('head -c 3000000 /dev/zero | tr "\\0" x; echo; echo last');
    expect(end).toMatchObject({ how: 'exit', exitCode: 0, hasLog: false });
    expect(end.tail.at(-1)).toBe('last');
  });

  test('300 MB of output take little memory, and all of it is logged', async () => {
    bundle(
      `import { createCommandRunner } from './src/host/process-runner.ts';
       const runner = await createCommandRunner();
       const end = await runner.start(JSON.parse(process.argv[2])).ended;
       console.log(JSON.stringify({ end, kilobytes: process.resourceUsage().maxRSS }));`,
      at('run.mjs'),
    );
    const noisy = spec('yes "a line of output that is neither short nor long" | head -c 300000000');
    const told = execFileSync(process.execPath, [at('run.mjs'), JSON.stringify(noisy)]).toString();
    const { end, kilobytes } = JSON.parse(told);
    expect(end).toMatchObject({ how: 'exit', exitCode: 0, hasLog: true });
    expect(nodeFs.statSync(at('logs/stage.log')).size).toBe(300_000_000);
    expect(kilobytes).toBeLessThan(200_000);
  });
});

describe('what cannot be started', () => {
  const message = async (command: [string, ...string[]], more: Partial<ProcessSpec> = {}) => {
    const end = await run(command, more);
    expect(end.how).toBe('not-started');
    return end.message;
  };

  test('the command', async () => {
    nodeFs.writeFileSync(at('plain'), 'text', { mode: 0o644 });
    nodeFs.mkdirSync(at('folder'));
    expect(await message(['./missing'])).toBe('The command "./missing" does not exist.');
    expect(await message(['./plain'])).toBe('The file "./plain" is not executable.');
    expect(await message(['./folder'])).toBe('The command "./folder" is a folder.');
    expect(await message(['plain'], { env: { PATH: rig.root } })).toBe(`The file "${at('plain')}" is not executable.`);
    expect(await message([''])).toMatch(/^The command "" could not be started \(.+\)\.$/);
    expect(await message(['odd\u001b\nname'])).toBe(
      'The command "odd\\u001b\\nname" was not found in any folder of PATH.',
    );
  });

  test('its interpreter', async () => {
    nodeFs.writeFileSync(at('script'), '#!/no/such/python3 -u\n', { mode: 0o755 });
    expect(await message(['./script'])).toBe(
      'The interpreter "/no/such/python3" in the first line of "./script" does not exist.',
    );
    expect(await message(['script'], { env: { PATH: `/nowhere:${rig.root}` } })).toBe(
      `The interpreter "/no/such/python3" in the first line of "${at('script')}" does not exist.`,
    );
  });

  test('its folder', async () => {
    nodeFs.writeFileSync(at('file'), '');
    expect(await message(['true'], { cwd: at('gone') })).toBe(`The folder to run in, "${at('gone')}", does not exist.`);
    expect(await message(['true'], { cwd: at('file') })).toBe(
      `The folder to run in, "${at('file')}", is not a folder.`,
    );
  });

  test('its arguments and environment', async () => {
    const long = 'x'.repeat(200_000);
    expect(await message(['true', 'a', long])).toBe(
      'Argument 2 of the command is 200000 bytes long, more than the system allows; write long lists to a file instead.',
    );
    expect(await message(['true'], { env: { PATH, LONG: long } })).toBe(
      'The environment variable "LONG" is 200000 bytes long, more than the system allows; write long lists to a file instead.',
    );
    expect(await message(['true', ...Array.from({ length: 100 }, () => 'x'.repeat(100_000))])).toBe(
      'The arguments and the environment together are longer than the system allows; write long lists to a file instead.',
    );
    for (const door of ['command', 'plugin'] as const) {
      expect(await message(['true', 'a\0b'], { door })).toBe(
        'Argument 1 of the command contains a NUL character, which no process can be given.',
      );
      expect(await message(['true'], { door, env: { PATH, ODD: 'a\0b' } })).toBe(
        'The environment variable "ODD" contains a NUL character, which no process can be given.',
      );
    }
  });

  test('for want of room is tried again, and then said', async () => {
    // Room for the files that node itself has open, and none for the pipes of a child until some are closed.
    bundle(
      `import { closeSync, openSync } from 'node:fs';
       import { createCommandRunner } from './src/host/process-runner.ts';
       const runner = await createCommandRunner();
       const spec = JSON.parse(process.argv[2]);
       const fill = () => { const all = []; try { for (;;) all.push(openSync('/dev/null')); } catch { return all; } };
       const open = fill();
       const first = runner.start(spec);
       console.log(first.pid === undefined);
       setImmediate(() => { for (const fd of open) closeSync(fd); });
       console.log(JSON.stringify(await first.ended));
       fill();
       console.log(JSON.stringify(await runner.start(spec).ended));
       const cancelled = runner.start(spec);
       cancelled.cancel();
       console.log((await cancelled.ended).how);
       process.exit();`,
      at('run.mjs'),
    );
    const told = execFileSync('bash', [
      '-c',
      'ulimit -n 80; exec "$0" "$@"',
      process.execPath,
      at('run.mjs'),
      JSON.stringify(spec('exit 7')),
    ]);
    const [waits, first = '', second = '', third] = told.toString().trim().split('\n');
    expect(waits).toBe('true');
    expect(JSON.parse(first)).toMatchObject({ how: 'exit', exitCode: 7 });
    expect(JSON.parse(second)).toMatchObject({
      how: 'not-started',
      message: 'The system has no room for another process (EMFILE).',
    });
    expect(third).toBe('cancelled');
  });

  test('plugins, when the runner was made without them, which is a bug', async () => {
    const plain = await createCommandRunner();
    expect(() => plain.start(spec('true', { door: 'plugin' }))).toThrow(
      'Internal error: the command runner was made without plugins, but test needs one',
    );
  });
});

describe('the reaper', () => {
  const startWrangle = (command: string, then: string) => rig.startWrangle(spec(command), then);
  /** Other processes that have the file open. */
  const holdersOf = (path: string) =>
    nodeFs.readdirSync('/proc').flatMap((pid) => {
      if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return [];
      try {
        const files = nodeFs.readdirSync(`/proc/${pid}/fd`).map((one) => nodeFs.readlinkSync(`/proc/${pid}/fd/${one}`));
        return files.includes(path) ? [Number(pid)] : [];
      } catch {
        return [];
      }
    });

  test('kills what a killed wrangle leaves, and keeps the descriptor until then', async () => {
    makeFifo('ready');
    makeFifo('inherited');
    // Its end of file comes when the last process that has it open is gone.
    const inherited = readFifo('inherited');
    const { wrangle, nextLine } = startWrangle(
      'trap "" TERM; sleep 1000 & echo "$$ $!" >ready; while :; do sleep 0.01; done',
      '',
    );
    expect(await nextLine()).toBe('started');
    const pids = (await readFifo('ready')).trim().split(' ').map(Number);
    expect(pids.map(isAlive)).toEqual([true, true]);
    wrangle.kill('SIGKILL');
    await inherited;
    expect(pids.map(isAlive)).toEqual([false, false]);
  });

  test('kills what is left when wrangle ends without a word', async () => {
    makeFifo('ready');
    makeFifo('inherited');
    const inherited = readFifo('inherited');
    const { wrangle, nextLine } = startWrangle(
      'echo $$ >ready; exec sleep 1000',
      'process.stdin.once("data", () => process.exit(3));',
    );
    expect(await nextLine()).toBe('started');
    const pid = Number(await readFifo('ready'));
    wrangle.stdin.write('end\n');
    expect(await once(wrangle, 'exit')).toEqual([3, null]);
    await inherited;
    expect(isAlive(pid)).toBe(false);
  });

  test('holds nothing up and leaves nothing behind when all has ended', async () => {
    makeFifo('inherited');
    const inherited = readFifo('inherited');
    const { wrangle, nextLine } = startWrangle('exit 0', 'console.log((await running.ended).how);');
    expect(await nextLine()).toBe('started');
    expect(await nextLine()).toBe('exit');
    expect(await once(wrangle, 'exit')).toEqual([0, null]);
    await inherited;
  });

  test('has let go of the descriptor when close resolves, and comes again with the next process', async () => {
    const path = at('inherited');
    const fd = nodeFs.openSync(path, 'w');
    const own = await createCommandRunner({ inheritFd: () => fd });
    await own.start(spec('true')).ended;
    await own.close();
    expect(holdersOf(path)).toEqual([]);
    const running = own.start(spec('true'));
    expect(holdersOf(path)).toHaveLength(1);
    await running.ended;
    await own.close();
    await own.close();
    expect(holdersOf(path)).toEqual([]);
    nodeFs.closeSync(fd);
  });

  test('comes again at once when it is killed, and knows what the one before it knew', async () => {
    const fd = nodeFs.openSync(at('inherited'), 'w');
    const asked = new EventEmitter();
    const reaper = new Reaper(() => {
      asked.emit('descriptor');
      return fd;
    });
    reaper.start();
    const again = once(asked, 'descriptor');
    const [first] = holdersOf(at('inherited'));
    const watched = spawn('/bin/sleep', ['1000'], { detached: true, stdio: 'ignore' });
    const ended = once(watched, 'exit');
    reaper.add(Number(watched.pid));
    process.kill(Number(first), 'SIGKILL');
    await again;
    expect(holdersOf(at('inherited'))).toHaveLength(1);
    // As if wrangle were gone: what is watched over is ended.
    await reaper.close();
    expect(await ended).toEqual([null, 'SIGTERM']);
    nodeFs.closeSync(fd);
  });
});

test('100 processes that end together are all told of, once each', async () => {
  makeFifo('go');
  const gate = nodeFs.openSync(at('go'), nodeFs.constants.O_RDWR);
  const ends: Promise<ProcessEnd>[] = [];
  for (let i = 0; i < 100; i++) ends.push(run(['/bin/sh', '-c', `read -r _ <go; exit ${i}`]));
  nodeFs.writeSync(gate, '\n'.repeat(100));
  expect((await Promise.all(ends)).map((end) => end.exitCode)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  nodeFs.closeSync(gate);
});
