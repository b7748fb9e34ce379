// What this machine is and allows. Knows nothing of workspaces; decides nothing, only looks and tries.
import { spawnSync } from 'node:child_process';
import * as nodeFs from 'node:fs';
import * as os from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import type { FileSystemFacts, Machine, MachineLimits } from '../ports/machine.ts';
import { kernelSetting, softLimit } from './limits.ts';

const { COPYFILE_FICLONE_FORCE, X_OK } = nodeFs.constants;
/** A program that takes longer to say whether it works does not work. */
const TRY_MS = 5000;

export class NodeMachine implements Machine {
  readonly os = process.platform;
  readonly arch = process.arch;
  readonly nodeVersion = process.versions.node;
  readonly cores = os.availableParallelism();
  readonly memoryBytes = os.totalmem();

  fileSystemOf(folder: string): FileSystemFacts {
    const { bavail, bsize, files, ffree } = nodeFs.statfsSync(folder);
    return {
      type: mountedType(nodeFs.realpathSync(folder)),
      device: String(nodeFs.statSync(folder).dev),
      freeBytes: bavail * bsize,
      // Some count no files, and then have no limit.
      freeFiles: files > 0 ? ffree : undefined,
    };
  }

  limits(): MachineLimits {
    const watches = kernelSetting('fs/inotify/max_user_watches');
    const instances = kernelSetting('fs/inotify/max_user_instances');
    return {
      openFiles: softLimit('Max open files'),
      processes: softLimit('Max processes'),
      inotify: watches === undefined || instances === undefined ? undefined : { watches, instances },
    };
  }

  findProgram(name: string): string | undefined {
    const folders = (process.env['PATH'] ?? '/usr/bin:/bin').split(delimiter).filter(isAbsolute);
    return folders.map((folder) => join(folder, name)).find(isProgram);
  }

  canRunAt(path: string): boolean {
    nodeFs.writeFileSync(path, '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    // On a file system that is mounted without it, `access` knows; a label or policy only shows itself when it is tried.
    return isProgram(path) && spawnSync(path, { stdio: 'ignore', timeout: TRY_MS }).status === 0;
  }

  canClone(from: string, to: string): boolean {
    try {
      nodeFs.writeFileSync(from, 'x'.repeat(8192));
      nodeFs.copyFileSync(from, to, COPYFILE_FICLONE_FORCE);
      return true;
    } catch {
      return false;
    }
  }

  canMakeNamespaces(): boolean | undefined {
    const unshare = this.findProgram('unshare');
    if (unshare === undefined || this.os !== 'linux') return undefined;
    const tried = spawnSync(unshare, ['--user', '--map-root-user', '--pid', '--mount', '--fork', 'true'], {
      stdio: 'ignore',
      timeout: TRY_MS,
    });
    return tried.status === 0;
  }
}

function isProgram(path: string): boolean {
  try {
    nodeFs.accessSync(path, X_OK);
    return nodeFs.statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Of the deepest mount point that a path is under; of several at one place, the last one hides the others. */
function mountedType(path: string): string | undefined {
  let best = { point: '', type: undefined as string | undefined };
  for (const line of readLines('/proc/self/mountinfo')) {
    // Before the dash are as many fields as the kernel likes: the fifth is the mount point. After it comes the type.
    const [before = '', after = ''] = line.split(' - ');
    const point = (before.split(' ')[4] ?? '').replace(/\\([0-7]{3})/g, (_, code: string) => fromOctal(code));
    const isUnder = point === '/' || path === point || path.startsWith(`${point}/`);
    if (isUnder && point.length >= best.point.length) best = { point, type: after.split(' ')[0] };
  }
  return best.type;
}

function fromOctal(code: string): string {
  return String.fromCharCode(Number.parseInt(code, 8));
}

/** None on systems that do not tell. */
function readLines(path: string): string[] {
  try {
    return nodeFs.readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}
