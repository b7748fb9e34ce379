/** Reads the documents that stage types pass on to each other. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { StageFailure } from 'wrangle/plugin';
import profileSchema from '../schemas/profile.schema.json' with { type: 'json' };
import type { ProfileDocument } from './documents.generated.ts';
import { misfit } from './misfit.ts';

/** Of all documents; a new one is for a change that old readers would read wrongly. */
const VERSION = 1;

/**
 * `schema` is what its members are checked by. Errors: throws a `StageFailure`: `format-error` when it is not `what`
 * ("a recipe"), `version-mismatch` for another version.
 */
export function readDocument<Document extends { readonly version: 1 }>(
  path: string,
  what: string,
  schema: object | undefined,
  versionCode = 'version-mismatch',
): Document {
  const file = basename(path);
  const fail = (code: string, message: string) => new StageFailure({ code, category: 'critical', message, file });
  let found: unknown;
  try {
    found = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? 'there is no such file' : 'it is not JSON';
    throw fail('format-error', `"${file}" cannot be read as ${what}: ${reason}.`);
  }
  if (typeof found !== 'object' || found === null || !('version' in found)) {
    throw fail('format-error', `"${file}" is not ${what}: it has no version.`);
  }
  const { version } = found;
  if (version !== VERSION) {
    const seen = JSON.stringify(version);
    throw fail(
      versionCode,
      `"${file}" is ${what} of version ${seen}; this plugin reads version ${VERSION}. Make it anew.`,
    );
  }
  const wrong = schema && misfit(schema, found);
  if (wrong !== undefined) throw fail('format-error', `"${file}" is not ${what}: ${wrong}.`);
  return found as unknown as Document;
}

/** Errors: as `readDocument`; `profile-version-mismatch` for another version. */
export function readProfile(path: string): ProfileDocument {
  return readDocument<ProfileDocument>(path, 'a profile', profileSchema, 'profile-version-mismatch');
}
