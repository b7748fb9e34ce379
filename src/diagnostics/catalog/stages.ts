/** Stages that are named from outside of the pipeline: by the command line, by an answer. */
import type { Diagnostic } from '../../model/diagnostic.ts';
import { harmless, quoteName } from '../harmless.ts';
import { didYouMean, error } from './error.ts';

/** `reason` is a clause, `help` a sentence. */
export function cannotRunTwice(at: { stage: string; reason: string; help: string }): Diagnostic {
  const message = `The stage ${quoteName(at.stage)} cannot be run twice, because ${harmless(at.reason)}.`;
  return error('cannot-run-twice', undefined, message, { help: harmless(at.help) });
}

/** `reason` is one whole sentence. */
export function invalidAnswer(at: { stage: string; reason: string }): Diagnostic {
  return error(
    'invalid-answer',
    undefined,
    `The answer for ${quoteName(at.stage)} cannot be used. ${harmless(at.reason)}`,
  );
}

export function unknownStage(at: { name: string; suggestion?: string | undefined }): Diagnostic {
  return error('unknown-stage', undefined, `The pipeline has no stage ${quoteName(at.name)}.`, {
    help: didYouMean(at.suggestion),
  });
}
