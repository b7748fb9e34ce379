// The settings of a workspace.
import { expect, test } from 'vitest';
import { loadSettings } from '../../../src/language/settings.ts';
import { MemoryFileSystem } from '../../support/memory-file-system.ts';

function settings(text?: string) {
  const fs = new MemoryFileSystem();
  fs.makeFolder('/ws');
  if (text !== undefined) fs.write({ '/ws/.wranglerrc.yaml': text });
  return loadSettings({ fs, workspace: '/ws' });
}

test('without a file there are none, and its absence is a source', () => {
  expect(settings()).toEqual({
    settings: { plugins: [], cache: {} },
    diagnostics: [],
    sources: [{ path: '/ws/.wranglerrc.yaml', kind: 'file', sha256: '' }],
    texts: new Map(),
  });
  expect(settings('# nothing\n').settings).toEqual({ plugins: [], cache: {} });
});

test('all of them', () => {
  const { settings: read, diagnostics } = settings(
    'version: 1\npipeline: ./pipelines/full.yaml\nplugins: { tabular: ./plugins/tabular, geo: "@acme/geo" }\njobs: 50%\nshell: sh\ncache: { dir: /tmp/c, max_size: 20GB }\n',
  );
  expect(diagnostics).toEqual([]);
  expect(read).toEqual({
    pipeline: {
      path: 'pipelines/full.yaml',
      location: { file: '.wranglerrc.yaml', line: 2, column: 11, end_line: 2, end_column: 32 },
    },
    plugins: [
      {
        name: 'tabular',
        ref: './plugins/tabular',
        location: { file: '.wranglerrc.yaml', line: 3, column: 21, end_line: 3, end_column: 38 },
      },
      {
        name: 'geo',
        ref: '@acme/geo',
        location: { file: '.wranglerrc.yaml', line: 3, column: 45, end_line: 3, end_column: 56 },
      },
    ],
    jobs: '50%',
    shell: 'sh',
    cache: { dir: '/tmp/c', max_size_bytes: 20_000_000_000 },
  });
});

test.each([
  ['job: 4', '1:1 unknown-key "job" is not a key of the settings.'],
  ['jobs: 0', '1:7 invalid-value "jobs" must be at least 1, not 0.'],
  ['jobs: many', '1:7 invalid-value "jobs" must be a number or a share such as "50%", not "many".'],
  ['plugins: [a]', '1:10 wrong-type "plugins" must be a mapping, not a list.'],
  ['plugins: { A: ./a }', '1:12 invalid-name "A" cannot be the name of a plugin.'],
  ['plugins: { "../x": ./a }', '1:12 invalid-name "../x" cannot be the name of a plugin.'],
  [
    'cache: { max_size: big }',
    '1:20 invalid-value "max_size" must be a size such as "512MB", "2GiB" or a number of bytes, not "big".',
  ],
  ['shell: fish', '1:8 invalid-value "shell" must be "bash" or "sh", not "fish".'],
  ['version: 9', '1:10 unsupported-version This file is in format "9", and this wrangle reads format 1.'],
  ['a: "', '1:5 yaml-syntax This is not valid YAML: a closing " is missing.'],
])('%s is a mistake', (text, expected) => {
  const { diagnostics } = settings(text);
  expect(
    diagnostics.map(({ location, code, message }) => `${location?.line}:${location?.column} ${code} ${message}`),
  ).toEqual([expected]);
});
