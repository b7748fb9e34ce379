/** What it takes to undo a run: which outputs change, and whether all they need is still there. Looks, changes nothing. */
import { parseDigest } from '../model/digest.ts';
import type { OutputBefore, OutputChange } from '../model/output-change.ts';
import { lookAt } from './displace.ts';
import { inWorkspace } from './layout.ts';
import { leadsOutside } from './publish.ts';
import type { PutBackParts } from './put-back.ts';
import { mayGo } from './put-back.ts';
import { isSound } from './snapshot.ts';

export interface UndoStep {
  /** How it was before the run. */
  readonly output: OutputBefore;
  readonly action: 'restore' | 'remove';
  /** What is there now is nobody's, or the store does not have it, and will be moved aside. */
  readonly displaces: boolean;
  /** The second of these. */
  readonly isUnkept: boolean;
}

export interface UndoPlan {
  readonly steps: readonly UndoStep[];
  /** Without these bytes, or with no place for them, the run cannot be undone. */
  readonly missing: readonly { readonly path: string; readonly reason: string }[];
}

/** A record is a file like any other: what it says is believed only where it could be true. */
export function isChange(value: unknown): value is OutputChange {
  const { path, before, after, displaced, new_folders: folders, recorded } = (value ?? {}) as Partial<OutputChange>;
  return (
    isInside(path) &&
    [before, after].every((digest) => digest === null || parseDigest(digest) !== undefined) &&
    (displaced === null ||
      (typeof displaced === 'string' && /^\.wrangle\/displaced\//.test(displaced) && isPlain(displaced))) &&
    Array.isArray(folders) &&
    folders.every(isInside) &&
    (recorded === null || parseDigest(recorded?.digest) !== undefined)
  );
}

/** A path of the workspace that may be an output's. */
function isInside(path: unknown): path is string {
  return typeof path === 'string' && isPlain(path) && !/^\.(wrangle|git)(\/|$)/.test(path);
}

function isPlain(path: string): boolean {
  return path.split('/').every((name) => name !== '' && name !== '.' && name !== '..' && !name.includes('\0'));
}

/** Every blob that is needed is read. Outputs that are as they were before the run already are left out. */
export async function planUndo(parts: PutBackParts, changes: readonly OutputChange[]): Promise<UndoPlan> {
  const steps: UndoStep[] = [];
  const missing: { path: string; reason: string }[] = [];
  for (const change of changes) {
    const { path, before } = change;
    const found = await lookAt(parts, path);
    const wasNothing = before === null && change.displaced === null;
    if (wasNothing ? !found : before !== null && found?.digest === before) continue;
    const source = wasNothing ? change : await sourceOf(parts, change);
    const outside = leadsOutside(parts.fs, parts.layout, path);
    if (outside !== undefined) missing.push({ path, reason: `its folder leads outside the workspace, to ${outside}` });
    else if (!source) missing.push({ path, reason: reasonOf(change) });
    else {
      const displaces = found !== undefined && !mayGo(parts, 'run', found);
      const isUnkept = displaces && found.isKnown;
      steps.push({ output: source, action: wasNothing ? 'remove' : 'restore', displaces, isUnkept });
    }
  }
  return { steps, missing };
}

/** Bytes that had to step aside may have been given to the store since. Undefined when they are nowhere. */
async function sourceOf({ fs, layout, blobs }: PutBackParts, change: OutputChange): Promise<OutputBefore | undefined> {
  const { before, displaced } = change;
  if (displaced !== null && fs.lstat(inWorkspace(layout, displaced)) !== undefined) return change;
  return before !== null && (await isSound(fs, blobs, before)) ? { ...change, displaced: null } : undefined;
}

function reasonOf({ displaced }: OutputChange): string {
  return displaced === null
    ? 'its bytes from before are not in the store'
    : `it was moved to ${JSON.stringify(displaced)}, and is not there any more`;
}
