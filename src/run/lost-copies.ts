/** What the store should have and has not: put aside where it is damaged, and said once, before the stage runs again. */
import type { Lost } from '../plan/decide.ts';
import type { BlobTrouble } from '../store/blob-store.ts';
import { fromWorkspace } from '../store/layout.ts';
import type { BuildContext } from './build-context.ts';
import { log } from './events.ts';

/** One warning for the stage, whatever is lost of it; everything that is damaged is moved out of the way. */
export function setAsideLost(context: BuildContext, stage: string, fingerprint: string, lost: Lost): void {
  const { actions, blobs } = context.state;
  if (lost === 'record') {
    warn(context, stage, `The stored record of its outputs ${isDamaged(context, actions.setAside(fingerprint))}`);
    return;
  }
  const troubles = lost.flatMap(({ path, digest }) => {
    const trouble = blobs.setAside(digest);
    return trouble ? [{ path, trouble }] : [];
  });
  const [first] = troubles;
  if (!first) return;
  const more = troubles.length > 1 ? ` So with ${troubles.length - 1} more of its outputs.` : '';
  const what = first.trouble.what === 'missing' ? 'is missing' : isDamaged(context, first.trouble.movedTo);
  warn(context, stage, `The stored copy of ${nameOf(first.path, first.trouble)} ${what}`, more);
}

function warn(context: BuildContext, stage: string, what: string, more = ''): void {
  const then = context.writeStore ? 'the stage runs again and keeps a new one' : 'the stage runs again';
  log(context, 'warning', stage, `${what}; ${then}.${more}`, 'store-damaged');
}

function isDamaged(context: BuildContext, movedTo: string | undefined): string {
  if (movedTo === undefined) return 'is damaged';
  return `is damaged (it is now in ${JSON.stringify(fromWorkspace(context.state.layout, movedTo))})`;
}

function nameOf(path: string, { inside }: BlobTrouble): string {
  return inside === undefined ? JSON.stringify(path) : `${JSON.stringify(inside)} in ${JSON.stringify(path)}`;
}
