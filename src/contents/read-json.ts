/** A whole JSON document. */
import { isUtf8 } from 'node:buffer';
import type { FileSystem } from '../ports/file-system.ts';
import type { Json } from '../util/canonical-json.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';

/** What it becomes in memory is some ten times as large. */
const BYTES_MAX = 100 * 1024 * 1024;

/** Errors: what is wrong with it, as a sentence whose subject is the file, without a full stop. */
export function readJsonDocument(fs: FileSystem, path: string, bytesMax = BYTES_MAX): Result<Json, string> {
  const size = fs.stat(path)?.size ?? 0;
  if (size > bytesMax) {
    const most = `${Math.floor(bytesMax / 1024 / 1024)} MiB`;
    return err(`it is larger than the ${most} of JSON that are read at once; JSON Lines are read in pieces`);
  }
  const bytes = Buffer.from(fs.readFile(path) ?? []);
  if (!isUtf8(bytes)) return err('it is no text in UTF-8');
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  if (text.trim() === '') return err('it is not JSON (it is empty)');
  return parseJson(text);
}

/** Errors: as of `readJsonDocument`. */
export function parseJson(text: string): Result<Json, string> {
  try {
    return ok(JSON.parse(text) as Json);
  } catch (error) {
    return err(`it is not JSON (${(error as Error).message})`);
  }
}
