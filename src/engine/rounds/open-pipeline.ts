/**
 * A pipeline that is built again and again while its files change: the graph and what is known of its files stay in memory,
 * so that only what was touched is looked at (design-notes, "Watching"). Knows nothing of how changes are noticed.
 */
import { posix } from 'node:path';
import { isUnreadable } from '../../digest/unreadable.ts';
import type { WrangleEvent } from '../../model/event.ts';
import type { Stage } from '../../model/pipeline.ts';
import { triedAs } from '../../plan/decide.ts';
import type { Plan } from '../../plan/make-plan.ts';
import { makePlan, planIfIdle } from '../../plan/make-plan.ts';
import { Skips } from '../../plan/skips.ts';
import { nextExpiry } from '../../plan/ttl.ts';
import type { WatchedPlaces } from '../../ports/folder-watcher.ts';
import type { Built } from '../../run/build.ts';
import { environmentFailure } from '../../run/build-context.ts';
import { ANSWERS_FOLDER } from '../../store/answer-files.ts';
import type { WorkspaceIndex } from '../../store/index-file.ts';
import { stageKey } from '../../store/index-file.ts';
import { stateLayout } from '../../store/layout.ts';
import { compareText } from '../../util/compare.ts';
import { buildPlanned } from '../build-planned.ts';
import type { BuildReport, BuildRequest } from '../build-request.ts';
import type { FrontEnd } from '../loaded.ts';
import type { Means } from '../open-processes.ts';
import type { OpenState } from '../open-state.ts';
import { openState } from '../open-state.ts';
import type { EnginePorts } from '../ports.ts';
import { isCalm, recoverState } from '../recover-state.ts';
import { canRead } from '../requests.ts';
import type { Selection } from '../selection.ts';
import { choose, inputMistakes } from '../selection.ts';
import { BUILD, underLock } from '../under-lock.ts';
import type { WorkerOwner } from '../worker-owner.ts';
import type { GraphPlaces } from './graph-places.ts';
import { KnownPlaces } from './known-places.ts';
import { StageLooks } from './look-at-stage.ts';
import type { RanBetween } from './own-doing.ts';
import { isOwnDoing } from './own-doing.ts';
import { PipelineSource } from './pipeline-source.ts';
import type { Hints, Round, RoundCause, RoundReport, RoundRequest } from './round.ts';
import { merge } from './round.ts';
import { RoundEnds } from './round-ends.ts';
import type { StageEnd } from './tried-stages.ts';
import { TriedStages } from './tried-stages.ts';

interface Triggers {
  readonly stages: readonly number[];
  /** Of them, or of instances of them. */
  readonly ids: readonly string[];
  /** What they read. */
  readonly inputs: Iterable<string>;
}

export class OpenPipeline {
  readonly #ports: EnginePorts;
  readonly #dir: string;
  readonly #workers: WorkerOwner;
  readonly #source: PipelineSource;
  readonly #known: KnownPlaces;
  #expiresAtMs: number | undefined;
  #isFirst = true;
  #ranBetween: RanBetween | undefined;
  /** What was not looked at although it should have been. */
  #owed: Hints = new Set();
  /** The last round that built was stopped before its end. */
  #isStopped = false;
  readonly #tries = new TriedStages();
  /** Instances that the last round with them dropped, by id. */
  readonly #dropped = new Set<string>();
  readonly #alsoWatched: readonly string[];
  /** What the last round that built told of what is selected. */
  #told: ReadonlySet<string> = new Set();

  /** `alsoWatched`: files that requests are made from. Absolute. */
  constructor(ports: EnginePorts, dir: string, workers: WorkerOwner, alsoWatched: readonly string[]) {
    this.#ports = ports;
    this.#dir = dir;
    this.#workers = workers;
    this.#alsoWatched = alsoWatched;
    this.#source = new PipelineSource(ports, dir);
    this.#known = new KnownPlaces(ports.fs, dir);
  }

  /** When, after the last round began, the next result does not count any more; wall clock. Undefined: none ever. */
  get expiresAtMs(): number | undefined {
    return this.#expiresAtMs;
  }

  /** One at a time. Hints of a round that could not build count for the next one, too. Rejects for the disk in the first. */
  async round(request: RoundRequest, hints: Hints): Promise<Round> {
    const looked = merge(this.#owed, hints);
    this.#owed = looked;
    const begunMs = this.#ports.clock.nowMs();
    const round = await this.#tryRound(request, this.#isFirst ? 'everything' : looked, hints);
    const { status } = round.report;
    const isStopped = round.report.status === 'built' && round.report.outcome === 'interrupted';
    if (status === 'unchanged' || (status === 'built' && !isStopped)) this.#owed = new Set();
    if (status === 'built') this.#isStopped = isStopped;
    const graph = this.#source.frontEnd?.graph;
    const { index } = this.#known;
    this.#expiresAtMs = graph && index && nextExpiry(graph, index, begunMs);
    return round;
  }

  /** Where changes count. */
  places(): WatchedPlaces {
    const { folders = [], trees = [] } = this.#known.places?.places() ?? {};
    const { state, store } = stateLayout(this.#dir, this.#source.frontEnd?.settings.cacheFolder);
    return {
      folders: [
        ...new Set([
          ...folders,
          ...this.#source.folders,
          ...this.#alsoWatched.map((path) => posix.dirname(path)),
          this.#dir,
          `${this.#dir}/${ANSWERS_FOLDER}`,
        ]),
      ],
      trees: [...new Set(trees)],
      ignored: [state, store, `${this.#dir}/.git`],
    };
  }

  /** Of the pipeline, from the workspace; undefined before the first round that could load it. */
  get file(): string | undefined {
    return this.#source.frontEnd?.graph.pipeline.file;
  }

  /** Every stage that was built ended well, or is again as it was when it did. */
  get isDone(): boolean {
    return (this.#source.frontEnd?.graph.stages ?? []).every(({ id }) => !this.#tries.isUnfinished(id));
  }

  /** Whether anything of the pipeline is at the path, below or above it: what it was made from, what stages read or make. */
  isAbout(path: string): boolean {
    return this.#source.concerns(path) || this.#known.touchedBy(path).length > 0 || this.#known.isAnswer(path);
  }

  /** Whether a round that runs works with something that is no longer so: an input from outside, or the pipeline itself. */
  async isOutdatedBy(paths: Iterable<string>): Promise<boolean> {
    if (!this.#known.places) return false;
    const all = [...paths];
    if (all.some((path) => this.#source.concerns(path)) && !this.#source.isCurrent()) return true;
    return this.#known.haveChanged(all);
  }

  /** Of what is looked at, `news` is what the last round has not seen. */
  async #tryRound(request: RoundRequest, hints: Hints, news: Hints): Promise<Round> {
    try {
      return await this.#round(request, hints, news);
    } catch (error) {
      if (this.#isFirst || !isOfDisk(error)) throw error;
      const { message } = environmentFailure('look at what changed', error);
      return { report: { status: 'environment', message }, cause: undefined };
    }
  }

  async #round(request: RoundRequest, hints: Hints, news: Hints): Promise<Round> {
    const loaded = await this.#source.load(request, hints, ({ graph }) => this.#known.adopt(graph));
    if (loaded !== 'kept' && loaded !== 'new') return { report: loaded, cause: undefined };
    const isReloaded = loaded === 'new';
    // Should this round not come to its end, the next one knows nothing of a pipeline that was another.
    if (isReloaded) this.#owed = 'everything';
    const frontEnd = this.#frontEnd;
    const force = this.#isFirst && request.force;
    const selection = await choose(frontEnd.graph, { ...request, force }, async () => {
      return (await import('../stage-states.ts')).lookAtStates(this.#ports, this.#dir, frontEnd);
    });
    if (!selection.ok) return { report: { status: 'invalid', mistakes: selection.mistakes }, cause: undefined };
    const looked = isReloaded ? 'everything' : hints;
    const candidates = this.#candidates(looked, selection);
    if (candidates.length === 0) return UNCHANGED;
    if (!this.#isFirst && (await this.#isIdle(request, candidates))) return UNCHANGED;

    let cause: RoundCause | undefined;
    const report = await underLock(this.#ports, this.#dir, request, BUILD, async (lockFd): Promise<RoundReport> => {
      let open = await this.#open(request, selection);
      const all = { stages: candidates, ids: candidates.map((at) => this.#idOf(at)), inputs: [] };
      const found = this.#isFirst ? all : await this.#triggersAmong(open, candidates);
      const { stages: triggers } = found;
      if (triggers.length === 0) {
        this.#known.keep(open.state, candidates);
        return { status: 'unchanged' };
      }
      const selected = this.#isFirst ? selection.selected : this.#withConsumers(triggers, selection);
      if (open.state.fanOuts && (!this.#isFirst || selection.isOpen)) {
        // Lists that are made in this round are read when they are.
        open = await this.#open(request, selection, open.state.index);
        const looks = new StageLooks(open.state, await Skips.beside(open.state, []), this.#tries, this.#dropped);
        await looks.expandFor(selected, new Set(selected));
      }
      const beside = selection.isOpen
        ? await (await import('../beside.ts')).lookBeside(this.#ports, this.#dir, frontEnd, selection, open)
        : undefined;
      const made = await makePlan(open.state, selected);
      const missing = beside?.mistakes(made);
      const mistakes = missing ?? (await inputMistakes(this.#ports, this.#dir, request, open, made));
      if (mistakes) return { status: 'invalid', mistakes };
      this.#source.store();
      cause = this.#causeOf(found, looked === 'everything' ? news : looked, isReloaded);
      if (!request.mayBegin(cause)) return { status: 'held' };
      const told = [...selection.notes, ...(beside?.notes ?? [])];
      const notes = told.filter((note) => !this.#told.has(note));
      this.#told = new Set(told);
      return this.#build({ ...request, force }, open, made, { lockFd, workers: this.#workers, notes });
    });
    if (report.status === 'built') this.#isFirst = false;
    return { report, cause };
  }

  /** Of what could be loaded last; only once something could. */
  get #frontEnd(): FrontEnd {
    return this.#source.frontEnd as FrontEnd;
  }

  #candidates(hints: Hints, { selected }: Selection): readonly number[] {
    if (hints === 'everything') return selected;
    const among = new Set(selected);
    const found = new Set<number>();
    for (const path of hints) for (const at of this.#known.touchedBy(path)) if (among.has(at)) found.add(at);
    // What led to them may have been built before it was stopped, and then is as it should be.
    if (this.#isStopped || [...hints].some((path) => this.#known.isAnswer(path))) {
      for (const at of selected) if (this.#tries.isUnfinished(this.#idOf(at))) found.add(at);
    }
    // Who gathers reads the order of a list, too; consumers have higher indices.
    const { stages, consumers } = this.#frontEnd.graph;
    for (const at of selected) {
      if (!found.has(at) || !stages[at]?.foreach) continue;
      for (const consumer of consumers[at] ?? []) if (among.has(consumer)) found.add(consumer);
    }
    return [...found].sort((a, b) => a - b);
  }

  /** By a look at what is there, without reading any of it: for wrangle's own outputs it is always enough. */
  async #isIdle(request: BuildRequest, candidates: readonly number[]): Promise<boolean> {
    const index = this.#known.currentIndex();
    if (!index || candidates.some((at) => this.#tries.isUnfinished(this.#idOf(at)))) return false;
    const open = openState(this.#ports, this.#dir, this.#frontEnd, {
      mode: 'glance',
      readStore: canRead(request.cache),
      forced: new Set(),
      index,
    });
    return isCalm(this.#ports.fs, open) && (await planIfIdle(open.state, candidates)) !== undefined;
  }

  async #open(request: BuildRequest, selection: Selection, known?: WorkspaceIndex): Promise<OpenState> {
    const frontEnd = this.#frontEnd;
    const { forced } = selection;
    const options = { mode: 'write' as const, readStore: canRead(request.cache), forced, instances: selection };
    const index = known ?? this.#known.currentIndex();
    const open = openState(this.#ports, this.#dir, frontEnd, { ...options, ...(index ? { index } : {}) });
    const recovered = await recoverState(this.#ports, open);
    if (!recovered) return open;
    request.onRecovered(recovered);
    return openState(this.#ports, this.#dir, frontEnd, options);
  }

  /** Those that are not as the last round left them. */
  async #triggersAmong({ state }: OpenState, candidates: readonly number[]): Promise<Triggers> {
    const stages = new Set<number>();
    const ids: string[] = [];
    const inputs = new Set<string>();
    const looked = new Set(candidates);
    const looks = new StageLooks(state, await Skips.beside(state, []), this.#tries, this.#dropped);
    await looks.expandFor(candidates, new Set());
    // Grows while it is gone through.
    for (const at of looked) {
      const { id } = state.graph.stages[at] as Stage;
      try {
        const look = await looks.at(at);
        if (look.isFresh) {
          // It still waits: for somebody who is yet to make what it reads, and may make something else.
          if ((state.graph.producers[at] ?? []).some((from) => this.#tries.isUnfinished(this.#idOf(from)))) continue;
          const waited = this.#tries.foundFresh(id) ? (state.graph.consumers[at] ?? []) : [];
          for (const consumer of waited) {
            if (!this.#tries.wakeUp(this.#idOf(consumer))) continue;
            // Once more, if it was looked at already.
            looked.delete(consumer);
            looked.add(consumer);
          }
          continue;
        }
        if (look.stale.length === 0) continue;
        // There may be more of them than a call has room for.
        for (const stale of look.stale) ids.push(stale);
        for (const path of look.inputs) inputs.add(path);
      } catch (error) {
        // Whoever runs it says what is wrong with its inputs.
        if (!isUnreadable(error)) throw error;
        ids.push(id);
      }
      stages.add(at);
    }
    this.#known.rememberInstances(state);
    return { stages: [...stages].sort((a, b) => a - b), ids: [...new Set(ids)], inputs };
  }

  /** With what is still to be done, and all that depends on either. Ascending. */
  #withConsumers(triggers: readonly number[], { selected }: Selection): number[] {
    const { consumers } = this.#frontEnd.graph;
    const wanted = new Set(triggers);
    for (const at of selected) if (this.#tries.isUnfinished(this.#idOf(at))) wanted.add(at);
    // Consumers have higher indices, so one pass meets each stage after all its producers.
    for (const at of selected) {
      if (wanted.has(at)) for (const consumer of consumers[at] ?? []) wanted.add(consumer);
    }
    return selected.filter((at) => wanted.has(at));
  }

  #causeOf({ stages, ids, inputs }: Triggers, hints: Hints, isReloaded: boolean): RoundCause {
    const among = new Set(stages);
    const places = this.#known.places as GraphPlaces;
    const leads = (path: string) => places.touchedBy(path).some((at) => among.has(at));
    const found = hints === 'everything' ? [] : [...hints].filter(leads);
    // What people edited says more than what follows from it.
    const own = found.filter((path) => !places.isMade(path) && !places.isAround(path));
    const paths = (own.length > 0 ? own : found).map((path) => places.fromWorkspace(path) || '.');
    const sources = [...inputs].filter((path) => !places.isMade(path));
    const absolute = sources.map((path) => (path.startsWith('/') ? path : `${this.#dir}/${path}`));
    const ran = this.#ranBetween;
    return {
      paths: paths.sort(compareText),
      stages: ids,
      isReloaded,
      isOwnDoing: ran !== undefined && !isReloaded && isOwnDoing(this.#ports.fs, absolute, ran),
    };
  }

  async #build(request: BuildRequest, open: OpenState, made: Plan, means: Means): Promise<BuildReport> {
    const frontEnd = this.#frontEnd;
    const ends = new RoundEnds();
    const onEvent = (event: WrangleEvent) => {
      ends.onEvent(event);
      request.onEvent(event);
    };
    const report = await buildPlanned(
      this.#ports,
      this.#dir,
      { ...request, onEvent, isRound: true },
      frontEnd,
      open,
      made,
      means,
    );
    const took = made.stages.map(({ index }) => index);
    this.#known.keep(open.state, took);
    if (report.status !== 'built') return report;
    this.#ranBetween = report.ranBetween;
    await this.#noteEnds(open, made, report, ends);
    this.#known.rememberInstances(open.state);
    this.#known.rememberDiscovered();
    return report;
  }

  /** What became of the stages that took part. */
  async #noteEnds(open: OpenState, made: Plan, report: Built, ends: RoundEnds): Promise<void> {
    const { graph, fanOuts, index } = open.state;
    const { pipeline, stages } = graph;
    const endOf = ends.of(report, ({ id }) => index.stages.get(stageKey(pipeline.file, id))?.fingerprint);
    const decidedOf = new Map(made.stages.map(({ index: at, decided }) => [at, decided]));
    const ended = async (at: number, how?: Partial<StageEnd>): Promise<boolean> => {
      const stage = stages[at] as Stage;
      const decided = decidedOf.get(at);
      const end = { ...endOf(at, stage), ...how };
      await this.#tries.ended(stage, end, () => (decided ? triedAs(decided) : this.#triedNow(open, at)));
      return end.isDone;
    };
    for (const { index: at } of made.stages) {
      // With their fan-out.
      if (fanOuts?.fanOutOf(at) !== undefined) continue;
      const expanded = fanOuts?.of(at);
      if (!expanded?.ok) {
        await ended(at);
        continue;
      }
      let isDone = !ends.has((stages[at] as Stage).id);
      for (const instance of expanded.value.instances) {
        isDone = (await ended(instance)) && isDone;
        const { id } = stages[instance] as Stage;
        if (fanOuts?.isAbsent(instance) && !report.skipped.has(instance)) this.#dropped.add(id);
        else this.#dropped.delete(id);
      }
      await ended(at, { isDone, isUnsteady: false });
    }
  }

  /** Of a stage that was not even started, nor could be: what it would start with now. */
  async #triedNow({ state }: OpenState, at: number): Promise<string> {
    try {
      return (await new StageLooks(state, await Skips.beside(state, []), this.#tries, this.#dropped).at(at)).now;
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      return '';
    }
  }

  #idOf(at: number): string {
    return (this.#frontEnd.graph.stages[at] as Stage).id;
  }
}

const UNCHANGED: Round = { report: { status: 'unchanged' }, cause: undefined };

function isOfDisk(error: unknown): boolean {
  return /^E[A-Z]+$/.test((error as NodeJS.ErrnoException).code ?? '');
}
