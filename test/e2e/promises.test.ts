/** What a user relies on, seen from outside: the built command line, real processes, a real disk. */
import { existsSync, readdirSync, utimesSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CliProject, processesIn } from '../support/cli-project.ts';

/** Three stages in a row and one beside; `stamp` is a source. */
const CHAIN = `
version: 1
stages:
  fetch:
    run: cat \${{ inputs.source }} > \${{ outputs.raw }}
    inputs: { source: source.txt }
    outputs: { raw: out/raw.txt }
  clean:
    run: head -n 1 \${{ inputs.raw }} > \${{ outputs.tidy }}
    inputs: { raw: out/raw.txt }
    outputs: { tidy: out/tidy.txt }
  count:
    run: wc -c < \${{ inputs.tidy }} > \${{ outputs.size }}
    inputs: { tidy: out/tidy.txt }
    outputs: { size: out/size.txt }
`;

function chain(): CliProject {
  return new CliProject().write({ 'pipeline.yaml': CHAIN, 'source.txt': 'one\ntwo\n' });
}

test('the first build runs all, the second nothing', async () => {
  const project = chain();
  const first = (await project.run('build', 'pipeline.yaml', '--json')).json();
  expect(first).toMatchObject({ outcome: 'done', counts: { ran: 3, fresh: 0, failed: 0 } });
  expect(project.read('out/size.txt').trim()).toBe('4');
  const second = await project.run('build', 'pipeline.yaml', '--json');
  expect(second.code).toBe(0);
  expect(second.json()).toMatchObject({ outcome: 'done', counts: { fresh: 3, ran: 0, restored: 0 } });
});

test('outputs that were removed come back from the store, byte for byte, and nothing runs', async () => {
  const project = chain();
  await project.run('build', 'pipeline.yaml');
  const before = ['raw', 'tidy', 'size'].map((name) => project.read(`out/${name}.txt`));
  project.remove('out');
  const again = (await project.run('build', 'pipeline.yaml', '--json')).json();
  expect(again.counts).toMatchObject({ restored: 3, ran: 0 });
  expect(['raw', 'tidy', 'size'].map((name) => project.read(`out/${name}.txt`))).toEqual(before);
});

test('a touched input changes nothing; changed bytes run only what depends on them', async () => {
  const project = chain();
  await project.run('build', 'pipeline.yaml');
  utimesSync(project.path('source.txt'), new Date(), new Date(Date.now() + 5000));
  expect((await project.run('build', 'pipeline.yaml', '--json')).json().counts).toMatchObject({ fresh: 3, ran: 0 });

  // The second line is not what `clean` keeps, so what it makes is the same and `count` need not run.
  project.write({ 'source.txt': 'one\nthree\n' });
  const why = (await project.run('why', 'pipeline.yaml', 'fetch', '--json')).json();
  expect(why.decision).toBe('run');
  expect(why.causes).toEqual([
    {
      part: 'input',
      change: 'changed',
      name: 'source: source.txt',
      before: expect.stringMatching(/^f:[0-9a-f]{64}:8$/),
      after: expect.stringMatching(/^f:[0-9a-f]{64}:10$/),
    },
  ]);
  const built = (await project.run('build', 'pipeline.yaml', '--json')).json();
  expect(built.counts).toMatchObject({ ran: 2, fresh: 1 });
  expect(built.stages['count']?.outcome).toBe('fresh');
});

test('a stage that writes half and fails leaves the old output and keeps the half aside', async () => {
  const project = new CliProject().write({
    'pipeline.yaml': `
version: 1
stages:
  report:
    run: cat \${{ inputs.data }} > \${{ outputs.text }}
    inputs: { data: data.txt }
    outputs: { text: build/report.txt }
`,
    'data.txt': 'good\n',
  });
  await project.run('build', 'pipeline.yaml');
  project.write({
    'pipeline.yaml': project
      .read('pipeline.yaml')
      .replace('run: cat', `run: printf half > \${{ outputs.text }}; exit 1; cat`),
  });
  const failed = await project.run('build', 'pipeline.yaml', '--json');
  expect(failed.code).toBe(1);
  expect(project.read('build/report.txt')).toBe('good\n');
  const { failure } = failed.json().stages['report'] ?? {};
  expect(failure?.code).toBe('exit-code');
  expect(project.read(`${failure?.kept}/outputs/build/report.txt`)).toBe('half');
});

test('formatting, comments and the order of keys are not part of anything', async () => {
  const project = chain();
  await project.run('build', 'pipeline.yaml');
  project.write({
    'pipeline.yaml': `# Another look.
stages:
    count:
        outputs: {size: "out/size.txt"}
        inputs:
            tidy: out/tidy.txt   # what clean makes
        run: "wc -c < \${{ inputs.tidy }} > \${{ outputs.size }}"
    clean: {inputs: {raw: ./out/raw.txt}, run: 'head -n 1 \${{inputs.raw}} > \${{ outputs.tidy }}', outputs: {tidy: out/tidy.txt}}
    fetch:
        outputs: { raw: out/raw.txt }
        inputs: { source: source.txt }
        run: cat \${{ inputs.source }} > \${{ outputs.raw }}
version: 1
`,
  });
  expect((await project.run('build', 'pipeline.yaml', '--json')).json().counts).toMatchObject({ fresh: 3, ran: 0 });
});

test('looking changes nothing', async () => {
  const project = chain();
  await project.run('build', 'pipeline.yaml');
  project.write({ 'source.txt': 'other\n' });
  const before = project.treeHash();
  for (const command of ['plan', 'status', 'check', 'graph']) await project.run(command, 'pipeline.yaml');
  await project.run('why', 'pipeline.yaml', 'clean');
  await project.run('runs');
  await project.run('log');
  expect(project.treeHash()).toBe(before);
});

test('looking at a workspace that was never built makes no state folder', async () => {
  const project = chain();
  expect((await project.run('status', 'pipeline.yaml', '--exit-code')).code).toBe(3);
  expect((await project.run('check', 'pipeline.yaml')).code).toBe(0);
  expect(project.exists('.wrangle')).toBe(false);
});

test('an edited output is put back, and the edit is kept', async () => {
  const project = chain();
  await project.run('build', 'pipeline.yaml');
  project.write({ 'out/tidy.txt': 'mine\n' });
  const built = await project.run('build', 'pipeline.yaml');
  expect(built.stderr).toContain(
    '"out/tidy.txt" was changed outside wrangle; what was there is now in ".wrangle/displaced/out/tidy.txt".',
  );
  expect(project.read('out/tidy.txt')).toBe('one\n');
  expect(project.read('.wrangle/displaced/out/tidy.txt')).toBe('mine\n');
});

test('Ctrl-C ends the children, leaves outputs as they were, and exits with 130', async () => {
  const project = new CliProject().write({
    'pipeline.yaml': `
version: 1
stages:
  slow:
    run: echo half > \${{ outputs.text }}; echo > started; cat gate
    inputs: { data: data.txt }
    outputs: { text: build/slow.txt }
`,
    'data.txt': '1\n',
  });
  project.fifo('gate');
  project.fifo('started');
  const running = project.start('build', 'pipeline.yaml');
  await project.readFrom('started');
  running.child.kill('SIGINT');
  const ended = await running.ended;
  expect(ended.code).toBe(130);
  expect(project.exists('build/slow.txt')).toBe(false);
  expect(processesIn(project.dir)).toEqual([]);
});

test('kill -9 during a stage: the next build converges with no manual step', async () => {
  const project = new CliProject().write({
    'pipeline.yaml': `
version: 1
stages:
  first:
    run: echo done > \${{ outputs.text }}; echo x >> ran-first
    outputs: { text: build/first.txt }
  slow:
    run: cat \${{ inputs.first }} > \${{ outputs.text }}; if [ ! -e finish ]; then echo x > started; cat gate; fi
    inputs: { first: build/first.txt }
    outputs: { text: build/slow.txt }
`,
  });
  project.fifo('gate');
  project.fifo('started');
  const running = project.start('build', 'pipeline.yaml');
  await project.readFrom('started');
  running.child.kill('SIGKILL');
  await running.ended;
  project.write({ finish: '' });
  const next = await project.run('build', 'pipeline.yaml', '--json');
  expect(next.code).toBe(0);
  expect(next.json().counts).toMatchObject({ fresh: 1, ran: 1 });
  expect(project.read('build/slow.txt')).toBe('done\n');
  expect(project.read('ran-first')).toBe('x\n');
  expect(existsSync(project.path('.wrangle/staging'))).toBe(false);
});

test('two builds at once: every stage runs once in total', async () => {
  const project = new CliProject().write({
    'pipeline.yaml': `
version: 1
stages:
  slow:
    run: echo x >> ran; echo x > started; cat gate > \${{ outputs.text }}
    outputs: { text: build/slow.txt }
`,
  });
  project.fifo('gate');
  project.fifo('started');
  const first = project.start('build', 'pipeline.yaml');
  await project.readFrom('started');
  expect((await project.run('build', 'pipeline.yaml', '--no-wait')).code).toBe(5);
  const second = project.start('build', 'pipeline.yaml', '--json');
  await second.saw('Waiting for the workspace, which is in use by process');
  await project.writeTo('gate', 'through\n');
  expect((await first.ended).code).toBe(0);
  expect((await second.ended).json().counts).toMatchObject({ fresh: 1, ran: 0 });
  expect(project.read('ran')).toBe('x\n');
});

test('a state folder that cannot be made is a problem of the machine, told before anything runs', async () => {
  const project = chain().write({ '.wrangle': 'in the way' });
  const built = await project.run('build', 'pipeline.yaml');
  expect(built.code).toBe(4);
  expect(built.stderr).toContain('Cannot use the state folder');
  expect(project.exists('out')).toBe(false);
});

test('what a process that escaped its stage writes later is found in no output of another', async () => {
  const project = new CliProject().write({
    'pipeline.yaml': `
version: 1
stages:
  first:
    run: |
      echo first > \${{ outputs.text }}
      cd "$(dirname \${{ outputs.text }})"
      setsid bash -c 'read -r _ < "$OLDPWD/gate"; echo stray > stray; echo done > "$OLDPWD/told"' > /dev/null 2>&1 &
    outputs: { text: out/first.txt }
  second:
    run: echo go > gate; read -r _ < told; echo second > \${{ outputs.all }}/own.txt
    needs: [first]
    outputs: { all: out/second/ }
`,
  });
  project.fifo('gate');
  project.fifo('told');
  const built = await project.run('build', 'pipeline.yaml', '--json');
  expect(built.json()).toMatchObject({ outcome: 'done', counts: { ran: 2 } });
  expect(built.stderr).not.toContain('stray');
  expect(readdirSync(project.path('out')).sort()).toEqual(['first.txt', 'second']);
  expect(readdirSync(project.path('out/second'))).toEqual(['own.txt']);
  expect(project.exists('.wrangle/staging')).toBe(false);
  expect((await project.run('build', 'pipeline.yaml', '--json')).json().counts).toMatchObject({ fresh: 2 });
});
