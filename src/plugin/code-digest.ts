/**
 * What a plugin's results depend on besides inputs and params: of each stage type what its manifest says, and for all of
 * them the files its globs name and its dependencies. The version of the package is for people and counts nowhere.
 */
import { posix } from 'node:path';
import type { PortDeclaration, StageType } from '../model/plugin.ts';
import { withoutNotes } from '../schema/notes.ts';
import type { Json } from '../util/canonical-json.ts';
import { canonicalJson } from '../util/canonical-json.ts';
import { compareText } from '../util/compare.ts';
import { globBase, matchGlob } from '../util/glob.ts';
import { sha256 } from '../util/hash.ts';
import type { Package, PackageReader } from './package-reader.ts';
import { isPackageName, member, textMember } from './package-reader.ts';

export interface CodeParts {
  /** The manifest's own path in the package: what it says counts, not how it is written. */
  readonly manifest: string;
  /** Globs; undefined: the folder of each entry. */
  readonly code: readonly string[] | undefined;
  /** Files a process starts with, from the package folder. */
  readonly entries: readonly string[];
}

export interface CodeDigest {
  readonly digest: string;
  /** Direct dependencies that are not installed; sorted. */
  readonly missing: readonly string[];
}

/** The same on every operating system: optional dependencies, which differ between them, do not count. */
export function computeCodeDigest(reader: PackageReader, from: Package, parts: CodeParts): CodeDigest {
  const globs = parts.code ?? new Set(parts.entries.map((entry) => posix.dirname(entry)));
  const found = codeFiles(reader, from.dir, globs).filter((file) => file !== posix.normalize(parts.manifest));
  const code = parts.code ? found : found.filter(isNoDocument);
  const { dependencies, missing } = readDependencies(reader, from);
  const files = digestFiles(reader, from.dir, new Set([...code, ...parts.entries]));
  return { digest: sha256(canonicalJson({ files, dependencies, loading: loadingOf(from) })), missing };
}

/** Of one stage type: what a process of it does, and is given. `code` is that of its package. */
export function stageTypeDigest(type: Omit<StageType, 'code_digest'>, code: string): string {
  const ports = (declared: StageType['inputs']) =>
    Object.entries(declared).map(([name, port]) => [name, portParts(port)] as const);
  return sha256(
    canonicalJson({
      code,
      run: type.run,
      params: withoutNotes(type.params),
      inputs: Object.fromEntries(ports(type.inputs)),
      outputs: Object.fromEntries(ports(type.outputs)),
      platform: type.platform,
      version: type.version,
    } as Json),
  );
}

function portParts({ kind, optional, many, schema }: PortDeclaration): Json {
  return { kind, optional, many, ...(schema === undefined ? {} : { schema: withoutNotes(schema) }) };
}

/** What of `package.json` decides how its files are loaded. */
function loadingOf({ json }: Package): Json {
  return Object.fromEntries(
    ['type', 'main', 'exports', 'imports'].flatMap((key) => {
      const value = member(json.value, key);
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

function codeFiles(reader: PackageReader, dir: string, globs: Iterable<string>): string[] {
  const found: string[] = [];
  for (const glob of globs) {
    const plain = posix.normalize(glob).replace(/\/$/, '');
    const isFolder = plain === '.' || reader.isFolder(`${dir}/${plain}`);
    const pattern = isFolder ? folderGlob(plain) : plain;
    const base = globBase(pattern);
    const matches = matchGlob(pattern);
    if (base === pattern) {
      if (reader.isFile(`${dir}/${base}`)) found.push(base);
      continue;
    }
    // `dist/*.js` has nothing in folders below `dist`.
    const deep = pattern.slice(base === '' ? 0 : base.length + 1).includes('/') || pattern.includes('**');
    // Of the package's own `package.json` counts what `loadingOf` says, not its version.
    for (const file of reader.walk(dir, base, () => deep))
      if (matches(file) && file !== 'package.json') found.push(file);
  }
  return found;
}

function folderGlob(folder: string): string {
  return folder === '.' || folder === '' ? '**' : `${folder}/**`;
}

/** Of what no glob names: nothing that runs reads these, and `package.json` counts by its dependencies alone. */
function isNoDocument(path: string): boolean {
  return !/(\.d\.[cm]?ts|^(README|CHANGELOG|CONTRIBUTING|LICEN[CS]E|NOTICE)(\.\w+)?|^package(-lock)?\.json)$/i.test(
    posix.basename(path),
  );
}

function digestFiles(reader: PackageReader, dir: string, files: ReadonlySet<string>): [string, string][] {
  return [...files].sort(compareText).map((path) => [path, reader.note(`${dir}/${path}`, 'file')]);
}

/**
 * `name@version` of every dependency and theirs, sorted. One that is linked from elsewhere changes without its version,
 * so it counts by its files.
 */
function readDependencies(reader: PackageReader, from: Package): { dependencies: Json[]; missing: string[] } {
  const found = new Map<string, Json>();
  const missing: string[] = [];
  const pending: Package[] = [from];
  for (let owner = pending.pop(); owner; owner = pending.pop()) {
    for (const name of dependencyNames(owner.json.value)) {
      const dependency = reader.findPackage(owner.realDir, name);
      if (!dependency?.ok) {
        if (owner === from) missing.push(name);
        found.set(`missing ${name}`, `${name} is missing`);
        continue;
      }
      const { value } = dependency;
      if (found.has(value.realDir)) continue;
      const version = `${name}@${textMember(value.json.value, 'version') ?? ''}`;
      const linked = () => [name, linkedFiles(reader, value), loadingOf(value)];
      found.set(value.realDir, isInstalled(value) ? version : linked());
      pending.push(value);
    }
  }
  const dependencies = [...found.values()].sort((a, b) => compareText(canonicalJson(a), canonicalJson(b)));
  return { dependencies, missing: missing.sort(compareText) };
}

function dependencyNames(json: Json): string[] {
  const optional = member(json, 'optionalDependencies');
  const peers = member(json, 'peerDependencies') ?? {};
  const isOptionalPeer = (name: string) =>
    member(member(member(json, 'peerDependenciesMeta'), name), 'optional') === true;
  const names = [
    ...Object.keys(member(json, 'dependencies') ?? {}),
    ...Object.keys(peers).filter((name) => !isOptionalPeer(name)),
  ];
  // wrangle's own version is in no fingerprint.
  return [...new Set(names)].filter(
    (name) => name !== 'wrangle' && isPackageName(name) && member(optional, name) === undefined,
  );
}

function isInstalled(found: Package): boolean {
  return found.realDir.split('/').includes('node_modules');
}

/** What the package would publish, or all of it when it does not say. */
function linkedFiles(reader: PackageReader, linked: Package): [string, string][] {
  const listed = member(linked.json.value, 'files');
  const globs = Array.isArray(listed)
    ? listed.filter((glob): glob is string => typeof glob === 'string' && isInside(glob))
    : ['.'];
  const main = textMember(linked.json.value, 'main');
  const files = codeFiles(reader, linked.dir, main && isInside(main) ? [...globs, main] : globs);
  return digestFiles(reader, linked.dir, new Set(files.filter(isNoDocument)));
}

function isInside(path: string): boolean {
  const normal = posix.normalize(path);
  return !normal.startsWith('/') && normal !== '..' && !normal.startsWith('../');
}
