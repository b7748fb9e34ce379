// `npm run eval -- --data DIR`: bundles the evaluation, which is TypeScript, and runs it on the built stage types.
import { spawnSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const folder = join(root, 'node_modules/.cache/wrangle-eval');
const [program, ...args] =
  process.argv[2] === '--train' ? ['train', ...process.argv.slice(3)] : ['main', ...process.argv.slice(2)];

await build({
  entryPoints: [join(root, `plugins/tabular/eval/${program}.ts`)],
  outfile: join(folder, `${program}.mjs`),
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
  external: ['@duckdb/node-api'],
  alias: { 'wrangle/plugin': join(root, 'src/sdk/plugin.ts') },
});
// Beside whoever starts processes.
copyFileSync(join(root, 'src/host/launcher.py'), join(folder, 'launcher.py'));
const { status } = spawnSync(process.execPath, [join(folder, `${program}.mjs`), ...args], {
  stdio: 'inherit',
  env: { ...process.env, WRANGLE_TABULAR: join(root, 'plugins/tabular') },
});
process.exitCode = status ?? 1;
