/** What `stages` prints: all stage types, or one with its ports and params. Pure; runs no plugin code. */
import type { PortDeclaration, StageType } from '../model/plugin.ts';
import { compareText } from '../util/compare.ts';
import { shown } from './format.ts';
import { paramsOf, typeWords } from './param-words.ts';
import type { Style } from './style.ts';
import { alignColumns } from './table.ts';

/** One line a stage type. */
export function stagesText(all: readonly StageType[], style: Style): string {
  const types = [...all].sort((a, b) => compareText(a.name, b.name));
  if (types.length === 0) {
    return 'There are no stage types: .wranglerrc.yaml lists no plugins. Stages can still `run` commands.\n';
  }
  const rows = types.map(({ name, description }) => [style.bold(shown(name)), shown(description)]);
  const hint = style.dim('In full: wrangle stages TYPE. As a command: wrangle stage TYPE --help.');
  return `${[...alignColumns(rows), '', hint].join('\n')}\n`;
}

/** One stage type in full. */
export function stageTypeText(type: StageType, style: Style): string {
  const version = style.dim(`  ${shown(`${type.plugin} ${type.plugin_version}`)}`);
  const command = type.command === undefined ? `stage ${type.name}` : type.command;
  const lines = [
    style.bold(shown(type.name)) + version,
    `  ${shown(type.description)}`,
    `  As a command: wrangle ${shown(command)}`,
    ...section('inputs', Object.entries(type.inputs).map(portRow)),
    ...section('outputs', Object.entries(type.outputs).map(portRow)),
    ...section('with', paramRows(type)),
  ];
  return `${lines.join('\n')}\n`;
}

function section(title: string, rows: readonly (readonly string[])[]): string[] {
  return rows.length === 0 ? [] : [`  ${title}:`, ...alignColumns(rows).map((line) => `    ${line}`)];
}

function portRow([name, port]: readonly [string, PortDeclaration]): string[] {
  const media = port.media.length === 0 ? '' : `(${shown(port.media.join(', '))})`;
  const about = [shown(port.description ?? ''), media].filter((words) => words !== '').join(' ');
  return [shown(name), portWords(port), about];
}

/** `file`, `files, optional` */
function portWords({ kind, many, optional }: PortDeclaration): string {
  return `${kind}${many ? 's' : ''}${optional ? ', optional' : ''}`;
}

function paramRows({ params }: StageType): string[][] {
  return paramsOf(params).map(({ name, schema, required }) => {
    const { default: fallback, description } = schema;
    const rest = fallback !== undefined ? `, default ${shown(JSON.stringify(fallback))}` : required ? ', required' : '';
    return [shown(name), typeWords(schema, params) + rest, typeof description === 'string' ? shown(description) : ''];
  });
}
