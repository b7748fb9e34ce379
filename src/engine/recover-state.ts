/** What a command that was killed left behind, finished or undone before anything else is done. */
import { environmentFailure } from '../run/build-context.ts';
import { writeIndex } from '../store/index-file.ts';
import { ownerText } from '../store/journal.ts';
import type { Recovered, StuckRecovery } from '../store/recover.ts';
import { recover } from '../store/recover.ts';
import { quoteName } from '../util/harmless-text.ts';
import { endSurvivors } from './end-survivors.ts';
import type { OpenState } from './open-state.ts';
import type { EnginePorts } from './ports.ts';

/**
 * Finishes or undoes what a killed command left, under the lock; undefined when it left nothing. What was open before
 * is outdated afterwards.
 */
export async function recoverState(ports: EnginePorts, open: OpenState): Promise<Recovered[] | undefined> {
  const { fs } = ports;
  const { layout, journal } = open;
  if (isCalm(fs, open)) return undefined;
  // First of all: what still runs may still write.
  const ended = [...(await endSurvivors(ports, layout.processes)), ...(await endSurvivors(ports, layout.workers))];
  const { blobs, actions, digests, index } = open.state;
  const saveIndex = () => writeIndex(fs, layout.index, ports.bootId, index);
  const recovered = await recover({ fs, layout, journal, blobs, actions, digests, index, saveIndex });
  return [...ended, ...recovered];
}

/** Nothing was left by a command that was killed. */
export function isCalm(fs: EnginePorts['fs'], { layout, journal }: OpenState): boolean {
  return (
    journal.isEmpty() &&
    [layout.staging, layout.processes, layout.workers].every((path) => fs.lstat(path) === undefined)
  );
}

/** What is in an unknown state, why, and how to go on. */
export function stuckMessage({ stuck }: StuckRecovery): string {
  const sentences = stuck.map(({ owner, type, paths, cause }) => {
    const doing = type === 'publish' ? 'finish publishing' : 'put back';
    const outputs = paths.map((path) => quoteName(path)).join(', ');
    return environmentFailure(`${doing} ${outputs} of ${ownerText(owner)} after an interrupted build`, cause).message;
  });
  const advice =
    'Until then old and new bytes may stand side by side there. Make the place writable and try again; ' +
    'what fails once more is given up: its bytes go to ".wrangle/displaced/", and the stage is stale.';
  return [...sentences, advice].join('\n');
}
