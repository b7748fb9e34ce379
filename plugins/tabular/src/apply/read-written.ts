/** Reads tables as `apply` has written them: nothing about them has to be found out. */
import { basename } from 'node:path';
import { StageFailure } from 'wrangle/plugin';
import { CopyWriter } from '../read/copy-writer.ts';
import { decodeFile, readStart } from '../read/encoding.ts';
import { CsvParser } from '../read/parse.ts';
import type { Database } from '../table/duckdb.ts';
import { sqlName } from '../table/names.ts';
import { selectCopy } from '../table/open-csv.ts';
import { openTable } from '../table/open-table.ts';
import { ROW } from '../table/table.ts';
import { LOG_COLUMNS } from './change-log.ts';
import { DELIMITERS } from './formats.ts';
import { countRows } from './shape.ts';
import { type SourceAfter, type SourceRecord, sourceRecordOf } from './source-record.ts';
import { plainNumber } from './write-clean.ts';

const STALE = 'stale-changes';

export function staleChanges(path: string, what: string): StageFailure {
  const file = basename(path);
  const message = `${JSON.stringify(file)} is not the table that these changes led to: ${what}. Undo needs \`clean\` and \`changes\` of one run of \`apply\`, as they were written.`;
  return new StageFailure({ code: STALE, category: 'critical', message, file });
}

/**
 * A query of the log without its first record, which is the answer's `source`: `step`, `kind`, `row`, `column`, `before`
 * and `after`. Errors: throws `format-error` when it is no such log.
 */
export async function readChangeLog(
  database: Database,
  path: string,
): Promise<{ readonly source: SourceRecord; readonly into: string }> {
  const into = 'log';
  const types: { readonly [name: string]: string } = { step: 'BIGINT', row: 'BIGINT' };
  const select = await selectLog(database, path);
  const list = LOG_COLUMNS.map((name) => `${sqlName(name)}::${types[name] ?? 'VARCHAR'} AS ${sqlName(name)}`);
  try {
    await database.query(`CREATE TABLE ${into} AS SELECT ${list.join(', ')} FROM (${select})`);
  } catch {
    throw noLog(path);
  }
  const found = await database.query(`SELECT before, after FROM ${into} WHERE kind = 'source'`);
  const [[before, after] = []] = found;
  const source = found.length === 1 ? sourceRecordOf(before as string | null, after as string | null) : undefined;
  if (source === undefined) throw noLog(path);
  return { source, into };
}

function noLog(path: string): StageFailure {
  const file = basename(path);
  const message = `${JSON.stringify(file)} is not a log of changes as \`wrangle apply\` writes it.`;
  return new StageFailure({ code: 'format-error', category: 'critical', message, file });
}

async function selectLog(database: Database, path: string): Promise<string> {
  const start = Buffer.from(readStart(path, 4)).toString('latin1');
  if (start === 'PAR1' || start.startsWith('{')) {
    return (await openTable(database, path, { format: start === 'PAR1' ? 'parquet' : 'ndjson' })).asText;
  }
  let at = -1;
  return readRecords(database, path, ',', [...LOG_COLUMNS], (cells) => {
    at += 1;
    if (cells.length !== LOG_COLUMNS.length) throw noLog(path);
    return at === 0 ? undefined : at;
  });
}

/** Reads what `after` tells of into a table `into`, with `_row`. Errors: throws `stale-changes` when it is something else. */
export async function readClean(database: Database, path: string, after: SourceAfter, into: string): Promise<void> {
  const names = after.columns.map(({ name }) => name);
  const count = countRows(after.row_runs);
  if (names.length === 0 || count === 0) {
    const columns = names.map((name) => `, ${sqlName(name)} VARCHAR`).join('');
    await database.query(`CREATE TABLE ${into} (${ROW} BIGINT${columns})`);
    const rows = after.row_runs.map(([first, last]) => `SELECT range FROM range(${first}, ${last + 1})`);
    if (rows.length > 0) await database.query(`INSERT INTO ${into} ${rows.join(' UNION ALL ')}`);
    if (names.length > 0 && (await hasRows(database, path, after))) throw staleChanges(path, 'it has rows');
    return;
  }
  const select = await selectClean(database, path, after);
  // By position: what is written knows of no gaps.
  await database.query(`CREATE TABLE runs (first BIGINT, last BIGINT)`);
  for (let at = 0; at < after.row_runs.length; at += 1000) {
    const values = after.row_runs.slice(at, at + 1000).map(([first, last]) => `(${first}, ${last})`);
    await database.query(`INSERT INTO runs VALUES ${values.join(', ')}`);
  }
  const numbers = `SELECT unnest(range(first, last + 1)) AS number FROM runs`;
  const numbered = `SELECT number, row_number() OVER (ORDER BY number) AS nth FROM (${numbers})`;
  const cells = `SELECT ${names.map(sqlName).join(', ')}, row_number() OVER (ORDER BY ${ROW}) AS ${ROW} FROM (${select})`;
  const [[found] = []] = await database.query(`SELECT count(*) FROM (${select})`);
  if (Number(found) !== count) throw staleChanges(path, `it has ${Number(found)} rows, and should have ${count}`);
  const list = names.map((name) => `c.${sqlName(name)}`).join(', ');
  await database.query(
    `CREATE TABLE ${into} AS SELECT n.number AS ${ROW}, ${list} FROM (${cells}) c JOIN (${numbered}) n ON n.nth = c.${ROW} ORDER BY 1`,
  );
}

async function hasRows(database: Database, path: string, after: SourceAfter): Promise<boolean> {
  if (after.format === 'csv' || after.format === 'tsv') {
    let count = 0;
    readRecords(database, path, DELIMITERS[after.format], [], () => {
      count += 1;
      return undefined;
    });
    return count > after.header.length;
  }
  const { records } = (await openTable(database, path, { format: after.format })).source;
  return records.kept + records.rejected > 0;
}

async function selectClean(database: Database, path: string, after: SourceAfter): Promise<string> {
  const names = after.columns.map(({ name }) => name);
  if (after.format === 'csv' || after.format === 'tsv') {
    let at = -1;
    return readRecords(database, path, DELIMITERS[after.format], names, (cells) => {
      at += 1;
      const named = after.header[at];
      if (named === undefined) {
        if (cells.length === names.length) return at;
        throw staleChanges(path, `a row has ${cells.length} cells, and should have ${names.length}`);
      }
      if (named.length === cells.length && named.every((name, place) => name === cells[place])) return undefined;
      throw staleChanges(path, 'its columns have other names');
    });
  }
  const opened = await openTable(database, path, { format: after.format });
  const there = new Set(opened.columns.map(({ name }) => name));
  if (opened.columns.length !== names.length || !names.every((name) => there.has(name))) {
    throw staleChanges(path, 'it has other columns');
  }
  const plain = new Set(after.plain_numbers);
  const list = names.map((name) =>
    plain.has(name) ? `${plainNumber(sqlName(name))} AS ${sqlName(name)}` : sqlName(name),
  );
  return `SELECT ${ROW}, ${list.join(', ')} FROM (${opened.asText})`;
}

/** `rowOf` says which number a record gets; undefined: it is no row. An empty cell without quotes is a missing one. */
function readRecords(
  database: Database,
  path: string,
  delimiter: string,
  names: readonly string[],
  rowOf: (cells: readonly string[]) => number | undefined,
): string {
  const copyPath = `${database.admit(path)}.copy.csv`;
  const copy = new CopyWriter(copyPath, ',');
  let lengthMax = 0;
  const parser = new CsvParser({ delimiter, quote: '"', escape: '"', lineEnd: 'lf' }, ({ cells, quoted }) => {
    const row = rowOf(cells);
    if (row === undefined) return;
    copy.write(
      row,
      cells.map((cell, at) => (cell === '' && quoted[at] !== true ? undefined : cell)),
    );
    lengthMax = Math.max(
      lengthMax,
      cells.reduce((sum, cell) => sum + 3 + 2 * cell.length, 0),
    );
  });
  try {
    for (const text of decodeFile(path, { encoding: 'utf-8', evidence: 'valid', markBytes: 0 })) parser.write(text);
    parser.end();
  } catch (error) {
    if (error instanceof TypeError) throw staleChanges(path, 'it is not in UTF-8');
    throw error;
  } finally {
    copy.close();
  }
  const columns = names.map((name) => ({ name, label: undefined, storedType: undefined }));
  return selectCopy(copyPath, ',', columns, 4 * lengthMax + 64);
}
