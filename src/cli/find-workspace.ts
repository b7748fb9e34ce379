/** The workspace: the nearest folder upward with `.wranglerrc.yaml`, else the current folder. */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

export function findWorkspace(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.wranglerrc.yaml'))) return realpathSync(folder);
    if (folder === dirname(folder)) return realpathSync(from);
  }
}
