/** Writes a plugin package from the templates that wrangle ships. Knows no terminal. */
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FileSystem } from '../ports/file-system.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';

export interface NewPlugin {
  readonly name: string;
  readonly language: 'ts' | 'python' | 'shell';
  /** Absolute; nothing is there yet. */
  readonly dir: string;
}

export interface WrittenPlugin {
  /** Relative to its folder, in the order in which they are to be read. */
  readonly files: readonly string[];
  /** Whether its code can import what it is written with. */
  readonly findsWrangle: boolean;
}

/** Errors: one sentence about what is in the way; nothing was written then. */
export function writePlugin(fs: FileSystem, { name, language, dir }: NewPlugin): Result<WrittenPlugin, string> {
  const there = fs.lstat(dir);
  if (there && !(there.type === 'folder' && fs.readFolder(dir)?.length === 0)) {
    return err(`${JSON.stringify(dir)} is already there.`);
  }
  const wrangle = findWrangle(fs, dir);
  const templates = `${packageFolder(fs)}/templates`;
  const files = [language, 'all'].flatMap((folder) => templateFiles(fs, `${templates}/${folder}`, ''));
  for (const { path, text } of files) {
    fs.makeFolder(posix.dirname(`${dir}/${path}`));
    fs.writeFile(`${dir}/${path}`, fillIn(text, name, wrangle && posix.relative(dir, wrangle)), { exclusive: true });
  }
  return ok({ files: files.map(({ path }) => path), findsWrangle: wrangle !== undefined });
}

function fillIn(text: string, name: string, wrangle: string | undefined): string {
  const schema = wrangle === undefined ? undefined : `${wrangle}/schemas/plugin.schema.json`;
  // A schema that is not there would only be a warning in every editor.
  const lines =
    schema === undefined ? text.replace(/^.*"MANIFEST_SCHEMA".*\n/m, '') : text.replace('MANIFEST_SCHEMA', schema);
  return lines.replaceAll('PLUGIN_NAME', name);
}

interface TemplateFile {
  readonly path: string;
  readonly text: string;
}

/** Files of a folder before those of the folders in it, by name. */
function templateFiles(fs: FileSystem, root: string, folder: string): TemplateFile[] {
  const entries = [...(fs.readFolder(`${root}/${folder}`) ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
  const at = (name: string) => (folder === '' ? name : `${folder}/${name}`);
  const files = entries.filter(({ type }) => type === 'file').map(({ name }) => at(name));
  const folders = entries.filter(({ type }) => type === 'folder').map(({ name }) => at(name));
  return [
    ...files.map((path) => ({ path, text: fs.readText(`${root}/${path}`) ?? '' })),
    ...folders.flatMap((path) => templateFiles(fs, root, path)),
  ];
}

/** The folder of the package `wrangle` as code in `dir` would find it; undefined when it would not. */
function findWrangle(fs: FileSystem, dir: string): string | undefined {
  for (let folder = dir; ; folder = posix.dirname(folder)) {
    const candidate = `${folder === '/' ? '' : folder}/node_modules/wrangle`;
    if (fs.stat(`${candidate}/package.json`)) return candidate;
    if (folder === posix.dirname(folder)) return undefined;
  }
}

/** wrangle's own: the nearest above this file, built or not. */
function packageFolder(fs: FileSystem): string {
  let folder = posix.dirname(fileURLToPath(import.meta.url));
  while (!fs.stat(`${folder}/package.json`) && folder !== '/') folder = posix.dirname(folder);
  return folder;
}
