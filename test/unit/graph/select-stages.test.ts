// Which stages a selector means: as dbt's documentation has it, and as a search that walks every path finds it.
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { printDiagnostics } from '../../../src/diagnostics/print.ts';
import { StageSelector } from '../../../src/graph/select-stages.ts';
import { difference, type StageSet } from '../../../src/graph/stage-set.ts';
import type { StageGraph } from '../../../src/model/graph.ts';
import { neighboursOf } from '../../../src/model/graph.ts';
import { declaredId } from '../../../src/model/instance.ts';
import type { Foreach, Stage, StageAction } from '../../../src/model/pipeline.ts';
import type { StageState, StageStates } from '../../../src/model/stage-state.ts';
import { makeStage } from '../../support/make-stage.ts';

function graphOf(stages: readonly Stage[]): StageGraph {
  const made = { stages, item_producers: stages.map(() => []) };
  return { pipeline: { file: 'pipeline.yaml', params: {} }, ...made, ...neighboursOf(made) };
}

const uses = (type: string): StageAction => ({ kind: 'type', type, with: { map: {} } });
const FOREACH: Foreach = { in: { name: 'in', list: false, items: [] }, batch: 1 };

/*
 *  fetch ──> clean ──> stats ────────────> report ──> publish
 *              └─────> fit@1,a ─┬─> score ───┘
 *                      fit@2,a ─┘
 *  urls ───> page (one for each item) ──> gather
 */
const GRAPH = graphOf([
  makeStage('fetch', { outputs: { raw: 'data/raw.csv' }, tags: ['nightly', 'web'] }),
  makeStage('urls', { outputs: { list: 'build/urls.csv' } }),
  makeStage('clean', { needs: ['fetch'], outputs: { csv: 'build/clean.csv' }, action: uses('tabular/query') }),
  makeStage('page', { needs: ['urls'], foreach: FOREACH, outputs: { html: 'build/pages/*.html' }, tags: ['web'] }),
  makeStage('fit@1,a', { needs: ['clean'], outputs: { model: 'models/1a/' }, action: uses('ml/fit') }),
  makeStage('fit@2,a', { needs: ['clean'], outputs: { model: 'models/2a/' }, action: uses('ml/fit') }),
  makeStage('gather', { needs: ['page'], outputs: { all: 'build/all.html' } }),
  makeStage('stats', { needs: ['clean'], tags: ['nightly'], action: uses('tabular/profile') }),
  makeStage('score', { needs: ['fit@1,a', 'fit@2,a'], outputs: { csv: 'build/scores/a.csv' } }),
  makeStage('report', { needs: ['stats', 'score'], outputs: { html: 'build/report.html' } }),
  makeStage('publish', { needs: ['report'], tags: ['c++'] }),
]);

const STATES: StageStates = new Map<string, ReadonlySet<StageState>>([
  ['fetch', new Set(['fresh'])],
  ['stats', new Set(['stale', 'run', 'failed'])],
  ['report', new Set(['stale', 'may-run'])],
  ['publish', new Set(['stale', 'may-run', 'new'])],
  ['page@x', new Set(['stale', 'run'])],
  ['page@y', new Set(['fresh'])],
]);

const ITEMS = ['page@x', 'page@y', 'page@yy'];

/** Ids; instances of the fan-out one by one, unless it is there whole. */
function idsOf(graph: StageGraph, set: StageSet): string {
  const ids = [...set]
    .sort(([a], [b]) => a - b)
    .flatMap(([at, part]) => {
      const { id } = graph.stages[at] as Stage;
      return part === 'whole' ? [id] : ITEMS.filter((item) => declaredId(item) === id && part.has(item));
    });
  return ids.join(' ');
}

async function selected(...words: string[]): Promise<string> {
  const { stages, mistakes } = await new StageSelector(GRAPH, async () => STATES).select(words);
  expect(mistakes).toEqual([]);
  return idsOf(GRAPH, stages);
}

describe('what dbt documents, and instances', () => {
  test.each([
    ['report', 'report'],
    ['+report', 'fetch clean fit@1,a fit@2,a stats score report'],
    ['1+report', 'stats score report'],
    ['2+report', 'clean fit@1,a fit@2,a stats score report'],
    ['0+report', 'report'],
    ['report+', 'report publish'],
    ['clean+1', 'clean fit@1,a fit@2,a stats'],
    ['1+clean+1', 'fetch clean fit@1,a fit@2,a stats'],
    ['+stats+', 'fetch clean stats report publish'],
    ['@stats', 'fetch clean fit@1,a fit@2,a stats score report publish'],
    ['@clean', 'fetch clean fit@1,a fit@2,a stats score report publish'],
    ['@page', 'urls page gather'],
    ['fit', 'fit@1,a fit@2,a'],
    ['fit@1,a', 'fit@1,a'],
    ['fit@1,a,fit', 'fit@1,a'],
    ['fit@1,a,tag:web', ''],
    ['fit@*', 'fit@1,a fit@2,a'],
    ['fit@?,a', 'fit@1,a fit@2,a'],
    ['fit@[13-9],*', 'fit@1,a'],
    ['2+fit@2,a+1', 'fetch clean fit@2,a score'],
    ['page', 'page'],
    ['page@x', 'page@x'],
    ['page@y*', 'page@y page@yy'],
    ['page@*', 'page'],
    ['p*@x', 'page@x'],
    ['+page@x+', 'urls page@x gather'],
    ['@page@x', 'urls page gather'],
    ['tag:nightly', 'fetch stats'],
    ['tag:nightly+1', 'fetch clean stats report'],
    ['tag:*', 'fetch page stats publish'],
    ['tag:c??', 'publish'],
    ['uses:tabular/*', 'clean stats'],
    ['uses:ml/fit', 'fit@1,a fit@2,a'],
    ['path:build/*', 'urls clean page gather score report'],
    ['path:build/*.csv', 'urls clean'],
    ['path:build', 'urls clean page gather score report'],
    ['path:./build/scores/', 'score'],
    ['path:build/pages/a.html', 'page'],
    ['path:build/pages', 'page'],
    ['path:**/*.html', 'page gather report'],
    ['state:stale', 'page@x stats report publish'],
    ['state:failed+', 'stats report publish'],
    ['state:may-*', 'report publish'],
    ['1+state:stale', 'urls clean page@x stats score report publish'],
    ['+stats,+score', 'fetch clean'],
    ['state:stale,tag:nightly+', 'stats report publish'],
    ['state:stale,page', 'page@x'],
    ['page@*,page@y,state:fresh', 'page@y'],
    ['stats,score', ''],
    ['*', 'fetch urls clean page fit@1,a fit@2,a gather stats score report publish'],
    ['*s', 'urls stats'],
    ['[!a-s]*', 'urls'],
    ['stats  score', 'stats score'],
  ])('%s', async (selector, stages) => {
    expect(await selected(selector)).toBe(stages);
  });

  test('several words are a union', async () => {
    expect(await selected('tag:web', 'stats report')).toBe('fetch page stats report');
  });
});

test('what a set is without another, instances one by one', async () => {
  const selector = new StageSelector(GRAPH, async () => STATES);
  const less = async (a: string, b: string) =>
    idsOf(GRAPH, difference((await selector.select([a])).stages, (await selector.select([b])).stages));
  expect(await less('page gather', 'page@y')).toBe('page@x page@yy gather');
  expect(await less('page@x page@y', 'page@x')).toBe('page@y');
  expect(await less('page@x', 'page')).toBe('');
  expect(await less('@page', 'state:stale')).toBe('urls page@y page@yy gather');
});

test('how stages are is asked once, and only where it counts', async () => {
  const states = vi.fn(async () => STATES);
  const selector = new StageSelector(GRAPH, states);
  await selector.select(['@clean,tag:nightly']);
  expect(states).toHaveBeenCalledTimes(0);
  await selector.select(['state:stale state:fresh', 'state:new']);
  expect(states).toHaveBeenCalledTimes(1);
});

test('every mistake is told, with the nearest right name', async () => {
  const names = ['claen+', 'fit@1,b', 'pgae@x', 'tag:nightyl,uses:tabular/qurey', 'path:build/clena.csv'];
  const words = [...names, 'state:stael', 'state:sideways', 'tga:web', 'colour:red', '@clean+', '+', 'clean,,stats'];
  const { mistakes } = await new StageSelector(GRAPH, async () => STATES).select(words);
  expect(printDiagnostics(mistakes, new Map(), { color: false, width: undefined })).toMatchInlineSnapshot(`
    "error[selector-syntax] The selector "" names no stage.
      help: "wrangle help selectors" says how stages are selected.

    error[selector-syntax] The selector "+" names no stage.
      help: "wrangle help selectors" says how stages are selected.

    error[selector-syntax] The selector "@clean+" stands for everything before and behind it.
      help: Leave out "@", or the "+".

    error[unknown-selector] Stages cannot be selected by "colour:".
      help: There are "tag:", "uses:", "path:", "state:".

    error[unknown-selector] Stages cannot be selected by "tga:".
      help: Did you mean "tag:"?

    error[unknown-stage] The pipeline has no stage "claen".
      help: Did you mean "clean"?

    error[unknown-stage] The pipeline has no stage "fit@1,b".
      help: Did you mean "fit@1,a"?

    error[unknown-stage] The pipeline has no stage "pgae@x".
      help: Did you mean "page@x"?

    error[unknown-stage-tag] No stage has the tag "nightyl".
      help: Did you mean "nightly"?

    error[unknown-state] "sideways" is no state of a stage.
      help: States are fresh, stale, run, may-run, restore, new, failed, blocked, suspended, degraded, skipped, interrupted.

    error[unknown-state] "stael" is no state of a stage.
      help: Did you mean "stale"?

    error[unmade-path] No stage makes "build/clena.csv".
      help: Did you mean "build/clean.csv"?

    error[unused-type] No stage uses "tabular/qurey".
      help: Did you mean "tabular/query"?
    "
  `);
});

test('a pattern that nothing fits is told, and is no mistake', async () => {
  const selector = new StageSelector(GRAPH, async () => STATES);
  const { stages, mistakes, notes } = await selector.select(['claen_*', 'tag:x*', 'stats']);
  expect(mistakes).toEqual([]);
  expect(idsOf(GRAPH, stages)).toBe('stats');
  expect(notes).toEqual(['No stage fits "claen_*".', 'No stage fits "tag:x*".']);
});

interface Drawn {
  readonly what: string;
  readonly isAt: boolean;
  readonly up: string | undefined;
  readonly down: string | undefined;
}

/** Producers have smaller numbers. */
const randomGraph = fc
  .integer({ min: 1, max: 9 })
  .chain((size) =>
    fc
      .tuple(
        ...Array.from({ length: size }, (_, at) =>
          fc.record({ needs: fc.subarray([...Array(at).keys()]), tags: fc.subarray(['t', 'u']) }),
        ),
      )
      .map((drawn) =>
        graphOf(
          drawn.map(({ needs, tags }, at) => makeStage(`s${at}`, { needs: needs.map((from) => `s${from}`), tags })),
        ),
      ),
  );
const generation = fc.option(fc.constantFrom('', '0', '1', '2', '3'), { nil: undefined });
const randomCriterion: fc.Arbitrary<Drawn> = fc.record({
  what: fc.constantFrom('s0', 's*', 's[1-4]', 'tag:t*', 'tag:u*', 'tag:?'),
  isAt: fc.boolean(),
  up: generation,
  down: generation,
});

function isMeant({ id, tags }: Stage, what: string): boolean {
  if (what === 's*') return true;
  if (what === 's[1-4]') return /^s[1-4]$/.test(id);
  return what.startsWith('tag:') ? tags.some((tag) => what === 'tag:?' || what === `tag:${tag}*`) : id === what;
}

/** Steps from a stage to one that leads to it; all ways are tried. */
function distance(graph: StageGraph, from: number, to: number): number {
  if (from === to) return 0;
  const ways = (graph.producers[from] ?? []).map((next) => distance(graph, next, to));
  return 1 + Math.min(Number.POSITIVE_INFINITY, ...ways);
}

function naive(graph: StageGraph, { what, isAt, up, down }: Drawn, at: number): boolean {
  const all = [...graph.stages.keys()];
  const start = all.filter((one) => isMeant(graph.stages[one] as Stage, what));
  const leads = (from: number, to: number) => Number.isFinite(distance(graph, to, from));
  if (isAt) return all.some((one) => start.some((from) => leads(from, one)) && leads(at, one));
  const within = (steps: number, digits: string | undefined) =>
    digits !== undefined && Number.isFinite(steps) && (digits === '' || steps <= Number(digits));
  return start.some(
    (from) => from === at || within(distance(graph, from, at), up) || within(distance(graph, at, from), down),
  );
}

function written({ what, isAt, up, down }: Drawn): string {
  if (isAt) return `@${what}`;
  return `${up === undefined ? '' : `${up}+`}${what}${down === undefined ? '' : `+${down}`}`;
}

test('property: the same as a search that walks every path', async () => {
  const sets = fc.array(fc.array(randomCriterion, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(randomGraph, sets, async (graph, union) => {
      const text = union.map((both) => both.map(written).join(',')).join(' ');
      const { stages, mistakes } = await new StageSelector(graph, async () => new Map()).select([text]);
      expect(mistakes).toEqual([]);
      const expected = [...graph.stages.keys()].filter((at) =>
        union.some((both) => both.every((criterion) => naive(graph, criterion, at))),
      );
      expect([...stages.keys()].sort((a, b) => a - b)).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});
