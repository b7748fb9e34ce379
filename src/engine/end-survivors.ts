/** What a build that was killed left running is ended before anything is put back or built. */
import type { Recovered } from '../store/recover.ts';
import { quoteName } from '../util/harmless-text.ts';
import type { EnginePorts } from './ports.ts';

/** Under the lock. Errors: when something cannot be ended, since it may go on writing where the next attempt does. */
export async function endSurvivors({ endSurvivors: end }: EnginePorts, ledger: string): Promise<Recovered[]> {
  const survivors = await end(ledger);
  const left = survivors.find(({ isGone }) => !isGone);
  if (left) {
    const message = `process group ${left.group} of stage ${quoteName(left.stage)}, left by a build that was killed, cannot be ended`;
    throw Object.assign(new Error(message), { code: 'EALIVE' });
  }
  const stages = [...new Set(survivors.map(({ stage }) => stage))];
  return stages.map((stage) => ({ of: 'stage', name: stage, how: 'ended', displaced: [] }));
}
