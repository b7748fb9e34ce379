/** Candidates as documents: from proposals of the operators, each with a name that follows from what it does. Pure. */
import { createHash } from 'node:crypto';
import type { CandidateDocument, ProfileDocument } from '../documents.generated.ts';
import { CATALOGUE } from '../operators/catalogue.ts';
import type { Goal, Operator, Proposal } from '../operators/operator.ts';

/** All that operators propose for a profile, the surest first; ties in the order of the catalogue, then of names. */
export function candidatesFor(profile: ProfileDocument, goal: Goal): CandidateDocument[] {
  const all = profile.columns.map(({ name }) => name);
  const found = CATALOGUE.flatMap((operator, place) =>
    operator.propose(profile, { goal }).map((proposal) => ({ place, document: candidateOf(operator, proposal, all) })),
  );
  found.sort(
    (a, b) =>
      b.document.confidence - a.document.confidence || a.place - b.place || (a.document.id < b.document.id ? -1 : 1),
  );
  return found.map(({ document }) => document);
}

function candidateOf(operator: Operator, proposal: Proposal<object>, all: readonly string[]): CandidateDocument {
  const { columns, params } = proposal;
  const transformation = operator.transform(columns, params, all);
  return {
    version: 1,
    id: candidateId(operator.name, columns, params),
    operator: operator.name,
    columns: [...columns],
    params: { ...params },
    phase: operator.phase,
    description: operator.describe(columns, params),
    reason: proposal.reason,
    preconditions: [...proposal.preconditions],
    evidence: { ...proposal.evidence },
    confidence: Math.round(proposal.confidence * 1e4) / 1e4,
    flagged: proposal.flagged,
    changes: operator.changes,
    reversible: operator.reversible,
    fitted: operator.fitted,
    idempotent: operator.idempotent,
    cost: operator.cost,
    sql: transformation.sql,
    inverse_sql: 'inverseSql' in transformation ? (transformation.inverseSql ?? null) : null,
  };
}

/** Twelve hex digits of the SHA-256 of what it does. */
export function candidateId(operator: string, columns: readonly string[], params: object): string {
  return createHash('sha256')
    .update(JSON.stringify([operator, columns, sorted(params)]))
    .digest('hex')
    .slice(0, 12);
}

/** With the members of objects in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, one]) => [key, sorted(one)]));
}
