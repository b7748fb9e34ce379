/** Findings with the rows they are in, and what there was no place for. */
import type { ProfileDocument, ProfileFinding } from '../documents.generated.ts';
import type { Database } from '../table/duckdb.ts';
import { sqlText } from '../table/names.ts';
import { LIMITS } from './options.ts';
import { compareText, cut, type Value } from './values.ts';

/** Before its rows are known. */
export interface Found {
  readonly kind: ProfileFinding['kind'];
  readonly value: Value;
  readonly score: number;
  readonly evidence: readonly string[];
  readonly suggestion: string | null;
  readonly suggestionCount: number;
}

export type LeftOut = ProfileDocument['findings_left_out'][number];

export interface ColumnFindings {
  readonly findings: ProfileFinding[];
  readonly leftOut: LeftOut[];
}

/** The surest of each kind, with their rows. */
export async function locate(
  database: Database,
  at: number,
  column: string,
  found: readonly Found[],
): Promise<ColumnFindings> {
  const findings: ProfileFinding[] = [];
  const leftOut: LeftOut[] = [];
  const kept: Found[] = [];
  for (const kind of [...new Set(found.map((one) => one.kind))].sort(compareText)) {
    const of = found
      .filter((one) => one.kind === kind)
      .sort((a, b) => b.score - a.score || b.value.count - a.value.count || compareText(a.value.text, b.value.text));
    kept.push(...of.slice(0, LIMITS.findings));
    const rest = of.slice(LIMITS.findings);
    if (rest.length > 0) {
      leftOut.push({
        column,
        kind,
        entries: rest.length,
        count: rest.reduce((sum, { value }) => sum + value.count, 0),
      });
    }
  }
  const rows = await rowsOf(database, at, kept);
  for (const one of kept) {
    const positions = rows.get(one.value.text) ?? [one.value.first];
    findings.push({
      kind: one.kind,
      column,
      value: cut(one.value.text),
      count: one.value.count,
      rows: positions,
      rows_left_out: one.value.count - positions.length,
      score: one.score,
      evidence: [...one.evidence],
      suggestion: one.suggestion === null ? null : cut(one.suggestion),
      suggestion_count: one.suggestionCount,
    });
  }
  return { findings, leftOut };
}

/** Text of a value that is there more than once -> its first rows. */
async function rowsOf(database: Database, at: number, found: readonly Found[]): Promise<Map<string, number[]>> {
  const texts = [...new Set(found.flatMap(({ value }) => (value.count > 1 ? [value.text] : [])))];
  const rows = new Map<string, number[]>();
  if (texts.length === 0) return rows;
  const selected = await database.query(
    `SELECT v, r::DOUBLE FROM (SELECT v${at} AS v, _row AS r, row_number() OVER (PARTITION BY v${at} ORDER BY _row) AS k FROM data WHERE v${at} IN (${texts.map(sqlText).join(', ')})) WHERE k <= ${LIMITS.rows} ORDER BY r`,
  );
  for (const [text, row] of selected) rows.set(String(text), [...(rows.get(String(text)) ?? []), Number(row)]);
  return rows;
}
