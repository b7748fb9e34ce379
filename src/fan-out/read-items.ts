/** The items in a list: a JSON list, JSON lines, or a CSV with a header. */
import { readCsvList } from '../contents/csv-list.ts';
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
  if (/\.csv$/i.test(path)) return readCsvList(text);
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
    return err(`has ${nameOf(value)} in it, not a list`);
  }
  const unkept = unkeptNumber(text);
  if (unkept !== undefined) return err(unkept);
  return ok((value as readonly Json[]).map((item) => ({ value: item, line: undefined })));
}

function nameOf(value: Json): string {
  if (typeof value === 'string') return 'a text';
  return value !== null && typeof value === 'object' ? 'a mapping' : String(value);
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
  const unkept = unkeptNumber(text);
  return unkept === undefined ? ok(items) : err(unkept);
}

const MAYBE_UNKEPT = /\d{16}|[eE]\+?\d{3}/;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** Of JSON that can be read: a whole number that would become another one, such as a long id, or one that would be infinite. */
function unkeptNumber(text: string): string | undefined {
  if (!MAYBE_UNKEPT.test(text)) return undefined;
  let line = 1;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (character === '\n') line++;
    else if (character === '"') {
      for (at++; text[at] !== '"'; at++) if (text[at] === '\\') at++;
    } else if (/[-\d]/.test(character)) {
      NUMBER.lastIndex = at;
      const written = NUMBER.exec(text)?.[0] ?? character;
      const value = Number(written);
      const isKept = /[.eE]/.test(written) ? Number.isFinite(value) : Number.isSafeInteger(value);
      if (!isKept) {
        return `has a number in line ${line} that cannot be kept exactly, ${shortened(written)}; write it as a text, in quotes`;
      }
      at += written.length - 1;
    }
  }
  return undefined;
}

function shortened(number: string): string {
  return number.length > 40 ? `${number.slice(0, 40)}…` : number;
}

function reasonOf(error: unknown): string {
  const message = (error as Error).message.split('\n', 1)[0] ?? '';
  return message.charAt(0).toLowerCase() + message.slice(1).replace(/\.$/, '');
}
