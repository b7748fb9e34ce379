/** One JSON document in the stage's scratch folder: how far an attempt came, for the next one. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Json } from '../util/canonical-json.ts';

export interface Checkpoint {
  /** Replaces what was saved before: a kill in the middle leaves that, never half of this. */
  readonly save: (state: Json) => void;
  /** What was saved last; undefined when nothing was. */
  readonly load: () => Json | undefined;
}

const FILE = 'checkpoint.json';

export function openCheckpoint(scratch: string): Checkpoint {
  const path = `${scratch}/${FILE}`;
  return {
    save: (state) => {
      mkdirSync(scratch, { recursive: true });
      writeFileSync(`${path}.part`, JSON.stringify(state));
      renameSync(`${path}.part`, path);
    },
    load: () => {
      try {
        return JSON.parse(readFileSync(path, 'utf8')) as Json;
      } catch {
        // Nothing was saved, or a power cut took it: the work begins anew.
        return undefined;
      }
    },
  };
}
