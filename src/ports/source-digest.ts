import { compareText } from '../util/compare.ts';
import { sha256 } from '../util/hash.ts';
import type { FileSystem } from './file-system.ts';

/** A file (or the names in a folder, or where a path leads by links) that the front end read, and what it found there. */
export interface SourceDigest {
  /** Absolute. */
  readonly path: string;
  readonly kind: 'file' | 'listing' | 'place';
  /** Empty when there was nothing. */
  readonly sha256: string;
}

export function digestSource(fs: FileSystem, path: string, kind: SourceDigest['kind']): SourceDigest {
  if (kind === 'listing') {
    const names = fs.readFolder(path)?.map((entry) => `${entry.type} ${entry.name}`);
    return { path, kind, sha256: names ? sha256(JSON.stringify(names.sort(compareText))) : '' };
  }
  if (kind === 'place') return { path, kind, sha256: sha256(fs.realPath(path) ?? '') };
  const bytes = fs.readFile(path);
  return { path, kind, sha256: bytes ? sha256(bytes) : '' };
}
