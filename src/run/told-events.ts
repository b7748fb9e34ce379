/** What one attempt tells while it runs, as it becomes part of the run. Knows nothing of where it is read from. */
import type { Stage } from '../model/pipeline.ts';
import type { StageEvent } from '../plugin/protocol.ts';
import type { Json } from '../util/canonical-json.ts';
import type { BuildContext } from './build-context.ts';
import { emit, log } from './events.ts';

/** Beyond these it is a flood that nobody reads, and that would fill the memory of whoever does. */
const LOG_LINES_MAX = 10_000;
const METRICS_MAX = 10_000;
const PROGRESS_MS = 100;

export class ToldEvents {
  readonly metrics: Record<string, Json> = {};
  readonly #context: Pick<BuildContext, 'emit' | 'clock'>;
  readonly #stage: Stage;
  #logLines = 0;
  #metricCount = 0;
  #progressAt = Number.NEGATIVE_INFINITY;

  constructor(context: Pick<BuildContext, 'emit' | 'clock'>, stage: Stage) {
    this.#context = context;
    this.#stage = stage;
  }

  tell(event: StageEvent): void {
    if (event.type === 'metric') this.#measure(event.name, event.value);
    else if (event.type === 'log') this.#log(event);
    else if (event.type === 'progress') this.#progress(event);
  }

  /** It wrote more than is read. */
  flooded(bytesMax: number): void {
    const sentence = `It told more than ${bytesMax / 1024 ** 2} MiB; the rest is left out.`;
    log(this.#context, 'warning', this.#stage.id, sentence, 'event-flood');
  }

  #measure(name: string, value: Json): void {
    if (!Object.hasOwn(this.metrics, name) && ++this.#metricCount > METRICS_MAX) return;
    this.metrics[name] = value;
  }

  #log({ level, message }: Extract<StageEvent, { type: 'log' }>): void {
    const { id } = this.#stage;
    if (++this.#logLines <= LOG_LINES_MAX) {
      emit(this.#context, 'log', id, message, { level, code: undefined, stream: 'stage' });
    } else if (this.#logLines === LOG_LINES_MAX + 1) {
      const sentence = `It logged more than ${LOG_LINES_MAX} lines; the others are left out.`;
      log(this.#context, 'warning', id, sentence, 'log-flood');
    }
  }

  #progress({ done, total, note }: Extract<StageEvent, { type: 'progress' }>): void {
    const now = this.#context.clock.monotonicMs();
    const isEnd = done !== undefined && done === total;
    if (now - this.#progressAt < PROGRESS_MS && !isEnd) return;
    this.#progressAt = now;
    emit(this.#context, 'task_progress', this.#stage.id, note ?? `${done ?? ''}/${total ?? ''}`, { done, total, note });
  }
}
