/** What expressions see of an output's contents: one shape wherever an output is spoken of. Only what is asked for is read. */
import { isUtf8 } from 'node:buffer';
import { countRows } from '../contents/count-rows.ts';
import { readJsonDocument } from '../contents/read-json.ts';
import { digestOfTree, readTreeOnDisk } from '../digest/tree.ts';
import { makeDigest, sha256Of, sizeOf } from '../model/digest.ts';
import { formatOf } from '../model/file-format.ts';
import type { OutputMember } from '../model/output-member.ts';
import { OUTPUT_MEMBERS } from '../model/output-member.ts';
import type { FileSystem } from '../ports/file-system.ts';
import { isDeeperThan } from '../schema/depth.ts';
import type { Json } from '../util/canonical-json.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';

/**
 * `size_bytes` and `sha256` of all there is; `text` of files in UTF-8 up to 1 MiB; `json` of JSON documents up to 16 MiB;
 * `rows`, their number, of JSON lists, JSON Lines, CSV, TSV and Parquet.
 */
export interface OutputView {
  /** What was asked for and is there. */
  readonly value: { readonly [member: string]: Json };
  /** Why the rest of it is not there: sentences whose subject is the output, without a full stop. */
  readonly missing: ReadonlyMap<OutputMember, string>;
}

/** As an expression has them; see `CelReference`. */
interface Reference {
  readonly path: readonly string[];
  readonly optional: boolean;
}

const TEXT_BYTES_MAX = 1024 * 1024;
const JSON_BYTES_MAX = 16 * 1024 * 1024;
const JSON_DEPTH_MAX = 500;

/** What an expression needs of the output that it knows as `root`, such as `['output']`. */
export function membersAsked(references: readonly Reference[], root: readonly string[]): ReadonlySet<OutputMember> {
  const asked = new Set<OutputMember>();
  for (const { path } of references) {
    if (!root.every((name, at) => path[at] === name || path.length <= at)) continue;
    const name = path[root.length];
    for (const member of OUTPUT_MEMBERS) if (name === undefined || name === member) asked.add(member);
  }
  return asked;
}

/** Why an expression cannot have what it needs of the output; undefined when it can. What it asks for by `has` it does not need. */
export function missingMember(
  references: readonly Reference[],
  root: readonly string[],
  { missing }: OutputView,
): string | undefined {
  const optional = new Set(references.filter((one) => one.optional).map(({ path }) => path[root.length]));
  for (const { path } of references) {
    if (!root.every((name, at) => path[at] === name) || optional.has(path[root.length])) continue;
    const reason = missing.get(path[root.length] as OutputMember);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** `path` is absolute; a file or a folder is there. Errors: those of reading are thrown. */
export async function viewOutput(
  fs: FileSystem,
  path: string,
  asked: ReadonlySet<OutputMember> = new Set(OUTPUT_MEMBERS),
  signal?: AbortSignal,
): Promise<OutputView> {
  const isFolder = fs.stat(path)?.type === 'folder';
  const value: { [member: string]: Json } = {};
  const missing = new Map<OutputMember, string>();
  const add = (member: OutputMember, read: Result<Json, string>) => {
    if (read.ok) value[member] = read.value;
    else missing.set(member, read.error);
  };
  if (asked.has('sha256') || (isFolder && asked.has('size_bytes'))) {
    const digest = isFolder ? await folderDigest(fs, path) : await fileDigest(fs, path);
    if (asked.has('sha256')) value['sha256'] = sha256Of(digest);
    if (asked.has('size_bytes')) value['size_bytes'] = sizeOf(digest);
  } else if (asked.has('size_bytes')) value['size_bytes'] = fs.stat(path)?.size ?? 0;
  const ofFolder = (member: OutputMember) => err(`it has no "${member}", since it is a folder`);
  if (asked.has('text')) add('text', isFolder ? ofFolder('text') : readText(fs, path));
  if (asked.has('json')) add('json', isFolder ? ofFolder('json') : readJson(fs, path));
  if (asked.has('rows')) add('rows', isFolder ? ofFolder('rows') : await countRows(fs, path, signal));
  return { value, missing };
}

async function fileDigest(fs: FileSystem, path: string) {
  const { sha256, size } = await fs.hashFile(path);
  return makeDigest('file', sha256, size);
}

async function folderDigest(fs: FileSystem, path: string) {
  return digestOfTree(await readTreeOnDisk(fs, path, (file) => fileDigest(fs, file)));
}

function readText(fs: FileSystem, path: string): Result<string, string> {
  const text = readWhole(fs, path, TEXT_BYTES_MAX);
  return text.ok ? text : err(`it has no "text", since it ${text.error}`);
}

/** Errors: why it is no text that can be read at once, as a sentence without its subject and full stop. */
export function readWhole(fs: FileSystem, path: string, bytesMax: number): Result<string, string> {
  if ((fs.stat(path)?.size ?? 0) > bytesMax) return err(`is larger than ${Math.floor(bytesMax / 1024 / 1024)} MiB`);
  const bytes = Buffer.from(fs.readFile(path) ?? []);
  return isUtf8(bytes) ? ok(bytes.toString('utf8')) : err('is no text in UTF-8');
}

function readJson(fs: FileSystem, path: string): Result<Json, string> {
  if (formatOf(path) !== 'json') return err('it has no "json", since its name does not end in ".json"');
  const read = readJsonDocument(fs, path, JSON_BYTES_MAX);
  if (!read.ok || !isDeeperThan(read.value, JSON_DEPTH_MAX)) return read;
  return err(`it has no "json", since it is nested more than ${JSON_DEPTH_MAX} levels deep`);
}
