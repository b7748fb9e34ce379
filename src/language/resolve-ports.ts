/** The inputs and outputs of a stage, from what is written to ports with paths. Knows no disk and no stage types. */
import * as catalog from '../diagnostics/catalog.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Location } from '../model/location.ts';
import type { InputItem, InputPort, OutputItem, OutputPort } from '../model/pipeline.ts';
import { showValue } from '../schema/findings.ts';
import type { Json } from '../util/canonical-json.ts';
import { compareText } from '../util/compare.ts';
import type { Result } from '../util/result.ts';
import type { Pointer } from './locate.ts';
import type { PathMistake } from './paths.ts';
import { parseInputPath, parseOutputPath } from './paths.ts';
import type { Placed, StageReader } from './stage-reader.ts';
import { isMapping } from './stage-reader.ts';

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
export function resolveInputPorts(reader: StageReader, workspace: string): ResolvedInputPorts {
  const ports: InputPort[] = [];
  const pointers = new Map<string, readonly Pointer[]>();
  const declared = reader.own('inputs')?.value;
  for (const [name, value] of Object.entries(isMapping(declared) ? declared : {})) {
    const pointer = reader.pointer('inputs', name);
    const read = readPaths<InputItem>(reader, { value, pointer }, 'input', (text) => parseInputPath(text, workspace));
    if (read.failed) continue;
    const list = read.list || read.items.some(({ item }) => item.kind === 'glob');
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
    const read = readPaths<OutputItem>(reader, paths, 'output', (text) => parseOutputPath(text, workspace));
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

interface ReadPaths<Item> {
  readonly items: readonly { readonly item: Item; readonly pointer: Pointer }[];
  readonly list: boolean;
  /** No path is left of those that are written. */
  readonly failed: boolean;
}

function readPaths<Item>(
  reader: StageReader,
  { value: written, pointer }: Placed,
  side: 'input' | 'output',
  parse: (text: string) => Result<Item, PathMistake>,
): ReadPaths<Item> {
  const made = typeof written === 'string' ? reader.text(written, pointer)?.value : written;
  if (made === undefined) return { items: [], list: false, failed: true };
  const list = Array.isArray(made);
  // What an expression gave stands where the expression does; the items of a list have places of their own.
  const values =
    list && typeof written === 'string'
      ? (made as readonly Json[]).map((value) => ({ value, pointer }))
      : reader.items({ value: made, pointer });
  const items: { item: Item; pointer: Pointer }[] = [];
  for (const placed of values) {
    const { value } = placed;
    if (typeof value !== 'string') {
      const message = `The path of an ${side} must be text, not ${showValue(value)}.`;
      reader.report(placed.pointer, (location) => catalog.wrongType({ message, location }));
      continue;
    }
    const parsed = parse(value);
    if (parsed.ok) items.push({ item: parsed.value, pointer: placed.pointer });
    else reader.report(placed.pointer, (location) => pathMistake(value, parsed.error, location));
  }
  return { items, list, failed: items.length === 0 && !(list && made.length === 0) };
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
