/** Rules about cells, many columns in one pass. */
import type { Database } from '../table/duckdb.ts';
import { sqlName, sqlText } from '../table/names.ts';
import { hasForm, isMask, isMissing, passesSql } from './cell-sql.ts';
import type { Compared } from './compare.ts';
import type { Filled, Held } from './measure.ts';
import { isCellCheck, type Rule, type RuleOf, type RuleSet } from './rule.ts';

/** Of one query. */
const COLUMNS_MAX = 32;

export interface CellMeasures {
  readonly rules: ReadonlyMap<string, Held>;
  readonly valid: ReadonlyMap<string, Held>;
}

interface ColumnRules {
  readonly name: string;
  readonly rules: readonly Rule[];
}

export async function measureCells(
  database: Database,
  compared: Compared,
  rules: readonly Rule[],
  masks: RuleSet['masks'],
  filled: Filled,
): Promise<CellMeasures> {
  const byColumn = new Map<string, Rule[]>();
  for (const rule of rules) {
    const isCell = isCellCheck(rule) || rule.kind === 'present' || rule.kind === 'unmasked' || rule.kind === 'one_form';
    const [name] = rule.columns;
    if (isCell && name !== undefined) byColumn.set(name, [...(byColumn.get(name) ?? []), rule]);
  }
  const columns = [...byColumn].map(([name, of]): ColumnRules => ({ name, rules: of }));
  const found = { rules: new Map<string, Held>(), valid: new Map<string, Held>() };
  for (let from = 0; from < columns.length; from += COLUMNS_MAX) {
    await measureChunk(database, compared, columns.slice(from, from + COLUMNS_MAX), masks, filled, found);
  }
  return found;
}

/** An aggregate of the query, and who wants its number. */
interface Question {
  readonly sql: string;
  readonly take: (count: number) => void;
}

async function measureChunk(
  database: Database,
  compared: Compared,
  columns: readonly ColumnRules[],
  masks: RuleSet['masks'],
  filled: Filled,
  found: { readonly rules: Map<string, Held>; readonly valid: Map<string, Held> },
): Promise<void> {
  const states: string[] = [];
  const checks: string[] = [];
  const questions: Question[] = [];
  const later: (() => Promise<void>)[] = [];
  const count = (condition: string, take: (count: number) => void) =>
    questions.push({ sql: `count(*) FILTER (WHERE ${condition})`, take });
  const held = (into: Map<string, Held>, key: string, applicable: string, satisfied: string) => {
    let total = 0;
    count(applicable, (number) => {
      total = number;
    });
    count(satisfied, (number) => into.set(key, { applicable: total, satisfied: number }));
  };
  for (const [at, { name, rules }] of columns.entries()) {
    const [a, b] = [`a${at}`, `b${at}`];
    const words = masks.get(name) ?? [];
    // Missing, and written as a word for it; now and before.
    const isMasked = rules.some(({ kind }) => kind === 'unmasked');
    const mask = (cell: string) => (isMasked ? isMask(cell, words) : 'false');
    states.push(`${isMissing(a, words)} AS ma${at}`, `${mask(a)} AS wa${at}`);
    if (compared.hasBefore) states.push(`${isMissing(b, words)} AS mb${at}`, `${mask(b)} AS wb${at}`);
    const [ma, wa] = [`ma${at}`, `wa${at}`];
    const [mb, wb] = compared.hasBefore ? [`mb${at}`, `wb${at}`] : [ma, wa];
    const cellChecks = rules.filter(isCellCheck);
    const passed = cellChecks.map((rule, number) => {
      const flag = `c${at}_${number}`;
      checks.push(`coalesce(${passesSql(rule, a)}, false) AS ${flag}`);
      // Where a value was missing, one that was filled in is asked only whether it is wrong.
      held(found.rules, rule.id, `NOT ${mb} OR (NOT ${ma} AND NOT ${flag})`, `NOT ${mb} AND NOT ${ma} AND ${flag}`);
      return flag;
    });
    for (const rule of rules) {
      if (rule.kind === 'unmasked') held(found.rules, rule.id, `${wa} OR ${wb}`, `NOT ${wa} AND ${wb}`);
      else if (rule.kind === 'one_form') {
        const flags = rule.params.forms.map((form, number) => {
          checks.push(`coalesce(${hasForm(form, a)}, false) AS f${at}_${number}`);
          return `f${at}_${number}`;
        });
        askForms(rule, flags, `NOT ${mb}`, count, found.rules);
      } else if (rule.kind === 'present') {
        let there = 0;
        let rows = 0;
        questions.push({
          sql: 'count(*)',
          take: (number) => {
            rows = number;
          },
        });
        count(`NOT ${ma} AND NOT ${mb}`, (number) => {
          there = number;
          found.rules.set(rule.id, { applicable: rows, satisfied: there });
        });
        if (!compared.hasBefore) continue;
        count(`NOT ${ma} AND ${mb}`, (number) => {
          if (number === 0) return;
          later.push(async () => {
            const worth = await worthOfFilled(database, compared, name, words, number, filled);
            found.rules.set(rule.id, { applicable: rows, satisfied: there + worth });
          });
        });
      }
    }
    if (cellChecks.length + rules.filter(({ kind }) => kind === 'unmasked').length === 0) continue;
    const all = passed.length === 0 ? 'true' : `(${passed.join(' AND ')})`;
    const isAsked = passed.length === 0 ? 'false' : `NOT ${mb}`;
    const applicable = `${isAsked} OR ${wa} OR ${wb} OR (NOT ${ma} AND NOT ${all})`;
    const satisfied = `NOT ${wa} AND CASE WHEN ${mb} THEN ${ma} OR ${all} ELSE NOT ${ma} AND ${all} END`;
    held(found.valid, name, applicable, `(${applicable}) AND ${satisfied}`);
  }
  const pairs = compared.pairs(
    columns.map(({ name }) => name),
    'cells',
  );
  const list = questions.map(({ sql }) => sql).join(', ');
  // Each question about a text is answered once, and counted many times.
  const flags = `WITH s AS MATERIALIZED (SELECT ${[...states, ...checks].join(', ')} FROM (${pairs}))`;
  const [answers = []] = await database.query(`${flags} SELECT ${list} FROM s`);
  for (const [at, { take }] of questions.entries()) take(Number(answers[at] ?? 0));
  for (const act of later) await act();
}

/** Cells of the form that most have; of those that were not missing before. */
function askForms(
  rule: RuleOf<'one_form'>,
  flags: readonly string[],
  isAsked: string,
  count: (condition: string, take: (count: number) => void) => void,
  into: Map<string, Held>,
): void {
  let applicable = 0;
  count(isAsked, (number) => {
    applicable = number;
    into.set(rule.id, { applicable, satisfied: 0 });
  });
  for (const flag of flags) {
    count(`${isAsked} AND ${flag}`, (number) => {
      const best = Math.max(number, into.get(rule.id)?.satisfied ?? 0);
      into.set(rule.id, { applicable, satisfied: best });
    });
  }
}

/** The sum of the confidence of all values that were filled in. */
async function worthOfFilled(
  database: Database,
  compared: Compared,
  column: string,
  words: readonly string[],
  total: number,
  { confidence, relation }: Filled,
): Promise<number> {
  if (relation === undefined) return total * confidence;
  const filled = `SELECT r FROM (${compared.pairs([column], 'cells')}) WHERE NOT ${isMissing('a0', words)} AND ${isMissing('b0', words)}`;
  const known = await database.query(
    `SELECT confidence, count(*) FROM ${sqlName(relation)} WHERE "column" = ${sqlText(column)} AND row IN (${filled}) GROUP BY confidence ORDER BY confidence`,
  );
  let worth = 0;
  let rest = total;
  for (const [sure, number] of known) {
    worth += Number(sure) * Number(number);
    rest -= Number(number);
  }
  return worth + Math.max(0, rest) * confidence;
}
