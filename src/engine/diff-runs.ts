/**
 * `diff`: what is different between two runs, and where it began (design-notes, "What changed between two runs"). Needs no
 * pipeline, only the records of runs and of actions. Looks, changes nothing.
 */
import { nearest } from '../diagnostics/suggest.ts';
import { declaredId, isInstanceId } from '../model/instance.ts';
import type { MetricDiff, OutputDiff, RunDiff, UnwellStage, ValueChange } from '../model/run-diff.ts';
import type { RunRecord, RunSummary } from '../model/run-record.ts';
import type { ActionRecord } from '../store/action-cache.ts';
import { ActionCache } from '../store/action-cache.ts';
import { readIndex } from '../store/index-file.ts';
import { stateLayout } from '../store/layout.ts';
import { findRun } from '../store/run-records.ts';
import type { Json } from '../util/canonical-json.ts';
import { canonicalJson } from '../util/canonical-json.ts';
import { compareText } from '../util/compare.ts';
import { quoteName } from '../util/harmless-text.ts';
import type { EnginePorts } from './ports.ts';
import type { Invalid } from './requests.ts';
import type { LookUp, StagePair } from './run-diff/compare-stages.ts';
import { compareOutputs, outputsOf, whyDifferent } from './run-diff/compare-stages.ts';
import type { DifferentStage } from './run-diff/first-causes.ts';
import { traceBack } from './run-diff/first-causes.ts';
import type { PastResult } from './run-diff/past-results.ts';
import { RunHistory, replacedBy } from './run-diff/past-results.ts';

export interface DiffRequest {
  /** Each an id, its beginning, `last`, or `last~1`. */
  readonly before: string;
  readonly after: string;
  /** A stage, or a path from the workspace; undefined: everything. */
  readonly output: { readonly name: string; readonly path: string } | undefined;
}

export type DiffReport =
  | { readonly status: 'compared'; readonly diff: RunDiff }
  | {
      readonly status: 'unknown-run';
      readonly wanted: string;
      /** Runs that it could mean; none: there is no such run. */
      readonly candidates: readonly string[];
      readonly suggestion: string | undefined;
    }
  /** What it did is not kept any more. */
  | { readonly status: 'gone'; readonly run: RunSummary }
  | { readonly status: 'unknown-output'; readonly wanted: string; readonly suggestion: string | undefined }
  | Invalid;

export async function diffRuns(ports: EnginePorts, dir: string, request: DiffRequest): Promise<DiffReport> {
  const { loadSettingsAlone } = await import('./load-sources.ts');
  const { settings, mistakes } = loadSettingsAlone(ports, dir);
  if (mistakes.diagnostics.some(({ severity }) => severity === 'error')) return { status: 'invalid', mistakes };
  const layout = stateLayout(dir, settings.cacheFolder);
  const builder = ports.lock.holder(layout.lock);
  const found = [request.before, request.after].map((wanted) => findRun(ports.fs, layout.state, wanted, builder));
  const history = new RunHistory(ports.fs, layout.state, builder);
  for (const [at, one] of found.entries()) {
    if (one.ok) continue;
    const wanted = at === 0 ? request.before : request.after;
    const isCounted = /^last(?:~\d+)?$/.test(wanted);
    const ids = one.error.length > 0 || isCounted ? [] : ['last', ...history.runs.map(({ run_id }) => run_id)];
    return { status: 'unknown-run', wanted, candidates: one.error, suggestion: nearest(wanted, ids) };
  }
  const [before, after] = found.flatMap((one) => (one.ok ? [one.value] : [])) as [RunSummary, RunSummary];
  const gone = [before, after].find((run) => history.isGone(run));
  if (gone) return { status: 'gone', run: gone };

  const notes: string[] = [];
  const compared = pairsOf(history, before, after, notes);
  const actions = new ActionCache(ports.fs, layout.store, '');
  const different = differentStages(compared, remembering(actions));
  const outputs = different.flatMap((stage) => stage.outputs).sort((a, b) => compareText(a.path, b.path));
  const asked = request.output;
  const wanted = asked === undefined ? [] : outputs.filter((output) => isAbout(output, asked));
  if (asked !== undefined && wanted.length === 0) {
    const index = readIndex(ports.fs, layout.index, ports.bootId).outputs;
    const known = [...index].map(([path, { stage }]) => ({ path, stage }));
    const touched = compared.flatMap(({ id, before: was, after: is }) =>
      [...outputsOf(was), ...outputsOf(is)].map(({ path }) => ({ path, stage: id })),
    );
    const all = [...known, ...touched];
    if (!all.some((output) => isAbout(output, asked))) {
      const names = new Set(all.flatMap(({ path, stage }) => [path, stage, declaredId(stage)]));
      return { status: 'unknown-output', wanted: asked.name, suggestion: nearest(asked.path, names) };
    }
  }
  const isNothing = asked !== undefined && wanted.length === 0;
  const { stages, firstCauses } = isNothing ? { stages: [], firstCauses: [] } : traceBack(different, wanted);
  const [was, is] = [history.record(before), history.record(after)];
  const members = { before: membersOf(was), after: membersOf(is) };
  const { metrics, same } = compareMetrics(compared, actions);
  return {
    status: 'compared',
    diff: {
      before,
      after,
      asked: asked?.name,
      params: hasParams(was) && hasParams(is) ? compareValues(was.params, is.params) : [],
      outputs: asked === undefined ? outputs : wanted,
      first_causes: firstCauses,
      stages,
      metrics,
      same_metrics: same,
      unwell: unwellStages([before, was], [after, is]),
      only_before: onlyIn(members.before, members.after),
      only_after: onlyIn(members.after, members.before),
      notes,
      instances: countInstances(members.after ?? members.before ?? new Set(stages.map(({ id }) => id))),
    },
  };
}

/** More stages of which nothing is known are counted. */
const NAMED_MAX = 5;

/** Every stage of which something was done between the two. */
function pairsOf(history: RunHistory, before: RunSummary, after: RunSummary, notes: string[]): StagePair[] {
  for (const run of [before, after]) {
    if (run.outcome === 'running') notes.push(`Run ${run.run_id} goes on; what it has not done yet is not compared.`);
    if (run.outcome === 'interrupted') {
      notes.push(`Run ${run.run_id} was stopped before its end; what it had not reached counts as it was before.`);
    }
  }
  if (before.run_id === after.run_id) return [];
  const isBackwards = history.between(before, after).length === 0;
  const [older, newer] = isBackwards ? [after, before] : [before, after];
  const between = history.between(older, newer);
  for (const run of between) {
    if (history.isGone(run)) notes.push(`What run ${run.run_id} did is not kept, so what it changed is not known.`);
  }
  const turned = (pairs: StagePair[]): StagePair[] =>
    isBackwards ? pairs.map((pair) => ({ ...pair, before: pair.after, after: pair.before })) : pairs;

  if (older.pipeline !== newer.pipeline) {
    notes.push(
      `The runs are of two pipelines, ${quoteName(before.pipeline)} and ${quoteName(after.pipeline)}; stages of the same name are compared.`,
    );
    const was = history.resultsAt(older, older.pipeline, membersOf(history.record(older)));
    const is = history.resultsAt(newer, newer.pipeline, membersOf(history.record(newer)));
    // What only the first had is named, and made nothing of what the second did.
    const [all, other] = isBackwards ? [was, history.record(newer)] : [is, history.record(older)];
    const fresh = new Set(other?.fresh);
    const pairs = [...all.of.keys()].map((id) => ({ id, before: was.of.get(id), after: is.of.get(id) }));
    return turned(
      onlyKnown(pairs, notes, ({ id, before: one, after: two }) => {
        return (one && two) !== undefined || !((isBackwards ? is : was).isCut || fresh.has(id));
      }),
    );
  }
  const { pipeline } = newer;
  const touched = new Set<string>();
  /** The first of the runs between that did anything to it. */
  const firstTouch = new Map<string, RunRecord>();
  for (const run of between) {
    const record = history.record(run);
    for (const id of history.touchedIn(run, pipeline)) {
      touched.add(id);
      if (record && !firstTouch.has(id)) firstTouch.set(id, record);
    }
  }
  const was = history.resultsAt(older, pipeline, touched);
  const is = history.resultsAt(newer, pipeline, touched);
  const pairs = [...touched].map((id): StagePair => {
    const [then, record] = [was.of.get(id), firstTouch.get(id)];
    return { id, before: then ?? (record && replacedBy(record, id)), after: is.of.get(id) };
  });
  return turned(
    onlyKnown(pairs, notes, ({ id, before: then, after: now }) => {
      // The record of one that made it says what lay there; of one that undid another one, what was undone does.
      const isThenKnown = then !== undefined || !was.isCut || firstTouch.get(id)?.undoes === null;
      return isThenKnown && (now !== undefined || !is.isCut);
    }),
  );
}

/** What is not known differs in nothing that could be told. */
function onlyKnown(pairs: readonly StagePair[], notes: string[], isKnown: (pair: StagePair) => boolean): StagePair[] {
  const known = pairs.filter(isKnown);
  const unknown = [...new Set(pairs.filter((pair) => !isKnown(pair)).map(({ id }) => declaredId(id)))].sort(
    compareText,
  );
  if (unknown.length > 0) {
    const names = unknown.length > NAMED_MAX ? `${unknown.length} stages` : unknown.map(quoteName).join(', ');
    notes.push(`What ${names} had made is not compared, since the run that made it is not kept.`);
  }
  return known;
}

function differentStages(pairs: readonly StagePair[], lookUp: LookUp): DifferentStage[] {
  return pairs.flatMap((pair): DifferentStage[] => {
    const outputs = compareOutputs(pair);
    if (outputs.length === 0) return [];
    return [{ ...pair, ...whyDifferent(pair, lookUp), outputs }];
  });
}

/** Records may be asked for twice; a damaged one is as good as none. */
function remembering(actions: ActionCache): LookUp {
  const known = new Map<string, ActionRecord | undefined>();
  return (fingerprint) => {
    if (!known.has(fingerprint)) known.set(fingerprint, actions.read(fingerprint));
    return known.get(fingerprint);
  };
}

/** One that undid another one was given none. */
function hasParams(record: RunRecord | undefined): record is RunRecord {
  return record !== undefined && record.undoes === null;
}

/** Undefined: it is not known, since the run did nothing or was stopped. */
function membersOf(record: RunRecord | undefined): ReadonlySet<string> | undefined {
  if (!record?.fresh || record.undoes !== null) return undefined;
  return new Set([...Object.keys(record.stages), ...record.fresh, ...Object.keys(record.skipped)]);
}

function onlyIn(these: ReadonlySet<string> | undefined, others: ReadonlySet<string> | undefined): string[] {
  if (!these || !others) return [];
  return [...these].filter((id) => !others.has(id)).sort(compareText);
}

function countInstances(ids: ReadonlySet<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const id of ids) {
    if (isInstanceId(id)) counts.set(declaredId(id), (counts.get(declaredId(id)) ?? 0) + 1);
  }
  return counts;
}

const UNWELL: ReadonlySet<string> = new Set(['failed', 'blocked', 'cancelled', 'suspended']);

function unwellStages(...[was, is]: readonly (readonly [RunSummary, RunRecord | undefined])[]): UnwellStage[] {
  const found = new Map<string, UnwellStage>();
  for (const [side, of] of [
    ['before', was],
    ['after', is],
  ] as const) {
    const [run, record] = of ?? [];
    for (const [stage, { outcome, reason, put_back }] of Object.entries(record?.stages ?? {})) {
      if (!UNWELL.has(outcome) && !put_back) continue;
      // Of a run that goes on it says how it would have ended by then.
      if (run?.outcome === 'running' && outcome === 'cancelled') continue;
      const known = found.get(stage) ?? { stage, before: null, after: null };
      const told = put_back ? 'its outputs were put back with those of its transaction' : reason;
      found.set(stage, { ...known, [side]: outcome, reason: told });
    }
  }
  return [...found.values()].sort((a, b) => compareText(a.stage, b.stage));
}

function compareMetrics(
  pairs: readonly StagePair[],
  actions: ActionCache,
): { readonly metrics: MetricDiff[]; readonly same: number } {
  const metrics: MetricDiff[] = [];
  let same = 0;
  for (const { id, before, after } of [...pairs].sort((a, b) => compareText(a.id, b.id))) {
    const [was, is] = [metricsOf(before, actions), metricsOf(after, actions)];
    const changes = compareValues(was, is);
    metrics.push(...changes.map((change) => ({ stage: id, ...change })));
    same += new Set([...Object.keys(was), ...Object.keys(is)]).size - changes.length;
  }
  return { metrics, same };
}

/** Where the record of a run does not say, the result that the store has of the same outputs. */
function metricsOf(result: PastResult | undefined, actions: ActionCache): Readonly<Record<string, Json>> {
  if (result?.kind !== 'made') return {};
  if (result.metrics) return result.metrics;
  const record = result.fingerprint === null ? undefined : actions.read(result.fingerprint);
  const its = record?.results.find(({ outputs }) =>
    outputs.every(({ digest }, at) => digest.slice(2, 66) === result.outputs[at]?.sha256),
  );
  return its?.metrics ?? {};
}

function compareValues(before: Readonly<Record<string, Json>>, after: Readonly<Record<string, Json>>): ValueChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort(compareText);
  const valueIn = (values: Readonly<Record<string, Json>>, name: string) =>
    Object.hasOwn(values, name) ? values[name] : undefined;
  return names.flatMap((name): ValueChange[] => {
    const [was, is] = [valueIn(before, name), valueIn(after, name)];
    const isSame = was !== undefined && is !== undefined && canonicalJson(was) === canonicalJson(is);
    return isSame ? [] : [{ name, before: was, after: is }];
  });
}

/** Its path, one in it, one around it, or its stage. */
function isAbout(
  { path, stage }: Pick<OutputDiff, 'path' | 'stage'>,
  asked: NonNullable<DiffRequest['output']>,
): boolean {
  const wanted = asked.path;
  if (path === wanted || path.startsWith(`${wanted}/`) || wanted.startsWith(`${path}/`)) return true;
  return stage === asked.name || declaredId(stage) === asked.name;
}
