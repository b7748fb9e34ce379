// The small process that starts commands and ends them, with real processes. What must happen in an order waits for a
// named pipe. How a process lives and ends is tested in process-runner.test.ts; here, that the launcher keeps to it.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as nodeFs from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { StartChild } from '../../../src/host/child.ts';
import { Launcher } from '../../../src/host/launcher.ts';
import type { Flow, Output } from '../../../src/host/output-sink.ts';
import { ProcessRoom } from '../../../src/host/process-room.ts';
import { ProcessRun } from '../../../src/host/process-run.ts';
import {
  type CommandRunnerOptions,
  createCommandRunner,
  type NodeCommandRunner,
} from '../../../src/host/process-runner.ts';
import type { ProcessEnd, ProcessSpec } from '../../../src/ports/command-runner.ts';
import { isAlive, PATH, ProcessRig, plainEnd } from '../../support/process-rig.ts';

const PYTHON = ['/usr/bin/python3', '-I', '-S'] as const;
const PROGRAM = resolve('src/host/launcher.py');

const rig = new ProcessRig();
const { at, spec, makeFifo, readFifo } = rig;
let runner: NodeCommandRunner;

const launched = (more: CommandRunnerOptions = {}) => createCommandRunner({ expected: 1000, ...more });

beforeEach(({ skip }) => skip(!nodeFs.existsSync(PYTHON[0]), `there is no ${PYTHON[0]} on this machine`));
beforeAll(async () => {
  runner = await launched({ logBytesMax: 1000, plugins: true });
});
afterAll(() => runner.close());

const run = (command: string | [string, ...string[]], more: Partial<ProcessSpec> = {}): Promise<ProcessEnd> =>
  runner.start(spec(command, more)).ended;

const log = () => nodeFs.readFileSync(at('logs/stage.log'), 'utf8');

describe('a process that it starts', () => {
  test('is its child and not ours, leads a group of its own, and does not inherit the descriptor', async () => {
    const fd = nodeFs.openSync(at('held'), 'w');
    const own = await launched({ inheritFd: () => fd });
    const command = 'echo $PPID; readlink /proc/$PPID/fd/3; echo $$; cut -d" " -f5 /proc/$$/stat; ls -l /proc/$$/fd';
    const [parent, held, pid, group, ...open] = (await own.start(spec(command)).ended).tail;
    expect(nodeFs.readFileSync(`/proc/${parent}/cmdline`, 'utf8')).toContain(PROGRAM);
    expect(held).toBe(at('held'));
    expect(group).toBe(pid);
    expect(open.join('\n')).not.toContain(at('held'));
    await own.close();
    nodeFs.closeSync(fd);
  });

  test('ends with its exit code or signal', async () => {
    for (const code of [0, 1, 126, 127, 255]) {
      expect(await run(`exit ${code}`)).toStrictEqual({ ...plainEnd, exitCode: code });
    }
    expect(await run('kill -SEGV $$')).toStrictEqual({
      ...plainEnd,
      how: 'signal',
      exitCode: undefined,
      signal: 'SIGSEGV',
    });
  });

  test('that a signal of real time ends has not ended well', async () => {
    const end = await run('kill -34 $$');
    expect(end).toStrictEqual({ ...plainEnd, how: 'signal', exitCode: undefined, signal: 'signal 34' });
  });

  test('has a session of its own', async () => {
    const { tail } = await run('test $$ = $(cut -d" " -f6 /proc/$$/stat) && echo leads');
    expect(tail).toEqual(['leads']);
  });

  test('has the environment and the folder that were given, and no stdin', async () => {
    const end = await run('cat; pwd; env | sort', { env: { PATH, ONLY: 'line 1\nline 2 \u20ac' } });
    expect(end.tail.filter((line) => !/^(PWD|SHLVL|_)=/.test(line))).toEqual([
      rig.root,
      'ONLY=line 1',
      `PATH=${PATH}`,
      'line 2 €',
    ]);
  });

  test('has nothing of the environment of those before it, whether they could be started or not', async () => {
    const variables = async (env: Record<string, string>) => [...(await run(['/usr/bin/env'], { env })).tail].sort();
    expect(await variables({ A: '1', B: '1', toString: 'x' })).toEqual(['A=1', 'B=1', 'toString=x']);
    await run(['no-such-command'], { env: { A: '2', C: '1' } });
    expect(await variables({ A: '2', B: '1' })).toEqual(['A=2', 'B=1']);
    expect(await variables({})).toEqual([]);
  });

  test('is one of many at once, each with its own end', async () => {
    const ends = await Promise.all(
      Array.from({ length: 50 }, (_, n) => run(`echo out ${n}; exit ${n}`, { logPath: at(`logs/${n}.log`) })),
    );
    expect(ends.map(({ exitCode, tail }) => [exitCode, tail])).toEqual(
      Array.from({ length: 50 }, (_, n) => [n, [`out ${n}`]]),
    );
    expect(nodeFs.readFileSync(at('logs/49.log'), 'utf8')).toBe('out 49\n');
  });

  test('has its pid known while it runs', async () => {
    makeFifo('ready');
    makeFifo('go');
    const running = runner.start(spec('echo $$ >ready; read -r _ <go'));
    const pid = Number(await readFifo('ready'));
    while (running.pid === undefined) await new Promise((resolve) => setImmediate(resolve));
    expect(running.pid).toBe(pid);
    execFileSync('timeout', ['10', 'sh', '-c', 'echo on >go'], { cwd: rig.root });
    expect(await running.ended).toStrictEqual(plainEnd);
  });

  test('has no signal ignored', async () => {
    const { tail } = await run(`grep SigIgn /proc/self/status`);
    // libc has 32 and 33 for itself, and posix_spawn has them ignored until the command's own libc is there.
    const libc = (1n << 31n) | (1n << 32n);
    expect(BigInt(`0x${tail[0]?.split('\t')[1]}`) & ~libc).toBe(0n);
  });

  test('that cannot be started says why', async () => {
    const message = async (argv: [string, ...string[]], more: Partial<ProcessSpec> = {}) => {
      const { how, message, tail } = await run(argv, more);
      expect([how, tail]).toEqual(['not-started', []]);
      return message;
    };
    nodeFs.writeFileSync(at('plain'), 'text', { mode: 0o644 });
    expect(await message(['no-such-command'])).toBe(
      'The command "no-such-command" was not found in any folder of PATH.',
    );
    expect(await message(['./plain'])).toBe('The file "./plain" is not executable.');
    expect(await message(['plain'], { env: { PATH: rig.root } })).toBe(`The file "${at('plain')}" is not executable.`);
    expect(await message([''])).toBe('The name of the command is empty.');
    expect(await message(['true'], { cwd: at('gone') })).toBe(`The folder to run in, "${at('gone')}", does not exist.`);
    expect(await message(['true', 'a\0b'])).toBe(
      'Argument 1 of the command contains a NUL character, which no process can be given.',
    );
    expect(await message(['true', 'a', 'x'.repeat(200_000)])).toBe(
      'Argument 2 of the command is 200000 bytes long, more than the system allows; write long lists to a file instead.',
    );
  });

  test('is found by its name in its own PATH, and by sh when it is a script that names no interpreter', async () => {
    for (const name of ['one', 'two']) nodeFs.mkdirSync(at(name));
    nodeFs.mkdirSync(at('one/tool'));
    nodeFs.writeFileSync(at('two/tool'), 'echo "$0 $1"\n', { mode: 0o755 });
    const path = `${at('none')}:${at('one')}:${at('two')}`;
    expect((await run(['tool', 'a b'], { env: { PATH: path } })).tail).toEqual([`${at('two/tool')} a b`]);
    expect((await run(['two/tool', 'c'], { env: { PATH } })).tail).toEqual(['two/tool c']);
    nodeFs.writeFileSync(at('one/odd'), '#!/no/such/interpreter\n', { mode: 0o755 });
    nodeFs.writeFileSync(at('two/odd'), '#!/bin/echo\n', { mode: 0o755 });
    expect((await run(['odd'], { env: { PATH: path } })).tail).toEqual([at('two/odd')]);
    // An empty name in PATH is the folder that it runs in.
    expect((await run(['tool'], { env: { PATH: ':' }, cwd: at('two') })).tail).toEqual(['./tool ']);
  });

  test('that there is no descriptor left for fails alone, however many there are', async () => {
    const ends = new Set<string>();
    for (let files = 8; files < 20; files++) {
      nodeFs.writeFileSync(at('few.sh'), `ulimit -n ${files}\nexec ${PYTHON.join(' ')} ${PROGRAM}\n`);
      const own = await Launcher.open(undefined, ['/bin/sh', at('few.sh')]);
      if (!own) continue;
      const end = await new Promise<string>((resolve) => {
        own.start(spec('true'), {
          onStart: () => resolve('started'),
          onFailure: (error) => resolve((error as Error).message),
          onLoss: resolve,
          onOutput: () => {},
          onOutputEnd: () => {},
          onExit: () => {},
        });
      });
      ends.add(end);
      await own.close();
    }
    expect([...ends]).toEqual(['spawn EMFILE', 'started']);
  });

  test('is given every byte of its arguments and variables', async () => {
    const odd = ' two  words \n= € \u{1f600} \\ \' " $HOME ';
    const end = await run(['/bin/bash', '-c', 'printf "%s|" "$@" "$ODD" "$EMPTY"', 'bash', odd, '', '-n'], {
      env: { PATH, ODD: odd, EMPTY: '' },
    });
    expect(end.tail.join('\n')).toBe(`${odd}||-n|${odd}||`);
  });

  test('runs in the folder that has the name when it starts', async () => {
    const cwd = at('moved');
    for (const turn of ['1', '2']) {
      nodeFs.mkdirSync(cwd);
      nodeFs.writeFileSync(`${cwd}/turn`, turn);
      expect((await run('cat turn', { cwd })).tail).toEqual([turn]);
      nodeFs.rmSync(cwd, { recursive: true });
    }
  });

  test('that closes its output has not ended', async () => {
    makeFifo('go');
    const running = runner.start(spec('echo out; exec >&- 2>&-; read -r _ <go; exit 9'));
    const writer = spawn('timeout', ['10', 'sh', '-c', 'echo on >go'], { cwd: rig.root });
    expect(await running.ended).toMatchObject({ how: 'exit', exitCode: 9, tail: ['out'] });
    if (writer.exitCode === null) await once(writer, 'exit');
  });

  test('leaves nothing behind', async () => {
    makeFifo('held');
    const gone = readFifo('held');
    const end = await run('exec 9>held; sleep 1000 >/dev/null 2>&1 & echo up');
    expect(end).toMatchObject({ how: 'exit', exitCode: 0, leftovers: true });
    await gone;
  });
});

describe('stopping', () => {
  const stubborn = 'trap "" TERM; echo $$ >ready; while :; do sleep 0.01; done';

  test('when its time is over', async () => {
    const end = await run('trap "" TERM; while :; do sleep 0.01; done', { timeoutMs: 200, graceMs: 100 });
    expect(end).toStrictEqual({ ...plainEnd, how: 'timeout', exitCode: undefined, signal: 'SIGKILL' });
    expect(end.durationMs).toBeGreaterThanOrEqual(300);
  });

  test('with time to tidy up', async () => {
    makeFifo('ready');
    const running = runner.start(spec('trap "echo tidied; exit 5" TERM; sleep 1000 & echo >ready; wait'));
    await readFifo('ready');
    running.cancel();
    expect(await running.ended).toStrictEqual({
      ...plainEnd,
      how: 'cancelled',
      exitCode: 5,
      hasLog: true,
      tail: ['tidied'],
    });
    running.cancel(true);
  });

  test('by force', async () => {
    makeFifo('ready');
    const running = runner.start(spec(stubborn, { graceMs: 3_600_000 }));
    await readFifo('ready');
    running.cancel();
    running.cancel(true);
    expect(await running.ended).toMatchObject({ how: 'cancelled', signal: 'SIGKILL' });
  });

  test('right after the start, whatever the moment', async () => {
    for (let turn = 0; turn < 50; turn++) {
      const running = runner.start(spec(['sleep', '1000']));
      running.cancel();
      expect(await running.ended).toMatchObject({ how: 'cancelled', signal: 'SIGTERM' });
    }
  });
});

describe('output', () => {
  test('that waits in the pipes while its log is slow is not lost', async () => {
    const launcher = (await Launcher.open(undefined)) as Launcher;
    for (const name of ['gate', 'held']) makeFifo(name);
    const gone = readFifo('held');
    let written = '';
    let isSlow = true;
    const shared = { logBytesMax: 1000, ledger: undefined, room: new ProcessRoom() };
    const start: StartChild = (begun, listener) => launcher.start(begun, listener);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      let run: ProcessRun | undefined;
      await new Promise<void>((resolve) => {
        const slow = (flow: Flow): Output => ({
          write: (_, bytes) => {
            written += String(bytes);
            if (isSlow) flow.pause();
            resolve();
          },
          flushed: async () => {
            isSlow = false;
            flow.resume();
          },
          close: async () => ({ tail: [], hasLog: false }),
        });
        run = new ProcessRun(spec('exec 9>held; echo first; read -r <gate; echo last'), start, shared, slow);
      });
      await nodeFs.promises.writeFile(at('gate'), '\n');
      await gone;
      // Whoever is told that it has ended waits for the end of its output, in vain, for as long as it does.
      while (isSlow) await vi.advanceTimersByTimeAsync(100);
      vi.useRealTimers();
      expect(await run?.ended).toMatchObject({ how: 'exit', exitCode: 0 });
      expect(written).toBe('first\nlast\n');
    } finally {
      vi.useRealTimers();
      await launcher.close();
    }
  });

  test('is masked in the log, the tail and on the way to wrangle', async () => {
    const texts: string[] = [];
    const end = await run('printf "token s3cr3t-"; sleep 0.05; echo "value!"; echo "last €"', {
      secrets: ['s3cr3t-value!'],
      onOutput: (text) => texts.push(text),
    });
    expect(log()).toBe('token ***\nlast €\n');
    expect(end.tail).toEqual(['token ***', 'last €']);
    expect(texts.join('')).toBe('token ***\nlast €\n');
  });

  test('that is more than the pipes hold arrives whole and before the end', async () => {
    let size = 0;
    const end = await run('seq 300000', {
      onOutput: (text) => {
        size += text.length;
      },
    });
    expect(size).toBe(execFileSync('seq', ['300000'], { maxBuffer: 2 ** 24 }).length);
    expect(end.tail.at(-1)).toBe('300000');
    expect(log()).toMatch(/\n\[wrangle: the log ends here, at 1000 bytes; the stage went on\]\n$/);
  });
});

describe('the death of the launcher', () => {
  test('ends what it had started, and later processes start directly', async () => {
    const own = await launched();
    const parent = async () => Number((await own.start(spec('echo $PPID')).ended).tail[0]);
    const pid = await parent();
    expect(pid).not.toBe(process.pid);

    makeFifo('ready');
    makeFifo('again');
    const lost = own.start(spec('sleep 1000 & echo $! >ready; wait'));
    const stopped = own.start(spec('trap "" TERM; echo $$ >again; while :; do sleep 0.01; done', { graceMs: 100 }));
    const children = [Number(await readFifo('ready')), Number(await readFifo('again'))];
    while (!lost.pid || !stopped.pid) await new Promise((resolve) => setImmediate(resolve));
    stopped.cancel();
    process.kill(pid, 'SIGKILL');
    expect(await lost.ended).toStrictEqual({
      ...plainEnd,
      how: 'not-started',
      exitCode: undefined,
      message: 'The process that starts stages was killed by SIGKILL. This stage was ended with it.',
    });
    expect(await stopped.ended).toStrictEqual({ ...plainEnd, how: 'cancelled', exitCode: undefined });
    expect(children.map(isAlive)).toEqual([false, false]);
    expect(await parent()).toBe(process.pid);
    await own.close();
  });

  test('before it has told of a start ends what it had started', async () => {
    const own = await launched();
    const env = { PATH, WRANGLE_STAGE: 'test', WRANGLE_RUN_ID: 'lost' };
    const end = await own.start(spec('echo $$ >pid; kill -9 $PPID; exec sleep 1000', { env })).ended;
    expect(end).toMatchObject({ how: 'not-started' });
    expect(isAlive(Number(nodeFs.readFileSync(at('pid'), 'utf8')))).toBe(false);
    await own.close();
  });

  test('before it is ready is as if there were none', async () => {
    nodeFs.writeFileSync(at('broken.py'), 'exit(3)');
    expect(await Launcher.open(undefined, [...PYTHON, at('broken.py')])).toBe(undefined);
    expect(await Launcher.open(undefined, [at('no-python')])).toBe(undefined);
  });
});

describe('the end of wrangle', () => {
  function startWrangle(command: string, then: string, door: ProcessSpec['door'] = 'command') {
    nodeFs.copyFileSync(PROGRAM, at('launcher.py'));
    return rig.startWrangle(spec(command, { door }), then, 'expected: 1000, plugins: true,');
  }

  test.each(['command', 'plugin'] as const)(
    'by kill -9 ends all groups, and the descriptor is kept until then (%s)',
    async (door) => {
      makeFifo('ready');
      makeFifo('inherited');
      // Its end of file comes when the last process that has it open is gone.
      const inherited = readFifo('inherited');
      const command = 'trap "" TERM; sleep 1000 & echo "$$ $!" >ready; while :; do sleep 0.01; done';
      const { wrangle, nextLine } = startWrangle(command, '', door);
      expect(await nextLine()).toBe('started');
      const pids = (await readFifo('ready')).trim().split(' ').map(Number);
      expect(pids.map(isAlive)).toEqual([true, true]);
      wrangle.kill('SIGKILL');
      await inherited;
      expect(pids.map(isAlive)).toEqual([false, false]);
    },
  );

  test('by kill -9 while it does not read what commands say ends them too', async () => {
    for (const name of ['ready', 'go', 'inherited']) makeFifo(name);
    const inherited = readFifo('inherited');
    const { wrangle, nextLine } = startWrangle(
      // In small pieces: of a large one a part is taken, and then the error is another.
      'sleep 1000 & echo "$PPID $!" >ready; read -r _ <go; while :; do echo out; /bin/true; done',
      '',
    );
    expect(await nextLine()).toBe('started');
    const [launcher, child] = (await readFifo('ready')).trim().split(' ').map(Number);
    wrangle.kill('SIGSTOP');
    nodeFs.writeFileSync(at('go'), 'on\n');
    // What it waits in, and the first argument: a write to its stdout.
    const isStuck = () => / 0x1 /.test(nodeFs.readFileSync(`/proc/${launcher}/syscall`, 'utf8').slice(0, 9));
    while (!isStuck()) await new Promise((resolve) => setImmediate(resolve));
    wrangle.kill('SIGKILL');
    await inherited;
    expect(isAlive(Number(child))).toBe(false);
  });

  test('is not held up by the launcher, which goes too', async () => {
    makeFifo('inherited');
    const inherited = readFifo('inherited');
    const { wrangle, nextLine } = startWrangle('exit 0', 'console.log((await running.ended).how);');
    expect(await nextLine()).toBe('started');
    expect(await nextLine()).toBe('exit');
    expect(await once(wrangle, 'exit')).toEqual([0, null]);
    await inherited;
  });

  test('after close nothing has the descriptor, and what still ran was ended', async () => {
    makeFifo('inherited');
    const inherited = readFifo('inherited');
    const { wrangle, nextLine } = startWrangle(
      'sleep 1000',
      `while (running.pid === undefined) await new Promise((resolve) => setImmediate(resolve));
       const { pid } = running;
       await runner.close();
       await runner.close();
       console.log(pid);
       console.log((await running.ended).how);`,
    );
    expect(await nextLine()).toBe('started');
    expect(isAlive(Number(await nextLine()))).toBe(false);
    expect(['signal', 'not-started']).toContain(await nextLine());
    expect(await once(wrangle, 'exit')).toEqual([0, null]);
    await inherited;
  });
});

test('300 MB of output take little memory on the way', async () => {
  const noisy = spec('yes "a line of output that is neither short nor long" | head -c 300000000');
  const before = process.memoryUsage().rss;
  const own = await launched();
  expect(await own.start(noisy).ended).toMatchObject({ how: 'exit', exitCode: 0, hasLog: true });
  expect(nodeFs.statSync(at('logs/stage.log')).size).toBe(300_000_000);
  expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
  await own.close();
});
