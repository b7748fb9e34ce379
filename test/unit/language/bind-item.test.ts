// Items in the commands, variables, params and paths of their instances: they arrive byte for byte, and never run.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of wrangle are written that way
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { itemBinder } from '../../../src/language/bind-item.ts';
import { renderArgv, renderCommand, renderText, renderValue } from '../../../src/language/render-template.ts';
import type { Stage } from '../../../src/model/pipeline.ts';
import type { Json } from '../../../src/util/canonical-json.ts';
import { loadJson, port, stagesOf, stageType } from './support.ts';

const SHELLS = [
  ['bash', '--noprofile', '--norc', '-eo', 'pipefail', '-c'],
  ['sh', '-e', '-c'],
] as const;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wrangle-items-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const SCOPE = {
  inputs: new Map([['i', { paths: ['in.txt'], list: false, listFile: () => 'list.txt' }]]),
  outputs: new Map(),
};
const TYPES = [stageType({ name: 'a/b', params: { type: 'object' }, inputs: { i: port() }, outputs: { o: port() } })];

function fanOut(stage: { readonly [key: string]: Json }): Stage {
  const given = {
    foreach: { in: 'list.json', key: 'item.id' },
    inputs: { i: 'in.txt' },
    outputs: { o: 'out/${{ item.id }}' },
  };
  const [only] = stagesOf(loadJson({ stages: { each: { ...given, ...stage } } }, { types: TYPES }));
  return only as Stage;
}

/** The instance of an item, or what is wrong with it. */
async function bound(stage: Stage, item: { readonly [key: string]: Json }): Promise<Stage | string> {
  const instance = (await itemBinder(stage, '/ws')).bind('each@1', {
    stage: 'each',
    key: '1',
    value: { id: '1', ...item },
  });
  return instance.ok ? instance.value : instance.error;
}

async function instanceOf(stage: Stage, item: { readonly [key: string]: Json }): Promise<Stage> {
  const instance = await bound(stage, item);
  if (typeof instance === 'string') throw new Error(instance);
  return instance;
}

async function commandOf(stage: Stage, item: { readonly [key: string]: Json }): Promise<string> {
  const { action } = await instanceOf(stage, item);
  const command = action.kind === 'shell' ? await renderCommand(action.command, SCOPE) : undefined;
  return command?.ok ? command.value : '';
}

const VALUE = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.string({
      unit: fc.constantFrom(
        '$',
        '(',
        ')',
        "'",
        '"',
        '\\',
        '`',
        '\n',
        '\r',
        ' ',
        '*',
        '~',
        '!',
        '#',
        'a',
        '{',
        '}',
        '|',
      ),
    }),
    fc.constantFrom(
      '$(touch pwned)',
      "'; touch pwned; '",
      '"; touch pwned; "',
      '`touch pwned`',
      '\ntouch pwned\n',
      '${{ params.x }}',
      '$${{',
      '${HOME}',
      '-n',
      '--',
      '\\',
      'x\n',
      '\u2028',
      '',
    ),
  )
  .filter((value) => !value.includes('\0') && Buffer.from(value).toString() === value);

const PLACES = [
  'printf %s ${{ item.x }}',
  "printf %s '${{ item.x }}'",
  'printf %s "${{ item.x }}"',
  "printf %s ${{ item['x'] }}",
  'printf %s ${{ item.x + "" }}',
  'printf %s "${{ item.x }}${{ "" + item.x }}"',
  'printf %s ${{ item.x + inputs.i }}',
  'printf %s "${{ has(item.y) ? item.y : item.x }}"',
  'x=${{ item.x }}; printf %s "$x"',
];
const printed = (x: string) => [x, x, x, x, x, x + x, `${x}in.txt`, x, x];

test('a shell sees exactly the value of an item, wherever it may stand', async () => {
  const stages = PLACES.map((run) => fanOut({ run }));
  await fc.assert(
    fc.asyncProperty(VALUE, async (x) => {
      const commands = await Promise.all(stages.map((stage) => commandOf(stage, { x })));
      const script = commands.map((command) => `${command}\nprintf '\\0'\n`).join('');
      const expected = printed(x).map((text) => `${text}\0`);
      for (const [program, ...args] of SHELLS) {
        const { stdout } = spawnSync(program, [...args, script], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
        expect(stdout.toString('utf8')).toBe(expected.join(''));
      }
      expect(readdirSync(folder)).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test('words without a shell, variables and params have exactly the value of an item', async () => {
  const words = fanOut({
    run: ['x', '${{ item.x }}', 'a${{ item.x }}b', '${{ item.x + inputs.i }}'],
    env: { X: '${{ item.x }}', Y: '${{ item.x + inputs.i }}' },
  });
  const params = fanOut({
    uses: 'a/b',
    with: { x: '${{ item.x }}', list: ['-${{ item.x }}', '${{ item.x + inputs.i }}'] },
  });
  await fc.assert(
    fc.asyncProperty(VALUE, async (x) => {
      const { action, env } = await instanceOf(words, { x });
      const argv = action.kind === 'argv' ? await renderArgv(action.argv, SCOPE) : undefined;
      expect(argv).toEqual({ ok: true, value: ['x', x, `a${x}b`, `${x}in.txt`] });
      expect(await renderText(env['X'] ?? [], SCOPE)).toEqual({ ok: true, value: x });
      expect(await renderText(env['Y'] ?? [], SCOPE)).toEqual({ ok: true, value: `${x}in.txt` });
      const typed = (await instanceOf(params, { x })).action;
      const made = typed.kind === 'type' ? await renderValue(typed.with, SCOPE) : undefined;
      expect(made).toEqual({ ok: true, value: { x, list: [`-${x}`, `${x}in.txt`] } });
    }),
    { numRuns: 200 },
  );
});

test('a path of an item stays in its folder, or there is a sentence', async () => {
  const stage = fanOut({ run: 'x', outputs: { o: 'out/${{ item.x }}/o.txt' } });
  await fc.assert(
    fc.asyncProperty(fc.oneof(VALUE, fc.string({ unit: fc.constantFrom('.', '/', 'a', '\\', '\0') })), async (x) => {
      const instance = await bound(stage, { x });
      if (typeof instance === 'string') {
        expect(instance).toMatch(/^Its output would be ".*", .*\.$/);
        return;
      }
      const path = instance.outputs[0]?.items[0]?.path ?? '';
      expect(path).toBe(`out/${x}/o.txt`);
      expect(join('/ws', path)).toBe(`/ws/${path}`);
    }),
    { numRuns: 300 },
  );
});

describe('what is refused', () => {
  const PATHS = fanOut({ run: 'x', outputs: { o: '${{ item.x }}/o' } });
  test.each([
    ['..', 'Its output would be "../o", which leads out of its folder.'],
    ['.', 'Its output would be "./o", where a name is ".".'],
    ['', 'Its output would be "/o", which is not relative to the workspace.'],
    ['a//b', 'Its output would be "a//b/o", where a name is missing.'],
    ['.wrangle', 'Its output would be ".wrangle/o", which lies in ".wrangle/", which is not yours to write.'],
    ['.GIT', 'Its output would be ".GIT/o", which lies in ".GIT/", which is not yours to write.'],
    ['a\0', 'Its output would be "a\\u0000/o", which has a character in it that no path may have.'],
    [null, 'The expression ${{ item.x }} gives null, which cannot be part of a path.'],
    [['a'], 'The expression ${{ item.x }} gives a list, which cannot be part of a path.'],
  ] as const)('%j as a path', async (x, problem) => {
    expect(await bound(PATHS, { x })).toBe(problem);
  });
  test('a field that is not there, with the nearest one', async () => {
    const stage = fanOut({ run: 'x ${{ item.url }}' });
    expect(await bound(stage, { uri: 'a' })).toBe('The item has no "url". Did you mean "uri"?');
    expect(await bound(stage, { address: 'a' })).toBe('The item has no "url". It has "id", "address".');
    const deep = fanOut({ run: 'x ${{ item.site.url }}' });
    expect(await bound(deep, { site: {} })).toBe('"item.site" has no "url".');
    const many = Object.fromEntries(['one', 'two', 'three', 'four', 'five', 'six'].map((name) => [name, 1]));
    expect(await bound(deep, { site: many })).toBe(
      '"item.site" has no "url". It has "one", "two", "three", "four", "five" and 1 more.',
    );
    expect(await bound(deep, { site: 'a' })).toBe('"item.site" has no "url", since it is a text.');
    expect(await bound(deep, { site: null })).toBe('"item.site" has no "url", since it is null.');
  });
});

describe('mistakes in what a fan-out is told', () => {
  const wrong = (stages: Json, params: Json = {}) =>
    loadJson({ params, stages }, { types: TYPES }).diagnostics.map(({ message, help }) =>
      help === undefined ? message : `${message} ${help}`,
    );
  const each = (foreach: Json) => ({ foreach, run: 'x ${{ item.id }}', outputs: { o: 'out/${{ item.id }}' } });

  test('a key is one expression', () => {
    expect(wrong({ each: each({ in: 'list.json', key: '${{ item.a }}-${{ item.b }}' }) })).toEqual([
      '"key" is one expression, so there is no ${{ }} around its parts. Write it without, as in item.a + "-" + item.b.',
    ]);
    expect(wrong({ each: each({ in: 'list.json', key: '${{ item.a }}' }) })).toEqual([]);
  });

  test('a field stands behind "item"', () => {
    expect(wrong({ each: each({ in: 'list.json', key: 'id' }) })).toEqual([
      'There is no name "id". A field of an item is written item.id; texts stand in quotes.',
    ]);
    expect(wrong({ each: { ...each({ in: 'list.json', key: 'item.id' }), when: 'wanted == "yes"' } })).toEqual([
      'There is no name "wanted". A field of an item is written item.wanted; texts stand in quotes.',
    ]);
  });

  test('instances cannot be waited for one by one', () => {
    const stages = { each: each({ in: 'list.json', key: 'item.id' }), after: { run: 'x', needs: ['each@a', 'each'] } };
    expect(wrong(stages)).toEqual([
      'There is no stage "each@a". Only instances of a matrix can be named here: write "each".',
    ]);
  });

  test('a list that is no mapping', () => {
    expect(wrong({ each: each('list.json') })).toEqual([
      '"foreach" must be a mapping, not "list.json". Write { in: PATH, key: item.id }.',
    ]);
    expect(wrong({ each: { run: 'x', matrix: ['a'] } })).toEqual([
      '"matrix" must be a mapping, not a list. Write a list for each name, as in { year: [1990, 1991] }.',
    ]);
  });
});

test('the "when" of a strategy has the values of the item in it, and what the item lacks stays', async () => {
  const stage = fanOut({ run: 'x', fallback: [{ run: 'y', when: 'item.n > 3 || item.old' }] });
  const whenOf = async (item: { readonly [key: string]: Json }) => (await instanceOf(stage, item)).fallback?.[0]?.when;
  expect(await whenOf({ n: 5, old: true })).toMatchObject({ expr: '5 > 3 || true' });
  expect(await whenOf({ n: 5 })).toMatchObject({ expr: '5 > 3 || item.old' });
});
