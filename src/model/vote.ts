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

/** Of more answers only the first are named. */
const NAMED_MAX = 5;

/** `2-1`; `0` while there are none. */
export function standing({ counts }: Pick<VoteTally, 'counts'>): string {
  if (counts.length === 0) return '0';
  const { named, rest } = foremost(counts);
  return [...named.map(({ votes }) => votes), ...(rest.length > 0 ? ['…'] : [])].join('-');
}

export function votesIn({ counts }: Pick<VoteTally, 'counts'>): number {
  return counts.reduce((sum, { votes }) => sum + votes, 0);
}

/** Somebody chose the answer, since it does not lead far enough. */
export function isPicked({ ahead, counts, winner }: VoteTally): boolean {
  if (winner === null) return false;
  const others = counts.filter(({ answer }) => answer !== winner).map(({ votes }) => votes);
  const its = counts.find(({ answer }) => answer === winner)?.votes ?? 0;
  return its - others.reduce((most, votes) => Math.max(most, votes), 0) < ahead;
}

/** `4 for "A", 3 for "B", 2 flagged`; what there is none of is left out. */
export function countsOfAnswers({ counts, flagged, wasted }: VoteTally): string {
  const { named, rest } = foremost(counts);
  const answers = named.map(({ answer, votes }) => `${votes} for ${JSON.stringify(answer)}`);
  const others = rest.length > 0 ? [`${votesIn({ counts: rest })} for ${rest.length} others`] : [];
  const ended = [...(flagged > 0 ? [`${flagged} flagged`] : []), ...(wasted > 0 ? [`${wasted} stopped`] : [])];
  return [...answers, ...others, ...ended].join(', ');
}

/** The rest is none or several. */
function foremost(counts: VoteTally['counts']): Readonly<Record<'named' | 'rest', VoteTally['counts']>> {
  const end = counts.length <= NAMED_MAX + 1 ? counts.length : NAMED_MAX;
  return { named: counts.slice(0, end), rest: counts.slice(end) };
}
