/** The inputs and outputs of a stage, from what is written to ports with paths. Knows no disk and no stage types. */
import * as catalog from '../diagnostics/catalog.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Location } from '../model/location.ts';
import type { InputItem, InputPort, OutputItem, OutputName, OutputPort } from '../model/pipeline.ts';
import { showValue } from '../schema/findings.ts';
import type { Json } from '../util/canonical-json.ts';
import { compareText } from '../util/compare.ts';
import type { Result } from '../util/result.ts';
import type { Pointer } from './locate.ts';
import { pathTemplate } from './path-template.ts';
import type { PathMistake } from './paths.ts';
import { parseInputPath, parseOutputPath } from './paths.ts';
import type { Piece, Placed, StageReader } from './stage-reader.ts';
import { isMapping, joinPieces } from './stage-reader.ts';

export interface ResolvedInputPorts {
  /** Sorted by name. */
  readonly ports: readonly InputPort[];
  /** Where the items of a port stand, in their order. */
  readonly pointers: ReadonlyMap<string, readonly Pointer[]>;
}

/** An output port before it is known whether the command refers to it. */
export interface DeclaredOutput {
  readonly port: Omit<OutputPort, 'in_place' | 'cache' | 'expect'>;
  readonly pointers: readonly Pointer[];
  /** As written, with its place. */
  readonly cache: Placed | undefined;
  readonly expect: Placed | undefined;
}

export interface ResolvedOutputPorts {
  /** Sorted by name. */
  readonly outputs: readonly DeclaredOutput[];
  /** All that are written, also those that are wrong. */
  readonly names: readonly string[];
}

/** Errors: `invalid-path`, `wrong-type`, and those of expressions. */
export function resolveInputPorts(
  reader: StageReader,
  workspace: string,
  outputsOf: (stage: string) => ResolvedOutputPorts,
): ResolvedInputPorts {
  const ports: InputPort[] = [];
  const pointers = new Map<string, readonly Pointer[]>();
  const declared = reader.own('inputs')?.value;
  for (const [name, value] of Object.entries(isMapping(declared) ? declared : {})) {
    const pointer = reader.pointer('inputs', name);
    const read = readInputPaths(reader, { value, pointer }, workspace, outputsOf, reader.isFanOut);
    if (read.failed) continue;
    const list = read.list || read.items.some(({ item }) => item.kind === 'glob' || item.kind === 'gather');
    ports.push({ name, list, items: read.items.map(({ item }) => item) });
    pointers.set(
      name,
      read.items.map(({ pointer: at }) => at),
    );
  }
  return { ports: ports.sort((a, b) => compareText(a.name, b.name)), pointers };
}

/** Errors: `invalid-path`, `path-outside`, `path-reserved`, `wrong-type`, and those of expressions. */
export function resolveOutputPorts(reader: StageReader, workspace: string): ResolvedOutputPorts {
  const outputs: DeclaredOutput[] = [];
  const declared = reader.own('outputs')?.value;
  const entries = Object.entries(isMapping(declared) ? declared : {});
  for (const [name, value] of entries) {
    const pointer = reader.pointer('outputs', name);
    const form = isMapping(value) ? value : undefined;
    const paths = form ? { value: form['path'] ?? null, pointer: [...pointer, 'path'] } : { value, pointer };
    const read = readPaths<OutputItem>(reader, paths, {
      side: 'output',
      parse: (text) => parseOutputPath(text, workspace),
      gather: undefined,
      item: reader.isFanOut,
    });
    if (read.failed) continue;
    const placed = (key: string): Placed | undefined => {
      const member = form?.[key];
      return member === undefined ? undefined : { value: member, pointer: [...pointer, key] };
    };
    outputs.push({
      port: { name, list: read.list, items: read.items.map(({ item }) => item) },
      pointers: read.items.map(({ pointer: at }) => at),
      cache: placed('cache'),
      expect: placed('expect'),
    });
  }
  return {
    outputs: outputs.sort((a, b) => compareText(a.port.name, b.port.name)),
    names: entries.map(([name]) => name),
  };
}

/** The paths of one input, or the lists of a fan-out. Errors: as `resolveInputPorts`. */
export function readInputPaths(
  reader: StageReader,
  placed: Placed,
  workspace: string,
  outputsOf: (stage: string) => ResolvedOutputPorts,
  item: boolean,
): ReadPaths<InputItem> {
  return readPaths<InputItem>(reader, placed, {
    side: 'input',
    parse: (text) => parseInputPath(text, workspace),
    gather: (of) => {
      const output = outputsOf(of.stage).outputs.find(({ port }) => port.name === of.port);
      return output && gatherOf(of, output.port);
    },
    item,
  });
}

/** Undefined for a stage that is no fan-out. */
export function gatherOf(of: OutputName, { items }: DeclaredOutput['port']): InputItem | undefined {
  const [first] = items;
  return first?.template ? { kind: 'gather', path: first.path, of } : undefined;
}

export interface ReadPaths<Item> {
  readonly items: readonly { readonly item: Item; readonly pointer: Pointer }[];
  readonly list: boolean;
  /** No path is left of those that are written. */
  readonly failed: boolean;
}

interface PathReading<Item> {
  readonly side: 'input' | 'output';
  readonly parse: (text: string) => Result<Item, PathMistake>;
  /** Undefined where nothing can be gathered; gives undefined for an output that is wrong itself. */
  readonly gather: ((of: OutputName) => Item | undefined) | undefined;
  /** Paths may have holes for the item. */
  readonly item: boolean;
}

function readPaths<Item extends InputItem | OutputItem>(
  reader: StageReader,
  placed: Placed,
  reading: PathReading<Item>,
): ReadPaths<Item> {
  const { value, pointer } = placed;
  const items: { item: Item; pointer: Pointer }[] = [];
  const add = (found: readonly Item[] | undefined, at: Pointer) => {
    for (const item of found ?? []) items.push({ item, pointer: at });
  };
  if (!Array.isArray(value)) {
    const read = readPath(reader, placed, reading);
    add(read?.items, pointer);
    return { items, list: read?.list ?? false, failed: read === undefined || (items.length === 0 && !read.list) };
  }
  for (const [index, one] of (value as readonly Json[]).entries()) {
    const at = [...pointer, index];
    add(readPath(reader, { value: one, pointer: at }, reading)?.items, at);
  }
  return { items, list: true, failed: items.length === 0 && value.length > 0 };
}

/** One written path: it may be an expression with a list. Undefined after a mistake in the expression. */
function readPath<Item extends InputItem | OutputItem>(
  reader: StageReader,
  { value: written, pointer }: Placed,
  reading: PathReading<Item>,
): { readonly items: readonly Item[]; readonly list: boolean } | undefined {
  let made: Json = written;
  if (typeof written === 'string') {
    const pieces = reader.pieces(written, pointer, { item: reading.item, gather: reading.gather !== undefined });
    if (!pieces) return undefined;
    if (pieces.some(isHole)) {
      const item = readHoles(reader, pieces, pointer, reading);
      return { items: item ? [item] : [], list: false };
    }
    made = joinPieces(pieces).value;
  }
  const list = Array.isArray(made);
  const items: Item[] = [];
  for (const value of list ? (made as readonly Json[]) : [made]) {
    if (typeof value !== 'string') {
      const message = `The path of an ${reading.side} must be text, not ${showValue(value)}.`;
      reader.report(pointer, (location) => catalog.wrongType({ message, location }));
      continue;
    }
    const parsed = reading.parse(value);
    if (parsed.ok) items.push(parsed.value);
    else reader.report(pointer, (location) => pathMistake(value, parsed.error, location));
  }
  return { items, list };
}

function isHole(piece: Piece): boolean {
  return typeof piece !== 'string' && piece.result.kind === 'hole';
}

function readHoles<Item extends InputItem | OutputItem>(
  reader: StageReader,
  pieces: readonly Piece[],
  pointer: Pointer,
  { parse, gather }: PathReading<Item>,
): Item | undefined {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined && typeof only !== 'string' && only.result.kind === 'hole') {
    if (only.result.gather) return gather?.(only.result.gather);
  }
  const gathers = pieces.find(
    (piece) => typeof piece !== 'string' && piece.result.kind === 'hole' && !piece.result.uses.item,
  );
  if (gathers !== undefined && typeof gathers !== 'string') {
    const { source, ordinal } = gathers.source;
    const reason = 'what instances make is a list of paths, and does not mix with anything else';
    reader.reportExpression(pointer, ordinal, (location) =>
      catalog.invalidExpression({ expression: source, reason, location }),
    );
    return undefined;
  }
  const made = pathTemplate(pieces, parse);
  if (made.ok) return made.value;
  const { shown, mistake } = made.error;
  reader.report(pointer, (location) => pathMistake(shown, mistake, location));
  return undefined;
}

function pathMistake(path: string, mistake: PathMistake, location: Location): Diagnostic {
  switch (mistake.kind) {
    case 'outside':
      return catalog.pathOutside({ path, location });
    case 'reserved':
      return catalog.pathReserved({ path, folder: mistake.folder, location });
    case 'invalid': {
      const { reason, help } = mistake;
      return catalog.invalidPath({ path, reason, location, ...(help === undefined ? {} : { help }) });
    }
  }
}

/** The value an expression sees: a path, or a list; the path of a folder ends in `/`. */
export function outputValue({ list, items }: DeclaredOutput['port']): Json {
  const paths = items.map(({ kind, path }) => (kind === 'folder' ? `${path}/` : path));
  return list ? paths : (paths[0] ?? '');
}
