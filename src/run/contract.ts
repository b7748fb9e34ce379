/** Contracts on outputs (`expect`): checked before anything is published. */
import { walkFolder } from '../digest/tree.ts';
import type { Expect } from '../model/pipeline.ts';
import type { FileSystem } from '../ports/file-system.ts';

/** Problems in words, without a full stop; empty when the contract holds. `path` is absolute, and something is there. Rejects when `signal` fires. */
export async function checkContract(
  fs: FileSystem,
  path: string,
  expect: Expect,
  signal?: AbortSignal,
): Promise<string[]> {
  const { min_bytes: least, max_bytes: most, ...others } = expect;
  const problems: string[] = [];
  if (least !== undefined || most !== undefined) {
    const size = sizeOf(fs, path);
    if (least !== undefined && size < least) problems.push(`it has ${size} bytes, expected at least ${least}`);
    if (most !== undefined && size > most) problems.push(`it has ${size} bytes, expected at most ${most}`);
  }
  if (Object.keys(others).length === 0) return problems;
  const { lookInto } = await import('./contract-contents.ts');
  return [...problems, ...(await lookInto(fs, path, others, signal))];
}

/** Of a folder, of all files in it; what links lead to does not count. */
function sizeOf(fs: FileSystem, path: string): number {
  const stat = fs.stat(path);
  if (stat?.type !== 'folder') return stat?.size ?? 0;
  const files = (walkFolder(fs, path) ?? []).filter(({ type }) => type === 'file');
  return files.reduce((sum, file) => sum + (fs.stat(`${path}/${file.path}`)?.size ?? 0), 0);
}
