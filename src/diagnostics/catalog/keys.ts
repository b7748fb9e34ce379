/** Keys of a pipeline file, their names and values. */
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { Location } from '../../model/location.ts';
import { listNames, quoteName } from '../harmless.ts';
import { didYouMean, error, type Where } from './error.ts';

export function conflictingKeys(at: { keys: readonly string[]; reason: string; location: Location }): Diagnostic {
  return error('conflicting-keys', at.location, `${listNames(at.keys, 'and')} do not go together: ${at.reason}.`);
}

export function duplicateStage(at: { name: string; location: Location; first: Location }): Diagnostic {
  return error('duplicate-stage', at.location, `The stage ${quoteName(at.name)} is declared in two files.`, {
    related: [{ message: `${quoteName(at.name)} is declared here first.`, location: at.first }],
    help: 'Rename one of them.',
  });
}

export function invalidName(at: { what: string; name: string; rule: string; location: Where }): Diagnostic {
  return error('invalid-name', at.location, `${quoteName(at.name)} cannot be the name of ${at.what}.`, {
    help: at.rule,
  });
}

export function invalidValue(at: { message: string; location: Where; help?: string | undefined }): Diagnostic {
  return error('invalid-value', at.location, at.message, { help: at.help });
}

export function missingKey(at: { key: string; of: string; location: Where; help?: string | undefined }): Diagnostic {
  return error('missing-key', at.location, `${at.of} needs the key ${quoteName(at.key)}.`, { help: at.help });
}

export function sameStrategy(at: { name: string; isPrimary: boolean; location: Location }): Diagnostic {
  const message = at.isPrimary
    ? `${quoteName(at.name)} is the name of what the stage itself does.`
    : `There are two strategies with the name ${quoteName(at.name)}.`;
  return error('same-strategy', at.location, message, { help: 'Give each "name" once.' });
}

export function unknownKey(at: {
  key: string;
  of: string;
  location: Where;
  suggestion?: string | undefined;
  known?: readonly string[];
}): Diagnostic {
  return error('unknown-key', at.location, `${quoteName(at.key)} is not a key of ${at.of}.`, {
    help:
      didYouMean(at.suggestion) ??
      (at.known && at.known.length > 0 ? `It has ${listNames(at.known, 'and')}.` : undefined),
  });
}

export function unsupportedVersion(at: { version: string; location: Where }): Diagnostic {
  return error(
    'unsupported-version',
    at.location,
    `This file is in format ${quoteName(at.version)}, and this wrangle reads format 1.`,
    {
      help: 'Write "version: 1", or use a newer wrangle.',
    },
  );
}

export function wrongType(at: { message: string; location: Where; help?: string | undefined }): Diagnostic {
  return error('wrong-type', at.location, at.message, { help: at.help });
}
