/** Commands to suggest: pasted into the same shell, they are about the same workspace, pipeline and params. */
import type { NextCommand } from '../report/summary.ts';
import type { BuildFlags } from './program.ts';

/** As they were given; what came from a variable is still there. */
export interface GivenBuild {
  readonly flags: BuildFlags;
  /** FILE as it was written; undefined when the settings say which. */
  readonly file: string | undefined;
  readonly stages: readonly string[];
}

export function nextCommands({ flags, file, stages }: GivenBuild): NextCommand {
  const place = flags.directory === undefined ? [] : ['-C', flags.directory];
  const pipeline = [
    ...(flags.param ?? []).flatMap((setting) => ['-p', setting]),
    ...(flags.paramsFile === undefined ? [] : ['--params-file', flags.paramsFile]),
    ...place,
  ];
  const named = file === undefined ? [] : [file];
  return (command, stage) => {
    const about = stage === undefined ? [] : [stage];
    switch (command) {
      case 'log':
        return shellLine(['log', ...about, ...place]);
      case 'why':
        return shellLine(['why', ...named, ...about, ...pipeline]);
      case 'build':
        return shellLine(['build', ...named, ...stages, ...pipeline, ...(flags.keepGoing ? ['-k'] : [])]);
    }
  };
}

function shellLine(words: readonly string[]): string {
  return ['wrangle', ...words.map(shellWord)].join(' ');
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
