/** Digests name bytes: of one file, or of a folder with everything in it. */

/**
 * `KIND:SHA256:SIZE`, where KIND is `f` (file), `x` (executable file) or `d` (folder), SHA256 is 64 hex digits and
 * SIZE is in bytes. For a folder the hash is that of its manifest (see `TreeEntry`), the size the sum of its files.
 * One flat string, because equality is all that the engine asks of it tens of thousands of times in a no-op.
 */
export type Digest = `${'f' | 'x' | 'd'}:${string}:${number}`;

/** A digest in its parts, as reports and the plugin protocol show it. */
export interface DigestParts {
  readonly kind: 'file' | 'executable' | 'folder';
  readonly sha256: string;
  readonly sizeBytes: number;
}

const KIND_OF = { f: 'file', x: 'executable', d: 'folder' } as const;
const LETTER_OF = { file: 'f', executable: 'x', folder: 'd' } as const;
const FORM = /^([fxd]):([0-9a-f]{64}):(\d{1,16})$/;

export function makeDigest(kind: DigestParts['kind'], sha256: string, sizeBytes: number): Digest {
  return `${LETTER_OF[kind]}:${sha256}:${sizeBytes}`;
}

/** Errors: undefined when the text is no digest; state files are read back through here. */
export function parseDigest(text: unknown): DigestParts | undefined {
  const match = typeof text === 'string' ? FORM.exec(text) : null;
  if (!match) return undefined;
  const [, letter, sha256, size] = match as unknown as [string, 'f' | 'x' | 'd', string, string];
  return { kind: KIND_OF[letter], sha256, sizeBytes: Number(size) };
}

/** The hash a digest holds; the name of its blob in the store. */
export function sha256Of(digest: Digest): string {
  return digest.slice(2, 66);
}

export function sizeOf(digest: Digest): number {
  return Number(digest.slice(67));
}

/**
 * One line of a folder's manifest. `path` is relative to the folder, POSIX, without a trailing slash; the manifest is
 * the canonical JSON of all entries sorted by path (code units). Empty folders have an entry, links keep their text.
 */
export type TreeEntry =
  | { readonly path: string; readonly type: 'folder' }
  | { readonly path: string; readonly type: 'file'; readonly digest: Digest }
  | { readonly path: string; readonly type: 'link'; readonly target: string };
