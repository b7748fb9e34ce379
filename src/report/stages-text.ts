/** What `stages` prints: the stage types of all plugins with their params and ports. Pure; runs no plugin code. */
import type { Plugin, PortDeclaration, StageType } from '../model/plugin.ts';
import type { Json } from '../util/canonical-json.ts';
import { compareText } from '../util/compare.ts';
import { shown } from './format.ts';
import type { Style } from './style.ts';
import { alignColumns } from './table.ts';

export function stagesText(plugins: readonly Plugin[], style: Style): string {
  const types = plugins.flatMap((plugin) => plugin.types).sort((a, b) => compareText(a.name, b.name));
  if (types.length === 0) {
    return 'There are no stage types: .wranglerrc.yaml lists no plugins. Stages can still `run` commands.\n';
  }
  return `${types.map((type) => stageTypeText(type, style)).join('\n\n')}\n`;
}

function stageTypeText(type: StageType, style: Style): string {
  const version = style.dim(`  ${shown(`${type.plugin} ${type.plugin_version}`)}`);
  const lines = [style.bold(shown(type.name)) + version, `  ${shown(type.description)}`];
  lines.push(...section('inputs', Object.entries(type.inputs).map(portRow)));
  lines.push(...section('outputs', Object.entries(type.outputs).map(portRow)));
  lines.push(...section('with', paramRows(type.params)));
  return lines.join('\n');
}

function section(title: string, rows: readonly (readonly string[])[]): string[] {
  return rows.length === 0 ? [] : [`  ${title}:`, ...alignColumns(rows).map((line) => `    ${line}`)];
}

function portRow([name, port]: readonly [string, PortDeclaration]): string[] {
  const kind = port.many ? `${port.kind}s` : port.kind;
  return [shown(name), port.optional ? `${kind}, optional` : kind, shown(port.media.join(', '))];
}

function paramRows(params: { readonly [key: string]: Json }): string[][] {
  const properties = params['properties'];
  if (!isMap(properties)) return [];
  const needed = params['required'];
  const required = new Set(Array.isArray(needed) ? needed : []);
  return Object.entries(properties).map(([name, schema]) => {
    const param = isMap(schema) ? schema : {};
    const fallback = param['default'];
    const rest =
      fallback !== undefined ? `, default ${shown(JSON.stringify(fallback))}` : required.has(name) ? ', required' : '';
    const description = param['description'];
    return [shown(name), typeOf(param) + rest, typeof description === 'string' ? shown(description) : ''];
  });
}

/** A schema's type in a word or two. */
function typeOf(schema: { readonly [key: string]: Json }): string {
  const { type, items } = schema;
  const choices = schema['enum'];
  if (Array.isArray(choices)) return `one of ${choices.map((choice) => shown(JSON.stringify(choice))).join(', ')}`;
  if ('const' in schema) return shown(JSON.stringify(schema['const']));
  if (type === 'array')
    return isMap(items) && typeof items['type'] === 'string' ? `list of ${shown(items['type'])}` : 'list';
  if (typeof type === 'string') return shown(type);
  return Array.isArray(type) ? shown(type.join(' or ')) : 'any';
}

function isMap(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
