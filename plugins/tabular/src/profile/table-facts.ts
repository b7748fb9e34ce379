/** Statistics of whole rows, by SQL. */
import type { ProfileColumn, ProfileFinding } from '../documents.generated.ts';
import type { Database } from '../table/duckdb.ts';
import { WIDE } from '../table/names.ts';
import { LIMITS } from './options.ts';
import { SQL_SPACES } from './values.ts';

export interface RowFacts {
  readonly duplicates: number;
  /** Equal but for case and spaces, without those that are equal; undefined where it was not looked for. */
  readonly nearDuplicates: number | undefined;
  readonly blank: number;
  readonly single: number;
  readonly findings: readonly ProfileFinding[];
}

/** Cells up to which near duplicates are looked for. */
const NEAR_CELLS_MAX = 1_000_000;

export async function rowFacts(
  database: Database,
  columns: readonly Pick<ProfileColumn, 'missing' | 'distinct'>[],
  rows: number,
): Promise<RowFacts> {
  const width = columns.length;
  const names = Array.from({ length: width }, (_, at) => `v${at}`);
  const isWide = width > WIDE;
  const list = `[${names.join(', ')}]`;
  const cells = isWide ? list : names.join(', ');
  const isPresent = (cell: string) => `${cell} IS NOT NULL AND trim(${cell}, ${SQL_SPACES}) <> ''`;
  const present = isWide
    ? `len(list_filter(${list}, lambda cell: ${isPresent('cell')}))`
    : names.map((name) => `(${isPresent(name)})::INTEGER`).join(' + ');
  // A column that is different in every row tells all of them apart.
  const isKeyed = columns.some(({ distinct }) => distinct === rows);
  const different = isKeyed ? rows : await count(database, `SELECT count(*) FROM (SELECT DISTINCT ${cells} FROM data)`);
  const duplicates = rows - different;
  // Two columns that are always there leave no row with one value or none.
  const mayBeBare = columns.filter(({ missing }) => missing.count === 0).length < 2;
  const [bare = []] = mayBeBare
    ? await database.query(
        `SELECT count(*) FILTER (WHERE p = 0), count(*) FILTER (WHERE p = 1) FROM (SELECT ${present} AS p FROM data)`,
      )
    : [];
  const [blank = 0, single = 0] = bare.map(Number);
  let nearDuplicates: number | undefined;
  if (rows * width <= NEAR_CELLS_MAX) {
    const fold = (cell: string) =>
      `lower(strip_accents(regexp_replace(trim(coalesce(${cell}, ''), ${SQL_SPACES}), '\\s+', ' ', 'g')))`;
    const folded = isWide
      ? `list_transform(${list}, lambda cell: ${fold('cell')})`
      : names.map((name, at) => `${fold(name)} AS f${at}`).join(', ');
    nearDuplicates = Math.max(
      0,
      different - (await count(database, `SELECT count(*) FROM (SELECT DISTINCT ${folded} FROM data)`)),
    );
  }
  const findings: ProfileFinding[] = [];
  const finding = async (kind: ProfileFinding['kind'], total: number, sql: string, score: number) => {
    if (total === 0) return;
    const listed = (await database.query(`${sql} ORDER BY 1 LIMIT ${LIMITS.rows}`)).map(([row]) => Number(row));
    findings.push({
      kind,
      column: null,
      value: null,
      count: total,
      rows: listed,
      rows_left_out: total - listed.length,
      score,
      evidence: [],
      suggestion: null,
      suggestion_count: 0,
    });
  };
  await finding('blank_row', blank, `SELECT _row::DOUBLE FROM data WHERE ${present} = 0`, 1);
  await finding(
    'duplicate_row',
    duplicates,
    `SELECT _row::DOUBLE FROM (SELECT _row, row_number() OVER (PARTITION BY ${cells} ORDER BY _row) AS k FROM data) WHERE k > 1`,
    0.9,
  );
  return { duplicates, nearDuplicates, blank, single: width < 3 ? 0 : single, findings };
}

async function count(database: Database, sql: string): Promise<number> {
  const [row = []] = await database.query(sql);
  return Number(row[0]);
}
