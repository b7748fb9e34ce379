// Completion in real shells, with the built command line.
import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CliProject, WRANGLE } from '../support/cli-project.ts';

const PIPELINE = `version: 1
stages:
  first:
    run: echo 1 > \${{ outputs.o }}
    outputs: { o: first.txt }
  second:
    run: cat \${{ inputs.i }} > \${{ outputs.o }}
    inputs: { i: first.txt }
    outputs: { o: second.txt }
`;

function project(): CliProject {
  const made = new CliProject();
  made.write({
    'ws/.wranglerrc.yaml': 'version: 1\nplugins: { text: ./text }\n',
    'ws/text/package.json': JSON.stringify({ name: 't', version: '1.0.0', wrangle: { manifest: './m.json' } }),
    'ws/text/m.json': JSON.stringify({
      protocol: 1,
      name: 'text',
      stages: {
        shout: {
          description: 'Upper case.',
          run: { argv: ['sh', './shout.sh'] },
          params: { type: 'object', properties: { mark: { enum: ['bang', 'dot'] } } },
          inputs: { data: { description: 'Any text.', kind: 'file' } },
          outputs: { loud: { description: 'Louder.', kind: 'file', media: 'text/plain' } },
          command: 'shout',
        },
      },
    }),
    'ws/text/shout.sh': 'touch ran',
    'ws/pipelines/main.yaml': PIPELINE,
    'ws/data.csv': 'a\n1\n',
  });
  mkdirSync(made.path('bin'));
  symlinkSync(WRANGLE, made.path('bin/wrangle'));
  made.env['PATH'] = `${made.path('bin')}:${made.env['PATH']}`;
  return made;
}

function shell(made: CliProject, name: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(name, args, {
    cwd: made.path('ws'),
    env: made.env,
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

const has = (name: string) => spawnSync(name, ['-c', 'true']).status === 0;

/** The words as bash splits them at TAB; what it would offer, one a line. */
const IN_BASH = `
source <(wrangle completion bash)
complete -p wrangle
offer() {
  COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
  _wrangle wrangle "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD - 1]}"
  echo "\${COMPREPLY[*]}"
}
offer wrangle sho
offer wrangle build ''
offer wrangle build '"se'
offer wrangle plan --color = a
offer wrangle plan --color =
offer wrangle shout --mark ''
offer wrangle shout --data da
offer wrangle -C p
offer wrangle nothing ''
`;

test('bash offers commands, stages, values and paths, and nothing is written', (context) => {
  if (!has('bash')) return context.skip('bash is not installed');
  const made = project();
  const before = made.treeHash();
  expect(shell(made, 'bash', '--norc', '-c', IN_BASH)).toBe(`complete -F _wrangle wrangle
shout
first second pipelines/main.yaml
second
auto always
auto always never
bang dot
data.csv
pipelines

`);
  expect(made.treeHash()).toBe(before);
});

test('whatever is wrong, nothing is said and nothing written', async () => {
  const made = project();
  made.write({
    'ws/.wranglerrc.yaml': 'version: [',
    'ws/pipelines/main.yaml': 'stages: {',
    'ws/.wrangle/frontend/x': 'damaged',
    'ws/.wrangle/runs/index': 'damaged',
  });
  const before = made.treeHash();
  for (const words of [[''], ['build', ''], ['-C', 'none', 'build', ''], ['shout', '--'], ['log', ''], ['stage', '']]) {
    const { code, stderr } = await made.run('__complete', '--', '-C', 'ws', ...words);
    expect({ words, code, stderr }).toEqual({ words, code: 0, stderr: '' });
  }
  expect(made.treeHash()).toBe(before);
});

test('items that were built are offered by name', async () => {
  const made = project();
  made.write({
    'ws/list.json': '["a", "b"]',
    'ws/pipelines/main.yaml': `version: 1
stages:
  each:
    foreach: { in: list.json }
    run: echo \${{ item }} > \${{ outputs.o }}
    outputs: { o: "out/\${{ item }}" }
`,
  });
  const offered = async () => (await made.run('__complete', '--', '-C', 'ws', 'why', 'each')).stdout;
  expect(await offered()).toBe(':\neach\tstage\n');
  expect(await made.run('-C', 'ws', 'build')).toMatchObject({ code: 0 });
  expect(await offered()).toBe(':\neach\tstage\neach@a\tone item\neach@b\tone item\n');
});

test('zsh takes the script', (context) => {
  if (!has('zsh')) return context.skip('zsh is not installed');
  const made = project();
  const script = 'autoload -Uz compinit; compinit -D; source <(wrangle completion zsh); print $_comps[wrangle]';
  expect(shell(made, 'zsh', '-f', '-c', script)).toBe('_wrangle\n');
});

test('fish offers stages', (context) => {
  if (!has('fish')) return context.skip('fish is not installed');
  const made = project();
  const script = 'wrangle completion fish | source; complete -C "wrangle build se"';
  expect(shell(made, 'fish', '--no-config', '-c', script)).toBe('second\tstage\n');
});

test('a shell that is not known', async () => {
  const made = project();
  const { code, stderr } = await made.run('completion', 'csh');
  expect(code).toBe(2);
  expect(stderr).toBe(
    'wrangle: There is no completion for the shell "csh".\n' +
      '  help: Write it as: wrangle completion bash, wrangle completion zsh or wrangle completion fish.\n',
  );
});
