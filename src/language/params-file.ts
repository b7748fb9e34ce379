/** `--params-file`: a mapping of params in YAML (or JSON, which is YAML). Knows nothing of what is declared. */
import { invalidValue } from '../diagnostics/catalog.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { Json } from '../util/canonical-json.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import { locateNode } from './locate.ts';
import { parseYaml } from './parse-yaml.ts';
import { readSource } from './source.ts';
import { dataOf } from './yaml-document.ts';

export interface ParamsFileMistakes {
  readonly diagnostics: readonly Diagnostic[];
  /** For squiggles: name of the file -> its text. */
  readonly texts: ReadonlyMap<string, string>;
}

/** In the order of the file. `path` is absolute, `workspace` is what messages leave out of it. */
export function readParamsFile(
  fs: FileSystem,
  path: string,
  workspace: string,
): Result<{ readonly name: string; readonly value: Json }[], ParamsFileMistakes> {
  const read = readSource({ fs, workspace, path, askedAt: undefined });
  if (!read.source.ok) return err({ diagnostics: [read.source.error], texts: new Map() });
  const source = read.source.value;
  const texts = new Map([[source.name, source.text]]);
  const { document, diagnostics } = parseYaml(source);
  if (!document || diagnostics.length > 0) return err({ diagnostics, texts });
  const { root } = document;
  if (root === undefined) return ok([]);
  if (root.kind !== 'map') {
    const message = 'A file of params is a mapping of names to values.';
    return err({ diagnostics: [invalidValue({ message, location: locateNode(document, root) })], texts });
  }
  return ok(root.entries.map(({ key, value }) => ({ name: key, value: dataOf(value) })));
}
