/** DuckDB, kept to the files of one attempt and to one order of everything. Knows nothing of tables. */
import { mkdirSync, mkdtempSync, realpathSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { DuckDBInstance } from './library.ts';
import { sqlText } from './names.ts';

export interface Database {
  /** Rows as arrays. Errors: rejects with an `Error` in DuckDB's words. */
  readonly query: (sql: string) => Promise<DuckDBValue[][]>;
  readonly connection: DuckDBConnection;
  /** Makes a file readable under a plain name, and says which; DuckDB would take `*` in the real one for a glob. */
  readonly admit: (path: string) => string;
  /** To be told before a table of that many columns is read: DuckDB asks for memory that it does not fill then. */
  readonly expectColumns: (count: number) => Promise<void>;
  /** After it, only admitted files can be read, and only those in `writable` be written. */
  readonly close: (writable: readonly string[]) => Promise<void>;
}

/** A database of its own for `act`, gone when that has ended. `memory` such as `1 GiB`; `signal` ends what it is doing. */
export async function withDatabase<Made>(
  memory: string,
  signal: AbortSignal,
  act: (database: Database) => Promise<Made>,
): Promise<Made> {
  // In TMPDIR, which is empty for every attempt; scratch would bring back what an attempt that was killed left.
  const folder = mkdtempSync(join(tmpdir(), 'duckdb-'));
  mkdirSync(join(folder, 'spill'));
  const instance = await DuckDBInstance.create(':memory:', {
    // With several threads, sums of fractions and the order of groups would differ from run to run.
    threads: '1',
    preserve_insertion_order: 'true',
    memory_limit: memory,
    temp_directory: join(folder, 'spill'),
    // Nothing is ever fetched.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
  });
  const connection = await instance.connect();
  const interrupt = () => connection.interrupt();
  signal.addEventListener('abort', interrupt);
  try {
    return await act(await prepare(connection, folder, memory, signal));
  } finally {
    signal.removeEventListener('abort', interrupt);
    connection.disconnectSync();
    instance.closeSync();
  }
}

/** What DuckDB reserves for a column in all steps of a query, in bytes, however few rows there are. */
const COLUMN_BYTES = 256 * 1024;
const COLUMNS_FREE = 500;

const UNITS: { readonly [unit: string]: number } = {
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

async function prepare(
  connection: DuckDBConnection,
  folder: string,
  memory: string,
  signal: AbortSignal,
): Promise<Database> {
  const query = async (sql: string) => {
    // An interrupt ends what is running, and not what comes after it.
    signal.throwIfAborted();
    return (await connection.runAndReadAll(sql)).getRows();
  };
  await query("SET TimeZone = 'UTC'");
  // `random()` is the same every time too.
  await query('SELECT setseed(0.5)');
  // DuckDB looks through links before it asks whether a file is allowed.
  const admitted: string[] = [];
  return {
    query,
    connection,
    admit: (path) => {
      const plain = join(folder, `input-${admitted.length}${/^\.\w+$/.test(extname(path)) ? extname(path) : ''}`);
      symlinkSync(path, plain);
      admitted.push(realpathSync(path));
      return plain;
    },
    expectColumns: async (count) => {
      if (count <= COLUMNS_FREE) return;
      const [, amount, unit] = /^(\d+) ?(\w+)$/.exec(memory) ?? [];
      const bytes = Number(amount) * (UNITS[unit ?? ''] ?? 1) + count * COLUMN_BYTES;
      await query(`SET memory_limit = '${Math.ceil(bytes / 1024)}KiB'`);
    },
    close: async (writable) => {
      await query(`SET allowed_directories = [${sqlText(`${folder}/`)}]`);
      await query(`SET allowed_paths = [${[...admitted, ...writable].map(sqlText).join(', ')}]`);
      await query('SET enable_external_access = false');
      await query('SET lock_configuration = true');
    },
  };
}
