/** Makes events: the time stamp and the sentence are added here, so that all of them have one form. */
import type { LogLevel, WrangleEvent } from '../model/event.ts';
import type { BuildContext } from './build-context.ts';

type DataOf<Name extends WrangleEvent['event']> = Extract<WrangleEvent, { event: Name }>['details']['data'];

export function emit<Name extends WrangleEvent['event']>(
  context: Pick<BuildContext, 'emit' | 'clock'>,
  event: Name,
  stage: string | null,
  message: string,
  data: DataOf<Name>,
): void {
  const timestamp = new Date(context.clock.nowMs()).toISOString();
  // The union cannot be built from its parts without telling the compiler that name and data belong together.
  context.emit({ event, task_id: stage, timestamp, details: { message, data } } as unknown as WrangleEvent);
}

export function log(
  context: Pick<BuildContext, 'emit' | 'clock'>,
  level: LogLevel,
  stage: string | null,
  message: string,
  code?: string,
): void {
  emit(context, 'log', stage, message, { level, code, stream: 'wrangle' });
}

/** Of `run_started`. */
export function startedText(total: number, toDo: number): string {
  return `${total} ${total === 1 ? 'stage' : 'stages'}, ${toDo} to do.`;
}
