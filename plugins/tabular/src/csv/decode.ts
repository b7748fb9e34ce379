/** The encoding of a text file: what it is in, and its text in pieces. Knows nothing of tables. */
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

export interface EncodingFound {
  readonly encoding: Encoding;
  /** Bytes of byte order marks at the start; some files have two. */
  readonly markBytes: number;
}

const SAMPLE_BYTES = 64 * 1024;

/** By byte order mark, else by where zero bytes are; else UTF-8, which only reading all of it can confirm. */
export function sniffEncoding(path: string): EncodingFound {
  const bytes = readStart(path, SAMPLE_BYTES);
  for (const { encoding, mark } of MARKS) {
    let markBytes = 0;
    while (mark.every((byte, at) => bytes[markBytes + at] === byte)) markBytes += mark.length;
    if (markBytes > 0) return { encoding, markBytes };
  }
  const zeros = [0, 0];
  for (let at = 0; at < bytes.length; at++) if (bytes[at] === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  const half = bytes.length / 2;
  const [even = 0, odd = 0] = zeros;
  if (odd > half * 0.3 && even < half * 0.05) return { encoding: 'utf-16le', markBytes: 0 };
  if (even > half * 0.3 && odd < half * 0.05) return { encoding: 'utf-16be', markBytes: 0 };
  return { encoding: 'utf-8', markBytes: 0 };
}

const MARKS: readonly { readonly encoding: Encoding; readonly mark: readonly number[] }[] = [
  { encoding: 'utf-8', mark: [0xef, 0xbb, 0xbf] },
  { encoding: 'utf-16le', mark: [0xff, 0xfe] },
  { encoding: 'utf-16be', mark: [0xfe, 0xff] },
];

/** Text in pieces, without byte order marks. Errors: throws a `TypeError` at bytes that are not in the encoding. */
export async function* decodeFile(path: string, { encoding, markBytes }: EncodingFound): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  for await (const bytes of createReadStream(path, { start: markBytes, highWaterMark: 1 << 20 })) {
    const text = decoder.decode(bytes as Uint8Array, { stream: true });
    if (text !== '') yield text;
  }
  const rest = decoder.decode();
  if (rest !== '') yield rest;
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
