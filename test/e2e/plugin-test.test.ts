/** `wrangle plugin test`: the plugins of this repository pass it, new ones too, and a mistake is found. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CliProject, REPOSITORY } from '../support/cli-project.ts';

interface Tested {
  readonly ok: boolean;
  readonly counts: Readonly<Record<string, number>>;
  readonly checks: readonly { readonly check: string; readonly outcome: string; readonly reason: string | null }[];
}

const hasProgram = (name: string) => spawnSync(name, ['--version']).status === 0;
const NEEDS: readonly (readonly [plugin: string, program: string])[] = [
  ['records', 'node'],
  ['tabular', 'node'],
  ['example-python', 'python3'],
  ['example-shell', 'jq'],
];

/** The checks that did not pass. */
function wrong({ checks }: Tested): readonly string[] {
  return checks.flatMap(({ check, outcome, reason }) =>
    outcome === 'passed' ? [] : [`${check} ${outcome}: ${reason}`],
  );
}

for (const [plugin, program] of NEEDS) {
  test(`plugins/${plugin} passes`, async ({ skip }) => {
    skip(!hasProgram(program), `there is no ${program} on this machine`);
    const { code, stdout, stderr } = await new CliProject().run(
      'plugin',
      'test',
      join(REPOSITORY, 'plugins', plugin),
      '--json',
    );
    const tested = JSON.parse(stdout) as Tested;
    const skipped =
      plugin === 'tabular'
        ? ['profile.json', 'candidates', 'diffs', 'ranking.json', 'quality.json'].map(
            (made) => `expected skipped: There is no file of its outputs in it, such as "made/${made}".`,
          )
        : [];
    expect({ code, stderr, wrong: wrong(tested), ok: tested.ok }).toEqual({
      code: 0,
      stderr: '',
      wrong: skipped,
      ok: true,
    });
  });
}

// Those in other languages are tried where the plugin guide is followed.
test('a new plugin passes as it is, and nothing is written to it', async () => {
  const project = new CliProject();
  mkdirSync(project.path('node_modules'));
  symlinkSync(REPOSITORY, project.path('node_modules/wrangle'));
  expect((await project.run('plugin', 'new', 'greet')).code).toBe(0);
  const before = project.treeHash('greet');
  const { code, stdout } = await project.run('plugin', 'test', 'greet', '--json');
  const tested = JSON.parse(stdout) as Tested;
  expect({ code, wrong: wrong(tested), ok: tested.ok }).toEqual({ code: 0, wrong: [], ok: true });
  expect(project.treeHash('greet')).toBe(before);
});

test('what is wrong is said, with exit code 1; what is no plugin, with 2', async () => {
  const project = new CliProject();
  await project.run('plugin', 'new', 'greet', '--lang', 'shell');
  const fake = '#!/bin/sh\nexec 2> /dev/null\ntrap "" TERM\nsleep 0.3\n';
  const ok = `printf '{"protocol": 1, "status": "ok"}' > "$WRANGLE_RESULT"\n`;
  project.write({ 'greet/src/hello.sh': `${fake}cat names.txt > "\${0%/*}/../copy"\n${ok}` });
  const { code, stdout, stderr } = await project.run('plugin', 'test', 'greet', '-q');
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  expect(stdout).toBe(`hello.yaml: hello (greet/hello)
  failed   wrangle builds it, and what it makes fits the schemas of its manifest.
           It ended well but did not make "made/greetings.txt".

greet 0.1.0: 4 passed, 1 failed and 11 skipped.
`);
  project.remove('greet/wrangle.plugin.json');
  expect(await project.run('plugin', 'test', 'greet')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('The plugin "greet" cannot be used: there is no file "wrangle.plugin.json".'),
  });
  expect(await project.run('plugin', 'test', 'gret')).toMatchObject({
    code: 2,
    stderr: `wrangle: There is no folder "${project.path('gret')}".\n`,
  });
});
