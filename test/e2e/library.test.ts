// The library `wrangle`: the example as it is shipped, and what becomes of failures, mistakes and wrong answers.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { BuildDocument, BuildOptions, ErrorDocument } from '../../src/index.ts';
import { openWorkspace } from '../../src/index.ts';
import { CliProject, REPOSITORY } from '../support/cli-project.ts';

function node(project: CliProject, ...args: string[]): string {
  return execFileSync(process.execPath, args, { cwd: project.dir, env: project.env, encoding: 'utf8' });
}

test('the example program builds, follows events, answers and reads metrics', () => {
  const project = new CliProject();
  cpSync(join(REPOSITORY, 'examples/program'), project.dir, { recursive: true });
  mkdirSync(project.path('node_modules'));
  symlinkSync(REPOSITORY, project.path('node_modules/wrangle'));
  expect(node(project, 'build.mjs')).toBe(`total is done
publish: Waits for an answer to "answer": The stage publish ended with exit code 42: it waits for an answer.
"publish" asks: The stage publish ended with exit code 42: it waits for an answer.
publish is done
done: 1 ran, 1 fresh
sum of 8 numbers: 31
`);
  expect(node(project, 'build.mjs')).toBe('done: 0 ran, 2 fresh\nsum of 8 numbers: 31\n');
  // Its types are those of the package, as an editor sees them.
  const options = ['--noEmit', '--allowJs', '--checkJs', '--strict', '--skipLibCheck', '--target', 'es2023'];
  const types = ['--types', 'node', '--typeRoots', join(REPOSITORY, 'node_modules/@types')];
  node(
    project,
    join(REPOSITORY, 'node_modules/typescript/bin/tsc'),
    ...options,
    ...types,
    '--module',
    'nodenext',
    'build.mjs',
  );
});

const PIPELINE = `stages:
  a:
    run: ./a.sh \${{ outputs.o }}
    inputs: { script: a.sh }
    outputs: { o: a.json }
    metrics: { n: "o#/n" }
  b: { run: "cp a.json \${{ outputs.o }}", inputs: { a: a.json }, outputs: { o: b.json } }
`;

function project(script: string): CliProject {
  return new CliProject().write({ 'pipeline.yaml': PIPELINE, 'a.sh': `#!/bin/sh\n${script}\n` });
}

function build(made: CliProject, options: BuildOptions = {}): Promise<BuildDocument | ErrorDocument> {
  execFileSync('chmod', ['+x', made.path('a.sh')]);
  return openWorkspace(made.dir).build({ file: 'pipeline.yaml', ...options });
}

describe('a build', () => {
  test('resolves to the document of "build --json"', async () => {
    const made = project(`echo '{"n":3}' >"$1"`);
    expect(await build(made)).toMatchObject({
      outcome: 'done',
      counts: { ran: 2 },
      stages: { a: { outcome: 'ran', metrics: { n: 3 } } },
    });
    const changing = { run_id: expect.any(String) as string, duration_ms: expect.any(Number) as number };
    const printed = (await made.run('build', 'pipeline.yaml', '--json')).json();
    expect(await build(made)).toEqual({ ...printed, ...changing });
  });

  test('builds just what is selected, but for what is excluded', async () => {
    const made = project(`echo '{"n":3}' >"$1"`);
    const stagesOf = async (options: BuildOptions) => {
      const result = (await build(made, options)) as BuildDocument;
      return Object.entries(result.stages).map(([id, { outcome }]) => `${id} ${outcome}`);
    };
    expect(await build(made, { select: ['b'] })).toMatchObject({ error: { code: 'producer-not-selected' } });
    expect(await stagesOf({ select: ['1+b'], exclude: ['b'] })).toEqual(['a ran']);
    expect(await stagesOf({ select: ['b'] })).toEqual(['b ran']);
  });

  test('does not throw for a stage that fails', async () => {
    const made = project('echo no >&2; exit 7');
    const document = await build(made);
    expect(document).toMatchObject({
      outcome: 'failed',
      stages: {
        a: { outcome: 'failed', failure: { code: 'exit-code', message: 'It ended with exit code 7.', tail: ['no'] } },
        b: { outcome: 'blocked' },
      },
    });
  });

  test('does not throw for mistakes, and says where they are', async () => {
    const made = project('');
    made.write({ 'pipeline.yaml': 'stages:\n  a: { run: x, rnu: y }\n' });
    expect(await build(made)).toMatchObject({
      error: { code: 'unknown-key', file: 'pipeline.yaml', line: 2, column: 16 },
    });
    expect(await build(made, { file: 'none.yaml' })).toMatchObject({ error: { code: 'file-not-found' } });
    expect(await openWorkspace(made.path('nowhere')).build()).toEqual({
      error: {
        code: 'usage',
        message: `There is no folder ${JSON.stringify(made.path('nowhere'))}.`,
        file: null,
        line: null,
        column: null,
        help: null,
      },
      diagnostics: [],
    });
  });

  test('takes answers all together or not at all', async () => {
    const made = project(`test -f "$WRANGLE_ANSWERS" || exit 42; cp "$WRANGLE_ANSWERS" "$1"`);
    made.write({ 'pipeline.yaml': PIPELINE.replace('run: ./a.sh', 'run: ANSWERS=$WRANGLE_ANSWERS ./a.sh') });
    expect(await build(made)).toMatchObject({ outcome: 'suspended', stages: { a: { question: { id: 'answer' } } } });
    expect(await build(made, { answers: { a: 'yes', c: 1 } })).toMatchObject({ error: { code: 'unknown-stage' } });
    expect(made.exists('answers')).toBe(false);
    expect(await build(made, { answers: { a: 'yes' } })).toMatchObject({ outcome: 'done' });
    expect(JSON.parse(made.read('b.json'))).toEqual({ answer: 'yes' });
  });

  test('is stopped by its signal, and by a listener that throws', async () => {
    const made = project(`sleep 60`);
    const stop = new AbortController();
    const stopped = await build(made, {
      signal: stop.signal,
      on_event: ({ event }) => event === 'task_started' && stop.abort(),
    });
    expect(stopped).toMatchObject({ outcome: 'interrupted', stages: { a: { outcome: 'cancelled' } } });
    const broken = build(made, {
      on_event: ({ event }) => {
        if (event === 'task_started') throw new TypeError('mine');
      },
    });
    await expect(broken).rejects.toThrow(new TypeError('mine'));
    made.write({ 'a.sh': `#!/bin/sh\necho '{"n":4}' >"$1"\n` });
    expect(await build(made)).toMatchObject({ outcome: 'done' });
  });
});

test('metrics are those of the last success, also of stages that did not run this time', async () => {
  const made = project(`echo '{"n":3}' >"$1"`);
  const read = () => openWorkspace(made.dir).metrics({ file: 'pipeline.yaml' });
  expect(await read()).toEqual({ pipeline: 'pipeline.yaml', stages: {} });
  await build(made);
  const before = { pipeline: 'pipeline.yaml', stages: { a: { n: 3 }, b: {} } };
  expect(await read()).toEqual(before);
  made.write({ 'a.sh': `#!/bin/sh\necho '{"n":4}' >"$1"\n` });
  await build(made);
  expect(await read()).toMatchObject({ stages: { a: { n: 4 } } });
  made.write({ 'a.sh': `#!/bin/sh\necho '{"n":3}' >"$1"\n` });
  expect(await build(made)).toMatchObject({ stages: { a: { outcome: 'restored', metrics: null } } });
  expect(await read()).toEqual(before);
  made.write({ 'pipeline.yaml': 'stages: 3\n' });
  expect(await read()).toMatchObject({ error: { code: 'wrong-type', line: 1 } });
});
