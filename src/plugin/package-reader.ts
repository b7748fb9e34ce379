/**
 * Packages on disk: where one is, what its `package.json` says. Keeps a list of everything it looked at, so that a cache
 * can tell whether it would find the same again. Knows nothing of plugins.
 */
import { posix } from 'node:path';
import type { Location } from '../model/location.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { SourceDigest } from '../ports/source-digest.ts';
import { digestSource } from '../ports/source-digest.ts';
import type { Json } from '../util/canonical-json.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import type { JsonText } from './json-text.ts';
import { readJsonText } from './json-text.ts';

/** Nobody writes more by hand; what is larger is not what it is taken for. */
const FILE_BYTES_MAX = 4 * 1024 * 1024;

export interface JsonFile extends JsonText {
  /** As messages call it. */
  readonly file: string;
}

export interface ReadMistake {
  /** The end of a sentence without a full stop. */
  readonly reason: string;
  readonly location: Location | undefined;
}

export interface Package {
  /** As it was found: links are not resolved, so what is read through them is compared as it is found. */
  readonly dir: string;
  /** Links resolved: where its own dependencies are looked for. */
  readonly realDir: string;
  readonly json: JsonFile;
}

export class PackageReader {
  readonly #fs: FileSystem;
  readonly #workspace: string;
  readonly #sources = new Map<string, SourceDigest>();
  readonly #texts = new Map<string, string>();

  constructor(fs: FileSystem, workspace: string) {
    this.#fs = fs;
    this.#workspace = workspace;
  }

  /** Everything looked at so far, in that order, each once. */
  get sources(): SourceDigest[] {
    return [...this.#sources.values()];
  }

  /** Contents of the JSON files read, by the name messages use. */
  get texts(): ReadonlyMap<string, string> {
    return this.#texts;
  }

  /** Notes a file or folder and gives the digest of what is there; empty when there is nothing. */
  note(path: string, kind: SourceDigest['kind']): string {
    const key = `${kind} ${path}`;
    const known = this.#sources.get(key);
    if (known) return known.sha256;
    const source = digestSource(this.#fs, path, kind);
    this.#sources.set(key, source);
    return source.sha256;
  }

  /** The name of a path in messages: from the workspace where it lies inside. */
  display(path: string): string {
    return path.startsWith(`${this.#workspace}/`) ? path.slice(this.#workspace.length + 1) : path;
  }

  readJson(path: string): Result<JsonFile, ReadMistake> {
    const file = this.display(path);
    const none = (reason: string) => err({ reason, location: undefined });
    const stat = this.#fs.stat(path);
    if (!stat) return none(`there is no file "${file}"`);
    if (stat.type !== 'file') return none(`"${file}" is no file`);
    if (stat.size > FILE_BYTES_MAX)
      return none(`"${file}" has ${stat.size} bytes, more than the ${FILE_BYTES_MAX} that are read`);
    this.note(path, 'file');
    let text: string;
    try {
      const bytes = this.#fs.readFile(path);
      if (!bytes) return none(`there is no file "${file}"`);
      text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (error) {
      if (error instanceof TypeError) return none(`"${file}" is not valid UTF-8`);
      return none(`"${file}" cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
    this.#texts.set(file, text);
    const json = readJsonText(text);
    if (!json.ok)
      return err({ reason: `"${file}" is not valid JSON: ${json.error.reason}`, location: json.error.location(file) });
    return ok({ ...json.value, file });
  }

  /** Undefined when there is no such folder. */
  openFolder(dir: string): Result<Package, ReadMistake> | undefined {
    if (this.#fs.stat(dir)?.type !== 'folder') return undefined;
    // A package that is linked in place of an installed one may have the same `package.json`.
    this.note(dir, 'place');
    const json = this.readJson(`${dir}/package.json`);
    return json.ok ? ok({ dir, realDir: this.#fs.realPath(dir) ?? dir, json: json.value }) : json;
  }

  /**
   * Looks for a package from a folder upwards, in the `node_modules` of each, as Node does. Undefined when there is
   * none. What is not there on the way is noted too: it would be found first.
   */
  findPackage(from: string, name: string): Result<Package, ReadMistake> | undefined {
    for (let dir = from; ; dir = posix.dirname(dir)) {
      if (posix.basename(dir) !== 'node_modules') {
        const folder = `${dir === '/' ? '' : dir}/node_modules`;
        if (this.#fs.stat(folder)?.type !== 'folder') this.note(folder, 'listing');
        else if (this.#fs.stat(`${folder}/${name}/package.json`) === undefined) {
          this.note(`${folder}/${name}/package.json`, 'file');
        } else return this.openFolder(`${folder}/${name}`);
      }
      if (dir === posix.dirname(dir)) return undefined;
    }
  }

  /**
   * Files below a folder, with paths relative to it, sorted by nothing in particular. Folders are listed, and noted, only
   * where `enter` says so; links to folders are not entered. `node_modules`, and names that begin with a dot, are passed over.
   */
  walk(dir: string, start: string, enter: (folder: string) => boolean): string[] {
    const files: string[] = [];
    const pending = [start];
    for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
      const absolute = folder === '' ? dir : `${dir}/${folder}`;
      this.note(absolute, 'listing');
      for (const { name, type } of this.#fs.readFolder(absolute) ?? []) {
        if (name === 'node_modules' || name.startsWith('.')) continue;
        const path = folder === '' ? name : `${folder}/${name}`;
        if (type === 'folder') {
          if (enter(path)) pending.push(path);
        } else if (type === 'file' || (type === 'link' && this.#fs.stat(`${dir}/${path}`)?.type === 'file')) {
          files.push(path);
        }
      }
    }
    return files;
  }

  isFile(path: string): boolean {
    return this.#fs.stat(path)?.type === 'file';
  }

  isFolder(path: string): boolean {
    return this.#fs.stat(path)?.type === 'folder';
  }

  realPath(path: string): string | undefined {
    return this.#fs.realPath(path);
  }
}

/** A member of a JSON object; undefined for anything else. */
export function member(value: Json | undefined, key: string): Json | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, key) ? (value as { readonly [key: string]: Json })[key] : undefined;
}

export function textMember(value: Json | undefined, key: string): string | undefined {
  const found = member(value, key);
  return typeof found === 'string' ? found : undefined;
}

export function isPackageName(name: string): boolean {
  return name.length <= 214 && /^(@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*$/i.test(name) && name !== 'node_modules';
}
