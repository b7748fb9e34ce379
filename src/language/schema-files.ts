/** JSON files that a pipeline refers to as schemas, each read once. */
import type { FileSystem } from '../ports/file-system.ts';
import type { SourceDigest } from '../ports/source-digest.ts';
import type { Json } from '../util/canonical-json.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import type { SchemaFileMistake } from './resolve-expect.ts';
import { readSource } from './source.ts';

export class SchemaFiles {
  readonly sources: SourceDigest[] = [];
  readonly #fs: FileSystem;
  readonly #workspace: string;
  readonly #known = new Map<string, Result<Json, SchemaFileMistake>>();

  constructor(fs: FileSystem, workspace: string) {
    this.#fs = fs;
    this.#workspace = workspace;
  }

  /** `path` is from the workspace, or absolute. */
  readonly read = (path: string): Result<Json, SchemaFileMistake> => {
    let result = this.#known.get(path);
    if (!result) {
      result = this.#read(path);
      this.#known.set(path, result);
    }
    return result;
  };

  #read(path: string): Result<Json, SchemaFileMistake> {
    const absolute = path.startsWith('/') ? path : `${this.#workspace}/${path}`;
    const request = { fs: this.#fs, workspace: this.#workspace, path: absolute, askedAt: undefined };
    const { source, digest } = readSource(request);
    this.sources.push(digest);
    if (!source.ok) {
      const { code, message } = source.error;
      return err(
        code === 'file-not-found' ? { kind: 'missing' } : { kind: 'invalid', reason: message.replace(/\.$/, '') },
      );
    }
    try {
      return ok(JSON.parse(source.value.text) as Json);
    } catch {
      return err({ kind: 'invalid', reason: 'it is not valid JSON' });
    }
  }
}
