// The catalogue: one place for each operator, and the same list in README.md.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CATALOGUE } from '../../src/operators/catalogue.ts';
import { PHASES } from '../../src/operators/operator.ts';

const README = new URL('../../README.md', import.meta.url);

test('README.md lists all operators by their phase', () => {
  const rows = PHASES.map((phase) => {
    const names = CATALOGUE.filter((operator) => operator.phase === phase).map(({ name }) => `\`${name}\``);
    return `| ${phase} | ${names.join(' ')} |`;
  });
  expect(readFileSync(README, 'utf8')).toContain(['| phase | operators |', '| --- | --- |', ...rows].join('\n'));
});

test('names are different, and each is that of a file', () => {
  const names = CATALOGUE.map(({ name }) => name);
  const files = readdirSync(new URL('../../src/operators', import.meta.url));
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => !files.includes(`${name.replaceAll('_', '-')}.ts`))).toEqual([]);
});
