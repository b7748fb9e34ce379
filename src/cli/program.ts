/** Commands and flags, and which file does the work. The one door to commander. */
import { Command, Option } from 'commander';
import { VERSION } from '../host/version.ts';
import { BUILT_IN_COMMANDS } from '../model/command-names.ts';
import type { StageType } from '../model/plugin.ts';
import { shown } from '../report/format.ts';
import { LOG_LEVELS } from '../report/log-lines.ts';
import { quoteName } from '../util/harmless-text.ts';
import type { CacheFlags } from './commands/cache.ts';
import type { GcFlags } from './commands/gc.ts';
import type { GraphFlags } from './commands/graph.ts';
import type { LogFlags } from './commands/log.ts';
import type { PluginFlags } from './commands/plugin.ts';
import type { BuildFlags, CommonFlags, PlanFlags, ResumeFlags, RollbackFlags } from './flags.ts';
import type { Pages } from './help/layout.ts';
import { groupForHelp, helpFlag, helpLayout, helpWidth } from './help/layout.ts';
import {
  cacheOption,
  checkDeterminismOption,
  chooseFrom,
  collect,
  commonOptions,
  eventsOption,
  forceOption,
  jobsOption,
  keepGoingOption,
  onChangeOption,
  pipelineOptions,
  selectOptions,
  waitOption,
} from './options.ts';
import { worded } from './parser-words.ts';
import type { Session } from './session.ts';
import { UsageError } from './session.ts';
import type { Plugged, StageOptions } from './stage-program.ts';
import { addStageFlags, stageExample } from './stage-program.ts';
import type { Variables } from './variables.ts';
import { applyVariables } from './variables.ts';

/** Opens the session with a command's flags, runs it, keeps its exit code. */
export type Start = (flags: CommonFlags, run: (session: Session) => Promise<number>) => () => Promise<void>;

/**
 * `wanted` is the first word of the command line: where it names a command, the others need not be set up. `plugged` are
 * the commands of plugins, `pages` what their help says beside the flags; without them it is short.
 */
export function makeProgram(
  start: Start,
  wanted: string | undefined,
  variables: Variables,
  plugged: Plugged = { commands: [] },
  pages: Pages = {},
): Command {
  const program = new Command('wrangle')
    .description('make for data: runs the stages of a pipeline that are stale, and explains itself')
    .version(VERSION, '-V, --version', 'print the version')
    .addHelpOption(helpFlag())
    .helpCommand(false)
    .configureHelp(helpLayout(plugged.type ? { ...pages, stage: undefined } : pages))
    .addHelpText('after', FIRST_STEPS)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(`wrangle: ${worded(text).join('\n  help: ')}\n`),
      getOutHelpWidth: () => helpWidth(variables),
    });

  const act =
    <Flags extends CommonFlags>(run: (session: Session, args: string[], flags: Flags) => Promise<number>) =>
    async (...given: unknown[]) => {
      const command = given.at(-1) as Command;
      const [extra] = command.args;
      if (extra !== undefined && command.registeredArguments.length === 0) {
        throw new UsageError(`${quoteName(command.name())} takes no argument, not ${quoteName(extra)}.`);
      }
      applyVariables(command, variables);
      const flags = command.opts<Flags>();
      await start(flags, (session) => run(session, command.args, flags))();
    };

  const isCommand = wanted !== undefined && (BUILT_IN_COMMANDS as readonly string[]).includes(wanted);
  const add = (name: string, setUp: () => void) => {
    if (!isCommand || name === wanted) setUp();
  };

  add('build', () =>
    selectOptions(pipelineOptions(program.command('build')))
      .description('run what is stale (the main command)')
      .usage('[options] [FILE] [STAGE...]')
      .argument('[FILE STAGE...]', 'the pipeline, and the stages to build with all they need (default: all)')
      .addOption(jobsOption())
      .addOption(keepGoingOption())
      .addOption(new Option('--atomic', 'unless the whole build succeeds, put every output back to what it was'))
      .addOption(new Option('-n, --dry-run', 'only say what would run (the same as "plan")'))
      .addOption(new Option('-w, --watch', 'build again whenever something changes (the same as "watch")'))
      .addOption(onChangeOption())
      .addOption(cacheOption())
      .addOption(forceOption())
      .addOption(checkDeterminismOption())
      .addOption(waitOption())
      .addOption(eventsOption())
      .action(act<BuildFlags>(async (...all) => (await import('./commands/build.ts')).buildCommand(...all))),
  );

  add('watch', () =>
    selectOptions(pipelineOptions(program.command('watch')))
      .description('build, and build again at each change, until Ctrl-C (or: build -w)')
      .usage('[options] [FILE] [STAGE...]')
      .argument('[FILE STAGE...]', 'the pipeline, and the stages to build with all they need (default: all)')
      .addOption(onChangeOption())
      .addOption(jobsOption())
      .addOption(keepGoingOption())
      .addOption(new Option('--atomic', 'unless a whole round succeeds, put every output back to what it was'))
      .addOption(cacheOption())
      .addOption(forceOption())
      .addOption(waitOption())
      .addOption(eventsOption())
      .action(act<BuildFlags>(async (...all) => (await import('./commands/watch.ts')).watchCommand(...all))),
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
      .action(act<ResumeFlags>(async (...all) => (await import('./commands/resume.ts')).resumeCommand(...all))),
  );

  add('check', () =>
    pipelineOptions(program.command('check'))
      .description('find every mistake in a pipeline and its settings; runs nothing')
      .usage('[options] [FILE]')
      .argument('[FILE...]', 'the pipeline')
      .action(act<PlanFlags>(async (...all) => (await import('./commands/check.ts')).checkCommand(...all))),
  );

  add('plan', () =>
    selectOptions(pipelineOptions(program.command('plan')))
      .description('say what would run, and why; runs nothing')
      .usage('[options] [FILE] [STAGE...]')
      .argument('[FILE STAGE...]', 'the pipeline, and the stages to look at')
      .addOption(cacheOption())
      .addOption(forceOption())
      .action(act<PlanFlags>(async (...all) => (await import('./commands/plan.ts')).planCommand(...all))),
  );

  add('status', () =>
    selectOptions(pipelineOptions(program.command('status')))
      .description('say what is fresh and what is not')
      .usage('[options] [FILE] [STAGE...]')
      .argument('[FILE STAGE...]', 'the pipeline, and the stages to look at')
      .option('--exit-code', 'end with 3 when there is work to do')
      .action(
        act<PlanFlags & { exitCode?: boolean }>(async (...all) =>
          (await import('./commands/plan.ts')).statusCommand(...all),
        ),
      ),
  );

  add('why', () =>
    selectOptions(pipelineOptions(program.command('why')))
      .description('name all causes why a stage is not fresh')
      .usage('[options] [FILE] STAGE...')
      .argument('[FILE STAGE...]', 'the stage, or several of them')
      .action(act<PlanFlags>(async (...all) => (await import('./commands/why.ts')).whyCommand(...all))),
  );

  add('graph', () =>
    selectOptions(pipelineOptions(program.command('graph')))
      .description('print the graph of stages')
      .usage('[options] [FILE] [STAGE...]')
      .argument('[FILE STAGE...]', 'the pipeline, and the stages to show with all they need (default: all)')
      .addOption(
        chooseFrom(new Option('--format <FORMAT>', 'the form of the graph').default('text'), [
          'text',
          'dot',
          'mermaid',
          'json',
        ]),
      )
      .option('--states', 'with how each stage is: fresh, stale, failed, ...')
      .action(act<GraphFlags>(async (...all) => (await import('./commands/graph.ts')).graphCommand(...all))),
  );

  add('log', () =>
    commonOptions(program.command('log'))
      .description('print the output of stages in a run, or the log of the run')
      .usage('[options] [STAGE...]')
      .argument('[STAGE...]', 'the stages, "*" and "?" stand for any characters (default: the log of the run)')
      .option(
        '--run <RUN>',
        'the run, by the beginning of its id (default: the last; of a stage, the last that printed)',
      )
      .addOption(
        chooseFrom(new Option('--level <LEVEL>', 'of the log of the run, lines of this level and above'), LOG_LEVELS),
      )
      .option('-f, --follow', 'go on with what comes, until the run ends; without a run, wait for the next')
      .option('--raw', 'as it was written, control characters included')
      .action(act<LogFlags>(async (...all) => (await import('./commands/log.ts')).logCommand(...all))),
  );

  add('runs', () =>
    commonOptions(program.command('runs'))
      .description('list past runs, newest first')
      .option('--limit <N>', 'at most so many', '20')
      .action(
        act<CommonFlags & { limit: string }>(async (...all) =>
          (await import('./commands/runs.ts')).runsCommand(...all),
        ),
      ),
  );

  add('diff', () =>
    commonOptions(program.command('diff'))
      .description('name what is different between two runs, and the first causes')
      .usage('[options] [RUN RUN [OUTPUT]]')
      .argument(
        '[RUN OUTPUT...]',
        'two runs, by the beginning of their ids, "last" or "last~1" (default: the last two), and an output or a stage',
      )
      .action(act<CommonFlags>(async (...all) => (await import('./commands/diff.ts')).diffCommand(...all))),
  );

  add('rollback', () =>
    commonOptions(program.command('rollback'))
      .description('undo a run: put the outputs back to what they were before it')
      .usage('[options] [RUN]')
      .argument('[RUN...]', 'the run, or the beginning of its id (default: the newest that changed anything)')
      .option('-n, --dry-run', 'only say what would change')
      .addOption(new Option('--no-wait', 'when another command holds the workspace, end with exit code 5'))
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
      .action(act<CommonFlags>(async (...all) => (await import('./commands/stages.ts')).stagesCommand(...all))),
  );

  add('plugin', () => {
    const command = commonOptions(program.command('plugin'));
    command
      .description(
        'write a new plugin package or its types, try whether one works as pipelines rely on, or list those of the workspace',
      )
      .summary('write, test or list plugin packages')
      .usage('[options] new NAME | types [DIR] | test [DIR] | list')
      .argument('[new types test list]')
      .addOption(
        chooseFrom(
          new Option(
            '--lang <LANGUAGE>',
            'of a new plugin; ts is JavaScript that TypeScript checks, and needs no build',
          ).default('ts'),
          ['ts', 'python', 'shell'],
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
      .summary('print the JSON Schema of pipelines, for editors')
      .usage('[options] [FILE]')
      .argument('[FILE...]', 'where to write it (default: standard output)')
      .action(act<CommonFlags>(async (...all) => (await import('./commands/schema.ts')).schemaCommand(...all))),
  );

  add('clean', () =>
    selectOptions(pipelineOptions(program.command('clean')))
      .description(
        'remove outputs that are as wrangle made them; what the store does not keep is moved to .wrangle/displaced/',
      )
      .summary('remove outputs that wrangle made')
      .usage('[options] [FILE] [STAGE...]')
      .argument('[FILE STAGE...]', 'the pipeline, and the stages whose outputs go')
      .option('--orphans', 'instead: outputs that no stage declares any more')
      .option('-n, --dry-run', 'only say what would be removed')
      .action(
        act<PlanFlags & { orphans?: boolean; dryRun?: boolean }>(async (...all) =>
          (await import('./commands/clean.ts')).cleanCommand(...all),
        ),
      ),
  );

  add('gc', () =>
    commonOptions(program.command('gc'))
      .description('remove results that nobody needs from the store; safe beside running builds')
      .summary('remove results that nobody needs from the store')
      .usage('[options]')
      .argument('[arguments...]')
      .option('-n, --dry-run', 'only say what would be removed')
      .option('--max-size <SIZE>', 'keep at most so much, such as 5GiB (default: the limit in the settings)')
      .option('--older-than <AGE>', 'also remove what was not used for so long, such as 30d')
      .option('--failed', 'also remove what failed attempts left in .wrangle/failed/')
      .option('--displaced', 'also remove what outputs replaced and wrangle kept in .wrangle/displaced/')
      .action(act<GcFlags>(async (...all) => (await import('./commands/gc.ts')).gcCommand(...all))),
  );

  add('cache', () => {
    const command = commonOptions(program.command('cache'));
    command
      .description('say where the store is; "cache verify" reads all of it and finds what is damaged')
      .summary('say where the store is, and verify it')
      .usage('[options] [verify]')
      .argument('[verify]')
      .option('--repair', 'put aside what is damaged, and forget results that cannot be restored any more')
      .action(
        act<CacheFlags>(async (...all) =>
          (await import('./commands/cache.ts')).cacheCommand(...all, () => command.outputHelp()),
        ),
      );
  });

  add('init', () =>
    commonOptions(program.command('init'))
      .description('write a first pipeline and its settings into the current folder')
      .action(act<CommonFlags>(async (...all) => (await import('./commands/init.ts')).initCommand(...all))),
  );

  add('doctor', () =>
    commonOptions(program.command('doctor'))
      .description('say what is wrong with this machine and this workspace, and what to do')
      .summary('say what is wrong with this machine, and what to do')
      .action(act<CommonFlags>(async (...all) => (await import('./commands/doctor.ts')).doctorCommand(...all))),
  );

  add('completion', () =>
    commonOptions(program.command('completion'))
      .description('print the script with which a shell completes what is typed behind "wrangle"')
      .summary('print the script for TAB in a shell')
      .usage('[options] bash|zsh|fish')
      .argument('[bash zsh fish]')
      .action(act<CommonFlags>(async (...all) => (await import('./commands/completion.ts')).completionCommand(...all))),
  );

  add('help', () =>
    commonOptions(program.command('help'))
      .description('print the help of a command, or a page on a topic')
      .usage('[options] [COMMAND | TOPIC]')
      .argument('[COMMAND TOPIC...]', 'what to say more about (default: list what there is)')
      .action(
        act<CommonFlags>(async (session, args) => {
          const actions = Object.keys(pages).filter((name) => name.includes(' '));
          return (await import('./commands/help.ts')).helpCommand(
            session,
            args,
            program,
            actions,
            helpWidth(variables),
          );
        }),
      ),
  );

  groupForHelp(program);
  return program;
}

/** A plugin's words as the others are written: one line, no full stop at the end. */
function sentence(text: string): string {
  return shown(text).replace(/\.$/, '');
}

function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

const FIRST_STEPS = `
A first pipeline: wrangle init, then wrangle build. The version: wrangle -V
One command in full: wrangle COMMAND --help. Topics: wrangle help`;
