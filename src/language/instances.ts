/**
 * What becomes of each declared stage: itself, or one instance for every combination of its matrix. Knows nothing of
 * what stages do.
 */
import * as catalog from '../diagnostics/catalog.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { OutputItem } from '../model/pipeline.ts';
import { canonicalJson } from '../util/canonical-json.ts';
import type { CombinationScope, LoadScope, MatrixScope } from './look-up.ts';
import { resolveMatrix } from './resolve-matrix.ts';
import type { DeclaredOutput, ResolvedOutputPorts } from './resolve-ports.ts';
import type { StageDeclaration } from './stage-reader.ts';
import { StageReader } from './stage-reader.ts';

export interface Instances {
  readonly declaration: StageDeclaration;
  /** In the order of the combinations; for a stage without a matrix only itself. */
  readonly all: readonly Instance[];
  /** Also where that is wrong. */
  readonly hasMatrix: boolean;
  /** To be called when all of the stage has been read: keys that nobody asked for, and that look like slips. */
  checkUnread(): void;
}

export interface Instance {
  readonly declaration: StageDeclaration;
  readonly matrix: MatrixScope | undefined;
}

type Report = (diagnostic: Diagnostic) => void;

/** Errors: `conflicting-keys`, and those of the matrix. */
export function expandStage(declaration: StageDeclaration, scope: LoadScope, report: Report): Instances {
  const reader = new StageReader(declaration, { ...scope, matrix: 'itself' }, report);
  const written = reader.own('matrix');
  if (!written) {
    return { declaration, all: [{ declaration, matrix: undefined }], hasMatrix: false, checkUnread: () => {} };
  }
  if (reader.own('foreach')) {
    const keys = ['matrix', 'foreach'];
    const reason = 'a stage runs for values that the file names, or for a list that another stage makes';
    reader.report(written.pointer, (location) => catalog.conflictingKeys({ keys, reason, location }), 'key');
  }
  const matrix = resolveMatrix(reader, written);
  if (!matrix) {
    return { declaration, all: [{ declaration, matrix: 'broken' }], hasMatrix: true, checkUnread: () => {} };
  }
  const read = new Set<string>();
  const keys = new Set(matrix.combinations.flatMap(({ values }) => [...values.keys()]));
  const note = (key: string | undefined) => {
    for (const one of key === undefined ? keys : [key]) read.add(one);
  };
  const all = matrix.combinations.map(({ id, values }) => ({
    declaration: { ...declaration, id },
    matrix: { stage: declaration.name, id, values, keys, note },
  }));
  const checkUnread = () => {
    for (const { key, pointer, suggestion } of matrix.doubtful) {
      if (read.has(key)) continue;
      const about = { what: 'key', name: key, of: 'The matrix', suggestion };
      reader.report(pointer, (location) => catalog.unknownReference({ ...about, location }), 'key');
    }
  };
  return { declaration, all, hasMatrix: true, checkUnread };
}

interface ToldOnce {
  readonly diagnostic: Diagnostic;
  others: number;
  isSame: boolean;
}

/**
 * What is wrong with a stage is mostly wrong with all of its instances, in the same words or with other values. Of each kind
 * of mistake at each place the first is told, with how many more there are where their words are others.
 */
export class InstanceReports {
  readonly #told = new Map<string, ToldOnce[]>();

  /** Of one instance; to be called once for each. */
  add(diagnostics: readonly Diagnostic[]): void {
    const own = new Map<string, Diagnostic[]>();
    for (const diagnostic of diagnostics) {
      const key = JSON.stringify([diagnostic.code, diagnostic.location]);
      const alike = own.get(key);
      if (alike) alike.push(diagnostic);
      else own.set(key, [diagnostic]);
    }
    for (const [key, found] of own) {
      const told = this.#told.get(key);
      if (!told) {
        const first = found.map((diagnostic) => ({ diagnostic, others: 0, isSame: true }));
        this.#told.set(key, first);
        continue;
      }
      for (const one of told) {
        one.others++;
        one.isSame &&= found.some(({ message }) => message === one.diagnostic.message);
      }
    }
  }

  all(): Diagnostic[] {
    return [...this.#told.values()].flat().map(({ diagnostic, others, isSame }) => {
      if (isSame) return diagnostic;
      const more = `The same place is wrong in ${others} more ${others === 1 ? 'instance' : 'instances'}.`;
      return { ...diagnostic, help: diagnostic.help === undefined ? more : `${diagnostic.help} ${more}` };
    });
  }
}

/** The outputs of one instance, with a reader for their places. */
export interface InstanceOutputs {
  readonly instance: Instance;
  readonly reader: StageReader;
  readonly outputs: ResolvedOutputPorts;
}

/**
 * The same without outputs that an instance before it makes already.
 * Errors: `duplicate-output`, once for each port.
 */
export function withoutRepeatedOutputs(instances: readonly InstanceOutputs[], report: Report): InstanceOutputs[] {
  const makers = new Map<string, Instance[]>();
  for (const { instance, outputs } of instances) {
    for (const { port } of outputs.outputs) {
      for (const { path } of port.items) {
        const known = makers.get(path);
        if (!known) makers.set(path, [instance]);
        else if (known[known.length - 1] !== instance) known.push(instance);
      }
    }
  }
  const told = new Set<string>();
  return instances.map(({ instance, reader, outputs }) => {
    const kept = outputs.outputs.filter(({ port, pointers }) => {
      const at = port.items.findIndex(({ path }) => makers.get(path)?.[0] !== instance);
      if (at < 0) return true;
      if (told.has(port.name)) return false;
      told.add(port.name);
      const { path } = port.items[at] as OutputItem;
      const same = makers.get(path) as readonly Instance[];
      report(
        catalog.duplicateOutput({
          path,
          instances: same.map(({ declaration }) => declaration.id),
          keys: differences(same),
          location: reader.locate(pointers[at] ?? reader.pointer('outputs', port.name)),
        }),
      );
      return false;
    });
    return { instance, reader, outputs: { ...outputs, outputs: kept } };
  });
}

/** As many keys of the matrix as it takes to tell them apart, the first ones first. */
function differences(instances: readonly Instance[]): string[] {
  const scopes = instances.flatMap(({ matrix }) => (typeof matrix === 'object' ? [matrix] : []));
  const chosen: string[] = [];
  let apart = 1;
  for (const key of scopes[0]?.keys ?? []) {
    const all = [...chosen, key];
    const now = new Set(scopes.map((scope) => all.map((one) => textOf(scope, one)).join('\0'))).size;
    if (now > apart) chosen.push(key);
    apart = Math.max(apart, now);
  }
  return chosen;
}

function textOf({ values }: CombinationScope, key: string): string | undefined {
  const value = values.get(key);
  return value === undefined ? undefined : canonicalJson(value);
}

/** What the name of a stage with a matrix stands for: each output a list, of all its instances in order. */
export function gatherOutputs(instances: readonly ResolvedOutputPorts[]): ResolvedOutputPorts {
  const ports = new Map<string, OutputItem[]>();
  const counts = new Map<string, number>();
  for (const { outputs } of instances) {
    for (const { port } of outputs) {
      const items = ports.get(port.name) ?? [];
      for (const item of port.items) items.push(item);
      ports.set(port.name, items);
      counts.set(port.name, (counts.get(port.name) ?? 0) + 1);
    }
  }
  const outputs = [...ports].flatMap(([name, items]): DeclaredOutput[] =>
    // One that is wrong in some instance is wrong as a whole.
    counts.get(name) === instances.length
      ? [{ port: { name, list: true, items }, pointers: [], cache: undefined, expect: undefined }]
      : [],
  );
  return { outputs, names: instances[0]?.names ?? [] };
}
