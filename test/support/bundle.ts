// Makes a script that a plain node runs out of a piece of TypeScript. Knows nothing of what it does.
import { resolve } from 'node:path';
import { buildSync } from 'esbuild';

/** Bundles `source`, whose imports are relative to the root of the project, to the file `to`. */
export function bundle(source: string, to: string): void {
  buildSync({
    stdin: { contents: source, resolveDir: resolve('.'), loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: to,
    // Some libraries are of the older kind of modules, and the script may lie outside of the project.
    banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);` },
    logLevel: 'error',
  });
}
