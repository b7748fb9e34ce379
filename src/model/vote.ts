/** How a vote stands: what its attempts answered so far. */

export interface VoteTally {
  /** By how many votes an answer has to lead. */
  readonly ahead: number;
  /** How many attempts may vote; twice what the pipeline says, once it was widened. */
  readonly max: number;
  /** Attempts that were started to vote; retries of one count as that one. */
  readonly started: number;
  /** Attempts whose outputs broke their contract or could not be compared, and those that failed and may succeed another time. */
  readonly flagged: number;
  /** Attempts that were stopped, since the vote was over for another reason. */
  readonly wasted: number;
  /** The answer with the most votes first; among equals, the one that was given first. */
  readonly counts: readonly AnswerCount[];
  /** Null: none leads far enough. */
  readonly winner: string | null;
}

export interface AnswerCount {
  /** Short, for people; those of one vote are all different. */
  readonly answer: string;
  readonly votes: number;
  /** Where the outputs of its first attempt are kept, from the workspace; absent: nowhere, or in their places. */
  readonly kept?: string;
}

/** `2-1`; `0` while there are none. */
export function standing({ counts }: Pick<VoteTally, 'counts'>): string {
  return counts.length === 0 ? '0' : counts.map(({ votes }) => votes).join('-');
}

export function votesIn({ counts }: Pick<VoteTally, 'counts'>): number {
  return counts.reduce((sum, { votes }) => sum + votes, 0);
}

/** `4 for "A", 3 for "B", 2 flagged`; what there is none of is left out. */
export function countsOfAnswers({ counts, flagged, wasted }: VoteTally): string {
  const answers = counts.map(({ answer, votes }) => `${votes} for ${JSON.stringify(answer)}`);
  const others = [...(flagged > 0 ? [`${flagged} flagged`] : []), ...(wasted > 0 ? [`${wasted} stopped`] : [])];
  return [...answers, ...others].join(', ');
}
