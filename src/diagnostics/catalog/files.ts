/** Files of the workspace that should hold a pipeline: which there are, and how they include each other. */
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { Location } from '../../model/location.ts';
import { harmless, quoteName } from '../harmless.ts';
import { didYouMean, error, type Where } from './error.ts';

export function fileEmpty(at: { location: Location }): Diagnostic {
  return error('file-empty', at.location, 'There is no pipeline in this file.', {
    help: 'Declare a stage under "stages"; "wrangle init" writes an example.',
  });
}

export function fileNotFound(at: {
  path: string;
  kind?: 'file' | 'folder';
  location: Where;
  suggestion?: string | undefined;
}): Diagnostic {
  return error('file-not-found', at.location, `There is no ${at.kind ?? 'file'} ${quoteName(at.path)}.`, {
    help: didYouMean(at.suggestion),
  });
}

export function fileNotUtf8(at: { path: string; location: Location; offset: number; utf16: boolean }): Diagnostic {
  return error(
    'file-not-utf8',
    at.location,
    at.utf16
      ? `${quoteName(at.path)} is written in UTF-16.`
      : `${quoteName(at.path)} is not valid UTF-8: byte ${at.offset} belongs to no character.`,
    { help: 'Save the file as UTF-8.' },
  );
}

export function fileTooLarge(at: { path: string; location: Where; sizeBytes: number; limitBytes: number }): Diagnostic {
  return error(
    'file-too-large',
    at.location,
    `${quoteName(at.path)} has ${at.sizeBytes} bytes, more than the ${at.limitBytes} that are read.`,
    { help: 'Split the file and use "include", or keep data in files of its own.' },
  );
}

export function fileUnreadable(at: { path: string; location: Where; reason: string }): Diagnostic {
  return error('file-unreadable', at.location, `${quoteName(at.path)} cannot be read: ${harmless(at.reason)}.`);
}

export function includeCycle(at: { path: readonly string[]; location: Location }): Diagnostic {
  return error(
    'include-cycle',
    at.location,
    `Files include each other in a circle: ${at.path.map(harmless).join(' -> ')}.`,
    { help: 'Move what both need into a third file.' },
  );
}

export function includeOutside(at: { path: string; location: Location }): Diagnostic {
  return error(
    'include-outside',
    at.location,
    `The included file ${quoteName(at.path)} lies outside of the workspace.`,
    {
      help: 'Only files of the workspace can be included; copy it.',
    },
  );
}

export function notAFile(at: { path: string; location: Where; found: 'folder' | 'other' }): Diagnostic {
  return error(
    'not-a-file',
    at.location,
    `${quoteName(at.path)} is ${at.found === 'folder' ? 'a folder' : 'a device or pipe'}, not a file.`,
  );
}

/** `found` are the pipelines there are to choose from; `elsewhere` files that may be pipelines, when there are none. */
export function pipelineNotGiven(at: { found: readonly string[]; elsewhere: readonly string[] }): Diagnostic {
  if (at.found.length > 0) {
    return error('pipeline-not-given', undefined, 'There is more than one pipeline here.', {
      help: `Name one: ${someOf(at.found)}.`,
    });
  }
  if (at.elsewhere.length > 0) {
    return error('pipeline-not-given', undefined, 'No pipeline was named, and "pipelines/" has none.', {
      help: `Name the file, as in "wrangle build ${harmless(at.elsewhere[0] as string)}".`,
    });
  }
  return error('pipeline-not-given', undefined, 'There is no pipeline here.', {
    help: 'Name the file, or make a first pipeline with "wrangle init".',
  });
}

function someOf(names: readonly string[]): string {
  return `${names.slice(0, 10).map(harmless).join(', ')}${names.length > 10 ? ', …' : ''}`;
}

export function tooManyIncludes(at: { limit: number; location: Location }): Diagnostic {
  return error('too-many-includes', at.location, `More than ${at.limit} files are included.`);
}

/** A warning: nothing is wrong, but they do nothing. */
export function unusedDefaults(at: { location: Location }): Diagnostic {
  return {
    code: 'unused-defaults',
    severity: 'warning',
    message: '"defaults" hold for the stages of their own file, and this file has none.',
    location: at.location,
    related: [],
    help: 'Write them in the files that declare the stages.',
  };
}
