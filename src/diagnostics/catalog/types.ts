/** Stage types of plugins: what they want of a stage, and what it gives them. */
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { Location } from '../../model/location.ts';
import { harmless, listNames, quoteName } from '../harmless.ts';
import { didYouMean, error, type Where } from './error.ts';

export function invalidSchema(at: {
  what: string;
  reason: string;
  location: Where;
  help?: string | undefined;
}): Diagnostic {
  return error(
    'invalid-schema',
    at.location,
    `${at.what} is not a JSON Schema that can be used: ${harmless(at.reason)}.`,
    { help: at.help },
  );
}

/** A param of a stage type that is not as the type wants it; `message` is the whole sentence. */
export function invalidWith(at: { message: string; location: Where; help?: string | undefined }): Diagnostic {
  return error('invalid-with', at.location, at.message, { help: at.help });
}

/** `*` stands for a port with any name. */
export function missingPort(at: { port: string; side: 'input' | 'output'; type: string; location: Where }): Diagnostic {
  const wanted = at.port === '*' ? `an ${at.side}` : `the ${at.side} ${quoteName(at.port)}`;
  return error('missing-port', at.location, `The stage type ${quoteName(at.type)} needs ${wanted}.`, {
    help: `Add it under "${at.side}s"${at.port === '*' ? ', with a name of your choice' : ''}.`,
  });
}

export function portKind(at: {
  port: string;
  side: 'input' | 'output';
  type: string;
  wanted: 'file' | 'folder';
  path: string;
  location: Where;
}): Diagnostic {
  return error(
    'port-kind',
    at.location,
    `The ${at.side} ${quoteName(at.port)} of ${quoteName(at.type)} is a ${at.wanted}, and ${quoteName(at.path)} is ${
      at.wanted === 'file' ? 'a folder' : 'a file'
    }.`,
    { help: at.wanted === 'folder' ? 'The path of a folder ends in "/".' : 'Only the path of a folder ends in "/".' },
  );
}

export function portNotList(at: { port: string; side: 'input' | 'output'; type: string; location: Where }): Diagnostic {
  return error(
    'port-not-list',
    at.location,
    `The ${at.side} ${quoteName(at.port)} of ${quoteName(at.type)} takes one path, not a list.`,
  );
}

/** `reason` is about the data, such as `/id is text, and must be a number`. */
export function schemaMismatch(at: {
  path: string;
  maker: string;
  port: string;
  type: string;
  reason: string;
  suggestion?: string | undefined;
  location: Location;
  makerLocation: Location;
}): Diagnostic {
  return error(
    'schema-mismatch',
    at.location,
    `What stage ${quoteName(at.maker)} writes to ${quoteName(at.path)} never fits the input ${quoteName(at.port)} of ${quoteName(at.type)}: ${harmless(at.reason)}.`,
    {
      related: [{ message: `stage ${quoteName(at.maker)} says here what it writes.`, location: at.makerLocation }],
      help: didYouMean(at.suggestion) ?? 'The schema of the input is in the manifest of its plugin.',
    },
  );
}

export function unknownPort(at: {
  port: string;
  side: 'input' | 'output';
  type: string;
  location: Where;
  suggestion?: string | undefined;
  known: readonly string[];
}): Diagnostic {
  return error(
    'unknown-port',
    at.location,
    `The stage type ${quoteName(at.type)} has no ${at.side} ${quoteName(at.port)}.`,
    {
      help:
        didYouMean(at.suggestion) ??
        (at.known.length > 0 ? `It has ${listNames(at.known, 'and')}.` : `It has no ${at.side}s.`),
    },
  );
}

export function unknownStageType(at: {
  type: string;
  location: Where;
  suggestion?: string | undefined;
  help?: string | undefined;
}): Diagnostic {
  return error('unknown-stage-type', at.location, `There is no stage type ${quoteName(at.type)}.`, {
    help: didYouMean(at.suggestion) ?? at.help,
  });
}
