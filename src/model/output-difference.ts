/** Where two outputs that should be the same first differ, as data and in words. */
import { harmlessText, quoteName } from '../util/harmless-text.ts';

/**
 * Within a file that is understood: `json` a path such as `$.made.at[0]`; `json-lines` the same with its line; `cell` of a
 * CSV or TSV, `row` from 1 and 0 for the header; `text` a line and a column. All count from 1.
 */
export type DifferencePlace =
  | { readonly kind: 'json'; readonly path: string }
  | { readonly kind: 'json-lines'; readonly line: number; readonly path: string }
  | { readonly kind: 'cell'; readonly row: number; readonly line: number; readonly column: string }
  | { readonly kind: 'text'; readonly line: number; readonly column: number };

export interface ContentDifference {
  /** Offset of the first byte that differs, from 0. */
  readonly byte: number;
  /** Null: only its bytes are known. */
  readonly place: DifferencePlace | null;
  /** What stands there, cut if it is long; null where there is nothing. */
  readonly first: string | null;
  readonly second: string | null;
}

/**
 * - `contents`    of a file
 * - `missing`     only one of them has it
 * - `kind`        file, folder or link
 * - `executable`  only one of them may be executed
 * - `target`      of a link
 */
export type DifferenceOf = 'contents' | 'missing' | 'kind' | 'executable' | 'target';

export interface OutputDifference extends Omit<ContentDifference, 'byte'> {
  /** Of the output, from the workspace. */
  readonly path: string;
  /** In a folder, the path of the file from there; null: the output itself. */
  readonly inside: string | null;
  readonly of: DifferenceOf;
  /** Null unless it is contents. */
  readonly byte: number | null;
}

/** A clause about the first, and how many more there are. Harmless to a terminal. */
export function differenceText(differences: readonly OutputDifference[]): string {
  const [first] = differences;
  if (!first) return 'nothing differs';
  const more = differences.length - 1;
  const others = more > 0 ? `; ${more} more ${more === 1 ? 'output differs' : 'outputs differ'}` : '';
  return `${clauseOf(first)}${others}`;
}

function clauseOf({ path, inside, of, byte, place, first, second }: OutputDifference): string {
  const name = quoteName(inside === null ? path : `${path}/${inside}`);
  const [one, other] = [first, second].map((value) => (value === null ? 'nothing' : shown(value)));
  switch (of) {
    case 'missing':
      return first === null ? `only the second time there is ${name}` : `only the first time there is ${name}`;
    case 'kind':
    case 'executable':
      return `${name} is ${one} the first time and ${other} the second`;
    case 'target':
      return `the link ${name} leads to ${one} the first time and to ${other} the second`;
    case 'contents':
      return `${name} differs at byte ${byte}${placeText(place)}: ${one} and ${other}`;
  }
}

function placeText(place: DifferencePlace | null): string {
  switch (place?.kind) {
    case undefined:
      return '';
    case 'json':
      return `, ${place.path}`;
    case 'json-lines':
      return `, line ${place.line}, ${place.path}`;
    case 'cell': {
      const row = place.row === 0 ? 'the header' : `row ${place.row} (line ${place.line})`;
      return place.column === '' ? `, ${row}` : `, ${row}, column ${quoteName(place.column)}`;
    }
    case 'text':
      return `, line ${place.line}, column ${place.column}`;
  }
}

function shown(value: string): string {
  const text = harmlessText(value, { plain: true }).replaceAll('\n', '\\n').replaceAll('\t', ' ');
  return text === '' ? 'an empty text' : text;
}
