// Contracts on outputs, and whether an attempt left what was declared.
import { describe, expect, test } from 'vitest';
import type { Expect } from '../../../src/model/pipeline.ts';
import { checkOutputs, readMetrics } from '../../../src/run/collect-outputs.ts';
import { checkContract } from '../../../src/run/contract.ts';
import { planStaging, prepareStaging } from '../../../src/run/staging.ts';
import { stateLayout } from '../../../src/store/layout.ts';
import type { StageParts } from '../../support/make-stage.ts';
import { makeStage } from '../../support/make-stage.ts';
import { MemoryFileSystem } from '../../support/memory-file-system.ts';

function problems(name: string, text: string, expected: Expect): Promise<string[]> {
  const fs = new MemoryFileSystem();
  fs.write({ [`/w/${name}`]: text });
  return checkContract(fs, `/w/${name}`, expected);
}

describe('bytes', () => {
  test('at least so many', async () => {
    expect(await problems('a', 'xxx', { min_bytes: 3 })).toEqual([]);
    expect(await problems('a', 'xx', { min_bytes: 3 })).toEqual(['it has 2 bytes, expected at least 3']);
    expect(await problems('a', '', { min_bytes: 1 })).toEqual(['it has 0 bytes, expected at least 1']);
  });
});

describe('rows', () => {
  const counts: [name: string, text: string, rows: number][] = [
    ['a.csv', 'h\n1\n2\n', 2],
    ['a.csv', 'h\n1\n2', 2],
    ['a.csv', 'h\r\n1\r\n2\r\n', 2],
    ['a.csv', 'h\n\n1\n\r\n2\n\n', 2],
    ['a.csv', 'h', 0],
    ['a.csv', '', 0],
    ['a.csv', 'a,b\n"one\nline",2\n3,"x\r\n\r\ny"\n', 2],
    ['a.csv', 'a\n"say ""hi""\nthere"\n"x"\n', 2],
    ['a.csv', 'a\n""\n"\n"\n', 2],
    ['a.csv', 'a,b\n5" disk,1\n6" disk,2\n7" disk,3\n', 3],
    ['a.csv', 'a;b\n"x\ny";1\n2;3\n', 2],
    ['a.tsv', 'a\tb\n1\t"x\ny"\n', 1],
    ['a.csv', 'a\n"never closed\n1\n2\n', 1],
    ['a.jsonl', '{}\n\n{}\n', 2],
    ['a.ndjson', '1\n2\n3', 3],
    ['a.jsonl', '', 0],
    ['a.json', '[1, [2], 3]', 3],
    ['A.CSV', 'h\n1\n', 1],
  ];
  test.each(counts)('%s %j has %d', async (name, text, rows) => {
    expect(await problems(name, text, { rows: { min: rows, max: rows } })).toEqual([]);
    expect(await problems(name, text, { rows: { min: rows + 1, max: rows + 1 } })).toEqual([
      `it has ${rows} rows, expected ${rows + 1}`,
    ]);
    expect(await problems(name, text, { rows: { min: rows + 1 } })).toEqual([
      `it has ${rows} rows, expected at least ${rows + 1}`,
    ]);
    expect(await problems(name, text, { rows: { max: rows - 1 } })).toEqual([
      `it has ${rows} rows, expected at most ${rows - 1}`,
    ]);
  });

  test.each([
    ['a.txt', 'x\n'],
    ['a.json', '{}'],
    ['a.json', '['],
  ])('of %s %j nobody can tell', async (name, text) => {
    expect(await problems(name, text, { rows: { min: 1 } })).toEqual([
      'its rows cannot be counted (only CSV, TSV, JSON and JSON Lines can)',
    ]);
  });
});

describe('schemas', () => {
  const schema = { type: 'object', required: ['id'], properties: { id: { type: 'integer' } } };

  test('a JSON file is one document', async () => {
    expect(await problems('a.json', '{"id": 1}', { schema })).toEqual([]);
    expect(await problems('a.json', '{"id": "x"}', { schema })).toEqual(['/id: must be a whole number, not "x"']);
    expect(await problems('a.json', '{"id": 1', { schema })).toEqual([
      expect.stringMatching(/^it is not JSON \(.+\)$/),
    ]);
    expect(await problems('a.json', '', { schema })).toEqual([expect.stringMatching(/^it is not JSON \(.+\)$/)]);
  });

  test('of JSON Lines each line is checked and named; blank ones are none', async () => {
    const text = '{"id": 1}\n\n{"id": "x"}\nnot json\n{"id": 2}\r\n';
    expect(await problems('a.jsonl', text, { schema })).toEqual([
      'line 3: /id: must be a whole number, not "x"',
      expect.stringMatching(/^line 4: it is not JSON/),
    ]);
  });

  test('a file with many wrong lines is described by the first few', async () => {
    const text = '{"id": "x"}\n'.repeat(30);
    const found = await problems('a.jsonl', text, { schema });
    expect(found).toHaveLength(6);
    expect(found[5]).toBe('and 25 more');
  });

  test('a schema that is none is a problem, not an error', async () => {
    expect(await problems('a.json', '{}', { schema: { type: 'nothing' } })).toEqual([
      expect.stringMatching(/^its schema cannot be used: /),
    ]);
  });
});

test('all broken terms are named', async () => {
  expect(await problems('a.csv', 'h\n', { min_bytes: 100, rows: { min: 1 } })).toEqual([
    'it has 2 bytes, expected at least 100',
    'it has 0 rows, expected at least 1',
  ]);
});

describe('outputs', () => {
  const layout = stateLayout('/w');

  function rig(parts: StageParts) {
    const fs = new MemoryFileSystem();
    fs.makeFolder('/w');
    const stage = makeStage('a', parts);
    const staging = planStaging(fs, layout, stage);
    prepareStaging(fs, layout, staging);
    const at = (path: string) => `/w/.wrangle/staging/a/0/${path}`;
    const check = async () => (await checkOutputs(fs, layout, staging))?.message;
    return { fs, stage, staging, at, check };
  }

  test('all that are missing are named at once', async () => {
    const { fs, at, check } = rig({ outputs: { out: ['x.csv', 'deep/y.csv'], dir: 'd/' } });
    expect(await check()).toBe('It ended well but did not make "x.csv", "deep/y.csv".');
    fs.write({ [at('x.csv')]: '', [at('deep/y.csv')]: '' });
    expect(await check()).toBeUndefined();
  });

  test.each<[string, string, (fs: MemoryFileSystem, path: string) => void, string]>([
    ['x', 'x', (fs, path) => fs.makeFolder(path), 'Its output "x" should be a file but is a folder.'],
    ['x', 'x', (fs, path) => fs.makeLink('y', path), 'Its output "x" should be a file but is a symbolic link.'],
    [
      'x/',
      'x',
      (fs, path) => {
        fs.remove(path);
        fs.write({ [path]: '' });
      },
      'Its output "x" should be a folder but is a file.',
    ],
  ])('%s of another type', async (declared, path, put, message) => {
    const { fs, at, check } = rig({ outputs: { out: declared } });
    put(fs, at(path));
    expect(await check()).toBe(message);
  });

  test('a contract that is broken', async () => {
    const { fs, at, check } = rig({ outputs: { out: 'x' }, port: { expect: { min_bytes: 5 } } });
    fs.write({ [at('x')]: 'abc' });
    expect(await check()).toBe('Its output "x" breaks its contract: it has 3 bytes, expected at least 5.');
  });

  test('metrics are read by pointer; one that leads nowhere is null', () => {
    const { fs, at, stage, staging } = rig({
      outputs: { out: 'x.json', bad: 'y.json' },
      metrics: {
        rows: 'out#/a/b/1',
        odd: 'out#/x~1y/~0z',
        whole: 'bad#',
        none: 'out#/a/c',
        proto: 'out#/__proto__',
        broken: 'bad#/a',
        nobody: 'other#/a',
      },
    });
    fs.write({ [at('x.json')]: '{"a": {"b": [1, 2]}, "x/y": {"~z": true}}', [at('y.json')]: '{' });
    expect(readMetrics(fs, layout, stage, staging)).toEqual({
      rows: 2,
      odd: true,
      whole: null,
      none: null,
      proto: null,
      broken: null,
      nobody: null,
    });
  });
});
