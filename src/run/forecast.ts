/**
 * How long a build will still take: the longest path that is left, or the work that is left shared among the jobs,
 * whichever is longer. Pure; knows the graph and how long stages took, not what they do.
 */
import type { StageGraph } from '../model/graph.ts';

export interface ForecastOptions {
  readonly graph: Pick<StageGraph, 'consumers'>;
  /** Stages that have yet to end, ascending. */
  readonly toDo: readonly number[];
  /** Per stage of the graph what it took when it last ran, in milliseconds; undefined when it never did. */
  readonly durations: readonly (number | undefined)[];
  /** Stages whose results are there already and are only put in place, which takes no time to speak of. */
  readonly restored: ReadonlySet<number>;
  /** How many may run at once. */
  readonly jobs: number;
}

const NOT_STARTED = -1;
const ENDED = -2;

/** All times are of one clock that never goes back, in milliseconds. */
export class Forecast {
  readonly #graph: ForecastOptions['graph'];
  readonly #toDo: number[];
  readonly #jobs: number;
  /** By stage; NaN for one that never ran. */
  #expected: Float64Array;
  /** By stage: when it started, or one of the two above. */
  #startedAt: Float64Array;
  /** By stage: the longest path from it to the end, as it was last looked at. */
  #path: Float64Array;
  /** Of stages that ran, now or at another time. */
  #knownMs = 0;
  #known = 0;
  #ended = 0;
  /** Fan-outs that do not count any more, since their instances do. */
  #replaced = 0;

  constructor({ graph, toDo, durations, restored, jobs }: ForecastOptions) {
    this.#graph = graph;
    this.#toDo = [...toDo];
    this.#jobs = jobs;
    this.#expected = new Float64Array(durations.length);
    this.#startedAt = new Float64Array(durations.length).fill(NOT_STARTED);
    this.#path = new Float64Array(durations.length);
    for (const duration of durations) if (duration !== undefined) this.#learn(duration);
    for (const stage of toDo) this.#expected[stage] = restored.has(stage) ? 0 : (durations[stage] ?? Number.NaN);
  }

  /** How many stages there were to do. */
  get total(): number {
    return this.#toDo.length - this.#replaced;
  }

  /** A fan-out turns out to be these stages, which lie behind all that is known; durations as of `ForecastOptions`. */
  replace(fanOut: number, by: readonly number[], durationOf: (stage: number) => number | undefined): void {
    const size = Math.max(this.#expected.length, ...by.slice(-1).map((last) => last + 1));
    this.#expected = grown(this.#expected, size, 0);
    this.#startedAt = grown(this.#startedAt, size, NOT_STARTED);
    this.#path = grown(this.#path, size, 0);
    this.#expected[fanOut] = 0;
    this.#startedAt[fanOut] = ENDED;
    this.#replaced++;
    for (const stage of by) {
      const duration = durationOf(stage);
      if (duration !== undefined) this.#learn(duration);
      this.#expected[stage] = duration ?? Number.NaN;
      this.#toDo.push(stage);
    }
  }

  /** How many of them are over. */
  get ended(): number {
    return this.#ended;
  }

  /** One of those to do begins; or begins anew, and then takes its whole time again. */
  started(stage: number, nowMs: number): void {
    this.#startedAt[stage] = nowMs;
  }

  /** It is over, whatever became of it. `ran`: from now on it is one of those that ran. */
  over(stage: number, nowMs: number, ran: boolean): void {
    const startedAt = this.#startedAt[stage] as number;
    if (startedAt === ENDED) return;
    if (ran && startedAt !== NOT_STARTED && Number.isNaN(this.#expected[stage])) this.#learn(nowMs - startedAt);
    this.#startedAt[stage] = ENDED;
    this.#ended++;
  }

  /**
   * Milliseconds, never below 0; undefined while it cannot be known, because no stage ever ran. Looks at every stage to
   * do and its consumers: half a millisecond for 10,000 of them, so not for each of their ends.
   */
  leftMs(nowMs: number): number | undefined {
    const unknownMs = this.#known === 0 ? Number.NaN : this.#knownMs / this.#known;
    let work = 0;
    let longest = 0;
    for (let at = this.#toDo.length - 1; at >= 0; at--) {
      const stage = this.#toDo[at] as number;
      let behind = 0;
      // Those that are not to do take no time and stay at 0; a consumer that is comes later in the graph.
      for (const consumer of this.#graph.consumers[stage] ?? []) {
        behind = Math.max(behind, this.#path[consumer] as number);
      }
      const own = this.#leftOf(stage, unknownMs, nowMs);
      const path = behind + own;
      this.#path[stage] = path;
      longest = Math.max(longest, path);
      work += own;
    }
    return Number.isNaN(work) ? undefined : Math.max(longest, work / this.#jobs);
  }

  #leftOf(stage: number, unknownMs: number, nowMs: number): number {
    const startedAt = this.#startedAt[stage] as number;
    if (startedAt === ENDED) return 0;
    const known = this.#expected[stage] as number;
    const expected = Number.isNaN(known) ? unknownMs : known;
    return startedAt === NOT_STARTED ? expected : Math.max(0, expected - (nowMs - startedAt));
  }

  #learn(durationMs: number): void {
    this.#knownMs += durationMs;
    this.#known++;
  }
}

function grown(numbers: Float64Array, size: number, filler: number): Float64Array {
  if (size <= numbers.length) return numbers;
  const larger = new Float64Array(size).fill(filler);
  larger.set(numbers);
  return larger;
}
