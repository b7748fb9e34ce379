/** How a command says that it did not do what was asked: one sentence, or the document of `--json`. */
import { errorDocument, printDocument } from '../report/documents.ts';
import type { Session } from './session.ts';

/** Returns `exit`, so that a command can end with it. */
export function fail({ json, stdout, stderr }: Session, code: string, message: string, exit: number): number {
  if (json) stdout.write(printDocument(errorDocument(code, message)));
  else stderr.line(message);
  stderr.annotate([{ level: 'error', title: code, message, location: undefined }]);
  return exit;
}
