// Which way imports point (design-notes, "Layers"). Reads the sources as text; knows nothing of what they do.
import { readdirSync, readFileSync } from 'node:fs';
import { posix, resolve } from 'node:path';
import { expect, test } from 'vitest';

/** Lowest first. Names on one line do not know each other. A folder's name stands for everything in it. */
const LAYERS = [
  ['util'],
  ['model'],
  ['diagnostics', 'ports'],
  ['schema'],
  ['language', 'graph', 'digest', 'plugin', 'contents'],
  ['store'],
  ['fan-out'],
  ['plan'],
  ['run'],
  ['engine'],
  ['host', 'report', 'watch'],
  ['sdk', 'index.ts'],
  ['cli'],
] as const satisfies readonly (readonly string[])[];

/** Libraries and the one folder that may import each; `node:` modules are free. */
const DOORS: Readonly<Record<string, string>> = {
  yaml: 'language',
  '@marcbachmann/cel-js': 'language',
  ajv: 'schema',
  re2js: 'schema',
  graphology: 'graph',
  'graphology-dag': 'graph',
  'graphology-types': 'graph',
  execa: 'host',
  commander: 'cli',
  'csv-parse': 'contents',
  hyparquet: 'contents',
  'hyparquet-compressors': 'contents',
  picomatch: 'util',
  'ansi-escapes': 'cli',
  'slice-ansi': 'report',
  'string-width': 'report',
};

const ROOT = resolve(import.meta.dirname, '../..');

/** Specifiers of every static, type-only, re-exporting, bare and dynamic import, in no order. */
function importsOf(source: string): string[] {
  const fixed = source.matchAll(/^(?:import|export)\s(?:[^'"`;]*?\sfrom\s*)?['"]([^'"\n]+)['"]/gm);
  const dynamic = source.matchAll(/\bimport\(\s*(?:['"]([^'"\n]+)['"]|([^\s;]+))/g);
  return [
    ...[...fixed].map(([, specifier]) => specifier ?? ''),
    ...[...dynamic].map(([, specifier, computed]) => specifier ?? `computed: ${computed}`),
  ];
}

/** The layer's number and the folder (or file at the top) that a path under `src/` belongs to. */
function placeOf(path: string): { readonly level: number; readonly folder: string } {
  const folder = path.split('/')[1] ?? '';
  return { level: LAYERS.findIndex((names: readonly string[]) => names.includes(folder)), folder };
}

/** Sentences, one for each import that breaks a rule; `file` and the answer's paths are from the root, POSIX. */
function violations(file: string, source: string): string[] {
  const own = placeOf(file);
  if (own.level < 0) return [`${file}: "${own.folder}" has no layer in the table`];
  return importsOf(source).flatMap((specifier): string[] => {
    const says = (rule: string) => [`${file} imports "${specifier}": ${rule}`];
    if (specifier.startsWith('computed: ')) return says('what is imported must be written out');
    if (specifier.startsWith('node:')) return [];
    if (!specifier.startsWith('.')) {
      const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
      const door = DOORS[name];
      if (door === undefined) return says(`the library "${name}" has no door`);
      return door === own.folder ? [] : says(`only ${door}/ may import "${name}"`);
    }
    const path = posix.join(posix.dirname(file), specifier);
    if (path.startsWith('schemas/')) return [];
    if (!path.startsWith('src/')) return says('it lies outside src/');
    const target = placeOf(path);
    if (target.level < 0) return says(`"${target.folder}" has no layer in the table`);
    if (target.folder === own.folder || target.level < own.level) return [];
    const where = target.level === own.level ? 'is on the same layer as' : 'is above';
    return says(`${target.folder} ${where} ${own.folder}`);
  });
}

const sources = readdirSync(`${ROOT}/src`, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => `src/${path}`)
  .sort();

test('every import points down, or stays in its folder, and libraries come in by their door', () => {
  expect(sources.length).toBeGreaterThan(50);
  expect(sources.flatMap((file) => violations(file, readFileSync(`${ROOT}/${file}`, 'utf8')))).toEqual([]);
});

test('the table names no folder twice and none that is not there', () => {
  const names = LAYERS.flat();
  expect(new Set(names).size).toBe(names.length);
  const there = new Set(sources.map((file) => placeOf(file).folder));
  expect(names.filter((name) => !there.has(name))).toEqual([]);
});

test('the rules see every way to import, and name file, import and rule', () => {
  const source = [
    "import type { Plan } from '../plan/make-plan.ts';",
    'import {',
    '  one,',
    '  two,',
    "} from '../digest/tree.ts';",
    "export type { Three } from '../run/build.ts';",
    "export * from '../cli/main.ts';",
    "import '../host/node-ports.ts';",
    "type Four = typeof import('../store/layout.ts');",
    "const five = await import('../report/style.ts');",
    'const six = await import(name);',
    "import { parse } from 'yaml';",
    "import Ajv from 'ajv/dist/2020.js';",
    "import chalk from 'chalk';",
    "import { readFileSync } from 'node:fs';",
    "import { sha256 } from '../util/hash.ts';",
    "import { below } from './missing-inputs.ts';",
    "import { rig } from '../../test/support/rig.ts';",
    "import schema from '../../schemas/run.schema.json' with { type: 'json' };",
    "import { lost } from '../nowhere/lost.ts';",
  ].join('\n');
  expect(violations('src/graph/x.ts', source).sort()).toEqual([
    'src/graph/x.ts imports "../../test/support/rig.ts": it lies outside src/',
    'src/graph/x.ts imports "../cli/main.ts": cli is above graph',
    'src/graph/x.ts imports "../digest/tree.ts": digest is on the same layer as graph',
    'src/graph/x.ts imports "../host/node-ports.ts": host is above graph',
    'src/graph/x.ts imports "../nowhere/lost.ts": "nowhere" has no layer in the table',
    'src/graph/x.ts imports "../plan/make-plan.ts": plan is above graph',
    'src/graph/x.ts imports "../report/style.ts": report is above graph',
    'src/graph/x.ts imports "../run/build.ts": run is above graph',
    'src/graph/x.ts imports "../store/layout.ts": store is above graph',
    'src/graph/x.ts imports "ajv/dist/2020.js": only schema/ may import "ajv"',
    'src/graph/x.ts imports "chalk": the library "chalk" has no door',
    'src/graph/x.ts imports "computed: name)": what is imported must be written out',
    'src/graph/x.ts imports "yaml": only language/ may import "yaml"',
  ]);
  expect(violations('src/stray/x.ts', '')).toEqual(['src/stray/x.ts: "stray" has no layer in the table']);
});
