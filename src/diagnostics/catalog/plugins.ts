/** Plugins and their manifests. */
import type { Diagnostic, Related } from '../../model/diagnostic.ts';
import type { Location } from '../../model/location.ts';
import { harmless, quoteName } from '../harmless.ts';
import { error, type Where } from './error.ts';

/** `owner` undefined: it is a command of wrangle itself. */
export function commandTaken(at: {
  command: string;
  type: string;
  location: Where;
  owner?: { readonly type: string; readonly location: Location };
}): Diagnostic {
  const asks = `The stage type ${quoteName(at.type)} asks for the command ${quoteName(at.command)}`;
  return error(
    'command-taken',
    at.location,
    at.owner
      ? `${asks}, which is that of ${quoteName(at.owner.type)}.`
      : `${asks}, which is wrangle's own or kept for later.`,
    {
      related: at.owner
        ? [{ message: `${quoteName(at.owner.type)} asks for it here.`, location: at.owner.location }]
        : [],
      help: `Give it another "command", or none: "wrangle stage ${harmless(at.type)}" runs it as well.`,
    },
  );
}

export function pluginEngineMismatch(at: {
  plugin: string;
  wanted: string;
  version: string;
  location: Where;
}): Diagnostic {
  return error(
    'plugin-engine-mismatch',
    at.location,
    `The plugin ${quoteName(at.plugin)} works with wrangle ${harmless(at.wanted)}, and this is ${harmless(at.version)}.`,
    { help: 'Install another version of one of them.' },
  );
}

export function pluginManifestInvalid(at: {
  plugin: string;
  message: string;
  location: Where;
  related?: readonly Related[];
  help?: string | undefined;
}): Diagnostic {
  return error(
    'plugin-manifest-invalid',
    at.location,
    `The plugin ${quoteName(at.plugin)} cannot be used: ${harmless(at.message)}`,
    { related: at.related ?? [], help: at.help },
  );
}

/** `reason`: the end of a sentence, without a full stop. */
export function pluginNotFound(at: { plugin: string; reason: string; location: Where; help: string }): Diagnostic {
  return error(
    'plugin-not-found',
    at.location,
    `The plugin ${quoteName(at.plugin)} is not there: ${harmless(at.reason)}.`,
    { help: at.help },
  );
}

export function pluginProtocolVersion(at: {
  plugin: string;
  protocol: number;
  supported: number;
  version: string;
  location: Where;
}): Diagnostic {
  return error(
    'plugin-protocol-version',
    at.location,
    `The plugin ${quoteName(at.plugin)} speaks protocol ${at.protocol}, and wrangle ${harmless(at.version)} speaks ${at.supported}.`,
    {
      help:
        at.protocol > at.supported
          ? 'Install a newer wrangle, or an older version of the plugin.'
          : 'Install a newer version of the plugin.',
    },
  );
}
