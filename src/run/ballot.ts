/**
 * First to be ahead by k (DESIGN "vote"): attempts end in any order, and are counted in the order in which they were started, so
 * that however many run at once, the same answers make the same decision. Pure: knows nothing of attempts but their numbers.
 */

/** What becomes of an attempt. `end`: the vote is over with it, for another reason than its answer. */
export type Paper = { readonly how: 'vote'; readonly key: string } | { readonly how: 'flag' } | { readonly how: 'end' };

export interface Counted {
  /** From 1. */
  readonly attempt: number;
  readonly paper: Paper;
}

export type Decision =
  | 'open'
  /** As many as may vote have, and none leads far enough. */
  | 'undecided'
  | { readonly winner: string }
  /** By the attempt whose paper says so. */
  | { readonly endedBy: number };

export class Ballot {
  readonly #ahead: number;
  #max: number;
  readonly #papers: (Paper | undefined)[] = [];
  #counted = 0;
  #flagged = 0;
  readonly #votes = new Map<string, number>();
  #decision: Decision = 'open';

  constructor({ ahead, max }: { readonly ahead: number; readonly max: number }) {
    this.#ahead = ahead;
    this.#max = max;
  }

  get max(): number {
    return this.#max;
  }

  get started(): number {
    return this.#papers.length;
  }

  /** Started, and not counted. */
  get wasted(): number {
    return this.#decision === 'open' ? 0 : this.#papers.length - this.#counted;
  }

  get flagged(): number {
    return this.#flagged;
  }

  get decision(): Decision {
    return this.#decision;
  }

  /** Votes by answer, the most first; among equals, the one that was given first. */
  get votes(): readonly (readonly [key: string, votes: number])[] {
    return [...this.#votes].sort(([, a], [, b]) => b - a);
  }

  /**
   * How many attempts are to be started now: those that will be counted whatever the ones under way answer. So none is ever
   * made for nothing, and while an answer is k behind its goal, k of them run at once.
   */
  wanted(): number {
    if (this.#decision !== 'open') return 0;
    const open = this.#papers.slice(this.#counted);
    if (open.some((paper) => paper?.how === 'end')) return 0;
    const mayVote = open.filter((paper) => paper?.how !== 'flag').length;
    return Math.max(0, Math.min(this.#ahead - this.#lead() - mayVote, this.#max - this.started));
  }

  /** The number of the attempt. */
  start(): number {
    return this.#papers.push(undefined);
  }

  /** It has ended, and is counted when all before it are. */
  settle(attempt: number, paper: Paper): void {
    this.#papers[attempt - 1] = paper;
  }

  /** The next one in their order, if it has ended; what comes after the decision never is. */
  count(): Counted | undefined {
    const paper = this.#decision === 'open' ? this.#papers[this.#counted] : undefined;
    if (!paper) return undefined;
    this.#counted++;
    this.#count(paper);
    return { attempt: this.#counted, paper };
  }

  /** It goes on, with twice as many that may vote. */
  widen(): void {
    if (this.#decision !== 'undecided') return;
    this.#max *= 2;
    this.#decision = 'open';
  }

  #count(paper: Paper): void {
    if (paper.how === 'end') this.#decision = { endedBy: this.#counted };
    else if (paper.how === 'flag') this.#flagged++;
    else {
      this.#votes.set(paper.key, (this.#votes.get(paper.key) ?? 0) + 1);
      const [first] = this.votes;
      if (first && this.#lead() >= this.#ahead) this.#decision = { winner: first[0] };
    }
    if (this.#decision === 'open' && this.#counted === this.#max) this.#decision = 'undecided';
  }

  /** Of the first over the second. */
  #lead(): number {
    const [first, second] = this.votes;
    return (first?.[1] ?? 0) - (second?.[1] ?? 0);
  }
}
