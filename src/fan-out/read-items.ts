/** The items in a list: a JSON list, JSON lines, or a CSV with a header. */
import type { Json } from '../util/canonical-json.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';

/** An item and where it stands. */
export interface ListedItem {
  readonly value: Json;
  /** The line of the file, from 1; undefined where a format does not tell. */
  readonly line: number | undefined;
}

/** `path` says by its ending how it is read. Errors: what is wrong, as a sentence without its subject. */
export async function readItems(path: string, bytes: Uint8Array): Promise<Result<readonly ListedItem[], string>> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return err('is no text in UTF-8');
  }
  if (/\.csv$/i.test(path)) return readCsv(text);
  return /\.json$/i.test(path) ? readJson(text) : readLines(text);
}

function readJson(text: string): Result<readonly ListedItem[], string> {
  if (text.trim() === '') return err('is empty; a list without items is "[]"');
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    return err(`is not JSON: ${reasonOf(error)}`);
  }
  if (!Array.isArray(value)) {
    const found = value === null ? 'null' : typeof value === 'object' ? 'a mapping' : `a ${typeof value}`;
    return err(`has ${found} in it, not a list`);
  }
  return ok((value as readonly Json[]).map((item) => ({ value: item, line: undefined })));
}

function readLines(text: string): Result<readonly ListedItem[], string> {
  const items: ListedItem[] = [];
  let line = 0;
  for (const one of text.split('\n')) {
    line++;
    if (one.trim() === '') continue;
    try {
      items.push({ value: JSON.parse(one) as Json, line });
    } catch (error) {
      return err(`has no JSON in line ${line}: ${reasonOf(error)}`);
    }
  }
  return ok(items);
}

/** Every row is a mapping of texts by the names of the columns. */
async function readCsv(text: string): Promise<Result<readonly ListedItem[], string>> {
  if (text.trim() === '') return err('is empty; a CSV without items has its header');
  const { CsvError, parse } = await import('csv-parse/sync');
  try {
    const rows = parse(text, { bom: true, skip_empty_lines: true, info: true }) as unknown as readonly CsvRow[];
    const [header, ...others] = rows;
    const names = header?.record ?? [];
    const twice = names.find((name, at) => names.indexOf(name) !== at);
    if (twice !== undefined) return err(`has two columns ${JSON.stringify(twice)}`);
    return ok(others.map(({ record, info }) => ({ value: rowOf(names, record), line: info.lines })));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return err(`is no CSV: ${reasonOf(error)}`);
  }
}

interface CsvRow {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** Made in one way for all, so that they share one shape in memory. */
function rowOf(names: readonly string[], cells: readonly string[]): Json {
  const row: { [name: string]: string } = {};
  for (const [at, name] of names.entries()) {
    if (name === '__proto__') Object.defineProperty(row, name, { value: cells[at], enumerable: true });
    else row[name] = cells[at] ?? '';
  }
  return row;
}

function reasonOf(error: unknown): string {
  const message = (error as Error).message.split('\n', 1)[0] ?? '';
  return message.charAt(0).toLowerCase() + message.slice(1).replace(/\.$/, '');
}
