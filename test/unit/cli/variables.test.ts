// Every flag of every command has a variable, and each is read rightly. New flags are held to it without a word here.
import type { Command, Option } from 'commander';
import { describe, expect, test } from 'vitest';
import type { CommonFlags } from '../../../src/cli/flags.ts';
import { makeProgram } from '../../../src/cli/program.ts';
import { parseForce, UsageError } from '../../../src/cli/session.ts';
import { StageOption, variableOf } from '../../../src/cli/variables.ts';

/** What stages are given; a wrangle that a stage starts must not take them for flags. */
const OF_STAGES = ['REQUEST', 'RESULT', 'EVENTS', 'STAGE', 'RUN_ID', 'ATTEMPT', 'SCRATCH', 'SEED', 'SECRETS_FILE'];

interface Flag {
  readonly command: string;
  readonly option: Option;
  readonly name: string;
  readonly key: string;
}

const commands = allCommands(makeProgram(() => async () => {}, undefined, {}));
const flags: Flag[] = commands.flatMap((command) =>
  command.options
    .filter((option) => option.long !== '--help' && !(option instanceof StageOption))
    .map((option) => ({
      command: command.name(),
      option,
      name: variableOf(option) ?? '',
      key: option.attributeName(),
    })),
);
const [switches, valued] = [flags.filter(isSwitch), flags.filter((flag) => !isSwitch(flag))];

function isSwitch({ option }: Flag): boolean {
  return option.isBoolean() || option.negate;
}

function allCommands(program: Command): Command[] {
  return program.commands.filter((command) => command.name() !== 'help');
}

/** The flags that a command is started with. */
async function flagsOf(words: readonly string[], variables: Record<string, string>): Promise<Record<string, unknown>> {
  let seen: CommonFlags = {};
  const start = (given: CommonFlags) => async () => {
    seen = given;
  };
  await makeProgram(start, words[0], variables).parseAsync([...words], { from: 'user' });
  return seen as Record<string, unknown>;
}

test('there are as many as there should be, each with a name of its own that no stage is given', () => {
  expect(flags.length).toBeGreaterThan(50);
  for (const { command, option, name } of flags) {
    expect(name, `${command} ${option.flags}`).toMatch(/^WRANGLE_[A-Z_]+$/);
    expect(OF_STAGES, name).not.toContain(name.slice('WRANGLE_'.length));
    // Read by commander, any text would be a yes.
    expect(option.envVar, `${command} ${option.flags}: leave .env() away`).toBeUndefined();
  }
});

describe.each(switches)('$command $option.flags by $name', ({ command, option, name, key }) => {
  const off = option.negate ? true : undefined;
  test.each<[string, unknown]>([
    ['1', !option.negate],
    ['true', !option.negate],
    ['yes', !option.negate],
    ['ON', !option.negate],
    ['0', off],
    ['false', off],
    ['No', off],
    ['off', off],
    ['', off],
  ])('%j', async (text, expected) => {
    expect((await flagsOf([command], { [name]: text }))[key]).toBe(expected);
  });

  test('anything else is a mistake', async () => {
    await expect(flagsOf([command], { [name]: 'maybe' })).rejects.toMatchObject({
      name: 'UsageError',
      message: `${name} is "maybe".`,
      help: 'It takes 1 (or true, yes, on) or 0 (or false, no, off).',
    });
  });

  test('the command line wins', async () => {
    const [word = ''] = [option.long];
    expect((await flagsOf([command, word], { [name]: '0' }))[key]).toBe(!option.negate);
  });
});

describe.each(valued)('$command $option.flags by $name', ({ command, option, name, key }) => {
  const text = option.argChoices?.at(-1) ?? 'a=1';
  const shown = (value: unknown) => JSON.stringify([value].flat());

  test('has the value it has on the command line, which wins', async () => {
    const given = (await flagsOf([command, `${option.long}=${text}`], {}))[key];
    expect(shown((await flagsOf([command], { [name]: text }))[key])).toBe(shown(given));
    const wins = await flagsOf([command, `${option.long}=${text}`], { [name]: option.argChoices?.at(0) ?? 'b=2' });
    expect(shown(wins[key])).toBe(shown(given));
  });

  test('empty, it says nothing', async () => {
    const nothing = (await flagsOf([command], {}))[key];
    expect((await flagsOf([command], { [name]: '' }))[key]).toEqual(nothing);
  });
});

test.each(valued.filter(({ option }) => option.argChoices))('$name of $command takes no other word', async (flag) => {
  const { command, name } = flag;
  await expect(flagsOf([command], { [name]: 'mauve' })).rejects.toBeInstanceOf(UsageError);
});

test.each<[string, boolean | readonly string[]]>([
  ['1', true],
  ['true', true],
  ['0', false],
  ['no', false],
  ['clean', ['clean']],
  ['clean report', ['clean', 'report']],
  ['fit@1,a,tag:slow', ['fit@1,a,tag:slow']],
])('WRANGLE_FORCE=%s', async (text, expected) => {
  expect(parseForce((await flagsOf(['build'], { WRANGLE_FORCE: text }))['force'] as string)).toEqual(expected);
});

test('a flag that may be given several times has one value a line', async () => {
  const { param } = await flagsOf(['build'], { WRANGLE_PARAM: 'a=1\nb=x y\n' });
  expect(param).toEqual(['a=1', 'b=x y']);
});
