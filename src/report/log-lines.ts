/** Lines of the log of a run, `{timestamp} | {run id} | {stage} | {LEVEL} | {message}`: which of them are wanted. Pure. */
import type { LogLevel } from '../model/event.ts';

export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warning', 'error'];

const LINE = /^\S+ \| \S+ \| (.*?) \| (DEBUG|INFO|WARNING|ERROR) \| /;

export interface WantedLines {
  /** This one and those above. */
  readonly level: LogLevel;
  /** `-` stands for what is about no stage. */
  readonly stage: (id: string) => boolean;
}

/** `text` is whole lines. A line of another form goes with the one before it; as the first, it is not wanted. */
export function wantedLines(text: string, { level, stage }: WantedLines): string {
  const lowest = LOG_LEVELS.indexOf(level);
  let isWanted = false;
  return (text.match(/[^\n]*\n|[^\n]+$/g) ?? [])
    .filter((line) => {
      const [, id, name] = LINE.exec(line) ?? [];
      if (id !== undefined && name !== undefined) {
        isWanted = LOG_LEVELS.indexOf(name.toLowerCase() as LogLevel) >= lowest && stage(id);
      }
      return isWanted;
    })
    .join('');
}
