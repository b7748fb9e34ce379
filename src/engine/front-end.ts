/**
 * From a pipeline's files to its graph, or straight from the cache of an earlier command when nothing it was made from
 * has changed (design-notes, "The front end is cached"). This file must stay cheap to load: the parsers are in
 * `load-sources.ts`, which is imported only when they are needed.
 */
import type { FileSystem } from '../ports/file-system.ts';
import { digestSource } from '../ports/source-digest.ts';
import type { StateLayout } from '../store/layout.ts';
import { stateLayout } from '../store/layout.ts';
import { readSealed, writeSealed } from '../store/sealed-json.ts';
import { canonicalJson } from '../util/canonical-json.ts';
import { sha256 } from '../util/hash.ts';
import type { FrontEnd, FrontEndOrigin, Loaded, LoadRequest } from './loaded.ts';
import type { PackedFrontEnd } from './pack-front-end.ts';
import { packFrontEnd, unpackFrontEnd } from './pack-front-end.ts';
import type { EnginePorts } from './ports.ts';

interface StoredFrontEnd extends FrontEndOrigin {
  readonly frontEnd: PackedFrontEnd;
}

/** Goes up whenever the shape of `PackedFrontEnd` changes. */
const FORMAT = 4;
const CACHED_MAX = 64;
/** From here on what the parsers leave behind is worth a collection: a fork costs what the memory of its parent costs. */
const MANY_STAGES = 500;

/** `store` keeps a front end that was made anew; only commands that write may call it. */
export async function loadFrontEnd(ports: EnginePorts, workspace: string, request: LoadRequest): Promise<Loaded> {
  const kept = keptFrontEnd(ports, workspace, request);
  if (kept) return { ok: true, ...kept, fromCache: true, store: () => {} };
  const { fs } = ports;
  const layout = stateLayout(workspace);
  const path = cachePath(ports, layout, request);
  const { loadSources } = await import('./load-sources.ts');
  const made = await loadSources(ports, workspace, request);
  if (!made.ok) return made;
  const { sources, env, frontEnd, storePlugins } = made;
  if (frontEnd.graph.stages.length > MANY_STAGES) ports.collectGarbage?.();
  const store = () => {
    keep(fs, layout, path, { sources, env, frontEnd: packFrontEnd(frontEnd) });
    storePlugins();
  };
  return { ok: true, frontEnd, fromCache: false, origin: { sources, env }, store };
}

/** That of an earlier command, if nothing it was made from has changed. */
export function keptFrontEnd(
  ports: EnginePorts,
  workspace: string,
  request: LoadRequest,
): { readonly frontEnd: FrontEnd; readonly origin: FrontEndOrigin } | undefined {
  const path = cachePath(ports, stateLayout(workspace), request);
  const stored = readSealed(ports.fs, path, FORMAT) as StoredFrontEnd | undefined;
  if (!stored || !isCurrent(ports, stored)) return undefined;
  return { frontEnd: unpackFrontEnd(stored.frontEnd), origin: stored };
}

/** Where the front end of a request is kept. */
export function cachePath({ platform, version }: EnginePorts, layout: StateLayout, request: LoadRequest): string {
  const { os, arch, nodeMajor } = platform;
  const key = canonicalJson([request.file ?? '', request.params as never, os, arch, nodeMajor, version]);
  return `${layout.frontend}/${sha256(key).slice(0, 32)}`;
}

/** Nothing it was made from has changed. */
export function isCurrent({ fs, env }: EnginePorts, stored: FrontEndOrigin): boolean {
  for (const [name, value] of Object.entries(stored.env)) if ((env[name] ?? null) !== value) return false;
  return stored.sources.every(({ path, kind, sha256: known }) => digestSource(fs, path, kind).sha256 === known);
}

/** Each set of params has its own entry; when there are many, all go, since the next build makes what it needs. */
function keep(fs: FileSystem, layout: StateLayout, path: string, value: StoredFrontEnd): void {
  if ((fs.readFolder(layout.frontend)?.length ?? 0) >= CACHED_MAX) fs.remove(layout.frontend);
  fs.makeFolder(layout.frontend);
  writeSealed(fs, path, FORMAT, value);
}
