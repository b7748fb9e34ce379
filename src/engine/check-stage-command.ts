/** A stage type that is to run on its own: every mistake in its params, its ports and their paths. Runs nothing. */
import { posix } from 'node:path';
import * as catalog from '../diagnostics/catalog.ts';
import { quoteName } from '../diagnostics/harmless.ts';
import { nearest } from '../diagnostics/suggest.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { StageType } from '../model/plugin.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { EnginePorts } from './ports.ts';
import type { AskedStage } from './stage-command.ts';
import { portOf } from './stage-command.ts';

type Side = 'input' | 'output' | 'param';

/** How what was asked for is spoken of. */
export interface AskedWords {
  /** The flag of a port or param: `--data`. */
  flagOf(side: Side, name: string): string;
  /** The same with what stands behind it: `--data FILE`. */
  usageOf(side: Side, name: string): string;
}

/** Errors: `invalid-with`, `missing-port`, `unknown-port`, `port-not-list`. */
export async function checkAsked(asked: AskedStage, words: AskedWords): Promise<Diagnostic[]> {
  const { checkParams } = await import('../language/param-mistakes.ts');
  const params = checkParams(asked.type, asked.params, {
    subject: (pointer) => paramSubject(pointer, words),
    howToAdd: (name) => `Give it with ${words.usageOf('param', name)}.`,
  });
  const ports = (['input', 'output'] as const).flatMap((side) => checkSide(asked, side, words));
  return [...ports, ...params];
}

function paramSubject(pointer: readonly (string | number)[], words: AskedWords): string {
  const [name, ...inside] = pointer;
  if (name === undefined) return 'The params';
  const flag = words.flagOf('param', String(name));
  const [item] = inside;
  if (inside.length === 1 && typeof item === 'number') return `Item ${item + 1} of ${flag}`;
  return inside.length === 0 ? flag : `${quoteName(inside.join('.'))} in ${flag}`;
}

function checkSide(asked: AskedStage, side: 'input' | 'output', words: AskedWords): Diagnostic[] {
  const { type } = asked;
  const declared = type[`${side}s`];
  const given: ReadonlyMap<string, readonly unknown[]> = asked[`${side}s`];
  const mistakes: Diagnostic[] = [];
  for (const [port, paths] of given) {
    const about = { port, side, type: type.name, location: undefined };
    if (!Object.hasOwn(declared, port) && !Object.hasOwn(declared, '*')) {
      const known = Object.keys(declared);
      mistakes.push(catalog.unknownPort({ ...about, suggestion: nearest(port, known), known }));
    } else if (paths.length > 1 && !portOf(declared, port).many) mistakes.push(catalog.portNotList(about));
  }
  for (const [port, { optional }] of Object.entries(declared)) {
    const isGiven = port === '*' ? hasUnnamed(given, declared) : given.has(port);
    if (optional || isGiven) continue;
    const missing = catalog.missingPort({ port, side, type: type.name, location: undefined });
    mistakes.push({ ...missing, help: `Give it with ${words.usageOf(side, port)}.` });
  }
  return mistakes;
}

function hasUnnamed(given: ReadonlyMap<string, unknown>, declared: StageType['inputs']): boolean {
  return [...given.keys()].some((port) => !Object.hasOwn(declared, port));
}

/** Errors: `file-not-found`, `not-a-file`, `port-kind`, `invalid-path`. */
export function checkPlaces({ fs }: EnginePorts, asked: AskedStage, from: string): Diagnostic[] {
  const mistakes: Diagnostic[] = [];
  const read = new Map<string, string>();
  for (const [port, paths] of asked.inputs) {
    const { kind } = portOf(asked.type.inputs, port);
    for (const path of paths) {
      const shown = shownFrom(from, path);
      const mistake = inputMistake(fs, asked.type, { port, kind, path, shown });
      if (mistake) mistakes.push(mistake);
      else read.set(fs.realPath(path) ?? path, shown);
    }
  }
  const written = new Set<string>();
  for (const [port, targets] of asked.outputs) {
    const { kind } = portOf(asked.type.outputs, port);
    for (const { to, shown } of targets) {
      if (!('path' in to)) continue;
      const place = fs.realPath(to.path) ?? to.path;
      const reason = read.has(place)
        ? 'it is an input too'
        : written.has(place)
          ? 'it is named twice'
          : placeProblem(fs, place, kind);
      if (reason !== undefined) mistakes.push(catalog.invalidPath({ path: shown, reason, location: undefined }));
      written.add(place);
    }
  }
  return mistakes;
}

interface AskedInput {
  readonly port: string;
  readonly kind: 'file' | 'folder';
  readonly path: string;
  readonly shown: string;
}

function inputMistake(fs: FileSystem, type: StageType, input: AskedInput): Diagnostic | undefined {
  const { port, kind, path, shown } = input;
  const found = fs.stat(path)?.type;
  if (found === kind) return undefined;
  const location = undefined;
  if (found === undefined) {
    const beside = (fs.readFolder(posix.dirname(path)) ?? []).map(({ name }) => name);
    const near = nearest(posix.basename(path), beside);
    const suggestion = near === undefined ? undefined : posix.join(posix.dirname(shown), near);
    return catalog.fileNotFound({ path: shown, kind, location, suggestion });
  }
  if (kind === 'file')
    return catalog.notAFile({ path: shown, location, found: found === 'folder' ? 'folder' : 'other' });
  const mistake = catalog.portKind({ port, side: 'input', type: type.name, wanted: kind, path: shown, location });
  return { ...mistake, help: undefined };
}

/** Why nothing can be put there; the end of a sentence. */
function placeProblem(fs: FileSystem, path: string, kind: 'file' | 'folder'): string | undefined {
  const there = fs.lstat(path);
  if (there?.type === 'folder') {
    if (kind === 'file') return 'it is a folder';
    return (fs.readFolder(path) ?? []).length === 0 ? undefined : 'it is a folder with something in it';
  }
  if (there) return kind === 'folder' ? 'it is a file' : undefined;
  for (let above = posix.dirname(path); ; above = posix.dirname(above)) {
    const found = fs.stat(above);
    if (found?.type === 'folder') return undefined;
    if (found) return `${quoteName(posix.basename(above))} above it is a file`;
  }
}

/** As somebody in that folder would write it. */
export function shownFrom(folder: string, path: string): string {
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
}
