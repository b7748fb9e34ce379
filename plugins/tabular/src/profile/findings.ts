/** Findings with the rows they are in, and what there was no place for. */
import type { ProfileDocument, ProfileFinding } from '../documents.generated.ts';
import type { Database } from '../table/duckdb.ts';
import { sqlText } from '../table/names.ts';
import type { ReadColumn } from './codes.ts';
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
  coded: ReadColumn | undefined,
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
  const repeated = new Set(kept.flatMap(({ value }) => (value.count > 1 ? [value.text] : [])));
  const rows = coded ? codedRows(coded, repeated) : await selectRows(database, at, repeated);
  for (const one of kept) {
    const positions = rows.get(one.value.text) ?? [one.value.first];
    findings.push({
      kind: one.kind,
      column,
      value: cut(one.value.text),
      count: one.value.count,
      rows: [...positions],
      rows_left_out: one.value.count - positions.length,
      score: one.score,
      evidence: [...one.evidence],
      suggestion: one.suggestion === null ? null : cut(one.suggestion),
      suggestion_count: one.suggestionCount,
    });
  }
  return { findings, leftOut };
}

type RowsByText = ReadonlyMap<string, readonly number[]>;

/** The first rows of each of these texts. */
async function selectRows(database: Database, at: number, texts: ReadonlySet<string>): Promise<RowsByText> {
  const rows = new Map<string, number[]>();
  if (texts.size === 0) return rows;
  const list = [...texts].map(sqlText).join(', ');
  const selected = await database.query(
    `SELECT v, r::DOUBLE FROM (SELECT v${at} AS v, _row AS r, row_number() OVER (PARTITION BY v${at} ORDER BY _row) AS k FROM data WHERE v${at} IN (${list})) WHERE k <= ${LIMITS.rows} ORDER BY r`,
  );
  for (const [text, row] of selected) rows.set(String(text), [...(rows.get(String(text)) ?? []), Number(row)]);
  return rows;
}

function codedRows({ codes, rows: positions, texts: all }: ReadColumn, texts: ReadonlySet<string>): RowsByText {
  const rows = new Map<string, number[]>();
  if (texts.size === 0) return rows;
  const byCode = new Map<number, number[]>();
  for (const [code, text] of all.entries()) {
    if (!texts.has(text)) continue;
    const of: number[] = [];
    rows.set(text, of);
    byCode.set(code, of);
  }
  for (let row = 0; row < codes.length; row++) {
    const of = byCode.get(codes[row] ?? -1);
    if (of && of.length < LIMITS.rows) of.push(positions[row] ?? 0);
  }
  return rows;
}
