/** The ports of a stage against those of its stage type. */
import * as catalog from '../diagnostics/catalog.ts';
import { nearest } from '../diagnostics/suggest.ts';
import type { InputPort } from '../model/pipeline.ts';
import type { PortDeclaration, StageType } from '../model/plugin.ts';
import type { Pointer } from './locate.ts';
import type { DeclaredOutput, ResolvedInputPorts } from './resolve-ports.ts';
import type { StageReader } from './stage-reader.ts';
import { isMapping } from './stage-reader.ts';

/** Stands for every port that is not named. */
const ANY_PORT = '*';

/** What a stage type says of a port with that name. */
export function portOf(declarations: StageType['inputs'], name: string): PortDeclaration | undefined {
  return Object.hasOwn(declarations, name) ? declarations[name] : declarations[ANY_PORT];
}

/** Errors: `unknown-port`, `missing-port`, `port-kind`, `port-not-list`. */
export function checkPorts(
  reader: StageReader,
  type: StageType,
  inputs: ResolvedInputPorts,
  outputs: readonly DeclaredOutput[],
): void {
  const inputPorts = new Map(
    inputs.ports.map((port) => [port.name, { port, at: inputs.pointers.get(port.name) ?? [] }]),
  );
  const outputPorts = new Map(outputs.map(({ port, pointers }) => [port.name, { port, at: pointers }]));
  checkSide(reader, type, 'input', inputPorts);
  checkSide(reader, type, 'output', outputPorts);
}

interface Bound {
  readonly port: Pick<InputPort, 'name' | 'list'> & {
    readonly items: readonly { readonly kind: 'file' | 'folder' | 'glob' | 'gather'; readonly path: string }[];
  };
  readonly at: readonly Pointer[];
}

function checkSide(
  reader: StageReader,
  type: StageType,
  side: 'input' | 'output',
  bound: ReadonlyMap<string, Bound>,
): void {
  const key = `${side}s` as const;
  const declarations = type[key];
  const written = reader.own(key)?.value;
  const names = isMapping(written) ? Object.keys(written) : [];
  for (const name of names) {
    const pointer = reader.pointer(key, name);
    const declaration = portOf(declarations, name);
    if (!declaration) {
      const known = Object.keys(declarations);
      const suggestion = nearest(name, known);
      const about = { port: name, side, type: type.name, suggestion, known };
      reader.report(pointer, (location) => catalog.unknownPort({ ...about, location }), 'key');
      continue;
    }
    const found = bound.get(name);
    if (!found) continue;
    const about = { port: name, side, type: type.name };
    if (found.port.list && !declaration.many) {
      reader.report(pointer, (location) => catalog.portNotList({ ...about, location }));
      continue;
    }
    for (const [index, { kind, path }] of found.port.items.entries()) {
      if ((kind === 'folder') === (declaration.kind === 'folder')) continue;
      const shown = kind === 'folder' ? `${path}/` : path;
      reader.report(found.at[index] ?? pointer, (location) =>
        catalog.portKind({ ...about, wanted: declaration.kind, path: shown, location }),
      );
    }
  }
  for (const [port, { optional }] of Object.entries(declarations)) {
    if (optional || port === '*' || names.includes(port)) continue;
    if (port === ANY_PORT && names.some((name) => !Object.hasOwn(declarations, name))) continue;
    const owner = written === undefined ? reader.pointer() : reader.pointer(key);
    reader.report(owner, (location) => catalog.missingPort({ port, side, type: type.name, location }), 'key');
  }
}
