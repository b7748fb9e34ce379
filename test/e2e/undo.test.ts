/** Transactions and undo, seen from outside: the workspace's tree says whether everything is as it was. */
import { lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CliProject } from '../support/cli-project.ts';

interface RollbackDocument {
  readonly undone: string;
  readonly outputs: readonly { readonly path: string; readonly action: string }[];
}

const PIPELINE = `
version: 1
stages:
  clean:
    run: sort \${{ inputs.data }} > \${{ outputs.clean }}
    inputs: { data: in.csv }
    outputs: { clean: build/clean.csv }
    transaction: release
  parts:
    run: mkdir -p \${{ outputs.parts }} && split -l 1 \${{ inputs.clean }} \${{ outputs.parts }}/part-
    inputs: { clean: build/clean.csv }
    outputs: { parts: build/parts/ }
    transaction: release
  publish:
    run: echo half > site/index.html; test -e allowed; cat build/parts/* > site/index.html
    inputs: { parts: build/parts/, allowed: allowed* }
    outputs: { site: site/index.html }
    transaction: release
  after:
    run: wc -l < \${{ inputs.site }} > \${{ outputs.lines }}
    inputs: { site: site/index.html }
    outputs: { lines: lines.txt }
`;

/** Every file and folder outside of wrangle's own, with mode and contents. */
function treeOf(project: CliProject): Record<string, string> {
  const tree: Record<string, string> = {};
  const pending = readdirSync(project.dir).filter((name) => name !== '.wrangle');
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const stat = lstatSync(project.path(name));
    const mode = stat.mode.toString(8);
    if (stat.isDirectory()) for (const inside of readdirSync(project.path(name))) pending.push(join(name, inside));
    tree[name] = stat.isDirectory() ? mode : `${mode} ${readFileSync(project.path(name), 'utf8')}`;
  }
  return tree;
}

function projectOf(): CliProject {
  return new CliProject().write({ 'pipeline.yaml': PIPELINE, 'in.csv': 'b\na\n' });
}

describe('three stages in a transaction, the last one fails', () => {
  test('in a first build', async () => {
    const project = projectOf();
    const before = treeOf(project);
    const built = await project.run('build', 'pipeline.yaml');
    expect(built.code).toBe(1);
    expect(built.stderr).toContain('put back: The outputs of the transaction "release" are as they were before.');
    expect(treeOf(project)).toEqual(before);
  });

  test('in a later one, with an output that was edited', async () => {
    const project = projectOf().write({ allowed: '' });
    expect((await project.run('build', 'pipeline.yaml')).code).toBe(0);
    project.remove('allowed');
    project.write({ 'in.csv': 'd\nc\n', 'build/clean.csv': 'edited\n' });
    const before = treeOf(project);
    expect((await project.run('build', 'pipeline.yaml', '-k')).code).toBe(1);
    expect(treeOf(project)).toEqual(before);
    project.write({ allowed: '' });
    const again = await project.run('build', 'pipeline.yaml', '--json');
    expect(again.json().stages).toMatchObject({ clean: { outcome: 'restored' }, publish: { outcome: 'ran' } });
    expect(project.read('lines.txt').trim()).toBe('2');
  });

  test('with --atomic, and the variable', async () => {
    const project = projectOf().write({ 'other.yaml': PIPELINE.replaceAll('    transaction: release\n', '') });
    const before = treeOf(project);
    expect((await project.run('build', 'other.yaml', '--atomic')).code).toBe(1);
    expect(treeOf(project)).toEqual(before);
    project.env['WRANGLE_ATOMIC'] = '1';
    expect((await project.run('build', 'other.yaml')).code).toBe(1);
    expect(treeOf(project)).toEqual(before);
  });
});

test('rollback after a good build: the tree is the one before it, and in turn', async () => {
  const project = projectOf().write({ allowed: '' });
  const empty = treeOf(project);
  await project.run('build', 'pipeline.yaml');
  const first = treeOf(project);

  const dry = await project.run('rollback', '--dry-run', '--json');
  const document = JSON.parse(dry.stdout) as RollbackDocument;
  expect(document.outputs.map(({ path, action }) => `${action} ${path}`)).toEqual([
    'remove build/clean.csv',
    'remove build/parts',
    'remove site/index.html',
    'remove lines.txt',
  ]);
  expect(treeOf(project)).toEqual(first);

  const undone = await project.run('rollback');
  expect(undone.code).toBe(0);
  expect(undone.stdout).toBe(
    `Undid run ${document.undone}: 4 outputs.
  "build/clean.csv" removed
  "build/parts" removed
  "site/index.html" removed
  "lines.txt" removed
To undo this in turn: wrangle rollback
`,
  );
  expect(treeOf(project)).toEqual(empty);
  expect((await project.run('status', 'pipeline.yaml', '--exit-code')).code).toBe(3);
  expect((await project.run('runs')).stdout).toContain(`undid ${document.undone}`);

  expect((await project.run('rollback')).code).toBe(0);
  expect(treeOf(project)).toEqual(first);
  expect((await project.run('status', 'pipeline.yaml', '--exit-code')).code).toBe(0);
});

test('what cannot be undone: exit codes and messages', async () => {
  const project = projectOf().write({ allowed: '' });
  const nothing = await project.run('rollback');
  expect([nothing.code, nothing.stdout]).toEqual([
    0,
    'There is nothing to undo: no run that is kept changed an output.\n',
  ]);
  const unknown = await project.run('rollback', '2020');
  expect([unknown.code, unknown.stderr]).toEqual([
    2,
    'wrangle: There is no run "2020" that is kept.\n  help: List them with "wrangle runs".\n',
  ]);
  await project.run('build', 'pipeline.yaml');
  project.write({ 'in.csv': 'e\n' });
  await project.run('build', 'pipeline.yaml');
  project.remove('.wrangle/store');
  mkdirSync(project.path('.wrangle/store'));
  const missing = await project.run('rollback');
  expect(missing.code).toBe(4);
  expect(missing.stderr).toContain('cannot be undone; nothing was changed:');
  expect(missing.stderr).toContain('"build/clean.csv": its bytes from before are not in the store');
});
