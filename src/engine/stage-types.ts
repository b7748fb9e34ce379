/** The types that go with a plugin's manifest. Needs no built code, and runs none. */
import { posix } from 'node:path';
import { invalidSchema, pluginManifestInvalid } from '../diagnostics/catalog.ts';
import { quoteName } from '../diagnostics/harmless.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Location } from '../model/location.ts';
import { findPlugin } from '../plugin/find-plugin.ts';
import { parseManifest } from '../plugin/manifest.ts';
import { member, PackageReader, textMember } from '../plugin/package-reader.ts';
import { stageTypesText } from '../plugin/stage-types.ts';
import { readSchema } from '../schema/validate.ts';
import type { Mistakes } from './loaded.ts';
import type { EnginePorts } from './ports.ts';

export type StageTypesMade =
  | { readonly ok: true; readonly text: string /** Absolute, beside the manifest. */; readonly file: string }
  | { readonly ok: false; readonly mistakes: Mistakes };

/** `dir`: the package's folder, absolute. */
export function makeStageTypes({ fs }: EnginePorts, dir: string): StageTypesMade {
  const reader = new PackageReader(fs, dir);
  const plugin = posix.basename(dir);
  const wrong = (diagnostics: readonly Diagnostic[]): StageTypesMade => {
    return { ok: false, mistakes: { diagnostics, texts: reader.texts } };
  };
  const broken = (message: string, location: Location | undefined, help?: string) =>
    pluginManifestInvalid({ plugin, message, location, help });

  const found = findPlugin(reader, dir, { name: plugin, ref: dir, location: undefined });
  if (!found.ok) return wrong([found.error]);
  const path = textMember(member(found.value.json.value, 'wrangle'), 'manifest');
  if (path === undefined) return wrong([broken('its "package.json" names no manifest.', undefined)]);
  const file = reader.readJson(posix.join(dir, path));
  if (!file.ok) return wrong([broken(`${file.error.reason}.`, file.error.location)]);
  const { value, locate, file: name } = file.value;
  const manifest = parseManifest(value);
  if (!manifest.ok) {
    return wrong(manifest.error.map(({ message, path, at, help }) => broken(message, locate(name, path, at), help)));
  }
  const mistakes = Object.entries(manifest.value.stages).flatMap(([stage, { params = {} }]) => {
    const schema = readSchema(params);
    const what = `"params" of stage type ${quoteName(stage)}`;
    return (schema.ok ? [] : schema.error).map(({ pointer, at, reason, help }) =>
      invalidSchema({ what, reason, help, location: locate(name, ['stages', stage, 'params', ...pointer], at) }),
    );
  });
  if (mistakes.length > 0) return wrong(mistakes);
  const folder = posix.dirname(posix.join(dir, path));
  return { ok: true, text: stageTypesText(manifest.value), file: `${folder}/stage-types.d.ts` };
}
