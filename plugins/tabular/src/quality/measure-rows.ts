/** Rules that need more than one row or column, a query for each. */
import type { Database } from '../table/duckdb.ts';
import { sqlText } from '../table/names.ts';
import { foldedCell, isMissing, passesSql, patternKey, spellingKey, trimmed } from './cell-sql.ts';
import type { Compared } from './compare.ts';
import type { Held } from './measure.ts';
import { isCellCheck, type Rule, type RuleOf, type RuleSet } from './rule.ts';

/** Tables with more cells are not copied. */
const COPIED_MAX = 50_000_000;
const CELLS = 'quality_cells';

export async function measureRows(
  database: Database,
  compared: Compared,
  rules: readonly Rule[],
  masks: RuleSet['masks'],
): Promise<Map<string, Held>> {
  const found = new Map<string, Held>();
  const asked = rules.filter(({ kind }) => ROW_KINDS.has(kind));
  if (asked.length === 0) return found;
  const cells = await prepare(database, compared, asked, masks);
  try {
    for (const rule of asked) {
      const [row = []] = await database.query(queryOf(rule, compared, cells, rules));
      found.set(rule.id, { applicable: Number(row[0] ?? 0), satisfied: Number(row[1] ?? 0) });
    }
  } finally {
    await database.query(`DROP ${cells.isCopy ? 'TABLE' : 'VIEW'} ${CELLS}`);
  }
  return found;
}

const ROW_KINDS: ReadonlySet<Rule['kind']> = new Set<Rule['kind']>([
  'dependency',
  'order',
  'sum',
  'equal',
  'one_pattern',
  'one_spelling',
  'different_rows',
  'clearly_different_rows',
  'key',
  'unflagged',
  'recent',
]);

/** Rules about whole rows look at texts as they are. */
const WHOLE: ReadonlySet<Rule['kind']> = new Set(['different_rows', 'clearly_different_rows']);

/** `quality_cells`: for each column a value `a0`, `a1` …, null where it is missing, and whether there was one before, `p0` … */
interface Cells {
  /** Number of a column. */
  readonly at: (column: string) => number;
  readonly isCopy: boolean;
}

async function prepare(
  database: Database,
  compared: Compared,
  rules: readonly Rule[],
  masks: RuleSet['masks'],
): Promise<Cells> {
  const names = rules.flatMap((rule) => {
    if (WHOLE.has(rule.kind)) return [];
    return rule.kind === 'unflagged' ? [...rule.columns, ...rule.params.decided.flat()] : rule.columns;
  });
  const columns = [...new Set(names)].filter(compared.has);
  const list = columns.flatMap((name, at) => {
    const words = masks.get(name) ?? [];
    const value = `CASE WHEN ${isMissing(`a${at}`, words)} THEN NULL ELSE a${at} END AS a${at}`;
    return [value, ...(compared.hasBefore ? [`NOT ${isMissing(`b${at}`, words)} AS p${at}`] : [])];
  });
  const isCopy = rules.length > 2 && columns.length * compared.rows <= COPIED_MAX;
  await database.query(
    `CREATE TEMP ${isCopy ? 'TABLE' : 'VIEW'} ${CELLS} AS SELECT ${['r', ...list].join(', ')} FROM (${compared.pairs(columns, 'cells')})`,
  );
  const places = new Map(columns.map((name, at) => [name, at]));
  return { at: (column) => places.get(column) ?? -1, isCopy };
}

/** Two numbers: how often it was asked, and how often kept. */
function queryOf(rule: Rule, compared: Compared, cells: Cells, rules: readonly Rule[]): string {
  const { columns } = rule;
  const a = columns.map((name) => `a${cells.at(name)}`);
  const here = `(${a.map((cell) => `${cell} IS NOT NULL`).join(' AND ')})`;
  const was = compared.hasBefore ? `(${columns.map((name) => `p${cells.at(name)}`).join(' AND ')})` : here;
  const asked = compared.hasBefore ? `(${here} OR ${was})` : here;
  const last = a[a.length - 1] ?? '';
  const others = a.slice(0, -1);
  const rowRule = (holds: string) =>
    `SELECT count(*) FILTER (WHERE ${asked}), count(*) FILTER (WHERE ${here} AND coalesce(${holds}, false)) FROM ${CELLS}`;
  switch (rule.kind) {
    case 'dependency': {
      const left = others.join(', ');
      const pairs = `SELECT ${left}, ${here} AS here, count(*) AS n, count(*) FILTER (WHERE ${was}) AS before FROM ${CELLS} WHERE ${asked} GROUP BY ${left}, ${last}`;
      const groups = `SELECT sum(CASE WHEN here THEN n ELSE before END) AS asked, max(n) FILTER (WHERE here) AS most FROM (${pairs}) GROUP BY ${left}`;
      return `SELECT coalesce(sum(asked), 0), coalesce(sum(most), 0) FROM (${groups})`;
    }
    case 'order': {
      const [low, high] = a.map((cell) => comparable(cell, rule.params.formats));
      return rowRule(`${low} <= ${high}`);
    }
    case 'sum':
      return rowRule(
        `abs(${number(last)} - (${others.map(number).join(' + ')})) <= 1e-9 * greatest(1, abs(${number(last)}))`,
      );
    case 'equal':
      return rowRule(`${a[0]} = ${a[1]}`);
    case 'one_pattern':
      return mostOfKey(last, was, `''`, patternKey('c'));
    case 'one_spelling':
      return mostOfKey(last, was, spellingKey('c'), 'c');
    case 'different_rows':
    case 'clearly_different_rows': {
      const list = columns.map(
        (_, at) => `${rule.kind === 'different_rows' ? `b${at}` : foldedCell(`b${at}`)} AS f${at}`,
      );
      const rows = `SELECT ${list.join(', ')} FROM (${compared.pairs(columns, 'different')})`;
      return `WITH p AS MATERIALIZED (${rows}) SELECT (SELECT count(*) FROM p), (SELECT count(*) FROM (SELECT DISTINCT * FROM p))`;
    }
    case 'key': {
      const from = compared.rowsDiffer
        ? `(${CELLS} SEMI JOIN (${compared.pairs([], 'different')}) d USING (r))`
        : CELLS;
      const list = a.join(', ');
      return `SELECT (SELECT count(*) FROM ${from} WHERE ${asked}), (SELECT count(*) FROM (SELECT DISTINCT ${list} FROM ${from} WHERE ${here}))`;
    }
    case 'unflagged':
      return flagged(rule, compared, cells, rules, asked);
    case 'recent': {
      const { now, days, exponent } = rule.params;
      const moment = comparable(last, rule.params.formats, false);
      const age = `greatest(0, date_diff('second', ${moment}, TRY_CAST(${sqlText(now)} AS TIMESTAMP))) / 86400.0`;
      const worth = `coalesce(power(greatest(0, 1 - ${age} / ${days}), ${exponent}), 0)`;
      return `SELECT count(*) FILTER (WHERE ${asked}), coalesce(fsum(CASE WHEN ${here} THEN ${worth} ELSE 0 END), 0) FROM ${CELLS}`;
    }
    default:
      throw new Error(`${rule.kind} is no rule about rows`);
  }
}

/** Cells with the most frequent `value` of their `key`, both of a text `c`; of those where one was before. */
function mostOfKey(cell: string, was: string, key: string, value: string): string {
  const values = `SELECT ${cell} AS c, count(*) AS n FROM ${CELLS} WHERE ${was} GROUP BY c`;
  const groups = `SELECT ${key} AS k, ${value} AS v, sum(n) AS n FROM known WHERE c IS NOT NULL GROUP BY k, v`;
  return `WITH known AS MATERIALIZED (${values}) SELECT (SELECT coalesce(sum(n), 0) FROM known), (SELECT coalesce(sum(most), 0) FROM (SELECT max(n) AS most FROM (${groups}) GROUP BY k))`;
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
  cells: Cells,
  rules: readonly Rule[],
  asked: string,
): string {
  const [column = ''] = columns;
  const cell = `a${cells.at(column)}`;
  const votes: string[] = [];
  for (const rule of rules) {
    if (!isCellCheck(rule) || rule.columns[0] !== column) continue;
    votes.push(`${DETECTORS.check} * (NOT ${passesSql(rule, cell)})::INTEGER`);
  }
  const beyond = (low: number | null, high: number | null) =>
    `coalesce(${number(cell)} < ${low ?? 'NULL'} OR ${number(cell)} > ${high ?? 'NULL'}, false)::INTEGER`;
  if (params.low !== null) votes.push(`${DETECTORS.outlier} * ${beyond(params.low, params.high)}`);
  if (params.lowFar !== null) votes.push(`${DETECTORS.far} * ${beyond(params.lowFar, params.highFar)}`);
  for (const left of params.decided) {
    if (!left.every((name) => compared.has(name))) continue;
    const group = left.map((name) => `a${cells.at(name)}`);
    const known = [...group, cell].map((one) => `${one} IS NOT NULL`).join(' AND ');
    // Values that less than half of the rows of their group have, of which there are three at least.
    const values = `SELECT ${group.join(', ')}, ${cell}, count(*) AS n FROM ${CELLS} WHERE ${known} GROUP BY ALL`;
    const few = `SELECT ${[...group, cell].join(', ')} FROM (SELECT *, sum(n) OVER (PARTITION BY ${group.join(', ')}) AS rows FROM (${values})) WHERE rows >= 3 AND 2 * n < rows`;
    votes.push(`${DETECTORS.decided} * ((${[...group, cell].join(', ')}) IN (${few}))::INTEGER`);
  }
  const sum = votes.length === 0 ? '0' : votes.map((vote) => `coalesce(${vote}, 0)`).join(' + ');
  return `SELECT count(*) FILTER (WHERE ${asked}), count(*) FILTER (WHERE ${cell} IS NOT NULL AND ok) FROM (SELECT *, ${sum} < 0.5 AS ok FROM ${CELLS})`;
}
