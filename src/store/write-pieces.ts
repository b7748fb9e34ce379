/** Long texts, piece by piece: what describes 100,000 stages need not be in memory three times to be written. */
import type { FileSystem } from '../ports/file-system.ts';

const PIECE_LENGTH = 1 << 20;

/** Joins short texts into pieces worth a system call. */
export function* joinPieces(texts: Iterable<string>): Iterable<string> {
  let piece = '';
  for (const text of texts) {
    piece += text;
    if (piece.length < PIECE_LENGTH) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

/** Old or new, never half: written to `beside`, then renamed. Errors: those of the disk. */
export function writePieces(fs: FileSystem, path: string, beside: string, pieces: Iterable<string>): void {
  let isFirst = true;
  for (const piece of pieces) {
    if (isFirst) fs.writeFile(beside, piece);
    else fs.appendFile(beside, piece);
    isFirst = false;
  }
  fs.rename(beside, path);
}

/** The text of a list in JSON, a piece for each entry. */
export function* listPieces(entries: Iterable<unknown>): Iterable<string> {
  yield '[';
  let isFirst = true;
  for (const entry of entries) {
    yield `${isFirst ? '' : ','}${JSON.stringify(entry)}`;
    isFirst = false;
  }
  yield ']';
}
