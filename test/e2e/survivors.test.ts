/** What outlives `kill -9` of wrangle: nothing of the stages, by the reaper or, when that was killed too, the next build. */
import { once } from 'node:events';
import { existsSync, readFileSync, watch } from 'node:fs';
import { expect, test } from 'vitest';
import { CliProject, helpersOf, killWithHelpers, processesIn } from '../support/cli-project.ts';

/** Says when it runs, then waits at a gate, as its child and its grandchild do. Runs to its end once there is `finish`. */
const PIPELINE = `
version: 1
stages:
  slow:
    run: |
      if [ -e finish ]; then echo whole > \${{ outputs.o }}; exit; fi
      echo half > \${{ outputs.o }}
      (trap '' TERM; (cat gate; echo late > build/slow.txt) & cat gate) &
      echo > started
      cat gate
    outputs: { o: build/slow.txt }
`;

function project(): CliProject {
  const made = new CliProject().write({ 'pipeline.yaml': PIPELINE });
  made.fifo('gate');
  made.fifo('started');
  return made;
}

/** Wrangle may be slower than its stage, and a kill before it knows the pid is another test's (`survivors.test.ts`). */
async function isWrittenDown(built: CliProject): Promise<void> {
  const isThere = () => built.exists('.wrangle/processes') && built.read('.wrangle/processes').includes('"leader"');
  const watcher = watch(built.path('.wrangle'));
  while (!isThere()) await once(watcher, 'change');
  watcher.close();
}

async function converges(built: CliProject): Promise<string> {
  built.write({ finish: '' });
  const next = await built.run('build', 'pipeline.yaml');
  expect(next.code).toBe(0);
  expect(built.read('build/slow.txt')).toBe('whole\n');
  expect(processesIn(built.dir)).toEqual([]);
  expect(built.exists('.wrangle/processes')).toBe(false);
  return next.stderr;
}

test.runIf(process.platform === 'linux')(
  'the reaper ends what a killed wrangle leaves before the next build begins',
  async () => {
    const built = project();
    const running = built.start('build', 'pipeline.yaml');
    await built.readFrom('started');
    await isWrittenDown(built);
    running.child.kill('SIGKILL');
    await running.ended;
    // The reaper has the lock until nothing is left, so the next build waits for that.
    expect(await converges(built)).not.toContain('that still ran');
  },
);

test.runIf(process.platform === 'linux')(
  'the next build ends what is left when the reaper was killed too',
  async () => {
    const built = project();
    const running = built.start('build', 'pipeline.yaml');
    await built.readFrom('started');
    await isWrittenDown(built);
    expect(killWithHelpers(running.child, built.dir)).toBeGreaterThan(0);
    await running.ended;
    expect(processesIn(built.dir).length).toBeGreaterThanOrEqual(3);
    const stderr = await converges(built);
    expect(stderr).toContain('A build was killed; processes of "slow" that still ran were ended.\n');
  },
);

test.runIf(process.platform === 'linux')(
  'a stage that kills its reaper is like any other, and so are those after it',
  async () => {
    const built = new CliProject().write({
      'reaper.sh': `for fd in /proc/[0-9]*/fd/*; do
  [ "$fd" -ef "$PWD/.wrangle/lock" ] || continue
  pid=\${fd#/proc/}; pid=\${pid%%/*}
  [ "$pid" = "$PPID" ] || [ "$pid" = "$1" ] || { kill -KILL "$pid"; killed=$pid; }
done 2>/dev/null
# Until wrangle has taken note.
while kill -0 "$killed"; do sleep 0.01; done 2>/dev/null; true
`,
      'pipeline.yaml': `
version: 1
stages:
  killer: { run: ". ./reaper.sh; echo 1 > \${{ outputs.o }}", outputs: { o: one.txt } }
  slow:
    run: echo > started; cat gate > \${{ outputs.o }}
    needs: [killer]
    outputs: { o: two.txt }
`,
    });
    built.fifo('gate');
    built.fifo('started');
    const running = built.start('build', 'pipeline.yaml', '-j', '1');
    await built.readFrom('started');
    expect(built.read('one.txt')).toBe('1\n');
    // Another one watches over the second stage.
    expect(helpersOf(built.dir).length).toBe(1);
    await built.writeTo('gate', '2\n');
    const { code, stderr } = await running.ended;
    expect({ code, lines: stderr.match(/\d ran/g) }).toEqual({ code: 0, lines: ['2 ran'] });
    expect(readFileSync(built.path('two.txt'), 'utf8')).toBe('2\n');
  },
);

test.runIf(process.platform === 'linux' && existsSync('/usr/bin/python3'))(
  'a launcher that is killed fails what it had started, which ends with it, and the build says so',
  async () => {
    const many = Array.from({ length: 30 }, (_, at) => [`s${at}`, { run: 'echo > started; cat gate' }]);
    const built = new CliProject().write({
      'pipeline.yaml': JSON.stringify({ version: 1, stages: Object.fromEntries(many) }),
    });
    for (const name of ['gate', 'started']) built.fifo(name);
    const running = built.start('build', 'pipeline.yaml', '-j1');
    await built.readFrom('started');
    const { pid } = running.child;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    const launcher = children.find((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('launcher.py'));
    process.kill(Number(launcher), 'SIGKILL');
    const { code, stderr } = await running.ended;
    expect(code).toBe(1);
    expect(stderr).toContain('The process that starts stages was killed by SIGKILL. This stage was ended with it.');
    expect(processesIn(built.dir)).toEqual([]);
  },
);
