/** `wrangle plugin`: a new package, its types, whether one behaves as pipelines rely on, and which ones there are. */
import { existsSync } from 'node:fs';
import { posix, resolve } from 'node:path';
import { nearest } from '../../diagnostics/suggest.ts';
import { printDocument } from '../../report/documents.ts';
import { EXIT } from '../exit-code.ts';
import type { CommonFlags } from '../flags.ts';
import type { NewPlugin } from '../new-plugin.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../session.ts';

export interface PluginFlags extends CommonFlags {
  readonly lang: NewPlugin['language'];
}

const ACTIONS: Readonly<Record<string, (session: Session, args: string[], flags: PluginFlags) => Promise<number>>> = {
  new: newPlugin,
  test: async (session, args) => (await import('./plugin-test.ts')).testPluginPackage(session, args),
  types: async (session, args) => (await import('./plugin-types.ts')).writeStageTypes(session, args),
  list: async (session, args) => (await import('./plugin-list.ts')).listPlugins(session, args),
};

/** `printHelp` prints the help of the command, for those who name nothing to do. */
export async function pluginCommand(
  session: Session,
  args: string[],
  flags: PluginFlags,
  printHelp: () => void,
): Promise<number> {
  const [action, ...rest] = args;
  if (action === undefined) {
    printHelp();
    return EXIT.done;
  }
  const act = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (act) return act(session, rest, flags);
  const known = Object.keys(ACTIONS);
  const near = nearest(action, known);
  throw new UsageError(
    `"plugin ${action}" is not known.`,
    near === undefined ? `There is ${known.map((name) => `"plugin ${name}"`).join(', ')}.` : `Did you mean "${near}"?`,
  );
}

async function newPlugin(session: Session, args: string[], { lang }: PluginFlags): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || rest.length > 0) {
    throw new UsageError('"plugin new" takes the name of the plugin.', 'For example: wrangle plugin new greet');
  }
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(name)) {
    throw new UsageError(
      `${JSON.stringify(name)} cannot be the name of a plugin: it takes lowercase letters, digits and "-", and begins with a letter.`,
      'Its package will be called "wrangle-plugin-NAME".',
    );
  }
  const { cwd, json, ports, stdout, workspace } = session;
  const isWorkspace = existsSync(`${workspace.dir}/.wranglerrc.yaml`);
  const dir = isWorkspace ? `${workspace.dir}/plugins/${name}` : resolve(cwd, name);
  const { writePlugin } = await import('../new-plugin.ts');
  const written = writePlugin(ports.fs, { name, language: lang, dir });
  if (!written.ok) throw new UsageError(written.error, 'Nothing was written.');
  const { files, findsWrangle } = written.value;
  if (json) {
    stdout.write(printDocument({ name, dir, stage_types: [`${name}/hello`], written: files }));
    return EXIT.done;
  }
  const shown = posix.relative(cwd, dir);
  const listed = `./${posix.relative(isWorkspace ? workspace.dir : cwd, dir)}`;
  stdout.write(nextSteps({ name, language: lang, files, shown, listed, findsWrangle }));
  return EXIT.done;
}

interface Written {
  readonly name: string;
  readonly language: NewPlugin['language'];
  readonly files: readonly string[];
  /** Its folder, from here and from the workspace. */
  readonly shown: string;
  readonly listed: string;
  readonly findsWrangle: boolean;
}

function nextSteps({ name, language, files, shown, listed, findsWrangle }: Written): string {
  const needs =
    language === 'ts' && !findsWrangle
      ? 'Its code imports "wrangle/plugin", which is not found from there. Install wrangle in that folder or above it first.\n\n'
      : '';
  return `Wrote a plugin with one stage type, ${name}/hello, to ${shown}:
${files.map((file) => `  ${file}\n`).join('')}
${needs}Next:

1. List it in .wranglerrc.yaml, so that pipelines may use it:

     plugins:
       ${name}: ${listed}

2. Use it in a pipeline:

     stages:
       hello:
         uses: ${name}/hello
         inputs: { names: names.txt }
         outputs: { greetings: build/greetings.txt }

3. Make it yours: what it takes and gives is declared in wrangle.plugin.json, its code is in src/.

4. Test it: wrangle plugin test ${shown}
`;
}
