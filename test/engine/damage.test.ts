// The state folder is disposable: whatever happens to it, a build ends with the right outputs.
import { describe, expect, test } from 'vitest';
import { EngineProject } from '../support/engine-project.ts';

async function built(): Promise<EngineProject> {
  const project = new EngineProject();
  project.write({ in: '1' });
  project.pipeline({
    a: { inputs: { d: 'in' }, outputs: { o: 'a' } },
    b: { inputs: { d: 'a' }, outputs: { o: 'dir/' } },
  });
  await project.build();
  return project;
}

const GOOD = { in: '1', a: 'a(1)', 'dir/data': 'b(a(1))' };

async function expectGood(project: EngineProject): Promise<void> {
  const { outcomes } = await project.build();
  expect(Object.values(outcomes).filter((outcome) => !['ran', 'fresh', 'restored'].includes(outcome))).toEqual([]);
  expect(project.files()).toEqual(GOOD);
  const again = await project.build();
  expect({ outcomes: again.outcomes, warnings: again.warnings }).toEqual({
    outcomes: { a: 'fresh', b: 'fresh' },
    warnings: [],
  });
}

type Damage = (project: EngineProject, path: string) => void;

const DAMAGE: [string, Damage][] = [
  ['empty', (project, path) => project.fs.write({ [path]: '' })],
  ['cut', (project, path) => project.fs.write({ [path]: (project.fs.readText(path) ?? '').slice(0, -9) })],
  ['garbage', (project, path) => project.fs.write({ [path]: '\u0000garbage\n\u{1f600}' })],
  ['gone', (project, path) => project.fs.remove(path)],
];

describe.each(DAMAGE)('every file of the state folder in turn: %s', (_name, damage) => {
  test.each(['as they are', 'with the outputs gone'])('outputs %s', async (how) => {
    const project = await built();
    const restore = project.fs.snapshot();
    const paths = Object.keys(project.fs.tree('/w/.wrangle')).filter((path) => !path.endsWith('/'));
    expect(paths.length).toBeGreaterThan(8);
    for (const path of paths) {
      restore();
      damage(project, `/w/.wrangle/${path}`);
      if (how !== 'as they are') for (const output of ['a', 'dir']) project.fs.remove(`/w/${output}`);
      await expectGood(project);
    }
  });
});

test('a power cut: what was not synced is empty, and nothing empty passes for fresh', async () => {
  const project = await built();
  project.bootId = 'boot-2';
  for (const path of Object.keys(project.fs.tree('/w/.wrangle/store'))) {
    if (path.startsWith('cas/')) project.fs.write({ [`/w/.wrangle/store/${path}`]: '' });
  }
  project.write({ a: '', 'dir/data': '' });
  expect(await project.decisions()).toEqual({ a: 'run', b: 'may-run' });
  await expectGood(project);
});

test('the state folder gone altogether', async () => {
  const project = await built();
  project.fs.remove('/w/.wrangle');
  await project.build();
  expect(project.files()).toEqual(GOOD);
});

test('garbage in the journal is no intent', async () => {
  const project = await built();
  project.write({ '.wrangle/journal': 'garbage\n', in: '1' });
  await expectGood(project);
  expect(project.read('.wrangle/journal') ?? '').toBe('');
});
