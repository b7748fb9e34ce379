/**
 * Transactions that could never end. A stage outside waits for all members, so where a member waits for that stage in
 * turn, each waits for the other. Seen from outside a transaction is one stage: this looks for cycles among those.
 */
import { transactionCycle } from '../diagnostics/catalog.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Stage } from '../model/pipeline.ts';
import { compareText } from '../util/compare.ts';
import type { DeclaredEdge } from './declared-edge.ts';
import { findCycles } from './find-cycle.ts';
import type { Locate } from './output-map.ts';

/** An edge between what stands for the stages; `edge` is the one that was declared. */
interface OuterEdge {
  readonly from: number;
  readonly to: number;
  readonly via: string;
  readonly edge: DeclaredEdge;
}

/** Errors: `transaction-cycle`. The stages themselves must have no cycle. */
export function diagnoseTransactions(
  stages: readonly Stage[],
  edges: readonly DeclaredEdge[],
  locate: Locate,
): Diagnostic[] {
  if (stages.every(({ transaction }) => transaction === undefined)) return [];
  const idOf = (index: number) => stages[index]?.id ?? '';
  const transactionOf = (index: number) => stages[index]?.transaction;
  const standsFor = representatives(stages);
  const outer = edges.flatMap((edge): OuterEdge[] => {
    const from = standsFor[edge.from] as number;
    const to = standsFor[edge.to] as number;
    return from === to ? [] : [{ from, to, via: edge.via, edge }];
  });
  return findCycles(stages.length, outer, idOf).map((cycle) => {
    const path = startingInTransaction(cycle.map(({ edge }) => edge));
    const names = new Set(path.flatMap(({ from }) => transactionOf(from) ?? []));
    return transactionCycle({
      transactions: [...names].sort(compareText),
      edges: path.map(({ from, to, via, pointer }) => ({
        from: idOf(from),
        to: idOf(to),
        via,
        waitsForAll: transactionOf(from),
        location: locate(idOf(to), pointer),
      })),
    });
  });
}

/** Per stage, itself, or the first member of its transaction. */
function representatives(stages: readonly Stage[]): number[] {
  const firstOf = new Map<string, number>();
  return stages.map(({ transaction }, index) => {
    if (transaction === undefined) return index;
    const first = firstOf.get(transaction) ?? index;
    firstOf.set(transaction, first);
    return first;
  });
}

/** Turned so that it begins where it passes from one member to another: there is no edge that could be shown. */
function startingInTransaction(cycle: readonly DeclaredEdge[]): DeclaredEdge[] {
  const start = cycle.findIndex((edge, at) => cycle.at(at - 1)?.to !== edge.from);
  return [...cycle.slice(start), ...cycle.slice(0, start)];
}
