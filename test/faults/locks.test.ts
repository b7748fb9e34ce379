// Many processes want one workspace, and some are killed while they have it: never two at once, and always someone next.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { bundle } from '../support/bundle.ts';
import { CliProject } from '../support/cli-project.ts';
import { FULL, randomNumbers, tried } from './support/effort.ts';

const CONTENDERS = FULL ? 20 : 6;
/** How often the lock is held and given back, or lost with its holder. */
const ROUNDS = FULL ? 600 : 60;
const BUILDS = FULL ? 8 : 3;

/**
 * Takes the lock again and again. While it holds it, its name is in the file `inside`; whoever finds there the name of
 * a process that is alive says so. One that is ending (PF_EXITING in its flags) or has ended (a zombie) holds nothing.
 */
const CONTENDER = `
  import * as fs from 'node:fs';
  import { FlockLock } from './src/host/flock-lock.ts';
  const EXITING = 4;
  const [path, inside, seed] = process.argv.slice(2);
  let state = Number(seed);
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
  const isAlive = (pid) => {
    try {
      const stat = fs.readFileSync(\`/proc/\${pid}/stat\`, 'utf8');
      const [state, , , , , , flags] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return !'ZX'.includes(state) && (Number(flags) & EXITING) === 0;
    } catch { return false; }
  };
  for (;;) {
    const held = await new FlockLock().acquire({ path, wait: true, command: 'contend', signal: undefined, onWait: () => {} });
    const before = fs.existsSync(inside) ? fs.readFileSync(inside, 'utf8') : '';
    if (before !== '' && before !== String(process.pid) && isAlive(before)) console.log('two holders: ' + before);
    fs.writeFileSync(inside, String(process.pid));
    console.log('holds');
    await new Promise((resolve) => setTimeout(resolve, random() * 6));
    if (fs.readFileSync(inside, 'utf8') !== String(process.pid)) console.log('two holders: somebody came in');
    fs.writeFileSync(inside, '');
    held.release();
  }
`;

test('one holder at a time, however many are killed', async (context) => {
  if (process.platform !== 'linux') return context.skip('what a killed process still holds is read from /proc');
  const random = randomNumbers('lock torture');
  const folder = fs.mkdtempSync(join(tmpdir(), 'wrangle-locks-'));
  const script = join(folder, 'contender.mjs');
  bundle(CONTENDER, script);
  const contenders = new Set<ChildProcess>();
  onTestFinished(async () => {
    for (const child of contenders) child.kill('SIGKILL');
    await Promise.all([...contenders].map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')));
    fs.rmSync(folder, { recursive: true, force: true });
  });

  const wrong: string[] = [];
  let rounds = 0;
  let kills = 0;
  await new Promise<void>((done) => {
    const isOver = () => rounds >= ROUNDS || wrong.length > 0;
    const enter = () => {
      const args = [script, join(folder, 'lock'), join(folder, 'inside'), String(1 + Math.floor(random() * 1e9))];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      contenders.add(child);
      child.once('exit', () => {
        contenders.delete(child);
        if (!isOver()) enter();
      });
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        for (const line of text.trim().split('\n')) {
          if (line !== 'holds') wrong.push(line);
          rounds++;
          // Now it has the lock, or had it a moment ago.
          if (random() < 0.2 && child.kill('SIGKILL')) kills++;
        }
        if (isOver()) done();
      });
    };
    for (let count = 0; count < CONTENDERS; count++) enter();
  });
  expect(wrong).toEqual([]);
  expect(kills).toBeGreaterThan(0);
  tried(context, 'lock rounds', rounds);
  tried(context, 'holders killed', kills);
});

test('many builds at once: every stage runs once in total, and who waits says for whom', async (context) => {
  const stages = Object.fromEntries(
    Array.from({ length: 5 }, (_, at) => [
      `s${at}`,
      {
        run: `echo s${at} >> ran; sleep 0.05; cat \${{ inputs.data }} > \${{ outputs.out }}`,
        inputs: { data: at === 0 ? 'in.txt' : `s${at - 1}.txt` },
        outputs: { out: `s${at}.txt` },
      },
    ]),
  );
  const project = new CliProject().write({ 'pipeline.yaml': JSON.stringify({ version: 1, stages }), 'in.txt': '1' });
  project.fifo('gate');
  // The first is held until the others wait.
  project.write({
    'pipeline.yaml': JSON.stringify({
      version: 1,
      stages: { ...stages, hold: { run: `cat gate > \${{ outputs.out }}`, outputs: { out: 'hold.txt' } } },
    }),
  });
  const first = project.start('build', 'pipeline.yaml', '-j', '2');
  await first.saw('all to do');
  const others = Array.from({ length: BUILDS }, () => project.start('build', 'pipeline.yaml'));
  await Promise.all(others.map((other) => other.saw('Waiting for the workspace, which is in use by process')));
  await project.writeTo('gate', 'open\n');
  const ended = await Promise.all([first, ...others].map((one) => one.ended));
  expect(ended.map(({ code }) => code)).toEqual(ended.map(() => 0));
  for (const { stderr } of ended.slice(1)) {
    expect(stderr).toMatch(/Waiting for the workspace, which is in use by process \d+ \(wrangle build/);
  }
  expect(project.read('ran').trim().split('\n').sort()).toEqual(Object.keys(stages).sort());
  tried(context, 'builds at once', ended.length);
});
