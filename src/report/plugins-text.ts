/** What `plugin list` prints: which plugins are listed, where each is, and what it provides. Pure. */
import type { Plugin, PluginPlace } from '../model/plugin.ts';
import { shown } from './format.ts';
import type { Style } from './style.ts';

export function pluginsText(plugins: readonly Plugin[], style: Style): string {
  if (plugins.length === 0) return 'There are no plugins: .wranglerrc.yaml lists none.\n';
  return `${plugins.map((plugin) => pluginText(plugin, style)).join('\n')}\n`;
}

function pluginText({ name, version, dir, found, types }: Plugin, style: Style): string {
  const stages = types.map((type) => {
    const command = type.command === undefined ? '' : ` (wrangle ${type.command})`;
    return shown(type.name + command);
  });
  return [
    `${style.bold(shown(name))} ${shown(version)}`,
    `  where:  ${shown(dir)}`,
    `  found:  ${shown(foundText(found))}`,
    `  stages: ${stages.join(', ')}`,
  ].join('\n');
}

function foundText({ ref, by, linked_to: linked }: PluginPlace): string {
  const how = by === 'folder' ? `the folder ${ref}` : `the package ${ref} in node_modules`;
  return linked === undefined ? how : `${how}, a link to ${linked}`;
}
