/**
 * Edits that bring a value of one pattern into another: the same letters and digits in the same order, with other signs
 * between them. `AB 12` becomes `AB-12`. Pure.
 */
import { escaped } from './written-numbers.ts';

export interface EditProgram {
  /** A regex for DuckDB, of whole values. */
  readonly pattern: string;
  /** With `\1` for what its first group has. */
  readonly replacement: string;
}

interface Run {
  /** `A`, `a` or `9`; undefined for signs that stand for themselves. */
  readonly kind: 'A' | 'a' | '9' | undefined;
  readonly length: number;
  readonly text: string;
}

/** A reference to a group has one digit. */
const GROUPS_MAX = 9;
const CLASSES = { A: '\\p{Lu}', a: '[\\p{L}\\p{M}]', 9: '[0-9]' };

/** From and to patterns of the level `exact`; undefined where their letters and digits are not the same. */
export function editProgram(from: string, to: string): EditProgram | undefined {
  const [before, after] = [runsOf(from), runsOf(to)];
  if (!before || !after || flat(before) !== flat(after) || from === to) return undefined;
  const ends = new Set([...endsOf(before), ...endsOf(after)]);
  const kinds = flat(before);
  const at = (runs: readonly Run[]) => {
    // Signs by the number of letters and digits before them.
    const signs = new Map<number, string>();
    let place = 0;
    for (const { kind, length, text } of runs) {
      if (kind === undefined) signs.set(place, (signs.get(place) ?? '') + text);
      else place += length;
    }
    return signs;
  };
  const [old, next] = [at(before), at(after)];
  let pattern = escaped(old.get(0) ?? '');
  let replacement = literal(next.get(0) ?? '');
  let start = 0;
  let groups = 0;
  for (const end of [...ends].sort((a, b) => a - b)) {
    const kind = kinds[start] as 'A' | 'a' | '9';
    groups++;
    pattern += `(${CLASSES[kind]}{${end - start}})${escaped(old.get(end) ?? '')}`;
    replacement += `\\${groups}${literal(next.get(end) ?? '')}`;
    start = end;
  }
  return groups === 0 || groups > GROUPS_MAX ? undefined : { pattern, replacement };
}

function literal(text: string): string {
  return text.replaceAll('\\', '\\\\');
}

/** Undefined where it is not plain what is a sign and what a number of characters, or it was cut. */
function runsOf(pattern: string): Run[] | undefined {
  if (/[{}](?!\d*\})|[^Aa9]\{|…/.test(pattern.replace(/[Aa9]\{\d+\}/g, 'A'))) return undefined;
  return [...pattern.matchAll(/([Aa9])(?:\{(\d+)\})?|[^Aa9]/gsu)].map(([text, kind, length]) => ({
    kind: kind as Run['kind'],
    length: kind === undefined ? 0 : Number(length ?? 1),
    text,
  }));
}

function flat(runs: readonly Run[]): string {
  return runs.map(({ kind, length }) => (kind ?? '').repeat(length)).join('');
}

/** Where runs of letters and digits end, counted in them. */
function endsOf(runs: readonly Run[]): number[] {
  const ends: number[] = [];
  let place = 0;
  for (const [index, { kind, length }] of runs.entries()) {
    place += length;
    const next = runs[index + 1];
    if (kind !== undefined && next?.kind !== kind) ends.push(place);
  }
  return ends;
}
