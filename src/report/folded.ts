/** Many instances of one stage as one row, with the first of those that are not fresh below it. Pure. */
import { declaredId, isInstanceId } from '../model/instance.ts';
import type { PlannedStage } from '../model/plan.ts';

export type Row<Of> =
  | { readonly kind: 'stage'; readonly stage: Of }
  /** All instances of a stage. */
  | { readonly kind: 'fold'; readonly id: string; readonly members: readonly Of[] }
  /** Instances that are not fresh and have no row. */
  | { readonly kind: 'more'; readonly count: number };

export interface Rows<Of> {
  readonly rows: readonly Row<Of>[];
  /** Fresh stages that have no row, nor are counted in one. */
  readonly hidden: number;
}

/** So many instances have a row each. */
const UNFOLDED_MAX = 10;
const INSTANCES_SHOWN = 5;
/** Where there would be more rows than this, those that are fresh are only counted. */
const FRESH_LISTED_MAX = 40;

/** `isWhole`: a row for every stage. */
export function rowsOf<Of extends PlannedStage>(stages: readonly Of[], isWhole: boolean): Rows<Of> {
  if (isWhole) return { rows: stages.map((stage) => ({ kind: 'stage', stage })), hidden: 0 };
  const groups = new Map<string, Of[]>();
  for (const stage of stages) {
    // A fan-out may have a row of its own beside its instances.
    const name = isInstanceId(stage.id) ? `@${declaredId(stage.id)}` : stage.id;
    const group = groups.get(name);
    if (group) group.push(stage);
    else groups.set(name, [stage]);
  }
  const all = [...groups.values()].flatMap((members) =>
    members.length > UNFOLDED_MAX ? [members] : members.map((one) => [one]),
  );
  const listed = all.length <= FRESH_LISTED_MAX ? all : all.filter((members) => members.some(isNotFresh));
  const shown = listed.reduce((sum, members) => sum + members.length, 0);
  return { rows: listed.flatMap(rowsOfGroup), hidden: stages.length - shown };
}

function rowsOfGroup<Of extends PlannedStage>(members: readonly Of[]): Row<Of>[] {
  const [first] = members;
  if (!first) return [];
  if (members.length === 1) return [{ kind: 'stage', stage: first }];
  const toDo = members.filter(isNotFresh);
  const more = toDo.length - INSTANCES_SHOWN;
  return [
    { kind: 'fold', id: declaredId(first.id), members },
    ...toDo.slice(0, INSTANCES_SHOWN).map((stage) => ({ kind: 'stage', stage }) as const),
    ...(more > 0 ? [{ kind: 'more', count: more } as const] : []),
  ];
}

function isNotFresh({ decision, causes }: PlannedStage): boolean {
  return decision !== 'fresh' || causes.length > 0;
}
