// Two runs compared by the command line: what began it is named, and told apart.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of wrangle are written that way
import { expect, test } from 'vitest';
import { CliProject } from '../support/cli-project.ts';

const PIPELINE = `
version: 1
params: { least: 60 }
stages:
  clean:
    run: awk '$1 * 10 > \${{ params.least }}' \${{ inputs.data }} > \${{ outputs.clean }}
    inputs: { data: data.txt }
    outputs: { clean: build/clean.txt }
  sample:
    run: date +%s%N > \${{ outputs.sample }}
    outputs: { sample: build/sample.txt }
  count:
    run: echo "{\\"lines\\":$(wc -l < \${{ inputs.clean }})}" > \${{ outputs.count }}
    inputs: { clean: build/clean.txt }
    outputs: { count: build/count.json }
    metrics: { lines: "count#/lines" }
  report:
    run: cat \${{ inputs.count }} \${{ inputs.sample }} > \${{ outputs.report }}
    inputs: { count: build/count.json, sample: build/sample.txt }
    outputs: { report: build/report.txt }
`;

test('a changed param and a random stage are both named, and told apart', async () => {
  const data = Array.from({ length: 20 }, (_, n) => `${n + 1}\n`).join('');
  const project = new CliProject().write({ 'pipeline.yaml': PIPELINE, 'data.txt': data });
  await project.run('build', 'pipeline.yaml');
  await project.run('build', 'pipeline.yaml', '-p', 'least=120', '--force=sample');
  const diff = await project.run('diff', 'last~1', 'last', 'build/report.txt');
  expect(diff.code).toBe(0);
  expect(diff.stderr).toBe('');
  expect(diff.stdout.split('\n\n').slice(1)).toEqual([
    'build/report.txt differs, and there are 2 first causes.',
    'Params\n  least  60 -> 120',
    [
      'First causes',
      '  clean',
      '    command changed',
      "      before | awk '$1 * 10 > 60' ${{ inputs.data }} > ${{ outputs.clean }}",
      "      after  | awk '$1 * 10 > 120' ${{ inputs.data }} > ${{ outputs.clean }}",
      '  sample',
      '    same inputs, different output: it is not deterministic',
    ].join('\n'),
    'From cause to output\n  clean -> count -> report -> build/report.txt\n  sample -> report -> build/report.txt',
    expect.stringMatching(/^Outputs\n {2}build\/report\.txt {2}report {2}changed \(\d+ B -> \d+ B\)$/),
    'Metrics\n  count.lines  14 -> 8  -6 (-42.9 %)',
    'Where it differs: wrangle build --check-determinism=sample\n',
  ]);
  const unknown = await project.run('diff', 'lats', 'last');
  expect([unknown.code, unknown.stderr]).toEqual([
    2,
    'wrangle: There is no run "lats" that is kept.\n  help: Did you mean "last"?\n',
  ]);
});
