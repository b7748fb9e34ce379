/** Files and folders of a trial: what is in them, and copies of them. */
import { readTreeOnDisk, treeManifest, walkFolder } from '../../digest/tree.ts';
import { makeDigest } from '../../model/digest.ts';
import type { FileSystem } from '../../ports/file-system.ts';

/** Equal for equal contents; undefined when there is neither a file nor a folder. */
export async function contentsOf(fs: FileSystem, path: string): Promise<string | undefined> {
  const type = fs.lstat(path)?.type;
  if (type === 'file') return `file ${(await fs.hashFile(path)).sha256}`;
  if (type !== 'folder') return undefined;
  const entries = await readTreeOnDisk(fs, path, async (file) => {
    const { sha256, size } = await fs.hashFile(file);
    return makeDigest('file', sha256, size);
  });
  return `folder ${treeManifest(entries)}`;
}

/**
 * A file, or a folder with what is in it except for what `isLeftOut` (path from the folder) names. Links in the folder
 * stay links; one that is the file or folder itself is followed, since it would lead elsewhere from `to`.
 */
export async function copyTree(
  fs: FileSystem,
  from: string,
  to: string,
  isLeftOut: (path: string) => boolean = () => false,
): Promise<void> {
  if (fs.stat(from)?.type !== 'folder') return copyFile(fs, fs.realPath(from) ?? from, to);
  fs.makeFolder(to);
  for (const { path, type } of walkFolder(fs, fs.realPath(from) ?? from) ?? []) {
    if (path.split('/').some((_, at, names) => isLeftOut(names.slice(0, at + 1).join('/')))) continue;
    if (type === 'folder') fs.makeFolder(`${to}/${path}`);
    else if (type === 'link') fs.makeLink(fs.readLink(`${from}/${path}`), `${to}/${path}`);
    else await copyFile(fs, `${from}/${path}`, `${to}/${path}`);
  }
}

async function copyFile(fs: FileSystem, from: string, to: string): Promise<void> {
  await fs.copyFile(from, to);
  fs.chmod(to, fs.stat(from)?.mode ?? 0o644);
}
