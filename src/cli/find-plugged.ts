/** The stage types that a command line is about: that of `stage`, that of a word which is no command of wrangle's own, all. */
import { resolve } from 'node:path';
import { nearest } from '../diagnostics/suggest.ts';
import { createWorkspace } from '../engine/workspace.ts';
import { createNodePorts } from '../host/node-ports.ts';
import { BUILT_IN_COMMANDS } from '../model/command-names.ts';
import type { StageType } from '../model/plugin.ts';
import { quoteName } from '../util/harmless-text.ts';
import { unknownType } from './commands/stages.ts';
import { findWorkspace, hasSettings } from './find-workspace.ts';
import { TOPICS } from './help/topic-names.ts';
import { directoryOf } from './leading-flags.ts';
import { DiagnosedError, UsageError } from './session.ts';
import type { Plugged } from './stage-program.ts';
import type { Variables } from './variables.ts';

/** `argv` has the command first. Errors: `UsageError`, `DiagnosedError`. */
export async function findPlugged(
  argv: readonly string[],
  wanted: 'a-type' | 'a-command' | 'all',
  variables: Variables,
): Promise<Plugged | undefined> {
  const cwd = resolve(directoryOf(argv) ?? variables['WRANGLE_DIRECTORY'] ?? '.');
  const ports = createNodePorts();
  if (ports.fs.stat(cwd)?.type !== 'folder') {
    if (wanted === 'all') return undefined;
    throw new UsageError(`There is no folder ${quoteName(cwd)}.`);
  }
  const dir = findWorkspace(cwd);
  const { plugins, mistakes } = await createWorkspace(ports, dir).plugins();
  const types = plugins.flatMap((plugin) => plugin.types);
  const commands = types.filter(({ command }) => command !== undefined);
  if (wanted === 'all') return { commands };
  const word = wantedWord(argv, wanted, types);
  if (word === undefined) return { commands };
  const type = types.find(({ name, command }) => word === (wanted === 'a-type' ? name : command));
  // A slip of the finger has nothing to do with plugins.
  const isHelp = argv[0] === 'help';
  const own = [...BUILT_IN_COMMANDS, ...(isHelp ? Object.keys(TOPICS) : [])];
  if (!type && wanted === 'a-command' && nearest(word, own) !== undefined) return { commands };
  if (mistakes.diagnostics.some(({ severity }) => severity === 'error')) {
    throw new DiagnosedError(mistakes.diagnostics, mistakes.texts);
  }
  // What help says of a word that nobody knows it says itself.
  if (type || isHelp) return { commands, ...(type && { type }) };
  if (wanted === 'a-command') refuseCommand(word, dir, commands);
  else throw hasSettings(dir) ? unknownType(word, types) : outside(`There is no stage type ${quoteName(word)}.`);
  return { commands };
}

/** A stage type may stand behind its flags, whose values nobody can tell from it yet. */
function wantedWord(
  argv: readonly string[],
  wanted: 'a-type' | 'a-command',
  types: readonly StageType[],
): string | undefined {
  const [first, ...rest] = argv;
  if (wanted === 'a-command') return first === 'help' ? rest[0] : first;
  const directory = directoryOf(rest);
  const words = rest.filter((word) => !word.startsWith('-') && word !== directory);
  return words.find((word) => types.some(({ name }) => name === word)) ?? words[0];
}

/** Where a command is near, the parser names it. */
function refuseCommand(word: string, dir: string, commands: readonly StageType[]): void {
  const known = [...BUILT_IN_COMMANDS, 'help', ...commands.flatMap(({ command }) => command ?? [])];
  if (nearest(word, known) !== undefined) return;
  const message = `There is no command ${quoteName(word)}.`;
  if (!hasSettings(dir)) throw outside(message);
  throw new UsageError(
    message,
    'Plugins may have commands of their own: "wrangle plugin list" shows those of this workspace.',
  );
}

function outside(message: string): UsageError {
  return new UsageError(
    message,
    'This folder is in no workspace, so there are no plugins. List those you need in a .wranglerrc.yaml here or above ' +
      '(plugins: { NAME: FOLDER OR PACKAGE }), or name a workspace with -C.',
  );
}
