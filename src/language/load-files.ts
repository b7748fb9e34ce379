/** A pipeline's file and all it includes, read, parsed and checked against the schema. Knows no meaning of stages. */
import path from 'node:path/posix';
import * as catalog from '../diagnostics/catalog.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Location } from '../model/location.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { SourceDigest } from '../ports/source-digest.ts';
import type { Json } from '../util/canonical-json.ts';
import type { Pointer } from './locate.ts';
import { locatePointer } from './locate.ts';
import { parseYaml } from './parse-yaml.ts';
import { nameOf, readSource } from './source.ts';
import { mayHoldExpressions } from './split-expressions.ts';
import { validateDocument } from './validate.ts';
import type { YamlDocument, YamlMap } from './yaml-document.ts';
import { dataOf } from './yaml-document.ts';

const INCLUDES_MAX = 1000;

/** A file whose form is known: what is wrong with it has been reported, the rest can be used. */
export interface PipelineDocument extends YamlDocument {
  readonly root: YamlMap;
  readonly data: { readonly [key: string]: Json };
  /** JSON of every pointer the schema had something to say about. */
  readonly reported: ReadonlySet<string>;
}

export interface LoadedFiles {
  /** Included files before the one that includes them, each once; empty when the first cannot be read as a pipeline. */
  readonly documents: readonly PipelineDocument[];
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: readonly SourceDigest[];
  readonly texts: ReadonlyMap<string, string>;
  /** False: some file could not be read to its end, so what is missing may be declared there. */
  readonly isComplete: boolean;
}

interface Open {
  readonly document: PipelineDocument;
  readonly real: string;
  readonly includes: readonly { readonly target: string; readonly pointer: Pointer }[];
  next: number;
}

/**
 * Errors: those of reading, of YAML and of the schema; `include-cycle`, `include-outside`, `too-many-includes`,
 * `invalid-value`. A warning: `unused-defaults`.
 */
export function loadFiles(request: FilesRequest): LoadedFiles {
  return new FileLoader(request.fs, request.workspace).load(request.file, request.askedAt);
}

export interface FilesRequest {
  readonly fs: FileSystem;
  readonly workspace: string;
  /** Absolute. */
  readonly file: string;
  /** Where it was named; undefined for the command line. */
  readonly askedAt: Location | undefined;
}

class FileLoader {
  readonly #fs: FileSystem;
  readonly #workspace: string;
  readonly #documents: PipelineDocument[] = [];
  readonly #diagnostics: Diagnostic[] = [];
  readonly #sources: SourceDigest[] = [];
  readonly #texts = new Map<string, string>();
  /** Real paths of files that are read or being read. */
  readonly #seen = new Set<string>();
  #isComplete = true;

  constructor(fs: FileSystem, workspace: string) {
    this.#fs = fs;
    this.#workspace = workspace;
  }

  load(file: string, askedAt: Location | undefined): LoadedFiles {
    const stack: Open[] = [];
    const main = this.#open(file, askedAt);
    if (main) stack.push(main);
    for (let top = stack[stack.length - 1]; top !== undefined; top = stack[stack.length - 1]) {
      const include = top.includes[top.next++];
      if (!include) {
        this.#documents.push(top.document);
        stack.pop();
        continue;
      }
      const next = this.#include(top, include, stack);
      if (next === 'too-many') break;
      if (next) stack.push(next);
    }
    // Where the limit was hit, what was open counts too.
    for (const { document } of stack.reverse()) this.#documents.push(document);
    return {
      documents: this.#documents,
      diagnostics: this.#diagnostics,
      sources: this.#sources,
      texts: this.#texts,
      isComplete: this.#isComplete,
    };
  }

  #include(
    from: Open,
    { target, pointer }: Open['includes'][number],
    stack: readonly Open[],
  ): Open | 'too-many' | undefined {
    const location = locatePointer(from.document, pointer);
    const problem = notOneFile(target);
    if (problem) return this.#leaveOut(catalog.invalidValue({ ...problem, location }));
    const folder = path.dirname(from.document.source.path);
    const file = path.resolve(folder, target);
    const real = this.#fs.realPath(file) ?? file;
    const root = this.#fs.realPath(this.#workspace) ?? this.#workspace;
    if (!isInside(file, this.#workspace) || !isInside(real, root)) {
      return this.#leaveOut(catalog.includeOutside({ path: target, location }));
    }
    const from0 = stack.findIndex((open) => open.real === real);
    if (from0 >= 0) {
      const names = [...stack.slice(from0).map((open) => open.document.source.name), nameOf(file, this.#workspace)];
      this.#diagnostics.push(catalog.includeCycle({ path: names, location }));
      return undefined;
    }
    // Two files may share a third, which counts once.
    if (this.#seen.has(real)) return undefined;
    if (this.#seen.size > INCLUDES_MAX) {
      this.#leaveOut(catalog.tooManyIncludes({ limit: INCLUDES_MAX, location }));
      return 'too-many';
    }
    return this.#open(file, location, (nearest) => this.#meant(folder, target, nearest));
  }

  #leaveOut(diagnostic: Diagnostic): undefined {
    this.#isComplete = false;
    this.#diagnostics.push(diagnostic);
    return undefined;
  }

  /**
   * What to write in place of an include that is not there. All other paths start at the workspace, so whoever wrote this
   * one may have thought that it does, too.
   */
  #meant(folder: string, target: string, nearest: string | undefined): string | undefined {
    const fromWorkspace = path.join(this.#workspace, target);
    const isThere = !path.isAbsolute(target) && this.#fs.stat(fromWorkspace)?.type === 'file';
    const meant = isThere ? fromWorkspace : nearest === undefined ? undefined : path.join(this.#workspace, nearest);
    return meant === undefined ? undefined : path.relative(folder, meant);
  }

  #open(
    file: string,
    askedAt: Location | undefined,
    suggest: (nearest: string | undefined) => string | undefined = (nearest) => nearest,
  ): Open | undefined {
    const { source, digest } = readSource({ fs: this.#fs, workspace: this.#workspace, path: file, askedAt, suggest });
    this.#sources.push(digest);
    if (!source.ok) return this.#leaveOut(source.error);
    this.#texts.set(source.value.name, source.value.text);
    const { document, diagnostics } = parseYaml(source.value);
    this.#diagnostics.push(...diagnostics);
    if (diagnostics.some(({ code }) => code === 'yaml-syntax')) this.#isComplete = false;
    if (!document) return undefined;
    if (!document.root) {
      this.#diagnostics.push(catalog.fileEmpty({ location: document.source.locate(0, 0) }));
      return undefined;
    }
    const data = dataOf(document.root);
    const findings = validateDocument('pipeline', document, data);
    this.#diagnostics.push(...findings.diagnostics);
    if (document.root.kind !== 'map') {
      this.#isComplete = false;
      return undefined;
    }
    const real = this.#fs.realPath(file) ?? file;
    this.#seen.add(real);
    const pipeline: PipelineDocument = {
      source: document.source,
      root: document.root,
      data: data as PipelineDocument['data'],
      reported: new Set(findings.pointers.map((pointer) => JSON.stringify(pointer))),
    };
    this.#checkVersion(pipeline);
    this.#checkDefaults(pipeline);
    return { document: pipeline, real, includes: includesOf(pipeline.data['include']), next: 0 };
  }

  /** Whoever keeps all stages in other files may think that they hold for those. */
  #checkDefaults(document: PipelineDocument): void {
    const { defaults, stages } = document.data;
    const isUsed = Object.keys(stages ?? {}).length > 0;
    if (isUsed || Object.keys(defaults ?? {}).length === 0) return;
    this.#diagnostics.push(catalog.unusedDefaults({ location: locatePointer(document, ['defaults'], 'key') }));
  }

  #checkVersion(document: PipelineDocument): void {
    const version = document.data['version'];
    if (version === undefined || version === 1) return;
    if (typeof version !== 'number' && typeof version !== 'string') return;
    const location = locatePointer(document, ['version']);
    this.#diagnostics.push(catalog.unsupportedVersion({ version: String(version), location }));
  }
}

/** What no path of a single file looks like. */
function notOneFile(target: string): { readonly message: string; readonly help: string } | undefined {
  if (mayHoldExpressions(target)) {
    return {
      message: 'An include is a plain path; an expression has no meaning in it.',
      help: 'Files are read before params have values: include them all, and choose among their stages.',
    };
  }
  if (/[*?[{]/.test(target)) {
    return { message: 'An include is the path of one file, not a pattern.', help: 'Write a list of files.' };
  }
  return undefined;
}

function includesOf(value: Json | undefined): Open['includes'] {
  if (typeof value === 'string') return [{ target: value, pointer: ['include'] }];
  if (!Array.isArray(value)) return [];
  return (value as readonly Json[]).flatMap((target, index) =>
    typeof target === 'string' && target !== '' ? [{ target, pointer: ['include', index] }] : [],
  );
}

function isInside(file: string, folder: string): boolean {
  return file.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}
