// Builds the engine, the command line, the plugin SDK and every plugin of this repository into their `dist` folders.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standaloneCode from 'ajv/dist/standalone/index.js';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require =
  "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);";

/** Common to everything: one file format, nothing that differs between two builds of the same sources. */
const common = {
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  absWorkingDir: root,
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'warning',
};

/** Imported with `import()` and nowhere else; what they return is plain data or functions. */
const SLOW_PARTS = [
  'src/cli/complete.ts',
  'src/cli/completion-scripts.ts',
  'src/cli/commands/doctor.ts',
  'src/cli/help/pages.ts',
  'src/cli/help/topics.ts',
  'src/cli/live-terminal.ts',
  'src/cli/new-plugin.ts',
  'src/engine/choose-by-selectors.ts',
  'src/engine/compare-ends.ts',
  'src/engine/conformance.ts',
  'src/engine/diff-runs.ts',
  'src/engine/follow-run.ts',
  'src/engine/stage-types.ts',
  'src/engine/load-sources.ts',
  'src/fan-out/list-of.ts',
  'src/host/flock-lock.ts',
  'src/host/folder-watcher.ts',
  'src/host/process-runner.ts',
  'src/host/start-plugin.ts',
  'src/host/worker-pool.ts',
  'src/language/bind-item.ts',
  'src/language/cel.ts',
  'src/language/param-mistakes.ts',
  'src/language/params-file.ts',
  'src/language/stage-yaml.ts',
  'src/report/run-diff-text.ts',
  'src/run/compare-outputs.ts',
  'src/run/contract-contents.ts',
  'src/run/vote-answers.ts',
  'src/schema/editor-schema.ts',
  'src/schema/validate.ts',
];

/**
 * What the command line starts builds with: each is one file, and V8's own form of it lies beside it. To ask for another than
 * the first is to have more to do than to look, which is when V8 is tuned for it (`scripts/launcher.cjs`).
 */
const QUICK_PARTS = {
  main: 'src/cli/main.ts',
  'load-sources': 'src/engine/load-sources.ts',
  'process-runner': 'src/host/process-runner.ts',
  'flock-lock': 'src/host/flock-lock.ts',
};

const slowParts = {
  name: 'slow-parts',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\// }, ({ kind, path, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined;
      const file = relative(root, join(resolveDir, path));
      return SLOW_PARTS.includes(file) ? { path: `./parts/${basename(file, '.ts')}.js`, external: true } : undefined;
    });
  },
};

/** What Node takes milliseconds to load and a build with nothing to do has no use for: loaded when it is first called. */
const LATE_BUILTINS = {
  'node:child_process': ['spawn', 'spawnSync'],
  'node:net': ['createServer'],
  'node:v8': ['setFlagsFromString'],
};

const lateBuiltins = {
  name: 'late-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ namespace, path }) =>
      namespace !== 'late' && path in LATE_BUILTINS ? { path, namespace: 'late' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'late' }, ({ path }) => {
      const late = (name) => `export const ${name} = (...given) => require('${path}').${name}(...given);`;
      return { contents: LATE_BUILTINS[path].map(late).join('\n') };
    });
  },
};

/** Wrangle's own schemas are compiled here and not whenever it starts; see the file that this replaces. */
const ownSchemas = (partsFolder) => ({
  name: 'own-schemas',
  setup({ onLoad, onResolve }) {
    onLoad({ filter: /\/src\/schema\/own-schemas\.ts$/ }, () => ({ contents: compiledSchemas(), resolveDir: root }));
    onLoad({ filter: /\/src\/schema\/meta-schemas\.ts$/ }, () => ({ contents: metaSchemas(), resolveDir: root }));
    onLoad({ filter: /\/src\/schema\/re2\.ts$/ }, () => ({
      contents: `export const loadRe2 = () => require('${partsFolder}/re2.cjs').RE2JS;`,
    }));
    onResolve({ filter: /\/re2\.cjs$/ }, ({ path }) => ({ path, external: true }));
  },
});

const read = (file) => JSON.parse(readFileSync(join(root, file), 'utf8'));

const ajvOptions = () => ({
  ...read('src/schema/ajv-options.json'),
  allErrors: true,
  code: { source: true, esm: true },
});

function compiledSchemas() {
  const names = ['pipeline', 'plugin', 'wranglerrc'];
  const schemas = names.map((name) => ({ ...read(`schemas/${name}.schema.json`), $id: name }));
  return standaloneCode.default(
    new Ajv2020({ ...ajvOptions(), schemas }),
    Object.fromEntries(names.map((name) => [name, name])),
  );
}

/** The schemas of schemas, see `src/schema/meta-schemas.ts`. */
function metaSchemas() {
  const compile = (ajv, name, id) =>
    `const { ${name} } = (() => { const exports = {}; const module = { exports };
${standaloneCode.default(ajv, { [name]: id })}
return exports; })();
export { ${name} };`;
  const options = { ...ajvOptions(), code: { source: true, esm: false } };
  return [
    compile(new Ajv2020(options), 'draft2020', 'https://json-schema.org/draft/2020-12/schema'),
    compile(new Ajv(options), 'draft07', 'http://json-schema.org/draft-07/schema'),
  ].join('\n');
}

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** What the code cache is made with. */
const EXAMPLE = `version: 1
params: { n: { type: integer, default: 1 } }
stages:
  first:
    run: echo "\${{ params.n }}" > \${{ outputs.o }}   # A comment.
    outputs: { o: first.txt }
  second:
    run: |
      cat \${{ inputs.a }} > \${{ outputs.o }}
    inputs:
      a: first.txt
    outputs: { o: second.txt }
`;

await buildEngine();
buildTypes();
for (const name of readdirSync(join(root, 'plugins')).sort()) await buildPlugin(name);

/**
 * The command line is one file, in the format that Node starts fastest, with all that a build with nothing to do needs.
 * What only other commands need (parsers, validators, libraries) lies beside it, and is loaded when it is asked for.
 */
async function buildEngine() {
  const dist = join(root, 'dist');
  rmSync(dist, { recursive: true, force: true });
  const engine = {
    ...common,
    define: { WRANGLE_VERSION: JSON.stringify(version) },
    // The library's build for Node looks at the environment for each word of a file.
    alias: { yaml: join(root, 'node_modules/yaml/browser/index.js') },
    minifySyntax: true,
    minifyWhitespace: true,
  };
  for (const [name, file] of Object.entries(QUICK_PARTS)) {
    await build({
      ...engine,
      entryPoints: { [name]: file },
      outdir: 'dist',
      format: 'cjs',
      splitting: false,
      // The launcher reads it as Latin-1, which is faster, and V8 keeps it in half the memory.
      charset: 'ascii',
      outExtension: { '.js': '.cjs' },
      banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
      define: { ...engine.define, 'import.meta.url': 'importMetaUrl' },
      plugins: [slowParts, ownSchemas('./parts'), lateBuiltins],
    });
    const built = join(dist, `${name}.cjs`);
    writeFileSync(built, quickPart(readFileSync(built, 'utf8')));
  }
  cpSync(join(root, 'scripts/launcher.cjs'), join(dist, 'wrangle.cjs'));
  chmodSync(join(dist, 'wrangle.cjs'), 0o755);
  await build({
    ...engine,
    entryPoints: { index: 'src/index.ts' },
    outdir: 'dist',
    splitting: false,
    plugins: [slowParts, ownSchemas('./parts')],
  });
  await build({
    ...engine,
    entryPoints: Object.fromEntries(SLOW_PARTS.map((file) => [basename(file, '.ts'), file])),
    outdir: 'dist/parts',
    plugins: [ownSchemas('.')],
    chunkNames: '[name]-[hash]',
    // Libraries written for CommonJS ask for Node's modules by `require`.
    banner: { js: require },
  });
  await build({
    ...engine,
    entryPoints: { re2: 're2js' },
    outdir: 'dist/parts',
    format: 'cjs',
    splitting: false,
    outExtension: { '.js': '.cjs' },
  });
  cpSync(join(root, 'src/cli/help/topics'), join(dist, 'parts/topics'), { recursive: true });
  // A process of its own, see design-notes, "Processes"; it lies beside whoever starts it.
  for (const folder of ['.', 'parts']) cpSync(join(root, 'src/host/launcher.py'), join(dist, folder, 'launcher.py'));
  // On its own: plugins bundle it, so it shares nothing with the engine.
  await build({ ...common, entryPoints: { plugin: 'src/sdk/plugin.ts' }, outdir: 'dist' });
  makeCodeCache(dist);
}

/** As the launcher takes it: a function. What is imported of Node by name is taken as it is, and not copied first. */
function quickPart(code) {
  const named = code
    .replaceAll('import("./parts/', 'importPart("./parts/')
    .replace(/\b([\w$]+)=__toESM\((require\("node:[\w/]+"\))(?:,1)?\)/g, (whole, name, plain) =>
      code.includes(`${name}.default`) ? whole : `${name}=${plain}`,
    );
  return `(function (exports, require, module, __filename, __dirname, importPart) {${named}\n})`;
}

/**
 * Builds a small pipeline twice: what the first time reads and runs it with is kept compiled, and of everything else what
 * the second time does, which is what a build with nothing to do does.
 */
function makeCodeCache(dist) {
  const folder = mkdtempSync(join(tmpdir(), 'wrangle-build-'));
  try {
    writeFileSync(join(folder, 'pipeline.yaml'), EXAMPLE);
    const wrangle = [join(dist, 'wrangle.cjs'), 'build', 'pipeline.yaml', '-q'];
    const { main, ...others } = QUICK_PARTS;
    for (const names of [others, { main }]) {
      const env = { ...process.env, WRANGLE_CODE_CACHE: Object.keys(names).join() };
      execFileSync(process.execPath, wrangle, { cwd: folder, env, stdio: 'inherit' });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The compiler keeps the folders of the sources; the package shows those below `src`. */
function buildTypes() {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' });
  const all = join(root, 'dist/types-all');
  cpSync(join(all, 'src'), join(root, 'dist/types'), { recursive: true });
  rmSync(all, { recursive: true });
}

/** Every file directly in `src` that a stage type runs is an entry; what the package depends on stays outside. */
async function buildPlugin(name) {
  const dir = join(root, 'plugins', name);
  if (!existsSync(join(dir, 'wrangle.plugin.json'))) return;
  const manifest = JSON.parse(readFileSync(join(dir, 'wrangle.plugin.json'), 'utf8'));
  const { dependencies = {} } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
  const entries = Object.values(manifest.stages)
    .map((stage) => stage.run.node)
    .filter((entry) => entry?.startsWith('./dist/'))
    .map((entry) => basename(entry, '.js'));
  if (entries.length === 0) return;
  rmSync(join(dir, 'dist'), { recursive: true, force: true });
  await build({
    ...common,
    entryPoints: Object.fromEntries(entries.map((entry) => [entry, `plugins/${name}/src/${entry}.ts`])),
    outdir: `plugins/${name}/dist`,
    chunkNames: 'shared-[hash]',
    external: Object.keys(dependencies),
    alias: { 'wrangle/plugin': './src/sdk/plugin.ts' },
  });
}
