/**
 * A stage type that runs on its own, as it is told: what it prints as it comes, then what it measured and made. Turns
 * events into lines; knows no stream.
 */
import type { WrangleEvent } from '../model/event.ts';
import { isStackFrame } from '../util/stack-frame.ts';
import { formatBytes, formatDuration, shown } from './format.ts';
import type { CollectedRun } from './run-collector.ts';
import type { Style } from './style.ts';
import { alignColumns } from './table.ts';

type Failure = Extract<WrangleEvent, { event: 'task_failed' }>['details']['data']['failure'];

export interface StageLinesOptions {
  readonly style: Style;
  /** `quiet`: failures and warnings. `verbose`: also what the stage says for debugging. */
  readonly verbosity: 'quiet' | 'normal' | 'verbose';
}

export interface StageLines {
  /** Lines without their newline; none for an event that is not shown. */
  onEvent(event: WrangleEvent): string[];
  /** Redacted output, in whole lines. */
  onOutput(text: string): string[];
}

export function createStageLines({ style, verbosity }: StageLinesOptions): StageLines {
  const quiet = verbosity === 'quiet';
  let heard = false;
  /** Where in its code an error was thrown is for those who asked to hear everything. */
  const withoutStacks = (lines: readonly string[]) =>
    verbosity === 'verbose' ? lines : lines.filter((line) => !isStackFrame(line));
  return {
    onOutput(text) {
      if (quiet || text === '') return [];
      heard = true;
      const whole = text.endsWith('\n') ? text.slice(0, -1) : text;
      return withoutStacks(whole.split('\n')).map((line) => shown(line, style));
    },
    onEvent(event) {
      if (event.event === 'task_failed') {
        const { failure } = event.details.data;
        if (heard && saysItself(failure)) return [style.bold(style.red('failed.'))];
        const tail = heard ? [] : withoutStacks(failure.tail).map((line) => `${style.dim('|')} ${shown(line, style)}`);
        const [first = '', ...more] = failure.message.split('\n');
        return [
          ...tail,
          `${style.bold(style.red('failed:'))} ${shown(first)}`,
          ...more.map((line) => `  ${shown(line)}`),
        ];
      }
      if (event.event !== 'log') return [];
      const { level } = event.details.data;
      const message = shown(event.details.message);
      if (level === 'warning') return [`${style.yellow('warning:')} ${message}`];
      if (level === 'error') return [`${style.red('error:')} ${message}`];
      return quiet || (level === 'debug' && verbosity !== 'verbose') ? [] : [message];
    },
  };
}

/** Whether the last it printed was why it failed, as a stage written with the SDK does. */
function saysItself({ code, message, tail }: Failure): boolean {
  return tail.join('\n').trimEnd().endsWith(`${code}: ${message}`);
}

/** Where an output went. */
export interface MadeOutput {
  /** As it was asked for. */
  readonly shown: string;
  /** Bytes; undefined for a folder. */
  readonly size: number | undefined;
}

/** What is said at the end of one that did its work. */
export function stageDoneLines(
  run: CollectedRun,
  { outputs, style }: { readonly outputs: readonly MadeOutput[]; readonly style: Style },
): string[] {
  const [stage] = run.stages.values();
  const metrics = Object.entries(stage?.metrics ?? {}).map(([name, value]) => [
    `${shown(name)}:`,
    shown(typeof value === 'string' ? value : JSON.stringify(value)),
  ]);
  const verb = stage?.outcome === 'restored' ? 'Restored' : 'Wrote';
  const wrote = outputs.map(({ shown: name, size }) => {
    const bytes = size === undefined ? '' : ` (${formatBytes(size)})`;
    return `${verb} ${shown(name)}${bytes}`;
  });
  const took = ` in ${formatDuration(run.durationMs)}.`;
  return [
    ...alignColumns(metrics),
    ...(wrote.length === 0 ? [`${style.green('Done')}${took}`] : wrote.map((line) => style.green(line) + took)),
  ];
}
