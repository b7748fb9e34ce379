/** Flags that several commands share, each said once. Knows how they are spelled, not what they do. */
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { nearestChoice } from '../diagnostics/suggest.ts';

export function commonOptions(command: Command): Command {
  return command
    .allowExcessArguments()
    .addOption(new Option('-C, --directory <DIR>', 'run as if started in DIR'))
    .addOption(new Option('--json', 'print one JSON document'))
    .addOption(new Option('-v, --verbose', 'also say why, and show what stages print'))
    .addOption(new Option('-q, --quiet', 'only failures and warnings'))
    .addOption(
      chooseFrom(new Option('--color <WHEN>', 'whether to color what is printed'), ['auto', 'always', 'never']),
    );
}

export function pipelineOptions(command: Command): Command {
  return commonOptions(command)
    .addOption(new Option('-f, --file <FILE>', 'the pipeline'))
    .option(
      '-p, --param <NAME=VALUE>',
      'set a param of the pipeline; may be given several times (in the variable: one a line)',
      collect,
    )
    .addOption(new Option('--params-file <FILE>', 'set params from a YAML or JSON file'));
}

export function selectOptions(command: Command): Command {
  return command
    .option(
      '-s, --select <SELECTOR>',
      'just these stages, such as "clean+", "tag:nightly" or "state:failed"; may be given several times',
      collect,
    )
    .option('--exclude <SELECTOR>', 'not these stages; may be given several times', collect);
}

export function jobsOption(): Option {
  return new Option('-j, --jobs <N>', 'how many stages at once, or a part of the cores such as 50%');
}

export function keepGoingOption(): Option {
  return new Option('-k, --keep-going', 'after a failure go on with all that does not depend on it');
}

export function onChangeOption(): Option {
  const option = new Option('--on-change <WHAT>', 'an input changes while it is built: finish first, or restart');
  return chooseFrom(option, ['finish', 'restart']).default('finish');
}

export function waitOption(): Option {
  return new Option('--no-wait', 'when another command holds the workspace, end with exit code 5');
}

export function eventsOption(): Option {
  return new Option('--events <FILE>', 'write every event as a line of JSON to FILE ("-": standard output)');
}

export function cacheOption(): Option {
  return new Option('--cache <MODE>', 'use of the store: off, read, write or rw (default)');
}

export function forceOption(): Option {
  return new Option('--force [SELECTOR]', 'run although fresh: the stages asked for, or those selected');
}

export function checkDeterminismOption(): Option {
  return new Option(
    '--check-determinism [SELECTOR]',
    'run stages twice, apart and although fresh, and publish only what is the same: those asked for, or those selected',
  );
}

/** As commander's own choices do; of a wrong one it names the nearest right one, too. */
export function chooseFrom<Of extends Option>(option: Of, choices: readonly string[]): Of {
  option.choices(choices);
  option.argParser((value) => {
    if (choices.includes(value)) return value;
    const near = nearestChoice(value, choices);
    const hint = near === undefined ? '' : `\n(Did you mean ${near}?)`;
    throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.${hint}`);
  });
  return option;
}

/** For an option that may be given several times. */
export function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value];
}
