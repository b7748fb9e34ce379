/**
 * Manifests are checked once: the plugins of a workspace, as they were read, with the digest of everything they were read
 * from. So an edit of a pipeline does not compile the schemas of all plugins again (design-notes, "The front end is cached").
 * What has mistakes is not kept.
 */
import type { Plugin } from '../model/plugin.ts';
import type { PluginRef, PluginsRead } from '../plugin/read-plugins.ts';
import { readPlugins } from '../plugin/read-plugins.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { SourceDigest } from '../ports/source-digest.ts';
import { digestSource } from '../ports/source-digest.ts';
import { stateLayout } from '../store/layout.ts';
import { readSealed, writeSealed } from '../store/sealed-json.ts';
import { canonicalJson } from '../util/canonical-json.ts';
import type { EnginePorts } from './ports.ts';

interface StoredPlugins {
  /** What was asked for, and by which wrangle. */
  readonly key: string;
  readonly sources: readonly SourceDigest[];
  readonly plugins: readonly Plugin[];
}

/** Goes up whenever the shape of `Plugin` changes, or what is checked. */
const FORMAT = 1;

export interface KnownPlugins extends PluginsRead {
  /** Keeps what was read anew; only commands that write may call it, and the folder must exist. */
  readonly store: () => void;
}

export function readKnownPlugins(ports: EnginePorts, workspace: string, refs: readonly PluginRef[]): KnownPlugins {
  const { fs, version } = ports;
  const nothing = () => {};
  if (refs.length === 0) return { plugins: [], diagnostics: [], sources: [], texts: new Map(), store: nothing };
  const path = `${stateLayout(workspace).frontend}/plugins`;
  const key = canonicalJson([version, refs.map(({ name, ref }) => [name, ref])]);
  const stored = readSealed(fs, path, FORMAT) as StoredPlugins | undefined;
  if (stored?.key === key && isCurrent(fs, stored)) {
    return { plugins: stored.plugins, diagnostics: [], sources: stored.sources, texts: new Map(), store: nothing };
  }
  const read = readPlugins({ fs, workspace, wrangleVersion: version, refs });
  const { plugins, sources } = read;
  const store = () => writeSealed(fs, path, FORMAT, { key, sources, plugins } satisfies StoredPlugins);
  return { ...read, store: read.diagnostics.length === 0 ? store : nothing };
}

function isCurrent(fs: FileSystem, { sources }: StoredPlugins): boolean {
  return sources.every(({ path, kind, sha256: known }) => digestSource(fs, path, kind).sha256 === known);
}
