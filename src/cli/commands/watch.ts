/** `wrangle watch`, which is `wrangle build --watch`: builds, and builds again whenever something changes. */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { OpenPipeline } from '../../engine/rounds/open-pipeline.ts';
import type { Hints, Round } from '../../engine/rounds/round.ts';
import { merge } from '../../engine/rounds/round.ts';
import { createWorkspace } from '../../engine/workspace.ts';
import type { RoundHooks } from '../../watch/watcher.ts';
import { watch } from '../../watch/watcher.ts';
import { askedBuild, nextBuild } from '../asked-build.ts';
import type { AskedBuild, Refusal } from '../carry-out.ts';
import { GRACE_MS, refuse } from '../carry-out.ts';
import { EXIT, SIGNAL_EXIT } from '../exit-code.ts';
import type { BuildFlags } from '../flags.ts';
import type { Session } from '../session.ts';
import { DiagnosedError, parseJobs, UsageError } from '../session.ts';
import { watchSignals } from '../signals.ts';
import { ToldRounds } from '../told-rounds.ts';

/** Ends with the signal's code. Failing stages and mistakes in files are waited out, those on the command line are not. */
export async function watchCommand(session: Session, args: string[], flags: BuildFlags): Promise<number> {
  if (session.json) {
    throw new UsageError('"--json" prints one document, and watching never ends.', 'Use --events FILE.');
  }
  if (flags.dryRun) throw new UsageError('"--dry-run" builds nothing, so there is nothing to watch for.');
  const { select = [], exclude = [], force } = flags;
  const words = [...args, ...select, ...exclude, ...(typeof force === 'string' ? [force] : [])];
  if (words.some((word) => /(^|[@+,\s])state:/.test(word))) {
    throw new UsageError(
      '"state:" cannot be watched: how stages are changes with every round.',
      'Use it with "build".',
    );
  }
  // A mistake on the command line itself is not waited out.
  await askedBuild(session, args, flags);
  const workspace = createWorkspace(session.ports, session.workspace.dir, { keepWorkers: true });
  const pipeline = await workspace.open(flags.paramsFile === undefined ? [] : [resolve(session.cwd, flags.paramsFile)]);
  const { watchFolders } = await import('../../host/folder-watcher.ts');
  const signals = watchSignals();
  const end = new AbortController();
  signals.stop.addEventListener('abort', () => end.abort());
  let hopeless: Refusal | undefined;
  const told = new ToldRounds(session, {
    pipeline,
    events: flags.events,
    next: nextBuild(session, args, flags),
    ending: end.signal,
    onHopeless: (refusal) => {
      hopeless = refusal;
      end.abort();
    },
  });
  try {
    await watch({
      clock: session.ports.clock,
      watchFolders,
      pipeline,
      round: askedRounds(session, pipeline, told, { args, flags, killSignal: signals.kill }),
      onChange: flags.onChange === 'restart' ? 'restart' : 'finish',
      listener: told.listener,
      signal: end.signal,
    });
  } finally {
    signals.close();
    // What is said from here on is not to be written over by the block.
    await told.close();
    await workspace.close();
  }
  const signal = signals.received();
  if (hopeless) return refuse(session, hopeless, signal);
  return signal ? SIGNAL_EXIT[signal] : EXIT.done;
}

interface Asked {
  readonly args: readonly string[];
  readonly flags: BuildFlags;
  readonly killSignal: AbortSignal;
}

/** What the command line asks for is read anew for each round: a file of params may have changed. */
function askedRounds(
  session: Session,
  pipeline: OpenPipeline,
  told: ToldRounds,
  { args, flags, killSignal }: Asked,
): (hints: Hints, hooks: RoundHooks) => Promise<Round> {
  /** Of rounds that could not be asked for. */
  let owed: Hints = new Set();
  return async (hints, hooks) => {
    const looked = merge(owed, hints);
    let asked: AskedBuild;
    try {
      asked = await askedBuild(session, args, flags);
    } catch (error) {
      const report = mistakenParams(error);
      owed = looked;
      return { report, cause: undefined };
    }
    owed = new Set();
    const request = {
      ...asked,
      ...told.hear(),
      ...hooks,
      defaultJobs: (setting: number | string | undefined) =>
        parseJobs(setting, availableParallelism(), '"jobs" in the settings'),
      waitForLock: flags.wait,
      command: session.commandLine,
      killSignal,
      graceMs: GRACE_MS,
    };
    const round = await pipeline.round(request, looked);
    told.looked(round);
    return round;
  };
}

/** Of a file of params that was edited; on the command line nothing changes any more. */
function mistakenParams(error: unknown): Refusal {
  if (error instanceof DiagnosedError) {
    return { status: 'invalid', mistakes: { diagnostics: error.diagnostics, texts: error.texts } };
  }
  if (error instanceof UsageError) return { status: 'environment', message: error.message };
  throw error;
}
