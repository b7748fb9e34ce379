/**
 * From the files of a pipeline to its stages, with every mistake in them. Knows the file system only to read, and
 * nothing of the state of inputs and outputs.
 */
import * as catalog from '../diagnostics/catalog.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { declaredId } from '../model/instance.ts';
import type { Location } from '../model/location.ts';
import type { Pipeline, Stage } from '../model/pipeline.ts';
import type { StageType } from '../model/plugin.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { SourceDigest } from '../ports/source-digest.ts';
import type { Json } from '../util/canonical-json.ts';
import type { Instance, InstanceOutputs, Instances } from './instances.ts';
import { expandStage, gatherOutputs, InstanceReports, withoutRepeatedOutputs } from './instances.ts';
import type { PipelineDocument } from './load-files.ts';
import { loadFiles } from './load-files.ts';
import { entryOf, locatePointer } from './locate.ts';
import type { LoadScope } from './look-up.ts';
import type { ParamOverride } from './params.ts';
import { resolveParams } from './params.ts';
import { resolvePools } from './resolve-pools.ts';
import type { DeclaredOutput, ResolvedOutputPorts } from './resolve-ports.ts';
import { outputValue, resolveOutputPorts } from './resolve-ports.ts';
import type { ResolvedStage, StageContext } from './resolve-stage.ts';
import { resolveStage } from './resolve-stage.ts';
import { SchemaFiles } from './schema-files.ts';
import { nameOf } from './source.ts';
import type { StageDeclaration } from './stage-reader.ts';
import { isMapping, StageReader } from './stage-reader.ts';

export type { ParamOverride } from './params.ts';

export interface LoadOptions {
  readonly fs: FileSystem;
  /** Absolute. */
  readonly workspace: string;
  /** Absolute. */
  readonly file: string;
  /** Where the file was named; undefined for the command line. */
  readonly askedAt?: Location | undefined;
  readonly params: readonly ParamOverride[];
  readonly env: { readonly [name: string]: string | undefined };
  /** By name, such as `tabular/profile`. */
  readonly types: ReadonlyMap<string, StageType>;
  /** Listed plugins that could not be read: what they provide is not known, and they have a message of their own. */
  readonly unavailable?: ReadonlySet<string>;
  /** Of the settings. */
  readonly shell: 'bash' | 'sh' | undefined;
}

export interface LoadOutcome {
  /**
   * Every stage, with all of it that is not wrong: only with no error among the diagnostics is it what was written.
   * Undefined when the file cannot be read as a mapping.
   */
  readonly pipeline: Pipeline | undefined;
  /** Each once, in the order they were met. */
  readonly diagnostics: readonly Diagnostic[];
  /** The file, those it includes, and schemas it refers to. */
  readonly sources: readonly SourceDigest[];
  /** Variables that expressions asked for; null for those not set. */
  readonly envRead: { readonly [name: string]: string | null };
  /** `Location.file` -> text. */
  readonly texts: ReadonlyMap<string, string>;
  /**
   * Of a place in a stage, such as `['inputs', 'data', 1]` or `['needs', 0]`, counted as in the model; the nearest parent
   * of what has no place of its own.
   */
  locate(stage: string, pointer: readonly (string | number)[]): Location;
}

export function loadPipeline(options: LoadOptions): LoadOutcome {
  return new PipelineLoader(options).load();
}

class PipelineLoader {
  readonly #options: LoadOptions;
  readonly #diagnostics: Diagnostic[] = [];
  readonly #envRead: { [name: string]: string | null } = Object.create(null);
  /** By name. */
  readonly #declarations = new Map<string, StageDeclaration>();
  /** By name, in the order of the declarations. */
  readonly #stages = new Map<string, Instances>();
  /** By id. */
  readonly #instances = new Map<string, Instance>();
  /** Of all stages: what is a secret for one is not to be read for another. */
  readonly #secrets = new Set<string>();
  /** By id, and by name for all instances together. */
  readonly #outputs = new Map<string, ResolvedOutputPorts>();
  /** The same -> port -> what an expression sees. */
  readonly #values = new Map<string, ReadonlyMap<string, { readonly value: Json }>>();
  readonly #resolved = new Map<string, ResolvedStage>();
  #documents: readonly PipelineDocument[] = [];

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  load(): LoadOutcome {
    const { fs, workspace, file, askedAt, params, shell, types, unavailable = new Set<string>() } = this.#options;
    const files = loadFiles({ fs, workspace, file, askedAt });
    this.#documents = files.documents;
    this.#diagnostics.push(...files.diagnostics);
    const schemas = new SchemaFiles(fs, workspace);
    if (files.documents.length > 0) {
      const given = resolveParams(files.documents, params, files.isComplete);
      const pools = resolvePools(files.documents);
      this.#diagnostics.push(...given.diagnostics, ...pools.diagnostics);
      for (const document of files.documents) this.#declare(document);
      const scope = { ...this.#scope(given.values), isIncomplete: !files.isComplete };
      this.#expand(scope);
      this.#resolveOutputs(scope);
      const context = {
        workspace,
        types,
        unavailable,
        shell: shell ?? ('bash' as const),
        readSchema: schemas.read,
        isIncomplete: !files.isComplete,
        stageNames: () => this.#stageNames(),
        idsOf: (stage: string) => this.#idsOf(stage),
        pools: pools.names,
        outputsOf: (stage: string) => this.#outputs.get(stage) ?? NO_OUTPUTS,
      };
      for (const stage of this.#stages.values()) this.#resolve(stage, scope, context);
      return this.#outcome(files.texts, [...files.sources, ...schemas.sources], given.values, pools.pools);
    }
    return this.#outcome(files.texts, files.sources, undefined);
  }

  #outcome(
    texts: ReadonlyMap<string, string>,
    sources: readonly SourceDigest[],
    params: ReadonlyMap<string, Json> | undefined,
    pools: Pipeline['pools'] = {},
  ): LoadOutcome {
    const main = this.#documents[this.#documents.length - 1];
    const description = main?.data['description'];
    return {
      pipeline: params && {
        file: nameOf(this.#options.file, this.#options.workspace),
        ...(typeof description === 'string' ? { description } : {}),
        params: Object.fromEntries(params),
        ...(Object.keys(pools).length === 0 ? {} : { pools }),
        stages: [...this.#resolved.values()].map(({ stage }) => stage),
      },
      diagnostics: withoutRepeats(this.#diagnostics),
      sources,
      envRead: this.#envRead,
      texts,
      locate: (stage, pointer) => this.#locate(stage, pointer),
    };
  }

  /** The first file to declare a stage has it. Errors: `duplicate-stage`. */
  #declare(document: PipelineDocument): void {
    this.#noteSecrets(document.data['defaults']);
    const node = entryOf(document.root, 'stages')?.value;
    const data = document.data['stages'];
    if (node?.kind !== 'map' || !isMapping(data)) return;
    for (const entry of node.entries) {
      const id = entry.key;
      const first = this.#declarations.get(id);
      if (first) {
        const location = document.source.locate(entry.keyStart, entry.keyEnd);
        this.#diagnostics.push(catalog.duplicateStage({ name: id, location, first: locateKey(first) }));
        continue;
      }
      const stage = data[id];
      if (!isMapping(stage)) continue;
      this.#declarations.set(id, { name: id, id, document, entry, data: stage });
      this.#noteSecrets(stage);
    }
  }

  /** As they are written: expressions are only read once it is known which variables they must not speak of. */
  #noteSecrets(data: Json | undefined): void {
    const names = isMapping(data) ? data['secrets'] : undefined;
    if (Array.isArray(names)) for (const name of names) this.#secrets.add(String(name));
  }

  #scope(params: ReadonlyMap<string, Json>): LoadScope {
    return {
      params,
      env: (name) => {
        const value = Object.hasOwn(this.#options.env, name) ? this.#options.env[name] : undefined;
        this.#envRead[name] = value ?? null;
        return value;
      },
      isSecret: (name) => this.#secrets.has(name),
      hasStage: (stage) => this.#declarations.has(stage) || this.#instances.has(stage),
      stageNames: () => this.#stageNames(),
      output: (stage, port) => {
        if (this.#isFanOut(stage)) return this.#outputs.get(stage)?.names.includes(port) ? 'later' : undefined;
        const value = this.#values.get(stage)?.get(port);
        if (value) return value;
        return this.#outputs.get(stage)?.names.includes(port) ? 'broken' : undefined;
      },
      metrics: (stage) => {
        const { foreach, metrics, uses } = this.#instances.get(stage)?.declaration.data ?? {};
        if (foreach !== undefined || !this.#instances.has(stage)) return undefined;
        return { names: isMapping(metrics) ? Object.keys(metrics) : [], isOpen: uses !== undefined };
      },
      outputPorts: (stage) => this.#outputs.get(stage)?.names ?? [],
    };
  }

  #expand(scope: LoadScope): void {
    for (const declaration of this.#declarations.values()) {
      const stage = expandStage(declaration, scope, (diagnostic) => this.#diagnostics.push(diagnostic));
      this.#stages.set(declaration.name, stage);
      for (const instance of stage.all) this.#instances.set(instance.declaration.id, instance);
    }
  }

  /** Those of the file come first. */
  *#stageNames(): Iterable<string> {
    yield* this.#declarations.keys();
    for (const { hasMatrix, all } of this.#stages.values()) {
      if (hasMatrix) for (const { declaration } of all) yield declaration.id;
    }
  }

  /** Of all instances, where it is the name of a stage. */
  #idsOf(stage: string): readonly string[] | undefined {
    const declared = this.#stages.get(stage);
    if (declared) return declared.all.map(({ declaration }) => declaration.id);
    return this.#instances.has(stage) ? [stage] : undefined;
  }

  /**
   * Outputs come first, since everything else may refer to them. The path of one may refer to that of another stage, so
   * a stage that asks for outputs not known yet is put aside until they are.
   */
  #resolveOutputs(scope: LoadScope): void {
    const waiting = new Map<string, Instances[]>();
    const pending = [...this.#stages.values()].reverse();
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const found = this.#outputsOf(next, scope);
      if ('missing' in found) {
        const others = waiting.get(found.missing) ?? [];
        waiting.set(found.missing, [...others, next]);
        continue;
      }
      const { name } = next.declaration;
      this.#diagnostics.push(...found.diagnostics);
      const own = withoutRepeatedOutputs(found.outputs, (diagnostic) => this.#diagnostics.push(diagnostic));
      for (const { instance, outputs } of own) this.#settle(instance.declaration.id, outputs);
      if (next.hasMatrix) this.#settle(name, gatherOutputs(own.map(({ outputs }) => outputs)));
      pending.push(...(waiting.get(name) ?? []));
      waiting.delete(name);
    }
    for (const { declaration } of [...waiting.values()].flat()) this.#giveUp(declaration);
  }

  /** `missing`: the stage whose outputs have to be known before. */
  #outputsOf(
    { all }: Instances,
    scope: LoadScope,
  ): { readonly missing: string } | { readonly outputs: InstanceOutputs[]; readonly diagnostics: Diagnostic[] } {
    const outputs: InstanceOutputs[] = [];
    const reports = new InstanceReports();
    let missing: string | undefined;
    const careful: LoadScope = {
      ...scope,
      output: (stage, port) => {
        if (!this.#outputs.has(stage)) missing ??= declaredId(stage);
        return this.#outputs.has(stage) ? scope.output(stage, port) : 'broken';
      },
    };
    for (const instance of all) {
      const found: Diagnostic[] = [];
      const reader = readerOf(instance, careful, (diagnostic) => found.push(diagnostic));
      outputs.push({ instance, reader, outputs: resolveOutputPorts(reader, this.#options.workspace) });
      if (missing !== undefined) return { missing };
      reports.add(found);
    }
    return { outputs, diagnostics: reports.all() };
  }

  #resolve({ declaration, all, checkUnread }: Instances, scope: LoadScope, context: StageContext): void {
    const reports = new InstanceReports();
    for (const instance of all) {
      const found: Diagnostic[] = [];
      const reader = readerOf(instance, scope, (diagnostic) => found.push(diagnostic));
      const resolved = resolveStage(reader, context);
      this.#resolved.set(instance.declaration.id, resolved);
      reports.add(found);
      // All of them read about as much as the first, so it tells before there are too many.
      const each = waitsOf(resolved.stage);
      if (each * all.length <= WAITS_MAX || all.length === 1) continue;
      const about = { stage: declaration.name, instances: all.length, each, limit: WAITS_MAX };
      this.#diagnostics.push(catalog.matrixTooLarge({ ...about, location: locateKey(declaration) }));
      break;
    }
    this.#diagnostics.push(...reports.all());
    checkUnread();
  }

  #isFanOut(stage: string): boolean {
    return this.#declarations.get(stage)?.data['foreach'] !== undefined;
  }

  #settle(id: string, outputs: ResolvedOutputPorts): void {
    this.#outputs.set(id, outputs);
    this.#values.set(
      id,
      new Map(outputs.outputs.map(({ port }: DeclaredOutput) => [port.name, { value: outputValue(port) }])),
    );
  }

  #giveUp({ name, document, data }: StageDeclaration): void {
    const location = locatePointer(document, ['stages', name, 'outputs'], 'key');
    const reason = 'the paths of outputs refer to each other in a circle';
    this.#diagnostics.push(catalog.invalidExpression({ expression: `stages.${name}.outputs`, reason, location }));
    const written = data['outputs'];
    const names = isMapping(written) ? Object.keys(written) : [];
    for (const id of [name, ...(this.#idsOf(name) ?? [])]) this.#settle(id, { outputs: [], names });
  }

  #locate(stage: string, pointer: readonly (string | number)[]): Location {
    const declaration = this.#instances.get(stage)?.declaration ?? this.#declarations.get(stage);
    if (!declaration) return this.#nowhere();
    const places = this.#resolved.get(stage)?.places;
    const placeOf = (at: readonly (string | number)[]) => places?.get(JSON.stringify(at));
    // The only path of a port stands where its first item does; that of one nobody wrote, where it is spoken of.
    const place = placeOf(pointer) ?? placeOf([...pointer, 0]) ?? placeOf(pointer.slice(0, 2));
    if (place) return 'file' in place ? place : locatePointer(declaration.document, place);
    return locatePointer(declaration.document, ['stages', declaration.name, ...pointer]);
  }

  #nowhere(): Location {
    const { file, workspace } = this.#options;
    return { file: nameOf(file, workspace), line: 1, column: 1, end_line: 1, end_column: 1 };
  }
}

/** Of the instances of one stage together. */
const WAITS_MAX = 2_000_000;

function waitsOf({ inputs, needs }: Stage): number {
  return inputs.reduce((sum, { items }) => sum + items.length, needs.length);
}

const NO_OUTPUTS: ResolvedOutputPorts = { outputs: [], names: [] };

function readerOf(
  { declaration, matrix }: Instance,
  scope: LoadScope,
  report: (diagnostic: Diagnostic) => void,
): StageReader {
  return new StageReader(declaration, matrix === undefined ? scope : { ...scope, matrix }, report);
}

function locateKey({ document, entry }: StageDeclaration): Location {
  return document.source.locate(entry.keyStart, entry.keyEnd);
}

/** What is wrong in `defaults` is met once for every stage. */
function withoutRepeats(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Set<string>();
  return diagnostics.filter(({ code, message, location }) => {
    const key = JSON.stringify([code, message, location]);
    return !seen.has(key) && seen.add(key);
  });
}
