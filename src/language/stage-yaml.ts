/** A stage as it is written in a pipeline, from what was asked for on the command line. */
import path from 'node:path/posix';
import { Document, isMap } from 'yaml';
import * as catalog from '../diagnostics/catalog.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Json } from '../util/canonical-json.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import { parseInputPath, parseOutputPath } from './paths.ts';

/** Paths are absolute, and end in a slash where they are folders. One path of a port, or a list of them. */
export interface WrittenStage {
  readonly name: string;
  readonly uses: string;
  readonly inputs: ReadonlyMap<string, string | readonly string[]>;
  readonly outputs: ReadonlyMap<string, string | readonly string[]>;
  readonly params: { readonly [name: string]: Json };
}

const LINE_WIDTH = 110;

/**
 * To be pasted below `stages:`, indented by two. Errors: `path-outside`, `path-reserved`, `invalid-path` for what can be
 * given on the command line and not in a pipeline.
 */
export function stageYaml(stage: WrittenStage, workspace: string): Result<string, Diagnostic[]> {
  const mistakes: Diagnostic[] = [];
  const ports = (side: 'inputs' | 'outputs') =>
    Object.fromEntries([...stage[side]].map(([name, paths]) => [name, relative(side, paths, workspace, mistakes)]));
  const members = { inputs: ports('inputs'), outputs: ports('outputs'), with: escaped(stage.params) };
  if (mistakes.length > 0) return err(mistakes);
  const filled = Object.entries(members).filter(([, member]) => Object.keys(member as object).length > 0);
  const document = new Document({ [stage.name]: { uses: stage.uses, ...Object.fromEntries(filled) } });
  for (const [key, member] of filled) {
    const node = document.getIn([stage.name, key], true);
    if (isMap(node)) node.flow = JSON.stringify(member).length < LINE_WIDTH;
  }
  const text = document.toString({ lineWidth: 0 });
  return ok(text.replaceAll(/^(?=.)/gm, '  '));
}

function relative(
  side: 'inputs' | 'outputs',
  paths: string | readonly string[],
  workspace: string,
  mistakes: Diagnostic[],
): Json {
  if (typeof paths !== 'string') return paths.map((one) => relative(side, one, workspace, mistakes));
  const parsed = side === 'inputs' ? parseInputPath(paths, workspace) : parseOutputPath(paths, workspace);
  const location = undefined;
  if (!parsed.ok) {
    const { error } = parsed;
    if (error.kind === 'outside') mistakes.push(catalog.pathOutside({ path: paths, location }));
    else if (error.kind === 'reserved') {
      mistakes.push(catalog.pathReserved({ path: paths, folder: error.folder, location }));
    } else mistakes.push(catalog.invalidPath({ path: paths, reason: error.reason, location }));
    return null;
  }
  const { kind, path: found } = parsed.value;
  if (kind === 'glob') {
    const reason = 'in a pipeline it would be a pattern';
    mistakes.push(catalog.invalidPath({ path: path.basename(found), reason, location }));
  }
  return literal(kind === 'folder' ? `${found}/` : found);
}

/** Text stays text: what looks like an expression is none. */
function escaped(value: Json): Json {
  if (typeof value === 'string') return literal(value);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map(escaped);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, escaped(member as Json)]));
}

function literal(text: string): string {
  return text.replaceAll('${{', () => '$${{');
}
