/** Paths that no stage may have. */
import type { Diagnostic } from '../../model/diagnostic.ts';
import { quoteName } from '../harmless.ts';
import { error, type Where } from './error.ts';

export function invalidPath(at: { path: string; reason: string; location: Where; help?: string }): Diagnostic {
  return error('invalid-path', at.location, `${quoteName(at.path)} cannot be a path here: ${at.reason}.`, {
    help: at.help,
  });
}

export function pathOutside(at: { path: string; location: Where }): Diagnostic {
  return error('path-outside', at.location, `The output ${quoteName(at.path)} lies outside of the workspace.`, {
    help: 'Outputs stay inside the workspace; give a path relative to it.',
  });
}

export function pathReserved(at: { path: string; folder: string; location: Where }): Diagnostic {
  return error(
    'path-reserved',
    at.location,
    `The output ${quoteName(at.path)} lies in "${at.folder}", which is not yours to write.`,
    {
      help: 'Choose another folder.',
    },
  );
}
