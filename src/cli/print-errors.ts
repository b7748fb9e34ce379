/** How mistakes reach a person or a program: text on stderr, or the one document on stdout. */
import { CommanderError } from 'commander';
import { printDiagnostics } from '../diagnostics/print.ts';
import type { Mistakes } from '../engine/loaded.ts';
import { errorDocument, mistakesDocument, printDocument } from '../report/documents.ts';
import { ofDiagnostics } from '../report/github.ts';
import { EXIT } from './exit-code.ts';
import { worded } from './parser-words.ts';
import type { Output } from './session.ts';

export interface ErrorOutput {
  readonly json: boolean;
  readonly out: Output;
  readonly err: Output;
}

export function printMistakes({ diagnostics, texts }: Mistakes, { json, out, err }: ErrorOutput): void {
  if (json) out.write(printDocument(mistakesDocument(diagnostics)));
  else err.text(printDiagnostics(diagnostics, texts, { color: err.style.isColored, width: err.width }));
  err.annotate(ofDiagnostics(diagnostics));
}

export function printUsageError(message: string, help: string | undefined, { json, out, err }: ErrorOutput): void {
  if (json) out.write(printDocument(errorDocument('usage', message, help)));
  else err.line(`wrangle: ${message}${help === undefined ? '' : `\n  help: ${help}`}`);
  const advice = help === undefined ? '' : `\nhelp: ${help}`;
  err.annotate([{ level: 'error', title: 'usage', message: message + advice, location: undefined }]);
}

/** commander prints its own messages and then throws; help and version end well. */
export function isCommanderExit(
  error: unknown,
): { readonly code: number; readonly message: string; readonly help: string | undefined } | undefined {
  if (!(error instanceof CommanderError)) return undefined;
  const [message, help] = worded(error.message);
  return { code: error.exitCode === 0 ? EXIT.done : EXIT.usage, message, help };
}
