/** Whether the state folder can be written, what lies in it, and what of that can go. */
import type { Finding, FindingLevel } from '../../model/finding.ts';
import type { Clock } from '../../ports/clock.ts';
import type { FileSystem } from '../../ports/file-system.ts';
import type { WorkspaceLock } from '../../ports/workspace-lock.ts';
import { Journal, ownerOf, ownerText } from '../../store/journal.ts';
import type { StateLayout } from '../../store/layout.ts';
import { fromWorkspace } from '../../store/layout.ts';
import { diskReason } from '../../util/disk-reason.ts';
import { formatBytes, formatCount } from '../../util/quantity.ts';

/** From here on what nobody may miss is worth a word. */
const MUCH_BYTES = 1_000_000_000;
/** A store may be larger than anybody wants to wait for. */
const COUNTED_MAX = 200_000;
const FUTURE_MS = 60_000;

interface StatePorts {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly lock: WorkspaceLock;
  readonly randomId: (length: number) => string;
}

export function stateFindings(ports: StatePorts, layout: StateLayout): Finding[] {
  const { fs } = ports;
  if (fs.stat(layout.state)?.type !== 'folder') {
    return [finding('state-folder', 'ok', 'Nothing was built here yet: there is no state folder.')];
  }
  return [
    writeFinding(ports, layout),
    buildFinding(ports, layout),
    futureFinding(ports, layout),
    storeFinding(fs, layout),
    ...leftFindings(fs, layout),
  ].filter((found) => found !== undefined);
}

function finding(check: string, level: FindingLevel, message: string, advice: string | null = null): Finding {
  return { area: 'state', check, level, message, advice };
}

/** It may be another user's, as after one build by root, in a workspace that can be written. */
function writeFinding({ fs, randomId }: StatePorts, layout: StateLayout): Finding | undefined {
  const probe = `${layout.state}/.wrangle-doctor-${randomId(8)}`;
  try {
    fs.makeFolder(probe);
    fs.remove(probe);
    for (const file of [layout.lock, layout.journal]) if (fs.lstat(file)) fs.appendFile(file, '');
    return undefined;
  } catch (error) {
    // Of any other reason the workspace itself is the place to tell.
    if (!['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    const path = quotePath(layout, layout.state);
    const message = `Cannot write to ${path}: ${diskReason(error)}.`;
    const advice = `Nothing can be built here. Give yourself permission to write to it and to all in it, or remove ${path}: stages then run again.`;
    return finding('write', 'problem', message, advice);
  }
}

function buildFinding({ fs, lock }: StatePorts, layout: StateLayout): Finding | undefined {
  const holder = lock.holder(layout.lock);
  if (holder) {
    const since = `since ${holder.started_at}`;
    return finding('running', 'note', `Process ${holder.pid} is at work here: ${holder.command}, ${since}.`);
  }
  const open = new Journal(fs, layout.journal).readOpen().map((intent) => ownerText(ownerOf(intent)));
  if (open.length === 0 && fs.lstat(layout.staging) === undefined) return undefined;
  const about = open.length > 0 ? ` It was about to change the outputs of ${open.slice(0, 5).join(', ')}.` : '';
  const message = `A build was interrupted.${about}`;
  const advice = 'There is nothing to be done: the next build finishes or undoes what was begun.';
  return finding('interrupted', 'note', message, advice);
}

function futureFinding({ fs, clock }: StatePorts, layout: StateLayout): Finding | undefined {
  const latestMs = Number((fs.lstat(layout.index)?.mtimeNs ?? 0n) / 1_000_000n);
  if (latestMs <= clock.nowMs() + FUTURE_MS) return undefined;
  const message = `The last build was at ${new Date(latestMs).toISOString()}, which is yet to come: the clock went back.`;
  return finding('future', 'warning', message, 'Set the clock. Builds are right all the same, but hash more.');
}

function storeFinding(fs: FileSystem, layout: StateLayout): Finding | undefined {
  const size = sizeOf(fs, layout.store);
  if (size.files === 0) return undefined;
  return finding('store', 'ok', `The store in ${quotePath(layout, layout.store)} has ${textOf(size)}.`);
}

/** What was kept for people to look at. */
function leftFindings(fs: FileSystem, layout: StateLayout): Finding[] {
  const kept = [
    { check: 'failed', folder: layout.failed, what: 'What failed attempts wrote' },
    { check: 'displaced', folder: layout.displaced, what: 'What outputs replaced' },
  ];
  return kept.flatMap(({ check, folder, what }) => {
    const size = sizeOf(fs, folder);
    if (size.files === 0) return [];
    const path = quotePath(layout, folder);
    const advice = `Look whether you miss any of it; then remove ${path}.`;
    return [
      finding(check, size.bytes >= MUCH_BYTES ? 'warning' : 'note', `${what} is in ${path}: ${textOf(size)}.`, advice),
    ];
  });
}

interface Size {
  readonly bytes: number;
  readonly files: number;
  /** False when there were too many to be counted. */
  readonly isWhole: boolean;
}

function sizeOf(fs: FileSystem, folder: string): Size {
  let bytes = 0;
  let files = 0;
  const pending = [folder];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    for (const { name, type } of readFolder(fs, at)) {
      if (files >= COUNTED_MAX) return { bytes, files, isWhole: false };
      if (type === 'folder') pending.push(`${at}/${name}`);
      else {
        bytes += fs.lstat(`${at}/${name}`)?.size ?? 0;
        files++;
      }
    }
  }
  return { bytes, files, isWhole: true };
}

/** One that cannot be read counts for nothing here; who needs it says so. */
function readFolder(fs: FileSystem, path: string) {
  try {
    return fs.readFolder(path) ?? [];
  } catch {
    return [];
  }
}

function textOf({ bytes, files, isWhole }: Size): string {
  const noun = files === 1 ? 'file' : 'files';
  return `${isWhole ? '' : 'more than '}${formatBytes(bytes)} in ${formatCount(files)} ${noun}`;
}

function quotePath(layout: StateLayout, path: string): string {
  return JSON.stringify(fromWorkspace(layout, path));
}
