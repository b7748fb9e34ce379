/** The stage type `tabular/query`: one SELECT over the inputs, each a table of its port's name. */
import { basename, extname } from 'node:path';
import { defineStage, StageFailure } from 'wrangle/plugin';
import type { Query } from '../stage-types.d.ts';
import { type Database, withDatabase } from './table/duckdb.ts';
import { StatementType } from './table/library.ts';
import { sqlName, sqlText } from './table/names.ts';
import { type OpenTable, openTable, unreadable } from './table/open-table.ts';
import { wrongWidth } from './table/rejects.ts';
import { EXACT_TYPES, type ExactType } from './table/types.ts';

const FORMATS: { readonly [extension: string]: string } = {
  '.csv': "FORMAT csv, HEADER true, DELIMITER ','",
  '.tsv': "FORMAT csv, HEADER true, DELIMITER '\t'",
  '.tab': "FORMAT csv, HEADER true, DELIMITER '\t'",
  '.parquet': 'FORMAT parquet, COMPRESSION zstd',
};

const FIRST_ROWS = 2_048;

defineStage<Query>({
  lists: ['*'],
  run: async (ctx) => {
    const { sql, types, memory, ...params } = ctx.params;
    const to = ctx.outputs.table.path;
    const format = FORMATS[extname(to).toLowerCase()];
    if (!format) {
      const message = `The output ends in "${extname(to)}"; write .csv, .tsv or .parquet.`;
      return ctx.fail('unknown-format', 'critical', message);
    }
    await withDatabase(memory, ctx.signal, async (database) => {
      for (const [port, files] of Object.entries(ctx.inputs)) {
        const tables: OpenTable[] = [];
        for (const { path } of files) {
          const table = await openTable(database, path, params);
          if (table.columns.length === 0) throw unreadable(path, 'it has no columns');
          for (const note of notesOf(table, path)) ctx.log(note, 'warning');
          tables.push(table);
        }
        await addView(database, port, tables, types === 'text').catch((error: unknown) => {
          throw unreadable(files[0]?.path ?? port, error);
        });
      }
      // Before the SQL is even bound: binding a reader opens its file.
      await database.close([to]);
      await checkSql(database, sql);
      try {
        await database.query(`COPY (${withoutEnd(sql)}\n) TO ${sqlText(to)} (${format}, USE_TMP_FILE false)`);
      } catch (error) {
        throw sqlError(error);
      }
    });
  },
});

/** Several files are one table: rows in the order of the files, columns by name. */
async function addView(database: Database, name: string, tables: readonly OpenTable[], isText: boolean): Promise<void> {
  const isStored = !isText && tables.every((table) => table.asStored !== undefined);
  const selects = tables.map((table) => (isStored ? table.asStored : table.asText) as string);
  const rows = selects.map((select) => `(${select})`).join(' UNION ALL BY NAME ');
  const columns = [...new Set(tables.flatMap((table) => table.columns.map((column) => column.name)))];
  const list = isStored || isText ? columns.map(sqlName) : await typedColumns(database, rows, columns);
  await database.query(`CREATE VIEW ${sqlName(name)} AS SELECT ${list.join(', ')} FROM (${rows})`);
}

/** A look at the first rows leaves few types to try on all of them. */
async function typedColumns(database: Database, rows: string, columns: readonly string[]): Promise<string[]> {
  const everyType = columns.map(() => EXACT_TYPES);
  const possible = await keepingTypes(database, `${rows} LIMIT ${FIRST_ROWS}`, columns, everyType, 'all');
  const kept = await keepingTypes(database, rows, columns, possible, 'none');
  return columns.map((column, at) => {
    const name = sqlName(column);
    const type = kept[at]?.[0]?.type;
    return type === undefined ? name : `CAST(nullif(${name}, '') AS ${type}) AS ${name}`;
  });
}

/** Per column, those of its types that keep every value; where there is no value, all or none. */
async function keepingTypes(
  database: Database,
  rows: string,
  columns: readonly string[],
  types: readonly (readonly ExactType[])[],
  withoutValues: 'all' | 'none',
): Promise<(readonly ExactType[])[]> {
  const value = (at: number) => `nullif(${sqlName(columns[at] ?? '')}, '')`;
  const counts = types.flatMap((tried, at) =>
    tried.length === 0
      ? []
      : [`count(${value(at)})`, ...tried.map(({ keeps }) => `count(*) FILTER (WHERE ${keeps(value(at))})`)],
  );
  if (counts.length === 0) return [...types];
  const [found = []] = await database.query(`SELECT ${counts.join(', ')} FROM (${rows})`);
  const numbers = found.map(Number);
  return types.map((tried) => {
    if (tried.length === 0) return tried;
    const [values, ...kept] = numbers.splice(0, tried.length + 1);
    if (values === 0) return withoutValues === 'all' ? tried : [];
    return tried.filter((_, at) => kept[at] === values);
  });
}

/** What is worth a warning. */
function notesOf({ source, csv, columns }: OpenTable, path: string): string[] {
  const file = JSON.stringify(basename(path));
  const { rejected } = source.records;
  const notes: string[] = [];
  if (rejected > 0) notes.push(`${rejected === 1 ? '1 record' : `${rejected} records`} of ${file} are left out.`);
  if (csv && csv.short.count > 0 && rejected === 0) {
    const others = csv.short.count > 1 ? `, and so have ${csv.short.count - 1} other rows too few` : '';
    const what = wrongWidth(csv.short.firstWidth ?? 0, columns.length);
    notes.push(`Line ${csv.short.firstLine} of ${file} ${what}${others}; what is not there counts as missing.`);
  }
  return notes;
}

/** Parsed and bound before anything runs, so that lines in messages are those of the user's text. */
async function checkSql({ connection }: Database, sql: string): Promise<void> {
  try {
    const statements = await connection.extractStatements(sql).catch((error: unknown) => {
      // So says the binding of a text without any statement.
      if (error instanceof Error && error.message === 'Error in native callback') return { count: 0 } as const;
      throw error;
    });
    if (statements.count !== 1) throw new Error(`The SQL has ${statements.count} statements; one SELECT is wanted.`);
    const { statementType: type } = await statements.prepare(0);
    if (type === StatementType.SELECT) return;
    throw new Error(`The SQL is a ${StatementType[type] ?? 'statement'}; a SELECT is wanted.`);
  } catch (error) {
    throw sqlError(error);
  }
}

function sqlError(error: unknown): StageFailure {
  const message = (error instanceof Error ? error.message : String(error))
    .replace(/^Failed to extract statements: /, '')
    // The query as its writer knows it.
    .replace(/^(LINE 1: )COPY \((.*\n) {6}/m, '$1$2');
  return new StageFailure({ code: 'sql-error', category: 'critical', message });
}

/** One statement stands inside the COPY, which takes no semicolon and no comment behind one. */
function withoutEnd(sql: string): string {
  return sql.replace(/;(\s|--[^\n]*(\n|$)|;)*$/, '');
}
