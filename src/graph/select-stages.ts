/**
 * Which stages a selector means, in dbt's grammar (design-notes, "Selectors"). Knows the graph; how stages are is asked for
 * only where a selector speaks of it.
 */
import { unknownStage, unknownStageTag, unknownState, unmadePath, unusedType } from '../diagnostics/catalog.ts';
import { nearest, nearestChoice } from '../diagnostics/suggest.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { StageGraph } from '../model/graph.ts';
import { declaredId, isInstanceId } from '../model/instance.ts';
import type { Stage } from '../model/pipeline.ts';
import { STAGE_STATES, type StageState, type StageStates } from '../model/stage-state.ts';
import { globBase, matchGlob } from '../util/glob.ts';
import { quoteName } from '../util/harmless-text.ts';
import { matchStars, mayMeet, starsOfGlob } from '../util/star-pattern.ts';
import { hasWildcards, matchWildcards } from '../util/wildcards.ts';
import { placesByName } from './places-by-name.ts';
import { type Criterion, parseCriterion } from './selector.ts';
import type { InstanceChoice, StageSet } from './stage-set.ts';
import { intersection, union, wholes } from './stage-set.ts';

export interface Selected {
  readonly stages: StageSet;
  /** Empty: it is known what was meant. */
  readonly mistakes: readonly Diagnostic[];
  /** Patterns that nothing fits: whole sentences. */
  readonly notes: readonly string[];
}

/** More commas than an id has. */
const PARTS_MAX = 120;

export class StageSelector {
  readonly #graph: StageGraph;
  readonly #states: () => Promise<StageStates>;
  /** Ids, and names of stages with a matrix: the places of their instances. */
  readonly #placesOf: ReadonlyMap<string, readonly number[]>;
  #known: Promise<StageStates> | undefined;

  /** `states` is called at most once. */
  constructor(graph: StageGraph, states: () => Promise<StageStates>) {
    this.#graph = graph;
    this.#states = states;
    this.#placesOf = placesByName(graph);
  }

  /** What any of the words means; in a word, spaces are "or" as well. */
  async select(words: readonly string[]): Promise<Selected> {
    let stages: StageSet = new Map();
    const mistakes: Diagnostic[] = [];
    const notes: string[] = [];
    for (const word of words.flatMap((text) => text.split(/\s+/)).filter((text) => text !== '')) {
      let both: StageSet | undefined;
      const criteria = this.#criteriaOf(word);
      for (const text of criteria) {
        const criterion = parseCriterion(text);
        if (!criterion.ok) {
          mistakes.push(criterion.error);
          continue;
        }
        const found = await this.#find(criterion.value);
        if (found instanceof Map) {
          if (found.size === 0 && criterion.value.method !== 'state') notes.push(`No stage fits ${quoteName(text)}.`);
          const reached = this.#spread(found, criterion.value);
          both = both === undefined ? reached : intersection(both, reached);
        } else mistakes.push(found as Diagnostic);
      }
      if (criteria.length > 1 && both?.size === 0) {
        notes.push(`No stage fits all of ${quoteName(word)}; between selectors a comma is "and", a space is "or".`);
      }
      stages = union(stages, both ?? new Map());
    }
    return { stages, mistakes, notes };
  }

  /** The parts between commas, but for the commas in ids of instances: what makes such an id together belongs together. */
  #criteriaOf(word: string): string[] {
    const parts = word.split(',');
    const joined: string[] = [];
    for (let from = 0; from < parts.length; ) {
      let to = from + 1;
      const most = parts[from]?.includes('@', 1) ? Math.min(parts.length, from + PARTS_MAX) : to;
      for (let end = to + 1; end <= most; end++) {
        const criterion = parseCriterion(parts.slice(from, end).join(','));
        if (criterion.ok && this.#isInstance(criterion.value.value)) to = end;
      }
      if (to === from + 1 && most > to) to = Math.min(most, from + this.#keysOf(parts[from] as string));
      joined.push(parts.slice(from, to).join(','));
      from = to;
    }
    return joined;
  }

  #isInstance(pattern: string): boolean {
    if (!hasWildcards(pattern)) return this.#placesOf.has(pattern);
    const fits = matchWildcards(pattern);
    return this.#graph.stages.some(({ id }) => isInstanceId(id) && fits(id));
  }

  /** How many parts an id of an instance has that is not known, by others of its stage. */
  #keysOf(part: string): number {
    const criterion = parseCriterion(part);
    if (!criterion.ok || this.#isInstance(criterion.value.value)) return 1;
    const [first] = this.#placesOf.get(declaredId(criterion.value.value)) ?? [];
    return first === undefined ? 1 : (this.#graph.stages[first] as Stage).id.split(',').length;
  }

  async #find(criterion: Criterion): Promise<StageSet | Diagnostic> {
    const { method, value } = criterion;
    switch (method) {
      case 'name':
        return hasWildcards(value) ? this.#namesLike(value) : this.#named(value);
      case 'tag':
        return this.#where(value, ({ tags }) => tags, unknownStageTag);
      case 'uses':
        return this.#where(value, ({ action }) => (action.kind === 'type' ? [action.type] : []), unusedType);
      case 'path':
        return this.#making(value);
      case 'state':
        return this.#inState(value);
    }
  }

  #named(name: string): StageSet | Diagnostic {
    const places = this.#placesOf.get(name);
    if (places) return wholes(places);
    const fanOut = isInstanceId(name) ? this.#fanOut(declaredId(name)) : undefined;
    if (fanOut === undefined) return unknownStage({ name, suggestion: this.#nearest(name) });
    return new Map([[fanOut, { has: (id: string) => id === name, named: [name] }]]);
  }

  #nearest(name: string): string | undefined {
    const near = nearest(name, this.#placesOf.keys());
    if (near !== undefined || !isInstanceId(name)) return near;
    const stage = nearest(declaredId(name), this.#placesOf.keys());
    return stage && stage + name.slice(declaredId(name).length);
  }

  /** A pattern with an `@` is one of instances, another one of stages. */
  #namesLike(pattern: string): StageSet {
    const fits = matchWildcards(pattern);
    if (!pattern.includes('@')) return this.#those(({ id }) => fits(declaredId(id)));
    const ofStage = matchWildcards(declaredId(pattern));
    const isWhole = /@\*+$/.test(pattern);
    const found = new Map<number, 'whole' | InstanceChoice>();
    for (const [at, { id, foreach }] of this.#graph.stages.entries()) {
      if (foreach && ofStage(id)) found.set(at, isWhole ? 'whole' : { has: fits, named: [] });
      else if (isInstanceId(id) && fits(id)) found.set(at, 'whole');
    }
    return found;
  }

  #where(
    value: string,
    wordsOf: (stage: Stage) => readonly string[],
    unknown: (at: { name: string; suggestion: string | undefined }) => Diagnostic,
  ): StageSet | Diagnostic {
    const fits = hasWildcards(value) ? matchWildcards(value) : (text: string) => text === value;
    const found = this.#those((stage) => wordsOf(stage).some(fits));
    if (found.size > 0 || hasWildcards(value)) return found;
    return unknown({ name: value, suggestion: nearest(value, this.#graph.stages.flatMap(wordsOf)) });
  }

  /** By outputs: a path, a folder with all in it, or a glob. */
  #making(written: string): StageSet | Diagnostic {
    const value = written.replace(/^(\.\/)+/, '').replace(/\/+$/, '');
    const fits = pathMatcher(value);
    const found = this.#those((stage) => pathsOf(stage).some((path) => fits(path, stage.foreach !== undefined)));
    if (found.size > 0 || hasWildcards(value) || globBase(value) !== value) return found;
    const paths = this.#graph.stages.flatMap(pathsOf);
    const folders = paths.flatMap((path) => [...parentsOf(path)]);
    return unmadePath({ name: value, suggestion: nearest(value, [...paths, ...folders]) });
  }

  async #inState(value: string): Promise<StageSet | Diagnostic> {
    const all = Object.keys(STAGE_STATES);
    const fits = hasWildcards(value) ? matchWildcards(value) : (text: string) => text === value;
    const wanted = all.filter(fits) as StageState[];
    if (wanted.length === 0) return unknownState({ name: value, suggestion: nearestChoice(value, all), states: all });
    this.#known ??= this.#states();
    const states = await this.#known;
    const ids = new Set([...states].flatMap(([id, are]) => (wanted.some((state) => are.has(state)) ? [id] : [])));
    const ofFanOut = new Set([...ids].filter(isInstanceId).map(declaredId));
    const found = new Map<number, 'whole' | InstanceChoice>();
    for (const [at, { id, foreach }] of this.#graph.stages.entries()) {
      if (ids.has(id)) found.set(at, 'whole');
      else if (foreach && ofFanOut.has(id)) found.set(at, { has: (one) => ids.has(one), named: [] });
    }
    return found;
  }

  #those(fits: (stage: Stage) => boolean): StageSet {
    return wholes(this.#graph.stages.flatMap((stage, at) => (fits(stage) ? [at] : [])));
  }

  #fanOut(name: string): number | undefined {
    return this.#placesOf.get(name)?.find((at) => this.#graph.stages[at]?.foreach !== undefined);
  }

  /** With the generations that the criterion asks for. Of an instance, those of its stage. */
  #spread(from: StageSet, { isAt, up, down }: Criterion): StageSet {
    const { producers, consumers } = this.#graph;
    if (isAt) {
      const behind = reach(consumers, from.keys(), Number.POSITIVE_INFINITY);
      return union(
        from,
        wholes([...behind, ...reach(producers, [...from.keys(), ...behind], Number.POSITIVE_INFINITY)]),
      );
    }
    if (up === 0 && down === 0) return from;
    return union(from, wholes([...reach(producers, from.keys(), up), ...reach(consumers, from.keys(), down)]));
  }
}

/** All within so many steps; where it starts only if a step leads there. */
export function reach(next: readonly (readonly number[])[], from: Iterable<number>, steps: number): Set<number> {
  const start = new Set(from);
  const found = new Set<number>();
  let edge = [...start];
  for (let step = 0; step < steps && edge.length > 0; step++) {
    const further: number[] = [];
    for (const at of edge) {
      for (const to of next[at] ?? []) {
        if (found.has(to)) continue;
        found.add(to);
        if (!start.has(to)) further.push(to);
      }
    }
    edge = further;
  }
  return found;
}

function pathMatcher(value: string): (path: string, isTemplate: boolean) => boolean {
  if (!hasWildcards(value) && globBase(value) === value) {
    return (path, isTemplate) =>
      path === value ||
      path.startsWith(`${value}/`) ||
      (isTemplate && (matchStars(path)(value) || mayMeet(path, `${value}/*`)));
  }
  const fits = matchGlob(value);
  return (path, isTemplate) => (isTemplate ? mayFit(path, value) : fits(path) || [...parentsOf(path)].some(fits));
}

/** Whether the glob could match what an instance makes, or a folder around it. */
function mayFit(template: string, glob: string): boolean {
  const stars = starsOfGlob(glob);
  if (/\*\*|[{}]/.test(glob)) return mayMeet(template, stars) || mayMeet(template, `${stars}/*`);
  const [paths, globs] = [template.split('/'), glob.split('/')];
  return globs.length <= paths.length && globs.every((part, at) => mayMeet(paths[at] as string, starsOfGlob(part)));
}

function pathsOf({ outputs }: Stage): string[] {
  return outputs.flatMap((port) => port.items.map(({ path }) => path));
}

function* parentsOf(path: string): Generator<string> {
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1))
    yield path.slice(0, slash);
}
