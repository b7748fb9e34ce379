/** Failed attempts, seen from outside: made again, kept, and run again by hand. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CliProject } from '../support/cli-project.ts';

interface RunsDocument {
  readonly runs: readonly {
    readonly stages: Readonly<Record<string, { readonly attempts: readonly Readonly<Record<string, unknown>>[] }>>;
  }[];
}

test('exit code 75 twice, then fine: three attempts, each with its own log', async () => {
  const project = new CliProject().write({
    'pipeline.yaml': `
version: 1
stages:
  crawl:
    run: |
      echo "try $WRANGLE_ATTEMPT"
      test ! -e \${{ outputs.page }}
      echo half > \${{ outputs.page }}
      test "$WRANGLE_ATTEMPT" = 3 || exit 75
    outputs: { page: out/page }
    retry: { backoff: { base: 20ms, multiplier: 2 } }
    exit_codes: { 75: retryable }
`,
  });
  const built = await project.run('build', 'pipeline.yaml', '--json');
  expect(built.code).toBe(0);
  expect(built.json().stages['crawl']).toMatchObject({ outcome: 'ran', attempts: 3 });
  const listed = await project.run('runs', '--json');
  const [run] = (JSON.parse(listed.stdout) as RunsDocument).runs;
  const attempts = run?.stages['crawl']?.attempts ?? [];
  expect(attempts).toMatchObject([
    { number: 1, outcome: 'failed', code: 'exit-code', category: 'retryable' },
    { number: 2, outcome: 'failed', code: 'exit-code', category: 'retryable' },
    { number: 3, outcome: 'ran', code: null, category: null, kept: null },
  ]);
  expect(attempts.map(({ log }) => project.read(String(log)))).toEqual(['try 1\n', 'try 2\n', 'try 3\n']);
  expect(attempts.slice(0, 2).map(({ kept }) => project.read(`${kept}/outputs/out/page`))).toEqual([
    'half\n',
    'half\n',
  ]);
});

describe('a failed attempt is run again by hand', () => {
  /** Builds, which fails, and runs what was kept of the stage. */
  async function replay(project: CliProject, stage: string, env: Readonly<Record<string, string>> = {}) {
    const built = await project.run('build', 'pipeline.yaml', '--json');
    const { failure } = built.json().stages[stage] ?? {};
    expect([built.code, failure?.code]).toEqual([1, 'exit-code']);
    const before = project.treeHash('out');
    const run = (more: Readonly<Record<string, string>> = {}) => {
      const { PATH = '' } = project.env;
      return spawnSync(project.path(`${failure?.kept}/replay.sh`), {
        env: { PATH, STRAY: 'x', ...more },
        encoding: 'utf8',
      });
    };
    const first = run(env);
    expect(project.treeHash('out')).toBe(before);
    return { first, run, again: (path: string) => project.read(`${failure?.kept}/again/${path}`) };
  }

  test('a command that writes to staging', async () => {
    const long = `# ${'x'.repeat(70_000)}`;
    const project = new CliProject().write({
      'data/in 1.txt': 'one\n',
      'out/other': 'stays\n',
      'pipeline.yaml': `
version: 1
stages:
  join:
    run: |
      env | cut -d= -f1 | sort | tr '\\n' ' '
      cat \${{ inputs.data }} \${{ inputs.data.list_file }} > \${{ outputs.text }}
      echo "$NOTE" >> \${{ outputs.text }}
      exit 7
      ${long}
    inputs: { data: ["data/in 1.txt"] }
    outputs: { text: out/text, folder: out/folder/ }
    env: { NOTE: "it's \${{ outputs.folder }}" }
`,
    });
    const { first, run, again } = await replay(project, 'join');
    expect(first.stderr).toMatch(/^It ended with exit code 7\. What it wrote is in .+\/again\.\n$/);
    expect(first.status).toBe(7);
    const own = 'ANSWERS ATTEMPT EVENTS REQUEST RESULT RUN_ID SCRATCH SEED STAGE'.replace(/\w+/g, 'WRANGLE_$&');
    const names = first.stdout
      .trim()
      .split(' ')
      .filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_', 'USER'].includes(name));
    expect(names.join(' ')).toBe(`HOME LANG NOTE PATH TMPDIR TZ ${own}`);
    expect(again('.wrangle/staging/join/0/out/text')).toBe(
      "one\ndata/in 1.txt\nit's .wrangle/staging/join/0/out/folder\n",
    );
    expect(again('out/other')).toBe('stays\n');
    // A second time is like the first.
    expect(run().stdout).toBe(first.stdout);
  });

  test('a command that writes in place', async () => {
    const project = new CliProject().write({
      'work.sh': 'cat in.txt out/other > out/place; echo new > out/dir/new; ls out out/dir; exit 3\n',
      'in.txt': 'in\n',
      'out/place': 'old\n',
      'out/dir/old': 'old\n',
      'out/other': 'other\n',
      'pipeline.yaml': `
version: 1
stages:
  place:
    run: sh work.sh
    shell: sh
    inputs: { script: work.sh, data: in.txt }
    outputs: { file: out/place, dir: out/dir/ }
`,
    });
    const { first, again } = await replay(project, 'place');
    expect(first.status).toBe(3);
    expect(first.stdout).toBe('out:\ndir\nother\nplace\n\nout/dir:\nnew\n');
    expect(again('out/place')).toBe('in\nother\n');
    expect(project.read('out/place')).toBe('old\n');
  });

  test('a stage of a plugin, which needs a secret', async () => {
    const project = new CliProject().write({
      '.wranglerrc.yaml': 'version: 1\nplugins: { p: ./p }\n',
      'p/package.json': JSON.stringify({
        name: 'p',
        version: '1.0.0',
        keywords: ['wrangle-plugin'],
        wrangle: { manifest: './wrangle.plugin.json' },
      }),
      'p/wrangle.plugin.json': JSON.stringify({
        protocol: 1,
        name: 'p',
        engines: { wrangle: '>=0.0.0' },
        code: ['*.cjs'],
        stages: {
          copy: {
            description: 'Copies.',
            run: { node: './copy.cjs' },
            params: { type: 'object', properties: { word: { type: 'string' } } },
            inputs: { data: { kind: 'file' } },
            outputs: { copy: { kind: 'file' } },
          },
        },
      }),
      'p/copy.cjs': `
const fs = require('node:fs');
const request = JSON.parse(fs.readFileSync(process.env.WRANGLE_REQUEST, 'utf8'));
const { params, inputs, outputs, scratch, events } = request;
fs.appendFileSync(scratch + '/note', 'x');
fs.writeFileSync(events, JSON.stringify({ type: 'log', message: 'hello' }) + '\\n');
fs.writeFileSync(outputs.copy.path, fs.readFileSync(inputs.data[0].path, 'utf8') + params.word + process.env.TOKEN.length + fs.readFileSync(scratch + '/note', 'utf8'));
process.exit(9);
`,
      'in.txt': 'in ',
      'out/copy': 'old',
      'pipeline.yaml': `
version: 1
stages:
  copy:
    uses: p/copy
    with: { word: hi }
    inputs: { data: in.txt }
    outputs: { copy: out/copy }
    secrets: [TOKEN]
`,
    });
    project.env['TOKEN'] = 'hush-hush-77';
    const { first, run, again } = await replay(project, 'copy');
    expect(first.status).not.toBe(0);
    expect(first.stderr).toContain('TOKEN: is a secret of this stage: set it, and start again');
    const second = run({ TOKEN: 'four' });
    expect([second.status, second.stdout]).toEqual([9, '']);
    expect(again('.wrangle/staging/copy/0/out/copy')).toBe('in hi4xx');
  });
});

describe('what a stage leaves in its folders does not break the build', () => {
  const project = (run: string) =>
    new CliProject().write({
      'pipeline.yaml': `
version: 1
stages:
  odd:
    run: ${JSON.stringify(run)}
    outputs: { o: out/odd, d: out/dir/ }
  next: { run: "echo next > \${{ outputs.n }}", outputs: { n: out/next } }
`,
    });

  test.each([
    ['in an output', `mkdir -p $TMPDIR; touch \${{ outputs.o }} \${{ outputs.d }}/$'\\xff'`, 'output-unreadable'],
    ['beside one, of a stage that fails', `touch \${{ outputs.o }}$'\\xff'; exit 5`, 'exit-code'],
    ['in TMPDIR', `touch $TMPDIR/$'\\xff'; exit 5`, 'exit-code'],
  ])('names that are no text, %s', async (_where, run, code) => {
    const one = project(run);
    const built = await one.run('build', '-k', 'pipeline.yaml', '--json');
    expect([built.code, built.json().stages['odd']?.failure?.code]).toEqual([1, code]);
    expect(one.read('out/next')).toBe('next\n');
    expect(one.exists('.wrangle/staging')).toBe(false);
  });

  test('names that are no text, beside an output of a stage that ends well', async () => {
    const one = project(`touch \${{ outputs.o }} \${{ outputs.o }}$'\\xff'`);
    const built = await one.run('build', 'pipeline.yaml', '--json');
    expect([built.code, built.json().outcome]).toEqual([0, 'done']);
    const [kept = ''] = readdirSync(one.path('.wrangle/failed/odd'));
    expect(readdirSync(one.path(`.wrangle/failed/odd/${kept}/outputs/out`), { encoding: 'buffer' })).toHaveLength(1);
  });

  const isRoot = process.getuid?.() === 0;
  const canDrop = isRoot && spawnSync('setpriv', ['--version']).status === 0;
  test.runIf(!isRoot || canDrop).each([
    ['an output that is closed', `touch \${{ outputs.o }}; chmod 0 \${{ outputs.o }}`, 'output-unreadable'],
    [
      'a folder in an output that is closed',
      `touch \${{ outputs.o }}; mkdir -m 0 \${{ outputs.d }}/x`,
      'output-unreadable',
    ],
    [
      'a closed staging folder',
      `mkdir -m 0 .wrangle/staging/odd/0/x; chmod 0 .wrangle/staging/odd/0; exit 5`,
      'exit-code',
    ],
    ['a closed TMPDIR', `touch $TMPDIR/x; chmod 0 $TMPDIR; exit 5`, 'exit-code'],
    [
      'a closed staging folder, and all is well',
      `touch \${{ outputs.o }}; chmod 500 .wrangle/staging/odd/0/out`,
      undefined,
    ],
  ])('%s', async (_what, run, code) => {
    const one = project(run);
    const nobody = 65_534;
    const wrapper = isRoot ? ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'] : [];
    if (isRoot) chownSync(one.dir, nobody, nobody);
    chmodSync(one.dir, 0o700);
    const built = await one.runUnder(wrapper, 'build', '-k', 'pipeline.yaml', '--json');
    expect([built.code, built.json().stages['odd']?.failure?.code]).toEqual([code === undefined ? 0 : 1, code]);
    expect(one.read('out/next')).toBe('next\n');
    expect(one.exists('.wrangle/staging')).toBe(false);
  });
});
