/**
 * Which of the stages that wait may start, as far as it is not a matter of the number of jobs: places in pools and their
 * rates, processors, memory, running alone. Told the time, it keeps no timer (design-notes, "Limits").
 */
import type { Pool } from '../model/pipeline.ts';
import { ReadyQueue } from './ready-queue.ts';

/** What an attempt of a stage takes while it runs. */
export interface Demand {
  readonly pool?: string | undefined;
  /** At most what there is; 0 for none. */
  readonly cpus: number;
  /** At most what there is; 0 for none. */
  readonly memoryBytes: number;
  /** Nothing runs beside it. */
  readonly exclusive: boolean;
}

export interface Limits {
  /** By stage; those without an entry take nothing. */
  readonly demands: Pick<ReadonlyMap<number, Demand>, 'get'>;
  readonly pools: { readonly [name: string]: Pool };
  readonly cpus: number;
  readonly memoryBytes: number;
}

/** Why it does not start. `others`: it is to run alone, and does not yet. */
export type Shortage = 'pool' | 'rate' | 'cpus' | 'memory' | 'others';

export interface Waits {
  readonly short: Shortage;
  readonly pool: string | undefined;
}

interface Waiter {
  readonly group: Group;
  /** Of one that ran before, among those; undefined for a first attempt. */
  readonly turn: number | undefined;
  readonly give: (held: boolean) => void;
}

/** Stages with the same demand: when the first of them cannot start, none can. */
interface Group {
  readonly demand: Demand;
  readonly queue: ReadyQueue;
  /** As it was when they were last looked at. */
  short: Shortage | undefined;
}

interface PoolState extends Pool {
  taken: number;
  /** When the next may start. */
  nextMs: number;
}

const NOTHING: Demand = { cpus: 0, memoryBytes: 0, exclusive: false };
/** Sums of fractions are not exact. */
const CPU_GRAIN = 1e-6;

/** Times are of one clock that never goes back, in milliseconds. */
export class Admission {
  readonly #limits: Limits;
  readonly #before: (a: number, b: number) => number;
  readonly #pools = new Map<string, PoolState>();
  readonly #groups = new Map<string, Group>();
  readonly #waiters = new Map<number, Waiter>();
  readonly #holding = new Map<number, Demand>();
  #cpus = 0;
  #memoryBytes = 0;
  #turns = 0;
  #alone = false;

  /** `before` is negative when `a` should start first. */
  constructor(limits: Limits, before: (a: number, b: number) => number) {
    this.#limits = limits;
    this.#before = before;
    for (const [name, pool] of Object.entries(limits.pools)) {
      this.#pools.set(name, { ...pool, taken: 0, nextMs: Number.NEGATIVE_INFINITY });
    }
  }

  /**
   * `again`: it ran before, and comes before all that did not. `give` is called once. `like`: the stage that it takes as much as,
   * where it is none itself; then `again` is true.
   */
  wait(stage: number, again: boolean, give: (held: boolean) => void, like = stage): void {
    const group = this.#groupOf(this.#limits.demands.get(like) ?? NOTHING);
    this.#waiters.set(stage, { group, turn: again ? this.#turns++ : undefined, give });
    group.queue.push(stage);
  }

  /** Of one that waits: what it lacked when it was last looked at. */
  waitsFor(stage: number): Waits | undefined {
    const group = this.#waiters.get(stage)?.group;
    return group?.short && { short: group.short, pool: group.demand.pool };
  }

  /** Nobody waits any longer, and none got anything. */
  dismiss(): void {
    const waiters = [...this.#waiters.values()];
    this.#waiters.clear();
    this.#groups.clear();
    for (const { give } of waiters) give(false);
  }

  /** What it holds is there for others. No effect when it holds nothing. */
  release(stage: number): void {
    const held = this.#holding.get(stage);
    if (!held) return;
    this.#holding.delete(stage);
    if (held.exclusive) this.#alone = false;
    this.#cpus = this.#holding.size === 0 ? 0 : this.#cpus - held.cpus;
    this.#memoryBytes -= held.memoryBytes;
    const pool = this.#poolOf(held);
    if (pool) pool.taken--;
  }

  /** A look at all that wait, foremost first. It is over when something is released. */
  round(nowMs: number): Round {
    const passed = new Set<Group>();
    // What those that were passed over wait for: nobody behind them may take it.
    const kept = { pools: new Set<string>(), cpus: false, memory: false, everything: this.#alone };
    const round = {
      wakeMs: Number.POSITIVE_INFINITY,
      next: (rival: number | undefined, othersRun: boolean): 'admitted' | 'rival' | 'nobody' => {
        while (!kept.everything) {
          const found = this.#foremost(passed);
          if (!found) return rival === undefined ? 'nobody' : 'rival';
          const { stage, waiter } = found;
          const { group } = waiter;
          if (rival !== undefined && waiter.turn === undefined && this.#before(rival, stage) < 0) return 'rival';
          group.short = this.#shortage(group.demand, nowMs, othersRun, kept);
          if (group.short === undefined) {
            this.#admit(stage, waiter, nowMs);
            kept.everything = this.#alone;
            return 'admitted';
          }
          passed.add(group);
          const { demand, short } = group;
          if (short === 'rate') round.wakeMs = Math.min(round.wakeMs, this.#poolOf(demand)?.nextMs ?? nowMs);
          if (short === 'others') kept.everything = true;
          if (short === 'cpus' || short === 'memory') {
            if (demand.pool !== undefined) kept.pools.add(demand.pool);
            kept.cpus ||= demand.cpus > 0;
            kept.memory ||= demand.memoryBytes > 0;
          }
        }
        return 'nobody';
      },
    };
    return round;
  }

  #groupOf(demand: Demand): Group {
    const key = JSON.stringify([demand.pool, demand.cpus, demand.memoryBytes, demand.exclusive]);
    const known = this.#groups.get(key);
    if (known) return known;
    const group: Group = { demand, queue: new ReadyQueue((a, b) => this.#compare(a, b)), short: undefined };
    this.#groups.set(key, group);
    return group;
  }

  #foremost(passed: ReadonlySet<Group>): { readonly stage: number; readonly waiter: Waiter } | undefined {
    let best: { stage: number; waiter: Waiter } | undefined;
    for (const group of this.#groups.values()) {
      const stage = passed.has(group) ? undefined : group.queue.first;
      const waiter = stage === undefined ? undefined : this.#waiters.get(stage);
      if (stage === undefined || !waiter) continue;
      if (!best || this.#compare(stage, best.stage) < 0) best = { stage, waiter };
    }
    return best;
  }

  /** A pool comes first: who waits for its pool keeps nothing of the machine from others. */
  #shortage(
    demand: Demand,
    nowMs: number,
    othersRun: boolean,
    kept: { readonly pools: ReadonlySet<string>; readonly cpus: boolean; readonly memory: boolean },
  ): Shortage | undefined {
    const pool = this.#poolOf(demand);
    if (pool && (pool.taken >= (pool.slots ?? Number.POSITIVE_INFINITY) || kept.pools.has(demand.pool ?? ''))) {
      return 'pool';
    }
    if (pool && pool.nextMs > nowMs) return 'rate';
    if (demand.exclusive && othersRun) return 'others';
    const { cpus, memoryBytes } = this.#limits;
    if (demand.cpus > 0 && (kept.cpus || this.#cpus + demand.cpus > cpus + CPU_GRAIN)) return 'cpus';
    if (demand.memoryBytes === 0) return undefined;
    return kept.memory || this.#memoryBytes + demand.memoryBytes > memoryBytes ? 'memory' : undefined;
  }

  #admit(stage: number, { group, give }: Waiter, nowMs: number): void {
    const { demand } = group;
    group.queue.pop();
    this.#waiters.delete(stage);
    this.#holding.set(stage, demand);
    this.#cpus += demand.cpus;
    this.#memoryBytes += demand.memoryBytes;
    if (demand.exclusive) this.#alone = true;
    const pool = this.#poolOf(demand);
    if (pool) {
      pool.taken++;
      // What was not used in time is lost, so that no two ever start together.
      pool.nextMs = nowMs + (pool.start_every_ms ?? 0);
    }
    give(true);
  }

  #poolOf({ pool }: Demand): PoolState | undefined {
    return pool === undefined ? undefined : this.#pools.get(pool);
  }

  #compare(a: number, b: number): number {
    const turnOfA = this.#waiters.get(a)?.turn ?? Number.POSITIVE_INFINITY;
    const turnOfB = this.#waiters.get(b)?.turn ?? Number.POSITIVE_INFINITY;
    return turnOfA === turnOfB ? this.#before(a, b) : turnOfA - turnOfB;
  }
}

export interface Round {
  /** The first moment at which a pool has another start for somebody who was passed over; Infinity for none. */
  readonly wakeMs: number;
  /**
   * Called while a job is free: admits the foremost that may start, unless `rival` comes before it, who waits for nothing
   * but a job. `othersRun`: a job is taken.
   */
  next(rival: number | undefined, othersRun: boolean): 'admitted' | 'rival' | 'nobody';
}
