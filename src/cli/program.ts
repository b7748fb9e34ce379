/** Commands and flags, their help, and which file does the work. The one door to commander. */
import { Command, Help, Option } from 'commander';
import { VERSION } from '../host/version.ts';
import { BUILT_IN_COMMANDS } from '../model/command-names.ts';
import type { StageType } from '../model/plugin.ts';
import { shown } from '../report/format.ts';
import type { CacheFlags } from './commands/cache.ts';
import type { GcFlags } from './commands/gc.ts';
import type { PluginFlags } from './commands/plugin.ts';
import type { BuildFlags, CommonFlags, PlanFlags, ResumeFlags, RollbackFlags } from './flags.ts';
import type { Session } from './session.ts';
import { UsageError } from './session.ts';
import type { Plugged, StageOptions } from './stage-program.ts';
import { addStageFlags, stageExample } from './stage-program.ts';
import type { Variables } from './variables.ts';
import { applyVariables, StageOption, variableOf } from './variables.ts';

/** Opens the session with a command's flags, runs it, keeps its exit code. */
export type Start = (flags: CommonFlags, run: (session: Session) => Promise<number>) => () => Promise<void>;

/**
 * `wanted` is the first word of the command line: where it names a command, the others need not be set up. `plugged` are
 * the commands of plugins.
 */
export function makeProgram(
  start: Start,
  wanted: string | undefined,
  variables: Variables,
  plugged: Plugged = { commands: [] },
): Command {
  const program = new Command('wrangle')
    .description('make for data: runs the stages of a pipeline that are stale, and explains itself')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .configureHelp({ optionDescription: describeOption, optionTerm, subcommandTerm: describeCommand })
    .addHelpText('after', '\nA first pipeline: wrangle init, then wrangle build. All flags: wrangle help COMMAND')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'wrangle: ')) });

  const act =
    <Flags extends CommonFlags>(run: (session: Session, args: string[], flags: Flags) => Promise<number>) =>
    async (...given: unknown[]) => {
      const command = given.at(-1) as Command;
      applyVariables(command, variables);
      const flags = command.opts<Flags>();
      await start(flags, (session) => run(session, command.args, flags))();
    };

  const isCommand = wanted !== undefined && (BUILT_IN_COMMANDS as readonly string[]).includes(wanted);
  const add = (name: string, setUp: () => void) => {
    if (!isCommand || name === wanted) setUp();
  };

  add('build', () =>
    pipelineOptions(program.command('build'))
      .description('run what is stale (the main command)')
      .usage('[options] [FILE] [STAGE...]')
      .argument('[FILE STAGE...]', 'the pipeline, and the stages to build with all they need (default: all)')
      .addOption(jobsOption())
      .addOption(keepGoingOption())
      .addOption(new Option('--atomic', 'unless the whole build succeeds, put every output back to what it was'))
      .addOption(new Option('-n, --dry-run', 'only say what would run (the same as "plan")'))
      .addOption(cacheOption())
      .addOption(forceOption())
      .addOption(waitOption())
      .addOption(eventsOption())
      .addHelpText(
        'after',
        examples(
          'wrangle build pipelines/full.yaml',
          'wrangle build report -j 4 -k',
          'wrangle build -p data=my.csv -p out=build/mine',
        ),
      )
      .action(act<BuildFlags>(async (...all) => (await import('./commands/build.ts')).buildCommand(...all))),
  );

  add('resume', () =>
    commonOptions(program.command('resume'))
      .description('go on with an earlier run, and answer what its stages wait for')
      .usage('[options] [RUN]')
      .argument('[RUN...]', 'the run, by the beginning of its id (default: the newest that has something left)')
      .option('--answer <STAGE=FILE|JSON>', 'answer what a stage waits for; may be given several times', collect)
      .addOption(jobsOption())
      .addOption(keepGoingOption())
      .addOption(waitOption())
      .addOption(eventsOption())
      .addHelpText(
        'after',
        examples(
          'wrangle resume',
          'wrangle resume --answer \'review={"approve": true}\'',
          'wrangle resume 20261121-043512-k3f9 --answer review=approved.json',
        ),
      )
      .action(act<ResumeFlags>(async (...all) => (await import('./commands/resume.ts')).resumeCommand(...all))),
  );

  add('check', () =>
    pipelineOptions(program.command('check'))
      .description('find every mistake in a pipeline and its settings; runs nothing')
      .usage('[options] [FILE]')
      .argument('[FILE...]', 'the pipeline')
      .addHelpText('after', examples('wrangle check', 'wrangle check pipelines/full.yaml --json'))
      .action(act<PlanFlags>(async (...all) => (await import('./commands/check.ts')).checkCommand(...all))),
  );

  add('plan', () =>
    pipelineOptions(program.command('plan'))
      .description('say what would run, and why; runs nothing')
      .usage('[options] [FILE] [STAGE...]')
      .argument('[FILE STAGE...]', 'the pipeline, and the stages to look at')
      .addOption(cacheOption())
      .addOption(forceOption())
      .addHelpText('after', examples('wrangle plan', 'wrangle plan report'))
      .action(act<PlanFlags>(async (...all) => (await import('./commands/plan.ts')).planCommand(...all))),
  );

  add('status', () =>
    pipelineOptions(program.command('status'))
      .description('say what is fresh and what is not')
      .usage('[options] [FILE] [STAGE...]')
      .argument('[FILE STAGE...]', 'the pipeline, and the stages to look at')
      .option('--exit-code', 'end with 3 when there is work to do')
      .addHelpText('after', examples('wrangle status', 'wrangle status --exit-code'))
      .action(
        act<PlanFlags & { exitCode?: boolean }>(async (...all) =>
          (await import('./commands/plan.ts')).statusCommand(...all),
        ),
      ),
  );

  add('why', () =>
    pipelineOptions(program.command('why'))
      .description('name all causes why a stage is not fresh')
      .usage('[options] [FILE] STAGE')
      .argument('[FILE STAGE...]', 'the stage')
      .addHelpText('after', examples('wrangle why clean', 'wrangle why pipelines/full.yaml clean --json'))
      .action(act<PlanFlags>(async (...all) => (await import('./commands/why.ts')).whyCommand(...all))),
  );

  add('graph', () =>
    pipelineOptions(program.command('graph'))
      .description('print the graph of stages')
      .usage('[options] [FILE]')
      .argument('[FILE...]', 'the pipeline')
      .addOption(
        new Option('--format <FORMAT>', 'the form of the graph')
          .choices(['text', 'dot', 'mermaid', 'json'])
          .default('text'),
      )
      .addHelpText('after', examples('wrangle graph --format dot | dot -Tsvg > graph.svg'))
      .action(
        act<PlanFlags & { format: string }>(async (...all) =>
          (await import('./commands/graph.ts')).graphCommand(...all),
        ),
      ),
  );

  add('log', () =>
    commonOptions(program.command('log'))
      .description('print the output of stages in a run, or the log of the run')
      .usage('[options] [STAGE]')
      .argument('[STAGE...]', 'the stage (default: the whole run)')
      .option(
        '--run <RUN>',
        'the run, by the beginning of its id (default: the last; of a stage, the last that printed)',
      )
      .option('--raw', 'as it was written, control characters included')
      .addHelpText('after', examples('wrangle log clean', 'wrangle log --run 20261121'))
      .action(
        act<CommonFlags & { run: string; raw?: boolean }>(async (...all) =>
          (await import('./commands/log.ts')).logCommand(...all),
        ),
      ),
  );

  add('runs', () =>
    commonOptions(program.command('runs'))
      .description('list past runs, newest first')
      .option('--limit <N>', 'at most so many', '20')
      .addHelpText('after', examples('wrangle runs', 'wrangle runs --json --limit 1'))
      .action(
        act<CommonFlags & { limit: string }>(async (...all) =>
          (await import('./commands/runs.ts')).runsCommand(...all),
        ),
      ),
  );

  add('rollback', () =>
    commonOptions(program.command('rollback'))
      .description('undo a run: put the outputs back to what they were before it')
      .usage('[options] [RUN]')
      .argument('[RUN...]', 'the run, or the beginning of its id (default: the newest that changed anything)')
      .option('-n, --dry-run', 'only say what would change')
      .addOption(new Option('--no-wait', 'when another command holds the workspace, end with exit code 5'))
      .addHelpText('after', examples('wrangle rollback', 'wrangle rollback 20261121-043512-k3f9 --dry-run'))
      .action(act<RollbackFlags>(async (...all) => (await import('./commands/rollback.ts')).rollbackCommand(...all))),
  );

  const addStage = (command: Command, called: string, type: StageType | undefined) => {
    const { flags, given } = addStageFlags(command, type);
    const isStage = command.name() === 'stage';
    commonOptions(command)
      .usage(type || !isStage ? '[options]' : '[options] TYPE')
      .action(
        act<StageOptions>(async (session, args, options) => {
          if (!type) throw new UsageError('"stage" takes a stage type.', '"wrangle stages" lists what there is.');
          const words = isStage ? args.filter((word) => word !== type.name) : args;
          return (await import('./commands/stage.ts')).stageCommand(session, { type, flags, given, words }, options);
        }),
      );
    if (type) {
      const example = stageExample(type, called);
      command
        .description(sentence(type.description))
        .usage(isStage ? `${shown(type.name)} [options]` : '[options]')
        .addHelpText('after', examples(example));
    }
  };
  add('stage', () => {
    const command = program.command('stage').description('run one stage type on its own, with flags from its schema');
    const { type } = plugged;
    addStage(command.argument('[TYPE...]'), `stage ${type?.name}`, type);
    if (!type) command.addHelpText('after', STAGE_HELP);
  });
  if (!isCommand) {
    for (const type of plugged.commands) {
      const name = type.command as string;
      addStage(program.command(name).helpGroup('Commands of plugins:').argument('[words...]'), name, type);
    }
  }

  add('stages', () =>
    commonOptions(program.command('stages'))
      .description('list the stage types that the listed plugins provide')
      .usage('[options] [TYPE]')
      .argument('[TYPE...]', 'only this one')
      .addHelpText('after', examples('wrangle stages', 'wrangle stages tabular/profile'))
      .action(act<CommonFlags>(async (...all) => (await import('./commands/stages.ts')).stagesCommand(...all))),
  );

  add('plugin', () => {
    const command = commonOptions(program.command('plugin'));
    command
      .description(
        'write a new plugin package or its types, try whether one works as pipelines rely on, or list those of the workspace',
      )
      .usage('[options] new NAME | types [DIR] | test [DIR] | list')
      .argument('[new types test list]')
      .addOption(
        new Option('--lang <LANGUAGE>', 'of a new plugin; ts is JavaScript that TypeScript checks, and needs no build')
          .choices(['ts', 'python', 'shell'])
          .default('ts'),
      )
      .addHelpText(
        'after',
        examples(
          'wrangle plugin new greet',
          'wrangle plugin new greet --lang python',
          'wrangle plugin types plugins/greet',
          'wrangle plugin test plugins/greet',
          'wrangle plugin list',
        ),
      )
      .action(
        act<PluginFlags>(async (...all) =>
          (await import('./commands/plugin.ts')).pluginCommand(...all, () => command.outputHelp()),
        ),
      );
  });

  add('schema', () =>
    commonOptions(program.command('schema'))
      .description(
        'print the JSON Schema of pipelines, with the params of all listed plugins, for editors, or write it to FILE',
      )
      .usage('[options] [FILE]')
      .argument('[FILE...]', 'where to write it (default: standard output)')
      .addHelpText('after', examples('wrangle schema pipelines/pipeline.schema.json'))
      .action(act<CommonFlags>(async (...all) => (await import('./commands/schema.ts')).schemaCommand(...all))),
  );

  add('clean', () =>
    pipelineOptions(program.command('clean'))
      .description('remove outputs that wrangle made; what the store does not keep is moved to .wrangle/displaced/')
      .usage('[options] [FILE] [STAGE...]')
      .argument('[FILE STAGE...]', 'the pipeline, and the stages whose outputs go')
      .option('--orphans', 'instead: outputs that no stage declares any more')
      .option('-n, --dry-run', 'only say what would be removed')
      .addHelpText('after', examples('wrangle clean', 'wrangle clean --orphans -n'))
      .action(
        act<PlanFlags & { orphans?: boolean; dryRun?: boolean }>(async (...all) =>
          (await import('./commands/clean.ts')).cleanCommand(...all),
        ),
      ),
  );

  add('gc', () =>
    commonOptions(program.command('gc'))
      .description('remove results that nobody needs from the store; safe beside running builds')
      .usage('[options]')
      .argument('[arguments...]')
      .option('-n, --dry-run', 'only say what would be removed')
      .option('--max-size <SIZE>', 'keep at most so much, such as 5GiB (default: the limit in the settings)')
      .option('--older-than <AGE>', 'also remove what was not used for so long, such as 30d')
      .option('--failed', 'also remove what failed attempts left in .wrangle/failed/')
      .option('--displaced', 'also remove what outputs replaced and wrangle kept in .wrangle/displaced/')
      .addHelpText(
        'after',
        examples('wrangle gc --dry-run', 'wrangle gc --max-size 5GiB', 'wrangle gc --older-than 30d'),
      )
      .action(act<GcFlags>(async (...all) => (await import('./commands/gc.ts')).gcCommand(...all))),
  );

  add('cache', () => {
    const command = commonOptions(program.command('cache'));
    command
      .description('say where the store is; "cache verify" reads all of it and finds what is damaged')
      .usage('[options] [verify]')
      .argument('[verify]')
      .option('--repair', 'put aside what is damaged, and forget results that cannot be restored any more')
      .addHelpText('after', examples('wrangle cache verify', 'wrangle cache verify --repair'))
      .action(
        act<CacheFlags>(async (...all) =>
          (await import('./commands/cache.ts')).cacheCommand(...all, () => command.outputHelp()),
        ),
      );
  });

  add('init', () =>
    commonOptions(program.command('init'))
      .description('write a first pipeline and its settings into the current folder')
      .addHelpText('after', examples('wrangle init', 'wrangle init -C project'))
      .action(act<CommonFlags>(async (...all) => (await import('./commands/init.ts')).initCommand(...all))),
  );

  add('doctor', () =>
    commonOptions(program.command('doctor'))
      .description('say what is wrong with this machine and this workspace, and what to do')
      .addHelpText('after', examples('wrangle doctor', 'wrangle doctor --json', 'wrangle doctor -q'))
      .action(act<CommonFlags>(async (...all) => (await import('./commands/doctor.ts')).doctorCommand(...all))),
  );

  add('completion', () =>
    commonOptions(program.command('completion'))
      .description('print the script with which a shell completes what is typed behind "wrangle"')
      .usage('[options] bash|zsh|fish')
      .argument('[bash zsh fish]')
      .addHelpText('after', COMPLETION_HELP)
      .action(act<CommonFlags>(async (...all) => (await import('./commands/completion.ts')).completionCommand(...all))),
  );

  return program;
}

const COMPLETION_HELP = `
Where it belongs, for every new shell:
  bash: in ~/.bashrc     source <(wrangle completion bash)
  zsh:  in ~/.zshrc      source <(wrangle completion zsh)   (behind compinit)
  fish: once             wrangle completion fish > ~/.config/fish/completions/wrangle.fish`;

const STAGE_HELP = `
A type's own flags: wrangle stage TYPE --help
${examples('wrangle stage tabular/profile --data in.csv --profile out.json')}`;

function optionTerm(option: Option): string {
  return option instanceof StageOption ? option.term : option.flags;
}

/** A plugin's words as the others are written: one line, no full stop at the end. */
function sentence(text: string): string {
  return shown(text).replace(/\.$/, '');
}

/** With the words it takes; that it has options goes without saying. */
function describeCommand(command: Command): string {
  return `${command.name()} ${command.usage().replace('[options]', '').trim()}`.trim();
}

/** What commander says of it, and the variable that stands for it. */
function describeOption(option: Option): string {
  const variable = variableOf(option);
  const description = new Help().optionDescription(option);
  return variable === undefined ? description : `${description} (env: ${variable})`;
}

function commonOptions(command: Command): Command {
  return command
    .allowExcessArguments()
    .addOption(new Option('-C, --directory <DIR>', 'run as if started in DIR'))
    .addOption(new Option('--json', 'print one JSON document'))
    .addOption(new Option('-v, --verbose', 'also say why, and show what stages print'))
    .addOption(new Option('-q, --quiet', 'only failures and warnings'))
    .addOption(new Option('--color <WHEN>', 'whether to color what is printed').choices(['auto', 'always', 'never']));
}

function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value];
}

function pipelineOptions(command: Command): Command {
  return commonOptions(command)
    .addOption(new Option('-f, --file <FILE>', 'the pipeline'))
    .option(
      '-p, --param <NAME=VALUE>',
      'set a param of the pipeline; may be given several times (in the variable: one a line)',
      collect,
    )
    .addOption(new Option('--params-file <FILE>', 'set params from a YAML or JSON file'));
}

function jobsOption(): Option {
  return new Option('-j, --jobs <N>', 'how many stages at once, or a part of the cores such as 50%');
}

function keepGoingOption(): Option {
  return new Option('-k, --keep-going', 'after a failure go on with all that does not depend on it');
}

function waitOption(): Option {
  return new Option('--no-wait', 'when another command holds the workspace, end with exit code 5');
}

function eventsOption(): Option {
  return new Option('--events <FILE>', 'write every event as a line of JSON to FILE ("-": standard output)');
}

function cacheOption(): Option {
  return new Option('--cache <MODE>', 'use of the store: off, read, write or rw (default)');
}

function forceOption(): Option {
  return new Option('--force [STAGE,...]', 'run although fresh: the stages asked for, or those named');
}

function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
