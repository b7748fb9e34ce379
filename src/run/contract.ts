/** Contracts on outputs (`expect`): checked before anything is published. */
import type { Expect } from '../model/pipeline.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { Json } from '../util/canonical-json.ts';

/** A file with a thousand wrong lines is described by the first few. */
const PROBLEMS_MAX = 5;

/** Problems in words, without a full stop; empty when the contract holds. `path` is absolute and a file. */
export async function checkContract(fs: FileSystem, path: string, expect: Expect): Promise<string[]> {
  const problems: string[] = [];
  const size = fs.stat(path)?.size ?? 0;
  if (expect.min_bytes !== undefined && size < expect.min_bytes) {
    problems.push(`it has ${size} bytes, expected at least ${expect.min_bytes}`);
  }
  if (expect.schema === undefined && expect.rows === undefined) return problems;

  const text = fs.readText(path) ?? '';
  if (expect.rows) {
    const { min, max } = expect.rows;
    const rows = countRows(path, text);
    if (rows === undefined) problems.push('its rows cannot be counted (only CSV, TSV, JSON and JSON Lines can)');
    else if (min !== undefined && min === max && rows !== min) problems.push(`it has ${rows} rows, expected ${min}`);
    else if (min !== undefined && rows < min) problems.push(`it has ${rows} rows, expected at least ${min}`);
    else if (max !== undefined && rows > max) problems.push(`it has ${rows} rows, expected at most ${max}`);
  }
  if (expect.schema !== undefined) problems.push(...(await checkSchema(path, text, expect.schema)));
  return problems.length > PROBLEMS_MAX
    ? [...problems.slice(0, PROBLEMS_MAX), `and ${problems.length - PROBLEMS_MAX} more`]
    : problems;
}

async function checkSchema(path: string, text: string, schema: Json): Promise<string[]> {
  const { compileSchema } = await import('../schema/validate.ts');
  const validator = compileSchema(schema);
  if (!validator.ok) return [`its schema cannot be used: ${validator.error}`];
  const problems: string[] = [];
  for (const [line, json] of documents(path, text)) {
    const where = line === undefined ? '' : `line ${line}: `;
    let value: Json;
    try {
      value = JSON.parse(json) as Json;
    } catch (error) {
      problems.push(`${where}it is not JSON (${(error as Error).message})`);
      continue;
    }
    for (const finding of validator.value(value)) {
      const pointer = finding.pointer.length === 0 ? '' : `/${finding.pointer.join('/')}: `;
      problems.push(`${where}${pointer}${finding.message}`);
    }
    if (problems.length > PROBLEMS_MAX * 10) break;
  }
  return problems;
}

/** The whole text, or each line of JSON Lines with its number. */
function* documents(path: string, text: string): Iterable<[number | undefined, string]> {
  if (!isJsonLines(path)) yield [undefined, text];
  else for (const [index, line] of text.split('\n').entries()) if (line.trim() !== '') yield [index + 1, line];
}

/** Rows of a table in a text; undefined for other formats. The header line of CSV and TSV is no row. */
function countRows(path: string, text: string): number | undefined {
  if (isJsonLines(path)) return text.split('\n').filter((line) => line.trim() !== '').length;
  if (/\.json$/i.test(path)) {
    try {
      const value: unknown = JSON.parse(text);
      return Array.isArray(value) ? value.length : undefined;
    } catch {
      return undefined;
    }
  }
  return /\.(csv|tsv)$/i.test(path) ? Math.max(0, countRecords(text) - 1) : undefined;
}

const QUOTE = 0x22;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
/** Comma, semicolon, tab: after any of them a field may begin. */
const SEPARATORS: ReadonlySet<number> = new Set([0x2c, 0x3b, 0x09]);

/**
 * Records of a CSV text: line ends inside quotes belong to their field, blank lines are none. A quote opens only where
 * a field begins, so one in the middle (`5" disk`) is a character like any other.
 */
function countRecords(text: string): number {
  let records = 0;
  let quoted = false;
  let blank = true;
  let fieldBegins = true;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (quoted) {
      if (char !== QUOTE) continue;
      if (text.charCodeAt(at + 1) === QUOTE) at++;
      else quoted = false;
    } else if (char === NEWLINE) {
      if (!blank) records++;
      blank = true;
      fieldBegins = true;
    } else if (char !== RETURN) {
      quoted = char === QUOTE && fieldBegins;
      fieldBegins = SEPARATORS.has(char);
      blank = false;
    }
  }
  return blank ? records : records + 1;
}

function isJsonLines(path: string): boolean {
  return /\.(jsonl|ndjson)$/i.test(path);
}
