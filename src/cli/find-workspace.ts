/** The workspace: the nearest folder upward with `.wranglerrc.yaml`, else the current folder. */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

const SETTINGS = '.wranglerrc.yaml';

/** Whether a folder that was found was so by its settings. */
export function hasSettings(dir: string): boolean {
  return existsSync(join(dir, SETTINGS));
}

export function findWorkspace(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (hasSettings(folder)) return realpathSync(folder);
    if (folder === dirname(folder)) return realpathSync(from);
  }
}
