/** How often a table keeps each rule. Counts only: what they are worth is for `score.ts`. */
import type { QualityHeld } from '../documents.generated.ts';
import type { Database } from '../table/duckdb.ts';
import { addFunctions } from '../table/functions.ts';
import type { WorkingTable } from '../transform/working-table.ts';
import { CELL_FUNCTIONS } from './cell-sql.ts';
import { type Compared, compare } from './compare.ts';
import { measureCells } from './measure-cells.ts';
import { measureRows } from './measure-rows.ts';
import type { Rule, RuleSet } from './rule.ts';

export type Held = QualityHeld;

export interface Measures {
  /** Rule -> how often it was kept; null where its columns are not there, now or before. */
  readonly rules: ReadonlyMap<string, Held | null>;
  /** Column -> cells that keep all its rules of validity; of columns with such rules. */
  readonly valid: ReadonlyMap<string, Held>;
}

export interface MeasureOptions {
  /**
   * The table the rules are from, or as it was loaded: what is gone counts as it was, what was missing counts as filled in.
   * Without it the table is measured by itself. Rows are told by `_row`, so that the two must number them alike.
   */
  readonly before?: WorkingTable | undefined;
  readonly filled?: Filled | undefined;
}

/** What a value counts where one was missing: 1 unless told. */
export interface Filled {
  readonly confidence: number;
  /** Relation with `row`, `column` and `confidence`, for values that are surer or less sure. */
  readonly relation?: string | undefined;
}

/** What has changed since a table was measured. */
export interface Touched {
  readonly columns: readonly string[];
  /** Rows came or went. */
  readonly rows: boolean;
}

/** Databases that have the functions. */
const prepared = new WeakSet<Database>();

export async function measure(
  database: Database,
  table: WorkingTable,
  { rules, masks }: RuleSet,
  options: MeasureOptions = {},
): Promise<Measures> {
  return await measureSome(database, table, rules, masks, options, { rules: new Map(), valid: new Map() });
}

/** Asks again only what the change can have changed; `measures` are those before it, made with the same `before`. */
export async function remeasure(
  database: Database,
  table: WorkingTable,
  { rules, masks }: RuleSet,
  measures: Measures,
  touched: Touched,
  options: MeasureOptions = {},
): Promise<Measures> {
  const names = new Set(touched.columns);
  const there = new Set(table.columns.map(({ name }) => name));
  // Rules of columns that are gone stay as they are: nothing is gained by it, and nothing lost.
  const asked = rules.filter(
    (rule) => (touched.rows || isAbout(rule, names)) && rule.columns.every((name) => there.has(name)),
  );
  return await measureSome(database, table, asked, masks, options, measures);
}

function isAbout(rule: Rule, names: ReadonlySet<string>): boolean {
  // Rows are told apart by what they were.
  if (rule.kind === 'different_rows' || rule.kind === 'clearly_different_rows') return false;
  if (rule.kind === 'unflagged')
    return [...rule.columns, ...rule.params.decided.flat()].some((name) => names.has(name));
  return rule.columns.some((name) => names.has(name));
}

async function measureSome(
  database: Database,
  table: WorkingTable,
  asked: readonly Rule[],
  masks: RuleSet['masks'],
  { before, filled = { confidence: 1 } }: MeasureOptions,
  known: Pick<Measures, 'rules' | 'valid'>,
): Promise<Measures> {
  if (!prepared.has(database)) addFunctions(database, CELL_FUNCTIONS);
  prepared.add(database);
  const compared: Compared = await compare(database, table, before);
  try {
    const possible = asked.filter(({ columns }) => columns.every(compared.has));
    const cells = await measureCells(database, compared, possible, masks, filled);
    const found = new Map<string, Held | null>([
      ...known.rules,
      ...asked.map(({ id }) => [id, null] as const),
      ...cells.rules,
      ...(await measureRows(database, compared, possible, masks)),
    ]);
    return { rules: found, valid: new Map([...known.valid, ...cells.valid]) };
  } finally {
    await compared.drop();
  }
}
