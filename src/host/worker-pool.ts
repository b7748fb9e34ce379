// The workers of this machine: who serves which request, how many there are, and that none outlives wrangle. Knows nothing
// of what passes between wrangle and a worker.
import type { RunningRequest, WorkerPool, WorkerRequest } from '../ports/worker-pool.ts';
import type { GroupWatch } from './child.ts';
import { ProcessLedger } from './process-ledger.ts';
import { ProcessRoom } from './process-room.ts';
import type { Shared } from './process-run.ts';
import { Reaper } from './reaper.ts';
import { Worker, type WorkerListener, type WorkerTimes } from './worker.ts';

const LOG_BYTES_MAX = 1024 ** 3;
/** One that has grown beyond it is replaced between two requests. */
const RESIDENT_BYTES_MAX = 1024 ** 3;
const TIMES: WorkerTimes = { readyMs: 10_000, watchMs: 100, endMs: 2000, memoryMs: 250 };

export interface WorkerPoolOptions {
  /** How many may wait for a request; those that serve one are as many as there are requests. */
  readonly slots: number;
  /** Stays open until every worker is gone, even if wrangle is killed. */
  readonly inheritFd?: number | undefined;
  /** Where they are written down, for whoever comes after a kill. */
  readonly ledger?: { readonly path: string; readonly bootId: string };
  /** Where a log is cut, in bytes. Default: 1 GiB. */
  readonly logBytesMax?: number;
  readonly times?: Partial<WorkerTimes>;
  readonly residentBytesMax?: number;
}

export class NodeWorkerPool implements WorkerPool {
  readonly #slots: number;
  readonly #times: WorkerTimes;
  readonly #residentBytesMax: number;
  readonly #reaper: Reaper;
  readonly #shared: Shared & { readonly watch: GroupWatch };
  readonly #listener: WorkerListener;
  readonly #workers = new Set<Worker>();
  /** The one used last at the end. */
  #free: Worker[] = [];
  #count = 0;
  #isResting = false;
  #complaints: string[] = [];
  #allGone: () => void = () => undefined;

  constructor(options: WorkerPoolOptions) {
    this.#slots = options.slots;
    this.#times = { ...TIMES, ...options.times };
    this.#residentBytesMax = options.residentBytesMax ?? RESIDENT_BYTES_MAX;
    this.#reaper = new Reaper(() => options.inheritFd);
    this.#shared = {
      logBytesMax: options.logBytesMax ?? LOG_BYTES_MAX,
      ledger: options.ledger && new ProcessLedger(options.ledger.path, options.ledger.bootId),
      room: new ProcessRoom(),
      watch: this.#reaper,
    };
    this.#listener = {
      onFree: (worker) => this.#onFree(worker),
      onGone: (worker) => this.#onGone(worker),
      onComplaint: (message) => this.#complaints.push(message),
    };
  }

  start(request: WorkerRequest): RunningRequest {
    this.#wake(request);
    const key = keyOf(request);
    const worker = this.#take(key, request.memoryBytesMax) ?? this.#open(key, request);
    return worker.serve(request);
  }

  /** Between two builds: nothing on the disk speaks of those that wait. Returns what is to be said of them. */
  rest(): string[] {
    this.#isResting = true;
    for (const { name } of this.#workers) this.#shared.ledger?.delete(name);
    this.#shared.ledger?.close();
    return this.#complaints.splice(0);
  }

  /** Resolves, to what is to be said of them, once all have ended, and with them their hold on the descriptor. */
  async close(): Promise<string[]> {
    this.#free = [];
    const allGone = new Promise<void>((resolve) => {
      this.#allGone = resolve;
    });
    for (const worker of this.#workers) worker.end();
    if (this.#workers.size > 0) await allGone;
    await this.#reaper.close();
    this.#shared.ledger?.close();
    return this.#complaints.splice(0);
  }

  /** The latest that fits, which has the most in its caches. One that is about to end may still be among them. */
  #take(key: string, memoryBytesMax: number | undefined): Worker | undefined {
    const at = this.#free.findLastIndex((worker) => worker.key === key && worker.isGood);
    const [worker] = at === -1 ? [] : this.#free.splice(at, 1);
    if (!worker || memoryBytesMax === undefined || worker.residentBytes <= memoryBytesMax / 2) return worker;
    // What others left in it must not be this request's undoing.
    worker.end();
    return undefined;
  }

  #open(key: string, { spec, type, variables }: WorkerRequest): Worker {
    this.#reaper.start();
    const name = `${type}#${++this.#count}`;
    const env = { ...spec.env, WRANGLE_RUN_ID: variables['WRANGLE_RUN_ID'] ?? '' };
    const worker = new Worker({ key, name, spec: { ...spec, env } }, this.#shared, this.#times, this.#listener);
    this.#workers.add(worker);
    return worker;
  }

  #onFree(worker: Worker): void {
    if (worker.residentBytes > this.#residentBytesMax) worker.end();
    else this.#free.push(worker);
    while (this.#free.length > this.#slots) this.#free.shift()?.end();
  }

  #onGone(worker: Worker): void {
    this.#workers.delete(worker);
    this.#free = this.#free.filter((other) => other !== worker);
    if (this.#workers.size === 0) this.#allGone();
  }

  /** Those that were kept are written down again. */
  #wake({ variables }: WorkerRequest): void {
    if (!this.#isResting) return;
    this.#isResting = false;
    const runId = variables['WRANGLE_RUN_ID'] ?? '';
    for (const { name, pid } of this.#workers) {
      this.#shared.ledger?.expect(name, runId);
      if (pid !== undefined) this.#shared.ledger?.add(name, runId, pid);
    }
  }
}

function keyOf({ code, spec: { argv, cwd, env } }: WorkerRequest): string {
  const variables = Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([code, argv, cwd, variables]);
}
