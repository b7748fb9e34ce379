/** Signals to wrangle, as a terminal, a supervisor or a script sends them. Order comes from named pipes. */
import { describe, expect, test } from 'vitest';
import { CliProject, processesIn, type RunningCli } from '../support/cli-project.ts';

/** Says when it runs; asked to end, says so, and then needs to be let through the gate to tidy up. */
const POLITE = `trap 'echo > asked; cat gate > /dev/null; echo > tidy; exit 1' TERM; echo half > "$OUT"; echo > started; sleep 1000 & wait`;
/** Nothing but KILL ends it. */
const DEAF = `trap '' INT TERM HUP; echo half > "$OUT"; while :; do sh -c 'echo > started; exec sleep 1000'; done`;

function projectWith(run: string, more: object = {}): CliProject {
  const project = new CliProject().write({
    'pipeline.yaml': JSON.stringify({
      version: 1,
      stages: {
        slow: { run, env: { OUT: `\${{ outputs.o }}` }, outputs: { o: 'build/slow.txt' }, ...more },
        after: { run: 'touch ran-after', needs: ['slow'] },
      },
    }),
  });
  for (const name of ['started', 'asked', 'gate']) project.fifo(name);
  return project;
}

/** As from a terminal: to the whole group of the one that was started. */
function interruptGroup({ child }: RunningCli): void {
  process.kill(-(child.pid ?? 0), 'SIGINT');
}

function expectUntouched(project: CliProject): void {
  expect(project.exists('build/slow.txt')).toBe(false);
  expect(project.exists('ran-after')).toBe(false);
  expect(processesIn(project.dir)).toEqual([]);
}

describe.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s', (signal, exitCode) => {
  test('once: what runs is asked to end and may tidy up, nothing else starts', async () => {
    const project = projectWith(POLITE);
    const running = project.start('build', 'pipeline.yaml');
    await project.readFrom('started');
    running.child.kill(signal);
    await project.readFrom('asked');
    await project.writeTo('gate', '');
    const { code, stderr } = await running.ended;
    expect(code).toBe(exitCode);
    expect(project.exists('tidy')).toBe(true);
    expect(stderr).toMatch(/^Interrupted after .*: 2 cancelled\.$/m);
    expectUntouched(project);
  });
});

test('twice: what does not listen is killed at once, and outputs are as before', async () => {
  const project = projectWith(POLITE);
  const running = project.start('build', 'pipeline.yaml');
  await project.readFrom('started');
  running.child.kill('SIGINT');
  // It waits at the gate now, for good.
  await project.readFrom('asked');
  const before = performance.now();
  running.child.kill('SIGTERM');
  expect((await running.ended).code).toBe(130);
  expect(performance.now() - before).toBeLessThan(9_000);
  expect(project.exists('tidy')).toBe(false);
  expectUntouched(project);
});

test('a stage that ignores everything is killed when its grace is over', async () => {
  const project = projectWith(DEAF);
  const running = project.start('build', 'pipeline.yaml');
  await project.readFrom('started');
  running.child.kill('SIGINT');
  expect((await running.ended).code).toBe(130);
  expectUntouched(project);
});

test('three times: wrangle goes at once, and the next build finds nothing running and all as before', async () => {
  const project = projectWith(DEAF);
  const running = project.start('build', 'pipeline.yaml');
  await project.readFrom('started');
  // All three are there when it looks.
  running.child.kill('SIGSTOP');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) running.child.kill(signal);
  running.child.kill('SIGCONT');
  expect([129, 130, 143]).toContain((await running.ended).code);
  const next = project.start('build', 'pipeline.yaml');
  await project.readFrom('started');
  expect(processesIn(project.dir).filter((command) => command.startsWith('/bin/bash')).length).toBe(1);
  expect(project.exists('build/slow.txt')).toBe(false);
  next.child.kill('SIGKILL');
});

describe('started by something else, and interrupted as by Ctrl-C at a terminal', () => {
  test.each([
    ['sh -c', ['setsid', '-w', 'sh', '-c', '"$@"; code=$?; echo "it ended with $code"; exit $code', 'sh']],
    ['npm run', ['setsid', '-w', 'npm', 'run', '--silent', 'wrangle', '--']],
  ])('%s: once is once, told once, and nothing is left', async (_, wrapper) => {
    const project = projectWith(POLITE);
    project.write({ 'package.json': JSON.stringify({ scripts: { wrangle: 'exec' } }) });
    const running = project.startUnder(wrapper, 'build', 'pipeline.yaml');
    await project.readFrom('started');
    interruptGroup(running);
    await project.readFrom('asked');
    await project.writeTo('gate', '');
    const { stderr } = await running.ended;
    expect(stderr.match(/^Interrupted after /gm)).toHaveLength(1);
    // The same signal twice, from the terminal and from npm, is not a second Ctrl-C.
    expect(project.exists('tidy')).toBe(true);
    expectUntouched(project);
  });
});

test('a reader of its output that goes away does not stop the build, nor change its end', async () => {
  const noisy = Object.fromEntries(
    Array.from({ length: 30 }, (_, at) => [`s${at}`, { run: `seq 2000; touch ran${at}` }]),
  );
  const project = new CliProject().write({ 'pipeline.yaml': JSON.stringify({ version: 1, stages: noisy }) });
  for (const redirection of ['2>&1 >/dev/null', '2>/dev/null']) {
    const wrapper = ['bash', '-c', `set -o pipefail; "$@" ${redirection} | head -c 1`, 'bash'];
    const { code } = await project.runUnder(wrapper, 'build', 'pipeline.yaml', '-v', '--force', '--events', '-');
    expect(code).toBe(0);
    for (let at = 0; at < 30; at++) {
      expect(project.exists(`ran${at}`)).toBe(true);
      project.remove(`ran${at}`);
    }
  }
});

test('interrupted while it waits for another build, it goes', async () => {
  const project = projectWith(POLITE);
  const first = project.start('build', 'pipeline.yaml');
  await project.readFrom('started');
  const second = project.start('build', 'pipeline.yaml');
  await second.saw('Waiting for the workspace');
  second.child.kill('SIGINT');
  const { code, stderr } = await second.ended;
  expect(code).toBe(130);
  expect(stderr).toMatch(/\nStopped while waiting for the workspace\.\n$/);
  first.child.kill('SIGINT');
  await project.readFrom('asked');
  await project.writeTo('gate', '');
  await first.ended;
});

test.runIf(process.platform === 'linux')(
  'stopped and continued: what ended in time did not run out of it',
  async () => {
    const limitMs = 3_000;
    const project = projectWith('exec 9> asked; echo > started; cat gate > "$OUT"', { timeout: `${limitMs}ms` });
    const running = project.start('build', 'pipeline.yaml');
    // Its end of file comes with the end of the stage, which wrangle does not hear of while it is stopped.
    const ended = project.readFrom('asked');
    await project.readFrom('started');
    const beganAt = performance.now();
    running.child.kill('SIGSTOP');
    await project.writeTo('gate', 'in time\n');
    await ended;
    // There is no other way to let a limit pass than to let it pass.
    await new Promise((resolve) => setTimeout(resolve, limitMs - (performance.now() - beganAt) + 200));
    running.child.kill('SIGCONT');
    expect((await running.ended).code).toBe(0);
    expect(project.read('build/slow.txt')).toBe('in time\n');
  },
);
