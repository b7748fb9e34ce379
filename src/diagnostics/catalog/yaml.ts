/** What a file says that is no YAML, or more of it than is read. */
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { Location } from '../../model/location.ts';
import { harmless, quoteName } from '../harmless.ts';
import { error } from './error.ts';

export function aliasCycle(at: { name: string; location: Location; anchor: Location }): Diagnostic {
  return error('alias-cycle', at.location, `The alias ${quoteName(`*${at.name}`)} stands inside what it stands for.`, {
    related: [{ message: `${quoteName(`&${at.name}`)} begins here.`, location: at.anchor }],
  });
}

export function documentTooLarge(at: { limit: number; location: Location }): Diagnostic {
  return error(
    'document-too-large',
    at.location,
    `The file holds more than ${at.limit} values, aliases counted each time.`,
    {
      help: 'Use fewer aliases, or split the file and use "include".',
    },
  );
}

export function duplicateKey(at: { key: string; location: Location; first: Location }): Diagnostic {
  return error('duplicate-key', at.location, `The key ${quoteName(at.key)} is there twice.`, {
    related: [{ message: `${quoteName(at.key)} is here first.`, location: at.first }],
    help: 'Keep one of them.',
  });
}

export function mergeKey(at: { location: Location }): Diagnostic {
  return error('merge-key', at.location, 'The merge key "<<" is not part of YAML 1.2 and is not read.', {
    help: 'Put what stages share under "defaults".',
  });
}

export function multipleDocuments(at: { location: Location }): Diagnostic {
  return error('multiple-documents', at.location, 'The file holds more than one YAML document.', {
    help: 'Keep one pipeline in one file; "include" joins files.',
  });
}

export function tooDeep(at: { limit: number; location: Location }): Diagnostic {
  return error('too-deep', at.location, `The file is nested more than ${at.limit} levels deep.`);
}

export function tooManyAliases(at: { limit: number; location: Location }): Diagnostic {
  return error('too-many-aliases', at.location, `The file has more than ${at.limit} aliases.`);
}

export function unknownTag(at: { tag: string; location: Location }): Diagnostic {
  return error('unknown-tag', at.location, `The YAML tag ${quoteName(at.tag)} is not known here.`, {
    help: 'Write the value without a tag.',
  });
}

export function unsafeNumber(at: { text: string; location: Location }): Diagnostic {
  return error('unsafe-number', at.location, `The number ${quoteName(at.text)} cannot be kept exactly.`, {
    help: 'Put it in quotes to keep it as text.',
  });
}

export function yamlSyntax(at: { reason: string; location: Location; help?: string | undefined }): Diagnostic {
  return error('yaml-syntax', at.location, `This is not valid YAML: ${harmless(at.reason)}.`, { help: at.help });
}
