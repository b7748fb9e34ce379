// A pipeline of several files: which are read, what each of them is good for, what is wrong with how they hang together.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of wrangle are written that way
import { describe, expect, test } from 'vitest';
import { found, load, printed, stageOf, stagesOf } from './support.ts';

describe('include', () => {
  const B = 'params: { p: 1 }\ndefaults: { timeout: 1s }\nstages: { b: { run: "true" } }';

  test('joins files; defaults hold for their own', () => {
    const outcome = load('include: ./sub/b.yaml\nstages: { a: { run: "echo ${{ params.p }}" } }', {
      files: { 'sub/b.yaml': B },
    });
    expect(stagesOf(outcome).map(({ id, timeout_ms }) => [id, timeout_ms])).toEqual([
      ['b', 1000],
      ['a', undefined],
    ]);
    expect(outcome.sources.map(({ path }) => path)).toEqual(['/ws/p.yaml', '/ws/sub/b.yaml']);
  });

  test.each([
    ['itself', 'include: p.yaml\nstages: {}', {}, ['1:10 include-cycle']],
    ['what is not there', 'include: [x.yaml]\nstages: {}', {}, ['1:11 file-not-found']],
    ['what lies outside', 'include: ../secret.yaml\nstages: {}', {}, ['1:10 include-outside']],
    ['an address', 'include: https://x.org/p.yaml\nstages: {}', {}, ['1:10 file-not-found']],
    ['a stage twice', 'include: b.yaml\nstages: { b: { run: x } }', { 'b.yaml': B }, ['2:11 duplicate-stage']],
    ['a param twice', 'include: b.yaml\nparams: { p: 2 }', { 'b.yaml': B }, ['2:11 duplicate-param']],
    [
      'a pool with other limits',
      'include: b.yaml\npools: { web: { slots: 2 } }',
      { 'b.yaml': 'pools: { web: { slots: 3 } }' },
      ['2:10 duplicate-pool'],
    ],
    ['a circle of two', 'include: b.yaml', { 'b.yaml': 'include: p.yaml' }, ['1:10 include-cycle']],
  ])('of %s is a mistake', (_, text, files, expected) => {
    expect(found(load(text, { files: files as { [path: string]: string } }))).toEqual(expected);
  });

  test('of pools: all files see them, and the same limits twice are one pool', () => {
    const files = { 'b.yaml': 'pools: { web: { slots: 2, rate: 120/m } }\nstages: { b: { run: x, pool: own } }' };
    const text =
      'include: b.yaml\npools: { own: { rate: 0.5/h }, web: { rate: 2/s, slots: 2 } }\nstages: { a: { run: x, pool: web } }';
    const outcome = load(text, { files });
    expect(outcome.pipeline?.pools).toEqual({
      web: { slots: 2, start_every_ms: 500 },
      own: { start_every_ms: 7_200_000 },
    });
    expect(stagesOf(outcome).map(({ pool }) => pool)).toEqual(['own', 'web']);
  });

  test('of one file by two is no circle', () => {
    const files = { 'b.yaml': 'include: d.yaml', 'c.yaml': 'include: d.yaml', 'd.yaml': 'stages: { d: { run: x } }' };
    expect(stagesOf(load('include: [b.yaml, c.yaml]', { files })).map(({ id }) => id)).toEqual(['d']);
  });

  test('may be a thousand files deep', () => {
    const files: { [path: string]: string } = {};
    for (let n = 0; n < 990; n++)
      files[`f${n}.yaml`] = n < 989 ? `include: f${n + 1}.yaml` : 'stages: { last: { run: x } }';
    expect(stagesOf(load('include: f0.yaml', { files })).map(({ id }) => id)).toEqual(['last']);
    files['f989.yaml'] = 'include: f990.yaml';
    for (let n = 990; n < 1100; n++) files[`f${n}.yaml`] = `include: f${n + 1}.yaml`;
    expect(found(load('include: f0.yaml', { files }))).toEqual(['1:10 too-many-includes']);
  });

  test('of includes: each path starts at its own file, and all see what any declares', () => {
    const files = {
      'sub/b.yaml':
        'include: [deep/c.yaml, ../d.yaml]\nstages: { b: { run: "x ${{ params.p }} ${{ stages.a.outputs.o }}" } }',
      'sub/deep/c.yaml': 'include: ../../d.yaml\nparams: { p: 1 }\nstages: { c: { run: x, needs: [d, a] } }',
      'd.yaml': 'stages: { d: { run: x } }',
    };
    const outcome = load(
      'include: [sub/b.yaml, ./sub/b.yaml]\nstages: { a: { run: "x > ${{ outputs.o }}", outputs: { o: o } } }',
      {
        files,
      },
    );
    expect(stagesOf(outcome).map(({ id, origin }) => `${origin.file} ${id}`)).toEqual([
      'd.yaml d',
      'sub/deep/c.yaml c',
      'sub/b.yaml b',
      'p.yaml a',
    ]);
    expect(stageOf(outcome, 'b')).toMatchObject({
      action: { command: ['x 1 o'] },
      inputs: [{ items: [{ path: 'o' }] }],
    });
    expect(outcome.sources.map(({ path }) => path)).toEqual([
      '/ws/p.yaml',
      '/ws/sub/b.yaml',
      '/ws/sub/deep/c.yaml',
      '/ws/d.yaml',
    ]);
  });

  test('that cannot be followed is told where it stands, with what to write', () => {
    const files = {
      'sub/b.yaml': 'include: [sub/c.yaml, ./cc.yaml, c.yml, ../b.yaml]\nstages: {}',
      'sub/c.yaml': 'stages: {}',
      'sub/list.yaml': '- a',
      'sub/empty.yaml': '# nothing',
      'circle.yaml': 'include: [sub/round.yaml]',
      'sub/round.yaml': 'include: ../circle.yaml',
    };
    const text =
      'include:\n- sub/b.yaml\n- "${{ params.file }}.yaml"\n- sub/*.yaml\n- sub\n- sub/list.yaml\n- sub/empty.yaml\n- circle.yaml\n';
    expect(printed(load(text, { files }))).toMatchInlineSnapshot(`
      "p.yaml:3:3 error[invalid-value] An include is a plain path; an expression has no meaning in it.
      - "\${{ params.file }}.yaml"
        ~~~~~~~~~~~~~~~~~~~~~~~~~
        help: Files are read before params have values: include them all, and choose among their stages.

      p.yaml:4:3 error[invalid-value] An include is the path of one file, not a pattern.
      - sub/*.yaml
        ~~~~~~~~~~
        help: Write a list of files.

      p.yaml:5:3 error[not-a-file] "sub" is a folder, not a file.
      - sub
        ~~~

      sub/b.yaml:1:11 error[file-not-found] There is no file "sub/sub/c.yaml".
      include: [sub/c.yaml, ./cc.yaml, c.yml, ../b.yaml]
                ~~~~~~~~~~
        help: Did you mean "c.yaml"?

      sub/b.yaml:1:23 error[file-not-found] There is no file "sub/cc.yaml".
      include: [sub/c.yaml, ./cc.yaml, c.yml, ../b.yaml]
                            ~~~~~~~~~
        help: Did you mean "c.yaml"?

      sub/b.yaml:1:34 error[file-not-found] There is no file "sub/c.yml".
      include: [sub/c.yaml, ./cc.yaml, c.yml, ../b.yaml]
                                       ~~~~~
        help: Did you mean "c.yaml"?

      sub/b.yaml:1:41 error[file-not-found] There is no file "b.yaml".
      include: [sub/c.yaml, ./cc.yaml, c.yml, ../b.yaml]
                                              ~~~~~~~~~
        help: Did you mean "../p.yaml"?

      sub/empty.yaml:1:1 error[file-empty] There is no pipeline in this file.
      # nothing
      ~
        help: Declare a stage under "stages"; "wrangle init" writes an example.

      sub/list.yaml:1:1 error[wrong-type] The file must be a mapping, not a list.
      - a
      ~~~

      sub/round.yaml:1:10 error[include-cycle] Files include each other in a circle: circle.yaml -> sub/round.yaml -> circle.yaml.
      include: ../circle.yaml
               ~~~~~~~~~~~~~~
        help: Move what both need into a third file.
      "
    `);
  });

  test('that is not there hides what it declares, so nobody is told that this is missing', () => {
    const uses =
      'stages: { a: { run: "x ${{ params.p }} ${{ stages.b.outputs.o }} ${{ env.NONE }}", needs: [b], pool: web } }';
    const params = [{ name: 'p', text: '1' }];
    expect(found(load(`include: b.yaml\n${uses}`, { params }))).toEqual(['1:10 file-not-found', '2:66 unset-variable']);
    const files = { 'b.yaml': 'stages: { b: { run: "x }' };
    expect(found(load(`include: b.yaml\n${uses}`, { params, files }))).toEqual([
      '1:25 yaml-syntax',
      '2:66 unset-variable',
    ]);
    expect(found(load(uses, { params }))).toEqual([
      '1:102 unknown-reference',
      '1:24 unknown-reference',
      '1:40 unknown-reference',
      '1:66 unset-variable',
      '1:92 unknown-reference',
      'undefined:undefined unknown-param',
    ]);
  });
});

describe('defaults', () => {
  test('hold for the stages of their own file, whichever it is included by', () => {
    const files = {
      'b.yaml':
        'defaults: { timeout: 1s, shell: sh, env: { A: b }, tags: [b], pool: own, on_failure: continue, transaction: t }\nstages: { b: { run: x, env: { B: b } }, bb: { run: x, timeout: 2s, pool: web } }',
      'c.yaml': 'include: b.yaml\nstages: { c: { run: x } }',
    };
    const text =
      'include: c.yaml\npools: { own: { slots: 1 }, web: { slots: 2 } }\ndefaults: { timeout: 1m, env: { A: a }, labels: { of: main } }\nstages: { a: { run: x, env: { B: a } } }';
    const shown = stagesOf(load(text, { files })).map(
      ({ id, timeout_ms, action, env, tags, pool, on_failure, transaction, labels }) => {
        const shell = action.kind === 'shell' ? action.shell : undefined;
        return { id, timeout_ms, shell, env, tags, pool, on_failure, transaction, labels: { ...labels } };
      },
    );
    const b = { id: 'b', timeout_ms: 1000, shell: 'sh', env: { A: ['b'], B: ['b'] }, tags: ['b'], pool: 'own' };
    const rest = { on_failure: 'continue', transaction: 't', labels: {} };
    const plain = { shell: 'bash', tags: [], pool: undefined, on_failure: 'halt', transaction: undefined };
    expect(shown).toEqual([
      { ...b, ...rest },
      { ...b, ...rest, id: 'bb', timeout_ms: 2000, env: { A: ['b'] }, pool: 'web' },
      { ...plain, id: 'c', timeout_ms: undefined, env: {}, labels: {} },
      { ...plain, id: 'a', timeout_ms: 60_000, env: { A: ['a'], B: ['a'] }, labels: { of: 'main' } },
    ]);
  });

  test('of a file without stages do nothing, which is said', () => {
    const files = { 'b.yaml': 'stages: { b: { run: x } }' };
    expect(printed(load('include: b.yaml\ndefaults: { timeout: 1m }\n', { files }))).toMatchInlineSnapshot(`
      "p.yaml:2:1 warning[unused-defaults] "defaults" hold for the stages of their own file, and this file has none.
      defaults: { timeout: 1m }
      ~~~~~~~~
        help: Write them in the files that declare the stages.
      "
    `);
    expect(found(load('stages: {}\ndefaults: {}\n'))).toEqual([]);
  });

  test('may have expressions, worked out for each stage', () => {
    const text =
      'params: { p: 2 }\ndefaults: { timeout: "${{ params.p }}s", env: { K: "${{ has(matrix.k) ? matrix.k : \'\' }}" } }';
    const outcome = load(`${text}\nstages: { a: { run: x, matrix: { k: [1, 2] } } }`);
    expect(stagesOf(outcome).map(({ timeout_ms, env }) => [timeout_ms, env['K']])).toEqual([
      [2000, ['1']],
      [2000, ['2']],
    ]);
  });
});
