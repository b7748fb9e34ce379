/** Whether two attempts made the same, and where what they made first differs. */
import { firstDifference } from '../contents/first-difference.ts';
import { readTreeOnDisk } from '../digest/tree.ts';
import type { Digest, TreeEntry } from '../model/digest.ts';
import { makeDigest } from '../model/digest.ts';
import type { DifferenceOf, OutputDifference } from '../model/output-difference.ts';
import type { FileSystem } from '../ports/file-system.ts';
import { compareText } from '../util/compare.ts';

/** An output, and where what two attempts made of it lies; absolute. */
export interface OutputPair {
  /** From the workspace. */
  readonly path: string;
  readonly first: string;
  readonly second: string;
}

/** The first difference of each output that differs. Errors: those of reading. */
export async function compareOutputs(fs: FileSystem, pairs: readonly OutputPair[]): Promise<OutputDifference[]> {
  const found: OutputDifference[] = [];
  for (const pair of pairs) {
    const difference = await comparePair(fs, pair);
    if (difference) found.push(difference);
  }
  return found;
}

async function comparePair(fs: FileSystem, { path, first, second }: OutputPair): Promise<OutputDifference | undefined> {
  const [one, other] = [fs.lstat(first)?.type, fs.lstat(second)?.type];
  if (one !== 'folder' || other !== 'folder') return compareEntries(fs, { path, inside: null, first, second });
  const [was, is] = [await treeOf(fs, first), await treeOf(fs, second)];
  const [byPath, others] = [was, is].map((entries) => new Map(entries.map((entry) => [entry.path, entry]))) as [
    Map<string, TreeEntry>,
    Map<string, TreeEntry>,
  ];
  const names = [...new Set([...byPath.keys(), ...others.keys()])].sort(compareText);
  const inside = names.find((name) => JSON.stringify(byPath.get(name)) !== JSON.stringify(others.get(name)));
  if (inside === undefined) return undefined;
  return compareEntries(fs, { path, inside, first: `${first}/${inside}`, second: `${second}/${inside}` });
}

function treeOf(fs: FileSystem, folder: string): Promise<TreeEntry[]> {
  return readTreeOnDisk(fs, folder, async (file): Promise<Digest> => {
    const { sha256, size } = await fs.hashFile(file);
    return makeDigest(isExecutable(fs, file) ? 'executable' : 'file', sha256, size);
  });
}

const WORDS = { file: 'a file', folder: 'a folder', link: 'a link', other: 'something else' } as const;

async function compareEntries(
  fs: FileSystem,
  { path, inside, first, second }: OutputPair & Pick<OutputDifference, 'inside'>,
): Promise<OutputDifference | undefined> {
  const told = (of: DifferenceOf, one: string | null, other: string | null) =>
    ({ path, inside, of, byte: null, place: null, first: one, second: other }) as const;
  const [one, other] = [fs.lstat(first)?.type, fs.lstat(second)?.type];
  if (one === undefined || other === undefined)
    return told('missing', one ? WORDS[one] : null, other ? WORDS[other] : null);
  if (one !== other) return told('kind', WORDS[one], WORDS[other]);
  if (one === 'link') {
    const [target, another] = [fs.readLink(first), fs.readLink(second)];
    return target === another ? undefined : told('target', target, another);
  }
  if (one !== 'file') return undefined;
  const found = await firstDifference(fs, first, second);
  if (found) return { path, inside, of: 'contents', ...found };
  const [runs, others] = [isExecutable(fs, first), isExecutable(fs, second)];
  if (runs === others) return undefined;
  return told('executable', runs ? 'executable' : 'a plain file', others ? 'executable' : 'a plain file');
}

function isExecutable(fs: FileSystem, path: string): boolean {
  return ((fs.lstat(path)?.mode ?? 0) & 0o100) !== 0;
}
