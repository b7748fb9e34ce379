// Builds the engine, the command line, the plugin SDK and every plugin of this repository into their `dist` folders.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
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

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

await buildEngine();
buildTypes();
for (const name of readdirSync(join(root, 'plugins')).sort()) await buildPlugin(name);

async function buildEngine() {
  const dist = join(root, 'dist');
  rmSync(dist, { recursive: true, force: true });
  await build({
    ...common,
    entryPoints: { wrangle: 'src/cli/main.ts', index: 'src/index.ts' },
    outdir: 'dist',
    chunkNames: 'chunks/[name]-[hash]',
    define: { WRANGLE_VERSION: JSON.stringify(version) },
    // Libraries written for CommonJS ask for Node's modules by `require`.
    banner: { js: require },
    minifySyntax: true,
    minifyWhitespace: true,
  });
  // On its own: plugins bundle it, so it shares nothing with the engine.
  await build({ ...common, entryPoints: { plugin: 'src/sdk/plugin.ts' }, outdir: 'dist' });
  const command = join(dist, 'wrangle.js');
  writeFileSync(command, `#!/usr/bin/env node\n${readFileSync(command, 'utf8')}`);
  chmodSync(command, 0o755);
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
