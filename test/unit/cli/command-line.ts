// Command lines in texts, held to what the program takes.
import type { Command } from 'commander';

/** Flags of a command line that its command does not have; the whole line when there is no such command. */
export function unknownFlags(program: Command, line: string): string[] {
  const [, rest = ''] = /(?:^|\()wrangle (.*)$/.exec(line) ?? [];
  const [own = ''] = rest.split(/ (?:[|>]|\|\|) |\)/);
  const words = own.split(' ');
  const directory = words[0] === '-C' ? 2 : 0;
  const command = program.commands.find((one) => one.name() === words[directory]);
  if (!command) return [line];
  const isKnown = (word: string) =>
    command.options.some(({ long, short }) => word === long || word === short || word.startsWith(`${long}=`));
  const shorts = (word: string) => (/^-\w\w+$/.test(word) ? [...word.slice(1)].map((letter) => `-${letter}`) : [word]);
  return words
    .filter((word) => /^--?\w/.test(word) && word !== '--help')
    .flatMap(shorts)
    .filter((word) => !isKnown(word));
}
