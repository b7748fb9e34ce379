/** Whether what remains is distributed like what there was: after rows went, and after missing values were filled in. */
import type { ProfileColumn } from '../documents.generated.ts';
import { named } from '../operators/words.ts';
import { sqlName, sqlText } from '../table/names.ts';
import type { Attempt, Check, Issue } from './trial.ts';

const BINS = 10;
const PSI_WARN = 0.2;
const PSI_ERROR = 0.25;
const CORRELATION_MAX = 0.1;
const COLUMNS_MAX = 50;
const PAIRS_MAX = 20;
/** Of a bin without rows. */
const SHARE_MIN = 1e-4;

export const checkDrift: Check = async (attempt) => {
  const { trial, operator, transformation, counts } = attempt;
  const isRows = transformation.kind === 'rows';
  // Cells that are changed for the better are meant to be distributed otherwise.
  if (!isRows && !(transformation.kind === 'cells' && operator.phase === 'fill')) return [];
  if ((isRows ? counts.rows : counts.cells) === 0 || attempt.rows === counts.rows) return [];
  const touched = new Set(counts.changed.map(({ column }) => column));
  const columns = trial.profile.columns.filter(({ name }) => isRows || touched.has(name)).slice(0, COLUMNS_MAX);
  const issues: Issue[] = [];
  for (const column of columns) {
    const found = column.numeric ? await numberDrift(attempt, column) : await wordDrift(attempt, column);
    if (found) issues.push({ ...found, severity: isRows ? found.severity : 'warning' });
  }
  return [...issues, ...(await correlationDrift(attempt, new Set(columns.map(({ name }) => name))))];
};

const numberOf = (name: string) => `TRY_CAST(${sqlName(name)} AS DOUBLE)`;

async function numberDrift(
  { trial, table, result }: Attempt,
  { name, numeric }: ProfileColumn,
): Promise<Issue | undefined> {
  const { database } = trial;
  const cell = numberOf(name);
  const [before, after] = [table, result].map(
    ({ relation }) => `(SELECT ${cell} AS x FROM ${sqlName(relation)} WHERE isfinite(${cell}))`,
  );
  const places = Array.from({ length: BINS - 1 }, (_, at) => (at + 1) / BINS).join(', ');
  const [[edges] = []] = await database.query(
    `SELECT array_to_string(list_sort(list_distinct(quantile_cont(x, [${places}]))), ' ') FROM ${before}`,
  );
  const bounds = String(edges ?? '')
    .split(' ')
    .filter(Boolean)
    .map(Number);
  if (bounds.length === 0) return undefined;
  const bins = [...bounds, undefined].map((high, at) => {
    const conditions = [
      ...(at === 0 ? [] : [`x > ${bounds[at - 1]}`]),
      ...(high === undefined ? [] : [`x <= ${high}`]),
    ];
    return `count(*) FILTER (WHERE ${conditions.join(' AND ')})`;
  });
  const count = async (from: string | undefined) =>
    (await database.query(`SELECT ${bins.join(', ')} FROM ${from}`))[0]?.map(Number) ?? [];
  const index = stabilityIndex(await count(before), await count(after));
  if (index < PSI_WARN) return undefined;
  const both = `SELECT x, 1 AS o, 0 AS n FROM ${before} UNION ALL SELECT x, 0, 1 FROM ${after}`;
  const sums = `SELECT x, sum(sum(o)) OVER (ORDER BY x) / sum(sum(o)) OVER () AS fo, sum(sum(n)) OVER (ORDER BY x) / sum(sum(n)) OVER () AS fn FROM (${both}) GROUP BY x`;
  const [[distance, shift] = []] = await database.query(
    `SELECT (SELECT max(abs(fo - fn)) FROM (${sums})), (SELECT favg(x) FROM ${after}) - (SELECT favg(x) FROM ${before})`,
  );
  const { std } = numeric ?? {};
  const sigmas = std ? `; its mean moves by ${(Number(shift) / std).toFixed(2)} standard deviations` : '';
  return issueOf(
    name,
    index,
    `, the largest distance of the two distributions is ${Number(distance).toFixed(2)}${sigmas}`,
  );
}

/** Of columns with few different values. */
async function wordDrift({ trial, table, result }: Attempt, column: ProfileColumn): Promise<Issue | undefined> {
  const { name, complete_domain: isComplete, top } = column;
  if (!isComplete || top.length < 2) return undefined;
  const list = top.map(({ value }) => `count(*) FILTER (WHERE ${sqlName(name)} = ${sqlText(value)})`).join(', ');
  const count = async (relation: string) =>
    (await trial.database.query(`SELECT ${list} FROM ${sqlName(relation)}`))[0]?.map(Number) ?? [];
  const index = stabilityIndex(await count(table.relation), await count(result.relation));
  return index < PSI_WARN ? undefined : issueOf(name, index, '');
}

function issueOf(column: string, index: number, more: string): Issue {
  return {
    severity: index > PSI_ERROR ? 'error' : 'warning',
    code: 'drift',
    message: `Values of ${named([column])} are distributed otherwise: the population stability index is ${index.toFixed(2)}${more}.`,
    column,
  };
}

/** Σ (a - e) ln(a / e) over the shares of the bins. */
function stabilityIndex(expected: readonly number[], actual: readonly number[]): number {
  const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);
  const [of, now] = [total(expected), total(actual)];
  if (of === 0 || now === 0) return 0;
  let index = 0;
  for (const [at, count] of expected.entries()) {
    const e = Math.max(SHARE_MIN, count / of);
    const a = Math.max(SHARE_MIN, (actual[at] ?? 0) / now);
    index += (a - e) * Math.log(a / e);
  }
  return index;
}

async function correlationDrift({ trial, table, result }: Attempt, columns: ReadonlySet<string>): Promise<Issue[]> {
  const pairs = trial.profile.correlations
    .filter((one) => one.method === 'pearson' && one.columns.some((name) => columns.has(name)))
    .slice(0, PAIRS_MAX);
  if (pairs.length === 0) return [];
  const list = pairs.map(({ columns: [a = '', b = ''] }) => `corr(${numberOf(a)}, ${numberOf(b)})`).join(', ');
  const [before = [], after = []] = [
    (await trial.database.query(`SELECT ${list} FROM ${sqlName(table.relation)}`))[0],
    (await trial.database.query(`SELECT ${list} FROM ${sqlName(result.relation)}`))[0],
  ];
  return pairs.flatMap(({ columns: pair }, at): Issue[] => {
    const [from, to] = [Number(before[at]), Number(after[at])];
    if (!(Math.abs(from - to) > CORRELATION_MAX)) return [];
    const message = `${named(pair)} go together otherwise: their correlation is ${to.toFixed(2)} afterwards, ${from.toFixed(2)} before.`;
    return [{ severity: 'warning', code: 'drift', message, column: null }];
  });
}
