/** Stage types that workers serve, on the built command line. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CliProject, killWithHelpers, processesIn, REPOSITORY } from '../support/cli-project.ts';

const SDK = JSON.stringify(join(REPOSITORY, 'dist/plugin.js'));

/** Two stage types with the same code, one of them served by workers. Each stage does what its `do` says. */
function project(stages: Readonly<Record<string, object>>): CliProject {
  const type = { run: { node: './stage.js' }, params: { type: 'object' }, outputs: { o: {} } };
  return new CliProject().write({
    '.wranglerrc.yaml': 'version: 1\nplugins: { plug: ./plug }\n',
    'plug/package.json': JSON.stringify({ type: 'module', wrangle: { manifest: './wrangle.plugin.json' } }),
    'plug/wrangle.plugin.json': JSON.stringify({
      protocol: 1,
      name: 'plug',
      stages: { served: { ...type, worker: true }, alone: type },
    }),
    'plug/stage.js': `
      import * as fs from 'node:fs';
      import { defineStage } from ${SDK};
      const AsyncFunction = (async () => {}).constructor;
      defineStage({ run: (ctx) => new AsyncFunction('ctx', 'fs', ctx.params.do)(ctx, fs) });`,
    'pipeline.yaml': JSON.stringify({ version: 1, stages }),
  });
}

const stage = (uses: string, name: string, code: string) => ({
  uses: `plug/${uses}`,
  with: { do: code },
  outputs: { o: `build/${name}` },
});

test('one process serves many stages, and nobody can tell by what they make', async () => {
  const code = `console.log('hello from', ctx.params.do.length); ctx.metrics.cwd = process.cwd();
    fs.writeFileSync(ctx.outputs.o.path, 'made'); fs.appendFileSync('pids-' + process.env.WRANGLE_STAGE[0], process.pid + ' ');`;
  const names = [1, 2, 3].flatMap((n) => [`served${n}`, `alone${n}`]);
  const built = project(Object.fromEntries(names.map((name) => [name, stage(name.slice(0, -1), name, code)])));
  const { code: exit, stderr } = await built.run('build', 'pipeline.yaml', '-j', '1');
  expect(exit, stderr).toBe(0);
  const pids = (kind: string) => new Set(built.read(`pids-${kind}`).trim().split(' ')).size;
  expect([pids('s'), pids('a')]).toEqual([1, 3]);
  const logs = await Promise.all(names.map((name) => built.run('log', name)));
  expect(new Set(logs.map(({ stdout }) => stdout)).size).toBe(1);
  expect(logs[0]?.stdout).toMatch(/^hello from \d+\n$/);
  expect(processesIn(built.dir)).toEqual([]);
  expect(built.exists('.wrangle/workers')).toBe(false);
  expect((await built.run('status', 'pipeline.yaml', '--exit-code')).code).toBe(0);
});

test('a worker that dies fails its stage with what it printed, and the next stage has another', async () => {
  const built = project({
    bad: stage('served', 'bad', `console.error('about to die'); process.exit(7)`),
    good: stage('served', 'good', `fs.writeFileSync(ctx.outputs.o.path, 'made')`),
  });
  const result = await built.run('build', 'pipeline.yaml', '-j', '1', '-k', '--json');
  expect(result.code).toBe(1);
  const { bad, good } = result.json().stages;
  expect(bad).toMatchObject({
    outcome: 'failed',
    failure: { code: 'exit-code', message: 'It ended with exit code 7.' },
  });
  expect(good).toMatchObject({ outcome: 'ran' });
  expect((await built.run('log', 'bad')).stdout).toBe('about to die\n');
});

test('Ctrl-C asks the request to end, and leaves nothing', async () => {
  const waiting = `fs.writeFileSync('started', ''); const timer = setInterval(() => {}, 1e9);
    await new Promise((_, no) => ctx.signal.addEventListener('abort', () => { clearInterval(timer); fs.writeFileSync('asked', ''); no(); }));`;
  const built = project({ slow: stage('served', 'slow', waiting) });
  built.fifo('started');
  const running = built.start('build', 'pipeline.yaml');
  await built.readFrom('started');
  running.child.kill('SIGINT');
  expect((await running.ended).code).toBe(130);
  expect([built.exists('asked'), built.exists('build/slow')]).toEqual([true, false]);
  expect(processesIn(built.dir)).toEqual([]);
});

test.runIf(process.platform === 'linux')(
  'the next build ends a worker that a killed wrangle and its reaper left',
  async () => {
    const deaf = `process.on('SIGTERM', () => {}); if (fs.existsSync('go')) return fs.writeFileSync(ctx.outputs.o.path, 'made');
      fs.writeFileSync('started', ''); for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);`;
    const built = project({ slow: stage('served', 'slow', deaf) });
    built.fifo('started');
    const running = built.start('build', 'pipeline.yaml');
    await built.readFrom('started');
    killWithHelpers(running.child, built.dir);
    await running.ended;
    expect(processesIn(built.dir)).toHaveLength(1);
    built.write({ go: '' });
    const next = await built.run('build', 'pipeline.yaml');
    expect(next.stderr).toContain('A build was killed; processes of "plug/served#1" that still ran were ended.\n');
    expect(next.code).toBe(0);
    expect(processesIn(built.dir)).toEqual([]);
    expect(built.exists('.wrangle/workers')).toBe(false);
  },
);

test('tables: what a worker has done before changes no result', async () => {
  const data = join(REPOSITORY, 'node_modules/vega-datasets/data');
  const profile = (file: string, name: string) => ({
    uses: 'tabular/profile',
    inputs: { data: join(data, file) },
    outputs: { profile: name },
  });
  const query = (name: string) => ({
    uses: 'tabular/query',
    with: { sql: 'SELECT *, random() AS drawn FROM data ORDER BY ALL LIMIT 50' },
    inputs: { data: join(data, 'seattle-weather.csv') },
    outputs: { table: name },
  });
  const built = new CliProject().write({
    '.wranglerrc.yaml': `version: 1\nplugins: { tabular: ${JSON.stringify(join(REPOSITORY, 'plugins/tabular'))} }\n`,
    'pipeline.yaml': JSON.stringify({
      version: 1,
      stages: {
        a: profile('seattle-weather.csv', 'a.json'),
        b: profile('movies.json', 'b.json'),
        c: profile('seattle-weather.csv', 'c.json'),
        d: query('d.csv'),
        e: query('e.csv'),
      },
    }),
  });
  const { code, stderr } = await built.run('build', 'pipeline.yaml', '-j', '1');
  expect(code, stderr).toBe(0);
  expect(built.read('c.json')).toBe(built.read('a.json'));
  expect(built.read('e.csv')).toBe(built.read('d.csv'));
});
