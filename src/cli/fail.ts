/** How a command says that it did not do what was asked: one sentence, or the document of `--json`. */
import type { Locked } from '../engine/under-lock.ts';
import { errorDocument, printDocument } from '../report/documents.ts';
import { inUse, recursive } from '../report/lock-text.ts';
import { EXIT } from './exit-code.ts';
import type { Session } from './session.ts';

/** Returns `exit`, so that a command can end with it. */
export function fail({ json, stdout, stderr }: Session, code: string, message: string, exit: number): number {
  if (json) stdout.write(printDocument(errorDocument(code, message)));
  else stderr.line(message);
  stderr.annotate([{ level: 'error', title: code, message, location: undefined }]);
  return exit;
}

/** Of a command that is no build, which has more to say (`refuse`). */
export function failLocked(session: Session, { holder, isOwn }: Locked): number {
  return isOwn
    ? fail(session, 'recursive-command', recursive('command', holder), EXIT.usage)
    : fail(session, 'locked', inUse(holder), EXIT.locked);
}
