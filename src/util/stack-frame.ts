/** A line of a stack, as Node prints it: where in its code an error was thrown. */
export function isStackFrame(line: string): boolean {
  return /^\s+at .*(:\d+:\d+|<anonymous>)\)?( \{)?$/.test(line);
}
