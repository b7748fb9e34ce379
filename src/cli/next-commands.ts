/** Commands to suggest: pasted into the same shell, they are about the same workspace, pipeline and params. */
import type { RunRecord } from '../model/run-record.ts';
import { shellWord } from '../report/format.ts';
import type { NextCommand } from '../report/summary.ts';
import { canonicalJson } from '../util/canonical-json.ts';
import type { BuildFlags, CommonFlags } from './flags.ts';

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
        return shellLine([
          'build',
          ...named,
          ...stages,
          ...(flags.select ?? []).flatMap((selector) => ['-s', selector]),
          ...(flags.exclude ?? []).flatMap((selector) => ['--exclude', selector]),
          ...pipeline,
          ...(flags.keepGoing ? ['-k'] : []),
          ...(flags.atomic ? ['--atomic'] : []),
        ]);
      case 'answer':
        return shellLine(['resume', '--answer', ...about, ...place]);
    }
  };
}

/** After a run that went on with another: to go on once more is to resume. */
export function nextAfterResume(run: RunRecord, flags: Pick<CommonFlags, 'directory'>): NextCommand {
  const { targets: stages, params } = run.request;
  const given = params.map(
    (setting) => `${setting.name}=${'text' in setting ? setting.text : canonicalJson(setting.value)}`,
  );
  const next = nextCommands({ flags: { ...flags, wait: true, param: given }, file: run.pipeline, stages });
  const place = flags.directory === undefined ? [] : ['-C', flags.directory];
  return (command, about) => (command === 'build' ? shellLine(['resume', ...place]) : next(command, about));
}

function shellLine(words: readonly string[]): string {
  return ['wrangle', ...words.map(shellWord)].join(' ');
}
