/** The quality of a table on its way, by rules of the table it was: what each step gains. */
import { isMissing } from '../quality/cell-sql.ts';
import { type Filled, type Measures, measure, remeasure } from '../quality/measure.ts';
import type { RuleSet } from '../quality/rule.ts';
import { type Scores, scoresOf, type Weights } from '../quality/score.ts';
import type { Database } from '../table/duckdb.ts';
import { sqlName } from '../table/names.ts';
import type { WorkingTable } from '../transform/working-table.ts';
import type { Tried } from './steps.ts';

/** Values that were filled in, and how sure they are. */
const FILLED = 'filled';

export interface Measured {
  readonly measures: Measures;
  readonly scores: Scores;
}

export class QualityWatch {
  readonly #database: Database;
  readonly #source: WorkingTable;
  readonly #rules: RuleSet;
  readonly #weights: Weights;
  /** Columns -> those of rules that are about them too. */
  readonly #related: ReadonlyMap<string, ReadonlySet<string>>;
  #now: Measured;
  /** Rows are not those of the source any more, so that nothing can be compared. */
  #isOver = false;

  static async start(
    database: Database,
    source: WorkingTable,
    rules: RuleSet,
    weights: Weights,
  ): Promise<QualityWatch> {
    await database.query(`CREATE TABLE ${FILLED} (row BIGINT, "column" VARCHAR, confidence DOUBLE)`);
    const measures = await measure(database, source, rules, { before: source });
    return new QualityWatch(database, source, rules, weights, measures);
  }

  private constructor(database: Database, source: WorkingTable, rules: RuleSet, weights: Weights, measures: Measures) {
    this.#database = database;
    this.#source = source;
    this.#rules = rules;
    this.#weights = weights;
    this.#related = relatedColumns(rules);
    this.#now = { measures, scores: scoresOf(rules, measures, weights) };
  }

  /** After the steps taken. */
  get scores(): Scores {
    return this.#now.scores;
  }

  get measures(): Measures {
    return this.#now.measures;
  }

  /** By the steps taken. */
  get filled(): Filled {
    return { confidence: 1, relation: FILLED };
  }

  /** Columns whose change may change what a step in `columns` gains. */
  relatedTo(columns: readonly string[]): Set<string> {
    return new Set(columns.flatMap((column) => [column, ...(this.#related.get(column) ?? [])]));
  }

  /** What it would be like after this step, which is `confidence` sure. */
  async after(tried: Tried, confidence: number): Promise<Measured> {
    const isIdle = tried.cells + tried.rows + tried.columns === 0;
    if (isIdle || this.#isOver || tried.transformation.kind === 'table') return this.#now;
    const touched = { columns: tried.touched, rows: tried.rows > 0 };
    const measures = await remeasure(this.#database, tried.result, this.#rules, this.#now.measures, touched, {
      before: this.#source,
      filled: { confidence, relation: FILLED },
    });
    return { measures, scores: scoresOf(this.#rules, measures, this.#weights) };
  }

  /** The step is taken; `measured` is what `after` said of it. */
  async take(tried: Tried, confidence: number, measured: Measured): Promise<void> {
    this.#now = measured;
    if (tried.transformation.kind === 'table') this.#isOver = true;
    const changes = sqlName(tried.changes);
    await this.#database.query(
      `DELETE FROM ${FILLED} WHERE (row, "column") IN (SELECT (row, "column") FROM ${changes} WHERE kind = 'cell')`,
    );
    await this.#database.query(
      `INSERT INTO ${FILLED} SELECT row, "column", ${confidence} FROM ${changes} WHERE kind = 'cell' AND ${isMissing('before', [])} AND NOT ${isMissing('after', [])}`,
    );
  }
}

function relatedColumns({ rules }: RuleSet): Map<string, Set<string>> {
  const related = new Map<string, Set<string>>();
  for (const rule of rules) {
    const decided = rule.kind === 'unflagged' ? rule.params.decided.flat() : [];
    // One that is about whole rows is not about its columns.
    if (rule.kind === 'different_rows' || rule.kind === 'clearly_different_rows') continue;
    const all = [...rule.columns, ...decided];
    for (const column of all) related.set(column, new Set([...(related.get(column) ?? []), ...all]));
  }
  return related;
}
