/**
 * From outputs that differ back to where it began. A stage leads on to those that made what is different of its inputs;
 * whatever else is different of it is a first cause. Linear in stages and causes: each path is followed once.
 */
import type { Cause } from '../../model/plan.ts';
import type { FirstCause, FirstCauseKind, OutputDiff, StageDiff } from '../../model/run-diff.ts';
import { compareText } from '../../util/compare.ts';
import type { StagePair, StageReason } from './compare-stages.ts';

export interface DifferentStage extends StagePair, StageReason {
  readonly outputs: readonly OutputDiff[];
}

/** Longer ways are told without their middle: so many stages at either end. */
const ENDS_LENGTH = 10;

export interface Traced {
  readonly stages: readonly StageDiff[];
  readonly firstCauses: readonly FirstCause[];
}

/** `wanted`: outputs to explain; all, if there are none. Sorted by id. */
export function traceBack(stages: readonly DifferentStage[], wanted: readonly OutputDiff[]): Traced {
  const all = new Map(stages.map((stage) => [stage.id, stage]));
  const makers = new Makers(stages);
  const inputsOf = new Map(
    stages.map((stage) => [stage.id, stage.causes.filter((cause) => makers.of(cause, stage.id).length > 0)] as const),
  );
  const leadsTo = new Map<string, StageDiff['leads_to']>();
  const follow = (from: readonly string[]) => {
    const pending = from.filter((id) => !leadsTo.has(id));
    for (const id of pending) leadsTo.set(id, null);
    const followed = new Set<string>();
    for (let at = 0; at < pending.length; at++) {
      const stage = pending[at] as string;
      for (const cause of inputsOf.get(stage) ?? []) {
        const via = pathOf(cause);
        if (followed.has(via)) continue;
        followed.add(via);
        for (const maker of makers.of(cause, undefined)) {
          if (leadsTo.has(maker)) continue;
          leadsTo.set(maker, { stage, via });
          pending.push(maker);
        }
      }
    }
  };
  if (wanted.length > 0) follow([...new Set(wanted.map(({ stage }) => stage))]);
  else {
    const isRead = new Set<string>();
    const looked = new Set<string>();
    for (const [reader, causes] of inputsOf) {
      for (const cause of causes) {
        if (looked.has(pathOf(cause))) continue;
        looked.add(pathOf(cause));
        for (const maker of makers.of(cause, reader)) isRead.add(maker);
      }
    }
    follow([...all.keys()].filter((id) => !isRead.has(id)));
    // Two graphs together may have a circle that neither of them has.
    for (const id of all.keys()) follow([id]);
  }
  const reached = [...leadsTo.keys()].sort(compareText).flatMap((id) => all.get(id) ?? []);
  const ways = new Ways(leadsTo);
  const told = reached.map((stage) => {
    const upstream = new Set(inputsOf.get(stage.id));
    const own = stage.causes.filter((cause) => !upstream.has(cause));
    const first: FirstCauseKind | undefined = stage.kind ?? (own.length > 0 ? 'changed' : undefined);
    return { stage, own, first };
  });
  return {
    stages: told.map(({ stage: { id, before, after, causes }, first }) => ({
      id,
      made_before: before?.run || null,
      made_after: after?.run || null,
      causes,
      first,
      leads_to: leadsTo.get(id) ?? null,
    })),
    firstCauses: told.flatMap(({ stage, own: causes, first: kind }): FirstCause[] => {
      if (kind === undefined) return [];
      const way = ways.from(stage.id);
      const end = all.get(way.path.at(-1) as string);
      const output = wanted.find((one) => one.stage === end?.id) ?? end?.outputs[0];
      return [{ stage: stage.id, kind, message: stage.message, causes, ...way, output: output?.path ?? '' }];
    }),
  };
}

/** From each stage to the last one, without walking the same way again for each. */
class Ways {
  readonly #leadsTo: ReadonlyMap<string, StageDiff['leads_to']>;
  readonly #lengths = new Map<string, number>();
  /** The last stages of a way, shared by all that end so. */
  readonly #ends = new Map<string, readonly string[]>();

  /** In an order in which each stage comes behind the one it leads to. */
  constructor(leadsTo: ReadonlyMap<string, StageDiff['leads_to']>) {
    this.#leadsTo = leadsTo;
    for (const [id, next] of leadsTo) {
      const end = next ? (this.#ends.get(next.stage) ?? []) : [];
      this.#lengths.set(id, next ? (this.#lengths.get(next.stage) ?? 0) + 1 : 1);
      this.#ends.set(id, end.length < ENDS_LENGTH ? [id, ...end] : end);
    }
  }

  from(id: string): Pick<FirstCause, 'path' | 'left_out'> {
    const length = this.#lengths.get(id) ?? 1;
    const end = this.#ends.get(id) ?? [id];
    const before = Math.min(ENDS_LENGTH, length - end.length);
    const path: string[] = [];
    for (let at: string | undefined = id; path.length < before && at !== undefined; ) {
      path.push(at);
      at = this.#leadsTo.get(at)?.stage;
    }
    return { path: [...path, ...end], left_out: length - before - end.length };
  }
}

/** Who made what differs, by the path that a stage reads. */
class Makers {
  readonly #byPath = new Map<string, string[]>();
  /** Sorted. */
  readonly #paths: readonly string[];
  readonly #found = new Map<string, readonly string[]>();

  constructor(stages: readonly DifferentStage[]) {
    for (const { id, outputs } of stages) {
      for (const { path } of outputs) {
        const known = this.#byPath.get(path);
        if (known) known.push(id);
        else this.#byPath.set(path, [id]);
      }
    }
    this.#paths = [...this.#byPath.keys()].sort(compareText);
  }

  /** Stages that made what lies at the path of the cause, around it or in it; but for `reader`, which makes none of its inputs. */
  of(cause: Cause, reader: string | undefined): readonly string[] {
    if (cause.part !== 'input' && cause.part !== 'discovered') return [];
    const path = pathOf(cause);
    let found = this.#found.get(path);
    if (!found) {
      found = this.#look(path);
      this.#found.set(path, found);
    }
    return reader !== undefined && found.includes(reader) ? found.filter((id) => id !== reader) : found;
  }

  #look(path: string): readonly string[] {
    const found = new Set<string>();
    for (let around = path; around !== ''; around = around.slice(0, Math.max(0, around.lastIndexOf('/')))) {
      for (const id of this.#byPath.get(around) ?? []) found.add(id);
    }
    for (let at = firstFrom(this.#paths, `${path}/`); this.#paths[at]?.startsWith(`${path}/`); at++) {
      for (const id of this.#byPath.get(this.#paths[at] as string) ?? []) found.add(id);
    }
    return [...found];
  }
}

function firstFrom(sorted: readonly string[], text: string): number {
  let low = 0;
  for (let high = sorted.length; low < high; ) {
    const middle = (low + high) >> 1;
    if (compareText(sorted[middle] as string, text) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** An input is named `port: path`, what was discovered by its path. Empty for the order of a list. */
function pathOf({ part, name }: Cause): string {
  if (part !== 'input') return name;
  const at = name.indexOf(': ');
  return at < 0 ? '' : name.slice(at + 2);
}
