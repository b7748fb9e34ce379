/** Rules that need more than one row or column, a query for each. */
import type { Database } from '../table/duckdb.ts';
import { sqlText } from '../table/names.ts';
import { foldedCell, isMissing, passesSql, patternKey, spellingKey, trimmed } from './cell-sql.ts';
import type { Compared } from './compare.ts';
import type { Held } from './measure.ts';
import { isCellCheck, type Rule, type RuleOf, type RuleSet } from './rule.ts';

export async function measureRows(
  database: Database,
  compared: Compared,
  rules: readonly Rule[],
  masks: RuleSet['masks'],
): Promise<Map<string, Held>> {
  const found = new Map<string, Held>();
  for (const rule of rules) {
    const sql = queryOf(rule, compared, rules, masks);
    if (sql === undefined) continue;
    const [row = []] = await database.query(sql);
    found.set(rule.id, { applicable: Number(row[0] ?? 0), satisfied: Number(row[1] ?? 0) });
  }
  return found;
}

/** Two numbers: how often it was asked, and how often kept. */
function queryOf(rule: Rule, compared: Compared, rules: readonly Rule[], masks: RuleSet['masks']): string | undefined {
  const { columns } = rule;
  const missing = (side: 'a' | 'b', at: number) => isMissing(`${side}${at}`, masks.get(columns[at] ?? '') ?? []);
  const there = (side: 'a' | 'b') => `(${columns.map((_, at) => `NOT ${missing(side, at)}`).join(' AND ')})`;
  const asked = `(${there('a')} OR ${there('b')})`;
  const cells = compared.pairs(columns, 'cells');
  const rowRule = (holds: string) =>
    `SELECT count(*) FILTER (WHERE ${asked}), count(*) FILTER (WHERE ${there('a')} AND coalesce(${holds}, false)) FROM (${cells})`;
  switch (rule.kind) {
    case 'dependency': {
      const left = columns
        .slice(0, -1)
        .map((_, at) => `a${at}`)
        .join(', ');
      const right = `a${columns.length - 1}`;
      const groups = `SELECT ${left}, count(*) AS n FROM p WHERE ${there('a')} GROUP BY ${left}, ${right}`;
      return `WITH p AS (${cells}) SELECT (SELECT count(*) FROM p WHERE ${asked}), (SELECT sum(most) FROM (SELECT max(n) AS most FROM (${groups}) GROUP BY ${left}))`;
    }
    case 'order': {
      const [low, high] = ['a0', 'a1'].map((cell) => comparable(cell, rule.params.formats));
      return rowRule(`${low} <= ${high}`);
    }
    case 'sum': {
      const total = number(`a${columns.length - 1}`);
      const parts = columns.slice(0, -1).map((_, at) => number(`a${at}`));
      return rowRule(`abs(${total} - (${parts.join(' + ')})) <= 1e-9 * greatest(1, abs(${total}))`);
    }
    case 'equal':
      return rowRule('a0 = a1');
    case 'one_pattern':
      return mostOfKey(cells, missing('a', 0), missing('b', 0), `''`, patternKey('a0'));
    case 'one_spelling':
      return mostOfKey(cells, missing('a', 0), missing('b', 0), spellingKey('a0'), 'a0');
    case 'different_rows':
    case 'clearly_different_rows': {
      const isExact = rule.kind === 'different_rows';
      const before = columns.map((_, at) => (isExact ? `b${at}` : foldedCell(`b${at}`)));
      const rows = compared.pairs(columns, 'different');
      return `WITH p AS (SELECT ${before.map((cell, at) => `${cell} AS f${at}`).join(', ')} FROM (${rows})) SELECT (SELECT count(*) FROM p), (SELECT count(*) FROM (SELECT DISTINCT * FROM p))`;
    }
    case 'key': {
      const list = columns.map((_, at) => `a${at}`).join(', ');
      return `WITH p AS (${compared.pairs(columns, 'different')}) SELECT (SELECT count(*) FROM p WHERE ${asked}), (SELECT count(*) FROM (SELECT DISTINCT ${list} FROM p WHERE ${there('a')}))`;
    }
    case 'unflagged':
      return flagged(rule, compared, rules, masks);
    case 'recent': {
      const { now, days, exponent } = rule.params;
      const age = `greatest(0, date_diff('second', ${comparable('a0', rule.params.formats, false)}, TRY_CAST(${sqlText(now)} AS TIMESTAMP))) / 86400.0`;
      return `SELECT count(*) FILTER (WHERE ${asked}), coalesce(fsum(CASE WHEN ${there('a')} THEN coalesce(power(greatest(0, 1 - ${age} / ${days}), ${exponent}), 0) ELSE 0 END), 0) FROM (${cells})`;
    }
    default:
      return undefined;
  }
}

/** Cells with the most frequent `value` of their `key`. */
function mostOfKey(cells: string, isGone: string, wasMissing: string, key: string, value: string): string {
  const groups = `SELECT ${key} AS k, ${value} AS v, count(*) AS n FROM p WHERE NOT ${isGone} AND NOT ${wasMissing} GROUP BY k, v`;
  return `WITH p AS (${cells}) SELECT (SELECT count(*) FROM p WHERE NOT ${wasMissing}), (SELECT coalesce(sum(most), 0) FROM (SELECT max(n) AS most FROM (${groups}) GROUP BY k))`;
}

const number = (cell: string) => `TRY_CAST(${trimmed(cell)} AS DOUBLE)`;

/** A number, or else a moment as seconds since 1970. */
function comparable(cell: string, formats: readonly string[], orNumber = true): string {
  const text = trimmed(cell);
  const list = `[${formats.map(sqlText).join(', ')}]`;
  const moment = `coalesce(TRY_CAST(${text} AS TIMESTAMP)${formats.length === 0 ? '' : `, try_strptime(${text}, ${list})`})`;
  return orNumber ? `coalesce(${number(cell)}, epoch(${moment}))` : moment;
}

/** Detectors and what each is worth; a cell is flagged from .5 on. */
const DETECTORS = { check: 0.6, decided: 0.5, outlier: 0.3, far: 0.3 };

function flagged(
  { columns, params }: RuleOf<'unflagged'>,
  compared: Compared,
  rules: readonly Rule[],
  masks: RuleSet['masks'],
): string {
  const [column = ''] = columns;
  const words = masks.get(column) ?? [];
  const others = [...new Set(params.decided.flat())].filter((name) => name !== column);
  const all = [column, ...others];
  const votes: string[] = [];
  for (const rule of rules) {
    if (isCellCheck(rule) && rule.columns[0] === column)
      votes.push(`${DETECTORS.check} * (NOT ${passesSql(rule, 'a0')})::INTEGER`);
  }
  const beyond = (low: number | null, high: number | null) =>
    `coalesce(${number('a0')} < ${low ?? 'NULL'} OR ${number('a0')} > ${high ?? 'NULL'}, false)::INTEGER`;
  if (params.low !== null) votes.push(`${DETECTORS.outlier} * ${beyond(params.low, params.high)}`);
  if (params.lowFar !== null) votes.push(`${DETECTORS.far} * ${beyond(params.lowFar, params.highFar)}`);
  const windows: string[] = [];
  for (const [at, left] of params.decided.entries()) {
    if (!left.every((name) => compared.has(name))) continue;
    const group = left.map((name) => `a${all.indexOf(name)}`);
    const known = group.map((cell) => `${cell} IS NOT NULL`).join(' AND ');
    // The share of the value among rows of its group, of which there have to be three.
    windows.push(
      `count(*) OVER (PARTITION BY ${group.join(', ')}, a0) AS same${at}, count(a0) OVER (PARTITION BY ${group.join(', ')}) AS of${at}, ${known} AS known${at}`,
    );
    votes.push(`${DETECTORS.decided} * (known${at} AND of${at} >= 3 AND 2 * same${at} < of${at})::INTEGER`);
  }
  const sum = votes.length === 0 ? '0' : votes.map((vote) => `coalesce(${vote}, 0)`).join(' + ');
  const here = isMissing('a0', words);
  const was = isMissing('b0', words);
  const rows = `SELECT ${['*', ...windows].join(', ')} FROM (${compared.pairs(all, 'cells')})`;
  return `SELECT count(*) FILTER (WHERE NOT ${was} OR NOT ${here}), count(*) FILTER (WHERE NOT ${here} AND ${sum} < 0.5) FROM (${rows})`;
}
