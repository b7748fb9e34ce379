/** How processes of stages end, and what is said of it: real ones, started by the built command line. */
import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CliProject, processesIn } from '../support/cli-project.ts';

/** Whether a descriptor of this process is passed on: Node marks its own so that they are not. */
function isInherited(fd: string): boolean {
  try {
    const [, flags = '0'] = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')) ?? [];
    return (Number.parseInt(flags, 8) & O_CLOEXEC) === 0;
  } catch {
    return false;
  }
}

const O_CLOEXEC = 0o2000000;

/** YAML of a pipeline whose stages have nothing but a command; a list is an argv. */
function pipelineOf(commands: Readonly<Record<string, string | readonly string[]>>, rest: object = {}): string {
  const stages = Object.entries(commands).map(([id, run]) => [id, { run }]);
  return JSON.stringify({ version: 1, ...rest, stages: Object.fromEntries(stages) });
}

/** Stage -> why it failed; null when it did not. */
async function messagesOf(project: CliProject, ...flags: string[]): Promise<Record<string, string | null>> {
  const { stages } = (await project.run('build', 'pipeline.yaml', '-k', '--json', ...flags)).json();
  return Object.fromEntries(Object.entries(stages).map(([id, { failure }]) => [id, failure?.message ?? null]));
}

test('exit codes and signals, as they are and with what they mean', async () => {
  const codes = [0, 1, 2, 77, 126, 127, 139, 143, 255];
  const signals = ['TERM', 'KILL', 'SEGV', 'HUP', 'INT', 'ABRT'];
  const project = new CliProject().write({
    'pipeline.yaml': pipelineOf({
      ...Object.fromEntries(codes.map((code) => [`e${code}`, `exit ${code}`])),
      ...Object.fromEntries(signals.map((signal) => [signal, `kill -${signal} $$`])),
    }),
  });
  expect(await messagesOf(project)).toEqual({
    e0: null,
    e1: 'It ended with exit code 1.',
    e2: 'It ended with exit code 2.',
    e77: 'It ended with exit code 77.',
    e126: 'It ended with exit code 126: a command cannot be run.',
    e127: 'It ended with exit code 127: a command was not found.',
    e139: 'It ended with exit code 139 (SIGSEGV?).',
    e143: 'It ended with exit code 143 (SIGTERM?).',
    e255: 'It ended with exit code 255.',
    TERM: 'It was killed by SIGTERM.',
    KILL: 'It was killed by SIGKILL (out of memory?).',
    SEGV: 'It was killed by SIGSEGV.',
    HUP: 'It was killed by SIGHUP.',
    INT: 'It was killed by SIGINT.',
    ABRT: 'It was killed by SIGABRT.',
  });
});

test('what cannot be started: the culprit is named', async () => {
  const project = new CliProject().write({
    'plain.txt': 'no program',
    'folder/file': '',
    'lost.sh': '#!/no/such/interpreter\n',
    'big.yaml': JSON.stringify({ big: 'x'.repeat(140_000) }),
    'pipeline.yaml': pipelineOf(
      {
        missing: ['no-such-command-1', 'x'],
        path: ['./missing.sh'],
        plain: ['./plain.txt'],
        folder: ['./folder'],
        lost: ['./lost.sh'],
        long: ['echo', 'short', `\${{ params.big }}`],
      },
      { params: { big: '' } },
    ),
  });
  chmodSync(project.path('lost.sh'), 0o755);
  expect(await messagesOf(project, '--params-file', 'big.yaml')).toEqual({
    missing: 'The command "no-such-command-1" was not found in any folder of PATH.',
    path: 'The command "./missing.sh" does not exist.',
    plain: 'The file "./plain.txt" is not executable.',
    folder: 'The command "./folder" is a folder.',
    lost: 'The interpreter "/no/such/interpreter" in the first line of "./lost.sh" does not exist.',
    long: 'Argument 2 of the command is 140000 bytes long, more than the system allows; write long lists to a file instead.',
  });
});

test('time limits: TERM, then KILL for what does not listen, though its leader did; each is told', async () => {
  const project = new CliProject().write({
    'pipeline.yaml': pipelineOf(
      {
        polite: `trap 'echo bye > said; exit 3' TERM; sleep 1000 & wait`,
        deaf: `trap '' TERM; while :; do sleep 1000; done`,
        deaf_child: `(trap '' TERM; while :; do sleep 1000; done) & echo up; wait`,
      },
      { defaults: { timeout: '400ms' } },
    ),
  });
  const startedAt = performance.now();
  expect(await messagesOf(project, '-j', '3')).toEqual({
    polite: 'It was stopped after 400 ms, its timeout.',
    deaf: 'It was stopped after 400 ms, its timeout, and killed, since it did not end by itself.',
    // The leader ended as it was asked to.
    deaf_child: 'It was stopped after 400 ms, its timeout.',
  });
  expect(project.read('said')).toBe('bye\n');
  expect(processesIn(project.dir)).toEqual([]);
  // The grace, in which they could have ended.
  expect(performance.now() - startedAt).toBeGreaterThan(10_000);
});

test('what a stage leaves running is ended and told, and does not hold the stage up', async () => {
  const project = new CliProject().write({
    'pipeline.yaml': pipelineOf({
      keeps_output_open: 'sleep 1000 & echo done',
      closed_its_output: 'sleep 1000 >/dev/null 2>&1 & echo done',
      deaf: `(trap '' TERM HUP; sleep 1000) & echo done`,
    }),
  });
  const { code, stderr } = await project.run('build', 'pipeline.yaml', '-j', '3');
  expect(code).toBe(0);
  for (const stage of ['keeps_output_open', 'closed_its_output', 'deaf']) {
    expect(stderr).toContain(`warning: ${stage}: It left processes running in the background; they were ended.\n`);
  }
  expect(processesIn(project.dir)).toEqual([]);
});

test('a process has stdin at its end, stdout, stderr, and nothing else of ours', async () => {
  const project = new CliProject().write({
    'pipeline.yaml': pipelineOf({
      // `ls` has the folder open that it lists.
      fds: 'ls /proc/self/fd > fds; cat > stdin; readlink /proc/self/fd/0 > which',
      // More than 20, so that the way of long builds is taken too.
      ...Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`many${at}`, `ls /proc/self/fd > fds${at}`])),
    }),
  });
  expect((await project.run('build', 'pipeline.yaml')).code).toBe(0);
  expect(project.read('which')).toBe('/dev/null\n');
  expect(project.read('stdin')).toBe('');
  // What the caller of the tests leaves open, a stage inherits like any program.
  const inherited = readdirSync('/proc/self/fd').filter((fd) => Number(fd) > 3 && isInherited(fd));
  const names = ['fds', ...Array.from({ length: 30 }, (_, at) => `fds${at}`)];
  for (const name of names) {
    const open = project.read(name).trim().split('\n');
    expect({ name, open: open.filter((fd) => !inherited.includes(fd)) }).toEqual({ name, open: ['0', '1', '2', '3'] });
  }
});

// Few are started directly, many by the launcher. The pause is longer than a start is tried for when nothing else runs.
test.each([19, 30])('a small limit of open files: %i stages that are to run at once end well', async (count) => {
  const many = Object.fromEntries(
    Array.from({ length: count }, (_, at) => [
      `s${at}`,
      {
        run: `cat \${{ inputs.all }} > \${{ outputs.o }}; echo out; echo err >&2; sleep 2`,
        inputs: { all: 'in/*.txt' },
        outputs: { o: `out/${at}` },
      },
    ]),
  );
  const project = new CliProject().write({
    ...Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`in/${at}.txt`, `${at}\n`])),
    'pipeline.yaml': JSON.stringify({ version: 1, stages: many }),
  });
  const built = await project.runUnder(
    ['sh', '-c', 'ulimit -n 64; exec "$@"', 'sh'],
    'build',
    'pipeline.yaml',
    '-j',
    '50',
    '--json',
  );
  expect({ code: built.code, counts: built.json().counts }).toMatchObject({ code: 0, counts: { ran: count } });
});
