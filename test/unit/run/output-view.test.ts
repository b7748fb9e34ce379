import { expect, test } from 'vitest';
import { parseCel } from '../../../src/language/cel.ts';
import { membersAsked, missingMember, viewOutput } from '../../../src/run/output-view.ts';
import { sha256 } from '../../../src/util/hash.ts';
import { MemoryFileSystem } from '../../support/memory-file-system.ts';

function rig(files: { readonly [path: string]: string | Uint8Array }) {
  const fs = new MemoryFileSystem();
  fs.write(files);
  return fs;
}

function referencesOf(expression: string) {
  const parsed = parseCel(expression);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value.references;
}

test('a JSON document has all there is', async () => {
  const text = '[{"a": 1}, 2]';
  expect(await viewOutput(rig({ '/w/x.json': text }), '/w/x.json')).toEqual({
    value: { size_bytes: text.length, sha256: sha256(text), text, json: [{ a: 1 }, 2], rows: 2 },
    missing: new Map(),
  });
});

test('what it has not is said', async () => {
  const { value, missing } = await viewOutput(rig({ '/w/x.bin': new Uint8Array([0xff]) }), '/w/x.bin');
  expect(value).toEqual({ size_bytes: 1, sha256: sha256(new Uint8Array([0xff])) });
  expect([...missing]).toEqual([
    ['text', 'it has no "text", since it is no text in UTF-8'],
    ['json', 'it has no "json", since its name does not end in ".json"'],
    ['rows', 'its rows cannot be counted (only those of CSV, TSV, JSON, JSON Lines and Parquet can)'],
  ]);
});

test('a text that is too large, and JSON that is too deep, are not there', async () => {
  const large = rig({ '/w/x': 'x'.repeat(1024 * 1024 + 1), '/w/y.json': '['.repeat(600) + ']'.repeat(600) });
  expect((await viewOutput(large, '/w/x', new Set(['text']))).missing.get('text')).toBe(
    'it has no "text", since it is larger than 1 MiB',
  );
  expect((await viewOutput(large, '/w/y.json', new Set(['json']))).missing.get('json')).toBe(
    'it has no "json", since it is nested more than 500 levels deep',
  );
});

test('a folder has a size and a digest', async () => {
  const fs = rig({ '/w/d/a': '123', '/w/d/b/c': '45' });
  const { value, missing } = await viewOutput(fs, '/w/d');
  expect(value).toEqual({ size_bytes: 5, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect([...missing.values()]).toEqual([
    'it has no "text", since it is a folder',
    'it has no "json", since it is a folder',
    'it has no "rows", since it is a folder',
  ]);
});

test('only what is asked for is read', async () => {
  const fs = rig({ '/w/x.json': '{}' });
  expect((await viewOutput(fs, '/w/x.json', new Set(['size_bytes']))).value).toEqual({ size_bytes: 2 });
  expect(fs.operations.map(({ op }) => op)).toEqual(['stat', 'stat']);
});

test.each([
  ['output.rows > 1 && output.size_bytes < 5', ['output'], ['rows', 'size_bytes']],
  ['has(output.json) && output.json.a == 1', ['output'], ['json']],
  ['output["text"] == "x"', ['output'], ['text']],
  ['output == output', ['output'], ['size_bytes', 'sha256', 'text', 'json', 'rows']],
  ['outputs.a.rows == outputs.b.json.n', ['outputs', 'a'], ['rows']],
  ['outputs[x].rows == 1', ['outputs', 'a'], ['size_bytes', 'sha256', 'text', 'json', 'rows']],
  ['params.rows == 1', ['output'], []],
])('%s asks for %j', (expression, root, asked) => {
  expect([...membersAsked(referencesOf(expression), root)].sort()).toEqual([...asked].sort());
});

test('what an expression cannot have is said, unless it asks whether it is there', async () => {
  const view = await viewOutput(rig({ '/w/x.csv': 'a\n' }), '/w/x.csv');
  const missing = (expression: string) => missingMember(referencesOf(expression), ['output'], view);
  expect(missing('output.json.a == 1')).toBe('it has no "json", since its name does not end in ".json"');
  expect(missing('!has(output.json) || output.json.a == 1')).toBeUndefined();
  expect(missing('output.rows == 0')).toBeUndefined();
});
