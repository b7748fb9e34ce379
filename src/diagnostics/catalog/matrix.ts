/** The matrix of a stage: its values, and the combinations of them. */
import type { Diagnostic } from '../../model/diagnostic.ts';
import { quoteName } from '../harmless.ts';
import { error, type Where } from './error.ts';

/** `message` is one whole sentence. */
export function duplicateInstance(at: { message: string; location: Where; help: string }): Diagnostic {
  return error('duplicate-instance', at.location, at.message, { help: at.help });
}

/** `message` is one whole sentence. */
export function matrixEmpty(at: { message: string; location: Where; help: string }): Diagnostic {
  return error('matrix-empty', at.location, at.message, { help: at.help });
}

/**
 * Too many combinations (`atLeast`: there are more, and nobody counted them), or instances that wait for so much each
 * that all together are too many.
 */
export function matrixTooLarge(
  at: { stage: string; limit: number; location: Where } & (
    | { combinations: number; atLeast: boolean }
    | { instances: number; each: number }
  ),
): Diagnostic {
  const stage = quoteName(at.stage);
  if ('instances' in at) {
    return error(
      'matrix-too-large',
      at.location,
      `The ${count(at.instances)} instances of ${stage} would wait for ${count(at.each)} files and stages each, and ${count(at.limit)} together is the most.`,
      { help: 'Let an instance wait only for what it needs: name it with values of the matrix.' },
    );
  }
  const combinations = `${at.atLeast ? 'more than ' : ''}${count(at.combinations)}`;
  return error(
    'matrix-too-large',
    at.location,
    `The matrix of ${stage} has ${combinations} combinations, and ${count(at.limit)} is the most.`,
    { help: 'Take values out; what "exclude" removes counts too. A longer list is for "foreach".' },
  );
}

function count(number: number): string {
  return number.toLocaleString('en-US');
}
