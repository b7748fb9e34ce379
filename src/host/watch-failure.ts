// Why folders cannot be watched, in words. Linux has limits and file systems of its own; elsewhere the error speaks.
import { closeSync, openSync, statfsSync } from 'node:fs';
import { errorCode } from './error-code.ts';
import { kernelSetting } from './limits.ts';

const WATCHES_ENOUGH = 524_288;
const INSTANCES_ENOUGH = 512;

/** By the numbers that `statfs` gives (linux/magic.h, and those of modules outside of the kernel). */
const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0x01021997, '9p'],
  // Some of them are local, which nobody but themselves can tell.
  [0x65735546, 'FUSE'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x19830326, 'BeeGFS'],
  [0x786f4256, 'shared folders of VirtualBox'],
]);

/** A sentence, with what to do where something can be done. */
export function watchFailure(error: unknown): string {
  const code = errorCode(error);
  if (code === 'EMFILE' && isOutOfFiles()) {
    return 'No more folders can be watched: the limit of open files is reached. Raise it: ulimit -n 65536';
  }
  if (process.platform === 'linux' && code === 'ENOSPC') return limitReached('max_user_watches', WATCHES_ENOUGH);
  if (process.platform === 'linux' && code === 'EMFILE') return limitReached('max_user_instances', INSTANCES_ENOUGH);
  return `Folders cannot be watched: ${error instanceof Error ? error.message : String(error)}`;
}

/** Of a folder on a file system that does not tell what other machines do; undefined for all others. */
export function networkFileSystem(folder: string): string | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    return NETWORK_FILE_SYSTEMS.get(statfsSync(folder).type >>> 0);
  } catch {
    return undefined;
  }
}

/** A sentence. `type` is one of the names above. */
export function networkReason(folder: string, type: string): string {
  return `"${folder}" is on a network file system (${type}), which does not tell what other machines change.`;
}

function limitReached(name: string, enough: number): string {
  const now = kernelSetting(`fs/inotify/${name}`);
  const raised = Math.max(enough, 2 * (now ?? 0));
  const limit = now === undefined ? `fs.inotify.${name}` : `fs.inotify.${name} = ${now}`;
  return `No more folders can be watched: the limit ${limit} is reached. Raise it: sudo sysctl fs.inotify.${name}=${raised}`;
}

/** The same code stands for two limits. */
function isOutOfFiles(): boolean {
  try {
    closeSync(openSync('/dev/null', 'r'));
    return false;
  } catch {
    return true;
  }
}
