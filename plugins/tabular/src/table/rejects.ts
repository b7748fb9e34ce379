/** Counts what is rejected, hands it on, and ends it when it is too much. */
import { basename } from 'node:path';
import { StageFailure } from 'wrangle/plugin';
import type { OnReject, RejectedRecord, TableParams } from './table.ts';

export class Rejects {
  readonly by: { [code: string]: number } = {};
  readonly #file: string;
  readonly #params: TableParams;
  readonly #onReject: OnReject | undefined;
  #count = 0;

  constructor(path: string, params: TableParams, onReject: OnReject | undefined) {
    this.#file = basename(path);
    this.#params = params;
    this.#onReject = onReject;
  }

  /** Errors: throws the record's own code with `on_bad_row: fail`, `too-many-rejects` beyond `max_rejects`. */
  add(reject: RejectedRecord): void {
    this.#count += 1;
    this.by[reject.code] = (this.by[reject.code] ?? 0) + 1;
    const file = this.#file;
    const what = `Line ${reject.line} of ${JSON.stringify(file)} ${reject.message}`;
    if (this.#params.on_bad_row === 'fail') {
      const message = `${what}. Set "on_bad_row: pad" to fill up short rows, or "on_bad_row: reject" to leave such rows out.`;
      throw new StageFailure({ code: reject.code, category: 'critical', message, file, row: reject.line });
    }
    const { max_rejects: max } = this.#params;
    if (max !== undefined && this.#count > max) {
      const rows = max === 1 ? 'more than 1 row is' : `more than ${max} rows are`;
      const message =
        max === 0
          ? `${what}. Raise "max_rejects" to leave such rows out.`
          : `In ${JSON.stringify(file)} ${rows} rejected, the last in line ${reject.line}: it ${reject.message}. Raise "max_rejects", or check "dialect".`;
      const code = max === 0 ? reject.code : 'too-many-rejects';
      throw new StageFailure({ code, category: 'critical', message, file, row: reject.line });
    }
    this.#onReject?.(reject);
  }
}

export function wrongWidth(width: number, columns: number): string {
  const cells = width === 1 ? '1 cell' : `${width} cells`;
  return `has ${cells} where there ${columns === 1 ? 'is 1 column' : `are ${columns} columns`}`;
}
