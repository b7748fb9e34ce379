/** A file the user wrote, read once; every position refers to this text. Knows nothing of YAML. */
import * as catalog from '../diagnostics/catalog.ts';
import { nearest } from '../diagnostics/suggest.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Location } from '../model/location.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { SourceDigest } from '../ports/source-digest.ts';
import { sha256 } from '../util/hash.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';

const FILE_BYTES_MAX = 16 * 1024 * 1024;

export class SourceFile {
  /** As messages name it: from the workspace where it lies inside. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly text: string;
  #lines: number[] | undefined;

  constructor(name: string, path: string, text: string) {
    this.name = name;
    this.path = path;
    this.text = text;
  }

  /** `start` and `end` are offsets into `text`, the end exclusive. */
  locate(start: number, end: number): Location {
    const from = this.#position(start);
    const to = this.#position(Math.max(start, end));
    return { file: this.name, line: from.line, column: from.column, end_line: to.line, end_column: to.column };
  }

  #position(offset: number): { line: number; column: number } {
    this.#lines ??= lineStarts(this.text);
    let low = 0;
    let high = this.#lines.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#lines[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#lines[low] as number) + 1 };
  }
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** The path from the workspace where it lies inside, else as it is. Both absolute. */
export function nameOf(path: string, workspace: string): string {
  const prefix = workspace.endsWith('/') ? workspace : `${workspace}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : path;
}

/** What was read, for the cache of the front end: also when the file was not there. */
export interface ReadSource {
  readonly source: Result<SourceFile, Diagnostic>;
  readonly digest: SourceDigest;
}

export interface ReadRequest {
  readonly fs: FileSystem;
  readonly workspace: string;
  /** Absolute. */
  readonly path: string;
  /** Where the file was asked for; undefined for the command line. */
  readonly askedAt: Location | undefined;
  /** From the nearest file beside one that is not there, as messages name it, to what is to be written in its place. */
  readonly suggest?: (nearest: string | undefined) => string | undefined;
}

/** Errors: `file-not-found`, `not-a-file`, `file-too-large`, `file-unreadable`, `file-not-utf8`. */
export function readSource({ fs, workspace, path, askedAt, suggest = same }: ReadRequest): ReadSource {
  const name = nameOf(path, workspace);
  let digest: SourceDigest = { path, kind: 'file', sha256: '' };
  const failed = (mistake: Diagnostic): ReadSource => ({ source: err(mistake), digest });
  try {
    // Looked at before it is opened: opening a pipe would wait for its writer.
    const stat = fs.stat(path);
    if (!stat) {
      const suggestion = suggest(nearestFile(fs, workspace, path));
      return failed(catalog.fileNotFound({ path: name, location: askedAt, suggestion }));
    }
    if (stat.type !== 'file') {
      const found = stat.type === 'folder' ? 'folder' : 'other';
      return failed(catalog.notAFile({ path: name, location: askedAt, found }));
    }
    const tooLarge = (sizeBytes: number) =>
      failed(catalog.fileTooLarge({ path: name, location: askedAt, sizeBytes, limitBytes: FILE_BYTES_MAX }));
    if (stat.size > FILE_BYTES_MAX) return tooLarge(stat.size);
    const bytes = fs.readFile(path);
    if (!bytes) return failed(catalog.fileNotFound({ path: name, location: askedAt }));
    if (bytes.length > FILE_BYTES_MAX) return tooLarge(bytes.length);
    digest = { path, kind: 'file', sha256: sha256(bytes) };
    return { source: decode(name, path, bytes), digest };
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    return failed(catalog.fileUnreadable({ path: name, location: askedAt, reason }));
  }
}

function same(nearest: string | undefined): string | undefined {
  return nearest;
}

/** The file that was meant, if one beside it has nearly its name. */
function nearestFile(fs: FileSystem, workspace: string, path: string): string | undefined {
  const folder = path.slice(0, path.lastIndexOf('/'));
  try {
    const beside = (fs.readFolder(folder || '/') ?? []).filter(({ type }) => type !== 'folder');
    return nearest(
      nameOf(path, workspace),
      beside.map(({ name }) => nameOf(`${folder}/${name}`, workspace)),
    );
  } catch {
    // Whoever may not list a folder gets no advice.
    return undefined;
  }
}

function decode(name: string, path: string, bytes: Uint8Array): Result<SourceFile, Diagnostic> {
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  try {
    if (utf16) throw new TypeError('UTF-16');
    return ok(new SourceFile(name, path, new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  } catch {
    const offset = utf16 ? 0 : firstBadByte(bytes);
    const before = new SourceFile(name, path, new TextDecoder().decode(bytes.subarray(0, offset)));
    const location = before.locate(before.text.length, before.text.length + 1);
    return err(catalog.fileNotUtf8({ path: name, location, offset, utf16 }));
  }
}

/** Halving: a prefix that decodes, possibly with a cut character at its end, has no bad byte in it. */
function firstBadByte(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, middle), { stream: true });
      good = middle;
    } catch {
      bad = middle;
    }
  }
  return good;
}
