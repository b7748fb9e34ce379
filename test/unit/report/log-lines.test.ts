// Which lines of a run's log are wanted, by level and by stage.
import { expect, test } from 'vitest';
import { wantedLines } from '../../../src/report/log-lines.ts';
import { nameMatcher } from '../../../src/util/name-pattern.ts';

const RUN = '2026-01-01T00:00:00.000Z | 20260101-000000-aaaa |';
const LOG = [
  `${RUN} - | INFO | 2 stages, 2 to do.`,
  `${RUN} parse@PMA | DEBUG | Its producers are done.`,
  `${RUN} parse@PMA | WARNING | a | ERROR | in a message`,
  `${RUN} clean | ERROR | Failed.`,
  '',
].join('\n');

const lines = (text: string) => text.split('\n').map((line) => line.replace(RUN, '').trim());
const every = () => true;

test('a level, and those above it', () => {
  expect(wantedLines(LOG, { level: 'debug', stage: every })).toBe(LOG);
  expect(lines(wantedLines(LOG, { level: 'info', stage: every }))).toEqual([
    '- | INFO | 2 stages, 2 to do.',
    'parse@PMA | WARNING | a | ERROR | in a message',
    'clean | ERROR | Failed.',
    '',
  ]);
  expect(lines(wantedLines(LOG, { level: 'error', stage: every }))).toEqual(['clean | ERROR | Failed.', '']);
});

test('stages, by name or pattern', () => {
  const of = (...names: string[]) => lines(wantedLines(LOG, { level: 'debug', stage: nameMatcher(names) }));
  expect(of('clean')).toEqual(['clean | ERROR | Failed.', '']);
  expect(of('parse@*')).toHaveLength(3);
  expect(of('parse', 'c?ean')).toEqual(['clean | ERROR | Failed.', '']);
  expect(of('c.ean', 'par')).toEqual(['']);
});

test('a line of another form goes with the one before it', () => {
  const text = `odd\n${LOG}more\n`;
  expect(lines(wantedLines(text, { level: 'error', stage: every }))).toEqual(['clean | ERROR | Failed.', 'more', '']);
  expect(wantedLines('', { level: 'error', stage: every })).toBe('');
});
