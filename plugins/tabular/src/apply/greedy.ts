/**
 * Chooses among candidates while it applies them: phase by phase the best one, and the others measured anew where it
 * touched what they are about.
 */
import type { CandidateDocument } from '../documents.generated.ts';
import { type Operator, PHASES, type Phase } from '../operators/operator.ts';
import { times } from '../operators/words.ts';
import { cut } from '../profile/values.ts';
import { percent } from '../rank/explain.ts';
import { nine } from '../rank/facts.ts';
import { type Bounds, gainVerdict, STRUCTURE } from '../rank/keep.ts';
import type { Database } from '../table/duckdb.ts';
import { sqlName } from '../table/names.ts';
import type { RankedCandidate } from './choice.ts';
import { examplesOf } from './examples.ts';
import type { QualityWatch } from './quality-watch.ts';
import {
  type LeftAlone,
  missingColumns,
  type Planned,
  plannedOf,
  type RecipeStep,
  transformationOf,
} from './recipe.ts';
import { takeStep } from './replay.ts';
import type { Steps, Tried } from './steps.ts';

export interface GreedyOptions extends Bounds {
  readonly structure: boolean;
  readonly maxSteps: number | undefined;
  /** Undefined: whatever gains something. Else these, whether they do or not. */
  readonly chosen: ReadonlySet<string> | undefined;
  /** Whether those in `chosen` were named one by one. */
  readonly isNamed: boolean;
  /** What was not tried on the data yet has to pass: sentences of what speaks against it. */
  readonly validate: (candidate: CandidateDocument) => Promise<readonly string[]>;
  readonly onStep: (step: RecipeStep) => void;
}

export interface Chosen {
  readonly steps: RecipeStep[];
  /** In the order of the ranking. */
  readonly leftAlone: LeftAlone[];
}

/** Each cell is repaired once: a second guess would be one about the first. */
const REPAIRS: readonly Phase[] = ['dependency', 'typo', 'outlier', 'fill'];
/** Share of the cells of a candidate that others have repaired, from which it is in conflict with them. */
const CONFLICT_SHARE = 0.5;
const REPAIRED = 'repaired';

interface Contender {
  readonly ranked: RankedCandidate;
  readonly planned: Planned;
  /** Columns that it reads and changes, and those that rules know them together with. */
  readonly about: ReadonlySet<string>;
  /** Undefined: to be measured. */
  gain: number | undefined;
  verdict: Pick<LeftAlone, 'code' | 'reason'> | undefined;
  /** As it was last measured; undefined when that was not needed. */
  seen: Seen | undefined;
}

type Seen = Pick<LeftAlone, 'cells' | 'examples'>;

export class GreedyChoice {
  readonly #database: Database;
  readonly #steps: Steps;
  readonly #watch: QualityWatch;
  readonly #options: GreedyOptions;
  readonly #done: RecipeStep[] = [];
  readonly #left = new Map<string, Pick<LeftAlone, 'code' | 'reason'>>();

  constructor(database: Database, steps: Steps, watch: QualityWatch, options: GreedyOptions) {
    this.#database = database;
    this.#steps = steps;
    this.#watch = watch;
    this.#options = options;
  }

  async run(ranking: readonly RankedCandidate[]): Promise<Chosen> {
    await this.#database.query(`CREATE TABLE ${REPAIRED} (row BIGINT, "column" VARCHAR, step INTEGER)`);
    const contenders = ranking.flatMap((ranked) => {
      const refused = this.#refuse(ranked);
      if (refused) this.#left.set(ranked.candidate.id, refused);
      return refused ? [] : [this.#contender(ranked)];
    });
    for (const phase of PHASES) {
      await this.#runPhase(
        contenders.filter(({ planned }) => planned.operator.phase === phase),
        contenders,
      );
    }
    const leftAlone = ranking.flatMap(({ candidate, entry }): LeftAlone[] => {
      const why = this.#left.get(candidate.id);
      if (!why) return [];
      const { id, operator, columns, params, description, confidence } = candidate;
      const seen = contenders.find(({ planned }) => planned.id === id)?.seen;
      const { cells, examples } = seen ?? { cells: entry.cells_changed, examples: entry.examples };
      return [{ id, operator, columns, params, description, confidence, ...why, cells, examples }];
    });
    return { steps: this.#done, leftAlone };
  }

  /** By what is known without another look at the data. */
  #refuse({ candidate, entry }: RankedCandidate): Pick<LeftAlone, 'code' | 'reason'> | undefined {
    const { chosen, isNamed, structure, minConfidence } = this.#options;
    if (chosen && !chosen.has(candidate.id)) {
      return { code: 'not_chosen', reason: 'It was not chosen.' };
    }
    if (!entry.passed) return { code: 'failed', reason: entry.reason };
    if (isNamed) return undefined;
    if (STRUCTURE.includes(candidate.phase) && !structure) {
      return {
        code: 'not_asked',
        reason: 'It changes which columns there are, and is applied only when it is asked for.',
      };
    }
    if (candidate.confidence >= minConfidence) return undefined;
    const [own, wanted] = [percent(candidate.confidence), percent(minConfidence)];
    return { code: 'unsure', reason: `It is ${own} sure to be right; ${wanted} are asked for.` };
  }

  #contender(ranked: RankedCandidate): Contender {
    const { candidate, operator, entry } = ranked;
    const all = new Set(this.#steps.table.columns.map(({ name }) => name));
    const mentioned = textsIn(candidate.params).filter((text) => all.has(text));
    const about = this.#watch.relatedTo([...candidate.columns, ...mentioned]);
    const planned = plannedOf(candidate, operator);
    return { ranked, planned, about, gain: entry.improvement ?? undefined, verdict: undefined, seen: undefined };
  }

  async #runPhase(pool: readonly Contender[], all: readonly Contender[]): Promise<void> {
    let open = [...pool];
    while (open.length > 0) {
      if (this.#done.length >= (this.#options.maxSteps ?? Number.POSITIVE_INFINITY)) {
        const { maxSteps } = this.#options;
        const reason = `No more than ${times(maxSteps ?? 0, 'step')} ${maxSteps === 1 ? 'was' : 'were'} to be made.`;
        for (const one of open) this.#leave(one, { code: 'beyond_steps', reason });
        return;
      }
      for (const one of open) if (one.gain === undefined) await this.#measure(one);
      for (const one of open) if (one.verdict) this.#leave(one, one.verdict);
      open = open.filter(({ verdict }) => verdict === undefined);
      const [best] = this.#options.chosen
        ? open
        : [...open]
            .sort((a, b) => nine(b.gain ?? 0) - nine(a.gain ?? 0) || a.ranked.entry.rank - b.ranked.entry.rank)
            .filter((one) => this.#isWorth(one));
      if (best === undefined) break;
      open = open.filter((one) => one !== best);
      await this.#apply(best, all);
    }
    for (const one of open) {
      this.#leave(one, { code: 'no_gain', reason: this.#verdict(one).reason });
    }
  }

  #verdict({ gain, planned }: Contender) {
    return gainVerdict(gain ?? 0, planned.confidence, this.#options);
  }

  #isWorth(contender: Contender): boolean {
    return this.#verdict(contender).keep;
  }

  #leave({ planned }: Contender, why: Pick<LeftAlone, 'code' | 'reason'>): void {
    this.#left.set(planned.id, why);
  }

  async #measure(contender: Contender): Promise<void> {
    const tried = await this.#try(contender);
    if (!tried) return;
    const { scores } = await this.#watch.after(tried, contender.planned.confidence);
    contender.gain = nine(scores.overall - this.#watch.scores.overall);
    contender.seen = { cells: tried.cells, examples: await examplesOf(this.#database, tried.changes) };
    await this.#steps.drop(tried);
  }

  async #apply(contender: Contender, all: readonly Contender[]): Promise<void> {
    const { planned, ranked } = contender;
    const tried = await this.#try(contender);
    if (!tried) {
      if (contender.verdict) this.#leave(contender, contender.verdict);
      return;
    }
    const against = ranked.entry.improvement === null ? await this.#options.validate(ranked.candidate) : [];
    const measured = await this.#watch.after(tried, planned.confidence);
    contender.gain = nine(measured.scores.overall - this.#watch.scores.overall);
    const refused =
      against.length > 0
        ? ({ code: 'failed', reason: against.join(' ') } as const)
        : this.#options.chosen || this.#isWorth(contender)
          ? undefined
          : ({ code: 'no_gain', reason: this.#verdict(contender).reason } as const);
    if (refused) {
      contender.seen = { cells: tried.cells, examples: await examplesOf(this.#database, tried.changes) };
      await this.#steps.drop(tried);
      this.#leave(contender, refused);
      return;
    }
    const scores = { before: this.#watch.scores, after: measured.scores };
    await this.#watch.take(tried, planned.confidence, measured);
    await this.#noteRepairs(tried, planned.operator);
    const step = await takeStep(this.#database, this.#steps, planned, tried, scores);
    this.#done.push(step);
    this.#options.onStep(step);
    const touched = new Set(tried.touched);
    const isAll = tried.rows + tried.columns > 0;
    for (const one of all) {
      if (isAll || [...one.about].some((column) => touched.has(column))) one.gain = undefined;
    }
  }

  /** Undefined when it cannot be applied now, or would change nothing; then the contender has a verdict. */
  async #try(contender: Contender): Promise<Tried | undefined> {
    const { planned, ranked } = contender;
    const there = this.#steps.table.columns.map(({ name }) => name);
    let tried: Tried;
    try {
      const transformation = transformationOf(planned, there);
      if (transformation === undefined) {
        const [missing] = missingColumns(planned.columns, there);
        contender.verdict = { code: 'conflict', reason: `There is no column "${cut(missing ?? '')}" any more.` };
        return undefined;
      }
      tried = await this.#steps.try(transformation);
    } catch (error) {
      const why = cut(error instanceof Error ? error.message : String(error));
      contender.verdict = { code: 'failed', reason: `It cannot be applied: ${why}` };
      return undefined;
    }
    const verdict = await this.#conflict(tried, planned.operator, (ranked.entry.cells_changed ?? 1) > 0);
    if (verdict === undefined) return tried;
    contender.verdict = verdict;
    contender.seen = { cells: tried.cells, examples: await examplesOf(this.#database, tried.changes) };
    await this.#steps.drop(tried);
    return undefined;
  }

  async #conflict(
    tried: Tried,
    { phase }: Operator,
    didChange: boolean,
  ): Promise<Pick<LeftAlone, 'code' | 'reason'> | undefined> {
    if (tried.cells + tried.rows + tried.columns === 0) {
      return didChange && this.#done.length > 0
        ? { code: 'gone', reason: 'After the steps before it, it changes nothing any more.' }
        : { code: 'no_gain', reason: 'It changes nothing.' };
    }
    if (!REPAIRS.includes(phase) || tried.cells === 0) return undefined;
    const [[shared, first] = []] = await this.#database.query(
      `SELECT count(*), min(step) FROM ${sqlName(tried.changes)} c JOIN ${REPAIRED} r ON c.row = r.row AND c."column" = r."column" WHERE c.kind = 'cell' AND c.before IS NOT NULL`,
    );
    if (Number(shared) < CONFLICT_SHARE * tried.cells) return undefined;
    const reason = `${times(Number(shared), 'cell')} of the ${tried.cells} that it would change ${Number(shared) === 1 ? 'was' : 'were'} repaired before, the first in step ${Number(first) + 1}.`;
    return { code: 'conflict', reason };
  }

  async #noteRepairs(tried: Tried, { phase }: Operator): Promise<void> {
    if (!REPAIRS.includes(phase)) return;
    await this.#database.query(
      `INSERT INTO ${REPAIRED} SELECT row, "column", ${this.#done.length} FROM ${sqlName(tried.changes)} WHERE kind = 'cell'`,
    );
  }
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap(textsIn);
}
