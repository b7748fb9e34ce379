/** Expressions, and what they speak of. */
import type { Diagnostic } from '../../model/diagnostic.ts';
import { harmless, quoteName } from '../harmless.ts';
import { didYouMean, error, type Where } from './error.ts';

export function cannotQuote(at: { expression: string; place: string; location: Where }): Diagnostic {
  return error(
    'cannot-quote',
    at.location,
    `The value of \${{ ${harmless(at.expression)} }} cannot be quoted safely inside ${at.place}.`,
    { help: 'Give it to the command as a variable: add it under "env" and write "$NAME" in the command.' },
  );
}

export function invalidExpression(at: {
  expression: string;
  reason: string;
  location: Where;
  help?: string;
}): Diagnostic {
  return error(
    'invalid-expression',
    at.location,
    `The expression \${{ ${harmless(at.expression)} }} does not work: ${harmless(at.reason)}.`,
    { help: at.help },
  );
}

export function secretInExpression(at: { name: string; location: Where }): Diagnostic {
  return error(
    'secret-in-expression',
    at.location,
    `The variable ${quoteName(at.name)} is a secret, and what an expression reads is kept in records.`,
    { help: `The stage that declares it has it in its environment: write "$${harmless(at.name)}" in the command.` },
  );
}

/** `what` such as `param`, `stage`, `input`; `of` such as `stage "a"`. */
export function unknownReference(at: {
  what: string;
  name: string;
  of?: string;
  location: Where;
  suggestion?: string | undefined;
  help?: string | undefined;
}): Diagnostic {
  return error(
    'unknown-reference',
    at.location,
    at.of === undefined
      ? `There is no ${at.what} ${quoteName(at.name)}.`
      : `${at.of} has no ${at.what} ${quoteName(at.name)}.`,
    { help: didYouMean(at.suggestion) ?? at.help },
  );
}

export function unsetVariable(at: { name: string; location: Where }): Diagnostic {
  return error('unset-variable', at.location, `The environment has no variable ${quoteName(at.name)}.`, {
    help: `Set it, or give a value for when it is not set: \${{ has(env.${harmless(at.name)}) ? env.${harmless(at.name)} : 'value' }}.`,
  });
}
