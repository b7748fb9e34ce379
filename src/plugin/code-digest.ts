/**
 * What a plugin's results depend on besides its inputs and params: its manifest and schemas, the files its globs name,
 * and its dependencies. Knows the package, not the meaning of its manifest.
 */
import { posix } from 'node:path';
import type { Json } from '../util/canonical-json.ts';
import { canonicalJson } from '../util/canonical-json.ts';
import { compareText } from '../util/compare.ts';
import { globBase, matchGlob } from '../util/glob.ts';
import { sha256 } from '../util/hash.ts';
import type { Package, PackageReader } from './package-reader.ts';
import { member, textMember } from './package-reader.ts';

export interface CodeParts {
  readonly manifest: Json;
  /** Globs; undefined: the folder of each entry. */
  readonly code: readonly string[] | undefined;
  /** Files a process starts with, from the package folder. */
  readonly entries: readonly string[];
  /** Schema files the manifest names, from the package folder. */
  readonly schemas: readonly string[];
}

export interface CodeDigest {
  readonly digest: string;
  /** Direct dependencies that are not installed; sorted. */
  readonly missing: readonly string[];
}

/** The same on every operating system: optional dependencies, which differ between them, do not count. */
export function computeCodeDigest(reader: PackageReader, from: Package, parts: CodeParts): CodeDigest {
  const code = parts.code
    ? codeFiles(reader, from.dir, parts.code)
    : codeFiles(reader, from.dir, new Set(parts.entries.map((entry) => posix.dirname(entry)))).filter(isNoDocument);
  const files = new Set([...code, ...parts.entries, ...parts.schemas]);
  const { dependencies, missing } = readDependencies(reader, from);
  const digest = sha256(
    canonicalJson({ manifest: parts.manifest, files: digestFiles(reader, from.dir, files), dependencies }),
  );
  return { digest, missing };
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
    for (const file of reader.walk(dir, base, () => deep)) if (matches(file)) found.push(file);
  }
  return found;
}

function folderGlob(folder: string): string {
  return folder === '.' || folder === '' ? '**' : `${folder}/**`;
}

/** Of what no glob names: nothing reads these, and `package.json` counts by its dependencies alone. */
function isNoDocument(path: string): boolean {
  return !/^((README|CHANGELOG|CONTRIBUTING|LICEN[CS]E|NOTICE)(\.\w+)?|package\.json|package-lock\.json)$/i.test(
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
      found.set(value.realDir, isInstalled(value) ? version : [version, linkedFiles(reader, value)]);
      pending.push(value);
    }
  }
  const dependencies = [...found.values()].sort((a, b) => compareText(canonicalJson(a), canonicalJson(b)));
  return { dependencies, missing: missing.sort(compareText) };
}

function dependencyNames(json: Json): string[] {
  const optional = member(json, 'optionalDependencies');
  // wrangle's own version is in no fingerprint.
  return Object.keys(member(json, 'dependencies') ?? {}).filter(
    (name) => name !== 'wrangle' && isPackageName(name) && member(optional, name) === undefined,
  );
}

export function isPackageName(name: string): boolean {
  return name.length <= 214 && /^(@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*$/i.test(name) && name !== 'node_modules';
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
