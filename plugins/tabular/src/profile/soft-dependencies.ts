/** Functional dependencies that nearly all rows keep, with the rows that do not. Pure. */
import type { ProfileSoftDependency } from '../documents.generated.ts';
import { type CodedColumn, type CodedTable, codedClasses } from './codes.ts';
import { isNear } from './near.ts';
import { ratio, six } from './numbers.ts';
import { LIMITS } from './options.ts';
import { classesOf, type Groups, groupRows } from './partitions.ts';
import { compareText, cut } from './values.ts';

export interface SoftDependencies {
  readonly found: readonly ProfileSoftDependency[];
  readonly leftOut: number;
  readonly isComplete: boolean;
  readonly visits: number;
}

interface SoftOptions {
  readonly maxLhs: number;
  readonly g3: number;
  readonly budget: number;
}

const DISTINCT_LHS_MAX = 0.3;
const MU_MIN = 0.5;
const MU_SETTLED = 0.9;
const SUPPORT_MIN = 3;
const LISTED_MAX = 200;
const MINORITY_MAX = 10;

interface Measures {
  readonly rows: number;
  readonly distinctLhs: number;
  readonly distinctRhs: number;
  readonly g3: number;
  readonly pdep: number;
  readonly tau: number;
  readonly mu: number;
}

interface Accepted {
  readonly lhs: readonly number[];
  readonly rhs: number;
  readonly groups: Groups;
  readonly measures: Measures;
}

/** Left sides of two columns are tried where neither of them alone will do. */
export function softDependencies({ columns, rows }: CodedTable, { maxLhs, g3, budget }: SoftOptions): SoftDependencies {
  const total = rows.length;
  const accepted: Accepted[] = [];
  let visits = 0;
  let isComplete = true;
  const holds = (lhs: readonly number[], rhs: number) =>
    accepted.some((one) => one.rhs === rhs && one.lhs.every((column) => lhs.includes(column)));
  const targets = columns.flatMap((column, at) => (column.texts.length >= 2 ? [at] : []));
  search: for (let size = 1; size <= Math.min(2, maxLhs); size++) {
    for (const lhs of leftSides(targets, size)) {
      const parts = lhs.map((at) => columns[at] as CodedColumn);
      // A column that is different in most rows tells them apart, whatever stands beside it.
      if (parts.some(({ texts, missing }) => texts.length > DISTINCT_LHS_MAX * (total - missing))) continue;
      const { codes, count } = classesOf(parts.map(codedClasses));
      visits += total * size;
      if (count > DISTINCT_LHS_MAX * total) continue;
      const groups = groupRows(codes, count);
      for (const rhs of targets) {
        if (lhs.includes(rhs) || holds(lhs, rhs)) continue;
        visits += groups.rows.length;
        if (visits > budget) {
          isComplete = false;
          break search;
        }
        const target = columns[rhs] as CodedColumn;
        const measures = measure(groups, target);
        if (!measures || !accepts(measures, g3)) continue;
        const isSure = measures.mu >= MU_MIN || (size === 1 && holdsWithoutStrays(groups, target));
        if (isSure) accepted.push({ lhs, rhs, groups, measures });
      }
    }
  }
  accepted.sort(
    (a, b) =>
      a.measures.g3 - b.measures.g3 ||
      a.lhs.length - b.lhs.length ||
      compareText(a.lhs.join(), b.lhs.join()) ||
      a.rhs - b.rhs,
  );
  return {
    found: accepted.slice(0, LISTED_MAX).map((one) => describe(one, columns, rows)),
    leftOut: Math.max(0, accepted.length - LISTED_MAX),
    isComplete,
    visits,
  };
}

function accepts({ g3, rows, distinctLhs, distinctRhs }: Measures, g3Max: number): boolean {
  return rows >= 10 && g3 <= g3Max && distinctLhs <= DISTINCT_LHS_MAX * rows && distinctRhs >= 2;
}

/**
 * Where nearly all rows have one value, a few wrong ones make a dependency look like chance. Without values that are
 * most of no group it has to hold nearly everywhere.
 */
function holdsWithoutStrays(groups: Groups, target: CodedColumn): boolean {
  const settled = settledValues(groups, target);
  const codes = target.codes.map((code) => (settled.has(code) ? code : -1));
  const measures = measure(groups, { ...target, codes });
  return measures !== undefined && measures.distinctRhs >= 2 && measures.mu >= MU_SETTLED;
}

/** Codes that most rows of a group have that is large enough. */
function settledValues({ rows, starts }: Groups, { codes }: CodedColumn): Set<number> {
  const settled = new Set<number>();
  for (let group = 0; group + 1 < starts.length; group++) {
    const [from, to] = [starts[group] ?? 0, starts[group + 1] ?? 0];
    if (to - from < SUPPORT_MIN) continue;
    const counts = new Map<number, number>();
    for (let at = from; at < to; at++) {
      const code = codes[rows[at] ?? 0] ?? -1;
      if (code >= 0) counts.set(code, (counts.get(code) ?? 0) + 1);
    }
    const most = Math.max(0, ...counts.values());
    for (const [code, count] of counts) if (count === most && count >= 2) settled.add(code);
  }
  return settled;
}

function leftSides(columns: readonly number[], size: number): number[][] {
  if (size === 1) return columns.map((at) => [at]);
  return columns.flatMap((a, at) => columns.slice(at + 1).map((b) => [a, b]));
}

/**
 * Over rows in which nothing is missing: g3 = 1 - Σ_x max_a n_xa / n (Kivinen and Mannila 1995); pdep(X→A) = Σ_x Σ_a
 * n_xa² / (n n_x), pdep(A) = Σ_a n_a² / n², tau = (pdep(X→A) - pdep(A)) / (1 - pdep(A)), and mu = 1 - (1 - pdep(X→A)) /
 * (1 - E[pdep]) with E[pdep] = pdep(A) + (d_X - 1) / (n - 1) · (1 - pdep(A)) (Piatetsky-Shapiro and Matheus 1993).
 */
export function measure({ rows, starts }: Groups, target: CodedColumn): Measures | undefined {
  const counts = new Int32Array(target.texts.length);
  const all = new Int32Array(target.texts.length);
  const touched: number[] = [];
  let n = 0;
  let kept = 0;
  let dependence = 0;
  let distinctLhs = 0;
  for (let group = 0; group + 1 < starts.length; group++) {
    touched.length = 0;
    let size = 0;
    for (let at = starts[group] ?? 0; at < (starts[group + 1] ?? 0); at++) {
      const code = target.codes[rows[at] ?? 0] ?? -1;
      if (code < 0) continue;
      if (counts[code] === 0) touched.push(code);
      counts[code] = (counts[code] ?? 0) + 1;
      size++;
    }
    if (size === 0) continue;
    let most = 0;
    let squares = 0;
    for (const code of touched) {
      const count = counts[code] ?? 0;
      most = Math.max(most, count);
      squares += count * count;
      all[code] = (all[code] ?? 0) + count;
      counts[code] = 0;
    }
    n += size;
    kept += most;
    dependence += squares / size;
    distinctLhs++;
  }
  if (n < 2) return undefined;
  let distinctRhs = 0;
  let squares = 0;
  for (const count of all) {
    if (count > 0) distinctRhs++;
    squares += count * count;
  }
  const alone = squares / (n * n);
  if (alone === 1) return undefined;
  const pdep = dependence / n;
  const expected = alone + ((distinctLhs - 1) / (n - 1)) * (1 - alone);
  return {
    rows: n,
    distinctLhs,
    distinctRhs,
    g3: 1 - kept / n,
    pdep,
    tau: (pdep - alone) / (1 - alone),
    mu: expected >= 1 ? 0 : 1 - (1 - pdep) / (1 - expected),
  };
}

function describe(
  { lhs, rhs, groups, measures }: Accepted,
  columns: readonly CodedColumn[],
  positions: Float64Array,
): ProfileSoftDependency {
  const target = columns[rhs] as CodedColumn;
  const listed: ProfileSoftDependency['groups'] = [];
  const settled = settledValues(groups, target);
  let violations = 0;
  let near = 0;
  let supported = 0;
  let missing = 0;
  let fillable = 0;
  for (let group = 0; group + 1 < groups.starts.length; group++) {
    const rows = groups.rows.subarray(groups.starts[group], groups.starts[group + 1]);
    const members = new Map<number, number[]>();
    for (const row of rows) {
      const code = target.codes[row] ?? -1;
      const known = members.get(code);
      if (known) known.push(row);
      else members.set(code, [row]);
    }
    const absent = members.get(-1)?.length ?? 0;
    members.delete(-1);
    missing += absent;
    const size = rows.length - absent;
    if (size === 0) continue;
    if (absent > 0) fillable += absent;
    if (size >= SUPPORT_MIN) supported += size;
    if (members.size < 2) continue;
    const [majority, ...others] = [...members]
      .map(([code, of]) => ({ text: target.texts[code] ?? '', rows: of, isSettled: settled.has(code) }))
      .sort((a, b) => b.rows.length - a.rows.length || compareText(a.text, b.text));
    violations += size - (majority?.rows.length ?? 0);
    if (majority && size >= SUPPORT_MIN && majority.rows.length >= 2) {
      for (const one of others) if (!one.isSettled && isNear(one.text, majority.text)) near += one.rows.length;
    }
    listed.push({
      lhs: lhs.map((at) => cut(columns[at]?.texts[columns[at]?.codes[rows[0] ?? 0] ?? 0] ?? '')),
      majority: { value: cut(majority?.text ?? ''), count: majority?.rows.length ?? 1 },
      rows: size,
      minority: others.slice(0, MINORITY_MAX).map((one) => ({
        value: cut(one.text),
        count: one.rows.length,
        rows: one.rows
          .map((row) => positions[row] ?? 0)
          .sort((a, b) => a - b)
          .slice(0, LIMITS.rows),
      })),
    });
  }
  listed.sort((a, b) => b.rows - a.rows || compareText(a.lhs.join('\0'), b.lhs.join('\0')));
  const minorityRows = (group: (typeof listed)[number]) => group.rows - group.majority.count;
  return {
    lhs: lhs.map((at) => columns[at]?.name ?? ''),
    rhs: target.name,
    rows: measures.rows,
    distinct_lhs: measures.distinctLhs,
    distinct_rhs: measures.distinctRhs,
    g3: ratio(violations, measures.rows),
    pdep: six(measures.pdep),
    tau: six(measures.tau),
    mu: six(measures.mu),
    supported,
    violations,
    near,
    violating_groups: listed.length,
    missing_rhs: missing,
    fillable,
    groups: listed.slice(0, LIMITS.groups),
    groups_left_out: {
      entries: Math.max(0, listed.length - LIMITS.groups),
      count: listed.slice(LIMITS.groups).reduce((sum, group) => sum + minorityRows(group), 0),
    },
  };
}
