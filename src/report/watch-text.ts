/** What is said while a pipeline is watched: why a round began, how it ended, what is waited for. Pure. */
import type { RoundCause } from '../engine/rounds/round.ts';
import { countsText } from './counts-text.ts';
import { countOf, formatDuration, listOf, shown } from './format.ts';
import type { CollectedRun } from './run-collector.ts';
import type { Style } from './style.ts';

const PATHS_SHOWN = 3;

/** `12:30:05  data/a.csv changed`; `at` is local time. */
export function roundBeginLine(cause: RoundCause, at: Date, style: Style): string {
  return `${style.dim(timeText(at))}  ${style.bold(causeText(cause))}`;
}

/** One line for what a round came to: `#3  12:30:05  2 ran, 1 fresh in 0.4 s  data/a.csv changed`. */
export function roundEndLine(number: number, cause: RoundCause, run: CollectedRun, at: Date, style: Style): string {
  const result = `${countsText(run.counts)} in ${formatDuration(run.durationMs)}`;
  const paint = run.outcome === 'done' ? style.green : run.outcome === 'failed' ? style.red : style.yellow;
  return `${style.dim(`#${number}  ${timeText(at)}`)}  ${paint(result)}  ${style.dim(run.outcome === 'interrupted' ? 'stopped' : causeText(cause))}`;
}

export function idleLine(pipeline: string, style: Style): string {
  return style.dim(`Watching ${shown(pipeline)} and what its stages read. Ctrl-C ends it.`);
}

export function brokenLine(style: Style): string {
  return style.yellow('Nothing is built until this is mended.');
}

export function mendedLine(style: Style): string {
  return style.green('The files are sound again, and nothing is to be done.');
}

/** After a round that did not end well, when what made it so was taken back. */
export function undoneLine(style: Style): string {
  return style.green('Everything is as it was when it was last built, and nothing is to be done.');
}

/** After `waitingFor`. */
export function freeLine(style: Style): string {
  return style.dim('The workspace is free again, and nothing is to be done.');
}

export function blindLine(reason: string, style: Style): string {
  return `${style.yellow('warning:')} ${shown(reason)} So everything is looked at again from time to time.`;
}

export function loopLines(stage: string, paths: readonly string[], style: Style): string[] {
  const what =
    paths.length === 0
      ? 'something that it reads'
      : listOf(
          paths.map((path) => shown(path)),
          PATHS_SHOWN,
        );
  return [
    `${style.yellow('warning:')} Stage ${shown(stage)} was built again and again, because ${what} changed each time while stages ran.`,
    'If a stage writes there, name it among its outputs, or take it out of the inputs. ' +
      'Watching pauses until something changes once more.',
  ];
}

function causeText({ paths, isReloaded }: RoundCause): string {
  if (isReloaded) return 'the pipeline changed';
  if (paths.length === 0) return 'everything was looked at again';
  return paths.length <= PATHS_SHOWN
    ? `${listOf(paths.map((path) => shown(path)))} changed`
    : `${shown(paths[0] as string)} and ${countOf(paths.length - 1, 'other path')} changed`;
}

function timeText(at: Date): string {
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}
