/** State files: one line with a format number and the hash of the rest, then JSON. Damage of any kind reads as absence. */
import type { FileSystem } from '../ports/file-system.ts';
import { sha256, sha256OfPieces } from '../util/hash.ts';
import { joinPieces, writePieces } from './write-pieces.ts';

export function seal(format: number, value: unknown): string {
  const body = JSON.stringify(value);
  return `wrangle ${format} ${sha256(body)}\n${body}\n`;
}

/** The format a text says it has, whether it is sound or not; undefined when it says none. */
export function sealedFormat(text: string): number | undefined {
  const number = /^wrangle (\d{1,9}) [0-9a-f]{64}\n/.exec(text.slice(0, 100))?.[1];
  return number === undefined ? undefined : Number(number);
}

/** Undefined when the text is damaged, cut or of another format. The value's shape is the writer's promise. */
export function unseal(format: number, text: string): unknown {
  const end = text.indexOf('\n');
  if (end < 0 || !text.endsWith('\n')) return undefined;
  const body = text.slice(end + 1, -1);
  if (text.slice(0, end) !== `wrangle ${format} ${sha256(body)}`) return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** What cannot be read, whatever the reason, is not there. */
export function readSealed(fs: FileSystem, path: string, format: number): unknown {
  try {
    const text = fs.readText(path);
    return text === undefined ? undefined : unseal(format, text);
  } catch {
    return undefined;
  }
}

/** As `writeSealed` for JSON that comes in pieces. */
export function writeSealedPieces(fs: FileSystem, path: string, format: number, body: Iterable<string>): void {
  const pieces = [...joinPieces(body)];
  const sealed = [`wrangle ${format} ${sha256OfPieces(pieces)}\n`, ...pieces, '\n'];
  writePieces(fs, path, `${path}.new`, joinPieces(sealed));
}

/** Old or new, never half: written beside, then renamed. The folder must exist. */
export function writeSealed(fs: FileSystem, path: string, format: number, value: unknown): void {
  const beside = `${path}.new`;
  fs.writeFile(beside, seal(format, value));
  fs.rename(beside, path);
}
