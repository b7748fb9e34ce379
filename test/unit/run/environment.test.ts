// What a stage's process sees of the environment.
import { expect, test } from 'vitest';
import { baseEnvironment, enclosingWorkspaces, stageEnvironment } from '../../../src/run/environment.ts';

const caller = {
  PATH: 'bin:/usr/bin::./x:/bin',
  HOME: '/home/u',
  USER: 'u',
  LANG: 'de_DE',
  TZ: 'Europe/Berlin',
  SHELL: '/bin/zsh',
  PROXY: 'http://proxy',
  TOKEN: 'secret-1',
  EMPTY: '',
};

test('the base is clean: own PATH first, relative entries dropped, a fixed language and time zone', () => {
  expect(baseEnvironment(caller, '/w')).toEqual({
    PATH: '/w/node_modules/.bin:/usr/bin:/bin',
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    HOME: '/home/u',
    USER: 'u',
    WRANGLE_WITHIN: '["/w"]',
  });
});

test('without a caller there is still a PATH', () => {
  expect(baseEnvironment({}, '/w')).toEqual({
    PATH: '/w/node_modules/.bin:/usr/local/bin:/usr/bin:/bin',
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    WRANGLE_WITHIN: '["/w"]',
  });
});

test('a build in a build in a build knows all that it is part of', () => {
  const outer = baseEnvironment({}, '/outer');
  const inner = baseEnvironment(outer, '/in:ner "x"');
  expect(enclosingWorkspaces(inner)).toEqual(['/outer', '/in:ner "x"']);
  expect(enclosingWorkspaces({ WRANGLE_WITHIN: 'somebody else’s' })).toEqual([]);
  expect(enclosingWorkspaces({})).toEqual([]);
});

test('env, then what is passed, then secrets, then our own: later wins, and nothing else comes in', () => {
  const stage = { pass_env: ['PROXY', 'ABSENT', 'EMPTY'], secrets: ['TOKEN'] };
  const declared = { LANG: 'fr_FR', PROXY: 'declared', TOKEN: 'declared', WRANGLE_STAGE: 'declared', X: '1' };
  const own = { WRANGLE_STAGE: 'real' };
  expect(stageEnvironment({ LANG: 'C.UTF-8' }, stage, declared, own, caller)).toEqual({
    env: { LANG: 'fr_FR', PROXY: 'http://proxy', EMPTY: '', TOKEN: 'secret-1', WRANGLE_STAGE: 'real', X: '1' },
    missingSecrets: [],
    shortSecrets: [],
  });
});

test('a secret that is not set, or empty, is missing, and is not replaced by a declared value in silence', () => {
  const { missingSecrets } = stageEnvironment({}, { pass_env: [], secrets: ['NONE', 'EMPTY'] }, {}, {}, caller);
  expect(missingSecrets).toEqual(['NONE', 'EMPTY']);
});

test('a secret of fewer than four bytes is named: it could not be masked', () => {
  const stage = { pass_env: [], secrets: ['A', 'B', 'C'] };
  const { shortSecrets } = stageEnvironment({}, stage, {}, {}, { A: 'abc', B: 'abcd', C: '\u00e4\u00e4' });
  expect(shortSecrets).toEqual(['A']);
});
