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
import type { Staging } from './staging.ts';

const WORDS = { file: 'file', folder: 'folder', link: 'symbolic link', other: 'pipe, socket or device' } as const;

/** Undefined when all outputs are as declared. */
export async function checkOutputs(
  fs: FileSystem,
  layout: StateLayout,
  staging: Staging,
): Promise<FailureCause | undefined> {
  const missing: string[] = [];
  for (const { path, kind, writtenAt } of staging.outputs) {
    const absolute = inWorkspace(layout, writtenAt);
    const found = fs.lstat(absolute);
    if (!found) {
      missing.push(path);
      continue;
    }
    if (found.type !== kind) return failures.outputType(path, kind, WORDS[found.type]);
    if (kind === 'folder') {
      try {
        walkFolder(fs, absolute);
      } catch (error) {
        if (error instanceof UnsupportedEntry) return failures.outputUnreadable(path, error.message);
        return failures.outputUnreadable(path, (error as Error).message);
      }
    }
  }
  if (missing.length > 0) return failures.outputMissing(missing);
  for (const { path, kind, port, writtenAt } of staging.outputs) {
    if (!port.expect || kind === 'folder') continue;
    const problems = await checkContract(fs, inWorkspace(layout, writtenAt), port.expect);
    if (problems.length > 0) return failures.contractBroken(path, problems);
  }
  return undefined;
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
