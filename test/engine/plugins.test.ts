// Stage types of plugin packages: what of a package makes its stages run again, and what does not.
import { describe, expect, test } from 'vitest';
import type { Behaviour, Run } from '../support/engine-project.ts';
import { EngineProject, succeed } from '../support/engine-project.ts';

interface ManifestParts {
  readonly stages?: object;
  readonly rest?: object;
}

const STAGE = { run: { node: './dist/up.js' }, inputs: { d: {} }, outputs: { o: {} } };

/** Two plugins, `text` with two stage types and `other` with one; three stages that use them, and one that runs a command. */
function project(): EngineProject {
  const made = new EngineProject();
  made.write({
    '.wranglerrc.yaml': 'version: 1\nplugins: { text: ./plugins/text, other: ./plugins/other }\n',
    in: '1',
    ...packageFiles('text', { stages: { up: STAGE, down: { ...STAGE, run: { node: './dist/down.js' } } } }),
    ...packageFiles('other', { stages: { up: STAGE } }),
  });
  made.pipeline({
    up: { uses: 'text/up', inputs: { d: 'in' }, outputs: { o: 'up.txt' } },
    down: { uses: 'text/down', inputs: { d: 'in' }, outputs: { o: 'down.txt' } },
    other: { uses: 'other/up', inputs: { d: 'in' }, outputs: { o: 'other.txt' } },
    plain: { inputs: { d: 'in' }, outputs: { o: 'plain.txt' } },
  });
  return made;
}

function packageFiles(name: string, { stages = {}, rest = {} }: ManifestParts): Record<string, string> {
  const dir = `plugins/${name}`;
  return {
    [`${dir}/package.json`]: packageJson(name, '0.1.0'),
    [`${dir}/wrangle.plugin.json`]: JSON.stringify({ protocol: 1, name, stages, ...rest }),
    [`${dir}/dist/up.js`]: 'up()',
    [`${dir}/dist/down.js`]: 'down()',
    [`${dir}/README.md`]: '# It',
  };
}

function packageJson(name: string, version: string): string {
  return JSON.stringify({ name, version, wrangle: { manifest: './wrangle.plugin.json' } });
}

/** Stage types have to say how it ended. */
const behave: Behaviour = (process) => {
  process.writes({ [process.spec.env['WRANGLE_RESULT'] ?? '']: '{"protocol":1,"status":"ok"}' });
  succeed(process);
  return 'done';
};

function build(project: EngineProject): Promise<Run> {
  return project.build({ behave });
}

async function ran(project: EngineProject): Promise<string[]> {
  const { outcomes } = await build(project);
  return Object.entries(outcomes)
    .flatMap(([id, outcome]) => (outcome === 'fresh' ? [] : [`${id} ${outcome}`]))
    .sort();
}

const ALL_OF_TEXT = ['down ran', 'up ran'];

test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
  ['its source', { 'plugins/text/dist/up.js': 'up(2)' }, ALL_OF_TEXT],
  ['a new file beside its source', { 'plugins/text/dist/lib/new.js': '1' }, ALL_OF_TEXT],
  [
    'what one stage type is in its manifest',
    packageFiles('text', {
      stages: { up: { ...STAGE, version: 2 }, down: { ...STAGE, run: { node: './dist/down.js' } } },
    }),
    ['up ran'],
  ],
  ['its README', { 'plugins/text/README.md': '#  It  \n' }, []],
  ['a README beside its source', { 'plugins/text/dist/README.md': '# x' }, []],
  ['its version alone', { 'plugins/text/package.json': packageJson('text', '0.2.0') }, []],
  [
    'how its manifest is written',
    {
      'plugins/text/wrangle.plugin.json': `${JSON.stringify({ stages: { down: { ...STAGE, run: { node: './dist/down.js' } }, up: STAGE }, name: 'text', protocol: 1 }, null, 4)}\n`,
    },
    [],
  ],
])('a change of %s', async (_, files, expected) => {
  const made = project();
  expect(await ran(made)).toHaveLength(4);
  expect(await ran(made)).toEqual([]);
  made.write(files);
  expect(await ran(made)).toEqual(expected);
  expect(await ran(made)).toEqual([]);
});

describe('an upgrade', () => {
  test('names both versions as the only cause, and going back is fresh', async () => {
    const made = project();
    await build(made);
    const before = { 'plugins/text/package.json': packageJson('text', '0.1.0'), 'plugins/text/dist/up.js': 'up()' };
    made.write({ 'plugins/text/package.json': packageJson('text', '0.2.0'), 'plugins/text/dist/up.js': 'up(2)' });
    const causes = await made.why('up');
    expect(
      causes.map(({ part, change, before: was, after }) => [part, change, was?.slice(0, 10), after?.slice(0, 10)]),
    ).toEqual([['code', 'changed', 'text 0.1.0', 'text 0.2.0']]);
    expect(await ran(made)).toEqual(ALL_OF_TEXT);
    made.write(before);
    expect(await made.why('up')).toEqual([]);
  });

  test('of a dependency runs the stages of those that need it', async () => {
    const made = project();
    const needs = (name: string) => ({
      [`plugins/${name}/package.json`]: JSON.stringify({
        ...JSON.parse(packageJson(name, '0.1.0')),
        dependencies: { lib: '*' },
      }),
    });
    const lib = (version: string) => ({ 'node_modules/lib/package.json': JSON.stringify({ name: 'lib', version }) });
    made.write({ ...needs('text'), ...lib('1.0.0') });
    await build(made);
    made.write(lib('1.0.1'));
    expect(await ran(made)).toEqual(ALL_OF_TEXT);
    // Linked, it counts by its files.
    made.write({
      'packages/lib/package.json': JSON.stringify({ name: 'lib', version: '1.0.1' }),
      'packages/lib/index.js': '1',
    });
    made.fs.remove('/w/node_modules/lib');
    made.fs.makeLink('../packages/lib', '/w/node_modules/lib');
    expect(await ran(made)).toEqual(ALL_OF_TEXT);
    made.write({ 'packages/lib/package.json': JSON.stringify({ name: 'lib', version: '1.0.2' }) });
    expect(await ran(made)).toEqual([]);
    made.write({ 'packages/lib/index.js': '2' });
    expect(await ran(made)).toEqual(ALL_OF_TEXT);
  });
});

describe('manifests that were checked are not checked again', () => {
  test('a pipeline that was edited finds what the last build found out', async () => {
    const made = project();
    await build(made);
    const { fs } = made;
    const kept = fs.readText('/w/.wrangle/frontend/plugins');
    expect(kept).toContain('"plugin":"text"');
    made.pipeline({ up: { uses: 'text/up', inputs: { d: 'in' }, outputs: { o: 'new.txt' } } });
    expect((await build(made)).outcomes).toEqual({ up: 'ran' });
    expect(fs.readText('/w/.wrangle/frontend/plugins')).toBe(kept);
  });

  test('until one of their files changes, or the settings do', async () => {
    const made = project();
    await build(made);
    made.write({ 'plugins/text/wrangle.plugin.json': JSON.stringify({ protocol: 3, name: 'text' }) });
    expect(await made.mistakes()).toContain(
      'plugins/text/wrangle.plugin.json:1:13 error[plugin-protocol-version] The plugin "text" speaks protocol 3, and wrangle 0.1.0 speaks 1.',
    );
    made.write({ ...packageFiles('text', { stages: { up: STAGE } }) });
    expect(await made.mistakes()).toContain('"text/down"');
  });

  test('what is damaged is read anew', async () => {
    const made = project();
    await build(made);
    made.write({ '.wrangle/frontend/plugins': 'x' });
    made.pipeline({ up: { uses: 'text/up', inputs: { d: 'in' }, outputs: { o: 'up.txt' } } });
    expect((await build(made)).outcomes).toEqual({ up: 'fresh' });
  });
});
