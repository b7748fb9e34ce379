/** Bad input, seen from outside: everything that is wrong at once, each with its place, exit 2, nothing written. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CliProject, REPOSITORY } from '../support/cli-project.ts';

/** One of each kind; the comment behind a mistake is what is expected of it. */
const TEN = `version: 1
params: { rows: 10 }
stages:
  unknown-key:
    run: echo a > \${{ outputs.a }}
    outputs: { a: out/a.txt }
    outptus: { b: out/b.txt }
  wrong-type:
    run: echo b > \${{ outputs.b }}
    outputs: { b: out/b2.txt }
    timeout: [ten]
  unknown-type:
    uses: tabular/profil
    inputs: { data: data/in.csv }
    outputs: { profile: out/p1.json }
  bad-with:
    uses: tabular/profile
    inputs: { data: data/in.csv }
    outputs: { profile: out/p2.json }
    with: { top_k: many }
  missing-file:
    run: cat \${{ inputs.x }} > \${{ outputs.y }}
    inputs: { x: data/inn.csv }
    outputs: { y: out/y.txt }
  one:
    run: cat \${{ inputs.i }} > \${{ outputs.o }}
    inputs: { i: out/three.txt }
    outputs: { o: out/one.txt }
  two:
    run: cat \${{ inputs.i }} > \${{ outputs.o }}
    inputs: { i: out/one.txt }
    outputs: { o: out/two.txt }
  three:
    run: cat \${{ inputs.i }} > \${{ outputs.o }}
    inputs: { i: out/two.txt }
    outputs: { o: out/three.txt }
  twice:
    run: echo > \${{ outputs.o }}
    outputs: { o: out/a.txt }
  inside:
    run: echo > \${{ outputs.o }}
    outputs: { o: out/dir/x.txt }
  outer:
    run: echo > \${{ outputs.o }}
    outputs: { o: out/dir/ }
  reference:
    run: head -n \${{ params.row }} \${{ inputs.i }} > \${{ outputs.o }}
    inputs: { i: data/in.csv }
    outputs: { o: out/r.txt }
  outside:
    run: echo > \${{ outputs.o }}
    outputs: { o: ../evil.txt }
`;

const EXPECTED = [
  'unknown-key 7:5',
  'wrong-type 11:14',
  'unknown-stage-type 13:11',
  'invalid-with 20:20',
  'input-not-found 23:18',
  'cycle 31:18',
  'duplicate-output 39:19',
  'output-in-output 42:19',
  'unknown-reference 47:18',
  'path-outside 52:19',
];

function ten(): CliProject {
  const tabular = join(REPOSITORY, 'plugins/tabular');
  return new CliProject().write({
    '.wranglerrc.yaml': `version: 1\nplugins: { tabular: ${JSON.stringify(tabular)} }\n`,
    'data/in.csv': 'a,b\n1,2\n',
    'pipelines/ten.yaml': TEN,
  });
}

test('ten mistakes in one file are all found, with line and column', async () => {
  const project = ten();
  const checked = await project.run('check', 'pipelines/ten.yaml', '--json');
  expect(checked.code).toBe(2);
  expect(checked.json().diagnostics.map(({ code, line, column }) => `${code} ${line}:${column}`)).toEqual(EXPECTED);
  const text = (await project.run('check', 'pipelines/ten.yaml')).stderr;
  for (const mistake of EXPECTED) {
    const [code, place] = mistake.split(' ');
    expect(text).toContain(`pipelines/ten.yaml:${place} error[${code}]`);
  }
});

test('a build of such a file says the same, runs nothing and writes nothing', async () => {
  const project = ten();
  const before = project.treeHash();
  const built = await project.run('build', 'pipelines/ten.yaml', '--json');
  expect(built.code).toBe(2);
  expect(built.json().diagnostics).toHaveLength(EXPECTED.length);
  expect(project.treeHash()).toBe(before);
});

test('a cycle of three is printed as a path, with the place of each edge, the same every time', async () => {
  const project = new CliProject().write({
    'pipeline.yaml': `version: 1
stages:
  b: { run: 'cp \${{ inputs.i }} \${{ outputs.o }}', inputs: { i: a.txt }, outputs: { o: b.txt } }
  c: { run: 'cp \${{ inputs.i }} \${{ outputs.o }}', inputs: { i: b.txt }, outputs: { o: c.txt } }
  a: { run: 'cp \${{ inputs.i }} \${{ outputs.o }}', inputs: { i: c.txt }, outputs: { o: a.txt } }
`,
  });
  const first = await project.run('check', 'pipeline.yaml');
  expect(first.stderr).toContain('Stages wait for each other in a circle: a -> b -> c -> a.');
  expect(first.stderr).toContain('pipeline.yaml:3:65 note: "b" reads "a.txt" of "a".');
  expect(first.stderr).toContain('pipeline.yaml:4:65 note: "c" reads "b.txt" of "b".');
  expect(first.stderr).toContain('pipeline.yaml:5:65 note: "a" reads "c.txt" of "c".');
  expect((await project.run('check', 'pipeline.yaml')).stderr).toBe(first.stderr);
});

test('slips on the command line get a sentence and exit 2', async () => {
  const project = new CliProject().write({
    'pipeline.yaml': 'version: 1\nparams: { n: 1 }\nstages: { one: { run: "true" } }\n',
  });
  for (const [args, sentence] of [
    [['bild'], "unknown command 'bild'"],
    [['build', '--jobz', '3'], "unknown option '--jobz'"],
    [['build', 'pipeline.yaml', '-j', '0'], '--jobs takes a whole number from 1'],
    [['build', 'pipeline.yaml', '-p', 'n'], '"-p n" has no value.'],
    [['build', 'pipeline.yaml', '-p', 'm=2'], 'm'],
    [['build', 'pipeline.yaml', 'ones'], 'The pipeline has no stage "ones".'],
    [['build', 'nowhere.yaml'], 'There is no file "nowhere.yaml".'],
    [['build', 'pipeline.yaml', '--cache=maybe'], '"--cache=maybe" is not known.'],
    [['why', 'pipeline.yaml'], '"why" takes a stage.'],
    [['log', '--run', 'yesterday'], 'There is no run "yesterday".'],
    [['log', 'one'], 'No run had a stage "one".'],
  ] as const) {
    const result = await project.run(...args);
    expect({ args, code: result.code }).toEqual({ args, code: 2 });
    expect(result.stderr).toContain(sentence);
  }
  expect(project.exists('.wrangle')).toBe(false);
});

test('a pipeline of the settings that is not there, or a folder, is shown where it is named', async () => {
  const project = new CliProject().write({
    '.wranglerrc.yaml': 'version: 1\npipeline: pipelines/mian.yaml\n',
    'pipelines/main.yaml': 'version: 1\nstages: { one: { run: "true" } }\n',
  });
  const missing = await project.run('build');
  expect(missing.code).toBe(2);
  expect(missing.stderr).toBe(`.wranglerrc.yaml:2:11 error[file-not-found] There is no file "pipelines/mian.yaml".
pipeline: pipelines/mian.yaml
          ~~~~~~~~~~~~~~~~~~~
  help: Did you mean "pipelines/main.yaml"?
`);
  project.write({ '.wranglerrc.yaml': 'version: 1\npipeline: pipelines\n' });
  const folder = await project.run('check', '--json');
  expect(folder.json().diagnostics).toMatchObject([{ code: 'not-a-file', line: 2, column: 11 }]);
});

test('the log of a stage that is misspelt names the nearest; else it says which run is shown', async () => {
  const project = new CliProject().write({
    'pipeline.yaml': 'version: 1\nstages: { clean: { run: echo hello }, quiet: { run: "true" } }\n',
  });
  await project.run('build', 'pipeline.yaml');
  const slip = await project.run('log', 'claen');
  expect({ code: slip.code, stderr: slip.stderr }).toEqual({
    code: 2,
    stderr: 'wrangle: No run had a stage "claen".\n  help: Did you mean "clean"?\n',
  });
  const shown = await project.run('log', 'clean');
  expect({ code: shown.code, stdout: shown.stdout }).toEqual({ code: 0, stdout: 'hello\n' });
  expect(shown.stderr).toMatch(/^Stage "clean" in run \d{8}-\d{6}-\w{4}:\n$/);
  const quiet = await project.run('log', 'quiet');
  expect({ code: quiet.code, stderr: quiet.stderr }).toEqual({
    code: 0,
    stderr: 'Stage "quiet" printed nothing in any run that is kept.\n',
  });
});
