// Writes what follows from schemas/*.schema.json: the types in src/model/documents.generated.ts and the tables in
// docs/pipeline-reference.md; and the types of the documents of every plugin that has schemas. With --check it writes
// nothing and exits 1 when one of them is not current.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile } from 'json-schema-to-typescript';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const TYPES = 'src/model/documents.generated.ts';
const REFERENCE = 'docs/pipeline-reference.md';
const BEGIN = '<!-- generated from schemas/ by scripts/generate-types.mjs: begin -->';
const END = '<!-- generated: end -->';

const WORDS = {
  integer: 'whole number',
  number: 'number',
  string: 'text',
  boolean: 'true or false',
  array: 'list',
  object: 'mapping',
};

const schemas = schemasIn('schemas');
const plugins = readdirSync(path.join(root, 'plugins'))
  .sort()
  .filter((name) => existsSync(path.join(root, 'plugins', name, 'schemas')));

const wanted = [
  [TYPES, await typesText('schemas')],
  ...(await Promise.all(
    plugins.map(async (name) => [
      `plugins/${name}/src/documents.generated.ts`,
      await typesText(`plugins/${name}/schemas`),
    ]),
  )),
  [REFERENCE, referenceText(readFileSync(path.join(root, REFERENCE), 'utf8'))],
];
const stale = wanted.filter(([file, text]) => {
  const full = path.join(root, file);
  return !existsSync(full) || readFileSync(full, 'utf8') !== text;
});
if (process.argv.includes('--check')) {
  for (const [file] of stale) console.error(`${file} is not current. Run "npm run generate".`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const [file, text] of stale) {
    writeFileSync(path.join(root, file), text);
    console.log(`wrote ${file}`);
  }
}

function schemasIn(folder) {
  return readdirSync(path.join(root, folder))
    .filter((name) => name.endsWith('.schema.json'))
    .sort()
    .map((name) => ({
      name: name.slice(0, -'.schema.json'.length),
      schema: JSON.parse(readFileSync(path.join(root, folder, name), 'utf8')),
    }));
}

async function typesText(folder) {
  const parts = ['// Generated from schemas/ by scripts/generate-types.mjs. Do not edit.\n'];
  for (const { name, schema } of schemasIn(folder)) {
    // Made of the others, whose types are there already.
    if (name === 'worker') continue;
    const prefix = pascal(name);
    const text = await compile(forTypes(schema), `${prefix}Document`, {
      additionalProperties: true,
      cwd: path.join(root, folder),
      bannerComment: '',
      format: true,
      style: { printWidth: 120, singleQuote: true },
      strictIndexSignatures: false,
      unknownAny: true,
      // Several schemas define a "stage", so each name begins with that of its file.
      customName: (part, definition) => {
        const own = definition ?? part.$id;
        return own === undefined || own === `${prefix}Document` ? own : prefix + pascal(own);
      },
    });
    parts.push(`// ${name}.schema.json\n\n${text.trim()}\n`);
  }
  return parts.join('\n');
}

/** Titles are words for messages, not names of types; `x-` keys would turn every type into an open one. */
function forTypes(schema) {
  return JSON.parse(
    JSON.stringify(schema, (key, value) => {
      if (key === 'title' && typeof value === 'string') return undefined;
      if (key === 'patternProperties' || key === '$id') return undefined;
      return value;
    }),
  );
}

function pascal(text) {
  return text.replace(/(?:^|[-_.\s]+)([a-zA-Z0-9])/g, (_, letter) => letter.toUpperCase());
}

function referenceText(current) {
  const begin = current.indexOf(BEGIN);
  const end = current.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`${REFERENCE} has lost its markers`);
  return `${current.slice(0, begin)}${BEGIN}\n\n${referenceTables()}\n${current.slice(end)}`;
}

function referenceTables() {
  const pipeline = schemaNamed('pipeline');
  const settings = schemaNamed('wranglerrc');
  const defs = pipeline.$defs;
  return [
    table('The file', pipeline, pipeline),
    table('A stage', defs.stage, pipeline),
    table('An output', defs.output, pipeline),
    table('`expect`', defs.expect, pipeline),
    table('`matrix`', defs.matrix, pipeline),
    table('`resources`', defs.resources, pipeline),
    table('A pool', defs.pool, pipeline),
    table('`retry`', defs.retry, pipeline),
    table('`backoff`', defs.backoff, pipeline),
    table('`defaults`', defs.defaults, pipeline),
    table('Settings: `.wranglerrc.yaml`', settings, settings),
    table('Settings: `cache`', settings.properties.cache, settings),
  ].join('\n');
}

function schemaNamed(name) {
  return schemas.find((entry) => entry.name === name).schema;
}

function table(title, schema, whole) {
  const required = new Set(schema.required ?? []);
  const rows = Object.entries(schema.properties).map(([key, property]) => {
    const full = resolve(property, whole);
    const example = full.examples?.[0];
    const fallback = full.default === undefined ? '' : ` Default: \`${JSON.stringify(full.default)}\`.`;
    const must = required.has(key) ? ' Required.' : '';
    return `| \`${key}\` | ${typeWords(full, whole)} | ${cell(full.description + must + fallback)} | ${
      example === undefined ? '' : `\`${cell(inline(key, example))}\``
    } |`;
  });
  return `## ${title}\n\n${cell(schema.description ?? '')}\n\n| key | value | meaning | example |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`.replace(
    '\n\n\n\n',
    '\n\n',
  );
}

/** The words beside a reference win over those it leads to. */
function resolve(property, whole) {
  if (property.$ref === undefined) return property;
  const { $ref, ...rest } = property;
  return { ...resolve(whole.$defs[$ref.slice('#/$defs/'.length)], whole), ...rest };
}

function typeWords(schema, whole) {
  const words = new Set();
  const pending = [schema];
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    if (next.$ref === '#/$defs/expression') continue;
    const full = resolve(next, whole);
    if (full.anyOf) pending.push(...full.anyOf);
    else if (full.enum) for (const value of full.enum) words.add(`\`${value}\``);
    else for (const type of [full.type ?? 'object'].flat()) words.add(WORDS[type]);
  }
  return [...words].join(' or ');
}

function inline(key, value) {
  return `${key}: ${flow(value)}`;
}

/** A value as flow YAML, close to how a person writes it. */
function flow(value) {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (value !== null && typeof value === 'object') {
    return `{ ${Object.entries(value)
      .map(([key, member]) => `${key}: ${flow(member)}`)
      .join(', ')} }`;
  }
  return typeof value === 'string' && /[{}[\],&*#?|<>=!%@:"'`]/.test(value) ? JSON.stringify(value) : String(value);
}

function cell(text) {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
