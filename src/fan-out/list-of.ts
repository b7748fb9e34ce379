/** From what `foreach.in` names to the items, with the digests of the bytes they were read from. */
import type { DigestOf } from '../digest/resolve-inputs.ts';
import { expandGlob } from '../digest/resolve-inputs.ts';
import type { Digest } from '../model/digest.ts';
import { sha256Of } from '../model/digest.ts';
import type { InputItem, OutputName } from '../model/pipeline.ts';
import type { FileSystem } from '../ports/file-system.ts';
import { quoteName } from '../util/harmless-text.ts';
import { sha256 } from '../util/hash.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import type { Expansion, ListProblem } from './expansion.ts';
import type { ListedItem } from './read-items.ts';
import { readItems } from './read-items.ts';

export interface ListSource {
  readonly fs: FileSystem;
  /** Absolute. */
  readonly workspace: string;
  readonly digestOf: DigestOf;
  /** Paths of what instances make. */
  readonly gather: (of: OutputName) => readonly string[];
}

export interface ReadList {
  readonly items: readonly (ListedItem & { readonly path: string })[];
  readonly lists: Expansion['lists'];
}

/** Errors: those of reading (see `isUnreadable`) are thrown, what is wrong with a list is said. */
export async function readList(from: readonly InputItem[], source: ListSource): Promise<Result<ReadList, ListProblem>> {
  const items: (ListedItem & { path: string })[] = [];
  const lists: { path: string; digest: Digest }[] = [];
  for (const item of from) {
    if (item.kind === 'glob') {
      for (const path of expandGlob(item.path, source.fs, source.workspace)) {
        items.push({ value: path, line: undefined, path });
      }
      continue;
    }
    for (const path of item.of ? source.gather(item.of) : [item.path]) {
      const read = await readOne(path, source);
      if (!read.ok) return read;
      lists.push({ path, digest: read.value.digest });
      for (const one of read.value.items) items.push({ ...one, path });
    }
  }
  return ok({ items, lists });
}

async function readOne(
  path: string,
  { fs, workspace, digestOf }: ListSource,
): Promise<Result<{ readonly digest: Digest; readonly items: readonly ListedItem[] }, ListProblem>> {
  const problem = (code: ListProblem['code'], message: string) => err({ code, message });
  const found = digestOf(path);
  const digest = found instanceof Promise ? await found : found;
  if (digest === undefined) return problem('list-missing', `The list ${quoteName(path)} is not there.`);
  if (digest.startsWith('d')) return problem('list-invalid', `The list ${quoteName(path)} is a folder.`);
  const bytes = fs.readFile(path.startsWith('/') ? path : `${workspace}/${path}`);
  if (bytes === undefined) return problem('list-missing', `The list ${quoteName(path)} is not there.`);
  // What is known of the file is known of these bytes only.
  if (sha256(bytes) !== sha256Of(digest)) {
    return problem('list-changed', `The list ${quoteName(path)} changed while it was read.`);
  }
  const items = await readItems(path, bytes);
  return items.ok
    ? ok({ digest, items: items.value })
    : problem('list-invalid', `The list ${quoteName(path)} ${items.error}.`);
}
