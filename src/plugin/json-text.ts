/**
 * JSON with positions: what is wrong with a text and where, or where each of its values stands. Knows nothing of files.
 */
import type { Location } from '../model/location.ts';
import type { Json } from '../util/canonical-json.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';

export interface JsonText {
  readonly value: Json;
  /**
   * Where the value at a path stands, or with `key` its key; for a path that is not there, the nearest value around it.
   * Indices of lists may be text.
   */
  readonly locate: (file: string, path: readonly (string | number)[], part?: 'key' | 'value') => Location;
}

export interface JsonMistake {
  /** What was expected; the end of a sentence without a full stop. */
  readonly reason: string;
  readonly location: (file: string) => Location;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

interface Places {
  value: Range;
  readonly key: Range | undefined;
}

interface Container {
  readonly isList: boolean;
  readonly start: number;
  readonly path: string;
  readonly keyRange: Range | undefined;
  index: number;
  key: string;
  currentKey: Range | undefined;
  readonly keys: Set<string>;
}

/** Paths are as long as the text is deep, so all of them together grow with its square. */
const DEPTH_MAX = 500;

const SPACE = /[\t\n\r ]*/y;
const PUNCTUATION = /[{}[\],:]/y;
/** Control characters are left to `isPlain`. */
const STRING = /"(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.])/y;

export function readJsonText(text: string): Result<JsonText, JsonMistake> {
  const scan = scanJson(text);
  if (!scan.ok) {
    const { at, reason } = scan.error;
    return err({
      reason,
      location: (file) => locationOf(text, file, { start: at, end: Math.min(at + 1, text.length) }),
    });
  }
  const places = scan.value;
  return ok({
    value: JSON.parse(text) as Json,
    locate: (file, path, part = 'value') => {
      for (let length = path.length; length > 0; length--) {
        const found = places.get(pathKey(path.slice(0, length)));
        if (!found) continue;
        // For a thing that is not there, its parent is pointed at by its key alone: the value may be the whole file.
        const range = (part === 'key' || length < path.length ? found.key : undefined) ?? found.value;
        return locationOf(text, file, range);
      }
      const whole = places.get('');
      return locationOf(text, file, { start: whole?.value.start ?? 0, end: (whole?.value.start ?? 0) + 1 });
    },
  });
}

type Expected = 'value' | 'key' | 'key-or-end' | 'value-or-end' | 'colon' | 'comma-or-end' | 'nothing';

const EXPECTED_WORDS: { readonly [expected in Expected]: (open: Container | undefined) => string } = {
  value: () => 'a value',
  key: () => 'a key in double quotes (there is no comma after the last one)',
  'key-or-end': () => 'a key in double quotes or "}"',
  'value-or-end': () => 'a value or "]"',
  colon: () => '":" after the key',
  'comma-or-end': (open) => (open?.isList ? '"," or "]"' : '"," or "}"'),
  nothing: () => 'the end of the file',
};

function scanJson(text: string): Result<Map<string, Places>, { readonly at: number; readonly reason: string }> {
  const places = new Map<string, Places>();
  const open: Container[] = [];
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  if (at === 1) return err({ at: 0, reason: 'it begins with a byte order mark' });
  let expected: Expected = 'value';

  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    return match?.[0];
  };
  const childPath = (container: Container | undefined): string =>
    container ? `${container.path}${encodePart(container.isList ? String(container.index) : container.key)}` : '';
  const afterValue = (): Expected => (open.length === 0 ? 'nothing' : 'comma-or-end');

  for (;;) {
    at += take(SPACE)?.length ?? 0;
    const container = open[open.length - 1];
    const wrong = () => err({ at, reason: `${EXPECTED_WORDS[expected](container)} is expected${found(text, at)}` });
    if (at === text.length) return expected === 'nothing' ? ok(places) : wrong();
    const start = at;
    const mark = take(PUNCTUATION);
    const isValue = expected === 'value' || expected === 'value-or-end';
    if (mark !== undefined) {
      at += 1;
      if ((mark === '{' || mark === '[') && isValue) {
        const path = childPath(container);
        const keyRange = container?.currentKey;
        places.set(path, { value: { start, end: at }, key: keyRange });
        const isList = mark === '[';
        if (open.length === DEPTH_MAX)
          return err({ at: start, reason: `it is nested more than ${DEPTH_MAX} levels deep` });
        open.push({ isList, start, path, keyRange, index: 0, key: '', currentKey: undefined, keys: new Set() });
        expected = isList ? 'value-or-end' : 'key-or-end';
      } else if (
        (mark === '}' &&
          container &&
          !container.isList &&
          (expected === 'key-or-end' || expected === 'comma-or-end')) ||
        (mark === ']' && container?.isList && (expected === 'value-or-end' || expected === 'comma-or-end'))
      ) {
        const place = places.get(container.path);
        if (place) place.value = { start: container.start, end: at };
        open.pop();
        expected = afterValue();
      } else if (mark === ',' && container && expected === 'comma-or-end') {
        container.index += 1;
        expected = container.isList ? 'value' : 'key';
      } else if (mark === ':' && expected === 'colon') {
        expected = 'value';
      } else {
        at = start;
        return wrong();
      }
      continue;
    }
    const string = take(STRING);
    if (string !== undefined && !isPlain(string)) {
      return err({ at, reason: 'a text has a line break or another control character in it' });
    }
    const scalar = string ?? (isValue ? take(SCALAR) : undefined);
    if (scalar === undefined) return wrong();
    if (isValue) {
      at += scalar.length;
      places.set(childPath(container), { value: { start, end: at }, key: container?.currentKey });
      expected = afterValue();
    } else if (string !== undefined && container && (expected === 'key' || expected === 'key-or-end')) {
      const key = JSON.parse(string) as string;
      if (container.keys.has(key)) return err({ at, reason: `the key ${string} is there twice` });
      container.keys.add(key);
      at += string.length;
      container.key = key;
      container.currentKey = { start, end: at };
      expected = 'colon';
    } else {
      return wrong();
    }
  }
}

/** No control characters, which JSON has only as escapes. */
function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) < 0x20) return false;
  return true;
}

function found(text: string, at: number): string {
  if (at === text.length) return ', and the file ends here';
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  return `, not ${JSON.stringify(character)}`;
}

function pathKey(path: readonly (string | number)[]): string {
  return path.map((part) => encodePart(String(part))).join('');
}

function encodePart(part: string): string {
  return `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function locationOf(text: string, file: string, range: Range): Location {
  const [line, column] = lineAndColumn(text, range.start);
  const [endLine, endColumn] = lineAndColumn(text, range.end);
  return { file, line, column, end_line: endLine, end_column: endColumn };
}

function lineAndColumn(text: string, offset: number): [number, number] {
  let line = 1;
  let start = 0;
  for (let next = text.indexOf('\n'); next !== -1 && next < offset; next = text.indexOf('\n', start)) {
    line += 1;
    start = next + 1;
  }
  return [line, offset - start + 1];
}
