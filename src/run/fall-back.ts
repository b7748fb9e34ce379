/** What is said of a stage none of whose strategies ended well (design-notes, "Strategies"). Pure. */
import type { Failure } from '../model/event.ts';

/** A strategy that made nothing, and why: a sentence, or `undefined` where its `when` was false. */
export interface StrategyEnd {
  readonly name: string;
  readonly message: string | undefined;
}

/** The last failure, with what became of the others in its message. */
export function failureOfAll(failure: Failure, ends: readonly StrategyEnd[]): Failure {
  const said = ends.map(({ name, message = 'Not tried, since its "when" is false.' }) => `${quoted(name)}: ${message}`);
  return { ...failure, message: `Every strategy failed. ${said.join(' ')}` };
}

/** Of a failure after which another strategy is tried. */
export function goesOnText({ message }: Pick<Failure, 'message'>, next: string): string {
  return `${message} It goes on with ${quoted(next)}.`;
}

function quoted(name: string): string {
  return JSON.stringify(name);
}
