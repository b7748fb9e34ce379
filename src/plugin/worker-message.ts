/**
 * What a worker writes on its channel, line by line (design-notes, "Workers"; `schemas/worker.schema.json`). The worker may
 * be anybody's and in any state, so nothing is taken for granted. Knows no processes and no requests.
 */
import type { Json } from '../util/canonical-json.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import { DEPTH_MAX, isMembers, type Members, SHOWN_MAX, shown } from './protocol.ts';

/** Without its newline. */
export const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;
const NEWLINE = 0x0a;

/** `id` is whatever stands there; undefined when nothing does. */
export type WorkerMessage =
  | { readonly kind: 'ready'; readonly protocol: Json | undefined }
  | { readonly kind: 'event'; readonly id: Json | undefined; readonly event: Members }
  | { readonly kind: 'answer'; readonly id: Json | undefined; readonly result: Members };

/** Errors: what is wrong with the line, the end of a sentence that begins with "A line". */
export function readWorkerMessage(line: Uint8Array): Result<WorkerMessage, string> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line);
  } catch {
    return err('is not UTF-8');
  }
  const oddity = findOddity(text);
  if (oddity !== undefined) return err(oddity);
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return err('is not JSON');
  }
  if (!isMembers(value)) return err('is not a JSON object');
  const { id } = value;
  // Also the result of an item has a status.
  if (value['type'] === 'item') return ok({ kind: 'event', id, event: value });
  if (Object.hasOwn(value, 'status')) return ok({ kind: 'answer', id, result: value });
  if (Object.hasOwn(value, 'type')) return ok({ kind: 'event', id, event: value });
  return ok({ kind: 'ready', protocol: value['protocol'] });
}

/** The beginning of a line for messages: as text where it is one, else byte by byte. */
export function shownLine(line: Uint8Array): string {
  // As many bytes as so many characters can have.
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(line.subarray(0, 4 * SHOWN_MAX));
  if (!text.slice(0, SHOWN_MAX).includes('\ufffd')) return shown(text);
  const bytes = [...line.subarray(0, SHOWN_MAX)].map((byte) => {
    const character = String.fromCharCode(byte);
    if (character === '"' || character === '\\') return `\\${character}`;
    return byte >= 0x20 && byte <= 0x7e ? character : `\\x${byte.toString(16).padStart(2, '0')}`;
  });
  return `"${bytes.join('')}${line.length > SHOWN_MAX ? '…' : ''}"`;
}

/**
 * What JSON allows and people read in two ways, or what a parser chokes on. Before it is parsed, because afterwards it
 * cannot be seen; so the text may still be no JSON, which is left to the parser.
 */
function findOddity(text: string): string | undefined {
  /** Keys of each object that is open; undefined for lists. */
  const open: (Set<string> | undefined)[] = [];
  let isKeyNext = false;
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '{':
      case '[':
        if (open.length === DEPTH_MAX) return `is nested more than ${DEPTH_MAX} levels deep`;
        isKeyNext = text[at] === '{';
        open.push(isKeyNext ? new Set() : undefined);
        break;
      case '}':
      case ']':
        open.pop();
        isKeyNext = false;
        break;
      case ',':
        isKeyNext = open.at(-1) !== undefined;
        break;
      case '"': {
        const end = endOfString(text, at);
        if (end === undefined) return undefined;
        const key = isKeyNext ? stringIn(text.slice(at, end)) : undefined;
        isKeyNext = false;
        at = end - 1;
        if (key === undefined) break;
        if (key === '__proto__') return 'has the key "__proto__"';
        const keys = open.at(-1);
        if (keys?.has(key)) return `has the key ${shown(key)} twice`;
        keys?.add(key);
        break;
      }
    }
  }
  return undefined;
}

/** Behind the closing quote; undefined when there is none. */
function endOfString(text: string, start: number): number | undefined {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let before = quote - 1;
    while (text[before] === '\\') before--;
    if ((quote - before) % 2 === 1) return quote + 1;
  }
  return undefined;
}

function stringIn(literal: string): string | undefined {
  if (!literal.includes('\\')) return literal.slice(1, -1);
  try {
    return JSON.parse(literal) as string;
  } catch {
    return undefined;
  }
}

/** Cuts a stream of bytes into lines, and holds no more of it than the longest message. */
export class MessageLines {
  #chunks: Uint8Array[] = [];
  #size = 0;

  /** Calls `onLine` with each whole line, without its newline. False: one is too long, and nothing more may be written. */
  write(bytes: Uint8Array, onLine: (line: Uint8Array) => void): boolean {
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      this.#grow(bytes.subarray(start, end));
      if (this.#size > MESSAGE_BYTES_MAX) return false;
      onLine(this.rest());
      start = end + 1;
    }
    this.#grow(bytes.subarray(start));
    return this.#size <= MESSAGE_BYTES_MAX;
  }

  /** The line that has not ended, and forgets it. */
  rest(): Uint8Array {
    const [only, ...others] = this.#chunks;
    const line = only && others.length === 0 ? only : Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#size = 0;
    return line;
  }

  #grow(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.#size += bytes.length;
  }
}
