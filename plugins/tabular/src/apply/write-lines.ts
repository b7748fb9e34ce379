/** Writes texts as lines of a file, by DuckDB, as they are. And the forms of a row as a line. */
import type { Database } from '../table/duckdb.ts';
import { sqlName, sqlText } from '../table/names.ts';

/** Lines before and after, and a query of the others: one column `line`, in their order. `to` has to be writable. */
export interface Lines {
  readonly before: readonly string[];
  /** `_row`, or another number that orders them, as `place`, and `line`. */
  readonly sql: string | undefined;
  readonly after: readonly string[];
}

/** Each line ends with LF. Errors: rejects with an `Error` in DuckDB's words. */
export async function writeLines(database: Database, { before, sql, after }: Lines, to: string): Promise<void> {
  const fixed = (lines: readonly string[], part: number) =>
    lines.map((line, place) => `SELECT ${part} AS part, ${place}::BIGINT AS place, ${sqlText(line)} AS line`);
  const parts = [
    ...fixed(before, 0),
    ...(sql === undefined ? [] : [`SELECT 1 AS part, place, line FROM (${sql})`]),
    ...fixed(after, 2),
  ];
  const all =
    parts.length === 0
      ? `SELECT '' AS line LIMIT 0`
      : `SELECT line FROM (${parts.join(' UNION ALL ')}) ORDER BY part, place`;
  // A single column without a quote is written as it is, whatever is in it.
  await database.query(
    `COPY (${all}) TO ${sqlText(to)} (FORMAT csv, HEADER false, DELIMITER '\x01', QUOTE '', ESCAPE '', USE_TMP_FILE false)`,
  );
}

/** RFC 4180, with quotes only where they are needed; a missing cell is nothing, an empty text is `""`. */
export function csvLine(names: readonly string[], delimiter: string): string {
  const cells = names.map((name) => {
    const cell = sqlName(name);
    const special = [sqlText(delimiter), `'"'`, 'chr(10)', 'chr(13)'].map((mark) => `contains(${cell}, ${mark})`);
    const quoted = `'"' || replace(${cell}, '"', '""') || '"'`;
    return `CASE WHEN ${cell} IS NULL THEN '' WHEN ${cell} = '' THEN '""' WHEN ${special.join(' OR ')} THEN ${quoted} ELSE ${cell} END`;
  });
  return `concat(${cells.join(`, ${sqlText(delimiter)}, `)})`;
}

/** The same of texts at hand; an empty one is nothing. */
export function csvText(cells: readonly string[], delimiter: string): string {
  const isSpecial = (cell: string) => /["\n\r]/.test(cell) || cell.includes(delimiter);
  return cells.map((cell) => (isSpecial(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(delimiter);
}

const JSON_NUMBER = '-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?';

/** How cells of a column are written in JSON: texts of that kind as they are, all others as strings. */
export type JsonKind = 'text' | 'number' | 'boolean' | 'nested';

/** An object with a member for each column; a missing cell is `null`. */
export function jsonLine(columns: readonly { readonly name: string; readonly kind: JsonKind }[]): string {
  const members = columns.map(({ name, kind }, at) => {
    const cell = sqlName(name);
    const conditions: { readonly [Kind in JsonKind]?: string } = {
      number: `regexp_full_match(${cell}, ${sqlText(JSON_NUMBER)})`,
      boolean: `${cell} IN ('true', 'false')`,
      nested: `(${cell}[1] IN ('[', '{') AND json_valid(${cell}) AND NOT contains(${cell}, chr(10)))`,
    };
    const plain = conditions[kind] === undefined ? '' : ` WHEN ${conditions[kind]} THEN ${cell}`;
    const key = sqlText(`${at === 0 ? '' : ','}${JSON.stringify(name)}:`);
    return `${key}, CASE WHEN ${cell} IS NULL THEN 'null'${plain} ELSE to_json(${cell})::VARCHAR END`;
  });
  return `concat('{', ${members.join(', ')}, '}')`;
}
