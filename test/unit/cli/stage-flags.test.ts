// From the ports and params of a stage type to flags, and from what is given behind them to values.
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import type { StageFlag } from '../../../src/cli/stage-flags.ts';
import { flagName, flagUsage, stageFlags } from '../../../src/cli/stage-flags.ts';
import { addStageFlags, stageExample } from '../../../src/cli/stage-program.ts';
import { readAsked } from '../../../src/cli/stage-values.ts';
import { checkAsked } from '../../../src/engine/check-stage-command.ts';
import type { AskedStage } from '../../../src/engine/stage-command.ts';
import type { StageType } from '../../../src/model/plugin.ts';

const PORT = { kind: 'file', media: [], optional: false, many: false } as const;

function stageType(change: Partial<StageType> = {}): StageType {
  return {
    name: 'tab/clean',
    plugin: 'tab',
    plugin_version: '1.0.0',
    dir: '/plugins/tab',
    description: 'Cleans a table.',
    run: { argv: ['clean'] },
    params: {},
    inputs: { data: PORT },
    outputs: { table: { ...PORT, media: ['text/csv'] } },
    platform: 'any',
    worker: false,
    batch: false,
    version: 1,
    code_digest: 'c',
    ...change,
  };
}

const withParams = (properties: object) =>
  stageType({ params: { type: 'object', properties: properties as never, $defs: { name: { type: 'string' } } } });

function lines(flags: readonly StageFlag[]): string[] {
  return flags.map(({ side, name, flag, value, many, description }) => {
    const spelled = flag === undefined ? 'no flag' : `--${flag}`;
    return `${side} ${name}: ${spelled} ${value ?? 'yes or no'}${many ? '...' : ''} | ${description}`;
  });
}

describe('the flags of a stage type', () => {
  test('say what each port and param is', () => {
    const type = stageType({
      inputs: {
        data: { ...PORT, description: 'A table.', media: ['text/csv'] },
        parts: { ...PORT, kind: 'folder', optional: true },
        more: { ...PORT, many: true, optional: true },
      },
      outputs: { table: PORT, log: { ...PORT, optional: true } },
      params: {
        type: 'object',
        required: ['mode'],
        properties: {
          max_rows: { type: 'integer', minimum: 1, default: 100, description: 'Rows at most.' },
          mode: { enum: ['fast', 'exact'] },
          header: { type: 'boolean', default: true, description: 'There is one.' },
          columns: { type: 'array', items: { type: 'string' } },
          rules: { type: 'object' },
          share: { $ref: '#/$defs/share' },
          any: true,
        },
        $defs: { share: { type: 'number', exclusiveMinimum: 0, maximum: 1 } },
      },
    });
    expect(lines(stageFlags(type))).toEqual([
      'input data: --data FILE | A table (required; text/csv)',
      'input parts: --parts FOLDER | ',
      'input more: --more FILE... | (may be given several times)',
      'output table: --table FILE | (required)',
      'output log: --log FILE | ',
      'param max_rows: --max-rows N | Rows at most (whole number, at least 1; default: 100)',
      'param mode: --mode VALUE | (required; "fast" or "exact")',
      'param header: --header yes or no | There is one (default: true)',
      'param columns: --columns TEXT... | (list of text; may be given several times)',
      'param rules: --rules JSON | (mapping)',
      'param share: --share X | (number, more than 0, at most 1)',
      'param any: --any VALUE | (anything)',
    ]);
    expect(stageFlags(type).find(({ name }) => name === 'mode')?.choices).toEqual(['fast', 'exact']);
    expect(stageExample(type, 'stage tab/clean')).toBe('wrangle stage tab/clean --data FILE --table FILE --mode VALUE');
  });

  test.each([
    ['a flag of all commands', 'json'],
    ['a flag of all stage types', 'emit_yaml'],
    ['the same in other letters', 'emitYaml'],
    ['a general flag', 'with'],
    ['an input', 'data'],
    ['an output', 'table'],
    ['the negation of another', 'no_header'],
    ['no name for a flag', 'a b'],
    ['another dash', '-x'],
  ])('a param that could be taken for %s has none of its own', (_, name) => {
    const flags = stageFlags(withParams({ [name]: { type: 'string' } }));
    expect(flags.at(-1)).toMatchObject({ side: 'param', name, flag: undefined });
    // Nobody has to know who comes first.
    for (const { name: port, flag } of flags.slice(0, 2)) expect(flag).toBe(port === name ? undefined : port);
  });

  test('an input and an output of one name are told apart', () => {
    const type = stageType({ outputs: { data: PORT } });
    expect(stageExample(type, 'clean')).toBe('wrangle clean --in data=PATH');
  });
});

/** What a command line comes to, by way of the real parser. */
async function given(type: StageType, ...argv: string[]): Promise<AskedStage> {
  const command = new Command('clean').exitOverride().action(() => {});
  const { flags, given: seen } = addStageFlags(command, type);
  await command.parseAsync(argv, { from: 'user' });
  return readAsked(type, flags, seen, { cwd: '/here', isStream: (path) => path.startsWith('/dev/') });
}

describe('values', () => {
  const cases: [object, string[], unknown][] = [
    [{ type: 'integer' }, ['--p', '5'], 5],
    [{ type: 'integer' }, ['--p', '-5'], -5],
    [{ type: 'number' }, ['--p=1.5e3'], 1500],
    [{ type: 'integer' }, ['--p', 'abc'], 'abc'],
    [{ type: 'integer' }, ['--p', '1', '--p', '2'], 2],
    [{ type: 'integer' }, ['--p', '12345678901234567890'], '12345678901234567890'],
    [{ type: 'string' }, ['--p', '5'], '5'],
    [{ type: 'string' }, ['--p', '{"a": 1}'], '{"a": 1}'],
    [{ type: 'string' }, ['--p', '--x'], '--x'],
    [{ type: 'string' }, ['--p='], ''],
    [{ type: 'boolean' }, ['--p'], true],
    [{ type: 'boolean' }, ['--no-p'], false],
    [{ type: 'boolean' }, ['--p', '--no-p'], false],
    [{ type: ['boolean', 'string'] }, ['--p', 'true'], true],
    [{ type: ['integer', 'null'] }, ['--p', 'null'], null],
    [{ anyOf: [{ type: 'integer' }, { const: 'all' }] }, ['--p', '7'], 7],
    [{ anyOf: [{ $ref: '#/$defs/name' }, { type: 'null' }] }, ['--p', '5'], '5'],
    [{ anyOf: [{ enum: ['1', '2'] }, { type: 'null' }] }, ['--p', '1'], '1'],
    [{ type: 'string', anyOf: [{ minLength: 3 }, { maxLength: 1 }] }, ['--p', '5'], '5'],
    [{ allOf: [{ minLength: 1 }, { type: 'string' }] }, ['--p', '5'], '5'],
    [{ allOf: [{ $ref: '#/$defs/name' }] }, ['--p', 'true'], 'true'],
    [{ enum: ['5', 5] }, ['--p', '5'], '5'],
    [{ enum: ['a', 5, true] }, ['--p', '5'], 5],
    [{ enum: ['a', 'b'] }, ['--p', 'c'], 'c'],
    [{ type: 'array', items: { type: 'integer' } }, ['--p', '1', '2', '--p', '3'], [1, 2, 3]],
    [{ type: 'array', items: { type: 'string' } }, ['--p', '["a", "b"]'], ['a', 'b']],
    [{ type: 'array', items: { $ref: '#/$defs/name' } }, ['--p', '5', 'true'], ['5', 'true']],
    [{ type: 'array', items: { type: 'object' } }, ['--p', '[{"a": 1}]'], [{ a: 1 }]],
    [{ type: 'object' }, ['--p', '{"a": [1]}'], { a: [1] }],
    [{}, ['--p', '[1]'], [1]],
    [{}, ['--p', 'x'], 'x'],
    [{ type: 'integer' }, ['--with', 'p=5'], 5],
    [{ type: 'string' }, ['--with', 'p=a=b'], 'a=b'],
  ];
  test.each(cases)('%j %j', async (schema, argv, expected) => {
    expect({ ...(await given(withParams({ p: schema }), ...argv)).params }).toEqual({ p: expected });
  });

  const mistakes: [object, string[], string][] = [
    [
      { type: 'array', items: { type: 'integer' } },
      ['--p', '1', 'x'],
      'Item 2 of --p must be a whole number, not "x".',
    ],
    [{ type: 'object', required: ['a'] }, ['--p', '{}'], '"p" needs the key "a".'],
    [{ type: 'object', properties: { a: {} }, additionalProperties: false }, ['--p', '{"b":1}'], '"p" has no key "b".'],
  ];
  test.each(mistakes)('%j %j is a mistake', async (schema, argv, message) => {
    const type = withParams({ p: schema });
    const flags = stageFlags(type);
    const found = await checkAsked(await given(type, '--data', 'a', ...argv), {
      flagOf: (side, name) => flagName(flags, side, name),
      usageOf: (side, name) => flagUsage(flags, side, name),
    });
    expect(found.map((mistake) => mistake.message)).toEqual([message]);
    // What a param needs inside is no flag.
    expect(found[0]?.help ?? '').not.toContain('--');
  });

  test('paths are from where the command is given', async () => {
    const type = stageType({ inputs: { data: { ...PORT, many: true } } });
    const asked = await given(type, '--data', 'a.csv', '../b.csv', '/c.csv', '--table', 'out/t.csv');
    expect(asked.inputs).toEqual(new Map([['data', ['/here/a.csv', '/b.csv', '/c.csv']]]));
    expect(asked.outputs).toEqual(
      new Map([['table', [{ name: 't.csv', shown: 'out/t.csv', to: { path: '/here/out/t.csv' } }]]]),
    );
  });

  test('a lone output that is not named goes to standard output, with an extension plugins know', async () => {
    const { outputs } = await given(stageType());
    expect(outputs).toEqual(
      new Map([['table', [{ name: 'table.csv', shown: 'standard output', to: { stream: '-' } }]]]),
    );
    expect((await given(stageType({ outputs: { a: PORT, b: PORT } }))).outputs).toEqual(new Map());
    expect((await given(stageType({ outputs: { a: { ...PORT, kind: 'folder' } } }))).outputs).toEqual(new Map());
  });

  test('a device is written to, not replaced', async () => {
    const { outputs } = await given(stageType(), '--table', '/dev/null');
    expect(outputs.get('table')).toEqual([{ name: 'table.csv', shown: '/dev/null', to: { stream: '/dev/null' } }]);
  });

  test('ports without names of their own', async () => {
    const { inputs } = await given(
      stageType({ inputs: { '*': { ...PORT, many: true } } }),
      '--in',
      'a=1.csv',
      '--in',
      'a=2.csv',
      '--in',
      'b=x=y',
    );
    expect(inputs).toEqual(
      new Map([
        ['a', ['/here/1.csv', '/here/2.csv']],
        ['b', ['/here/x=y']],
      ]),
    );
  });

  test('ports that are called like a general flag need no name behind it', async () => {
    const { inputs, outputs } = await given(
      stageType({ inputs: { in: PORT }, outputs: { out: PORT } }),
      ...['--in', 'a.csv', '--out', 'out=x=y.csv'],
    );
    expect(inputs).toEqual(new Map([['in', ['/here/a.csv']]]));
    expect(outputs.get('out')?.[0]?.to).toEqual({ path: '/here/x=y.csv' });
  });

  test('"-" is standard output', async () => {
    const { outputs } = await given(stageType(), '--table', '-');
    expect(outputs).toEqual(
      new Map([['table', [{ name: 'table.csv', shown: 'standard output', to: { stream: '-' } }]]]),
    );
  });

  test.each([
    [['--p', '{a}'], /^--p takes JSON, and "\{a\}" is none: /],
    [['--in', 'a.csv'], /^"--in a\.csv" has no name\.$/],
    [['--data', ''], /^--data has an empty path\.$/],
  ])('%j is a mistake', async (argv, message) => {
    await expect(given(withParams({ p: { type: 'object' } }), ...argv)).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringMatching(message),
    });
  });
});
