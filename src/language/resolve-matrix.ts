/**
 * From the `matrix` of a stage to its combinations: every value with every other, less what `exclude` names, and what
 * `include` adds. Knows values and their places, not what a stage does with them.
 */
import * as catalog from '../diagnostics/catalog.ts';
import { quoteName } from '../diagnostics/harmless.ts';
import { nearest } from '../diagnostics/suggest.ts';
import { instanceId } from '../model/instance.ts';
import { showValue } from '../schema/findings.ts';
import type { Json } from '../util/canonical-json.ts';
import { canonicalJson } from '../util/canonical-json.ts';
import type { Pointer } from './locate.ts';
import { reportWrong } from './read-values.ts';
import { mayHoldExpressions } from './split-expressions.ts';
import type { Placed, StageReader } from './stage-reader.ts';
import { isMapping } from './stage-reader.ts';

const COMBINATIONS_MAX = 10_000;
/** Counting goes no further. */
const COUNTED_MAX = 10n ** 15n;

export interface Matrix {
  /** Each with an id of its own, in order: the last key changes fastest, what `include` adds comes last. */
  readonly combinations: readonly Combination[];
  /** Keys that only `include` has and that look like one the matrix has: when nobody reads them, they are slips. */
  readonly doubtful: readonly { readonly key: string; readonly pointer: Pointer; readonly suggestion: string }[];
}

export interface Combination {
  /** Of the instance: `stage@v1,v2`. */
  readonly id: string;
  readonly values: ReadonlyMap<string, Json>;
}

/**
 * Undefined after a mistake; all of them are reported.
 * Errors: `matrix-empty`, `matrix-too-large`, `duplicate-instance`, `unknown-reference`, `wrong-type`, and those of
 * expressions.
 */
export function resolveMatrix(reader: StageReader, { value, pointer }: Placed): Matrix | undefined {
  if (!isMapping(value)) {
    const message = `"matrix" must be a mapping of lists, not ${showValue(value)}.`;
    reportWrong(reader, pointer, message, catalog.wrongType);
    return undefined;
  }
  return new MatrixResolver(reader, value, pointer).resolve();
}

/** One key of the matrix. */
interface Dimension {
  readonly key: string;
  readonly values: readonly Json[];
  /** Canonical JSON of a value -> its place among them. */
  readonly places: ReadonlyMap<string, number>;
  /** All of it is written out, so what is not among its values never is. */
  readonly written: boolean;
}

/** An entry of `include` or `exclude`. */
interface Entry {
  readonly pointer: Pointer;
  readonly members: ReadonlyMap<string, Json>;
}

class MatrixResolver {
  readonly #reader: StageReader;
  readonly #written: { readonly [key: string]: Json };
  readonly #pointer: Pointer;
  #failed = false;

  constructor(reader: StageReader, written: { readonly [key: string]: Json }, pointer: Pointer) {
    this.#reader = reader;
    this.#written = written;
    this.#pointer = pointer;
  }

  resolve(): Matrix | undefined {
    const keys = Object.keys(this.#written).filter((key) => key !== 'include' && key !== 'exclude');
    const dimensions = keys.map((key) => this.#dimension(key));
    const include = this.#entries('include');
    const exclude = this.#entries('exclude');
    for (const entry of exclude) this.#checkExcluded(entry, keys, dimensions);
    const known = dimensions.filter((dimension) => dimension !== undefined);
    if (this.#failed || this.#isTooLarge(known, include)) return undefined;

    const combinations = this.#combine(known, include, exclude);
    const isUnique = this.#checkIds(combinations);
    if (combinations.length === 0) this.#reportEmpty(keys);
    if (!isUnique || combinations.length === 0) return undefined;
    return {
      combinations: combinations.map(({ id, values }) => ({ id, values })),
      doubtful: include.flatMap((entry) => doubtfulIn(entry, keys)),
    };
  }

  #fail(): undefined {
    this.#failed = true;
    return undefined;
  }

  #dimension(key: string): Dimension | undefined {
    const pointer = [...this.#pointer, key];
    const items = this.#valuesOf(key, this.#written[key] ?? null, pointer);
    if (!items) return this.#fail();
    if (items.length === 0) {
      const message = `${quoteName(key)} has no values, so the stage would have no instance.`;
      const help = 'Give it at least one, or take the key out.';
      this.#reader.report(pointer, (location) => catalog.matrixEmpty({ message, location, help }));
      return this.#fail();
    }
    const places = new Map<string, number>();
    const ids = new Map<string, Json>();
    let isUnique = true;
    for (const [place, { value, pointer: at }] of items.entries()) {
      const id = nameOf(value);
      const before = ids.get(id);
      if (before === undefined) {
        ids.set(id, value);
        places.set(canonicalJson(value), place);
        continue;
      }
      isUnique = false;
      const isSame = places.has(canonicalJson(value));
      const message = isSame
        ? `${quoteName(key)} has the value ${showValue(value)} twice.`
        : `${quoteName(key)} has the values ${showValue(before)} and ${showValue(value)}, which make one name.`;
      const help = isSame
        ? 'Take one of them out.'
        : 'Instances are named after their values: write one of them otherwise.';
      this.#reader.report(at, (location) => catalog.duplicateInstance({ message, location, help }));
    }
    if (!isUnique) return this.#fail();
    const written = !mayHoldExpressions(JSON.stringify(this.#written[key]));
    return { key, values: items.map(({ value }) => value), places, written };
  }

  /** An item that is one expression with a list is put in item by item. */
  #valuesOf(key: string, written: Json, pointer: Pointer): Placed[] | undefined {
    const list = typeof written === 'string' ? this.#reader.text(written, pointer)?.value : written;
    if (list === undefined) return undefined;
    if (!Array.isArray(list)) {
      const message = `${quoteName(key)} must be a list of values, or an expression with one, not ${showValue(list)}.`;
      reportWrong(this.#reader, pointer, message, catalog.wrongType);
      return undefined;
    }
    // What an expression gave stands where the expression does, and has no expressions in it.
    if (typeof written === 'string') return (list as readonly Json[]).map((value) => ({ value, pointer }));
    const items: Placed[] = [];
    let failed = false;
    for (const [index, item] of (list as readonly Json[]).entries()) {
      const at = [...pointer, index];
      const value = this.#reader.value({ value: item, pointer: at });
      if (value === undefined) failed = true;
      else if (typeof item === 'string' && Array.isArray(value)) {
        for (const part of value as readonly Json[]) items.push({ value: part, pointer: at });
      } else items.push({ value, pointer: at });
    }
    return failed ? undefined : items;
  }

  #entries(side: 'include' | 'exclude'): Entry[] {
    const list = this.#written[side];
    if (list === undefined) return [];
    if (!Array.isArray(list)) {
      const message = `"${side}" must be a list of mappings, not ${showValue(list)}.`;
      reportWrong(this.#reader, [...this.#pointer, side], message, catalog.wrongType);
      this.#fail();
      return [];
    }
    const entries: Entry[] = [];
    for (const [index, item] of (list as readonly Json[]).entries()) {
      const pointer = [...this.#pointer, side, index];
      const value = this.#reader.value({ value: item, pointer });
      if (value === undefined) this.#fail();
      else if (isMapping(value)) entries.push({ pointer, members: new Map(Object.entries(value)) });
      else {
        const message = `An item of "${side}" must be a mapping, not ${showValue(value)}.`;
        reportWrong(this.#reader, pointer, message, catalog.wrongType);
        this.#fail();
      }
    }
    return entries;
  }

  /** What it names has to be there, as far as one can know: a list that an expression gives may be another one tomorrow. */
  #checkExcluded({ pointer, members }: Entry, keys: readonly string[], dimensions: readonly (Dimension | undefined)[]) {
    for (const [key, value] of members) {
      const at = [...pointer, key];
      if (!keys.includes(key)) {
        const about = { what: 'key', name: key, of: 'The matrix', suggestion: nearest(key, keys) };
        this.#reader.report(at, (location) => catalog.unknownReference({ ...about, location }), 'key');
        this.#fail();
        continue;
      }
      const dimension = dimensions[keys.indexOf(key)];
      if (!dimension?.written || dimension.places.has(canonicalJson(value))) continue;
      const texts = dimension.values.map(nameOf);
      const suggestion = nearest(nameOf(value), texts);
      const message = `${quoteName(key)} has no value ${showValue(value)}, so this excludes nothing.`;
      const help = suggestion === undefined ? undefined : `Did you mean ${quoteName(suggestion)}?`;
      this.#reader.report(at, (location) => catalog.invalidValue({ message, location, help }));
      this.#fail();
    }
  }

  /** By multiplying, before any combination is made. */
  #isTooLarge(dimensions: readonly Dimension[], include: readonly Entry[]): boolean {
    let count = dimensions.length === 0 ? 0n : 1n;
    for (const { values } of dimensions) {
      count *= BigInt(values.length);
      if (count > COUNTED_MAX) break;
    }
    const atLeast = count > COUNTED_MAX;
    if (count <= COMBINATIONS_MAX && include.length > COMBINATIONS_MAX) count = BigInt(include.length);
    if (count <= COMBINATIONS_MAX) return false;
    this.#reportTooLarge(atLeast ? Number(COUNTED_MAX) : Number(count), atLeast);
    return true;
  }

  #reportTooLarge(count: number, atLeast: boolean): void {
    const about = { stage: this.#reader.declaration.name, combinations: count, atLeast, limit: COMBINATIONS_MAX };
    this.#reader.report(this.#pointer, (location) => catalog.matrixTooLarge({ ...about, location }), 'key');
  }

  #combine(dimensions: readonly Dimension[], include: readonly Entry[], exclude: readonly Entry[]): Made[] {
    const grid = new Grid(dimensions.map(({ values }) => values.length));
    const placesOf = (entry: Entry) => placesIn(entry, dimensions);
    const isOut = new Uint8Array(grid.size);
    for (const entry of exclude) for (const at of grid.matches(placesOf(entry))) isOut[at] = 1;

    const added: (Map<string, Json> | undefined)[] = new Array(grid.size);
    const own: Made[] = [];
    for (const entry of include) {
      let fits = false;
      for (const at of grid.matches(placesOf(entry))) {
        if (isOut[at] === 1) continue;
        fits = true;
        added[at] = new Map([...(added[at] ?? []), ...entry.members]);
      }
      if (!fits) own.push(this.#ownCombination(entry, dimensions));
    }
    const made: Made[] = [];
    for (let at = 0; at < grid.size; at++) {
      if (isOut[at] === 1) continue;
      const values = grid.placesAt(at).map((place, index) => dimensions[index]?.values[place] as Json);
      const members = new Map(dimensions.map(({ key }, index) => [key, values[index] as Json]));
      for (const [key, value] of added[at] ?? []) members.set(key, value);
      made.push({ id: this.#idOf(values), values: members, pointer: this.#pointer });
    }
    return [...made, ...own];
  }

  /** The keys of the matrix come first, so that its name is like those of the others. */
  #ownCombination({ pointer, members }: Entry, dimensions: readonly Dimension[]): Made {
    const values = new Map<string, Json>();
    for (const { key } of dimensions) if (members.has(key)) values.set(key, members.get(key) as Json);
    for (const [key, value] of members) values.set(key, value);
    return { id: this.#idOf([...values.values()]), values, pointer };
  }

  #idOf(values: readonly Json[]): string {
    return instanceId(this.#reader.declaration.name, values.map(nameOf));
  }

  /** Two of the grid never have one id, since two values of a key never have one name. */
  #checkIds(combinations: readonly Made[]): boolean {
    if (combinations.length > COMBINATIONS_MAX) {
      this.#reportTooLarge(combinations.length, false);
      return false;
    }
    const seen = new Set<string>();
    let isUnique = true;
    for (const { id, pointer } of combinations) {
      if (!seen.has(id)) {
        seen.add(id);
        continue;
      }
      isUnique = false;
      const message = `Two combinations of the matrix would both be ${quoteName(id)}.`;
      const help = 'Instances are named after their values: take one out, or give it another value.';
      this.#reader.report(pointer, (location) => catalog.duplicateInstance({ message, location, help }));
    }
    return isUnique;
  }

  #reportEmpty(keys: readonly string[]): void {
    const pointer = keys.length === 0 ? this.#pointer : [...this.#pointer, 'exclude'];
    const message =
      keys.length === 0
        ? 'The matrix has no values, so the stage would have no instance.'
        : '"exclude" removes every combination of the matrix.';
    const help = keys.length === 0 ? 'Give it a key with a list of values.' : 'Leave at least one of them.';
    this.#reader.report(pointer, (location) => catalog.matrixEmpty({ message, location, help }), 'key');
  }
}

interface Made extends Combination {
  /** Where it comes from. */
  readonly pointer: Pointer;
}

/** What of an entry the grid knows: a place for each key that it names. `none`: a value that no combination has. */
function placesIn({ members }: Entry, dimensions: readonly Dimension[]): ReadonlyMap<number, number> | 'none' {
  const places = new Map<number, number>();
  for (const [index, dimension] of dimensions.entries()) {
    const value = members.get(dimension.key);
    if (value === undefined) continue;
    const place = dimension.places.get(canonicalJson(value));
    if (place === undefined) return 'none';
    places.set(index, place);
  }
  return places;
}

/** All combinations of so many values each, by number; the last one changes fastest. */
class Grid {
  readonly size: number;
  readonly #sizes: readonly number[];

  constructor(sizes: readonly number[]) {
    this.#sizes = sizes;
    this.size = sizes.length === 0 ? 0 : sizes.reduce((product, size) => product * size, 1);
  }

  placesAt(at: number): number[] {
    const places: number[] = [];
    let rest = at;
    for (const size of [...this.#sizes].reverse()) {
      places.push(rest % size);
      rest = Math.floor(rest / size);
    }
    return places.reverse();
  }

  /** Those that have all of these places; costs no more than they are many. */
  matches(places: ReadonlyMap<number, number> | 'none'): number[] {
    if (places === 'none' || this.size === 0) return [];
    let found = [0];
    for (const [index, size] of this.#sizes.entries()) {
      const place = places.get(index);
      found =
        place === undefined
          ? found.flatMap((at) => Array.from({ length: size }, (_, other) => at * size + other))
          : found.map((at) => at * size + place);
    }
    return found;
  }
}

/** How a value stands in the name of an instance. */
function nameOf(value: Json): string {
  return typeof value === 'string' ? value : canonicalJson(value);
}

function doubtfulIn({ pointer, members }: Entry, keys: readonly string[]): Matrix['doubtful'] {
  const missing = keys.filter((key) => !members.has(key));
  return [...members.keys()].flatMap((key) => {
    const suggestion = keys.includes(key) ? undefined : nearest(key, missing);
    return suggestion === undefined ? [] : [{ key, pointer: [...pointer, key], suggestion }];
  });
}
