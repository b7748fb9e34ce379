/** Selectors as dbt's documentation describes them, on the built command line. */
import { expect, test } from 'vitest';
import { CliProject } from '../support/cli-project.ts';
import { readDot, readMermaid } from '../support/drawings.ts';

/** raw -> fetch -> clean -> stats -> report; rules -> clean; notes beside them. */
const PIPELINE = `version: 1
stages:
  fetch: { run: "cat $in > $out", inputs: { in: raw }, outputs: { out: out/fetch } }
  rules: { run: "cat $in > $out", inputs: { in: words }, outputs: { out: out/rules } }
  clean: { run: "cat $in $rules > $out", inputs: { in: out/fetch, rules: out/rules }, outputs: { out: out/clean }, tags: [nightly] }
  stats: { run: "cat $in > $out", inputs: { in: out/clean }, outputs: { out: out/stats } }
  report: { run: "cat $in > $out", inputs: { in: out/stats }, outputs: { out: out/report } }
  notes: { run: "cat $in > $out", inputs: { in: words }, outputs: { out: out/notes }, tags: [nightly] }
`.replaceAll(/\$(\w+)/g, (_, port: string) => `\${{ ${port === 'out' ? 'outputs' : 'inputs'}.${port} }}`);

test('sets and states, operators and goals', async () => {
  const project = new CliProject().write({ 'p.yaml': PIPELINE, raw: '1\n', words: 'a\n' });
  const selected = async (...flags: string[]) => {
    const { code, stdout, stderr } = await project.run('graph', 'p.yaml', '--json', ...flags);
    expect([code, stderr]).toEqual([0, '']);
    return (JSON.parse(stdout) as { stages: { id: string }[] }).stages.map(({ id }) => id).sort();
  };
  const built = async (...flags: string[]) => {
    const result = await project.run('build', 'p.yaml', '--json', ...flags);
    expect(result.code).toBe(0);
    const outcomes = Object.entries(result.json().stages).map(([id, { outcome }]) => [id, outcome]);
    return Object.fromEntries(outcomes.filter(([, outcome]) => outcome !== 'fresh'));
  };

  // Two generations of what it needs, and itself.
  expect(await selected('-s', '2+report')).toEqual(['clean', 'report', 'stats']);
  // All that depends on it, and all that those need; with itself.
  expect(await selected('-s', '@clean')).toEqual(['clean', 'fetch', 'report', 'rules', 'stats']);
  expect(await selected('-s', 'tag:nightly+')).toEqual(['clean', 'notes', 'report', 'stats']);
  expect(await selected('-s', 'tag:nightly+', '--exclude', 'sta*')).toEqual(['clean', 'notes', 'report']);

  // Nothing has been made, so two generations are too few, and nothing runs.
  const early = await project.run('build', 'p.yaml', '-s', '2+report');
  expect([early.code, early.stderr]).toMatchInlineSnapshot(`
    [
      2,
      "error[producer-not-selected] "clean" reads "out/fetch", which is not there, and "fetch", which makes it, is not selected.
      help: Select it too: "+clean" is the stage with all it needs.

    error[producer-not-selected] "clean" reads "out/rules", which is not there, and "rules", which makes it, is not selected.
      help: Select it too: "+clean" is the stage with all it needs.
    ",
    ]
  `);
  expect(await built('-s', '@clean')).toEqual({
    clean: 'ran',
    fetch: 'ran',
    report: 'ran',
    rules: 'ran',
    stats: 'ran',
  });
  expect(await built()).toEqual({ notes: 'ran' });

  // What is stale, and has the tag or depends on what has it: "fetch" is stale, too, and has no such tag.
  project.write({ raw: '2\n' });
  expect(await selected('-s', 'state:stale')).toEqual(['clean', 'fetch', 'report', 'stats']);
  expect(await selected('-s', 'state:stale,tag:nightly+')).toEqual(['clean', 'report', 'stats']);
  const just = await project.run('build', 'p.yaml', '-s', 'state:stale,tag:nightly+');
  expect([just.code, just.stderr.replaceAll(/\d+(\.\d+)? m?s\b/g, 'N ms')]).toMatchInlineSnapshot(`
    [
      0,
      "warning: "fetch" is not up to date and not selected: what it made before is read as it is.
    The 3 selected stages had nothing to do, N ms.
    ",
    ]
  `);
  expect(project.read('out/report')).toBe('1\na\n');
  expect(await built('-s', '@clean')).toEqual({ clean: 'ran', fetch: 'ran', report: 'ran', stats: 'ran' });
  expect(project.read('out/report')).toBe('2\na\n');

  project.write({ words: 'b\n' });
  const drawn = await project.run('graph', 'p.yaml', '-s', '1+clean', '--format', 'dot', '--states');
  expect((await readDot(drawn.stdout)).nodes).toEqual({
    fetch: ['fetch', 'fresh'],
    rules: ['rules', 'run'],
    clean: ['clean', 'may-run'],
  });
  const again = await project.run('graph', 'p.yaml', '-s', '1+clean', '--format', 'mermaid', '--states');
  expect(Object.values((await readMermaid(again.stdout)).nodes)).toEqual([
    ['fetch', 'fresh'],
    ['rules', 'run'],
    ['clean', 'may-run'],
  ]);
});
