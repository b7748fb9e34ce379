/**
 * What a folder is good for: tried out in a temporary folder inside it, which is removed again. Through the ports, so
 * that what is tried is what builds do.
 */
import { measureGranularity } from '../../digest/fs-clock.ts';
import type { Finding, FindingArea, FindingLevel } from '../../model/finding.ts';
import type { FileSystemFacts, Machine } from '../../ports/machine.ts';
import { environmentFailure } from '../../run/build-context.ts';
import { formatBytes, formatCount } from '../../util/quantity.ts';
import type { EnginePorts } from '../ports.ts';

export type FolderPorts = Pick<EnginePorts, 'fs' | 'lock' | 'clock' | 'randomId'>;

/** Below these a build of any size fails. */
const BYTES_NEEDED = 10_000_000;
const FILES_NEEDED = 1_000;
const BYTES_FEW = 1_000_000_000;
const FILES_FEW = 20_000;
const SECOND_NS = 1_000_000_000n;
const SKEW_MS = 2_000;
const ROOM = 'Make room on the disk; .wrangle/failed and .wrangle/displaced can be removed at any time.';

const NETWORK = /^(nfs|cifs|smb|9p|afs|ceph|glusterfs|lustre|beegfs|gpfs|fuse\.(sshfs|s3fs|rclone|gcsfuse))/;
const MEMORY = /^(tmpfs|ramfs)$/;

/** Everything a workspace is asked for. `folder` is absolute and there. */
export async function workspaceFindings(ports: FolderPorts, machine: Machine, folder: string): Promise<Finding[]> {
  const facts = machine.fileSystemOf(folder);
  return tryOut(ports, 'workspace', folder, facts, async (probe) => [
    await lockFinding(ports, probe),
    renameFinding(ports, probe),
    linkFinding(ports, probe),
    caseFinding(ports, probe),
    runFinding(machine, probe),
    cloneFinding(machine, probe),
    timeFinding(ports, probe),
    skewFinding(ports, probe),
  ]);
}

/** A store only keeps files. */
export function storeFolderFindings(ports: FolderPorts, machine: Machine, folder: string): Promise<Finding[]> {
  const facts = machine.fileSystemOf(folder);
  return tryOut(ports, 'store', folder, facts, (probe) =>
    Promise.resolve([{ ...renameFinding(ports, probe), area: 'store' }]),
  );
}

async function tryOut(
  { fs, randomId }: FolderPorts,
  area: FindingArea,
  folder: string,
  facts: FileSystemFacts,
  look: (probe: string) => Promise<Finding[]>,
): Promise<Finding[]> {
  const probe = `${folder}/.wrangle-doctor-${randomId(8)}`;
  try {
    fs.makeFolder(probe);
    fs.writeFile(`${probe}/written`, 'x');
  } catch (error) {
    fs.remove(probe);
    return [unwritableFinding(area, folder, error)];
  }
  try {
    return [fileSystemFinding(area, facts), ...spaceFindings(area, facts), ...(await look(probe))];
  } finally {
    fs.remove(probe);
  }
}

function unwritableFinding(area: FindingArea, folder: string, error: unknown): Finding {
  const { code, message } = error as NodeJS.ErrnoException;
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  const remedy = isFull ? ROOM : 'Give yourself permission to write to it, or use another folder.';
  const consequence =
    area === 'store'
      ? 'What is in the store is still used, but what stages make is not kept.'
      : 'Nothing can be built here; check, plan, why and graph work.';
  return {
    area,
    check: 'write',
    level: area === 'store' ? 'warning' : 'problem',
    // Without the path of the error, which is that of a file nobody knows.
    message: environmentFailure(`write to ${JSON.stringify(folder)}`, { code, message }).message,
    advice: `${consequence} ${remedy}`,
  };
}

function fileSystemFinding(
  area: FindingArea,
  { type = 'a file system of unknown type', ...rest }: FileSystemFacts,
): Finding {
  const files = rest.freeFiles === undefined ? '' : ` and ${formatCount(rest.freeFiles)} files`;
  const message = `It can be written; ${type}, room for ${formatBytes(rest.freeBytes)}${files}.`;
  const check = 'file-system';
  if (NETWORK.test(type)) {
    const advice = 'Build on a local disk where you can, and never in one folder from two machines at once.';
    return {
      area,
      check,
      level: 'warning',
      message: `${message} It is a network file system: slow, and its locks depend on the server.`,
      advice,
    };
  }
  if (MEMORY.test(type)) {
    return { area, check, level: 'note', message: `${message} It is lost when the machine restarts.`, advice: null };
  }
  return { area, check, level: 'ok', message, advice: null };
}

function spaceFindings(area: FindingArea, { freeBytes, freeFiles }: FileSystemFacts): Finding[] {
  const levelOf = (value: number, needed: number, few: number): FindingLevel =>
    value < needed ? (area === 'store' ? 'warning' : 'problem') : value < few ? 'warning' : 'ok';
  const findings: Finding[] = [
    {
      area,
      check: 'space',
      level: levelOf(freeBytes, BYTES_NEEDED, BYTES_FEW),
      message: `Only ${formatBytes(freeBytes)} are free.`,
      advice: ROOM,
    },
  ];
  if (freeFiles !== undefined) {
    const message = `Only ${formatCount(freeFiles)} more files can be made, however small.`;
    const advice = 'Remove files that are not needed, or use a file system with more inodes.';
    findings.push({ area, check: 'inodes', level: levelOf(freeFiles, FILES_NEEDED, FILES_FEW), message, advice });
  }
  return findings.filter(({ level }) => level !== 'ok');
}

/** Takes it twice: the second time it must be refused. */
async function lockFinding({ lock }: FolderPorts, probe: string): Promise<Finding> {
  const finding = (level: FindingLevel, message: string, advice: string | null): Finding => {
    return { area: 'workspace', check: 'lock', level, message, advice };
  };
  const request = {
    path: `${probe}/lock`,
    wait: false,
    command: 'wrangle doctor',
    onWait: () => {},
    signal: undefined,
  };
  try {
    const first = await lock.acquire(request);
    const second = await lock.acquire(request);
    second?.release();
    first?.release();
    if (first && !second) return finding('ok', "Two builds at once keep out of each other's way.", null);
  } catch (error) {
    const { message } = environmentFailure('lock a file', error);
    return finding('problem', message, 'Build on a file system that has locks, such as a local disk.');
  }
  const advice = 'Never start two builds of this workspace at once, or move it to a local disk.';
  return finding('problem', 'The file system gives one lock to two builds at once.', advice);
}

function renameFinding({ fs }: FolderPorts, probe: string): Finding {
  const [from, to] = [`${probe}/new`, `${probe}/old`];
  const check = 'rename';
  try {
    fs.writeFile(to, 'old');
    fs.writeFile(from, 'new');
    fs.rename(from, to);
    if (fs.readText(to) === 'new') {
      return { area: 'workspace', check, level: 'ok', message: 'A file is replaced in one step.', advice: null };
    }
  } catch {
    // Said below.
  }
  const message = 'A file cannot be replaced in one step: outputs could be half old and half new.';
  return { area: 'workspace', check, level: 'problem', message, advice: 'Build on another file system.' };
}

function linkFinding({ fs }: FolderPorts, probe: string): Finding {
  const check = 'links';
  try {
    fs.makeLink('written', `${probe}/link`);
    if (fs.readText(`${probe}/link`) === 'x') {
      return { area: 'workspace', check, level: 'ok', message: 'There are symbolic links.', advice: null };
    }
  } catch {
    // Said below.
  }
  const message = 'There are no symbolic links.';
  return { area: 'workspace', check, level: 'note', message, advice: 'Stages whose outputs hold links fail here.' };
}

function caseFinding({ fs }: FolderPorts, probe: string): Finding {
  const check = 'case';
  if (fs.lstat(`${probe}/WRITTEN`) === undefined) {
    return {
      area: 'workspace',
      check,
      level: 'ok',
      message: 'Names that differ in case are different files.',
      advice: null,
    };
  }
  const advice = 'Do not let two outputs, or two files of a folder, differ in case alone.';
  return { area: 'workspace', check, level: 'note', message: 'Names that differ only in case are one file.', advice };
}

function runFinding(machine: Machine, probe: string): Finding {
  const check = 'run';
  if (machine.canRunAt(`${probe}/script`)) {
    return { area: 'workspace', check, level: 'ok', message: 'Scripts in it can be run.', advice: null };
  }
  const advice = 'Mount it without "noexec", or start scripts by their interpreter: "python3 x.py", not "./x.py".';
  return { area: 'workspace', check, level: 'warning', message: 'Scripts in it cannot be run.', advice };
}

function cloneFinding(machine: Machine, probe: string): Finding {
  const canClone = machine.canClone(`${probe}/clone-of`, `${probe}/clone`);
  const message = canClone
    ? 'Copies share their blocks with the file they are copied from.'
    : 'Copies take time and room: each output is there twice, in its place and in the store.';
  const level = canClone ? 'ok' : 'note';
  const advice = canClone ? null : 'Where outputs are large: btrfs, XFS and APFS need neither.';
  return { area: 'workspace', check: 'clone', level, message, advice };
}

function timeFinding({ fs }: FolderPorts, probe: string): Finding {
  const stepNs = measureGranularity(fs, `${probe}/time`);
  const message = `Two edits that are ${formatNs(stepNs)} apart give a file different times.`;
  const level = stepNs >= SECOND_NS ? 'note' : 'ok';
  const advice = level === 'ok' ? null : 'Files that were just written are hashed twice, to be sure of them.';
  return { area: 'workspace', check: 'time-steps', level, message, advice };
}

function skewFinding({ fs, clock }: FolderPorts, probe: string): Finding {
  fs.writeFile(`${probe}/now`, '');
  const skewMs = Number((fs.lstat(`${probe}/now`)?.mtimeNs ?? 0n) / 1_000_000n) - clock.nowMs();
  const isSmall = Math.abs(skewMs) < SKEW_MS;
  const seconds = (Math.abs(skewMs) / 1000).toFixed(1);
  const message = isSmall
    ? 'Its clock is that of the machine.'
    : `Its clock is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} that of the machine.`;
  const advice = isSmall ? null : 'wrangle goes by the clock of the file system; other tools may not. Set both by NTP.';
  return { area: 'workspace', check: 'clock', level: isSmall ? 'ok' : 'warning', message, advice };
}

function formatNs(ns: bigint): string {
  const ms = Number(ns) / 1e6;
  return ms >= 1000 ? `${ms / 1000} s` : ms >= 1 ? `${Math.round(ms)} ms` : `${Math.max(1, Math.round(ms * 1000))} µs`;
}
