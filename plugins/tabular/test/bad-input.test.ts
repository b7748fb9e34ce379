// What no table or document is, given to every stage type: a code and a sentence, and never a stack trace.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runStage, useWorker } from './run-stage.ts';

useWorker();

let folder: string;
const at = (name: string) => join(folder, name);
const json = (name: string) => JSON.parse(readFileSync(at(name), 'utf8')) as { [member: string]: unknown };

function write(name: string, content: string | Uint8Array | object): string {
  const isBytes = typeof content === 'string' || content instanceof Uint8Array;
  writeFileSync(at(name), isBytes ? content : JSON.stringify(content));
  return at(name);
}

type Type = Parameters<typeof runStage>[0];

const FIRST_OUTPUT: { readonly [type in Type]?: string } = { profile: 'out.json', read: 'out.parquet', rank: 'r.json' };

/** The error as `code: message`, or `ok`. */
async function outcome(type: Type, inputs: { readonly [port: string]: string }, params: object = {}): Promise<string> {
  const start = { inputs, params, output: FIRST_OUTPUT[type] ?? 'out.csv' };
  const { result } = await runStage(type, start);
  const error = result?.error as { readonly code: string; readonly message: string } | undefined;
  return error ? `${error.code}: ${error.message}` : String(result?.status);
}

const TOWNS = `id,town\n${Array.from({ length: 40 }, (_, row) => `${row},${row % 5 === 0 ? ' ' : ''}Graz`).join('\n')}\n`;

/** Documents of one table, made by the stage types themselves. */
async function makeAll(): Promise<void> {
  const data = write('towns.csv', TOWNS);
  const keep = async (type: Type, inputs: { readonly [port: string]: string }, output: string) => {
    const attempt = at(`${type}-attempt`);
    const end = await runStage(type, { inputs, output, folder: attempt, keep: true });
    expect([type, end.result?.error]).toEqual([type, undefined]);
    return attempt;
  };
  const profile = join(await keep('profile', { data }, 'profile.json'), 'profile.json');
  const candidates = join(await keep('generate', { profile }, 'candidates'), 'candidates');
  const ranking = join(await keep('rank', { candidates, profile }, 'ranking.json'), 'ranking.json');
  const applied = await keep('apply', { data, profile, candidates, ranking }, 'clean.csv');
  for (const [name, from] of [
    ['profile.json', profile],
    ['ranking.json', ranking],
    ['recipe.json', join(applied, 'recipe.json')],
    ['changes.jsonl', join(applied, 'changes.jsonl')],
    ['clean.csv', join(applied, 'clean.csv')],
  ] as const) {
    writeFileSync(at(name), readFileSync(from));
  }
  mkdirSync(at('candidates'));
  for (const file of ['index.json', ...indexOf(candidates)]) {
    writeFileSync(join(at('candidates'), file), readFileSync(join(candidates, file)));
  }
}

function indexOf(candidates: string): string[] {
  const index = JSON.parse(readFileSync(join(candidates, 'index.json'), 'utf8')) as { candidates: { file: string }[] };
  return index.candidates.map(({ file }) => file);
}

/** A folder of candidates with another index or another first candidate. */
function folderOf(name: string, change: { readonly index?: object; readonly first?: string }): string {
  mkdirSync(at(name));
  const [first = '', ...others] = indexOf(at('candidates'));
  for (const file of others) writeFileSync(join(at(name), file), readFileSync(join(at('candidates'), file)));
  writeFileSync(join(at(name), first), change.first ?? readFileSync(join(at('candidates'), first)));
  writeFileSync(join(at(name), 'index.json'), JSON.stringify({ ...json('candidates/index.json'), ...change.index }));
  return at(name);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wrangle-bad-'));
  await makeAll();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('data', () => {
  const NOT_TABLES: readonly (readonly [string, string | Uint8Array])[] = [
    ['picture.csv', Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3, 0, 0, 0, 255, 254, 0])],
    ['half.parquet', 'PAR1 and nothing else'],
    ['half.json', '[{"a": 1}, {"a": '],
    ['number.json', '42'],
  ];
  const TABLES: readonly (readonly [string, string | Uint8Array])[] = [
    ['empty.csv', ''],
    ['header.csv', 'a,b\n'],
    ['one.csv', 'a\n1\n2\n'],
    ['ragged.csv', 'a,b\n1,2\n3\n4,5,6\n'],
    ['latin.csv', Uint8Array.from([...Buffer.from('a,b\n1,caf'), 0xe9, 10])],
    ['half-numbers.csv', 'a\n1\nx\n2\ny\n3\nz\n'],
    ['names.csv', 'a,A,a_2,,a\n1,2,3,4,5\n'],
  ];

  test.each(NOT_TABLES)('%s is no table for any stage type', async (name, content) => {
    const data = write(name, content);
    const found = await Promise.all([
      outcome('read', { data }),
      outcome('profile', { data }),
      outcome('validate', { data, candidates: at('candidates') }),
      outcome('apply', { data, recipe: at('recipe.json') }),
      outcome('score', { data, profile: at('profile.json') }),
      outcome('undo', { clean: data, changes: at('changes.jsonl') }),
    ]);
    expect([...new Set(found)]).toMatchSnapshot();
  });

  test.each(TABLES)('%s is read, profiled, and asked for candidates', async (name, content) => {
    const data = write(name, content);
    const { outputs, result } = await runStage('profile', { inputs: { data }, output: 'profile.json' });
    expect([await outcome('read', { data }), result?.error]).toEqual(['ok', undefined]);
    const profile = write(`${name}.profile.json`, String(outputs['profile']));
    expect(await outcome('generate', { profile })).toBe('ok');
  });

  test('text that is not in the encoding it is said to be in', async () => {
    const data = write('latin-1.csv', Uint8Array.from([...Buffer.from('a,b\n1,caf'), 0xe9, 10]));
    expect(await outcome('read', { data }, { dialect: { encoding: 'utf-8' } })).toMatchSnapshot();
  });
});

describe('documents', () => {
  test('a profile of another version, and what is no profile', async () => {
    const profiles = [
      write('p-2.json', { ...json('profile.json'), version: 2 }),
      write('p-none.json', { columns: [] }),
      write('p-text.json', 'version: 1'),
      write('p-list.json', '[]'),
      write('p-other.json', { version: 1 }),
      write('p-broken.json', { ...json('profile.json'), columns: [{}] }),
      write('p-hollow.json', { ...json('profile.json'), columns: [null], findings: [null] }),
    ];
    const found: string[] = [];
    for (const profile of profiles) {
      found.push(await outcome('generate', { profile }));
      found.push(await outcome('score', { data: at('towns.csv'), profile }));
    }
    expect([...new Set(found)]).toMatchSnapshot();
  });

  test('candidates of another table, and a damaged folder', async () => {
    const [first = ''] = indexOf(at('candidates'));
    mkdirSync(at('no-index'));
    const folders = [
      folderOf('c-2', { index: { version: 2 } }),
      folderOf('c-list', { index: { candidates: 'none' } }),
      folderOf('c-entry', { index: { candidates: [null] } }),
      folderOf('c-data', { index: { data: null } }),
      folderOf('c-text', { first: 'not JSON' }),
      folderOf('c-hollow', { first: '{"version": 1}' }),
      folderOf('c-sql', { first: JSON.stringify({ ...json(`candidates/${first}`), operator: 'drop_everything' }) }),
      folderOf('c-other', { first: JSON.stringify({ ...json(`candidates/${first}`), columns: ['id'] }) }),
      at('no-index'),
    ];
    const found: string[] = [];
    for (const candidates of folders) {
      found.push(await outcome('validate', { data: at('towns.csv'), candidates, profile: at('profile.json') }));
      found.push(await outcome('rank', { candidates, profile: at('profile.json') }));
    }
    const data = write('others.csv', 'id,town\n1,Linz\n');
    found.push(await outcome('validate', { data, candidates: at('candidates'), profile: at('profile.json') }));
    expect([...new Set(found)]).toMatchSnapshot();
  });

  test('a stale ranking, a ranking that is none, a recipe that is none', async () => {
    const [data, profile, candidates] = [at('towns.csv'), at('profile.json'), at('candidates')];
    const rankings = [
      write('r-2.json', { ...json('ranking.json'), version: 2 }),
      write('r-stale.json', { ...json('ranking.json'), data: 'f'.repeat(64) }),
      write('r-none.json', { version: 1 }),
      write('r-entry.json', { ...json('ranking.json'), candidates: [null] }),
      write('r-unknown.json', { ...json('ranking.json'), candidates: [{ rank: 1, id: 'ffffffffffff' }] }),
    ];
    const recipes = [
      write('s-2.json', { ...json('recipe.json'), version: 2 }),
      write('s-none.json', { version: 1 }),
      write('s-step.json', { ...json('recipe.json'), steps: [null] }),
      write('s-operator.json', {
        ...json('recipe.json'),
        steps: [{ operator: 'drop_everything', columns: [], params: {} }],
      }),
      write('s-column.json', { version: 1, steps: [{ operator: 'trim_whitespace', columns: ['city'], params: {} }] }),
    ];
    const found: string[] = [];
    for (const ranking of rankings) found.push(await outcome('apply', { data, profile, candidates, ranking }));
    for (const recipe of recipes) found.push(await outcome('apply', { data, recipe }));
    const other = write('more.csv', `${TOWNS}99,Linz\n`);
    found.push(await outcome('apply', { data: other, profile, candidates, ranking: at('ranking.json') }));
    found.push(await outcome('score', { data: other, profile }));
    expect([...new Set(found)]).toMatchSnapshot();
  });

  test('a log of changes that is none, of another table, or cut off', async () => {
    const log = readFileSync(at('changes.jsonl'), 'utf8').split('\n').filter(Boolean);
    const clean = at('clean.csv');
    const found = [
      await outcome('undo', { clean, changes: write('l-empty.jsonl', '') }),
      await outcome('undo', { clean, changes: write('l-text.jsonl', 'hello\n') }),
      await outcome('undo', { clean, changes: write('l-cut.jsonl', `${log.slice(0, 2).join('\n')}\n`) }),
      await outcome('undo', { clean, changes: write('l-first.jsonl', `${log.slice(1).join('\n')}\n`) }),
      await outcome('undo', { clean: at('towns.csv'), changes: at('changes.jsonl') }),
    ];
    expect(found).toMatchSnapshot();
  });
});
