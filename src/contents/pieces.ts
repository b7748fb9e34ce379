/** A file in pieces, so that its size does not matter. Knows lines and UTF-8, and no format. */
import { isUtf8 } from 'node:buffer';
import type { FileSystem } from '../ports/file-system.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';

/** Whole lines, each with its line end; only the last one of the file may be without. */
export interface Piece {
  readonly bytes: Buffer;
  /** The number of its first line, from 1. */
  readonly line: number;
}

/** Of what is in memory already; then others have their turn. */
export const ROWS_AT_ONCE = 10_000;

const PIECE_BYTES = 1024 * 1024;
const LINE_BYTES_MAX = 16 * 1024 * 1024;
const NEWLINE = 0x0a;
const BOM = [0xef, 0xbb, 0xbf] as const;

/**
 * Calls `take` with all of the file in turn and lets others go on in between; a byte order mark is left out. `take` returns
 * false to end it. Errors: what is wrong with the file, as a sentence whose subject is the file, without a full stop. Rejects
 * when `signal` fires.
 */
export async function readPieces(
  fs: FileSystem,
  path: string,
  take: (piece: Piece) => boolean,
  signal?: AbortSignal,
): Promise<Result<void, string>> {
  const held: Uint8Array[] = [];
  let heldBytes = 0;
  let line = 1;
  for (let offset = 0; ; ) {
    const part = fs.readPart(path, offset, PIECE_BYTES);
    const isLast = part === undefined || part.length === 0;
    const end = isLast ? 0 : part.lastIndexOf(NEWLINE) + 1;
    if (!isLast) offset += part.length;
    if (isLast || end > 0) {
      if (!isLast) held.push(part.subarray(0, end));
      const bytes = withoutBom(Buffer.concat(held), line);
      held.length = 0;
      heldBytes = 0;
      if (!isUtf8(bytes)) return err(`it is no text in UTF-8 (line ${line + firstForeign(bytes)})`);
      if (bytes.length > 0 && !take({ bytes, line })) return ok(undefined);
      if (isLast) return ok(undefined);
      line += countOf(bytes, NEWLINE);
    }
    const rest = (part as Uint8Array).subarray(end);
    held.push(rest);
    heldBytes += rest.length;
    if (heldBytes > LINE_BYTES_MAX) return err(`its line ${line} is longer than 16 MiB`);
    await giveWay(signal);
  }
}

/** Lets others go on. Rejects when `signal` has fired. */
export async function giveWay(signal?: AbortSignal): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  signal?.throwIfAborted();
}

function withoutBom(bytes: Buffer, line: number): Buffer {
  return line === 1 && BOM.every((byte, at) => bytes[at] === byte) ? bytes.subarray(BOM.length) : bytes;
}

/** How many lines before the first one that is no UTF-8. */
function firstForeign(bytes: Buffer): number {
  let lines = 0;
  for (let at = 0; at < bytes.length; lines++) {
    const end = bytes.indexOf(NEWLINE, at);
    if (end < 0 || !isUtf8(bytes.subarray(at, end))) break;
    at = end + 1;
  }
  return lines;
}

function countOf(bytes: Buffer, byte: number): number {
  let count = 0;
  for (let at = bytes.indexOf(byte); at >= 0; at = bytes.indexOf(byte, at + 1)) count++;
  return count;
}
