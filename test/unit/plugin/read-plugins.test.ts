// From the plugins a workspace lists to stage types, or to every mistake in their packages.
import { beforeEach, describe, expect, test } from 'vitest';
import { readPlugins } from '../../../src/plugin/read-plugins.ts';
import { digestSource } from '../../../src/ports/source-digest.ts';
import { MemoryFileSystem } from '../../support/memory-file-system.ts';

const PACKAGE = { name: 'p', version: '1.2.3', wrangle: { manifest: './wrangle.plugin.json' } };
const MANIFEST = {
  protocol: 1,
  name: 'tab',
  engines: { wrangle: '>=0.1 <1' },
  stages: {
    profile: {
      description: 'Statistics.',
      run: { node: './dist/profile.js' },
      params: { type: 'object', properties: { top: { type: 'integer', default: 3 } } },
      inputs: { data: { media: 'text/csv' } },
      outputs: { profile: { media: ['application/json'], schema: './schemas/profile.json' } },
      platform: 'any',
    },
  },
};

let fs: MemoryFileSystem;

beforeEach(() => {
  fs = new MemoryFileSystem();
  write({
    'package.json': PACKAGE,
    'wrangle.plugin.json': MANIFEST,
    'dist/profile.js': 'run()',
    'dist/shared.js': 'help()',
    'schemas/profile.json': { type: 'object' },
    'README.md': '# tab',
  });
});

/** Files of the plugin; objects are written as JSON. */
function write(files: { readonly [path: string]: string | object }, folder = '/w/plugins/tab'): void {
  for (const [path, data] of Object.entries(files)) {
    fs.write({ [`${folder}/${path}`]: typeof data === 'string' ? data : `${JSON.stringify(data, null, 2)}\n` });
  }
}

function read(refs: { readonly [name: string]: string } = { tab: './plugins/tab' }, wrangleVersion = '0.1.0') {
  const list = Object.entries(refs).map(([name, ref], at) => ({
    name,
    ref,
    location: { file: '.wranglerrc.yaml', line: at + 3, column: 3, end_line: at + 3, end_column: 9 },
  }));
  return readPlugins({ fs, workspace: '/w', wrangleVersion, refs: list });
}

/** The diagnostics as text, when there is no plugin. */
function mistakes(refs?: { readonly [name: string]: string }, version?: string): string {
  const { plugins, diagnostics } = read(refs, version);
  expect(plugins).toEqual([]);
  return diagnostics
    .map(({ location: at, code, message, help }) => {
      const place = at ? `${at.file}:${at.line}:${at.column}` : '?';
      return `${place} ${code} ${message}${help === undefined ? '' : ` ${help}`}`;
    })
    .join('\n');
}

function digest(): string {
  const { plugins, diagnostics } = read();
  expect(diagnostics).toEqual([]);
  return plugins[0]?.types[0]?.code_digest ?? '';
}

const withStage = (change: object) => ({ ...MANIFEST, stages: { profile: { ...MANIFEST.stages.profile, ...change } } });

test('a plugin with everything in its place', () => {
  const { plugins, diagnostics } = read();
  expect(diagnostics).toEqual([]);
  const code_digest = plugins[0]?.types[0]?.code_digest;
  expect(code_digest).toMatch(/^[0-9a-f]{64}$/);
  expect(plugins).toEqual([
    {
      name: 'tab',
      version: '1.2.3',
      dir: '/w/plugins/tab',
      found: { ref: './plugins/tab', by: 'folder' },
      code_digest: plugins[0]?.code_digest,
      types: [
        {
          name: 'tab/profile',
          plugin: 'tab',
          plugin_version: '1.2.3',
          dir: '/w/plugins/tab',
          description: 'Statistics.',
          run: { node: './dist/profile.js' },
          params: MANIFEST.stages.profile.params,
          inputs: { data: { kind: 'file', media: ['text/csv'], optional: false, many: false } },
          outputs: {
            profile: {
              kind: 'file',
              media: ['application/json'],
              optional: false,
              many: false,
              schema: { type: 'object' },
            },
          },
          platform: 'any',
          worker: false,
          batch: false,
          version: 1,
          code_digest,
        },
      ],
    },
  ]);
});

describe('a command of its own', () => {
  const second = (command: string) =>
    write(
      {
        'package.json': PACKAGE,
        'wrangle.plugin.json': { ...withStage({ command, outputs: {} }), name: 'geo' },
        'dist/profile.js': '1',
      },
      '/w/plugins/geo',
    );

  test('is its name', () => {
    write({ 'wrangle.plugin.json': withStage({ command: 'profile' }) });
    expect(read().plugins[0]?.types[0]?.command).toBe('profile');
  });

  test.each(['build', 'stage', 'help', 'watch'])('cannot be %s', (command) => {
    write({ 'wrangle.plugin.json': withStage({ command }) });
    expect(mistakes()).toBe(
      `plugins/tab/wrangle.plugin.json:36:18 command-taken The stage type "tab/profile" asks for the command "${command}", which is wrangle's own or kept for later. Give it another "command", or none: "wrangle stage tab/profile" runs it as well.`,
    );
  });

  test('belongs to the plugin that is listed first', () => {
    write({ 'wrangle.plugin.json': withStage({ command: 'profile' }) });
    second('profile');
    const { plugins, diagnostics } = read({ tab: './plugins/tab', geo: './plugins/geo' });
    expect(plugins.map(({ name }) => name)).toEqual(['tab']);
    expect(diagnostics.map(({ message, location, related }) => [message, location?.file, related])).toEqual([
      [
        'The stage type "geo/profile" asks for the command "profile", which is that of "tab/profile".',
        'plugins/geo/wrangle.plugin.json',
        [
          {
            message: '"tab/profile" asks for it here.',
            location: {
              file: 'plugins/tab/wrangle.plugin.json',
              line: 36,
              column: 18,
              end_line: 36,
              end_column: 27,
            },
          },
        ],
      ],
    ]);
    second('survey');
    expect(read({ tab: './plugins/tab', geo: './plugins/geo' }).diagnostics).toEqual([]);
  });

  test('belongs to one stage type of a plugin', () => {
    const one = { ...MANIFEST.stages.profile, command: 'profile' };
    write({ 'wrangle.plugin.json': { ...MANIFEST, stages: { profile: one, again: one } } });
    expect(mistakes()).toContain(
      'The stage type "tab/profile" asks for the command "profile", which is that of "tab/again".',
    );
  });
});

describe('where a plugin is', () => {
  test.each(['tab-plugin', '@acme/tab'])('the package %s in node_modules', (name) => {
    write(
      { 'package.json': PACKAGE, 'wrangle.plugin.json': withStage({ outputs: {} }), 'dist/profile.js': '1' },
      `/w/node_modules/${name}`,
    );
    const { plugins, diagnostics } = read({ tab: name });
    expect(diagnostics).toEqual([]);
    expect(plugins.map(({ dir }) => dir)).toEqual([`/w/node_modules/${name}`]);
  });

  test('a package, also where a folder has its name', () => {
    fs.makeFolder('/w/linked');
    fs.makeFolder('/w/node_modules');
    fs.makeLink('../plugins/tab', '/w/node_modules/linked');
    expect(read({ tab: 'linked' }).plugins.map(({ dir }) => dir)).toEqual(['/w/node_modules/linked']);
  });

  test('in the node_modules of a folder above', () => {
    write(
      { 'package.json': PACKAGE, 'wrangle.plugin.json': withStage({ outputs: {} }), 'dist/profile.js': '1' },
      '/node_modules/above',
    );
    expect(read({ tab: 'above' }).plugins.map(({ dir }) => dir)).toEqual(['/node_modules/above']);
  });

  test('linked into node_modules, as workspaces are', () => {
    fs.makeFolder('/w/node_modules');
    fs.makeLink('../plugins/tab', '/w/node_modules/linked');
    const { plugins, sources } = read({ tab: 'linked' });
    expect(plugins.map(({ dir, found }) => [dir, found])).toEqual([
      ['/w/node_modules/linked', { ref: 'linked', by: 'package', linked_to: '/w/plugins/tab' }],
    ]);
    // Through the link, so that a link to somewhere else is noticed.
    expect(sources.filter(({ path }) => path.includes('/plugins/'))).toEqual([]);
  });

  test('in a folder outside of the workspace, when it is listed so', () => {
    write(
      { 'package.json': PACKAGE, 'wrangle.plugin.json': withStage({ outputs: {} }), 'dist/profile.js': '1' },
      '/other/tab',
    );
    expect(read({ tab: '../other/tab' }).plugins.map(({ dir }) => dir)).toEqual(['/other/tab']);
    expect(read({ tab: '/other/tab' }).plugins.map(({ dir }) => dir)).toEqual(['/other/tab']);
    fs.makeLink('../other/tab', '/w/link');
    expect(read({ tab: './link' }).plugins.map(({ dir, found }) => [dir, found.linked_to])).toEqual([
      ['/w/link', '/other/tab'],
    ]);
    fs.makeLink('../other/nothing', '/w/broken');
    expect(mistakes({ tab: './broken' })).toBe(
      '.wranglerrc.yaml:3:3 plugin-not-found The plugin "tab" is not there: nothing is found at "./broken". Correct the path in ".wranglerrc.yaml"; it is relative to the folder of that file.',
    );
  });

  test('nowhere', () => {
    expect(mistakes({ tab: './plugins/tap', b: '@acme/nope', c: 'plugins/tab', d: 'a b', e: 'nope' })).toBe(
      [
        '.wranglerrc.yaml:3:3 plugin-not-found The plugin "tab" is not there: nothing is found at "./plugins/tap". Correct the path in ".wranglerrc.yaml"; it is relative to the folder of that file.',
        '.wranglerrc.yaml:4:3 plugin-not-found The plugin "b" is not there: no package "@acme/nope" is installed. Run "npm install @acme/nope", or correct the line in ".wranglerrc.yaml".',
        '.wranglerrc.yaml:5:3 plugin-not-found The plugin "c" is not there: no package "plugins/tab" is installed. Did you mean "./plugins/tab"?',
        '.wranglerrc.yaml:6:3 plugin-not-found The plugin "d" is not there: "a b" is neither a path nor the name of a package. Write the path of a folder that begins with "./", "../" or "/", or the name of an installed package.',
        '.wranglerrc.yaml:7:3 plugin-not-found The plugin "e" is not there: no package "nope" is installed. Run "npm install nope", or correct the line in ".wranglerrc.yaml".',
      ].join('\n'),
    );
  });
});

describe('what is wrong with a package', () => {
  test('no package.json', () => {
    fs.remove('/w/plugins/tab/package.json');
    expect(mistakes()).toBe(
      '.wranglerrc.yaml:3:3 plugin-manifest-invalid The plugin "tab" cannot be used: there is no file "plugins/tab/package.json". A plugin is a package; "wrangle plugin new NAME" makes one.',
    );
  });

  test('a package.json that names no manifest', () => {
    write({ 'package.json': { name: 'p' } });
    expect(mistakes()).toBe(
      'plugins/tab/package.json:1:1 plugin-manifest-invalid The plugin "tab" cannot be used: its "package.json" names no manifest. Add "wrangle": { "manifest": "./wrangle.plugin.json" } to it.',
    );
  });

  test('a manifest that is not there, or elsewhere', () => {
    write({ 'package.json': { ...PACKAGE, wrangle: { manifest: './nope.json' } } });
    expect(mistakes()).toBe(
      'plugins/tab/package.json:5:17 plugin-manifest-invalid The plugin "tab" cannot be used: there is no file "plugins/tab/nope.json".',
    );
    write({ 'package.json': { ...PACKAGE, wrangle: { manifest: '../../secret.json' } } });
    expect(mistakes()).toBe(
      'plugins/tab/package.json:5:17 plugin-manifest-invalid The plugin "tab" cannot be used: its manifest "../../secret.json" lies outside of the package.',
    );
  });

  test('a manifest that is no JSON', () => {
    write({ 'wrangle.plugin.json': '{\n  "protocol": 1,\n  "name": "tab"\n  "stages": {}\n}\n' });
    expect(mistakes()).toBe(
      'plugins/tab/wrangle.plugin.json:4:3 plugin-manifest-invalid The plugin "tab" cannot be used: "plugins/tab/wrangle.plugin.json" is not valid JSON: "," or "}" is expected, not "\\"".',
    );
  });

  test('a manifest that is no text', () => {
    fs.write({ '/w/plugins/tab/wrangle.plugin.json': Uint8Array.from([0x7b, 0xff, 0x7d]) });
    expect(mistakes()).toBe(
      'plugins/tab/package.json:5:17 plugin-manifest-invalid The plugin "tab" cannot be used: "plugins/tab/wrangle.plugin.json" is not valid UTF-8.',
    );
  });

  test('all mistakes of a manifest at once', () => {
    write({
      'wrangle.plugin.json': {
        protocol: 1,
        name: 'tab',
        stagse: {},
        code: ['../x'],
        stages: { profile: { run: { nod: 'x' }, version: 0, outputs: { 'a-b': {}, c: { kind: 'fiel' } } } },
      },
    });
    expect(mistakes()).toBe(
      [
        'plugins/tab/wrangle.plugin.json:4:3 plugin-manifest-invalid The plugin "tab" cannot be used: "stagse" is not a key of a plugin manifest. Did you mean "stages"?',
        'plugins/tab/wrangle.plugin.json:6:5 plugin-manifest-invalid The plugin "tab" cannot be used: "code.0" must be a path inside the package, relative to it, not "../x".',
        'plugins/tab/wrangle.plugin.json:11:9 plugin-manifest-invalid The plugin "tab" cannot be used: "nod" is not a key of "run". Did you mean "node"?',
        'plugins/tab/wrangle.plugin.json:15:9 plugin-manifest-invalid The plugin "tab" cannot be used: "a-b" cannot be a name here.',
        'plugins/tab/wrangle.plugin.json:17:19 plugin-manifest-invalid The plugin "tab" cannot be used: "stages.profile.outputs.c.kind" must be "file" or "folder", not "fiel". Did you mean "file"?',
        'plugins/tab/wrangle.plugin.json:13:18 plugin-manifest-invalid The plugin "tab" cannot be used: "stages.profile.version" must be at least 1, not 0.',
      ].join('\n'),
    );
  });

  test('another protocol, of which nothing more is said', () => {
    write({ 'wrangle.plugin.json': { protocol: 2, name: 'tab', steps: [] } });
    expect(mistakes()).toBe(
      'plugins/tab/wrangle.plugin.json:2:15 plugin-protocol-version The plugin "tab" speaks protocol 2, and wrangle 0.1.0 speaks 1. Install a newer wrangle, or an older version of the plugin.',
    );
  });

  test('another version of wrangle', () => {
    expect(mistakes(undefined, '1.0.0')).toBe(
      'plugins/tab/wrangle.plugin.json:5:16 plugin-engine-mismatch The plugin "tab" works with wrangle >=0.1 <1, and this is 1.0.0. Install another version of one of them.',
    );
    write({ 'wrangle.plugin.json': { ...MANIFEST, engines: { wrangle: 'newest' } } });
    expect(mistakes()).toBe(
      'plugins/tab/wrangle.plugin.json:5:16 plugin-manifest-invalid The plugin "tab" cannot be used: "newest" is no range of versions. Write one like ">=0.1 <1".',
    );
  });

  test('another name than the one it is listed by', () => {
    expect(mistakes({ table: './plugins/tab' })).toBe(
      '.wranglerrc.yaml:3:3 plugin-manifest-invalid The plugin "table" cannot be used: its manifest says it is "tab". List it as "tab".',
    );
    const twice = read({ tab: './plugins/tab', table: './plugins/tab' });
    expect(twice.plugins.map(({ name }) => name)).toEqual(['tab']);
    expect(twice.diagnostics).toMatchObject([
      {
        help: '"tab" is listed already, and only one plugin can have a name: remove one of them.',
        related: [
          { message: 'It says so here.', location: { file: 'plugins/tab/wrangle.plugin.json', line: 3, column: 11 } },
        ],
      },
    ]);
  });

  test('code that is not there, or elsewhere', () => {
    fs.remove('/w/plugins/tab/dist/profile.js');
    expect(mistakes()).toBe(
      'plugins/tab/wrangle.plugin.json:11:17 plugin-manifest-invalid The plugin "tab" cannot be used: there is no file "dist/profile.js", which runs stage type "profile". If the package has a build step, run it; for example "npm run build".',
    );
    fs.write({ '/w/evil.js': '1' });
    fs.makeLink('../../../evil.js', '/w/plugins/tab/dist/profile.js');
    expect(mistakes()).toBe(
      'plugins/tab/wrangle.plugin.json:11:17 plugin-manifest-invalid The plugin "tab" cannot be used: "dist/profile.js", which runs stage type "profile", lies outside of the package.',
    );
  });

  test('a command none of whose words is a file of the package', () => {
    write({ 'wrangle.plugin.json': withStage({ run: { argv: ['jq', '-f', './prog.jq'] }, outputs: {} }) });
    expect(mistakes()).toBe(
      'plugins/tab/wrangle.plugin.json:14:11 plugin-manifest-invalid The plugin "tab" cannot be used: there is no file "prog.jq", which runs stage type "profile". If the package has a build step, run it; for example "npm run build".',
    );
    write({ 'wrangle.plugin.json': withStage({ run: { argv: ['jq', '.a'] }, outputs: {} }) });
    expect(mistakes()).toBe(
      'plugins/tab/wrangle.plugin.json:11:17 plugin-manifest-invalid The plugin "tab" cannot be used: no element of "argv" of stage type "profile" is a file of the package. Add "code", a list of globs over the files that its results depend on.',
    );
  });

  test('schemas that are none', () => {
    write({
      'wrangle.plugin.json': withStage({ params: { properties: { x: { type: 'objekt' } } } }),
      'schemas/profile.json': { $schema: 'http://json-schema.org/draft-04/schema#' },
    });
    expect(mistakes()).toBe(
      [
        'plugins/tab/schemas/profile.json:2:14 invalid-schema The schema "plugins/tab/schemas/profile.json" of the plugin "tab" is not a JSON Schema that can be used: "$schema" is "http://json-schema.org/draft-04/schema#", and only draft-07 and draft 2020-12 are known.',
        'plugins/tab/wrangle.plugin.json:16:21 invalid-schema "params" of stage type "tab/profile" is not a JSON Schema that can be used: "properties.x.type" must be "array", "boolean", "integer", "null", "number", "object" or "string", not "objekt".',
      ].join('\n'),
    );
    write({ 'wrangle.plugin.json': MANIFEST, 'schemas/profile.json': '{,}' });
    expect(mistakes()).toBe(
      'plugins/tab/schemas/profile.json:1:2 plugin-manifest-invalid The plugin "tab" cannot be used: "plugins/tab/schemas/profile.json" is not valid JSON: a key in double quotes or "}" is expected, not ",".',
    );
  });

  test('params that are no mapping, defaults that are no values, patterns that cannot be used', () => {
    const properties = {
      top: { type: 'integer', default: 'all' },
      name: { type: 'string', pattern: '^(?!x)' },
      size: { typ: 'integer' },
    };
    write({ 'wrangle.plugin.json': withStage({ params: { type: 'string' } }) });
    expect(mistakes()).toBe(
      'plugins/tab/wrangle.plugin.json:14:17 plugin-manifest-invalid The plugin "tab" cannot be used: "stages.profile.params.type" must be "object", not "string".',
    );
    write({ 'wrangle.plugin.json': withStage({ params: { type: 'object', properties } }) });
    const where = '"params" of stage type "tab/profile" is not a JSON Schema that can be used';
    expect(mistakes()).toBe(
      [
        `plugins/tab/wrangle.plugin.json:22:24 invalid-schema ${where}: Looking ahead ("(?!") cannot be used in a pattern, since it can take any amount of time.`,
        `plugins/tab/wrangle.plugin.json:25:13 invalid-schema ${where}: "typ" is not a keyword of JSON Schema. Did you mean "type"?`,
      ].join('\n'),
    );
    write({ 'wrangle.plugin.json': withStage({ params: { properties: { top: properties.top } } }) });
    expect(mistakes()).toBe(
      `plugins/tab/wrangle.plugin.json:17:24 invalid-schema ${where}: the default of "top" must be a whole number, not "all".`,
    );
  });

  test('schemas that want too much, or to fetch', () => {
    const large = `{"enum":[${'"x",'.repeat(2_500_000)}"x"]}`;
    write({ 'schemas/profile.json': large });
    expect(mistakes()).toBe(
      'plugins/tab/wrangle.plugin.json:32:21 plugin-manifest-invalid The plugin "tab" cannot be used: "plugins/tab/schemas/profile.json" has 10000014 bytes, more than the 4194304 that are read.',
    );
    write({ 'schemas/profile.json': `${'['.repeat(50_000)}${']'.repeat(50_000)}` });
    expect(mistakes()).toBe(
      'plugins/tab/schemas/profile.json:1:501 plugin-manifest-invalid The plugin "tab" cannot be used: "plugins/tab/schemas/profile.json" is not valid JSON: it is nested more than 500 levels deep.',
    );
    write({ 'schemas/profile.json': { properties: { a: { $ref: 'https://x.example/a.json' } } } });
    expect(mistakes()).toBe(
      'plugins/tab/schemas/profile.json:4:15 invalid-schema The schema "plugins/tab/schemas/profile.json" of the plugin "tab" is not a JSON Schema that can be used: the reference "https://x.example/a.json" leads out of it. Nothing is ever fetched: copy what it needs into "$defs".',
    );
  });

  test('a dependency that is not installed', () => {
    write({ 'package.json': { ...PACKAGE, dependencies: { duckdb: '1' } } });
    expect(mistakes()).toBe(
      'plugins/tab/package.json:8:5 plugin-manifest-invalid The plugin "tab" cannot be used: it needs the package "duckdb", which is not installed. Run "npm install".',
    );
  });

  test('one broken plugin says nothing of the others', () => {
    write(
      {
        'package.json': PACKAGE,
        'wrangle.plugin.json': { ...MANIFEST, name: 'good', stages: { x: { run: { node: 'x.js' } } } },
        'x.js': '',
      },
      '/w/good',
    );
    const { plugins, diagnostics } = read({ bad: './plugins/none', good: './good', tab: './plugins/tab' });
    expect(plugins.map(({ name }) => name)).toEqual(['good', 'tab']);
    expect(diagnostics.map(({ code }) => code)).toEqual(['plugin-not-found']);
    expect(plugins[0]?.types[0]?.params).toEqual({ type: 'object', additionalProperties: false });
  });
});

describe('the digest of the code', () => {
  test.each<[string, { readonly [path: string]: string | object }]>([
    ['the entry', { 'dist/profile.js': 'run(1)' }],
    ['a file beside the entry', { 'dist/shared.js': 'help(1)' }],
    ['a new file beside the entry', { 'dist/lib/new.js': '1' }],
    ['text that the code may read', { 'dist/prompt.md': 'Be brief.' }],
    ['the schema of an output', { 'schemas/profile.json': { type: 'array' } }],
    ['the version of the stage type', { 'wrangle.plugin.json': withStage({ version: 2 }) }],
    ['what its params may be', { 'wrangle.plugin.json': withStage({ params: { type: 'object' } }) }],
    ['how its files are loaded', { 'package.json': { ...PACKAGE, type: 'module' } }],
  ])('changes with %s', (_, files) => {
    const before = digest();
    write(files);
    expect(digest()).not.toBe(before);
  });

  test.each<[string, { readonly [path: string]: string | object }]>([
    ['the README', { 'README.md': '# other' }],
    ['a README beside the code', { 'dist/README.md': '# other', 'dist/LICENSE': 'MIT' }],
    ['files elsewhere', { 'src/profile.ts': '1', 'test/a.test.ts': '1' }],
    ['what the package says of itself', { 'package.json': { ...PACKAGE, description: 'x' } }],
    ['the version of the package', { 'package.json': { ...PACKAGE, version: '2.0.0' } }],
    ['words for people', { 'wrangle.plugin.json': withStage({ description: 'Other.', command: 'profile' }) }],
    ['the title of a schema', { 'schemas/profile.json': { title: 'Profile', description: 'x', type: 'object' } }],
    [
      'another stage type',
      {
        'wrangle.plugin.json': {
          ...MANIFEST,
          stages: { ...MANIFEST.stages, z: { run: { node: './dist/profile.js' } } },
        },
      },
    ],
    ['how the manifest is written', { 'wrangle.plugin.json': JSON.stringify(MANIFEST) }],
    ['files that begin with a dot', { 'dist/.cache': '1' }],
  ])('stays with %s', (_, files) => {
    const before = digest();
    write(files);
    expect(digest()).toBe(before);
  });

  test('is over what "code" names, when it names something, and always over the entry', () => {
    write({
      'wrangle.plugin.json': { ...MANIFEST, code: ['lib/**/*.py', 'prompts'] },
      'lib/a/b.py': '1',
      'prompts/x.md': '1',
    });
    const digests = [digest()];
    for (const path of ['lib/a/b.py', 'lib/c.py', 'prompts/x.md', 'dist/profile.js']) {
      write({ [path]: '2' });
      digests.push(digest());
    }
    expect(new Set(digests).size).toBe(digests.length);
    const before = digest();
    write({ 'dist/shared.js': '3', 'lib/c.txt': '3', 'prompts.md': '3' });
    expect(digest()).toBe(before);
  });

  test('is over the whole package where the entry stands at its top, but for what counts by what it says', () => {
    write({
      'wrangle.plugin.json': { ...withStage({ run: { argv: ['python3', './stage.py'] } }), code: ['**'] },
      'stage.py': '1',
    });
    const before = digest();
    write({ 'package.json': { ...PACKAGE, version: '3.0.0' } });
    write({
      'wrangle.plugin.json': {
        ...withStage({ run: { argv: ['python3', './stage.py'] }, description: '' }),
        code: ['**'],
      },
    });
    expect(digest()).toBe(before);
    write({ 'lib.py': '1' });
    expect(digest()).not.toBe(before);
  });

  test('does not depend on where the package lies', () => {
    const here = digest();
    for (const [path, text] of Object.entries(fs.tree('/w/plugins/tab'))) fs.write({ [`/elsewhere/${path}`]: text });
    expect(read({ tab: '/elsewhere' }).plugins[0]?.types[0]?.code_digest).toBe(here);
  });

  test('counts dependencies by their versions, those of dependencies too, not those that differ between systems', () => {
    write({ 'package.json': { ...PACKAGE, dependencies: { a: '1' }, optionalDependencies: { native: '1' } } });
    const install = (name: string, json: object) =>
      write({ 'package.json': { name, ...json }, 'index.js': '1' }, `/w/node_modules/${name}`);
    install('a', { version: '1.0.0', dependencies: { '@s/b': '1' } });
    install('@s/b', { version: '1.0.0' });
    install('native', { version: '1.0.0' });
    const before = digest();
    write({ 'index.js': '2' }, '/w/node_modules/a');
    install('native', { version: '2.0.0' });
    expect(digest()).toBe(before);
    install('@s/b', { version: '1.0.1' });
    const after = digest();
    expect(after).not.toBe(before);
    // A nearer one is found first.
    write({ 'package.json': { name: '@s/b', version: '1.0.2' } }, '/w/node_modules/a/node_modules/@s/b');
    expect(digest()).not.toBe(after);
  });

  test('counts a linked dependency by its files', () => {
    write({ 'package.json': { ...PACKAGE, dependencies: { a: '*' } } });
    write(
      { 'package.json': { name: 'a', version: '1.0.0', files: ['lib'] }, 'lib/x.js': '1', 'README.md': '1' },
      '/w/packages/a',
    );
    fs.makeFolder('/w/node_modules');
    fs.makeLink('../packages/a', '/w/node_modules/a');
    const before = digest();
    write({ 'README.md': '2', 'src/x.ts': '2' }, '/w/packages/a');
    write({ 'package.json': { name: 'a', version: '2.0.0', files: ['lib'] } }, '/w/packages/a');
    expect(digest()).toBe(before);
    write({ 'lib/x.js': '2' }, '/w/packages/a');
    expect(digest()).not.toBe(before);
  });

  test('counts peers like dependencies, unless they are optional', () => {
    const peers = { peerDependencies: { p: '1', q: '1' }, peerDependenciesMeta: { q: { optional: true } } };
    write({ 'package.json': { ...PACKAGE, ...peers } });
    expect(mistakes()).toBe(
      'plugins/tab/package.json:8:5 plugin-manifest-invalid The plugin "tab" cannot be used: it needs the package "p", which is not installed. Run "npm install".',
    );
    write({ 'package.json': { name: 'p', version: '1.0.0' } }, '/w/node_modules/p');
    const before = digest();
    write({ 'package.json': { name: 'q', version: '1.0.0' } }, '/w/node_modules/q');
    expect(digest()).toBe(before);
    write({ 'package.json': { name: 'p', version: '1.1.0' } }, '/w/node_modules/p');
    expect(digest()).not.toBe(before);
  });

  test('dependencies that need each other are read once', () => {
    write({ 'package.json': { ...PACKAGE, dependencies: { a: '1' } } });
    write({ 'package.json': { name: 'a', version: '1.0.0', dependencies: { b: '1' } } }, '/w/node_modules/a');
    write({ 'package.json': { name: 'b', version: '1.0.0', dependencies: { a: '1' } } }, '/w/node_modules/b');
    expect(digest()).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('the sources', () => {
  const isCurrent = (sources: ReturnType<typeof read>['sources']) =>
    sources.every(({ path, kind, sha256 }) => digestSource(fs, path, kind).sha256 === sha256);

  test('are few, each once, and hold as long as nothing changes', () => {
    const { sources } = read();
    expect(sources.map(({ path, kind }) => `${kind} ${path.slice('/w/plugins/tab'.length)}`)).toEqual([
      'place ',
      'file /package.json',
      'file /wrangle.plugin.json',
      'file /schemas/profile.json',
      'listing /dist',
      'file /dist/profile.js',
      'file /dist/shared.js',
    ]);
    expect(isCurrent(sources)).toBe(true);
  });

  test.each<[string, () => void]>([
    ['a new file', () => write({ 'dist/new.js': '1' })],
    ['a removed file', () => fs.remove('/w/plugins/tab/dist/shared.js')],
    ['an edited file', () => write({ 'dist/shared.js': 'x' })],
    ['an edited manifest', () => write({ 'wrangle.plugin.json': withStage({ version: 3 }) })],
    ['an edited schema', () => write({ 'schemas/profile.json': {} })],
    [
      'another version of a dependency',
      () => write({ 'package.json': { name: 'a', version: '2.0.0' } }, '/w/node_modules/a'),
    ],
    [
      'a nearer dependency',
      () => write({ 'package.json': { name: 'a', version: '2.0.0' } }, '/w/plugins/tab/node_modules/a'),
    ],
  ])('do not hold after %s', (_, change) => {
    write({ 'package.json': { ...PACKAGE, dependencies: { a: '1' } } });
    write({ 'package.json': { name: 'a', version: '1.0.0' } }, '/w/node_modules/a');
    const { sources, diagnostics } = read();
    expect(diagnostics).toEqual([]);
    change();
    expect(isCurrent(sources)).toBe(false);
  });
});
