// Bugs planted into a copy of the project, one for each promise: the test named for it goes red.
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { REPOSITORY } from '../../support/cli-project.ts';
import { FULL, tried } from '../support/effort.ts';
import { PLANTED_BUGS, type PlantedBug } from './bugs.ts';

const COPIED = [
  'src',
  'test',
  'schemas',
  'pipelines',
  'plugins',
  'scripts',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
];

let copy: string;

beforeAll(() => {
  if (!FULL) return;
  copy = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'wrangle-planted-')));
  const filter = (path: string) => !path.includes('node_modules');
  for (const name of COPIED) fs.cpSync(join(REPOSITORY, name), join(copy, name), { recursive: true, filter });
  fs.symlinkSync(join(REPOSITORY, 'node_modules'), join(copy, 'node_modules'));
});
afterAll(() => {
  if (FULL) fs.rmSync(copy, { recursive: true, force: true });
});

interface Verdict {
  /** Tests that went red; a file that could not even be loaded has none. */
  readonly red: readonly string[];
  readonly green: number;
  readonly said: string;
}

/** Runs one test of the copy, in a process of its own. */
async function runInCopy({ project, file, test: name }: PlantedBug['caughtBy']): Promise<Verdict> {
  const report = join(copy, 'report.json');
  fs.rmSync(report, { force: true });
  const args = ['run', '--project', project, file, '--bail', '1', '--reporter=json', '--outputFile', report];
  const vitest = join(copy, 'node_modules/vitest/vitest.mjs');
  const child = spawn(process.execPath, [vitest, ...args, ...(name === '' ? [] : ['-t', name])], {
    cwd: copy,
    env: { ...process.env, WRANGLE_FAULTS: 'sample' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.on('data', (text: Buffer) => (said += text.toString()));
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  await new Promise((resolve) => child.once('close', resolve));
  const { testResults } = JSON.parse(fs.readFileSync(report, 'utf8')) as {
    testResults: { assertionResults: { status: string; fullName: string }[] }[];
  };
  const all = testResults.flatMap(({ assertionResults }) => assertionResults);
  const withStatus = (status: string) => all.filter((one) => one.status === status).map(({ fullName }) => fullName);
  return { red: withStatus('failed'), green: withStatus('passed').length, said };
}

/** The text of the file with the bug. Errors: fails where the sources are not as the list has them. */
function planted({ file, changes }: PlantedBug, root: string): string {
  let text = fs.readFileSync(join(root, file), 'utf8');
  for (const { from, to } of changes) {
    const count = text.split(from).length - 1;
    expect(count, `how often ${JSON.stringify(from)} stands in ${file}`).toBe(1);
    text = text.replace(from, () => to);
  }
  return text;
}

test.for(PLANTED_BUGS)('the list is of these sources: $name', (bug) => {
  expect(planted(bug, REPOSITORY)).not.toBe('');
});

const tests = [...new Map(PLANTED_BUGS.map(({ caughtBy }) => [JSON.stringify(caughtBy), caughtBy])).values()];

// It takes minutes, so only in full.
if (FULL) {
  describe('without a bug', () => {
    test.for(tests)('$file is green: $test', async (one) => {
      const { red, green, said } = await runInCopy(one);
      expect(red, said).toEqual([]);
      expect(green, said).toBeGreaterThan(0);
    });
  });

  describe('with a bug', () => {
    test.for(PLANTED_BUGS)('$name: $caughtBy.file goes red', async (bug, context) => {
      const { file, caughtBy } = bug;
      const sound = fs.readFileSync(join(copy, file));
      try {
        fs.writeFileSync(join(copy, file), planted(bug, copy));
        const { red, said } = await runInCopy(caughtBy);
        expect(red, `what went red\n${said}`).not.toEqual([]);
        tried(context, 'planted bugs');
      } finally {
        fs.writeFileSync(join(copy, file), sound);
      }
    });
  });
}
