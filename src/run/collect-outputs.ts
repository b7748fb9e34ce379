/** What an attempt left in its staging: is everything there, is it what was declared, does it keep its contract? */
import { UnsupportedEntry, walkFolder } from '../digest/tree.ts';
import type { Stage } from '../model/pipeline.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { StateLayout } from '../store/layout.ts';
import { inWorkspace } from '../store/layout.ts';
import type { Json } from '../util/canonical-json.ts';
import { checkContract } from './contract.ts';
import type { FailureCause } from './failure.ts';
import * as failures from './failure.ts';
import type { StagedOutput, Staging } from './staging.ts';
import { openFolders } from './staging.ts';

const WORDS = { file: 'file', folder: 'folder', link: 'symbolic link', other: 'pipe, socket or device' } as const;

/** Undefined when all outputs are as declared; `stopped` when `signal` fired before that was known. Errors: those of the machine, such as a failing disk. */
export async function checkOutputs(
  fs: FileSystem,
  layout: StateLayout,
  staging: Staging,
  signal?: AbortSignal,
): Promise<FailureCause | 'stopped' | undefined> {
  openFolders(fs, staging);
  const missing: string[] = [];
  for (const output of staging.outputs) {
    const found = lookAt(fs, inWorkspace(layout, output.writtenAt), output);
    if (found === 'missing') missing.push(output.path);
    else if (found !== 'sound') return found;
  }
  if (missing.length > 0) return failures.outputMissing(missing);
  for (const { path, port, writtenAt } of staging.outputs) {
    if (!port.expect) continue;
    try {
      const problems = await checkContract(fs, inWorkspace(layout, writtenAt), port.expect, signal);
      if (problems.length > 0) return failures.contractBroken(path, problems);
    } catch (error) {
      if (signal?.aborted && error === signal.reason) return 'stopped';
      throw error;
    }
  }
  return undefined;
}

/** Whether it can be kept: it is there, of its kind, and all of it can be read. */
function lookAt(
  fs: FileSystem,
  absolute: string,
  { path, kind }: Pick<StagedOutput, 'path' | 'kind'>,
): 'sound' | 'missing' | FailureCause {
  try {
    const found = fs.lstat(absolute);
    if (!found) return 'missing';
    if (found.type !== kind) return failures.outputType(path, kind, WORDS[found.type]);
    const problem = firstUnreadable(fs, absolute, kind);
    return problem === undefined ? 'sound' : failures.outputUnreadable(path, problem);
  } catch (error) {
    const problem = problemOf(error);
    if (problem === undefined) throw error;
    return failures.outputUnreadable(path, problem);
  }
}

/** In words; undefined when all can be read. Errors: those of `walkFolder` and of links. */
function firstUnreadable(fs: FileSystem, absolute: string, kind: 'file' | 'folder'): string | undefined {
  if (!fs.isReadable(absolute)) return 'permission denied';
  if (kind === 'file') return undefined;
  for (const { path, type } of walkFolder(fs, absolute) ?? []) {
    if (type === 'link') fs.readLink(`${absolute}/${path}`);
    else if (!fs.isReadable(`${absolute}/${path}`)) return `permission denied for ${JSON.stringify(path)} in it`;
  }
  return undefined;
}

/** What a stage can do to its own outputs. Undefined for what only the machine can. */
function problemOf(error: unknown): string | undefined {
  if (error instanceof UnsupportedEntry) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'EILSEQ':
    case 'ELOOP':
    case 'ENAMETOOLONG':
    case 'ENOTDIR':
      return message;
    default:
      return undefined;
  }
}

/** Values of declared `metrics`, read from JSON outputs. A pointer that leads nowhere gives null. */
export function readMetrics(fs: FileSystem, layout: StateLayout, stage: Stage, staging: Staging): Record<string, Json> {
  const metrics: Record<string, Json> = {};
  const documents = new Map<string, Json>();
  for (const [name, reference] of Object.entries(stage.metrics)) {
    const [portName = '', pointer = ''] = reference.split('#');
    let document = documents.get(portName);
    if (document === undefined) {
      const output = staging.outputs.find(({ port }) => port.name === portName);
      document = parseOr(output && fs.readText(inWorkspace(layout, output.writtenAt)), null);
      documents.set(portName, document);
    }
    metrics[name] = follow(document, pointer);
  }
  return metrics;
}

function parseOr(text: string | undefined, fallback: Json): Json {
  try {
    return text === undefined ? fallback : (JSON.parse(text) as Json);
  } catch {
    return fallback;
  }
}

function follow(document: Json, pointer: string): Json {
  let at: Json = document;
  for (const raw of pointer.split('/').slice(1)) {
    const key = raw.replaceAll('~1', '/').replaceAll('~0', '~');
    if (at === null || typeof at !== 'object' || !Object.hasOwn(at, key)) return null;
    at = (at as { readonly [key: string]: Json })[key] ?? null;
  }
  return at;
}
