// Places that refuse outputs: nothing is lost, the user is told once, and the next builds are not stopped for ever.
import { expect, test } from 'vitest';
import { EngineProject } from '../support/engine-project.ts';

/** Built once; then the input changed, and the new output was refused when it was to be put in place. */
async function refusedProject(): Promise<EngineProject> {
  const project = new EngineProject();
  project.write({ in: '1', 'out/beside': '' });
  project.pipeline({
    make: { inputs: { d: 'in' }, outputs: { o: 'out/made' } },
    other: { outputs: { o: 'other' } },
  });
  await project.build();
  project.write({ in: '2' });
  refuse(project);
  const { report } = await project.build();
  expect(report).toMatchObject({ status: 'built', outcome: 'failed' });
  expect(report.status === 'built' && report.environmentFailure).toBe(
    'Cannot publish the outputs of stage "make": permission denied (/w/.wrangle/staging/make/0/out/made).',
  );
  expect(project.read('out/made')).toBe('make(1)');
  return project;
}

function refuse(project: EngineProject): void {
  project.fs.failNext('rename', 'EACCES', '/w/out/made');
}

const STUCK = `Cannot finish publishing "out/made" of stage "make" after an interrupted build: permission denied (/w/.wrangle/staging/make/0/out/made).
Until then old and new bytes may stand side by side there. Make the place writable and try again; what fails once more is given up: its bytes go to ".wrangle/displaced/", and the stage is stale.`;

test('refused again: the next build says what is in doubt and how to go on, and starts nothing', async () => {
  const project = await refusedProject();
  refuse(project);
  const stuck = await project.build();
  expect(stuck.report).toEqual({ status: 'environment', message: STUCK });
  expect(stuck.started).toEqual([]);
  expect(await project.decisions()).toEqual({ make: 'run', other: 'fresh' });
});

test('when the place gives in, the build after that finishes it first', async () => {
  const project = await refusedProject();
  refuse(project);
  await project.build();
  const { outcomes, started } = await project.build();
  expect({ outcomes, started }).toEqual({ outcomes: { make: 'fresh', other: 'fresh' }, started: [] });
  expect(project.read('out/made')).toBe('make(2)');
});

test('refused for good: other stages can be built again, and the new bytes wait in the store', async () => {
  const project = await refusedProject();
  refuse(project);
  await project.build();
  refuse(project);
  expect((await project.build({ targets: ['other'] })).outcomes).toEqual({ other: 'fresh' });
  expect(project.read('out/made')).toBe('make(1)');
  expect(await project.decisions()).toEqual({ make: 'restore', other: 'fresh' });
  const { outcomes, warnings } = await project.build();
  expect({ outcomes, warnings }).toEqual({ outcomes: { make: 'restored', other: 'fresh' }, warnings: [] });
  expect(project.read('out/made')).toBe('make(2)');
});
