/** What `apply` is to choose from: a ranking, and the candidates that it is of. */
import { basename } from 'node:path';
import { StageFailure } from 'wrangle/plugin';
import rankingSchema from '../../schemas/ranking.schema.json' with { type: 'json' };
import { readCandidates } from '../candidates/folder.ts';
import type { CandidateDocument, ProfileDocument, RankingDocument } from '../documents.generated.ts';
import { readDocument, readProfile } from '../documents.ts';
import { operatorNamed } from '../operators/catalogue.ts';
import type { Operator } from '../operators/operator.ts';

export interface RankedCandidate {
  readonly candidate: CandidateDocument;
  readonly operator: Operator;
  readonly entry: RankingDocument['candidates'][number];
}

export interface Choice {
  readonly profile: ProfileDocument;
  readonly ranking: RankingDocument;
  /** In the order of the ranking. */
  readonly ranked: readonly RankedCandidate[];
}

/** Errors: throws what the readers throw, and `stale-ranking` when the three are not of the same table. */
export function readChoice(profilePath: string, candidatesPath: string, rankingPath: string): Choice {
  const profile = readProfile(profilePath);
  const { index, all } = readCandidates(candidatesPath);
  const ranking = readDocument<RankingDocument>(rankingPath, 'a ranking', rankingSchema);
  const file = basename(rankingPath);
  if (index.data.digest !== profile.source.digest || ranking.data !== index.data.digest) {
    const message = 'Profile, candidates and ranking are not of the same table. Make all of them anew, in this order.';
    throw new StageFailure({ code: 'stale-ranking', category: 'critical', message, file });
  }
  const byId = new Map(all.map((candidate) => [candidate.id, candidate]));
  const ranked = ranking.candidates.map((entry) => {
    const candidate = byId.get(entry.id);
    const operator = candidate && operatorNamed(candidate.operator);
    if (candidate && operator) return { candidate, operator, entry };
    const message = `"${file}" ranks the candidate "${entry.id}", which is not among the candidates. Rank them anew.`;
    throw new StageFailure({ code: 'stale-ranking', category: 'critical', message, file });
  });
  if (ranked.length < all.length) {
    const message = `"${file}" ranks ${ranked.length} of ${all.length} candidates. Rank them anew.`;
    throw new StageFailure({ code: 'stale-ranking', category: 'critical', message, file });
  }
  return { profile, ranking, ranked };
}
