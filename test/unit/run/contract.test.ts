// Contracts on outputs, and whether an attempt left what was declared.
import { describe, expect, test } from 'vitest';
import type { Expect } from '../../../src/model/pipeline.ts';
import { checkOutputs, readMetrics } from '../../../src/run/collect-outputs.ts';
import { checkContract } from '../../../src/run/contract.ts';
import { planStaging, prepareStaging } from '../../../src/run/staging.ts';
import { stateLayout } from '../../../src/store/layout.ts';
import type { Json } from '../../../src/util/canonical-json.ts';
import type { StageParts } from '../../support/make-stage.ts';
import { makeStage } from '../../support/make-stage.ts';
import { MemoryFileSystem } from '../../support/memory-file-system.ts';
import { parquetBytes } from '../../support/parquet.ts';

function problems(name: string, text: string | Uint8Array, expected: Expect): Promise<string[]> {
  const fs = new MemoryFileSystem();
  fs.write({ [`/w/${name}`]: text });
  return checkContract(fs, `/w/${name}`, expected);
}

describe('bytes', () => {
  test('at least and at most so many', async () => {
    expect(await problems('a', 'xxx', { min_bytes: 3, max_bytes: 3 })).toEqual([]);
    expect(await problems('a', 'xx', { min_bytes: 3 })).toEqual(['it has 2 bytes, expected at least 3']);
    expect(await problems('a', '', { min_bytes: 1 })).toEqual(['it has 0 bytes, expected at least 1']);
    expect(await problems('a', 'xxxx', { max_bytes: 3 })).toEqual(['it has 4 bytes, expected at most 3']);
  });

  test('of a folder all files in it count', async () => {
    const fs = new MemoryFileSystem();
    fs.write({ '/w/d/a': '123', '/w/d/b/c': '45' });
    fs.makeLink('/elsewhere', '/w/d/link');
    expect(await checkContract(fs, '/w/d', { min_bytes: 5, max_bytes: 5 })).toEqual([]);
    expect(await checkContract(fs, '/w/d', { max_bytes: 4, assert: ['output.size_bytes < 5'] })).toEqual([
      'it has 5 bytes, expected at most 4',
      '"output.size_bytes < 5" does not hold (size_bytes is 5)',
    ]);
  });
});

describe('rows', () => {
  test('exactly, at least, at most', async () => {
    expect(await problems('a.csv', 'h\n1\n2\n', { rows: { min: 2, max: 2 } })).toEqual([]);
    expect(await problems('a.csv', 'h\n1\n2\n', { rows: { min: 3, max: 3 } })).toEqual(['it has 2 rows, expected 3']);
    expect(await problems('a.csv', 'h\n1\n', { rows: { min: 2 } })).toEqual(['it has 1 row, expected at least 2']);
    expect(await problems('a.jsonl', '1\n2\n', { rows: { max: 1 } })).toEqual(['it has 2 rows, expected at most 1']);
  });

  test('are counted along with the other conditions on them', async () => {
    expect(await problems('a.csv', 'h\n1\n1\n', { rows: { min: 3 }, unique: [['h']] })).toEqual([
      'it has 2 rows, expected at least 3',
      '1 row repeats "h": line 3 ("1", as line 2)',
    ]);
  });

  test('of what has none nobody can tell', async () => {
    expect(await problems('a.json', '{}', { rows: { min: 1 } })).toEqual(['it has no rows, since it is no list']);
    expect(await problems('a', 'x', { rows: { min: 1 }, not_null: ['x'] })).toEqual([
      'its rows cannot be read (only those of CSV, TSV, JSON, JSON Lines and Parquet can)',
    ]);
  });
});

describe('schemas', () => {
  const schema = { type: 'object', required: ['id'], properties: { id: { type: 'integer' } } };

  test('a JSON file is one document, and so is one of an unknown kind', async () => {
    expect(await problems('a.json', '{"id": 1}', { schema })).toEqual([]);
    expect(await problems('a.geojson', '{"id": "x"}', { schema })).toEqual(['/id: must be a whole number, not "x"']);
    expect(await problems('a.json', '{}', { schema })).toEqual(['it needs the key "id"']);
    expect(await problems('a.json', '{"id": 1', { schema })).toEqual([
      expect.stringMatching(/^it is not JSON \(.+\)$/),
    ]);
    expect(await problems('a.json', '', { schema })).toEqual(['it is not JSON (it is empty)']);
  });

  test('a document with many mistakes is described by the first few', async () => {
    const list = { type: 'array', items: { type: 'integer' } };
    const found = await problems('a.json', JSON.stringify(Array(30).fill('x')), { schema: list });
    expect(found).toHaveLength(6);
    expect([found[0], found[5]]).toEqual(['/0: must be a whole number, not "x"', 'and 25 more']);
  });

  test('of JSON Lines each line is checked and named; blank ones are none', async () => {
    const text = '{"id": 1}\n\n{"id": "x"}\nnot json\n{"id": 2}\r\n{}\n';
    expect(await problems('a.jsonl', text, { schema })).toEqual([
      expect.stringMatching(/^1 of 5 rows cannot be read: line 4 \(it is not JSON \(.+\)\)$/),
      '2 of 5 rows do not fit its schema: line 3 (/id: must be a whole number, not "x"), line 6 (it needs the key "id")',
    ]);
  });

  test('of many wrong rows the first few are shown, and all are counted', async () => {
    expect(await problems('a.jsonl', '{"id": 1}\n{"id": "x"}\n'.repeat(20), { schema })).toEqual([
      `20 of 40 rows do not fit its schema: ${[2, 4, 6, 8, 10].map((line) => `line ${line} (/id: must be a whole number, not "x")`).join(', ')}, and 15 more`,
    ]);
  });

  test('cells of a CSV are taken for what the schema says', async () => {
    const person = {
      type: 'object',
      required: ['id', 'age'],
      properties: { id: { type: 'string' }, age: { type: 'integer', minimum: 0 }, ok: { type: ['boolean', 'null'] } },
      additionalProperties: false,
    };
    expect(await problems('a.csv', 'id,age,ok\n007,12,true\n8,0,\n', { schema: person })).toEqual([]);
    expect(await problems('a.csv', 'id,age,ok\n1,twelve,\n2,-1,no\n3,,\n', { schema: person })).toEqual([
      '3 of 3 rows do not fit its schema: line 2 (/age: must be a whole number, not "twelve"), line 3 (/age: must be at least 0, not -1; /ok: must be true or false or null, not "no"), line 4 ("age" is empty)',
    ]);
    expect(await problems('a.csv', 'id,age,x\n1,2,3\n', { schema: person })).toEqual([
      '1 of 1 rows does not fit its schema: line 2 ("x" is not a key of this)',
    ]);
  });

  test('rows of Parquet are checked as they are typed', async () => {
    const data = parquetBytes([
      { name: 'id', data: [1, 2, 3], type: 'INT32' },
      { name: 'name', data: ['a', null, 'c'], type: 'STRING' },
    ]);
    const named = { type: 'object', properties: { id: { maximum: 2 }, name: { type: 'string' } } };
    expect(await problems('a.parquet', data, { schema: named, rows: { min: 4 } })).toEqual([
      'it has 3 rows, expected at least 4',
      '2 of 3 rows do not fit its schema: row 2 (/name: must be text, not null), row 3 (/id: must be at most 2, not 3)',
    ]);
  });

  test('a schema that is none is a problem, not an error', async () => {
    for (const name of ['a.json', 'a.jsonl']) {
      expect(await problems(name, '{}', { schema: { type: 'nothing' } })).toEqual([
        expect.stringMatching(/^its schema cannot be used: /),
      ]);
    }
  });

  test('one that takes for ever ends', async () => {
    const deep: { [key: string]: Json } = {};
    for (let at = 0; at < 60; at++) {
      deep[`d${at}`] = { allOf: [{ $ref: `#/$defs/d${at + 1}` }, { $ref: `#/$defs/d${at + 1}` }] };
    }
    const endless = { $defs: { ...deep, d60: true }, $ref: '#/$defs/d0' };
    expect(await problems('a.jsonl', '{}\n{}\n', { schema: endless })).toEqual([
      expect.stringMatching(/^(its schema cannot be used|line 1 cannot be checked): /),
    ]);
  });
});

describe('unique', () => {
  test('names the first rows that repeat, and what they repeat', async () => {
    const text = `id\n${[1, 2, 1, 3, 2, 2, 1, 1, 1].join('\n')}\n`;
    expect(await problems('a.csv', text, { unique: [['id']] })).toEqual([
      '6 rows repeat "id": line 4 ("1", as line 2), line 6 ("2", as line 3), line 7 ("2", as line 3), line 8 ("1", as line 2), line 9 ("1", as line 2), and 1 more',
    ]);
  });

  test('several columns count together, several lists apart', async () => {
    const text = 'a,b\n1,2\n1,3\n2,1\n1,2\n12,\n1,\n1,\n';
    expect(await problems('a.csv', text, { unique: [['a', 'b'], ['b']] })).toEqual([
      '1 row repeats "a", "b": line 5 ("1", "2", as line 2)',
      '1 row repeats "b": line 5 ("2", as line 2)',
    ]);
  });

  test('gaps do not repeat, and what is of another type is something else', async () => {
    expect(
      await problems('a.jsonl', '{"a": 1}\n{"a": "1"}\n{"a": null}\n{}\n{}\n{"a": 1.0}\n[]\n', { unique: [['a']] }),
    ).toEqual(['1 row repeats "a": line 6 (1, as line 1)']);
  });

  test('a column that is not there', async () => {
    expect(await problems('a.csv', 'name,age\n1,2\n', { unique: [['nmae']], not_null: ['x'] })).toEqual([
      'it has no column "x"',
      'it has no column "nmae"; did you mean "name"?',
    ]);
    expect(await problems('a.json', '[{"name": 1}]', { unique: [['nmae']] })).toEqual([
      'no row has a column "nmae"; did you mean "name"?',
    ]);
    expect(await problems('a.json', '[]', { unique: [['nmae']] })).toEqual([]);
  });
});

describe('not null', () => {
  test('null, a key that is not there and an empty cell are gaps', async () => {
    expect(await problems('a.jsonl', '{"a": 0}\n{"a": null}\n{}\n{"a": ""}\n3\n', { not_null: ['a'] })).toEqual([
      '3 of 5 rows have no "a": line 2, line 3, line 5',
    ]);
    expect(await problems('a.csv', 'a,b\n,1\n"",2\n0,3\n', { not_null: ['a', 'b'] })).toEqual([
      '2 of 3 rows have no "a": line 2, line 3',
    ]);
  });
});

describe('matches', () => {
  test.each([
    ['yes\n', '^(yes|no)$', true],
    ['yes\r\n', '^(yes|no)$', true],
    ['I think\nyes\n', '^(yes|no)$', false],
    ['a\ntotal: 12\nb', 'total: \\d+', true],
    ['', '^$', true],
  ])('%j matches %s: %s', async (text, matches, holds) => {
    expect(await problems('a.txt', text, { matches })).toEqual(
      holds ? [] : [`its text does not match the pattern ${JSON.stringify(matches)}`],
    );
  });

  test('a pattern that others take for ever with ends', async () => {
    expect(await problems('a.txt', `${'a'.repeat(50_000)}!`, { matches: '^(a|a)*$' })).toHaveLength(1);
  });

  test('what is no text is said', async () => {
    expect(await problems('a.txt', new Uint8Array([0xff]), { matches: 'x' })).toEqual([
      'it cannot match a pattern, since it is no text in UTF-8',
    ]);
  });
});

describe('assert', () => {
  test('speaks of the output', async () => {
    const assert = ['output.rows == 2', 'output.json[0].a < output.json[1].a', 'output.text.startsWith("[")'];
    expect(await problems('a.json', '[{"a": 1}, {"a": 2}]', { assert })).toEqual([]);
  });

  test('what does not hold is said with its numbers; what cannot be told, why', async () => {
    const assert = [
      'output.rows > 2 && output.size_bytes > 1',
      'output.json.b',
      'output.json.a + 1',
      'output.json.a.x == 1',
    ];
    expect(await problems('a.json', '{"a": 1}', { assert: assert.slice(1) })).toEqual([
      '"output.json.b" cannot be checked: there is no key "b"',
      '"output.json.a + 1" cannot be checked: it must come to true or false, not to 2',
      expect.stringMatching(/^"output.json.a.x == 1" cannot be checked: /),
    ]);
    expect(await problems('a.csv', 'a\n1\n', { assert: assert.slice(0, 2) })).toEqual([
      '"output.rows > 2 && output.size_bytes > 1" does not hold (rows is 1, size_bytes is 4)',
      '"output.json.b" cannot be checked: it has no "json", since its name does not end in ".json"',
    ]);
  });

  test('ends, whatever it looks for', async () => {
    const assert = ['output.text.matches("^(a|a)*$")'];
    expect(await problems('a.txt', `${'a'.repeat(40)}!`, { assert })).toEqual([
      '"output.text.matches(\\"^(a|a)*$\\")" does not hold',
    ]);
  });
});

test('all broken terms are named, and what they have in common once', async () => {
  expect(await problems('a.csv', 'h\n', { min_bytes: 100, rows: { min: 1 }, matches: '^x' })).toEqual([
    'it has 2 bytes, expected at least 100',
    'it has 0 rows, expected at least 1',
    'its text does not match the pattern "^x"',
  ]);
  expect(
    await problems('a.csv', 'h\n"x\n', { rows: { min: 1 }, not_null: ['h'], assert: ['output.rows == 1'] }),
  ).toEqual([
    'it has a quote after line 1 that is never closed',
    '"output.rows == 1" cannot be checked: it has a quote that is never closed',
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
    const check = async () => {
      const found = await checkOutputs(fs, layout, staging);
      return typeof found === 'string' ? found : found?.message;
    };
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
