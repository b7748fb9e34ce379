/** Data against one of wrangle's own schemas, with every finding at its place. Knows no meaning beyond the schema. */
import * as catalog from '../diagnostics/catalog.ts';
import { quoteName } from '../diagnostics/harmless.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { SchemaFinding } from '../schema/findings.ts';
import * as ownSchemas from '../schema/own-schemas.ts';
import { validatorOf } from '../schema/validator.ts';
import type { Json } from '../util/canonical-json.ts';
import type { Pointer } from './locate.ts';
import { locatePointer } from './locate.ts';
import type { YamlDocument } from './yaml-document.ts';

export type SchemaName = 'pipeline' | 'settings';

const validators = { pipeline: validatorOf(ownSchemas.pipeline), settings: validatorOf(ownSchemas.wranglerrc) };

export function validateDocument(
  name: SchemaName,
  document: YamlDocument,
  data: Json,
): { readonly diagnostics: readonly Diagnostic[]; readonly pointers: readonly Pointer[] } {
  const findings = validators[name](data);
  return {
    diagnostics: findings.map((finding) => diagnose(finding, document)),
    pointers: findings.map(({ pointer }) => pointer),
  };
}

function diagnose(finding: SchemaFinding, document: YamlDocument): Diagnostic {
  const { pointer, keyword, message, suggestion, expected } = finding;
  const key = String(pointer[pointer.length - 1] ?? '');
  switch (keyword) {
    case 'additionalProperties': {
      const location = locatePointer(document, pointer, 'key');
      const of = message.slice(`${quoteName(key)} is not a key of `.length);
      return catalog.unknownKey({ key, of, location, suggestion, known: expected ?? [] });
    }
    case 'required': {
      const location = locatePointer(document, pointer.slice(0, -1), 'key');
      const of = message.slice(0, -` needs the key ${quoteName(key)}`.length);
      return catalog.missingKey({ key, of: capital(of), location });
    }
    case 'propertyNames':
      return catalog.invalidName({
        what: whatIsNamed(pointer),
        name: key,
        rule: `It must be ${expected?.[0] ?? 'another name'}.`,
        location: locatePointer(document, pointer, 'key'),
      });
    case 'type':
    case 'anyOf':
    case 'oneOf':
      return catalog.wrongType({
        message: `${subject(pointer)} ${message}.`,
        location: locatePointer(document, pointer),
        help: suggestion === undefined ? formOf(pointer) : `Did you mean ${quoteName(suggestion)}?`,
      });
    default:
      return catalog.invalidValue({
        message: `${subject(pointer)} ${message}.`,
        location: locatePointer(document, pointer),
        help: suggestion === undefined ? undefined : `Did you mean ${quoteName(suggestion)}?`,
      });
  }
}

/** Of mappings that are taken for a list or a text at first. */
function formOf([root, , key, ...rest]: Pointer): string | undefined {
  if (root !== 'stages' || rest.length > 0) return undefined;
  if (key === 'foreach') return 'Write { in: PATH, key: item.id }.';
  return key === 'matrix' ? 'Write a list for each name, as in { year: [1990, 1991] }.' : undefined;
}

function whatIsNamed(pointer: Pointer): string {
  if (pointer[0] === 'stages' && pointer[2] === 'matrix') return 'a key of a matrix';
  const parent = pointer[pointer.length - 2];
  switch (parent) {
    case 'stages':
      return 'a stage';
    case 'params':
      return 'a param';
    case 'inputs':
    case 'outputs':
      return 'a port';
    case 'env':
      return 'a variable';
    case 'exit_codes':
      return 'an exit code';
    case 'metrics':
      return 'a metric';
    case 'plugins':
      return 'a plugin';
    default:
      return 'this';
  }
}

/** How a sentence about the thing begins: its key, or that of the list it is in. */
export function subject(pointer: Pointer): string {
  const last = pointer[pointer.length - 1];
  if (last === undefined) return 'The file';
  if (typeof last === 'string') return quoteName(last);
  const list = pointer.findLast((part) => typeof part === 'string');
  return list === undefined ? 'An item' : `An item of ${quoteName(String(list))}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
