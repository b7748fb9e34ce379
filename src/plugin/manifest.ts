/** A plugin's manifest: its form, checked by `schemas/plugin.schema.json`. Knows no files. */
import { quoteName } from '../diagnostics/harmless.ts';
import type { SchemaFinding } from '../schema/findings.ts';
import { plugin as manifestSchema } from '../schema/own-schemas.ts';
import { validatorOf } from '../schema/validator.ts';
import type { Json } from '../util/canonical-json.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';

export interface Manifest {
  readonly protocol: number;
  readonly name: string;
  readonly engines?: { readonly wrangle?: string };
  readonly code?: readonly string[];
  readonly stages: { readonly [name: string]: ManifestStage };
}

export interface ManifestStage {
  readonly description?: string;
  readonly run: { readonly node: string } | { readonly argv: readonly string[] };
  readonly params?: { readonly [key: string]: Json };
  readonly inputs?: { readonly [port: string]: ManifestPort };
  readonly outputs?: { readonly [port: string]: ManifestPort };
  readonly command?: string;
  readonly platform?: 'any' | 'native';
  readonly worker?: boolean;
  readonly batch?: boolean;
  readonly version?: number;
}

export interface ManifestPort {
  readonly description?: string;
  readonly kind?: 'file' | 'folder';
  readonly media?: string | readonly string[];
  /** Path of a JSON Schema of the contents. */
  readonly schema?: string;
  readonly optional?: boolean;
  readonly many?: boolean;
}

export interface ManifestMistake {
  /** A sentence. */
  readonly message: string;
  readonly path: readonly (string | number)[];
  /** Which side of the pair at `path` is meant. */
  readonly at: 'key' | 'value';
  readonly help: string | undefined;
}

const validate = validatorOf(manifestSchema);

/** Errors: every place where it differs from the schema. */
export function parseManifest(value: Json): Result<Manifest, ManifestMistake[]> {
  const findings = validate(value);
  return findings.length === 0 ? ok(value as unknown as Manifest) : err(findings.map(describe));
}

function describe({ pointer, keyword, message, suggestion }: SchemaFinding): ManifestMistake {
  const help = suggestion === undefined ? undefined : `Did you mean ${quoteName(suggestion)}?`;
  const isAboutKey = ['additionalProperties', 'required', 'propertyNames', 'depth'].includes(keyword);
  const name = pointer.length === 0 ? 'its manifest' : quoteName(pointer.join('.'));
  return {
    message: isAboutKey ? `${message}.` : `${name} ${message}.`,
    path: pointer,
    at: isAboutKey ? 'key' : 'value',
    help,
  };
}
