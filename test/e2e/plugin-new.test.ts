/** `wrangle plugin new`: what it writes works as it is, and nothing is written over. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CliProject, REPOSITORY } from '../support/cli-project.ts';

const STEPS = `
Next:

1. List it in .wranglerrc.yaml, so that pipelines may use it:

     plugins:
       greet: ./plugins/greet

2. Use it in a pipeline:

     stages:
       hello:
         uses: greet/hello
         inputs: { names: names.txt }
         outputs: { greetings: build/greetings.txt }

3. Make it yours: what it takes and gives is declared in wrangle.plugin.json, its code is in src/.

4. Test it: wrangle plugin test plugins/greet
`;

test('in a workspace it goes to plugins/, and the next steps are printed', async () => {
  const project = new CliProject().write({ '.wranglerrc.yaml': 'version: 1\n' });
  const { code, stdout, stderr } = await project.run('plugin', 'new', 'greet', '--lang', 'shell');
  const files = [
    'package.json',
    'wrangle.plugin.json',
    'src/hello.sh',
    'README.md',
    'examples/hello.yaml',
    'examples/names.txt',
    'examples/expected/made/greetings.txt',
  ];
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: `Wrote a plugin with one stage type, greet/hello, to plugins/greet:\n${files.map((file) => `  ${file}\n`).join('')}${STEPS}`,
    stderr: '',
  });
  const { name, keywords } = JSON.parse(project.read('plugins/greet/package.json')) as Record<string, unknown>;
  expect({ name, keywords }).toEqual({ name: 'wrangle-plugin-greet', keywords: ['wrangle-plugin'] });
});

test('elsewhere it goes to the current folder, and says what its code would not find', async () => {
  const project = new CliProject();
  const { code, stdout } = await project.run('plugin', 'new', 'greet');
  expect(code).toBe(0);
  expect(stdout).toContain(
    '\nIts code imports "wrangle/plugin", which is not found from there. Install wrangle in that folder or above it first.\n',
  );
  expect(stdout).toContain('\n4. Test it: wrangle plugin test greet\n');
  expect(readdirSync(project.path('greet')).sort()).toEqual([
    'README.md',
    'examples',
    'package.json',
    'src',
    'stage-types.d.ts',
    'tsconfig.json',
    'wrangle.plugin.json',
  ]);
});

test('its types are those of its manifest, and TypeScript finds nothing in its code', async () => {
  const project = new CliProject();
  mkdirSync(project.path('node_modules'));
  symlinkSync(REPOSITORY, project.path('node_modules/wrangle'));
  await project.run('plugin', 'new', 'greet');
  const types = project.read('greet/stage-types.d.ts');
  expect((await project.run('plugin', 'types', 'greet')).code).toBe(0);
  expect(project.read('greet/stage-types.d.ts')).toBe(types);
  const modules = join(REPOSITORY, 'node_modules');
  const tsc = [
    join(modules, 'typescript/bin/tsc'),
    '-p',
    'greet',
    '--types',
    'node',
    '--typeRoots',
    `${modules}/@types`,
  ];
  const check = () => spawnSync(process.execPath, tsc, { cwd: project.dir, encoding: 'utf8' }).stdout;
  expect(check()).toBe('');
  project.write({
    'greet/src/hello.js': project.read('greet/src/hello.js').replace('params.greeting', 'params.greting'),
  });
  expect(check()).toMatch(/^greet\/src\/hello\.js\(\d+,\d+\): error TS\d+: Property 'greting' does not exist/);
});

test('nothing is written over, and a wrong name gets a sentence', async () => {
  const project = new CliProject().write({ 'greet/notes.txt': 'mine\n' });
  const again = await project.run('plugin', 'new', 'greet');
  expect(again).toMatchObject({
    code: 2,
    stderr: `wrangle: "${project.path('greet')}" is already there.\n  help: Nothing was written.\n`,
  });
  expect(readdirSync(project.path('greet'))).toEqual(['notes.txt']);
  const named = await project.run('plugin', 'new', 'Greet!', '--json');
  expect(named.code).toBe(2);
  expect(JSON.parse(named.stdout)).toEqual({
    error: {
      code: 'usage',
      message:
        '"Greet!" cannot be the name of a plugin: it takes lowercase letters, digits and "-", and begins with a letter.',
      file: null,
      line: null,
      column: null,
      help: 'Its package will be called "wrangle-plugin-NAME".',
    },
    diagnostics: [],
  });
  expect(await project.run('plugin', 'newt', 'greet')).toMatchObject({
    code: 2,
    stderr: 'wrangle: "plugin newt" is not known.\n  help: Did you mean "new"?\n',
  });
});
