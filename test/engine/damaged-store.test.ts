// A store that is damaged, read-only or full: said once, never believed, healed by the next run of the stage.
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../src/util/hash.ts';
import { EngineProject, type Run } from '../support/engine-project.ts';

const STORE = '/w/.wrangle/store';
const FILES = { in: '1', a: 'a(1)', 'dir/data': 'b(a(1))' };

/** Built, and its outputs removed, so that the next build restores them. */
async function restorable(): Promise<EngineProject> {
  const project = new EngineProject();
  project.write({ in: '1' });
  project.pipeline({
    a: { inputs: { d: 'in' }, outputs: { o: 'a' } },
    b: { inputs: { d: 'a' }, outputs: { o: 'dir/' } },
  });
  await project.build();
  removeOutputs(project);
  return project;
}

function removeOutputs(project: EngineProject): void {
  for (const output of ['a', 'dir']) project.fs.remove(`/w/${output}`);
}

const paths = (project: EngineProject, folder: 'cas' | 'ac') =>
  Object.keys(project.fs.tree(STORE)).filter((path) => path.startsWith(`${folder}/`));

function blobPath(text: string): string {
  const sha = sha256(text);
  return `${STORE}/cas/${sha.slice(0, 2)}/${sha}`;
}

/** The manifest of `dir`, the only blob that is JSON. */
function manifestPath(project: EngineProject): string {
  const found = paths(project, 'cas').find((path) => project.fs.readText(`${STORE}/${path}`)?.startsWith('['));
  return `${STORE}/${found}`;
}

function recordPath(project: EngineProject, stage: string): string {
  const found = paths(project, 'ac').find((path) =>
    project.fs.readText(`${STORE}/${path}`)?.includes(`"stage":"${stage}"`),
  );
  return `${STORE}/${found}`;
}

/** The build after the damage has mended it: the outputs are right, and come back once more without a word. */
async function expectHealed(project: EngineProject): Promise<void> {
  expect(project.files()).toEqual(FILES);
  removeOutputs(project);
  const again = await project.build();
  expect({ outcomes: again.outcomes, warnings: again.warnings }).toEqual({
    outcomes: { a: 'restored', b: 'restored' },
    warnings: [],
  });
  expect(project.files()).toEqual(FILES);
}

const told = ({ outcomes, warnings }: Run) => ({ outcomes, warnings });

const BLOB = sha256('a(1)');
const QUARANTINE = '.wrangle/store/quarantine';
const AGAIN = 'the stage runs again and keeps a new one.';

describe('one clear warning, the stage runs again, and the store is healed', () => {
  test.each<[string, (project: EngineProject) => void, string]>([
    ['a blob is gone', (project) => project.fs.remove(blobPath('a(1)')), `The stored copy of "a" is missing; ${AGAIN}`],
    [
      'a byte is flipped',
      (project) => project.fs.write({ [blobPath('a(1)')]: 'b(1)' }),
      `The stored copy of "a" is damaged (it is now in "${QUARANTINE}/${BLOB}"); ${AGAIN}`,
    ],
    [
      'a blob is cut',
      (project) => project.fs.write({ [blobPath('a(1)')]: 'a(' }),
      `The stored copy of "a" is damaged (it is now in "${QUARANTINE}/${BLOB}"); ${AGAIN}`,
    ],
    [
      'a blob cannot be read',
      (project) => project.fs.failNext('copyFile', 'EIO', blobPath('a(1)')),
      `The stored copy of "a" is damaged (it is now in "${QUARANTINE}/${BLOB}"); ${AGAIN}`,
    ],
    [
      'a folder is in its place',
      (project) => {
        project.fs.remove(blobPath('a(1)'));
        project.fs.write({ [`${blobPath('a(1)')}/x`]: 'x' });
      },
      `The stored copy of "a" is damaged (it is now in "${QUARANTINE}/${BLOB}"); ${AGAIN}`,
    ],
    [
      'a link to the right bytes is in its place',
      (project) => {
        project.fs.remove(blobPath('a(1)'));
        project.write({ elsewhere: 'a(1)' });
        project.fs.makeLink('/w/elsewhere', blobPath('a(1)'));
      },
      `The stored copy of "a" is damaged (it is now in "${QUARANTINE}/${BLOB}"); ${AGAIN}`,
    ],
  ])('%s', async (_name, damage, warning) => {
    const project = await restorable();
    damage(project);
    expect(told(await project.build())).toEqual({ outcomes: { a: 'ran', b: 'restored' }, warnings: [warning] });
    project.fs.remove('/w/elsewhere');
    await expectHealed(project);
  });

  test.each([0, 1, 7, -1])('the list of a folder is cut to %d bytes', async (length) => {
    const project = await restorable();
    const path = manifestPath(project);
    project.fs.write({ [path]: (project.fs.readText(path) ?? '').slice(0, length) });
    const name = path.slice(path.lastIndexOf('/') + 1);
    expect(told(await project.build())).toEqual({
      outcomes: { a: 'restored', b: 'ran' },
      warnings: [`The stored copy of "dir" is damaged (it is now in "${QUARANTINE}/${name}"); ${AGAIN}`],
    });
    await expectHealed(project);
  });

  test('a file of a folder is gone', async () => {
    const project = await restorable();
    project.fs.remove(blobPath('b(a(1))'));
    expect(told(await project.build())).toEqual({
      outcomes: { a: 'restored', b: 'ran' },
      warnings: [`The stored copy of "data" in "dir" is missing; ${AGAIN}`],
    });
    await expectHealed(project);
  });

  test('several outputs of one stage: one warning', async () => {
    const project = new EngineProject();
    project.write({ in: '1' });
    project.pipeline({ a: { inputs: { d: 'in' }, outputs: { one: 'one', two: 'two/' } } });
    await project.build();
    for (const path of paths(project, 'cas')) project.fs.remove(`${STORE}/${path}`);
    for (const output of ['one', 'two']) project.fs.remove(`/w/${output}`);
    expect((await project.build()).warnings).toEqual([
      `The stored copy of "one" is missing; ${AGAIN} So with 1 more of its outputs.`,
    ]);
  });

  test.each<[string, (text: string) => string]>([
    ['empty', () => ''],
    ['cut', (text) => text.slice(0, -2)],
    ['a flipped byte', (text) => text.replace('"port"', '"porT"')],
    ['of another stage', (text) => text.replace(/^[^\n]*\n/, `wrangle 2 ${sha256('{}')}\n`)],
  ])('a record is %s', async (_name, damage) => {
    const project = await restorable();
    const path = recordPath(project, 'a');
    const fingerprint = path.slice(path.lastIndexOf('/') + 1);
    project.fs.write({ [path]: damage(project.fs.readText(path) ?? '') });
    expect(told(await project.build())).toEqual({
      outcomes: { a: 'ran', b: 'restored' },
      warnings: [
        `The stored record of its outputs is damaged (it is now in "${QUARANTINE}/record-${fingerprint}"); ${AGAIN}`,
      ],
    });
    await expectHealed(project);
  });

  test('a folder where a record should be', async () => {
    const project = await restorable();
    const path = recordPath(project, 'a');
    project.fs.remove(path);
    project.fs.write({ [`${path}/x`]: 'x' });
    expect((await project.build()).outcomes).toEqual({ a: 'ran', b: 'restored' });
    await expectHealed(project);
  });

  test('a record of another version is no damage', async () => {
    const project = await restorable();
    const path = recordPath(project, 'a');
    project.fs.write({ [path]: (project.fs.readText(path) ?? '').replace('wrangle 2 ', 'wrangle 3 ') });
    expect(told(await project.build())).toEqual({ outcomes: { a: 'ran', b: 'restored' }, warnings: [] });
  });
});

test('looking moves nothing that is damaged', async () => {
  const project = await restorable();
  project.fs.write({ [manifestPath(project)]: '[', [blobPath('a(1)')]: 'x' });
  project.fs.write({ [recordPath(project, 'b')]: 'garbage' });
  const before = project.fs.tree('/w');
  expect(await project.decisions()).toEqual({ a: 'run', b: 'run' });
  expect((await project.why('a')).map(({ change, name, after }) => [change, name, after])).toEqual([
    ['missing', 'a', undefined],
    ['missing', '', 'the store has lost "a"'],
  ]);
  expect(project.fs.tree('/w')).toEqual(before);
});

/** Every call that would change the store fails, as on a read-only mount. */
function makeReadOnly(project: EngineProject, code: string): void {
  const writing = ['writeFile', 'makeFolder', 'rename', 'copyFile', 'touch', 'chmod', 'remove'] as const;
  // More than any build here makes.
  for (const op of writing) for (let times = 0; times < 50; times++) project.fs.failNext(op, code, toStore(op));
}

/** Blobs are copied from the store, too, which works. */
const toStore = (op: string) => (op === 'copyFile' ? `${STORE}/tmp` : STORE);

describe('a store that cannot be written', () => {
  test.each(['EROFS', 'EACCES'])('%s: what is in it is used, without a word', async (code) => {
    const project = await restorable();
    makeReadOnly(project, code);
    const run = await project.build();
    expect(told(run)).toEqual({ outcomes: { a: 'restored', b: 'restored' }, warnings: [] });
    expect(run.report).toMatchObject({ outcome: 'done', environmentFailure: undefined });
    expect(project.files()).toEqual(FILES);
  });

  test.each([
    ['EROFS', 'the file system is read-only'],
    ['EACCES', 'permission denied'],
  ])('%s: what runs is published and not kept, with one warning', async (code, reason) => {
    const project = await restorable();
    project.write({ in: '2' });
    makeReadOnly(project, code);
    const run = await project.build();
    expect(run.outcomes).toEqual({ a: 'ran', b: 'ran' });
    expect(run.report).toMatchObject({ outcome: 'done' });
    expect(run.warnings).toEqual([
      `Cannot keep results in the store: ${reason} (.wrangle/store). ` +
        'Outputs are published all the same, but this run keeps nothing more in the store.',
    ]);
    expect(project.files()).toEqual({ in: '2', a: 'a(2)', 'dir/data': 'b(a(2))' });
    expect((await project.build()).started).toEqual([]);
  });

  test('damage in it is a miss', async () => {
    const project = await restorable();
    project.fs.write({ [blobPath('a(1)')]: 'b(1)' });
    makeReadOnly(project, 'EROFS');
    const run = await project.build();
    expect(run.outcomes).toEqual({ a: 'ran', b: 'restored' });
    expect(run.warnings[0]).toBe(`The stored copy of "a" is damaged; ${AGAIN}`);
    expect(run.warnings).toHaveLength(2);
    expect(project.files()).toEqual(FILES);
  });

  test('one that cannot even be read is an empty one', async () => {
    const project = await restorable();
    for (let times = 0; times < 50; times++) {
      project.fs.failNext('lstat', 'EACCES', STORE);
      project.fs.failNext('readText', 'EACCES', `${STORE}/`);
    }
    const run = await project.build();
    expect(run.outcomes).toEqual({ a: 'ran', b: 'ran' });
    expect(run.report).toMatchObject({ outcome: 'done' });
  });
});

test.each(['ENOSPC', 'EDQUOT'])('a full store (%s): one warning, nothing partial stays', async (code) => {
  const project = await restorable();
  project.write({ in: '2' });
  const before = paths(project, 'cas');
  for (let times = 0; times < 9; times++) project.fs.failNext('copyFile', code, `${STORE}/tmp`);
  const run = await project.build();
  expect(run.outcomes).toEqual({ a: 'ran', b: 'ran' });
  expect(run.warnings).toHaveLength(1);
  expect(paths(project, 'cas')).toEqual(before);
  expect(project.fs.tree(`${STORE}/tmp`)).toEqual({});
  const next = await project.build({ force: true });
  expect(next.warnings).toHaveLength(1);
});

test('what the store did not take is not recorded: once it is gone, that is an ordinary reason to run', async () => {
  const project = await restorable();
  project.write({ in: '2' });
  project.fs.failNext('copyFile', 'ENOSPC', `${STORE}/tmp`);
  expect((await project.build()).outcomes).toEqual({ a: 'ran', b: 'ran' });
  expect((await project.verifyStore()).inspection.problems).toEqual([]);
  project.fs.remove('/w/a');
  expect(told(await project.build())).toEqual({ outcomes: { a: 'ran', b: 'fresh' }, warnings: [] });
});
