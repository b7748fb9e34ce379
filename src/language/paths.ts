/** Paths as they are written in a pipeline, and what they become. Knows no disk. */
import type { InputItem, OutputItem } from '../model/pipeline.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';

export type PathMistake =
  | { readonly kind: 'invalid'; readonly reason: string; readonly help?: string }
  | { readonly kind: 'outside' }
  | { readonly kind: 'reserved'; readonly folder: string };

const GLOB = /[*?[{]/;
export const RESERVED = new Set(['.wrangle', '.git']);

/** `workspace` is absolute; an absolute path inside it becomes a relative one. */
export function parseInputPath(text: string, workspace: string): Result<InputItem, PathMistake> {
  const shape = parsePath(text, workspace);
  if (!shape.ok) return shape;
  const { path, folder } = shape.value;
  if (path === '') return invalid('it is the whole workspace, with the outputs in it');
  if (!GLOB.test(path)) return ok({ kind: folder ? 'folder' : 'file', path });
  if (folder) return invalid('a glob names files', 'End it in "*" or "**" instead of "/".');
  return ok({ kind: 'glob', path });
}

export function parseOutputPath(text: string, workspace: string): Result<OutputItem, PathMistake> {
  const shape = parsePath(text, workspace);
  if (!shape.ok) return shape;
  const { path, folder } = shape.value;
  if (path.startsWith('/') || path === '..' || path.startsWith('../')) return err({ kind: 'outside' });
  if (path === '') return invalid('it is the whole workspace');
  const reserved = path.split('/').find((name) => RESERVED.has(name.toLowerCase()));
  if (reserved !== undefined) return err({ kind: 'reserved', folder: `${reserved}/` });
  if (GLOB.test(path)) return invalid('an output is one path, not a glob', 'Make the folder an output: "dir/".');
  return ok({ kind: folder ? 'folder' : 'file', path });
}

interface Shape {
  /** Normalised, without a trailing slash; empty for the workspace itself. */
  readonly path: string;
  readonly folder: boolean;
}

function parsePath(text: string, workspace: string): Result<Shape, PathMistake> {
  if (text === '') return invalid('it is empty');
  if (text.includes('\0')) return invalid('it has a NUL character in it');
  if (/^[A-Za-z]:[\\/]/.test(text) || text.includes('\\')) {
    return invalid('it has a backslash or a drive in it', 'Write paths with "/", relative to the workspace.');
  }
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text)) {
    return invalid('it is an address', 'Let a stage fetch it into a file.');
  }
  if (/^~[^/]*(\/|$)/.test(text)) return invalid('"~" has no meaning here', 'Write the path in full.');
  const absolute = text.startsWith('/');
  const names: string[] = [];
  for (const name of text.split('/')) {
    if (name === '' || name === '.') continue;
    const last = names[names.length - 1];
    if (name !== '..') names.push(name);
    else if (last !== undefined && GLOB.test(last)) return invalid('".." cannot follow a wildcard');
    else if (last !== undefined && last !== '..') names.pop();
    else if (!absolute) names.push('..');
  }
  const folder = /(^|\/)\.{0,2}$/.test(text);
  const path = names.join('/');
  return ok({ path: absolute ? fromWorkspace(`/${path}`, workspace) : path, folder });
}

function fromWorkspace(path: string, workspace: string): string {
  const root = workspace.replace(/\/+$/, '');
  if (path === root) return '';
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
}

function invalid(reason: string, help?: string): Result<never, PathMistake> {
  return err({ kind: 'invalid', reason, ...(help === undefined ? {} : { help }) });
}
