/** Ends code that does not end by itself, such as what a schema of others makes of itself. Knows no schema. */
import { Script } from 'node:vm';

export const LATE = Symbol('late');

/** The watch is on a script's own time, and the only way into a script is by way of something global. */
const HANDOVER = Symbol.for('wrangle.time-limit');
const script = new Script('globalThis[Symbol.for("wrangle.time-limit")]()');
const handover = globalThis as { [HANDOVER]?: (() => void) | undefined };

/** What `act` returns, or `LATE` when that takes longer; it is stopped then, wherever it is. Takes 0.1 ms itself. */
export function withinTime<T>(milliseconds: number, act: () => T): T | typeof LATE {
  let returned: T | typeof LATE = LATE;
  handover[HANDOVER] = () => {
    returned = act();
  };
  try {
    script.runInThisContext({ timeout: milliseconds });
    return returned;
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return LATE;
    throw error;
  } finally {
    handover[HANDOVER] = undefined;
  }
}
