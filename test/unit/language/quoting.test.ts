// Values in commands: they arrive byte for byte, and never run.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of wrangle are written that way
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { renderCommand } from '../../../src/language/render-template.ts';
import { fits, quoteWord, ShellScanner } from '../../../src/language/shell-quote.ts';
import type { Stage } from '../../../src/model/pipeline.ts';
import { found, loadJson, stagesOf } from './support.ts';

const SHELLS = [
  ['bash', '--noprofile', '--norc', '-eo', 'pipefail', '-c'],
  ['sh', '-e', '-c'],
] as const;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wrangle-quoting-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function run([program, ...args]: (typeof SHELLS)[number], command: string): Buffer {
  return spawnSync(program, [...args, command], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'], timeout: 240_000 })
    .stdout;
}

function commandsOf(runs: readonly string[], value: string): string[] {
  const stages = Object.fromEntries(runs.map((text, index) => [`s${index}`, { run: text }]));
  const outcome = loadJson({ params: { v: '' }, stages }, { params: [{ name: 'v', value }] });
  return stagesOf(outcome).map(({ action }) => (action.kind === 'shell' ? action.command.join('') : ''));
}

const VALUE = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.string({
      unit: fc.constantFrom('$', '(', ')', "'", '"', '\\', '`', '\n', ' ', '*', '~', '!', '#', 'a', '{', '}', '|'),
    }),
    fc.constantFrom(
      '$(touch pwned)',
      "'; touch pwned; '",
      '"; touch pwned; "',
      '`touch pwned`',
      '\ntouch pwned\n',
      '-n',
      '',
    ),
  )
  .filter((value) => !value.includes('\0') && Buffer.from(value).toString() === value);

test('a value survives every shell in every place where it is accepted', () => {
  const places = [
    "printf '%s\\0' ${{ params.v }}",
    "printf '%s\\0' a${{ params.v }}b",
    "printf '%s\\0' 'a${{ params.v }}b'",
    'printf \'%s\\0\' "a${{ params.v }}b"',
    'x=${{ params.v }}; printf \'%s\\0\' "$x"',
    'printf \'%s\\0\' "$(printf x)"${{ params.v }}',
    "cat <<'EOF' >/dev/null\n'\nEOF\nprintf '%s\\0' ${{ params.v }}",
    "# it's a comment\nprintf '%s\\0' \"${{ params.v }}\"",
  ];
  fc.assert(
    fc.property(VALUE, (value) => {
      const script = commandsOf(places, value).join('\n');
      const expected = [value, `a${value}b`, `a${value}b`, `a${value}b`, value, `x${value}`, value, value];
      for (const shell of SHELLS) {
        expect(run(shell, script).toString('utf8')).toBe(expected.map((word) => `${word}\0`).join(''));
      }
      expect(existsSync(join(folder, 'pwned'))).toBe(false);
    }),
    { numRuns: 60 },
  );
});

test('a list becomes words', () => {
  const outcome = loadJson({
    params: { l: ['a b', "c'd", ''] },
    stages: { s: { run: "printf '%s\\0' ${{ params.l }} '${{ params.l }}'" } },
  });
  const [stage] = stagesOf(outcome);
  const command = stage?.action.kind === 'shell' ? stage.action.command.join('') : '';
  for (const shell of SHELLS) expect(run(shell, command).toString()).toBe("a b\0c'd\0\0a b c'd \0");
});

describe('where no quoting is safe', () => {
  const PLACES = [
    ['a here-document', 'cat <<EOF\n${{ params.v }}\nEOF\n'],
    ['a here-document in quotes', "cat <<-'EOF'\n${{ params.v }}\nEOF\n"],
    ['a substitution', 'echo $(cat ${{ params.v }})'],
    ['a substitution in quotes', 'echo "$(cat ${{ params.v }})"'],
    ['quotes in a substitution', 'echo "$(cat "${{ params.v }}")"'],
    ['a process substitution', 'cat <(cat ${{ params.v }})'],
    ['backticks', 'echo `cat ${{ params.v }}`'],
    ['a parameter', 'echo "${x:-${{ params.v }}}"'],
    ['arithmetic', 'echo $((1 + ${{ params.v }}))'],
    ['arithmetic without dollar', '((x = ${{ params.v }}))'],
    ['dollar quotes', "echo $'${{ params.v }}'"],
    ['a comment', 'true # ${{ params.v }}\n'],
    ['a word after a backslash', 'echo \\${{ params.v }}'],
    ['what follows case in a substitution', 'echo "$(case x in a) echo ${{ params.v }} ;; esac)"'],
  ] as const;
  const load = (text: string, v: string) => found(loadJson({ params: { v }, stages: { s: { run: text } } }));
  test.each(PLACES)('%s refuses what needs quotes and takes what does not', (_, text) => {
    expect(load(text, 'a b').map((line) => line.split(' ')[1])).toEqual(['cannot-quote']);
    expect(load(text, 'data/a-b.csv')).toEqual([]);
  });
  test('what could end a here-document is refused there', () => {
    expect(load('cat <<EOF\n${{ params.v }}\nEOF\n', 'EO').map((line) => line.split(' ')[1])).toEqual(['cannot-quote']);
  });
  test('paths that are known count by their letters, others are refused', () => {
    const input = (path: string) =>
      found(loadJson({ stages: { s: { run: 'n=$(wc -l < ${{ inputs.i }})', inputs: { i: path } } } })).length;
    expect([input('data/a.csv'), input('data/a b.csv'), input('data/*.csv')]).toEqual([0, 1, 1]);
  });
  test('a value with NUL is refused everywhere', () => {
    expect(load('echo ${{ params.v }}', 'a\0b').map((line) => line.split(' ')[1])).toEqual(['cannot-quote']);
  });
});

test('whatever the command looks like, a value that is accepted does not run', () => {
  const pieces = [
    "'",
    '"',
    '$(',
    ')',
    '((',
    '))',
    '`',
    '<<EOF\n',
    '<<-"EOF"\n',
    'EOF\n',
    '\n',
    ' # ',
    '\\',
    '$',
    "$'",
    '${x:-',
    '}',
    '$((',
    'case a in a)',
    ';; esac',
    ';',
    '|',
    'echo ',
    'x=',
    ' ',
    '<(',
    '[[ ',
    '\\\n',
  ];
  const values = [
    '$(touch pwned)',
    "';touch pwned;'",
    '";touch pwned;"',
    '\ntouch pwned\n',
    `a'$(touch pwned)'b`,
    '\\";touch pwned;"',
    ')\ntouch pwned\n',
    'EOF\ntouch pwned\n',
    'a[$(touch pwned)]',
  ];
  const piece = fc.constantFrom(...pieces);
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 8 }),
      fc.array(piece, { maxLength: 6 }),
      fc.constantFrom(...values),
      (before, after, value) => {
        const scanner = new ShellScanner();
        for (const text of before) scanner.feed(text);
        const place = scanner.hole();
        if (!fits(value, place)) return;
        const command = before.join('') + quoteWord(value, place.quote) + after.join('');
        for (const shell of SHELLS) run(shell, command);
        expect(existsSync(join(folder, 'pwned')), command).toBe(false);
      },
    ),
    { numRuns: 300 },
  );
});

test('paths that are known when the stage starts are quoted for where they stand', async () => {
  const outcome = loadJson({
    stages: {
      s: {
        run: 'cp ${{ inputs.i }} \'${{ inputs.i }}\' "${{ inputs.l }}" ${{ inputs.l }} ${{ outputs.o }} ${{ inputs.l.list_file }}',
        inputs: { i: 'a', l: ['b', 'c'] },
        outputs: { o: 'd' },
      },
    },
  });
  const { action } = stagesOf(outcome)[0] as Stage;
  if (action.kind !== 'shell') throw new Error('no command');
  const value = (list: boolean, ...paths: string[]) => ({ paths, list, listFile: () => 'a list' });
  const scope = {
    inputs: new Map([
      ['i', value(false, "it's")],
      ['l', value(true, 'x y', '$z')],
    ]),
    outputs: new Map([['o', value(false, 'out/d')]]),
  };
  expect(await renderCommand(action.command, scope)).toEqual({
    ok: true,
    value: `cp 'it'\\''s' 'it'\\''s' "x y \\$z" 'x y' '$z' out/d 'a list'`,
  });
});
