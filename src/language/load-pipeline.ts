/**
 * From the files of a pipeline to its stages, with every mistake in them. Knows the file system only to read, and
 * nothing of the state of inputs and outputs.
 */
import { duplicateStage, invalidExpression } from '../diagnostics/catalog.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Location } from '../model/location.ts';
import type { Pipeline } from '../model/pipeline.ts';
import type { StageType } from '../model/plugin.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { SourceDigest } from '../ports/source-digest.ts';
import type { Json } from '../util/canonical-json.ts';
import type { LoadScope } from './expressions.ts';
import type { PipelineDocument } from './load-files.ts';
import { loadFiles } from './load-files.ts';
import { entryOf, locatePointer } from './locate.ts';
import type { ParamOverride } from './params.ts';
import { resolveParams } from './params.ts';
import { resolvePools } from './resolve-pools.ts';
import type { DeclaredOutput, ResolvedOutputPorts } from './resolve-ports.ts';
import { outputValue, resolveOutputPorts } from './resolve-ports.ts';
import type { ResolvedStage } from './resolve-stage.ts';
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
  readonly #declarations = new Map<string, StageDeclaration>();
  /** Of all stages: what is a secret for one is not to be read for another. */
  readonly #secrets = new Set<string>();
  readonly #outputs = new Map<string, ResolvedOutputPorts>();
  /** Stage -> port -> what an expression sees. */
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
      const given = resolveParams(files.documents, params);
      const pools = resolvePools(files.documents);
      this.#diagnostics.push(...given.diagnostics, ...pools.diagnostics);
      for (const document of files.documents) this.#declare(document);
      const scope = this.#scope(given.values);
      this.#resolveOutputs(scope);
      const context = {
        workspace,
        types,
        unavailable,
        shell: shell ?? ('bash' as const),
        readSchema: schemas.read,
        stages: this.#declarations,
        pools: pools.names,
        outputsOf: (stage: string) => this.#outputs.get(stage) ?? NO_OUTPUTS,
      };
      for (const declaration of this.#declarations.values()) {
        const reader = new StageReader(declaration, scope, (diagnostic) => this.#diagnostics.push(diagnostic));
        this.#resolved.set(declaration.id, resolveStage(reader, context));
      }
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
        this.#diagnostics.push(duplicateStage({ name: id, location, first: locateKey(first) }));
        continue;
      }
      const stage = data[id];
      if (!isMapping(stage)) continue;
      this.#declarations.set(id, { id, document, entry, data: stage });
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
      hasStage: (stage) => this.#declarations.has(stage),
      stageNames: () => this.#declarations.keys(),
      output: (stage, port) => {
        if (this.#isFanOut(stage)) return this.#outputs.get(stage)?.names.includes(port) ? 'later' : undefined;
        const value = this.#values.get(stage)?.get(port);
        if (value) return value;
        return this.#outputs.get(stage)?.names.includes(port) ? 'broken' : undefined;
      },
      outputPorts: (stage) => this.#outputs.get(stage)?.names ?? [],
    };
  }

  /**
   * Outputs come first, since everything else may refer to them. The path of one may refer to that of another stage, so
   * a stage that asks for outputs not known yet is put aside until they are.
   */
  #resolveOutputs(scope: LoadScope): void {
    const waiting = new Map<string, StageDeclaration[]>();
    const pending = [...this.#declarations.values()].reverse();
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      let missing: string | undefined;
      const found: Diagnostic[] = [];
      const careful: LoadScope = {
        ...scope,
        output: (stage, port) => {
          if (!this.#outputs.has(stage)) missing ??= stage;
          return this.#outputs.has(stage) ? scope.output(stage, port) : 'broken';
        },
      };
      const reader = new StageReader(next, careful, (diagnostic) => found.push(diagnostic));
      const outputs = resolveOutputPorts(reader, this.#options.workspace);
      if (missing !== undefined) {
        const others = waiting.get(missing) ?? [];
        waiting.set(missing, [...others, next]);
        continue;
      }
      this.#diagnostics.push(...found);
      this.#settle(next.id, outputs);
      pending.push(...(waiting.get(next.id) ?? []));
      waiting.delete(next.id);
    }
    for (const declaration of [...waiting.values()].flat()) this.#giveUp(declaration);
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

  #giveUp({ id, document, data }: StageDeclaration): void {
    const location = locatePointer(document, ['stages', id, 'outputs'], 'key');
    const reason = 'the paths of outputs refer to each other in a circle';
    this.#diagnostics.push(invalidExpression({ expression: `stages.${id}.outputs`, reason, location }));
    const written = data['outputs'];
    this.#settle(id, { outputs: [], names: isMapping(written) ? Object.keys(written) : [] });
  }

  #locate(stage: string, pointer: readonly (string | number)[]): Location {
    const declaration = this.#declarations.get(stage);
    if (!declaration) return this.#nowhere();
    const places = this.#resolved.get(stage)?.places;
    const placeOf = (at: readonly (string | number)[]) => places?.get(JSON.stringify(at));
    // The only path of a port stands where its first item does; that of one nobody wrote, where it is spoken of.
    const place = placeOf(pointer) ?? placeOf([...pointer, 0]) ?? placeOf(pointer.slice(0, 2));
    if (place) return 'file' in place ? place : locatePointer(declaration.document, place);
    return locatePointer(declaration.document, ['stages', stage, ...pointer]);
  }

  #nowhere(): Location {
    const { file, workspace } = this.#options;
    return { file: nameOf(file, workspace), line: 1, column: 1, end_line: 1, end_column: 1 };
  }
}

const NO_OUTPUTS: ResolvedOutputPorts = { outputs: [], names: [] };

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
