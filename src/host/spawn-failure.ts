// Why a process could not be started, in one sentence. Knows nothing of how it was tried.
import * as nodeFs from 'node:fs';
import { join } from 'node:path';
import type { ProcessSpec } from '../ports/command-runner.ts';
import { quoteName } from '../util/harmless-text.ts';
import { errorCode } from './error-code.ts';

/** A single argument, or variable with its name, may not be longer on Linux. */
const ARGUMENT_BYTES_MAX = 131_071;
/** Where the system looks when there is no PATH. */
const DEFAULT_PATH = '/bin:/usr/bin';

/** Conditions that pass by themselves when other processes or files are closed. */
export function isPassing(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'EAGAIN' || code === 'EMFILE' || code === 'ENFILE' || code === 'ENOMEM' || code === 'ETXTBSY';
}

/**
 * The system has one error, `ENOENT`, for a missing command, a missing interpreter and a missing folder, so this looks
 * for what is really missing. Shape: one sentence, names in quotes.
 */
export function explainSpawnFailure(spec: ProcessSpec, error: unknown): string {
  const code = errorCode(error);
  const withNul = findNul(spec);
  if (withNul) return `${withNul} contains a NUL character, which no process can be given.`;
  if (code === 'E2BIG') return explainTooLong(spec);
  if (isPassing(error)) return `The system has no room for another process (${code}).`;
  if (code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR') {
    const reason = explainFolder(spec.cwd) ?? explainCommand(spec);
    if (reason) return reason;
  }
  const detail = error instanceof Error ? error.message : String(error);
  return `The command ${quoteName(spec.argv[0])} could not be started (${detail}).`;
}

function findNul(spec: ProcessSpec): string | undefined {
  const at = spec.argv.findIndex((argument) => argument.includes('\0'));
  if (at === 0) return 'The name of the command';
  if (at > 0) return `Argument ${at} of the command`;
  const variable = Object.entries(spec.env).find(([name, value]) => name.includes('\0') || value.includes('\0'));
  if (variable) return `The environment variable ${quoteName(variable[0])}`;
  return spec.cwd.includes('\0') ? 'The name of the folder to run in' : undefined;
}

function explainTooLong(spec: ProcessSpec): string {
  const advice = 'write long lists to a file instead';
  const at = spec.argv.findIndex((argument) => Buffer.byteLength(argument) > ARGUMENT_BYTES_MAX);
  if (at > 0) {
    const bytes = Buffer.byteLength(spec.argv[at] ?? '');
    return `Argument ${at} of the command is ${bytes} bytes long, more than the system allows; ${advice}.`;
  }
  for (const [name, value] of Object.entries(spec.env)) {
    const bytes = Buffer.byteLength(value);
    if (bytes + Buffer.byteLength(name) + 1 > ARGUMENT_BYTES_MAX) {
      return `The environment variable ${quoteName(name)} is ${bytes} bytes long, more than the system allows; ${advice}.`;
    }
  }
  return `The arguments and the environment together are longer than the system allows; ${advice}.`;
}

function explainFolder(cwd: string): string | undefined {
  const stat = statOf(cwd);
  if (!stat) return `The folder to run in, ${quoteName(cwd)}, does not exist.`;
  if (!stat.isDirectory()) return `The folder to run in, ${quoteName(cwd)}, is not a folder.`;
  return isExecutable(cwd) ? undefined : `The folder to run in, ${quoteName(cwd)}, may not be entered.`;
}

function explainCommand(spec: ProcessSpec): string | undefined {
  const [name] = spec.argv;
  const command = quoteName(name);
  if (name === '') return 'The name of the command is empty.';
  if (name.includes('/')) return explainFile(name, join(spec.cwd, name), name.startsWith('/') ? name : undefined);
  // The search goes on after a file that cannot be run, so the first such file is the best guess at the culprit.
  for (const folder of (spec.env['PATH'] ?? DEFAULT_PATH).split(':')) {
    const path = join(folder.startsWith('/') ? folder : join(spec.cwd, folder), name);
    if (statOf(path)?.isFile()) return explainFile(path, path, path);
  }
  return `The command ${command} was not found in any folder of PATH.`;
}

function explainFile(shown: string, relative: string, absolute: string | undefined): string | undefined {
  const path = absolute ?? relative;
  const stat = statOf(path);
  if (!stat) return `The command ${quoteName(shown)} does not exist.`;
  if (stat.isDirectory()) return `The command ${quoteName(shown)} is a folder.`;
  if (!isExecutable(path)) return `The file ${quoteName(shown)} is not executable.`;
  const interpreter = findInterpreter(path);
  if (interpreter === undefined) return undefined;
  const reason = statOf(interpreter) ? 'cannot be run' : 'does not exist';
  return `The interpreter ${quoteName(interpreter)} in the first line of ${quoteName(shown)} ${reason}.`;
}

/** The path after `#!`. */
function findInterpreter(path: string): string | undefined {
  let fd: number | undefined;
  try {
    fd = nodeFs.openSync(path, nodeFs.constants.O_RDONLY | nodeFs.constants.O_NONBLOCK);
    const start = Buffer.alloc(256);
    const text = start.subarray(0, nodeFs.readSync(fd, start)).toString();
    return /^#![ \t]*([^ \t\n]+)/.exec(text)?.[1];
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) nodeFs.closeSync(fd);
  }
}

function statOf(path: string): nodeFs.Stats | undefined {
  try {
    return nodeFs.statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function isExecutable(path: string): boolean {
  try {
    nodeFs.accessSync(path, nodeFs.constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
