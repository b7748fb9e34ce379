/**
 * docs/cli.md has every command with every flag, as commander knows them. What is between its marks is written by
 *
 *   npx vitest run --project unit test/unit/cli/reference.test.ts -u
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command, Option } from 'commander';
import { expect, test } from 'vitest';
import { makeProgram } from '../../../src/cli/program.ts';
import { variableOf } from '../../../src/cli/variables.ts';

const DOCUMENT = resolve(import.meta.dirname, '../../../docs/cli.md');
const BEGIN = '<!-- commands: begin -->';
const END = '<!-- commands: end -->';

const commands = makeProgram(() => async () => {}, undefined, {}).commands;

function reference(all: readonly Command[]): string {
  const ofAll = sharedBy(all);
  const ofPipelines = sharedBy(all.filter((command) => keysOf(command).includes('--file'))).filter(
    (option) => !names(ofAll).includes(nameOf(option)),
  );
  const shared = [...names(ofAll), ...names(ofPipelines)];
  const sections = all.map((command) => {
    const own = command.options.filter((option) => !shared.includes(nameOf(option)));
    const pipeline = keysOf(command).includes('--file') ? ' and those about a pipeline' : '';
    return [
      `### ${command.name()}`,
      `\`wrangle ${command.name()} ${command.usage()}\``,
      `${sentence(command.description())} It takes the flags of all commands${pipeline}${own.length === 0 ? '.' : ', and'}`,
      ...(own.length === 0 ? [] : [table(own)]),
    ].join('\n\n');
  });
  return [
    '## Flags of all commands',
    table(ofAll),
    '## Flags of commands about a pipeline',
    table(ofPipelines),
    '## Commands',
    ...sections,
  ].join('\n\n');
}

function sharedBy([first, ...others]: readonly Command[]): readonly Option[] {
  return (first?.options ?? []).filter((option) => others.every((command) => keysOf(command).includes(nameOf(option))));
}

function table(options: readonly Option[]): string {
  const rows = options.map((option) => {
    const variable = variableOf(option);
    const choices = option.argChoices ? ` (${option.argChoices.join(', ')})` : '';
    return `| \`${option.flags}\` | ${option.description}${choices} | ${variable === undefined ? '' : `\`${variable}\``} |`;
  });
  return ['| flag | does | variable |', '| --- | --- | --- |', ...rows].join('\n');
}

const nameOf = ({ long }: Option) => long ?? '';
const names = (options: readonly Option[]) => options.map(nameOf);
const keysOf = (command: Command) => names(command.options);
const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

test('docs/cli.md has every command and flag', async () => {
  const document = readFileSync(DOCUMENT, 'utf8');
  const [head, rest = ''] = document.split(BEGIN);
  const [, tail] = rest.split(END);
  const all = commands.filter((command) => command.name() !== 'help');
  await expect(`${head}${BEGIN}\n\n${reference(all)}\n\n${END}${tail}`).toMatchFileSnapshot(DOCUMENT);
});
