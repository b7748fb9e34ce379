import { createHash, hash } from 'node:crypto';

/** sha256 of a text (as UTF-8) or of bytes, as 64 lowercase hex digits. */
export function sha256(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

/** The same of texts as if they were one. */
export function sha256OfPieces(pieces: Iterable<string>): string {
  const made = createHash('sha256');
  for (const piece of pieces) made.update(piece);
  return made.digest('hex');
}
