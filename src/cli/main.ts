/** The entry of the command line: from arguments to an exit code. Everything a command needs is loaded by that command. */
import { resolve } from 'node:path';
import { createWorkspace } from '../engine/workspace.ts';
import { createNodePorts } from '../host/node-ports.ts';
import { InternalError } from '../util/internal-error.ts';
import { EXIT } from './exit-code.ts';
import { findWorkspace } from './find-workspace.ts';
import type { CommonFlags } from './flags.ts';
import { commandFirst, pluginsWanted } from './leading-flags.ts';
import { makeOutput } from './make-output.ts';
import type { Start } from './program.ts';
import { makeProgram } from './program.ts';
import type { Session } from './session.ts';
import { DiagnosedError, UsageError } from './session.ts';
import type { Plugged } from './stage-program.ts';
import { saysYes } from './variables.ts';

async function main(written: readonly string[]): Promise<number> {
  const argv = commandFirst(written);
  // A reader that goes away (`wrangle plan | head -1`) ends the printing, not the build.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  if (process.platform === 'win32') {
    process.stderr.write('wrangle runs on Linux and macOS; on Windows use it through WSL.\n');
    return EXIT.environment;
  }
  if (argv[0] === COMPLETE) return complete(argv.slice(1));
  let exitCode: number = EXIT.done;
  let session: Session | undefined;
  const start: Start = (flags, run) => async () => {
    session = openSession(flags, argv);
    exitCode = await run(session);
  };
  try {
    const plugged = await findPluggedIfWanted(argv);
    const pages = asksForHelp(argv) ? (await import('./help/pages.ts')).PAGES : undefined;
    const program = makeProgram(start, argv[0], process.env, plugged, pages);
    await program.parseAsync(withoutNextWord(argv), { from: 'user' });
    return exitCode;
  } catch (error) {
    return await reportError(error, session, argv);
  }
}

/** What shells ask with, see `completion-scripts.ts`; no command for people. */
const COMPLETE = '__complete';

/** Whoever is typing has no use for a message, so whatever goes wrong, there is nothing to offer. */
async function complete([, ...words]: readonly string[]): Promise<number> {
  try {
    const [{ complete }, { openSources }] = await Promise.all([
      import('./complete.ts'),
      import('./completion-sources.ts'),
    ]);
    process.stdout.write(await complete(words, openSources(process.env)));
  } catch {
    // As said above.
  }
  return EXIT.done;
}

/** Whether help may be printed; then what it says has to be there. These commands print it where nothing is to do. */
function asksForHelp(argv: readonly string[]): boolean {
  const [first] = argv;
  if (first === undefined || first === 'help' || first === 'plugin' || first === 'cache') return true;
  return argv.some((word) => /^(-\w*h\w*|--help)$/.test(word));
}

/** Most command lines are about no plugin, and pay nothing for those that are. */
async function findPluggedIfWanted(argv: readonly string[]): Promise<Plugged | undefined> {
  const wanted = pluginsWanted(argv);
  return wanted && (await import('./find-plugged.ts')).findPlugged(argv, wanted, process.env);
}

/** These take a value only behind `=`; commander would take the next word, which may be the pipeline. */
const WITH_OPTIONAL_VALUE: ReadonlySet<string> = new Set(['--force', '--check-determinism']);

function withoutNextWord(argv: readonly string[]): string[] {
  return argv.map((word) => (WITH_OPTIONAL_VALUE.has(word) ? `${word}=` : word));
}

function openSession(flags: CommonFlags, argv: readonly string[]): Session {
  const cwd = resolve(flags.directory ?? '.');
  const ports = createNodePorts();
  if (ports.fs.stat(cwd)?.type !== 'folder') throw new UsageError(`There is no folder ${JSON.stringify(cwd)}.`);
  const dir = findWorkspace(cwd);
  return {
    ports,
    workspace: createWorkspace(ports, dir),
    cwd,
    stdout: makeOutput(process.stdout, flags.color, dir),
    stderr: makeOutput(process.stderr, flags.color, dir),
    json: flags.json === true,
    verbosity: flags.quiet ? 'quiet' : flags.verbose ? 'verbose' : 'normal',
    commandLine: `wrangle ${argv.join(' ')}`,
  };
}

async function reportError(error: unknown, session: Session | undefined, argv: readonly string[]): Promise<number> {
  const json = session?.json ?? (argv.includes('--json') || saysYes(process.env['WRANGLE_JSON']));
  const out = session?.stdout ?? makeOutput(process.stdout, undefined, process.cwd());
  const err = session?.stderr ?? makeOutput(process.stderr, undefined, process.cwd());
  const { isCommanderExit, printMistakes, printUsageError } = await import('./print-errors.ts');
  const exit = isCommanderExit(error);
  if (exit !== undefined) {
    if (exit.code !== EXIT.done && json) printUsageError(exit.message, exit.help, { json, out, err });
    return exit.code;
  }
  if (error instanceof UsageError) {
    printUsageError(error.message, error.help, { json, out, err });
    return EXIT.usage;
  }
  if (error instanceof DiagnosedError) {
    printMistakes(error, { json, out, err });
    return EXIT.usage;
  }
  const { code } = error as NodeJS.ErrnoException;
  if (!(error instanceof InternalError) && code !== undefined && /^E[A-Z]+$/.test(code)) {
    const { environmentFailure } = await import('../run/build-context.ts');
    const { message } = environmentFailure('go on', error);
    if (json) out.line(JSON.stringify({ error: { code: 'environment', message }, diagnostics: [] }));
    else err.line(message);
    return EXIT.environment;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  err.line(`This is a bug in wrangle, please report it:\n${stack}`);
  if (json) out.line(JSON.stringify({ error: { code: 'internal-error', message: String(error) }, diagnostics: [] }));
  return EXIT.bug;
}

// Node ends as soon as it has nothing left to wait for, also in the middle of something, and takes that for success.
process.exitCode = EXIT.bug;
const tellOfBug = () =>
  process.stderr.write('This is a bug in wrangle, please report it: it ended before it was done.\n');
process.once('beforeExit', tellOfBug);
void main(process.argv.slice(2)).then((code) => {
  process.off('beforeExit', tellOfBug);
  process.exitCode = code;
});
