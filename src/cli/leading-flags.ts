/** Flags of all commands may stand before the command: `wrangle -C DIR status`. Knows how they are spelled, not what they do. */

import { BUILT_IN_COMMANDS } from '../model/command-names.ts';
import { isTopic } from './help/topic-names.ts';

/** Flags that take no value, alone or joined (`-vq`), and those that take one, joined to it or before it. */
const FLAG = /^(-[vq]+|--json|--verbose|--quiet|--(directory|color)=.*|-[vq]*C.+)$/s;
const FLAG_BEFORE_VALUE = /^(-[vq]*C|--directory|--color)$/;

/** The same command line with the command first. What stands before it and is no such flag stays for the parser to name. */
export function commandFirst(argv: readonly string[]): string[] {
  let at = 0;
  while (at < argv.length) {
    const word = argv[at] as string;
    if (FLAG.test(word)) at += 1;
    else if (FLAG_BEFORE_VALUE.test(word)) at += 2;
    else break;
  }
  const command = argv[at];
  if (at === 0 || command === undefined || command.startsWith('-')) return [...argv];
  const [flags, rest] = [argv.slice(0, at), argv.slice(at + 1)];
  // The word behind it is the command that help is about.
  return command === 'help' ? [command, ...rest, ...flags] : [command, ...flags, ...rest];
}

const BUILT_IN: ReadonlySet<string> = new Set([...BUILT_IN_COMMANDS, 'help']);

/** What of plugins a command line may be about, the command being first. Undefined: wrangle's own commands say it all. */
export function pluginsWanted(argv: readonly string[]): 'a-type' | 'a-command' | 'all' | undefined {
  const [first, second] = argv;
  if (first === 'stage') return 'a-type';
  const word = first === 'help' ? second : first;
  if (first === 'help' && isTopic(word)) return undefined;
  if (word !== undefined && !word.startsWith('-')) return BUILT_IN.has(word) ? undefined : 'a-command';
  return first === '-V' || first === '--version' ? undefined : 'all';
}

/** What `-C` says, wherever it stands; of several the last. */
export function directoryOf(argv: readonly string[]): string | undefined {
  let found: string | undefined;
  for (const [at, word] of argv.entries()) {
    if (word === '--') break;
    const joined = /^(?:-[vq]*C|--directory=)(.+)$/s.exec(word)?.[1];
    if (joined !== undefined) found = joined;
    else if (/^(-[vq]*C|--directory)$/.test(word)) found = argv[at + 1];
  }
  return found;
}
