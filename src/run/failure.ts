/** Failures of stages, one function each, so that a code has one meaning and one sentence. */
import type { ListProblem } from '../fan-out/expansion.ts';
import type { Failure } from '../model/event.ts';
import type { PermanentFailure } from '../model/outcome.ts';
import { COMMAND_MISSING_EXITS } from '../model/outcome.ts';
import type { OutputDifference } from '../model/output-difference.ts';
import { differenceText } from '../model/output-difference.ts';
import type { Stage } from '../model/pipeline.ts';
import type { StageError } from '../plugin/protocol.ts';
import type { ProcessEnd } from '../ports/command-runner.ts';
import type { WorkerFault } from '../ports/worker-pool.ts';

/** Everything but where its output is, which the caller adds. */
export interface FailureCause
  extends Pick<Failure, 'code' | 'category' | 'message' | 'exit_code' | 'signal' | 'differences'> {
  /** No further attempt can mend it, whatever the pipeline says. */
  readonly permanent: boolean;
}

function critical(code: PermanentFailure, message: string): FailureCause {
  return { code, category: 'critical', message, exit_code: undefined, signal: undefined, permanent: true };
}

/** The failure as it is told: with the end of what the process printed, and where the rest is. */
export function failureOf(cause: FailureCause, told: Partial<Pick<Failure, 'tail' | 'log' | 'kept'>> = {}): Failure {
  const { code, category, message, exit_code, signal, differences } = cause;
  const where = { tail: told.tail ?? [], log: told.log, kept: told.kept };
  return { code, category, message, exit_code, signal, ...where, ...(differences && { differences }) };
}

/** What the stage itself says of its failure. */
export function saidByStage(
  { code, category, message }: StageError,
  end: Pick<ProcessEnd, 'exitCode' | 'signal'>,
): FailureCause {
  return { code, category, message, exit_code: end.exitCode, signal: end.signal, permanent: false };
}

/** Of two runs of the same that made something else. `kept`: folders with what each of them made. */
export function notDeterministic(differences: readonly OutputDifference[], kept: readonly string[]): FailureCause {
  const where = `What each made is in ${kept.join(' and ')}.`;
  const message = `It is not deterministic: it ran twice, and ${differenceText(differences)}. ${where}`;
  return { ...critical('not-deterministic', message), differences };
}

/** Two runs made the same, and not what an earlier one had made. */
export function notAsBefore(differences: readonly OutputDifference[]): FailureCause {
  const message = `It is not deterministic: it made the same twice, but not what it made before of the same inputs: ${differenceText(differences)}.`;
  return { ...critical('not-deterministic', message), differences };
}

/** `message`: why the second run failed, whole sentences. */
export function failedOnce(message: string): FailureCause {
  const told = `It ended well the first time, and failed the second, in other folders, another time zone and locale. ${message}`;
  return critical('not-deterministic', told);
}

export function inputMissing(paths: readonly string[]): FailureCause {
  return critical('input-missing', `The input ${list(paths)} is not there.`);
}

export function inputUnreadable(message: string): FailureCause {
  return critical('input-unreadable', `An input cannot be read: ${message}.`);
}

export function secretMissing(names: readonly string[]): FailureCause {
  return critical('secret-missing', `The secret ${list(names)} is not set in the environment wrangle was started in.`);
}

export function secretShort(names: readonly string[]): FailureCause {
  return critical(
    'secret-short',
    `The secret ${list(names)} has fewer than 4 bytes, too few to be masked in its output.`,
  );
}

/** Of a fan-out. `message` is whole sentences. */
export function listFailed(code: ListProblem['code'], message: string): FailureCause {
  return critical(code, message);
}

/** Of an instance whose item does not fit the stage. `message` is whole sentences. */
export function itemInvalid(message: string): FailureCause {
  return critical('item-invalid', message);
}

export function tooManyDropped(dropped: number, total: number, most: string): FailureCause {
  return critical('too-many-dropped', `${dropped} of ${total} items were dropped, and "max_skipped" is ${most}.`);
}

/** `reason` is a sentence. */
export function voteIncomparable(reason: string): FailureCause {
  return critical('vote-by', `Its answer cannot be compared: ${reason}`);
}

/** What is known of `voteUndecided` beforehand. */
export const VOTE_UNDECIDED = { code: 'vote-undecided', category: 'critical' } as const;

/** `tally` is what it came to, in words; `last`: why the last one was flagged, a sentence, where all of them were. */
export function voteUndecided(ahead: number, attempts: number, tally: string, last: string | undefined): FailureCause {
  const tried = `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
  const why = last === undefined ? '' : ` The last one: ${last}`;
  const { code } = VOTE_UNDECIDED;
  return critical(code, `No answer leads by ${ahead} after ${tried}: ${tally}.${why}`);
}

/** Of an attempt that ended well, and whose answer is not the one that was chosen. */
export function outvoted(answer: string, votes: number, of: number): FailureCause {
  return critical(
    'outvoted',
    `Its answer, ${JSON.stringify(answer)}, got ${votes} of ${of} ${of === 1 ? 'vote' : 'votes'} and did not win.`,
  );
}

export function expressionFailed(message: string): FailureCause {
  return critical('expression-failed', message);
}

/** `message` is a sentence. */
export function whenFailed(message: string): FailureCause {
  return critical('when-failed', message);
}

export function outputMissing(paths: readonly string[]): FailureCause {
  return critical('output-missing', `It ended well but did not make ${list(paths)}.`);
}

export function outputType(path: string, expected: string, found: string): FailureCause {
  return critical('output-type', `Its output ${JSON.stringify(path)} should be a ${expected} but is a ${found}.`);
}

export function outputUnreadable(path: string, reason: string): FailureCause {
  return critical('output-unreadable', `Its output ${JSON.stringify(path)} cannot be kept: ${reason}.`);
}

export function unsafeOutput(message: string): FailureCause {
  return critical('output-unsafe', `Its output cannot be published: ${message}.`);
}

export function contractBroken(path: string, problems: readonly string[]): FailureCause {
  return critical('contract', `Its output ${JSON.stringify(path)} breaks its contract: ${problems.join('; ')}.`);
}

export function inputChanged(paths: readonly string[], why: 'made-by-stage' | 'again'): FailureCause {
  const reason = why === 'again' ? 'for the second time in a row' : 'though another stage makes it';
  return critical('input-changed', `The input ${list(paths)} changed while it ran, ${reason}.`);
}

export function discoveredElsewhere(found: readonly { readonly path: string; readonly stage: string }[]): FailureCause {
  const [first] = found;
  const message = `It read ${JSON.stringify(first?.path)}, which stage ${JSON.stringify(first?.stage)} makes, without waiting for it; declare it under "inputs".`;
  return critical('discovered-elsewhere', message);
}

export function noResult(): FailureCause {
  return critical('plugin-no-result', 'The plugin ended with exit code 0 but wrote no result document.');
}

/** Of an item of a batch that has no result though its process ended well. */
export function noItemResult(): FailureCause {
  return critical('plugin-no-result', 'The plugin ended well but gave no result for this item.');
}

/** Of an item of a batch whose process ended with a question. */
export function askedByNoItem(): FailureCause {
  return badResult('it asks a question and does not say which item of its batch asks.');
}

/** Of an item of a batch that has no result because its process failed. */
export function brokenOff(cause: FailureCause): FailureCause {
  return { ...cause, message: `${cause.message.replace(/\.$/, '')}, before this item was done.` };
}

export function badResult(problem: string): FailureCause {
  return critical('plugin-bad-result', `The plugin's result document cannot be used: ${problem}`);
}

export function badDiscovered(path: string, problem: string): FailureCause {
  return badResult(`its "discovered_inputs" has ${JSON.stringify(path)} in it, which ${problem}.`);
}

/** The same failure, of a process that tried to tell why. */
export function unread(cause: FailureCause, problem: string): FailureCause {
  const message = `${cause.message.replace(/\.$/, '')}, and its result document cannot be used: ${problem}`;
  return { ...cause, message };
}

/** Of a worker that had to be ended. */
export function workerFailed({ code, message }: WorkerFault, end: ProcessEnd): FailureCause {
  if (code === 'worker-version') return critical(code, message);
  const category = code === 'worker-memory' ? 'retryable' : 'critical';
  // A signal that wrangle sent says nothing of why.
  const signal = code === 'worker-start' ? end.signal : undefined;
  return { code, category, message, exit_code: end.exitCode, signal, permanent: false };
}

/** Of a process that did not end with exit code 0. */
export function processFailed(end: ProcessEnd, stage: Pick<Stage, 'timeout_ms' | 'exit_codes'>): FailureCause {
  const base = { exit_code: end.exitCode, signal: end.signal, category: 'critical', permanent: false } as const;
  switch (end.how) {
    case 'timeout':
      return {
        ...base,
        code: 'timeout',
        category: 'retryable',
        message: `It was stopped after ${seconds(stage.timeout_ms ?? 0)}, its timeout${killed(end)}.`,
      };
    case 'not-started':
      return critical('not-started', end.message ?? 'It could not be started.');
    case 'signal': {
      const hint = end.signal === 'SIGKILL' ? ' (out of memory?)' : '';
      return { ...base, code: 'signal', message: `It was killed by ${end.signal}${hint}.` };
    }
    case 'cancelled':
      return { ...base, code: 'cancelled', permanent: true, message: 'It was stopped.' };
    case 'exit':
      return {
        ...base,
        code: 'exit-code',
        category: stage.exit_codes[String(end.exitCode)] ?? 'critical',
        permanent: COMMAND_MISSING_EXITS.has(end.exitCode),
        message: `It ended with exit code ${end.exitCode}${exitHint(end.exitCode)}.`,
      };
  }
}

function killed({ signal }: ProcessEnd): string {
  return signal === 'SIGKILL' ? ', and killed, since it did not end by itself' : '';
}

/** Those whose numbers are the same everywhere. */
const SIGNALS: Readonly<Record<number, string>> = {
  ...{ 1: 'SIGHUP', 2: 'SIGINT', 3: 'SIGQUIT', 4: 'SIGILL', 6: 'SIGABRT', 8: 'SIGFPE', 11: 'SIGSEGV' },
  ...{ 9: 'SIGKILL, out of memory', 13: 'SIGPIPE', 15: 'SIGTERM' },
};

/** What shells mean by it; other programs may mean something else. */
function exitHint(code = 0): string {
  if (code === 127) return ': a command was not found';
  if (code === 126) return ': a command cannot be run';
  const signal = SIGNALS[code - 128];
  return signal === undefined ? '' : ` (${signal}?)`;
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => JSON.stringify(name));
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

function seconds(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000} s` : `${ms} ms`;
}
