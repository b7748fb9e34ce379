// Opens a table as every stage type does, in this process, and takes all of it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withDatabase } from '../src/table/duckdb.ts';
import { openTable } from '../src/table/open-table.ts';
import type { SourceDocument } from '../src/table/source-document.ts';
import type { RejectedRecord, TableParams } from '../src/table/table.ts';
import { writeTable } from '../src/table/write-table.ts';

export interface TableRead {
  readonly names: readonly string[];
  readonly labels: readonly (string | undefined)[];
  /** `_row` and cells as texts; null for missing values. */
  readonly rows: readonly (readonly [number, ...(string | null)[]])[];
  readonly rejects: readonly RejectedRecord[];
  readonly source: SourceDocument;
}

/** `text` or the bytes of a file called `name`. With `copyTo` the table is written there, too. */
export async function readTable(
  text: string | Uint8Array,
  params: TableParams = {},
  name = 'table.csv',
  copyTo?: string,
): Promise<TableRead> {
  const folder = mkdtempSync(join(tmpdir(), 'wrangle-read-'));
  try {
    const path = join(folder, name);
    writeFileSync(path, text);
    return await withDatabase('1 GiB', new AbortController().signal, async (database) => {
      const rejects: RejectedRecord[] = [];
      const table = await openTable(database, path, params, { onReject: (reject) => rejects.push(reject) });
      if (copyTo !== undefined) await writeTable(database, table, copyTo);
      const found = table.columns.length === 0 ? [] : await database.query(table.asText);
      return {
        names: table.columns.map((column) => column.name),
        labels: table.columns.map((column) => column.label),
        rows: found.map(([row, ...cells]) => [
          Number(row),
          ...cells.map((cell) => (cell === null ? null : String(cell))),
        ]) as TableRead['rows'],
        rejects,
        source: table.source,
      };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Only the cells. */
export function cellsOf({ rows }: TableRead): (string | null)[][] {
  return rows.map(([, ...cells]) => cells);
}
