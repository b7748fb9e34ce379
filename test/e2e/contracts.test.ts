/** The example of contracts: built as it is, with rows that break it, and with another contract alone. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CliProject, REPOSITORY } from '../support/cli-project.ts';

const FILE = 'pipelines/expect.yaml';

test('pipelines/expect.yaml names bad rows, and checks what is there when its contract changes', async () => {
  const text = readFileSync(join(REPOSITORY, FILE), 'utf8');
  const made = new CliProject().write({ [FILE]: text });
  const built = await made.run('build', FILE, '--json');
  expect([built.code, built.json().counts['ran']]).toEqual([0, 2]);

  const bad = await made.run('build', FILE, '--json', '-p', 'bad=3');
  expect([bad.code, bad.json().counts['failed'], bad.json().counts['blocked']]).toEqual([1, 1, 1]);
  expect(bad.json().stages['measure']?.failure?.message).toBe(
    'Its output "build/expect/measured.csv" breaks its contract: 3 of 10000 rows do not fit its schema: line 18 (/mass: must be a number, not "n/a"), line 3018 (/mass: must be a number, not "n/a"), line 6018 (/mass: must be a number, not "n/a").',
  );
  expect(made.read('build/expect/measured.csv')).not.toContain('n/a');

  made.write({ [FILE]: text.replace('unique: id', 'unique: [id, mass]') });
  const status = await made.run('status', FILE, '--exit-code');
  expect(status.code).toBe(3);
  const again = await made.run('build', FILE, '--json');
  expect([again.code, again.json().counts['fresh'], again.json().counts['ran']]).toEqual([0, 2, 0]);

  made.write({ [FILE]: text.replace('unique: id', 'unique: species') });
  const broken = await made.run('build', FILE, '--json');
  expect([broken.code, broken.json().counts['failed'], broken.json().counts['ran']]).toEqual([1, 1, 0]);
  expect(broken.json().stages['measure']?.failure?.message).toMatch(
    /breaks its contract: 9993 rows repeat "species": line 9 /,
  );
  expect(made.read('build/expect/measured.csv')).toContain('bird 1');
});
