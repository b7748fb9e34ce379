/** `wrangle doctor` on this machine: it says what it finds, and leaves nothing. */
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CliProject } from '../support/cli-project.ts';

interface Doctored {
  readonly ok: boolean;
  readonly findings: readonly { readonly area: string; readonly check: string; readonly level: string }[];
}

test('a folder in which all works: exit 0, one document with --json, and nothing is left', async () => {
  const project = new CliProject().write({ 'pipeline.yaml': 'version: 1\nstages: {}\n' });
  const shown = await project.run('doctor');
  expect(shown).toMatchObject({ code: 0, stderr: '' });
  expect(shown.stdout).toMatch(/\n {2}ok {7}Two builds at once keep out of each other's way\.\n/);
  expect(shown.stdout).toMatch(/\n\nwrangle can be used here(; \d+ warnings?)?\.\n$/);
  const { ok, findings } = JSON.parse((await project.run('doctor', '--json')).stdout) as Doctored;
  expect(ok).toBe(true);
  const wanted = [
    'version',
    'settings',
    'clock',
    'found',
    'file-system',
    'lock',
    'rename',
    'links',
    'run',
    'time-steps',
  ];
  expect(findings.map(({ check }) => check)).toEqual(expect.arrayContaining(wanted));
  expect(readdirSync(project.dir)).toEqual(['pipeline.yaml']);
});

test.runIf(process.platform === 'linux')('a folder that cannot be written: exit 4, and why', async () => {
  // Not even root writes here.
  const { code, stdout } = await new CliProject().run('doctor', '-C', '/sys', '-q');
  expect(code).toBe(4);
  expect(stdout).toMatch(
    /\n {2}problem {2}Cannot write to "\/sys": (permission denied|the file system is read-only)\.\n/,
  );
  expect(stdout).toMatch(/wrangle cannot be used like this\.\n$/);
});
