/**
 * From a line of `plugins` in the settings to a package. A path leads to a folder, anything else is the name of a package
 * that is looked for as Node does from the workspace. Listing is the consent: a path may lead out of the workspace, and
 * links are followed. Nothing that is not listed is ever looked at.
 */
import { posix } from 'node:path';
import { pluginManifestInvalid, pluginNotFound } from '../diagnostics/catalog.ts';
import { quoteName } from '../diagnostics/harmless.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Location } from '../model/location.ts';
import type { Result } from '../util/result.ts';
import { err } from '../util/result.ts';
import type { Package, PackageReader, ReadMistake } from './package-reader.ts';
import { isPackageName } from './package-reader.ts';

/** One line of `plugins` in the settings. */
export interface PluginRef {
  /** Its key there. */
  readonly name: string;
  /** A folder (begins with `./`, `../` or `/`) from the workspace, or the name of a package. */
  readonly ref: string;
  readonly location: Location | undefined;
}

/** Else it is the name of a package. */
export function isFolderRef(ref: string): boolean {
  return /^(\.{0,2}\/|\.{1,2}$)/.test(ref);
}

export function findPlugin(reader: PackageReader, workspace: string, plugin: PluginRef): Result<Package, Diagnostic> {
  const { name, ref, location } = plugin;
  const missing = (reason: string, help: string) => err(pluginNotFound({ plugin: name, reason, location, help }));
  if (isFolderRef(ref)) {
    const dir = posix.resolve(workspace, ref);
    const found = reader.openFolder(dir);
    if (found) return found.ok ? found : err(unreadable(plugin, found.error, reader.isFile(`${dir}/package.json`)));
    const reason = reader.isFile(dir)
      ? `${quoteName(ref)} is a file, not the folder of a package`
      : `nothing is found at ${quoteName(ref)}`;
    return missing(reason, 'Correct the path in ".wranglerrc.yaml"; it is relative to the folder of that file.');
  }
  const found = isPackageName(ref) ? reader.findPackage(workspace, ref) : undefined;
  if (found) return found.ok ? found : err(unreadable(plugin, found.error, true));
  const isForgotten = !ref.includes(':') && reader.isFolder(posix.resolve(workspace, ref));
  if (isForgotten)
    return missing(`no package ${quoteName(ref)} is installed`, `Did you mean ${quoteName(`./${ref}`)}?`);
  if (!isPackageName(ref)) {
    const help = 'Write the path of a folder that begins with "./", "../" or "/", or the name of an installed package.';
    return missing(`${quoteName(ref)} is neither a path nor the name of a package`, help);
  }
  const help = `Run "npm install ${ref}", or correct the line in ".wranglerrc.yaml".`;
  return missing(`no package ${quoteName(ref)} is installed`, help);
}

function unreadable({ name, location }: PluginRef, mistake: ReadMistake, isPackage: boolean): Diagnostic {
  return pluginManifestInvalid({
    plugin: name,
    message: `${mistake.reason}.`,
    location: mistake.location ?? location,
    help: isPackage ? undefined : 'A plugin is a package; "wrangle plugin new NAME" makes one.',
  });
}
