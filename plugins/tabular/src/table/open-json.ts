/** A JSON list of objects, or JSON Lines, as SQL that reads it: every member a column, what is nested as its JSON. */
import { basename } from 'node:path';
import { StageFailure } from 'wrangle/plugin';
import { CopyWriter } from '../read/copy-writer.ts';
import { notInEncoding } from '../read/detect.ts';
import { type EncodingFound, readStart, sniffEncoding, textOf } from '../read/encoding.ts';
import { JsonError, type JsonForm, type JsonValue, jsonFormOf, readJson } from '../read/json-records.ts';
import type { Database } from './duckdb.ts';
import { sqlName, uniqueNames } from './names.ts';
import { selectCopy } from './open-csv.ts';
import { Rejects } from './rejects.ts';
import { columnsOf } from './source-document.ts';
import { type OnReject, type OpenTable, ROW, type TableColumn, type TableParams } from './table.ts';

const START_BYTES = 1 << 16;

/** Errors: throws `format-error` for a list that is damaged or a file without an object, `encoding-error`, and what `Rejects` throws. */
export async function openJson(
  database: Database,
  path: string,
  format: 'json' | 'ndjson' | undefined,
  params: TableParams,
  onReject: OnReject | undefined,
): Promise<OpenTable> {
  const start = readStart(path, START_BYTES);
  const encoding = sniffEncoding(start);
  const text = textOf(start, encoding, start.length < START_BYTES);
  if (text === undefined) throw notInEncoding(path, encoding.encoding);
  const form = format === 'ndjson' ? 'lines' : jsonFormOf(text);
  const columns = new Map<string, JsonColumn>();
  const counts = { kept: 0, rejected: 0 };
  let lengthMax = 0;
  if (form !== undefined) {
    readGuarded(path, encoding, form, ({ members }) => {
      if (members === undefined) counts.rejected += 1;
      else {
        counts.kept += 1;
        for (const [name, value] of members) {
          let column = columns.get(name);
          if (column === undefined) {
            column = new JsonColumn();
            columns.set(name, column);
          }
          column.add(value);
        }
      }
    });
  }
  if (counts.kept === 0 && counts.rejected > 0) {
    const message = `${JSON.stringify(basename(path))} cannot be read as a table: nothing in it is a JSON object.`;
    throw new StageFailure({ code: 'format-error', category: 'critical', message, file: basename(path) });
  }
  const labels = [...columns.keys()];
  const kinds = [...columns.values()];
  const types = kinds.map((column) => column.type);
  const made: TableColumn[] = uniqueNames(labels, [ROW]).map((name, at) => ({
    name,
    label: labels[at] as string,
    storedType: types[at] === 'VARCHAR' ? undefined : types[at],
    isNested: kinds[at]?.isNested === true,
  }));
  await database.expectColumns(made.length);
  const rejects = new Rejects(path, params, onReject);
  const copyPath = `${database.admit(path)}.copy.csv`;
  if (made.length > 0 || counts.rejected > 0) {
    const copy = new CopyWriter(copyPath, ',');
    try {
      let row = 0;
      readGuarded(path, encoding, form as JsonForm, ({ members, line, problem, text: written }) => {
        if (members === undefined) {
          rejects.add({ row, line, code: 'format-error', message: `is left out: ${problem}`, text: written });
        } else {
          const cells = labels.map((name) => cellOf(members.get(name)));
          copy.write(row, cells);
          lengthMax = Math.max(lengthMax, 2 * written.length + 4 * labels.length);
        }
        row += 1;
      });
    } finally {
      copy.close();
    }
  }
  const asText = made.length === 0 ? '' : selectCopy(copyPath, ',', made, 2 * lengthMax + 64);
  const casts = made.map(({ name, storedType }) => `${sqlName(name)}::${storedType ?? 'VARCHAR'} AS ${sqlName(name)}`);
  const found = form === 'lines' ? ('ndjson' as const) : ('json' as const);
  return {
    format: 'json',
    columns: made,
    header: [],
    asText,
    asStored: made.length === 0 ? undefined : `SELECT ${ROW}, ${casts.join(', ')} FROM (${asText})`,
    csv: undefined,
    source: {
      version: 1,
      format: found,
      csv: null,
      tables: [],
      columns: columnsOf(made),
      records: {
        total: counts.kept + counts.rejected,
        preamble: 0,
        header: 0,
        kept: counts.kept,
        repaired: 0,
        rejected: counts.rejected,
        blank: 0,
        footer: 0,
        other_tables: 0,
      },
      repairs: {},
      rejects: rejects.by,
    },
  };
}

function readGuarded(
  path: string,
  encoding: EncodingFound,
  form: JsonForm,
  onRecord: Parameters<typeof readJson>[3],
): void {
  try {
    readJson(path, encoding, form, onRecord);
  } catch (error) {
    if (error instanceof JsonError) {
      const message = `${JSON.stringify(basename(path))} is damaged in ${error.message}.`;
      throw new StageFailure({
        code: 'format-error',
        category: 'critical',
        message,
        file: basename(path),
        row: error.line,
      });
    }
    if (error instanceof TypeError) throw notInEncoding(path, encoding.encoding);
    throw error;
  }
}

function cellOf(value: JsonValue | undefined): string | undefined {
  return value === undefined || value.kind === 'null' ? undefined : value.text;
}

/** The type that keeps all values of a member. */
class JsonColumn {
  readonly #kinds = new Set<JsonValue['kind']>();
  #isBigint = true;
  #isDouble = true;

  add({ kind, text }: JsonValue): void {
    if (kind === 'null') return;
    this.#kinds.add(kind);
    if (kind !== 'number') return;
    if (this.#isBigint && !/^(?:0|-?[1-9]\d{0,17})$/.test(text)) this.#isBigint = false;
    if (this.#isDouble && !isExactDouble(text)) this.#isDouble = false;
  }

  get isNested(): boolean {
    return this.#kinds.size === 1 && this.#kinds.has('nested');
  }

  get type(): string {
    const [kind, ...others] = this.#kinds;
    if (others.length > 0) return 'VARCHAR';
    if (kind === 'boolean') return 'BOOLEAN';
    if (kind !== 'number') return 'VARCHAR';
    return this.#isBigint ? 'BIGINT' : this.#isDouble ? 'DOUBLE' : 'VARCHAR';
  }
}

/** A DOUBLE keeps 15 digits. */
function isExactDouble(text: string): boolean {
  const digits = text
    .replace(/[eE].*$/, '')
    .replace(/\D/g, '')
    .replace(/^0+/, '');
  return digits.length <= 15 && Number.isFinite(Number(text));
}
