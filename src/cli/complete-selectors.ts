/** What could stand at the end of a selector that is being typed: `state:stale,2+tag:ni`. */
import { METHODS } from '../graph/selector.ts';
import type { Stage } from '../model/pipeline.ts';
import { STAGE_STATES } from '../model/stage-state.ts';
import { compareText } from '../util/compare.ts';

/** Of a stage as far as it is known; of those of past runs, no more than the name. */
export type SelectableStage = Partial<Pick<Stage, 'tags' | 'action' | 'outputs'>>;

export interface SelectorCandidate {
  readonly value: string;
  readonly description?: string;
}

const PATHS_MAX = 1_000;

/** `names` are those of stages and instances. Every value is `current` with what could follow. */
export function selectorCandidates(
  current: string,
  names: readonly SelectorCandidate[],
  stages: readonly SelectableStage[],
): { readonly candidates: readonly SelectorCandidate[]; readonly isOpen: boolean } {
  const space = current.lastIndexOf(' ') + 1;
  const start = space + startOfLast(current.slice(space), names);
  const operator = /^(?:@|\d*\+)?/.exec(current.slice(start))?.[0] ?? '';
  const before = current.slice(0, start + operator.length);
  const typed = current.slice(before.length);
  const method = typed.slice(0, Math.max(0, typed.indexOf(':')));
  const values = valuesOf(method, stages);
  const found = values
    ? values.map((one) => ({ ...one, value: `${method}:${one.value}` }))
    : [...names, ...Object.entries(METHODS).map(([name, description]) => ({ value: `${name}:`, description }))];
  const fitting = found.filter(({ value }) => value.startsWith(typed));
  return {
    candidates: fitting.map((one) => ({ ...one, value: `${before}${one.value}` })),
    isOpen: fitting.length > 0 && fitting.every(({ value }) => value.endsWith(':')),
  };
}

/** Undefined for what is no method. */
function valuesOf(method: string, stages: readonly SelectableStage[]): readonly SelectorCandidate[] | undefined {
  const unique = (values: readonly string[]) => [...new Set(values)].sort(compareText).map((value) => ({ value }));
  switch (method) {
    case 'tag':
      return unique(stages.flatMap(({ tags = [] }) => tags));
    case 'uses':
      return unique(stages.flatMap(({ action }) => (action?.kind === 'type' ? [action.type] : [])));
    case 'path':
      return unique(stages.flatMap(pathsOf)).slice(0, PATHS_MAX);
    case 'state':
      return Object.entries(STAGE_STATES).map(([value, description]) => ({ value, description }));
    default:
      return undefined;
  }
}

/** Those of instances, with a gap in them, are patterns, and a shell has its own. */
function pathsOf({ outputs = [] }: SelectableStage): string[] {
  return outputs.flatMap((port) => port.items.flatMap(({ path, template }) => (template ? [] : [path])));
}

/** Where the last of several begins: behind a comma, but ids of instances have commas too. */
function startOfLast(word: string, names: readonly SelectorCandidate[]): number {
  for (let comma = word.indexOf('@'); comma >= 0; ) {
    const start = word.lastIndexOf(',', comma) + 1;
    const last = word.slice(start).replace(/^(?:@|\d*\+)/, '');
    if (names.some(({ value }) => value !== last && value.startsWith(last))) return start;
    comma = word.indexOf('@', comma + 1);
  }
  return word.lastIndexOf(',') + 1;
}
