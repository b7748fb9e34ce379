// `cache verify`: everything in the store is read, and what is wrong is said in outputs of stages.
import { describe, expect, test } from 'vitest';
import type { StoreVerified } from '../../src/engine/verify-store.ts';
import { PLAIN } from '../../src/report/style.ts';
import { verifyText } from '../../src/report/verify-text.ts';
import { sha256 } from '../../src/util/hash.ts';
import { EngineProject } from '../support/engine-project.ts';

const STORE = '/w/.wrangle/store';
const MADE = 'made 2025-06-15 15:06 UTC in run RUN';

async function built(): Promise<EngineProject> {
  const project = new EngineProject();
  project.write({ in: '1' });
  project.pipeline({
    a: { inputs: { d: 'in' }, outputs: { o: 'a' } },
    b: { inputs: { d: 'a' }, outputs: { o: 'dir/' } },
    c: { inputs: { d: 'in' }, outputs: { o: { path: 'c', cache: false } } },
  });
  await project.build();
  return project;
}

function blobPath(text: string): string {
  const sha = sha256(text);
  return `${STORE}/cas/${sha.slice(0, 2)}/${sha}`;
}

function storePath(project: EngineProject, folder: 'cas' | 'ac', part: string): string {
  const found = Object.entries(project.fs.tree(STORE)).find(
    ([path, text]) => path.startsWith(`${folder}/`) && text.includes(part),
  );
  return `${STORE}/${found?.[0]}`;
}

const recordOf = (project: EngineProject, stage: string) => storePath(project, 'ac', `"stage":"${stage}"`);
/** Runs have an id that hangs on how many there were. */
const textOfReport = (report: StoreVerified) => verifyText(report, PLAIN).replace(/\b\d{8}-\d{6}-\w{4}\b/g, 'RUN');
const textOf = async (project: EngineProject, repair = false) => textOfReport(await project.verifyStore(repair));

/** Changes, in the log of the disk. */
const writes = (project: EngineProject) =>
  project.fs.operations.filter(({ op }) => !/^(l?stat|read|real|hash)/.test(op)).map(({ op, path }) => `${op} ${path}`);

test('a sound store; outputs with `cache: false` are not missing', async () => {
  const project = await built();
  expect(await textOf(project)).toBe('Read 3 records and 3 files, 122 B.\nEverything in it is what it should be.\n');
  project.fs.remove(STORE);
  expect(await textOf(project)).toBe('Read 0 records and 0 files, 0 B.\nEverything in it is what it should be.\n');
});

describe('what is wrong', () => {
  test.each<[string, (project: EngineProject) => void, string]>([
    [
      'a flipped byte of the same size',
      (project) => project.fs.write({ [blobPath('a(1)')]: 'b(1)' }),
      `the stored copy of "a" of stage a is damaged (${MADE})`,
    ],
    [
      'gone',
      (project) => project.fs.remove(blobPath('a(1)')),
      `the stored copy of "a" of stage a is missing (${MADE})`,
    ],
    [
      'a folder in its place',
      (project) => {
        project.fs.remove(blobPath('a(1)'));
        project.fs.write({ [`${blobPath('a(1)')}/x`]: 'a(1)' });
      },
      `the stored copy of "a" of stage a is damaged (${MADE})`,
    ],
    [
      'a link in its place',
      (project) => {
        project.fs.remove(blobPath('a(1)'));
        project.fs.makeLink('/w/a', blobPath('a(1)'));
      },
      `the stored copy of "a" of stage a is damaged (${MADE})`,
    ],
    [
      'a file of a folder',
      (project) => project.fs.remove(blobPath('b(a(1))')),
      `the stored copy of "data" in "dir" of stage b is missing (${MADE})`,
    ],
    [
      'the list of a folder',
      (project) => project.fs.write({ [storePath(project, 'cas', '[')]: '[' }),
      `the stored copy of "dir" of stage b is damaged (${MADE})`,
    ],
    [
      'a record',
      (project) => project.fs.write({ [recordOf(project, 'a')]: 'garbage' }),
      'the record of "a" of stage a is damaged',
    ],
    [
      'what no result needs',
      (project) => project.fs.write({ [`${STORE}/cas/ab/${'ab'.repeat(32)}`]: 'x' }),
      `a file that no result needs is damaged (${STORE}/cas/ab/${'ab'.repeat(32)})`,
    ],
  ])('%s', async (_name, damage, message) => {
    const project = await built();
    damage(project);
    project.fs.operations.length = 0;
    const report = await project.verifyStore();
    expect(writes(project)).toEqual([]);
    const text = textOfReport(report);
    expect(text).toContain(`\n1 problem:\n  wrong: ${message}\n`);
    expect(report.inspection.problems).toHaveLength(1);

    const repaired = await project.verifyStore(true);
    expect(repaired.repair?.left).toEqual([]);
    expect((await project.verifyStore()).inspection.problems).toEqual([]);
    for (const output of ['a', 'dir']) project.fs.remove(`/w/${output}`);
    const run = await project.build();
    expect(run.warnings).toEqual([]);
    expect(run.started).toEqual(repaired.repair?.stages);
    expect(project.files()).toEqual({ in: '1', a: 'a(1)', c: 'c(1)', 'dir/data': 'b(a(1))' });
  });

  test('what others left, and other versions, is no problem', async () => {
    const project = await built();
    project.write({
      '.wrangle/store/tmp/9-old-1': 'half',
      [`.wrangle/store/quarantine/${'cd'.repeat(32)}`]: 'damaged',
      '.wrangle/store/cas/README': 'mine',
      '.wrangle/store/cas/ab/notes.txt': 'mine',
    });
    const record = recordOf(project, 'a');
    project.fs.write({ [record]: (project.fs.readText(record) ?? '').replace('wrangle 2 ', 'wrangle 9 ') });
    await project.clock.advance(2 * 3_600_000);
    project.write({ '.wrangle/store/tmp/9-new-1': 'under way' });
    expect(await textOf(project)).toBe(
      'Read 2 records and 3 files, 122 B. Besides: 1 damaged file put aside, 1 copy that was cut short and ' +
        "3 files that are not this version's.\nEverything in it is what it should be.\n",
    );
  });
});

test('before and after a repair, in the language of stages', async () => {
  const project = await built();
  project.fs.write({ [blobPath('a(1)')]: 'x' });
  project.fs.remove(blobPath('b(a(1))'));
  const problems = `2 problems:
  wrong: the stored copy of "a" of stage a is damaged (${MADE})
  wrong: the stored copy of "data" in "dir" of stage b is missing (${MADE})
`;
  const sorted = (text: string) => text.split('\n').sort();
  expect(sorted(await textOf(project))).toEqual(
    sorted(`Read 3 records and 2 files, 112 B.

${problems}
"wrangle cache verify --repair" takes what is wrong out of the store. Stages a and b run again when their outputs have to be restored.
`),
  );
  expect(sorted(await textOf(project, true))).toEqual(
    sorted(`Read 3 records and 2 files, 112 B.

${problems}
Put aside 1 file, removed 2 records. Stages a and b run again when their outputs have to be restored.
`),
  );
  // What stands in the workspace is still what was made, so nothing runs until it is needed from the store.
  expect((await project.build()).outcomes).toEqual({ a: 'fresh', b: 'fresh', c: 'fresh' });
});

test('what cannot be put aside is said', async () => {
  const project = await built();
  project.fs.write({ [blobPath('a(1)')]: 'x' });
  project.fs.failNext('rename', 'EACCES', '/cas/');
  const { repair } = await project.verifyStore(true);
  expect(repair?.left.map(({ path }) => path)).toEqual([blobPath('a(1)')]);
});

test('what a build mends meanwhile is no problem, and is not repaired', async () => {
  const project = await built();
  project.fs.write({ [blobPath('a(1)')]: 'x' });
  const lock = await project.lock.acquire({
    path: '/w/.wrangle/lock',
    wait: false,
    command: 'wrangle build',
    onWait: () => {},
    signal: undefined,
  });
  const mend = project.lock.acquire.bind(project.lock);
  // Whoever waits for the workspace finds the store as the build has left it.
  project.lock.acquire = (request) => {
    project.fs.write({ [blobPath('a(1)')]: 'a(1)' });
    lock?.release();
    return mend(request);
  };
  const { inspection, repair } = await project.verifyStore(true);
  expect(inspection.problems).toHaveLength(1);
  expect(repair).toEqual({ quarantined: 0, recordsRemoved: 0, stages: [], left: [] });
});
