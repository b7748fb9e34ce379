/** Statistics of a table and its columns, by SQL. Everything is in one order and exact; nothing depends on time. */
import type { Database } from '../table/duckdb.ts';
import { sqlName, sqlText } from '../table/names.ts';
import type { OpenTable, TableColumn } from '../table/open-table.ts';
import { chooseType, KINDS } from './column-type.ts';
import { exactNumber, ratio } from './numbers.ts';
import type {
  ColumnFacts,
  ColumnType,
  NumericFacts,
  ProfileDocument,
  SourceFacts,
  ValueCount,
} from './profile-document.ts';

export interface ProfileOptions {
  readonly sample: number | undefined;
  readonly top: number;
  readonly typeThreshold: number;
  readonly onColumn: (done: number, total: number, name: string) => void;
}

const VALUE_LENGTH_MAX = 200;
const PLACEHOLDERS_MAX = 20;
/** Trimmed, in lower case. */
const PLACEHOLDER_WORDS =
  'na,n/a,#n/a,nan,null,none,nil,-,--,—,.,?,??,unknown,unk,undefined,missing,empty,tbd,xxx,(blank),not available,not applicable,no data'.split(
    ',',
  );

export async function profileTable(
  database: Database,
  table: OpenTable,
  options: ProfileOptions,
): Promise<ProfileDocument> {
  const { columns } = table;
  const source = sourceFacts(table);
  if (columns.length === 0) {
    const nothing = {
      rows: 0,
      rows_total: 0,
      columns: 0,
      cells: 0,
      missing_cells: 0,
      missing_rate: 0,
      duplicate_rows: 0,
    };
    return { format: 1, source, table: nothing, columns: [] };
  }
  // Columns get plain names: those of the file may be anything.
  const plain = columns.map(({ name }, at) => `${sqlName(name)} AS v${at}`).join(', ');
  await database.query(`CREATE TABLE everything AS SELECT ${plain} FROM (${table.asText})`);
  await database.close([]);
  const total = await count(database, 'SELECT count(*) FROM everything');
  const rows = options.sample === undefined ? total : Math.min(total, options.sample);
  if (rows < total) {
    const spread = `floor((rowid + 1) * ${rows} / ${total}) > floor(rowid * ${rows} / ${total})`;
    await database.query(
      `CREATE VIEW data AS SELECT * FROM everything WHERE ${spread.replaceAll('rowid', 'rowid::HUGEINT')}`,
    );
  } else await database.query('CREATE VIEW data AS SELECT * FROM everything');

  const facts: ColumnFacts[] = [];
  for (const [at, column] of columns.entries()) {
    facts.push(await profileColumn(database, column, at, rows, options));
    options.onColumn(at + 1, columns.length, column.name);
  }
  const cells = rows * columns.length;
  const missing = facts.reduce((sum, column) => sum + column.missing.count, 0);
  const different = await count(database, 'SELECT count(*) FROM (SELECT DISTINCT * FROM data)');
  return {
    format: 1,
    source,
    table: {
      rows,
      rows_total: total,
      columns: columns.length,
      cells,
      missing_cells: missing,
      missing_rate: ratio(missing, cells),
      duplicate_rows: rows - different,
    },
    columns: facts,
  };
}

function sourceFacts({ format, csv }: OpenTable): SourceFacts {
  if (!csv) return { format, csv: null };
  return {
    format,
    csv: {
      encoding: csv.encoding,
      delimiter: csv.delimiter,
      header: csv.header,
      line_end: csv.lineEnd,
      blank_lines: csv.blankLines,
      short_rows: csv.short.count,
      first_short_line: csv.short.firstLine ?? null,
      long_rows: csv.long.count,
      first_long_line: csv.long.firstLine ?? null,
    },
  };
}

async function profileColumn(
  database: Database,
  column: TableColumn,
  at: number,
  rows: number,
  { top, typeThreshold }: ProfileOptions,
): Promise<ColumnFacts> {
  // Every value once, with how often it is there: all that does not need the rows is read from this.
  await database.query(
    `CREATE OR REPLACE TEMP TABLE freq AS SELECT v${at} AS v, trim(v${at}, ${SPACES}) AS t, count(*)::BIGINT AS n FROM data GROUP BY ALL`,
  );
  const sum = (condition: string) => `coalesce(sum(n) FILTER (WHERE ${condition}), 0)`;
  const [counts = []] = await database.query(
    `SELECT ${[
      sum('v IS NULL'),
      sum("v = ''"),
      sum("v <> '' AND t = ''"),
      "count(*) FILTER (WHERE t <> '')",
      "count(*) FILTER (WHERE t <> '' AND n = 1)",
      sum("t <> '' AND t <> v"),
      sum(IS_PLACEHOLDER),
      ...KINDS.map(({ matches }) => sum(`t <> '' AND ${matches('t')}`)),
    ].join(', ')} FROM freq`,
  );
  const [absent = 0, empty = 0, blank = 0, distinct = 0, unique = 0, padded = 0, placeholders = 0, ...kinds] =
    counts.map(Number);
  const missing = absent + empty + blank;
  const values = rows - missing;
  const { type, violations } = chooseType(kinds, values, typeThreshold);
  const valuesOf = async (condition: string, limit: number): Promise<ValueCount[]> => {
    const found = await database.query(
      `SELECT ${cut('v')}, n FROM freq WHERE ${condition} ORDER BY n DESC, v COLLATE "binary" LIMIT ${limit}`,
    );
    return found.map(([value, n]) => ({ value: String(value), count: Number(n) }));
  };
  const [min, max] = await range(database, type);
  return {
    name: column.name,
    ...(column.label === column.name ? {} : { label: column.label }),
    position: at + 1,
    type,
    type_violations: violations,
    ...(column.storedType === undefined ? {} : { stored_type: column.storedType }),
    missing: { count: missing, rate: ratio(missing, rows), absent, empty, blank },
    placeholders: {
      count: placeholders,
      values: placeholders === 0 ? [] : await valuesOf(IS_PLACEHOLDER, PLACEHOLDERS_MAX),
    },
    distinct,
    unique,
    padded,
    min,
    max,
    numeric: type === 'integer' || type === 'number' ? await numericFacts(database, at) : null,
    length: values === 0 ? null : await lengthFacts(database),
    top: top === 0 ? [] : await valuesOf("t <> ''", top),
  };
}

/** What counts as space around a value: also tabs, line ends and the no-break space. */
const SPACES = `' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160)`;
const IS_PLACEHOLDER = `lower(t) IN (${PLACEHOLDER_WORDS.map(sqlText).join(', ')})`;

function cut(value: string): string {
  return `CASE WHEN length(${value}) > ${VALUE_LENGTH_MAX} THEN ${value}[1:${VALUE_LENGTH_MAX}] || '…' ELSE ${value} END`;
}

async function range(database: Database, type: ColumnType): Promise<[number | string | null, number | string | null]> {
  const kind = KINDS.find((one) => one.type === type);
  if (type === 'empty') return [null, null];
  const matches = kind ? kind.matches('t') : 'true';
  const order = kind ? kind.order('t') : 't';
  // The text that has the smallest value: nothing is lost by a conversion there and back.
  const [found = []] = await database.query(
    `SELECT arg_min(${cut('t')}, (${order}, t)), arg_max(${cut('t')}, (${order}, t)) FROM freq WHERE t <> '' AND ${matches}`,
  );
  const isNumber = type === 'integer' || type === 'number';
  const [min, max] = found.map((text) => (text === null ? null : isNumber ? exactNumber(String(text)) : String(text)));
  return [min ?? null, max ?? null];
}

async function numericFacts(database: Database, at: number): Promise<NumericFacts | null> {
  const number = KINDS.find((one) => one.type === 'number');
  if (!number) return null;
  await database.query(
    `CREATE OR REPLACE TEMP TABLE numbers AS SELECT x FROM (SELECT CASE WHEN ${number.matches('t')} THEN TRY_CAST(t AS DOUBLE) END AS x FROM (SELECT trim(v${at}, ${SPACES}) AS t FROM data)) WHERE isfinite(x)`,
  );
  const [first = []] = await database.query('SELECT count(*), favg(x) FROM numbers');
  const n = Number(first[0]);
  const mean = Number(first[1]);
  if (n === 0 || !Number.isFinite(mean)) return null;
  // Two passes: differences from the mean are small numbers, squares of large ones are not exact. The second term is
  // what rounding left in the mean.
  const [second = []] = await database.query(
    `SELECT fsum((x - m) * (x - m)), fsum(x - m), count(*) FILTER (WHERE x = 0), count(*) FILTER (WHERE x < 0), quantile_cont(x, [0.05, 0.25, 0.5, 0.75, 0.95])
     FROM numbers, (SELECT ${sqlText(String(mean))}::DOUBLE AS m)`,
  );
  const [squares, rest, zeros, negatives, quantiles] = second;
  const variance = n < 2 ? undefined : (Number(squares) - (Number(rest) * Number(rest)) / n) / (n - 1);
  const [p05 = 0, p25 = 0, p50 = 0, p75 = 0, p95 = 0] = (quantiles as { items: readonly number[] }).items;
  return {
    mean: Number.isFinite(Number(rest)) ? mean + Number(rest) / n : mean,
    stddev: variance !== undefined && Number.isFinite(variance) ? Math.sqrt(Math.max(0, variance)) : null,
    quantiles: { p05, p25, p50, p75, p95 },
    zeros: Number(zeros),
    negatives: Number(negatives),
  };
}

async function lengthFacts(database: Database): Promise<ColumnFacts['length']> {
  const [found = []] = await database.query(
    "SELECT min(length(v)), max(length(v)), sum(length(v) * n)::DOUBLE / sum(n)::DOUBLE FROM freq WHERE t <> ''",
  );
  const [min, max, mean] = found.map(Number) as [number, number, number];
  return { min, max, mean: Math.round(mean * 1e6) / 1e6 };
}

async function count(database: Database, sql: string): Promise<number> {
  const [row = []] = await database.query(sql);
  return Number(row[0]);
}
