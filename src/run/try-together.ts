/**
 * One attempt that several items of a fan-out share (design-notes, "Batches"): one process, and for each item a clean start,
 * checks and a commit of its own, as soon as its result is there. Knows nothing of further attempts.
 */
import type { StageOutcome, StageRequest, ToldItem } from '../plugin/protocol.ts';
import { shown } from '../plugin/protocol.ts';
import { fromWorkspace } from '../store/layout.ts';
import { FewAtOnce } from '../util/few-at-once.ts';
import type { Result } from '../util/result.ts';
import type { AttemptEnd, ProcessOver } from './attempt.ts';
import { judge, runPrepared, suspended, unprepared } from './attempt.ts';
import type { AttemptFolder } from './attempt-folders.ts';
import type { Begun } from './begin-attempt.ts';
import type { BuildContext } from './build-context.ts';
import { SCRATCH_VARIABLE } from './checkpoints.ts';
import type { Listener } from './event-files.ts';
import { log } from './events.ts';
import * as failures from './failure.ts';
import type { PreparedAttempt } from './prepare-attempt.ts';
import { describeAttempt } from './prepare-attempt.ts';
import { ToldEvents } from './told-events.ts';
import type { Tried } from './try-once.ts';
import { beginAttempt, endAttempt } from './try-once.ts';
import type { Work } from './work.ts';

/** Commits under way; more of them would only wait for the same disk. */
const COMMITS_MAX = 16;

/** The slot is the batch's, and is given back when all of it is over. */
const NO_SLOT = { release: () => undefined };

interface Item {
  readonly key: string;
  readonly work: Work;
  readonly begun: Begun;
  readonly prepared: PreparedAttempt;
  readonly told: ToldEvents;
}

/**
 * `works` are instances of one fan-out whose environments are the same. Calls `settle` once for each, as soon as it is known
 * what became of it. Errors: those of `tryOnce` and of `settle`, after the process has ended.
 */
export async function tryTogether(
  context: BuildContext,
  works: readonly Work[],
  number: number,
  settle: (work: Work, tried: Tried) => Promise<void>,
): Promise<void> {
  const folder = context.attemptFolders.take();
  try {
    const items: Item[] = [];
    for (const work of works) {
      const begun = await begin(context, work, number, folder);
      if ('how' in begun) await settle(work, begun);
      else items.push(begun);
    }
    if (items.length > 0) await new Batch(context, items, settle).run(folder);
  } finally {
    context.attemptFolders.giveBack(folder);
  }
}

async function begin(context: BuildContext, work: Work, number: number, folder: AttemptFolder): Promise<Item | Tried> {
  const begun = await beginAttempt(context, work, number);
  if ('how' in begun) return begun;
  const prepared = await describeAttempt(context, begun.attempt, folder);
  if (!prepared.ok) return endAttempt(context, begun, unprepared(prepared.error), NO_SLOT);
  return { key: keyOf(work), work, begun, prepared: prepared.value, told: new ToldEvents(context, work.stage) };
}

function keyOf({ stage }: Work): string {
  return stage.item?.key ?? stage.id;
}

class Batch implements Listener {
  readonly #context: BuildContext;
  readonly #items: ReadonlyMap<string, Item>;
  /** Those without a result. */
  readonly #open: Map<string, Item>;
  readonly #first: Item;
  readonly #settle: (work: Work, tried: Tried) => Promise<void>;
  readonly #stop = new AbortController();
  readonly #ends = new FewAtOnce(COMMITS_MAX, () => this.#stop.abort());
  readonly #warned = new Set<string>();
  /** When the latest result came. */
  #latestMs: number;

  constructor(context: BuildContext, items: readonly Item[], settle: (work: Work, tried: Tried) => Promise<void>) {
    this.#context = context;
    this.#items = new Map(items.map((item) => [item.key, item]));
    this.#open = new Map(this.#items);
    this.#first = items[0] as Item;
    this.#settle = settle;
    this.#latestMs = context.clock.monotonicMs();
  }

  async run(folder: AttemptFolder): Promise<void> {
    const { stage } = this.#first.work;
    const prepared = joinRequests([...this.#items.values()], folder);
    if (!prepared.worker) this.#context.state.fs.writeFile(folder.request, JSON.stringify(prepared.request));
    const over = await runPrepared(this.#context, stage, folder, prepared, this, this.#stop.signal);
    if (!this.#stop.signal.aborted) await this.#endRest(over);
    await this.#ends.ended();
  }

  tell(event: Parameters<Listener['tell']>[0]): void {
    if (event.type === 'item') {
      if (this.#items.has(event.key) && !this.#open.has(event.key)) {
        this.#warn('second', `It gave a second result for the item ${shown(event.key)}; the first one counts.`);
      } else this.#take(event);
      return;
    }
    const about = event.key === undefined ? this.#first : this.#items.get(event.key);
    // What is over is neither measured nor makes progress.
    if (about && (event.type === 'log' || this.#open.has(about.key))) about.told.tell(event);
  }

  flooded(bytesMax: number): void {
    this.#first.told.flooded(bytesMax);
  }

  /** The first result of an item. */
  #take({ key, result }: ToldItem): void {
    const item = this.#open.get(key);
    if (!item) {
      this.#warn('unknown', `It gave a result for ${shown(key)}, which is no item of its batch.`);
      return;
    }
    const { fs, layout } = this.#context.state;
    // The log of all is named after the first.
    const { logPath } = this.#first.prepared.spec;
    this.#end(item, async () => ({
      process: undefined,
      log: fs.lstat(logPath) ? fromWorkspace(layout, logPath) : undefined,
      result: await judgeItem(item, result),
      prepared: item.prepared,
    }));
  }

  /** What has no result failed as the process did. */
  async #endRest({ end, given, log: logged }: ProcessOver): Promise<void> {
    const { stage } = this.#first.work;
    const document = given.ok ? given.value : undefined;
    for (const told of document?.items ?? []) {
      if (this.#open.has(told.key) || !this.#items.has(told.key)) this.#take(told);
    }
    if ((document?.discovered_inputs ?? []).length > 0) {
      this.#warn('discovered', 'It found inputs and does not say for which item of its batch; they do not count.');
    }
    const judged = await judge(stage, end, given, {});
    const cause =
      judged.status === 'failed'
        ? failures.brokenOff(judged.cause)
        : judged.status === 'ok'
          ? failures.noItemResult()
          : failures.askedByNoItem();
    const rest = [...this.#open.values()];
    if (rest.length === 0 && judged.status === 'failed' && end.how !== 'cancelled') {
      this.#warn('end', `${judged.cause.message.replace(/\.$/, '')}, after all items of its batch were done.`);
    }
    for (const [at, item] of rest.entries()) {
      // Its last words once.
      const process = at === 0 ? end : { ...end, tail: [] };
      const { prepared } = item;
      this.#end(item, async () => ({ process, log: logged, prepared, result: { status: 'failed', cause } }));
    }
  }

  #end(item: Item, endOf: () => Promise<Omit<AttemptEnd, 'durationMs'>>): void {
    this.#open.delete(item.key);
    const nowMs = this.#context.clock.monotonicMs();
    // One after the other is the usual case; otherwise the sum is right at least.
    const durationMs = Math.round(nowMs - this.#latestMs);
    this.#latestMs = nowMs;
    this.#ends.add(async () => {
      const tried = await endAttempt(this.#context, item.begun, { ...(await endOf()), durationMs }, NO_SLOT);
      await this.#settle(item.work, tried);
    });
  }

  /** Once of each kind: there may be as many as there are lines. */
  #warn(kind: string, sentence: string): void {
    if (this.#warned.has(kind)) return;
    this.#warned.add(kind);
    log(this.#context, 'warning', this.#first.work.stage.id, sentence, 'batch-result');
  }
}

async function judgeItem({ work, told }: Item, result: Result<StageOutcome, string>): Promise<AttemptEnd['result']> {
  if (!result.ok) return { status: 'failed', cause: failures.badResult(result.error) };
  const { status, error, question, metrics, discovered_inputs: discovered } = result.value;
  if (error)
    return { status: 'failed', cause: failures.saidByStage(error, { exitCode: undefined, signal: undefined }) };
  if (status === 'suspended') return suspended(work.stage, question);
  return { status: 'ok', metrics: { ...told.metrics, ...metrics }, discovered: [...new Set(discovered)] };
}

/** What one process is given for all of them. Its name is that of the first. */
function joinRequests(items: readonly Item[], folder: AttemptFolder): PreparedAttempt {
  const { spec, request, worker } = (items[0] as Item).prepared;
  const { key: _, item: __, ...shared } = request;
  const own = { [SCRATCH_VARIABLE]: folder.tmp };
  return {
    spec: { ...spec, env: { ...spec.env, ...own } },
    request: {
      ...shared,
      params: {},
      inputs: {},
      outputs: {},
      answers: {},
      questions: {},
      scratch: folder.tmp,
      items: items.map((item) => requestItem(item.key, item.prepared.request)),
    },
    worker: worker && { ...worker, variables: { ...worker.variables, ...own } },
  };
}

function requestItem(
  key: string,
  { item = null, stage, params, inputs, outputs, answers = {}, questions = {}, seed, scratch }: StageRequest,
): NonNullable<StageRequest['items']>[number] {
  return { key, item, stage, params, inputs, outputs, answers, questions, seed, scratch };
}
