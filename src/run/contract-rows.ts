/**
 * What a contract says of rows, in one pass over the file; keys that do not fit into memory at once take further ones. The
 * first rows that are wrong are shown, all are counted.
 */
import { cellReader } from '../contents/cell-types.ts';
import { countRows } from '../contents/count-rows.ts';
import { KEYS_MAX, KeySet } from '../contents/key-set.ts';
import type { RowTaker } from '../contents/read-rows.ts';
import { readRows } from '../contents/read-rows.ts';
import { nearest } from '../diagnostics/suggest.ts';
import type { FileFormat } from '../model/file-format.ts';
import { formatOf } from '../model/file-format.ts';
import type { FileSystem } from '../ports/file-system.ts';
import { showValue } from '../schema/findings.ts';
import type { SchemaFinding, Validator } from '../schema/validate.ts';
import { compileSchema } from '../schema/validate.ts';
import type { Json } from '../util/canonical-json.ts';
import { canonicalJson } from '../util/canonical-json.ts';
import { quoteName } from '../util/harmless-text.ts';
import { findingText } from './contract-finding.ts';

export interface RowConditions {
  readonly schema: Json | undefined;
  readonly unique: readonly (readonly string[])[];
  readonly notNull: readonly string[];
}

export interface CheckedRows {
  /** Undefined when they could not all be read. */
  readonly rows: number | undefined;
  /** Sentences without a full stop. */
  readonly problems: readonly string[];
}

const SHOWN = 5;

/** `path` is absolute. Rejects when `signal` fires. */
export async function checkRows(
  fs: FileSystem,
  path: string,
  conditions: RowConditions,
  signal?: AbortSignal,
): Promise<CheckedRows> {
  const compiled = compileConditions(conditions.schema);
  if (typeof compiled === 'string') return { rows: undefined, problems: [compiled] };
  const unique = conditions.unique.map((columns) => new UniqueCheck(columns));
  const check = new RowCheck(formatOf(path), { ...conditions, ...compiled, unique });
  const passes = unique.length === 0 ? 1 : await passesFor(fs, path, unique.length, signal);
  for (const one of unique) one.begin(0, passes);
  const read = await readRows(fs, path, check, signal);
  if (!read.ok) return { rows: undefined, problems: [read.error] };
  for (let pass = 1; pass < passes; pass++) {
    for (const one of unique) one.begin(pass, passes);
    const again = await readRows(fs, path, check.keysOnly(), signal);
    if (!again.ok) return { rows: undefined, problems: [again.error] };
  }
  return { rows: check.isStopped ? undefined : check.rows, problems: check.problems() };
}

/** Only of files so large that it may be more than one the rows are counted for it. */
async function passesFor(fs: FileSystem, path: string, sets: number, signal?: AbortSignal): Promise<number> {
  const most = Math.floor(KEYS_MAX / sets);
  const isLarge = (fs.stat(path)?.size ?? 0) / 2 > most || formatOf(path) === 'parquet';
  const counted = isLarge ? await countRows(fs, path, signal) : undefined;
  return counted?.ok ? Math.max(1, Math.ceil(counted.value / most)) : 1;
}

interface Compiled {
  /** All findings of a row. */
  readonly validate: Validator | undefined;
  /** The same for rows that are only counted. */
  readonly isWrong: Validator | undefined;
}

function compileConditions(schema: Json | undefined): Compiled | string {
  if (schema === undefined) return { validate: undefined, isWrong: undefined };
  const validate = compileSchema(schema);
  const isWrong = compileSchema(schema, { firstOnly: true });
  if (!validate.ok) return `its schema cannot be used: ${validate.error}`;
  return { validate: validate.value, isWrong: isWrong.ok ? isWrong.value : validate.value };
}

type Row = { readonly [name: string]: Json };

interface Conditions extends Compiled {
  readonly schema: Json | undefined;
  readonly notNull: readonly string[];
  readonly unique: readonly UniqueCheck[];
}

/** Rows of one kind of trouble: how many, and the first of them. */
class Trouble {
  count = 0;
  readonly shown: string[] = [];

  add(describe: () => string): void {
    this.count++;
    if (this.shown.length < SHOWN) this.shown.push(describe());
  }

  get isFull(): boolean {
    return this.shown.length === SHOWN;
  }

  /** `3 of 10 rows …: line 2 (…), line 5 (…), line 7 (…)`; nothing when there was none. */
  sentence(about: (rows: string) => string, total?: number): string[] {
    if (this.count === 0) return [];
    const rows =
      total === undefined ? `${this.count} ${this.count === 1 ? 'row' : 'rows'}` : `${this.count} of ${total} rows`;
    const more = this.count - this.shown.length;
    return [`${about(rows)}: ${this.shown.join(', ')}${more > 0 ? `, and ${more} more` : ''}`];
  }
}

class RowCheck implements RowTaker {
  rows = 0;
  isStopped = false;
  readonly #format: FileFormat;
  readonly #conditions: Conditions;
  readonly #place: (place: number) => string;
  readonly #unreadable = new Trouble();
  readonly #unfit = new Trouble();
  readonly #gaps: ReadonlyMap<string, Trouble>;
  /** Of columns that no row had so far. */
  readonly #unknown: Set<string>;
  readonly #names = new Set<string>();
  /** The file itself says which columns there are. */
  #hasColumns = false;
  #asTyped: ((row: Row) => Json) | undefined;
  #stopped: string | undefined;

  constructor(format: FileFormat, conditions: Conditions) {
    this.#format = format;
    this.#conditions = conditions;
    const isLines = format === 'csv' || format === 'tsv' || format === 'jsonl';
    this.#place = (place) => `${isLines ? 'line' : 'row'} ${place}`;
    this.#gaps = new Map(conditions.notNull.map((name) => [name, new Trouble()]));
    this.#unknown = new Set([...conditions.notNull, ...conditions.unique.flatMap(({ columns }) => columns)]);
  }

  columns(names: readonly string[]): void {
    this.#hasColumns = true;
    for (const name of names) {
      this.#names.add(name);
      this.#unknown.delete(name);
    }
    const { schema } = this.#conditions;
    if (schema !== undefined && this.#isText) this.#asTyped = cellReader(schema, names);
  }

  get #isText(): boolean {
    return this.#format === 'csv' || this.#format === 'tsv';
  }

  unreadable(reason: string, place: number): void {
    this.rows++;
    this.#unreadable.add(() => `${this.#place(place)} (${reason})`);
  }

  row(value: Json, place: number): boolean {
    this.rows++;
    const row = isRow(value) ? value : EMPTY;
    if (this.#unknown.size > 0 && !this.#hasColumns) this.#learn(row);
    this.#checkSchema(value, row, place);
    for (const [name, gaps] of this.#gaps) if (isGap(row[name], this.#isText)) gaps.add(() => this.#place(place));
    for (const one of this.#conditions.unique) one.add(row, this.#place, place, this.#isText);
    return !this.isStopped;
  }

  /** For a further pass: what the first has looked at stays as it is. */
  keysOnly(): RowTaker {
    return {
      columns: () => {},
      unreadable: () => {},
      row: (value, place) => {
        const row = isRow(value) ? value : EMPTY;
        for (const one of this.#conditions.unique) one.add(row, this.#place, place, this.#isText);
        return true;
      },
    };
  }

  #learn(row: Row): void {
    for (const name of this.#unknown) if (Object.hasOwn(row, name)) this.#unknown.delete(name);
    if (this.rows === 1) for (const name of Object.keys(row)) this.#names.add(name);
  }

  #checkSchema(value: Json, row: Row, place: number): void {
    const { validate, isWrong } = this.#conditions;
    if (!validate || !isWrong) return;
    const typed = this.#asTyped ? this.#asTyped(row) : value;
    const findings = this.#unfit.isFull ? isWrong(typed) : validate(typed);
    const [first] = findings;
    if (!first) return;
    // What could not be checked in time will not be for the others either.
    if (first.keyword === 'depth' && first.message.startsWith('cannot be checked')) {
      this.#stopped = `${this.#place(place)} ${first.message}`;
      this.isStopped = true;
      return;
    }
    this.#unfit.add(() => `${this.#place(place)} (${this.#describe(findings, row)})`);
  }

  #describe(findings: readonly SchemaFinding[], row: Row): string {
    const shown = findings.slice(0, 3).map((finding) => {
      const key = finding.pointer.at(-1);
      // The cell is there; it is left out because there is nothing in it.
      const isEmpty = finding.keyword === 'required' && this.#isText && row[String(key)] === '';
      return isEmpty ? `${quoteName(String(key))} is empty` : findingText(finding);
    });
    const more = findings.length - shown.length;
    return `${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
  }

  problems(): string[] {
    const { unique } = this.#conditions;
    const known = (columns: readonly string[]) => !columns.some((name) => this.#unknown.has(name));
    return [
      ...(this.#stopped === undefined ? [] : [this.#stopped]),
      ...(this.#hasColumns || this.rows > 0 ? [...this.#unknown].map((name) => this.#sayUnknown(name)) : []),
      ...this.#unreadable.sentence((rows) => `${rows} cannot be read`, this.rows),
      ...this.#unfit.sentence(
        (rows) => `${rows} ${this.#unfit.count === 1 ? 'does' : 'do'} not fit its schema`,
        this.rows,
      ),
      ...unique.filter(({ columns }) => known(columns)).flatMap((one) => one.sentences()),
      ...[...this.#gaps].flatMap(([name, gaps]) =>
        known([name])
          ? gaps.sentence((rows) => `${rows} ${gaps.count === 1 ? 'has' : 'have'} no ${quoteName(name)}`, this.rows)
          : [],
      ),
    ];
  }

  #sayUnknown(name: string): string {
    const near = nearest(name, [...this.#names]);
    const instead = near === undefined ? '' : `; did you mean ${quoteName(near)}?`;
    return `${this.#hasColumns ? 'it has no' : 'no row has a'} column ${quoteName(name)}${instead}`;
  }
}

/** That the values of some columns do not repeat. */
class UniqueCheck {
  readonly columns: readonly string[];
  readonly #repeats = new Trouble();
  #keys = new KeySet(0, 1);

  constructor(columns: readonly string[]) {
    this.columns = columns;
  }

  begin(pass: number, passes: number): void {
    this.#keys = new KeySet(pass, passes);
  }

  add(row: Row, placeText: (place: number) => string, place: number, isText: boolean): void {
    const values: Json[] = [];
    for (const name of this.columns) {
      const value = row[name];
      // A gap is like no other gap, as in databases.
      if (isGap(value, isText)) return;
      values.push(value as Json);
    }
    const [only] = values;
    const key = values.length === 1 && typeof only === 'string' ? only : canonicalJson(values);
    const before = this.#keys.add(key, place);
    if (before === undefined) return;
    this.#repeats.add(() => `${placeText(place)} (${values.map(showValue).join(', ')}, as ${placeText(before)})`);
  }

  sentences(): string[] {
    const verb = this.#repeats.count === 1 ? 'repeats' : 'repeat';
    return this.#repeats.sentence((rows) => `${rows} ${verb} ${this.columns.map(quoteName).join(', ')}`);
  }
}

const EMPTY: Row = {};

function isRow(value: Json): value is Row {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function isGap(value: Json | undefined, isText: boolean): boolean {
  return value === undefined || value === null || (isText && value === '');
}
