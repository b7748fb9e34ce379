// A slip of the finger is told with what was most likely meant, whatever it is a name of.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CliProject, REPOSITORY } from '../support/cli-project.ts';

const PIPELINE = `version: 1
params: { sample: 1 }
stages:
  clean:
    run: echo \${{ params.sample }} > \${{ outputs.o }}
    outputs: { o: clean.txt }
`;

test('commands, flags, stages, runs, params, topics, actions, choices, files', async () => {
  const project = new CliProject().write({
    'pipelines/main.yaml': PIPELINE,
    '.wranglerrc.yaml': `plugins: { tabular: ${JSON.stringify(join(REPOSITORY, 'plugins/tabular'))} }\n`,
  });
  await project.run('build', '-q');
  const { runs } = JSON.parse((await project.run('runs', '--json')).stdout) as { runs: { run_id: string }[] };
  const run = runs[0]?.run_id ?? '';
  const slip = `${run.slice(0, -1)}${run.endsWith('0') ? '1' : '0'}`;
  const stage = 'error[unknown-stage] The pipeline has no stage "claen".\n  help: Did you mean "clean"?\n';
  const choices = (flag: string, value: string, all: string, near: string) =>
    `wrangle: option '${flag}' argument '${value}' is invalid. Allowed choices are ${all}.\n  help: Did you mean "${near}"?\n`;
  const cases: [string[], string][] = [
    [['biuld'], `wrangle: unknown command 'biuld'\n  help: Did you mean "build"?\n`],
    [['profiel'], `wrangle: unknown command 'profiel'\n  help: Did you mean "profile"?\n`],
    [['build', '--jbos', '4'], `wrangle: unknown option '--jbos'\n  help: Did you mean "--jobs"?\n`],
    ...['build', 'plan', 'status', 'why', 'clean'].map((command): [string[], string] => [[command, 'claen'], stage]),
    [['build', '--force=claen'], stage],
    [['log', 'claen'], 'wrangle: No run had a stage "claen".\n  help: Did you mean "clean"?\n'],
    [['log', '--run', slip], `wrangle: There is no run "${slip}".\n  help: Did you mean "${run}"?\n`],
    [['rollback', slip], `wrangle: There is no run "${slip}" that is kept.\n  help: Did you mean "${run}"?\n`],
    [
      ['resume', slip],
      `wrangle: There is no run "${slip}".\n  help: Did you mean "${run}"? No run can be gone on with.\n`,
    ],
    [
      ['plan', '-p', 'smaple=2'],
      'error[unknown-param] The pipeline has no param "smaple".\n  help: Did you mean "sample"?\n',
    ],
    [
      ['plan', 'pipelines/mian.yaml'],
      'error[file-not-found] There is no file "pipelines/mian.yaml".\n  help: Did you mean "pipelines/main.yaml"?\n',
    ],
    [
      ['help', 'cachng'],
      'wrangle: There is no command or topic "cachng".\n  help: Did you mean "caching": what makes a stage run again, and what does not?\n',
    ],
    [['help', 'biuld'], 'wrangle: There is no command or topic "biuld".\n  help: Did you mean "build"?\n'],
    [['help', 'plugin', 'tset'], 'wrangle: "plugin" has no page on "tset".\n  help: Did you mean "test"?\n'],
    [['plugin', 'tset'], 'wrangle: "plugin tset" is not known.\n  help: Did you mean "test"?\n'],
    [['cache', 'verfy'], 'wrangle: "cache verfy" is not known.\n  help: There is only "cache verify".\n'],
    [
      ['stages', 'tabular/profiel'],
      'wrangle: No listed plugin provides "tabular/profiel".\n  help: Did you mean "tabular/profile"?\n',
    ],
    [['stage', 'tabular/profile', '--dta', 'x'], `wrangle: unknown option '--dta'\n  help: Did you mean "--data"?\n`],
    [['plan', '--cache=raed'], 'wrangle: "--cache=raed" is not known.\n  help: Did you mean "read"?\n'],
    [['plan', '--color', 'alway'], choices('--color <WHEN>', 'alway', 'auto, always, never', 'always')],
    [['graph', '--format', 'mermiad'], choices('--format <FORMAT>', 'mermiad', 'text, dot, mermaid, json', 'mermaid')],
    [['log', '--level', 'warn'], choices('--level <LEVEL>', 'warn', 'debug, info, warning, error', 'warning')],
    [['runs', 'clean'], 'wrangle: "runs" takes no argument, not "clean".\n'],
    [['graph', 'claen'], 'error[unknown-stage] The pipeline has no stage "claen".\n  help: Did you mean "clean"?\n'],
  ];
  for (const [words, text] of cases) {
    const { code, stdout, stderr } = await project.run(...words);
    expect({ words, code, stdout, stderr }).toEqual({ words, code: 2, stdout: '', stderr: text });
  }
  const json = await project.run('plan', '--jsn', '--json');
  expect(json.json()).toMatchObject({ error: { message: "unknown option '--jsn'", help: 'Did you mean "--json"?' } });
});
