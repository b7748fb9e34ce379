/**
 * What a manifest says of its stage types, as types for TypeScript: what `ctx` has for each. Pure. Words of the manifest
 * become comments, so that an editor shows them where a param is used.
 */
import { followReference } from '../schema/follow-reference.ts';
import type { Json } from '../util/canonical-json.ts';
import { compareText } from '../util/compare.ts';
import type { Manifest, ManifestPort, ManifestStage } from './manifest.ts';

type Schema = { readonly [key: string]: Json };

const REFERENCES_MAX = 5;
const WIDTH_MAX = 100;

const SCALARS: { readonly [type: string]: string } = {
  string: 'string',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  null: 'null',
};

/** A module with one interface for each stage type: `my-stage` is `MyStage`. */
export function stageTypesText({ stages }: Manifest): string {
  const parts = Object.entries(stages)
    .sort(([a], [b]) => compareText(a, b))
    .map(([name, stage]) => stageText(name, stage));
  const body = parts.join('\n');
  const used = ['Json', 'StageFile', 'StageOutput'].filter((name) =>
    new RegExp(`\\b${name}\\b`).test(withoutComments(body)),
  );
  const imports = used.length === 0 ? '' : `import type { ${used.join(', ')} } from 'wrangle/plugin';\n\n`;
  return `// Written by "wrangle plugin types" from the manifest. Do not edit.\n${imports}${body}`;
}

function withoutComments(text: string): string {
  return text.replace(/^ *(\/\*\*| \*).*$/gm, '');
}

function stageText(name: string, { description, params, inputs, outputs }: ManifestStage): string {
  const members = [
    `readonly params: ${objectText(params ?? {}, params ?? {}, 1, [])};`,
    `readonly inputs: ${portsText(inputs, 'StageFile')};`,
    `readonly outputs: ${portsText(outputs, 'StageOutput')};`,
  ];
  const comment = commentText(description, 0);
  return `${comment}export interface ${typeName(name)} {\n${members.map((member) => `  ${member}\n`).join('')}}\n`;
}

function typeName(stage: string): string {
  return stage.replace(/(^|-)([a-z0-9])/g, (_, __, letter: string) => letter.toUpperCase()).replaceAll('-', '');
}

function portsText(ports: ManifestStage['inputs'], type: 'StageFile' | 'StageOutput'): string {
  const entries = Object.entries(ports ?? {}).sort(([a], [b]) => compareText(a, b));
  if (entries.length === 0) return '{}';
  const lines = entries.map(([port, declared]) => {
    const comment = commentText(declared.description, 2);
    if (port !== '*')
      return `${comment}    readonly ${port}${declared.optional ? '?' : ''}: ${portType(declared, type)};\n`;
    // TypeScript wants what any port may be to be among these.
    const all = [...new Set(entries.map(([, one]) => portType(one, type)))];
    const isOptional = entries.some(([, one]) => one.optional);
    return `${comment}    readonly [port: string]: ${[...all, ...(isOptional ? ['undefined'] : [])].join(' | ')};\n`;
  });
  return `{\n${lines.join('')}  }`;
}

function portType({ many }: ManifestPort, type: string): string {
  return many ? `readonly ${type}[]` : type;
}

/** `depth` is that of indentation, `references` are those that lead here. */
function schemaText(schema: Json | undefined, root: Schema, depth: number, references: readonly string[]): string {
  if (!isSchema(schema)) return schema === false ? 'never' : 'Json';
  const { $ref, const: only, enum: values, anyOf, oneOf, allOf, type } = schema;
  const inner = (part: Json | undefined) => schemaText(part, root, depth, references);
  if (typeof $ref === 'string') {
    // A type of data that holds itself has no end when it is written out.
    const isEndless = references.length === REFERENCES_MAX || references.includes($ref);
    const target = isEndless ? undefined : followReference(root, $ref);
    return target === undefined ? 'Json' : schemaText(target, root, depth, [...references, $ref]);
  }
  if (only !== undefined) return literal(only);
  if (Array.isArray(values)) return union((values as readonly Json[]).map(literal));
  const choice = Array.isArray(anyOf) ? anyOf : Array.isArray(oneOf) ? oneOf : undefined;
  if (choice) return union((choice as readonly Json[]).map(inner));
  if (Array.isArray(type)) {
    return union((type as readonly Json[]).map((one) => inner({ ...schema, type: one })));
  }
  const scalar = typeof type === 'string' ? SCALARS[type] : undefined;
  if (scalar !== undefined) return scalar;
  if (type === 'array') {
    const item = inner(schema['items'] ?? true);
    return /[|{&]/.test(item) ? `readonly (${item})[]` : `readonly ${item}[]`;
  }
  if (type === 'object') return objectText(schema, root, depth, references);
  if (isSchema(schema['properties'])) return objectText(schema, root, depth, references);
  if (Array.isArray(allOf)) return [...new Set((allOf as readonly Json[]).map(inner))].join(' & ');
  return 'Json';
}

function objectText(schema: Schema, root: Schema, depth: number, references: readonly string[]): string {
  const { properties, required, additionalProperties: others } = schema;
  const entries = Object.entries(isSchema(properties) ? properties : {});
  if (entries.length === 0) {
    if (others === false || (depth === 1 && others === undefined)) return '{}';
    return `{ readonly [key: string]: ${schemaText(others ?? true, root, depth, references)} }`;
  }
  const isThere = (name: string, property: Json) =>
    (Array.isArray(required) && (required as readonly Json[]).includes(name)) ||
    (isSchema(property) && property['default'] !== undefined);
  const indent = '  '.repeat(depth + 1);
  const lines = entries.map(([name, property]) => {
    const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : literal(name);
    const mark = isThere(name, property) ? '' : '?';
    const description = isSchema(property) ? property['description'] : undefined;
    const comment = commentText(typeof description === 'string' ? description : undefined, depth + 1);
    return `${comment}${indent}readonly ${key}${mark}: ${schemaText(property, root, depth + 1, references)};\n`;
  });
  return `{\n${lines.join('')}${'  '.repeat(depth)}}`;
}

function literal(value: Json): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  const escaped = JSON.stringify(value).slice(1, -1);
  return `'${escaped.replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

function union(types: readonly string[]): string {
  return [...new Set(types)].join(' | ') || 'never';
}

function commentText(text: string | undefined, depth: number): string {
  if (text === undefined || text.trim() === '') return '';
  const indent = '  '.repeat(depth);
  const lines: string[] = [];
  for (const word of text.replaceAll('*/', '* /').split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < WIDTH_MAX) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}\n`).join('')}${indent} */\n`;
}

function isSchema(value: Json | undefined): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
