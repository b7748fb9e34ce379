/** Under GitHub Actions: what is wrong stands beside its line, and nothing that a stage prints is a command. */
import { expect, test } from 'vitest';
import { CliProject } from '../support/cli-project.ts';

/** A workspace in a folder of the repository that is checked out. */
function project(pipeline: string): CliProject {
  const made = new CliProject().write({ 'data/pipeline.yaml': pipeline, 'data/.wranglerrc.yaml': 'version: 1\n' });
  made.env['GITHUB_ACTIONS'] = 'true';
  made.env['GITHUB_WORKSPACE'] = made.dir;
  return made;
}

/** Lines that the runner would take for commands. */
function commandsIn(text: string): string[] {
  return text.split(/\r\n|\r|\n/).filter((line) => line.trimStart().startsWith('::') || line.includes('##['));
}

const BROKEN = `version: 1
stages:
  clean:
    run: "true"
    ouputs: { o: clean.csv }
`;

test('a mistake is an annotation, and with --json the document stays the only one', async () => {
  const made = project(BROKEN);
  const annotation = `::error file=data/pipeline.yaml,line=5,col=5,title=unknown-key::"ouputs" is not a key of a stage.%0Ahelp: Did you mean "outputs"?`;
  const { stdout, stderr } = await made.run('check', 'pipeline.yaml', '-C', 'data');
  expect([stdout, commandsIn(stderr)]).toEqual(['', [annotation]]);
  const asked = await made.run('check', 'pipeline.yaml', '-C', 'data', '--json');
  expect([asked.json().diagnostics.length, asked.stderr]).toEqual([1, `${annotation}\n`]);
  made.env['GITHUB_ACTIONS'] = 'false';
  expect(commandsIn((await made.run('check', 'pipeline.yaml', '-C', 'data')).stderr)).toEqual([]);
});

test('a stage that fails is one, and its output is only output', async () => {
  const made = project(`version: 1
stages:
  bad:
    run: |
      echo '::stop-commands::x'
      printf '   ::add-mask::50%%\\r::error::y\\n'
      echo '##[add-mask]z'
      exit 3
`);
  for (const flags of [[], ['-v'], ['--json']]) {
    const { stdout, stderr } = await made.run('build', 'pipeline.yaml', '-C', 'data', ...flags);
    expect(commandsIn(stderr)).toEqual([
      '::error file=data/pipeline.yaml,line=3,col=3,title=Stage bad failed::It ended with exit code 3.%0A::stop-commands::x%0A::error::y%0A##[add-mask]z',
    ]);
    expect(commandsIn(stdout)).toEqual([]);
  }
  expect((await made.run('log', 'bad', '-C', 'data')).stdout).toBe(
    ': :stop-commands::x\n: :error::y\n## [add-mask]z\n',
  );
  const { stdout } = await made.run('log', 'bad', '-C', 'data', '--raw');
  expect(stdout).toBe('::stop-commands::x\n   ::add-mask::50%\r::error::y\n##[add-mask]z\n');
});

test('a question is only a question', async () => {
  const result = JSON.stringify({
    protocol: 1,
    status: 'suspended',
    question: { id: 'ok', text: 'Is it?\n::add-mask::x' },
  });
  const made = project(`version: 1
stages:
  ask:
    run: |
      echo '${result}' > "$WRANGLE_RESULT"
      exit 42
`);
  const { code, stderr } = await made.run('build', 'pipeline.yaml', '-C', 'data');
  expect([code, commandsIn(stderr)]).toEqual([42, []]);
  const { stdout } = await made.run('status', 'pipeline.yaml', '-C', 'data');
  expect([stdout.includes('add-mask'), commandsIn(stdout)]).toEqual([true, []]);
});
