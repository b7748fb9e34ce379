/**
 * The stage types that a command line may be about. Plugins are asked only where wrangle's own commands do not say it all:
 * for `stage`, for help, and for a word that is no command of its own.
 */
import { resolve } from 'node:path';
import { nearest } from '../diagnostics/suggest.ts';
import { createWorkspace } from '../engine/workspace.ts';
import { createNodePorts } from '../host/node-ports.ts';
import { BUILT_IN_COMMANDS } from '../model/command-names.ts';
import type { StageType } from '../model/plugin.ts';
import { quoteName } from '../util/harmless-text.ts';
import { unknownType } from './commands/stages.ts';
import { findWorkspace, hasSettings } from './find-workspace.ts';
import { directoryOf } from './leading-flags.ts';
import { DiagnosedError, UsageError } from './session.ts';
import type { Plugged } from './stage-program.ts';
import type { Variables } from './variables.ts';

const BUILT_IN: ReadonlySet<string> = new Set(BUILT_IN_COMMANDS);

/** `argv` has the command first. Errors: `UsageError`, `DiagnosedError`. */
export async function findPlugged(argv: readonly string[], variables: Variables): Promise<Plugged | undefined> {
  const [first, second] = argv;
  const isHelp = first === undefined || first === 'help' || /^-(?!V$|-version$)/.test(first);
  const word = first === 'help' ? second : first;
  const isOther = word !== undefined && !word.startsWith('-') && !BUILT_IN.has(word);
  if (first !== 'stage' && !isHelp && !isOther) return undefined;

  const cwd = resolve(directoryOf(argv) ?? variables['WRANGLE_DIRECTORY'] ?? '.');
  const ports = createNodePorts();
  // Whoever opens the folder says what is wrong with it.
  if (ports.fs.stat(cwd)?.type !== 'folder') return undefined;
  const dir = findWorkspace(cwd);
  const { plugins, mistakes } = await createWorkspace(ports, dir).plugins();
  const types = plugins.flatMap((plugin) => plugin.types);
  const commands = types.filter(({ command }) => command !== undefined);
  if (isHelp && !isOther) return { commands };

  const isBroken = mistakes.diagnostics.some(({ severity }) => severity === 'error');
  if (first === 'stage') {
    const type = types.find(({ name }) => argv.includes(name));
    const asked = argv.slice(1).find((each) => !each.startsWith('-') && each !== directoryOf(argv));
    if (type === undefined && asked !== undefined) {
      if (isBroken) throw new DiagnosedError(mistakes.diagnostics, mistakes.texts);
      throw hasSettings(dir) ? unknownType(asked, types) : outside(`There is no stage type ${quoteName(asked)}.`);
    }
    if (isBroken && type) throw new DiagnosedError(mistakes.diagnostics, mistakes.texts);
    return { commands, ...(type ? { type } : {}) };
  }
  const type = commands.find(({ command }) => command === word);
  if (isBroken) throw new DiagnosedError(mistakes.diagnostics, mistakes.texts);
  if (!type && word !== undefined) refuseUnknown(word, dir, commands);
  return { commands, ...(type ? { type } : {}) };
}

/** Where a command is near, the parser names it. */
function refuseUnknown(word: string, dir: string, commands: readonly StageType[]): void {
  const known = [...BUILT_IN, 'help', ...commands.flatMap(({ command }) => command ?? [])];
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
