/** Names that no plugin may give to a command. */

/** In the order in which they are listed. */
export const BUILT_IN_COMMANDS = [
  'build',
  'watch',
  'resume',
  'check',
  'plan',
  'status',
  'why',
  'graph',
  'log',
  'runs',
  'diff',
  'rollback',
  'stage',
  'stages',
  'plugin',
  'schema',
  'clean',
  'gc',
  'cache',
  'init',
  'doctor',
  'completion',
] as const;

/** Not there yet: a plugin that took one of them would stop working with a later version. */
const LATER_COMMANDS = ['accept', 'help', 'replay', 'report', 'schema', 'stage', 'ui', 'version'] as const;

export const RESERVED_COMMANDS: ReadonlySet<string> = new Set([...BUILT_IN_COMMANDS, ...LATER_COMMANDS]);
