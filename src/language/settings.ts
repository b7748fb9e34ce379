/** The settings of a workspace, from `.wranglerrc.yaml`. Knows no flags and no variables. */
import * as catalog from '../diagnostics/catalog.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Location } from '../model/location.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { SourceDigest } from '../ports/source-digest.ts';
import type { Json } from '../util/canonical-json.ts';
import { entryOf, locatePointer } from './locate.ts';
import { parseYaml } from './parse-yaml.ts';
import { readSource } from './source.ts';
import { parseSize } from './units.ts';
import { validateDocument } from './validate.ts';
import type { YamlDocument } from './yaml-document.ts';
import { dataOf } from './yaml-document.ts';

const SETTINGS_FILE = '.wranglerrc.yaml';

export interface Settings {
  readonly pipeline?: PipelineReference;
  /** In the order of the file. */
  readonly plugins: readonly PluginReference[];
  /** A number, or a share such as `50%`. */
  readonly jobs?: number | string;
  readonly shell?: 'bash' | 'sh';
  readonly cache: { readonly dir?: string; readonly max_size_bytes?: number };
}

export interface PipelineReference {
  /** As written: from the workspace, or absolute. */
  readonly path: string;
  readonly location: Location;
}

export interface PluginReference {
  readonly name: string;
  /** A folder (`./plugins/tabular`), or the name of a package. */
  readonly ref: string;
  readonly location: Location;
}

export interface SettingsOutcome {
  /** With everything that is not wrong; a missing file has the defaults. */
  readonly settings: Settings;
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: readonly SourceDigest[];
  readonly texts: ReadonlyMap<string, string>;
}

const PLUGIN_NAME = /^[a-z][a-z0-9-]{0,63}$/;

const NONE: Settings = { plugins: [], cache: {} };

/** Errors: those of reading and of YAML, and what the schema finds. */
export function loadSettings({ fs, workspace }: { fs: FileSystem; workspace: string }): SettingsOutcome {
  const path = `${workspace.replace(/\/$/, '')}/${SETTINGS_FILE}`;
  const { source, digest } = readSource({ fs, workspace, path, askedAt: undefined });
  const sources = [digest];
  if (!source.ok) {
    const diagnostics = source.error.code === 'file-not-found' ? [] : [source.error];
    return { settings: NONE, diagnostics, sources, texts: new Map() };
  }
  const texts = new Map([[source.value.name, source.value.text]]);
  const { document, diagnostics: mistakes } = parseYaml(source.value);
  if (!document?.root) return { settings: NONE, diagnostics: mistakes, sources, texts };
  const data = dataOf(document.root);
  const { diagnostics: findings } = validateDocument('settings', document, data);
  const diagnostics = [...mistakes, ...findings];
  if (document.root.kind !== 'map') return { settings: NONE, diagnostics, sources, texts };
  const { version } = data as { readonly version?: Json };
  if (version !== undefined && version !== 1 && (typeof version === 'number' || typeof version === 'string')) {
    const location = locatePointer(document, ['version']);
    diagnostics.push(catalog.unsupportedVersion({ version: String(version), location }));
  }
  return { settings: pick(document, data as { readonly [key: string]: Json }), diagnostics, sources, texts };
}

/** Takes what has the right form; the schema has reported the rest. */
function pick(document: YamlDocument, data: { readonly [key: string]: Json }): Settings {
  const { pipeline, jobs, shell, cache } = data;
  const { dir, max_size } = (isMapping(cache) ? cache : {}) as { readonly [key: string]: Json };
  const size = typeof max_size === 'number' ? max_size : typeof max_size === 'string' ? parseSize(max_size) : undefined;
  const plugins = entryOf(document.root, 'plugins')?.value;
  return {
    ...(typeof pipeline === 'string'
      ? {
          pipeline: {
            path: pipeline.replace(/^(\.\/+)+/, ''),
            location: locatePointer(document, ['pipeline']),
          },
        }
      : {}),
    ...(typeof jobs === 'number' || typeof jobs === 'string' ? { jobs } : {}),
    ...(shell === 'bash' || shell === 'sh' ? { shell } : {}),
    cache: {
      ...(typeof dir === 'string' ? { dir } : {}),
      ...(size === undefined ? {} : { max_size_bytes: size }),
    },
    plugins: (plugins?.kind === 'map' ? plugins.entries : []).flatMap(({ key, value }) =>
      // What the schema refuses is not looked for as well.
      PLUGIN_NAME.test(key) && value.kind === 'scalar' && typeof value.value === 'string' && value.value !== ''
        ? [{ name: key, ref: value.value, location: locatePointer(document, ['plugins', key]) }]
        : [],
    ),
  };
}

function isMapping(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
