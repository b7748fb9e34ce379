/**
 * From the plugins a workspace lists to their stage types, with everything that is wrong with them. Reads files only:
 * no code of a plugin is ever run or loaded here. Knows nothing of the settings file or of pipelines.
 */
import { posix } from 'node:path';
import {
  commandTaken,
  invalidSchema,
  pluginEngineMismatch,
  pluginManifestInvalid,
  pluginProtocolVersion,
} from '../diagnostics/catalog.ts';
import { quoteName } from '../diagnostics/harmless.ts';
import { RESERVED_COMMANDS } from '../model/command-names.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Location } from '../model/location.ts';
import type { Plugin, PluginPlace, PortDeclaration, StageType } from '../model/plugin.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { SourceDigest } from '../ports/source-digest.ts';
import type { SchemaMistake, Validator } from '../schema/validate.ts';
import { readSchema } from '../schema/validate.ts';
import type { Json } from '../util/canonical-json.ts';
import { compareText } from '../util/compare.ts';
import { computeCodeDigest, stageTypeDigest } from './code-digest.ts';
import type { PluginRef } from './find-plugin.ts';
import { findPlugin, isFolderRef } from './find-plugin.ts';
import type { Manifest, ManifestPort, ManifestStage } from './manifest.ts';
import { parseManifest } from './manifest.ts';
import type { JsonFile, Package, ReadMistake } from './package-reader.ts';
import { member, PackageReader, textMember } from './package-reader.ts';
import { PROTOCOL } from './protocol.ts';
import { satisfies } from './version-range.ts';

export type { PluginRef } from './find-plugin.ts';

export interface ReadPluginsRequest {
  readonly fs: FileSystem;
  /** Absolute, links resolved. */
  readonly workspace: string;
  readonly wrangleVersion: string;
  readonly refs: readonly PluginRef[];
}

export interface PluginsRead {
  /** Those without a mistake, in the order of `refs`. */
  readonly plugins: readonly Plugin[];
  /** All mistakes of all plugins. */
  readonly diagnostics: readonly Diagnostic[];
  /** Everything the result depends on, each once. */
  readonly sources: readonly SourceDigest[];
  /** Contents of the files that locations of the diagnostics speak of. */
  readonly texts: ReadonlyMap<string, string>;
}

export function readPlugins({ fs, workspace, wrangleVersion, refs }: ReadPluginsRequest): PluginsRead {
  const reader = new PackageReader(fs, workspace);
  const plugins: Plugin[] = [];
  const diagnostics: Diagnostic[] = [];
  const commands: CommandOwners = new Map();
  for (const ref of refs) {
    const mistakes: Diagnostic[] = [];
    const plugin = new PluginCheck(reader, ref, refs, commands, mistakes).read(workspace, wrangleVersion);
    if (plugin && mistakes.length === 0) plugins.push(plugin);
    diagnostics.push(...mistakes);
  }
  return { plugins, diagnostics, sources: reader.sources, texts: reader.texts };
}

/** The first stage type to ask for a command has it. */
type CommandOwners = Map<string, { readonly type: string; readonly location: Location }>;

/** One plugin being read. Every mistake is added; what depends on something broken is not looked at. */
class PluginCheck {
  readonly #reader: PackageReader;
  readonly #ref: PluginRef;
  readonly #listed: readonly PluginRef[];
  readonly #commands: CommandOwners;
  readonly #mistakes: Diagnostic[];
  /** By their path in the package; undefined for those with mistakes. */
  readonly #schemas = new Map<string, Json | undefined>();

  constructor(
    reader: PackageReader,
    ref: PluginRef,
    listed: readonly PluginRef[],
    commands: CommandOwners,
    mistakes: Diagnostic[],
  ) {
    this.#reader = reader;
    this.#ref = ref;
    this.#listed = listed;
    this.#commands = commands;
    this.#mistakes = mistakes;
  }

  read(workspace: string, wrangleVersion: string): Plugin | undefined {
    const where = findPlugin(this.#reader, workspace, this.#ref);
    if (!where.ok) {
      this.#mistakes.push(where.error);
      return undefined;
    }
    const found = where.value;
    const file = this.#readManifestFile(found);
    const manifest = file && this.#checkManifest(file, wrangleVersion);
    if (!file || !manifest) return undefined;

    const { name } = this.#ref;
    const version = textMember(found.json.value, 'version') ?? '0.0.0';
    const entries = new Set<string>();
    const types: Omit<StageType, 'code_digest'>[] = [];
    for (const [key, stage] of Object.entries(manifest.stages).sort(([a], [b]) => compareText(a, b))) {
      for (const entry of this.#checkRun(found, file, key, stage, manifest.code !== undefined)) entries.add(entry);
      const ports = (side: 'inputs' | 'outputs') => this.#readPorts(found, file, key, side, stage[side] ?? {});
      const inputs = ports('inputs');
      const outputs = ports('outputs');
      const params = this.#checkParams(file, key, stage);
      const { command } = stage;
      if (command !== undefined) this.#takeCommand(file, key, command);
      types.push({
        name: `${name}/${key}`,
        plugin: name,
        plugin_version: version,
        dir: found.dir,
        description: stage.description ?? '',
        run: stage.run,
        params,
        inputs,
        outputs,
        ...(command === undefined ? {} : { command }),
        platform: stage.platform ?? 'native',
        worker: stage.worker ?? false,
        batch: stage.batch ?? false,
        version: stage.version ?? 1,
      });
    }
    if (this.#mistakes.length > 0) return undefined;

    const { code } = manifest;
    const { digest, missing } = computeCodeDigest(this.#reader, found, {
      manifest: textMember(member(found.json.value, 'wrangle'), 'manifest') ?? '',
      code,
      entries: [...entries],
    });
    for (const dependency of missing) {
      const isPeer = member(member(found.json.value, 'dependencies'), dependency) === undefined;
      const list = isPeer ? 'peerDependencies' : 'dependencies';
      const at = found.json.locate(found.json.file, [list, dependency], 'key');
      this.#broken(`it needs the package ${quoteName(dependency)}, which is not installed.`, at, 'Run "npm install".');
    }
    return {
      name,
      version,
      dir: found.dir,
      found: this.#placeOf(found),
      code_digest: digest,
      types: types.map((type) => ({ ...type, code_digest: stageTypeDigest(type, digest) })),
    };
  }

  #placeOf({ dir, realDir }: Package): PluginPlace {
    const { ref } = this.#ref;
    const by = isFolderRef(ref) ? 'folder' : 'package';
    return { ref, by, ...(realDir === dir ? {} : { linked_to: realDir }) };
  }

  #readManifestFile(found: Package): JsonFile | undefined {
    const { json } = found;
    const path = textMember(member(json.value, 'wrangle'), 'manifest');
    if (path === undefined) {
      const at = json.locate(json.file, ['wrangle', 'manifest']);
      const help = 'Add "wrangle": { "manifest": "./wrangle.plugin.json" } to it.';
      this.#broken(`its "package.json" names no manifest.`, at, help);
      return undefined;
    }
    if (!this.#isInside(found, path)) {
      const at = json.locate(json.file, ['wrangle', 'manifest']);
      this.#broken(`its manifest ${quoteName(path)} lies outside of the package.`, at);
      return undefined;
    }
    const file = this.#reader.readJson(posix.join(found.dir, path));
    if (file.ok) return file.value;
    const { reason, location } = file.error;
    this.#unreadable({ reason, location: location ?? json.locate(json.file, ['wrangle', 'manifest']) });
    return undefined;
  }

  #checkManifest(file: JsonFile, wrangleVersion: string): Manifest | undefined {
    const { name } = this.#ref;
    // A manifest of another protocol may have another form, so only this is said of it.
    const protocol = member(file.value, 'protocol');
    if (typeof protocol === 'number' && protocol !== PROTOCOL) {
      const location = file.locate(file.file, ['protocol']);
      this.#mistakes.push(
        pluginProtocolVersion({ plugin: name, protocol, supported: PROTOCOL, version: wrangleVersion, location }),
      );
      return undefined;
    }
    const parsed = parseManifest(file.value);
    if (!parsed.ok) {
      for (const { message, path, at, help } of parsed.error)
        this.#broken(message, file.locate(file.file, path, at), help);
      return undefined;
    }
    const manifest = parsed.value;
    if (manifest.name !== name) {
      const isListed = this.#listed.some((ref) => ref.name === manifest.name);
      this.#mistakes.push(
        pluginManifestInvalid({
          plugin: name,
          message: `its manifest says it is ${quoteName(manifest.name)}.`,
          location: this.#ref.location,
          related: [{ message: 'It says so here.', location: file.locate(file.file, ['name']) }],
          help: isListed
            ? `${quoteName(manifest.name)} is listed already, and only one plugin can have a name: remove one of them.`
            : `List it as ${quoteName(manifest.name)}.`,
        }),
      );
    }
    const range = manifest.engines?.wrangle;
    if (range === undefined) return manifest;
    const location = file.locate(file.file, ['engines', 'wrangle']);
    const fits = satisfies(wrangleVersion, range);
    if (fits === undefined) {
      this.#broken(`${quoteName(range)} is no range of versions.`, location, 'Write one like ">=0.1 <1".');
    } else if (!fits) {
      this.#mistakes.push(pluginEngineMismatch({ plugin: name, wanted: range, version: wrangleVersion, location }));
    }
    return manifest;
  }

  #takeCommand(file: JsonFile, key: string, command: string): void {
    const type = `${this.#ref.name}/${key}`;
    const location = file.locate(file.file, ['stages', key, 'command']);
    const owner = this.#commands.get(command);
    if (RESERVED_COMMANDS.has(command)) this.#mistakes.push(commandTaken({ command, type, location }));
    else if (owner) this.#mistakes.push(commandTaken({ command, type, location, owner }));
    else this.#commands.set(command, { type, location });
  }

  /** The files of the package that the process starts with. */
  #checkRun(found: Package, file: JsonFile, key: string, { run }: ManifestStage, hasCode: boolean): string[] {
    const at = (...path: (string | number)[]) => file.locate(file.file, ['stages', key, 'run', ...path]);
    if ('node' in run) {
      const entry = posix.normalize(run.node);
      return this.#checkEntry(found, key, entry, at('node')) ? [entry] : [];
    }
    const entries: string[] = [];
    for (const [index, word] of run.argv.entries()) {
      const entry = posix.normalize(word);
      const mustExist = word.startsWith('./');
      if (!mustExist && !this.#isEntry(found, word)) continue;
      if (this.#checkEntry(found, key, entry, at('argv', index))) entries.push(entry);
    }
    const broken = this.#mistakes.length > 0;
    if (entries.length === 0 && !hasCode && !broken) {
      const help = 'Add "code", a list of globs over the files that its results depend on.';
      this.#broken(`no element of "argv" of stage type ${quoteName(key)} is a file of the package.`, at('argv'), help);
    }
    return entries;
  }

  #isEntry(found: Package, word: string): boolean {
    return !word.startsWith('-') && this.#isInside(found, word) && this.#reader.isFile(posix.join(found.dir, word));
  }

  #checkEntry(found: Package, key: string, entry: string, at: Location): boolean {
    const path = posix.join(found.dir, entry);
    if (!this.#isInside(found, entry)) {
      this.#broken(`${quoteName(entry)}, which runs stage type ${quoteName(key)}, lies outside of the package.`, at);
      return false;
    }
    if (this.#reader.isFile(path)) return true;
    const help = 'If the package has a build step, run it; for example "npm run build".';
    this.#broken(`there is no file ${quoteName(entry)}, which runs stage type ${quoteName(key)}.`, at, help);
    return false;
  }

  #checkParams(file: JsonFile, key: string, { params }: ManifestStage): StageType['params'] {
    if (params === undefined) return { type: 'object', additionalProperties: false };
    const what = `"params" of stage type ${quoteName(`${this.#ref.name}/${key}`)}`;
    const compiled = readSchema(params);
    const mistakes = compiled.ok ? findWrongDefaults(params, compiled.value) : compiled.error;
    this.#invalidSchema(what, mistakes, file, ['stages', key, 'params']);
    return params;
  }

  #readPorts(
    found: Package,
    file: JsonFile,
    key: string,
    side: 'inputs' | 'outputs',
    ports: { readonly [port: string]: ManifestPort },
  ): { [port: string]: PortDeclaration } {
    const read: [string, PortDeclaration][] = [];
    for (const [port, declared] of Object.entries(ports).sort(([a], [b]) => compareText(a, b))) {
      const { description, kind = 'file', media = [], optional = false, many = false } = declared;
      const location = file.locate(file.file, ['stages', key, side, port, 'schema']);
      const schema = declared.schema === undefined ? undefined : this.#readSchema(found, declared.schema, location);
      const known = {
        ...(description === undefined ? {} : { description }),
        ...(schema === undefined ? {} : { schema }),
      };
      read.push([port, { kind, media: [media].flat(), optional, many, ...known }]);
    }
    return Object.fromEntries(read);
  }

  /** Ports pass on documents of one kind, so many of them have the same schema. */
  #readSchema(found: Package, path: string, location: Location): Json | undefined {
    if (this.#schemas.has(path)) return this.#schemas.get(path);
    const schema = this.#readOwnSchema(found, path, location);
    this.#schemas.set(path, schema);
    return schema;
  }

  #readOwnSchema(found: Package, path: string, location: Location): Json | undefined {
    if (!this.#isInside(found, path)) {
      this.#broken(`the schema ${quoteName(path)} lies outside of the package.`, location);
      return undefined;
    }
    const file = this.#reader.readJson(posix.join(found.dir, path));
    if (!file.ok) {
      this.#unreadable({ reason: file.error.reason, location: file.error.location ?? location });
      return undefined;
    }
    const compiled = readSchema(file.value.value);
    if (compiled.ok) return file.value.value;
    const what = `The schema ${quoteName(file.value.file)} of the plugin ${quoteName(this.#ref.name)}`;
    this.#invalidSchema(what, compiled.error, file.value, []);
    return undefined;
  }

  #invalidSchema(what: string, found: readonly SchemaMistake[], file: JsonFile, root: readonly string[]): void {
    for (const { pointer, at, reason, help } of found) {
      const location = file.locate(file.file, [...root, ...pointer], pointer.length === 0 ? 'key' : at);
      this.#mistakes.push(invalidSchema({ what, reason, location, help }));
    }
  }

  /** Also by way of links. */
  #isInside(found: Package, path: string): boolean {
    const normal = posix.normalize(path);
    if (normal.startsWith('/') || normal === '..' || normal.startsWith('../')) return false;
    const real = this.#reader.realPath(posix.join(found.dir, normal));
    return real === undefined || real.startsWith(`${found.realDir}/`);
  }

  #unreadable({ reason, location }: ReadMistake): void {
    this.#broken(`${reason}.`, location);
  }

  #broken(message: string, location: Location | undefined, help?: string): void {
    const at = location ?? this.#ref.location;
    this.#mistakes.push(pluginManifestInvalid({ plugin: this.#ref.name, message, location: at, help }));
  }
}

/** A default that the schema itself does not allow would be blamed on whoever left the param out. */
function findWrongDefaults(params: StageType['params'], validate: Validator): SchemaMistake[] {
  const { properties } = params;
  const names = properties !== null && typeof properties === 'object' ? Object.keys(properties) : [];
  return names.flatMap((name): SchemaMistake[] => {
    const value = member(member(properties, name), 'default');
    if (value === undefined) return [];
    const [wrong] = validate({ [name]: value }).filter(({ pointer }) => pointer[0] === name && pointer.length > 0);
    if (!wrong) return [];
    const reason = `the default of ${quoteName(name)} ${wrong.message}`;
    return [{ pointer: ['properties', name, 'default'], at: 'value', reason }];
  });
}
