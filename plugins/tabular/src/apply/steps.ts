/** A table on its way: transformations one after the other, with what each of them changed. */
import type { Transformation } from '../operators/transformation.ts';
import type { Database } from '../table/duckdb.ts';
import { sqlName } from '../table/names.ts';
import { findChanges, makeResult } from '../transform/transform.ts';
import type { WorkingTable } from '../transform/working-table.ts';
import type { LoggedStep } from './change-log.ts';
import type { Restructured } from './source-record.ts';

/** What a transformation would do, in tables of its own. */
export interface Tried {
  readonly transformation: Transformation;
  /** As `findChanges` says. */
  readonly changes: string;
  readonly result: WorkingTable;
  /** Changes of cells, of rows that are gone, and of columns. */
  readonly cells: number;
  readonly rows: number;
  readonly columns: number;
  /** Names of columns with another cell, or that came or went. */
  readonly touched: readonly string[];
}

export class Steps {
  readonly #database: Database;
  #table: WorkingTable;
  #count = 0;
  readonly taken: LoggedStep[] = [];
  readonly restructured: Restructured[] = [];

  /** `table` stays as it is. */
  constructor(database: Database, table: WorkingTable) {
    this.#database = database;
    this.#table = table;
  }

  /** As it is after the steps taken. */
  get table(): WorkingTable {
    return this.#table;
  }

  /** To be taken or dropped. Errors: rejects with an `Error` in DuckDB's words when it fails on a value. */
  async try(transformation: Transformation): Promise<Tried> {
    const number = this.#count++;
    const changes = `changes_${number}`;
    await findChanges(this.#database, this.#table, transformation, changes);
    const [[cells, rows, columns] = []] = await this.#database.query(
      `SELECT count(*) FILTER (WHERE kind = 'cell'), count(*) FILTER (WHERE kind = 'row'), count(*) FILTER (WHERE kind = 'column') FROM ${changes}`,
    );
    const touched = await this.#database.query(
      `SELECT DISTINCT "column" FROM ${changes} WHERE "column" IS NOT NULL ORDER BY "column"`,
    );
    const result = await makeResult(this.#database, this.#table, transformation, changes, `table_${number}`);
    return {
      transformation,
      changes,
      result,
      cells: Number(cells),
      rows: Number(rows),
      columns: Number(columns),
      touched: touched.map(([name]) => String(name)),
    };
  }

  async drop({ changes, result }: Tried): Promise<void> {
    await this.#database.query(`DROP TABLE ${sqlName(changes)}`);
    await this.#database.query(`DROP TABLE ${sqlName(result.relation)}`);
  }

  async take({ transformation: { kind }, changes, result }: Tried, operator: string, candidate: string): Promise<void> {
    const { relation, columns } = this.#table;
    if (kind === 'columns' || kind === 'table') {
      this.restructured.push({ step: this.taken.length, kind, columns });
    }
    if (this.taken.length > 0) await this.#database.query(`DROP TABLE ${sqlName(relation)}`);
    this.#table = result;
    this.taken.push({ operator, candidate, changes });
  }
}
