/** What commander says of a wrong command line, in the form of all other mistakes. */

/** The message, and the advice if there is any. */
export function worded(text: string): readonly [message: string, help?: string] {
  const message = text.replace(/^error: /, '').trimEnd();
  const [, before, one, near] = /^(.*)\n\(Did you mean (one of )?(.+)\?\)$/s.exec(message) ?? [];
  if (before === undefined || near === undefined) return [message];
  return [before, one === undefined ? `Did you mean "${near}"?` : `Did you mean one of ${near}?`];
}
