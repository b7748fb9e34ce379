/** How logs reach a person: the lines that are wanted, harmless to a terminal, with their stage where there are several. */
import type { WantedLines } from '../report/log-lines.ts';
import { wantedLines } from '../report/log-lines.ts';
import { harmlessText } from '../util/harmless-text.ts';

export interface LogPrinterOptions {
  readonly write: (text: string) => void;
  /** As it was written. */
  readonly isRaw: boolean;
  /** Of the log of a run; undefined: all. */
  readonly wanted: WantedLines | undefined;
  /** Each line begins with the stage it is of. */
  readonly namesStages: boolean;
}

export interface LogPrinter {
  /** Text of a log is whole lines but for its end, after which nothing more of it comes. */
  print(stage: string | undefined, text: string, isEnd: boolean): void;
}

export function makeLogPrinter({ write, isRaw, wanted, namesStages }: LogPrinterOptions): LogPrinter {
  return {
    print(stage, text, isEnd) {
      const picked = wanted && stage === undefined ? wantedLines(text, wanted) : text;
      if (picked === '') return;
      const shown = isRaw ? picked : harmlessText(picked);
      if (!namesStages || stage === undefined) return write(shown);
      const name = isRaw ? stage : harmlessText(stage, { plain: true });
      const lines = shown.replace(/^(?=.|\n)/gm, `${name} | `);
      // What another stage says next does not belong to this line.
      write(isEnd && !lines.endsWith('\n') ? `${lines}\n` : lines);
    },
  };
}
