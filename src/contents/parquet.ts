/** The one door to Parquet. Row groups are read one after the other, so memory follows the largest of them. */
import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import { parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet';
import type { FileSystem } from '../ports/file-system.ts';
import type { Json } from '../util/canonical-json.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import { giveWay, ROWS_AT_ONCE } from './pieces.ts';
import type { RowTaker } from './read-rows.ts';

/** Errors: what is wrong with it, as a sentence whose subject is the file, without a full stop. */
export function countParquetRows(fs: FileSystem, path: string): Promise<Result<number, string>> {
  return guarded(async () => Number((await readMetadata(fileOf(fs, path))).num_rows));
}

/** Rows count from 1. Errors: as of `countParquetRows`. */
export function readParquetRows(
  fs: FileSystem,
  path: string,
  taker: RowTaker,
  signal?: AbortSignal,
): Promise<Result<void, string>> {
  const read = async () => {
    const file = fileOf(fs, path);
    const metadata = await readMetadata(file);
    taker.columns(parquetSchema(metadata).children.map(({ element }) => element.name));
    const { compressors } = await import('hyparquet-compressors');
    let rowStart = 0;
    for (const group of metadata.row_groups) {
      const rowEnd = rowStart + Number(group.num_rows);
      const rows = await parquetReadObjects({ file, metadata, compressors, parsers, rowStart, rowEnd });
      for (const [at, row] of rows.entries()) {
        if (!taker.row(toJson(row), rowStart + at + 1)) return;
        if (at % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) await giveWay(signal);
      }
      rowStart = rowEnd;
    }
  };
  return guarded(read, signal);
}

async function readMetadata(file: AsyncBuffer): Promise<FileMetaData> {
  if (file.byteLength < 12) throw new Error('it is too short');
  const metadata = await parquetMetadataAsync(file, { geoparquet: false });
  const rows = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
  if (rows !== Number(metadata.num_rows)) throw new Error('its row groups do not add up to its number of rows');
  return metadata;
}

function fileOf(fs: FileSystem, path: string): AsyncBuffer {
  const byteLength = fs.stat(path)?.size ?? 0;
  return {
    byteLength,
    slice(start, end = byteLength) {
      const bytes = fs.readPart(path, start, end - start) ?? new Uint8Array();
      if (bytes.length < end - start) throw new Error('it ends too early');
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    },
  };
}

/** The library throws whatever it stumbles over in a file that is damaged; only the machine's own errors are not about that. */
async function guarded<T>(read: () => Promise<T>, signal?: AbortSignal): Promise<Result<T, string>> {
  try {
    return ok(await read());
  } catch (error) {
    if (signal?.aborted || (error as NodeJS.ErrnoException).syscall !== undefined) throw error;
    const reason = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
    return err(`it is no Parquet that can be read (${reason})`);
  }
}

/** Days and times as JSON has them, which has no type for them. */
const parsers = {
  dateFromDays: (days: number | undefined) =>
    dateText(days === undefined ? undefined : days * 86_400_000)?.slice(0, 10),
  timestampFromMilliseconds: (millis: bigint | undefined) => dateText(millis),
  timestampFromMicroseconds: (micros: bigint | undefined) => dateText(micros === undefined ? micros : micros / 1000n),
  timestampFromNanoseconds: (nanos: bigint | undefined) => dateText(nanos === undefined ? nanos : nanos / 1_000_000n),
};

function dateText(millis: number | bigint | undefined): string | undefined {
  if (millis === undefined) return undefined;
  const date = new Date(Number(millis));
  return Number.isNaN(date.getTime()) ? String(millis) : date.toISOString();
}

/** What JSON has no form for becomes a text: whole numbers that it cannot keep, NaN and the infinities, bytes as hex. */
function toJson(value: unknown): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    case 'object':
      break;
    default:
      return null;
  }
  if (value === null) return null;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return Array.from(value as ArrayLike<unknown>, toJson);
  const made: { [name: string]: Json } = {};
  for (const [name, member] of Object.entries(value)) {
    if (name === '__proto__') Object.defineProperty(made, name, { value: toJson(member), enumerable: true });
    else made[name] = toJson(member);
  }
  return made;
}
