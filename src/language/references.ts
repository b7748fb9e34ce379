/** What the expressions of one stage speak of. Knows no keys. */
import type { Location } from '../model/location.ts';
import type { Uses } from './expressions.ts';
import type { Pointer } from './locate.ts';
import type { Piece, StageReader } from './stage-reader.ts';
import { usesIn } from './stage-reader.ts';

export interface ReferredOutput {
  readonly stage: string;
  readonly port: string;
  readonly location: Location;
}

/** Gathers what expressions speak of. */
export class References {
  outputs: Set<string> | 'all' = new Set();
  readonly stages: ReferredOutput[] = [];
  readonly #reader: StageReader;
  readonly #seen = new Set<string>();

  constructor(reader: StageReader) {
    this.#reader = reader;
  }

  add(pieces: readonly Piece[], pointer: Pointer): void {
    for (const { ordinal, uses } of usesIn(pieces)) {
      this.#addOutputs(uses.outputs);
      for (const { stage, port } of uses.stages) {
        const key = JSON.stringify([stage, port]);
        if (this.#seen.has(key)) continue;
        this.#seen.add(key);
        this.stages.push({ stage, port, location: this.#reader.locateExpression(pointer, ordinal) });
      }
    }
  }

  #addOutputs(outputs: Uses['outputs']): void {
    if (outputs === 'all') this.outputs = 'all';
    else if (this.outputs !== 'all') for (const port of outputs) this.outputs.add(port);
  }
}
