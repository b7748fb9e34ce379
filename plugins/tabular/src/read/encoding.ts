/** The encoding of a text file: what it is in, and its text in pieces. Knows nothing of tables. */
import { isUtf8 } from 'node:buffer';
import { closeSync, openSync, readSync } from 'node:fs';

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

/** As messages call them. */
export const ENCODINGS: { readonly [Name in Encoding]: string } = {
  'utf-8': 'UTF-8',
  'utf-16le': 'UTF-16 (little endian)',
  'utf-16be': 'UTF-16 (big endian)',
  'windows-1252': 'Windows-1252',
};

export interface EncodingFound {
  readonly encoding: Encoding;
  /** Bytes of byte order marks at the start; some files have two. */
  readonly markBytes: number;
  /** By which it was found. */
  readonly evidence: 'mark' | 'zeros' | 'valid';
}

const PIECE_BYTES = 1 << 20;

/** By byte order mark, else by where zero bytes are; else UTF-8, which only reading all of it can confirm. */
export function sniffEncoding(bytes: Uint8Array): EncodingFound {
  for (const { encoding, mark } of MARKS) {
    let markBytes = 0;
    while (mark.every((byte, at) => bytes[markBytes + at] === byte)) markBytes += mark.length;
    if (markBytes > 0) return { encoding, markBytes, evidence: 'mark' };
  }
  const zeros = [0, 0];
  for (let at = 0; at < bytes.length; at++) if (bytes[at] === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  const half = bytes.length / 2;
  const [even = 0, odd = 0] = zeros;
  if (odd > half * 0.3 && even < half * 0.05) return { encoding: 'utf-16le', markBytes: 0, evidence: 'zeros' };
  if (even > half * 0.3 && odd < half * 0.05) return { encoding: 'utf-16be', markBytes: 0, evidence: 'zeros' };
  return { encoding: 'utf-8', markBytes: 0, evidence: 'valid' };
}

const MARKS: readonly { readonly encoding: Encoding; readonly mark: readonly number[] }[] = [
  { encoding: 'utf-8', mark: [0xef, 0xbb, 0xbf] },
  { encoding: 'utf-16le', mark: [0xff, 0xfe] },
  { encoding: 'utf-16be', mark: [0xfe, 0xff] },
];

/** Text of the beginning of a file, without byte order marks; undefined when it is not in the encoding. */
export function textOf(
  bytes: Uint8Array,
  { encoding, markBytes }: EncodingFound,
  isWhole: boolean,
): string | undefined {
  try {
    const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
    // In one go Node 20 reads Windows-1252 as Latin-1. One byte is one character, so nothing is held back for more.
    const stream = !isWhole || encoding === 'windows-1252';
    return decoder.decode(bytes.subarray(markBytes), { stream });
  } catch {
    return undefined;
  }
}

/** Text in pieces, without byte order marks. Errors: throws a `TypeError` at bytes that are not in the encoding. */
export function* decodeFile(path: string, { encoding, markBytes }: EncodingFound): Generator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  for (const bytes of readPieces(path, markBytes)) {
    const text = decoder.decode(bytes, { stream: true });
    if (text !== '') yield text;
  }
  const rest = decoder.decode();
  if (rest !== '') yield rest;
}

/** Bytes of a file in pieces; a piece is good until the next one is asked for. */
export function* readPieces(path: string, from: number): Generator<Uint8Array> {
  const file = openSync(path, 'r');
  try {
    const buffer = new Uint8Array(PIECE_BYTES);
    for (let position = from; ; ) {
      const length = readSync(file, buffer, 0, PIECE_BYTES, position);
      if (length === 0) return;
      position += length;
      yield buffer.subarray(0, length);
    }
  } finally {
    closeSync(file);
  }
}

/** Tells of bytes that come in pieces whether all of them are UTF-8. */
export class Utf8Check {
  isValid = true;
  /** The beginning of a character that the next piece ends. */
  #rest = new Uint8Array(0);

  add(piece: Uint8Array): void {
    if (!this.isValid) return;
    let bytes = piece;
    if (this.#rest.length > 0) {
      bytes = new Uint8Array(this.#rest.length + piece.length);
      bytes.set(this.#rest);
      bytes.set(piece, this.#rest.length);
    }
    const end = bytes.length - cutLength(bytes);
    this.isValid = isUtf8(bytes.subarray(0, end));
    this.#rest = bytes.slice(end);
  }

  end(): void {
    if (this.#rest.length > 0) this.isValid = false;
  }
}

/** Number of bytes at the end that are the beginning of a character. */
function cutLength(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number;
    if ((byte & 0xc0) === 0x80) continue;
    const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return size > back ? back : 0;
  }
  return 0;
}

export function readStart(path: string, bytesMax: number): Uint8Array {
  const file = openSync(path, 'r');
  try {
    const buffer = new Uint8Array(bytesMax);
    let length = 0;
    for (;;) {
      const read = readSync(file, buffer, length, bytesMax - length, length);
      length += read;
      if (read === 0 || length === bytesMax) return buffer.subarray(0, length);
    }
  } finally {
    closeSync(file);
  }
}
