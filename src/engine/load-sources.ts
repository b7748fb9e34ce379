/** The whole front end, from text to graph. Slow, so it is imported only when the cache does not know the answer. */

import { pipelineNotGiven } from '../diagnostics/catalog.ts';
import { sortDiagnostics } from '../diagnostics/print.ts';
import { declaredEntries, hashContract, hashDeclared } from '../digest/fingerprint.ts';
import { expandGlob } from '../digest/resolve-inputs.ts';
import { connect } from '../graph/connect.ts';
import { diagnoseLinkedInputs, findLinkedInputs } from '../graph/linked-inputs.ts';
import { diagnoseEmptyGlobs, diagnoseMissingInputs, findMissingInputs } from '../graph/missing-inputs.ts';
import { loadPipeline } from '../language/load-pipeline.ts';
import type { Settings } from '../language/settings.ts';
import { loadSettings } from '../language/settings.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Location } from '../model/location.ts';
import type { Plugin, StageType } from '../model/plugin.ts';
import { actionsOf } from '../model/strategy.ts';
import { readPlugins } from '../plugin/read-plugins.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { SourceDigest } from '../ports/source-digest.ts';
import { digestSource } from '../ports/source-digest.ts';
import { compareText } from '../util/compare.ts';
import { createLinkLook } from './input-links.ts';
import type { EffectiveSettings, FrontEnd, LoadRequest, Mistakes } from './loaded.ts';
import { readKnownPlugins } from './plugin-cache.ts';
import type { EnginePorts } from './ports.ts';

export type LoadedSources =
  | {
      readonly ok: true;
      readonly frontEnd: FrontEnd;
      readonly sources: readonly SourceDigest[];
      readonly env: { readonly [name: string]: string | null };
      /** Contents of the files that warnings speak of. */
      readonly texts: ReadonlyMap<string, string>;
      /** Keeps what was found out about plugins; only for commands that write. */
      readonly storePlugins: () => void;
    }
  | { readonly ok: false; readonly mistakes: Mistakes; readonly sources: readonly SourceDigest[] };

/**
 * Everything that is wrong with the files, or the front end. With `missing: 'only-with-others'`, inputs that are not
 * there are reported only beside other mistakes: they may not concern the stages that were asked for.
 */
export async function loadSources(
  ports: EnginePorts,
  workspace: string,
  request: LoadRequest,
  missing: 'always' | 'only-with-others' = 'only-with-others',
): Promise<LoadedSources> {
  const { fs, env, platform } = ports;
  const { settings, ...settingsRest } = loadSettings({ fs, workspace });
  const { plugins, store: storePlugins, ...pluginsRest } = readKnownPlugins(ports, workspace, settings.plugins);
  const texts = new Map([...settingsRest.texts, ...pluginsRest.texts]);
  const diagnostics: Diagnostic[] = [...settingsRest.diagnostics, ...pluginsRest.diagnostics];
  const sources: SourceDigest[] = [...settingsRest.sources, ...pluginsRest.sources];

  const chosen = choosePipeline(fs, workspace, request, settings);
  sources.push(...chosen.sources);
  if (chosen.file === undefined) {
    return { ok: false, mistakes: mistakesOf([...diagnostics, chosen.mistake], texts), sources };
  }

  const types = new Map(plugins.flatMap((plugin) => plugin.types).map((type) => [type.name, type]));
  const { shell } = settings;
  const loadedPlugins = new Set(plugins.map(({ name }) => name));
  const unavailable = new Set(settings.plugins.map(({ name }) => name).filter((name) => !loadedPlugins.has(name)));
  const loaded = loadPipeline({
    fs,
    workspace,
    file: chosen.file,
    askedAt: chosen.askedAt,
    params: request.params,
    env,
    types,
    shell,
    unavailable,
  });
  for (const [file, text] of loaded.texts) texts.set(file, text);
  diagnostics.push(...loaded.diagnostics);
  sources.push(...loaded.sources);
  if (!loaded.pipeline) return { ok: false, mistakes: mistakesOf(diagnostics, texts), sources };

  const connected = connect(loaded.pipeline, loaded.locate);
  diagnostics.push(...connected.diagnostics);
  if (wantSchemas(types)) {
    const { compareEnds } = await import('./compare-ends.ts');
    diagnostics.push(...compareEnds(connected.declared, types, loaded.locate));
  }
  const broken = diagnostics.some(({ severity }) => severity === 'error');
  if (broken || missing === 'always') {
    const exists = (path: string) => fs.stat(path.startsWith('/') ? path : `${workspace}/${path}`) !== undefined;
    const linked = findLinkedInputs(connected.declared, createLinkLook(fs, workspace));
    const isLinked = new Set(linked.map(({ path }) => path));
    // A link to what is yet to be made leads to nothing, which is said already.
    const found = findMissingInputs(connected.declared, exists).filter(({ path }) => !isLinked.has(path));
    const siblings = (folder: string) => fs.readFolder(`${workspace}/${folder}`)?.map(({ name }) => name) ?? [];
    diagnostics.push(...diagnoseMissingInputs(connected.declared, found, loaded.locate, siblings));
    const isEmpty = (glob: string) => expandGlob(glob, fs, workspace).length === 0;
    diagnostics.push(...diagnoseEmptyGlobs(connected.declared, isEmpty, loaded.locate));
    diagnostics.push(...diagnoseLinkedInputs(connected.declared, linked, loaded.locate));
  }
  const { graph } = connected;
  if (!graph || diagnostics.some(({ severity }) => severity === 'error')) {
    return { ok: false, mistakes: mistakesOf(diagnostics, texts), sources };
  }

  const frontEnd: FrontEnd = {
    graph,
    declaredHashes: graph.stages.map((stage) => {
      return hashDeclared(declaredEntries(stage, (name) => types.get(name), platform));
    }),
    contractHashes: graph.stages.map(hashContract),
    types: usedTypes(graph.stages, types),
    settings: effective(settings, workspace),
    warnings: diagnostics,
  };
  return { ok: true, frontEnd, sources, env: loaded.envRead, texts, storePlugins };
}

/** Settings and plugins alone, for commands that need no pipeline. */
export function loadPlugins(
  ports: EnginePorts,
  workspace: string,
): { readonly plugins: readonly Plugin[]; readonly mistakes: Mistakes } {
  const { fs, version } = ports;
  const { settings, diagnostics, texts } = loadSettings({ fs, workspace });
  const read = readPlugins({ fs, workspace, wrangleVersion: version, refs: settings.plugins });
  return { plugins: read.plugins, mistakes: mistakesOf([...diagnostics, ...read.diagnostics], texts) };
}

/** Bytes of the file that a request is about, without what it includes: 0 when there is none, no end of what is no file. */
export function sizeOfPipeline({ fs }: EnginePorts, workspace: string, request: LoadRequest): number {
  const { file } = choosePipeline(fs, workspace, request, loadSettings({ fs, workspace }).settings);
  const stat = file === undefined ? undefined : fs.stat(file);
  return stat && stat.type !== 'file' ? Number.POSITIVE_INFINITY : (stat?.size ?? 0);
}

/** Settings alone, for commands that are about the store. */
export function loadSettingsAlone(
  { fs }: EnginePorts,
  workspace: string,
): { readonly settings: EffectiveSettings; readonly mistakes: Mistakes } {
  const { settings, diagnostics, texts } = loadSettings({ fs, workspace });
  return { settings: effective(settings, workspace), mistakes: mistakesOf(diagnostics, texts) };
}

function wantSchemas(types: ReadonlyMap<string, StageType>): boolean {
  return [...types.values()].some(({ inputs }) => Object.values(inputs).some(({ schema }) => schema !== undefined));
}

/** In the order in which they are printed, whatever found them. */
function mistakesOf(diagnostics: readonly Diagnostic[], texts: ReadonlyMap<string, string>): Mistakes {
  return { diagnostics: sortDiagnostics(diagnostics), texts };
}

function usedTypes(stages: FrontEnd['graph']['stages'], types: ReadonlyMap<string, StageType>): StageType[] {
  const actions = stages.flatMap(actionsOf);
  const used = new Set(actions.flatMap((action) => (action.kind === 'type' ? [action.type] : [])));
  return [...types.values()].filter((type) => used.has(type.name));
}

/** Where the settings do not say. */
const STORE_BYTES_MAX = 20 * 1024 ** 3;

function effective({ jobs, cache }: Settings, workspace: string): EffectiveSettings {
  const { dir, max_size_bytes: storeBytesMax = STORE_BYTES_MAX } = cache;
  return {
    storeBytesMax,
    ...(jobs === undefined ? {} : { jobs }),
    ...(dir === undefined
      ? {}
      : { cacheFolder: dir.startsWith('/') ? dir : `${workspace}/${dir.replace(/\/+$/, '')}` }),
  };
}

type Chosen = { readonly sources: readonly SourceDigest[] } & (
  | { readonly file: string; readonly askedAt: Location | undefined }
  | { readonly file: undefined; readonly mistake: Diagnostic }
);

/** The file that was named, else that of the settings, else the only one in `pipelines/`. */
function choosePipeline(fs: FileSystem, workspace: string, request: LoadRequest, settings: Settings): Chosen {
  if (request.file !== undefined) return { file: request.file, askedAt: undefined, sources: [] };
  if (settings.pipeline !== undefined) {
    const { path, location } = settings.pipeline;
    return { file: path.startsWith('/') ? path : `${workspace}/${path}`, askedAt: location, sources: [] };
  }
  const folder = `${workspace}/pipelines`;
  const sources = [digestSource(fs, folder, 'listing')];
  const found = yamlFilesIn(fs, folder).map((name) => `pipelines/${name}`);
  const [only] = found;
  if (found.length === 1 && only !== undefined) return { file: `${workspace}/${only}`, askedAt: undefined, sources };
  const elsewhere = found.length > 0 ? [] : yamlFilesIn(fs, workspace).filter((name) => !name.startsWith('.'));
  return { file: undefined, sources, mistake: pipelineNotGiven({ found, elsewhere }) };
}

function yamlFilesIn(fs: FileSystem, folder: string): string[] {
  const names = (fs.readFolder(folder) ?? []).map(({ name }) => name);
  return names.filter((name) => /\.ya?ml$/.test(name)).sort(compareText);
}
