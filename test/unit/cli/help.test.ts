// What help says, held to what every page has to have.
import type { Command, Option } from 'commander';
import { describe, expect, test } from 'vitest';
import { PAGES } from '../../../src/cli/help/pages.ts';
import { isTopic } from '../../../src/cli/help/topic-names.ts';
import { makeProgram } from '../../../src/cli/program.ts';
import type { Variables } from '../../../src/cli/variables.ts';
import { BUILT_IN_COMMANDS } from '../../../src/model/command-names.ts';
import { unknownFlags } from './command-line.ts';

function programOf(variables: Variables = {}): Command {
  return makeProgram(() => async () => {}, undefined, variables, { commands: [] }, PAGES);
}

const program = programOf({ COLUMNS: '80' });
const { commands } = program;

function commandNamed(name: string | undefined): Command {
  const found = program.commands.find((command) => command.name() === name);
  if (!found) throw new Error(`no command ${name}`);
  return found;
}

/** As it is printed, with what stands behind it. */
function helpOf(command: Command, ...args: string[]): string {
  let text = '';
  command.configureOutput({ writeOut: (some) => (text += some) });
  command.args = args;
  command.outputHelp();
  command.args = [];
  return text;
}

test('the list of commands is one calm screen', () => {
  const text = helpOf(program);
  expect(text).toMatchInlineSnapshot(`
    "Usage: wrangle [options] [command]

    make for data: runs the stages of a pipeline that are stale, and explains itself

    Build:
      build       run what is stale (the main command)
      watch       build, and build again at each change, until Ctrl-C (or: build -w)
      resume      go on with an earlier run, and answer what its stages wait for
      rollback    undo a run: put the outputs back to what they were before it

    Look (changes nothing):
      check       find every mistake in a pipeline and its settings; runs nothing
      plan        say what would run, and why; runs nothing
      status      say what is fresh and what is not
      why         name all causes why a stage is not fresh
      graph       print the graph of stages
      log         print the output of stages in a run, or the log of the run
      runs        list past runs, newest first
      diff        name what is different between two runs, and the first causes

    Stage types and plugins:
      stage       run one stage type on its own, with flags from its schema
      stages      list the stage types that the listed plugins provide
      plugin      write, test or list plugin packages
      schema      print the JSON Schema of pipelines, for editors

    Outputs and store:
      clean       remove outputs that wrangle made
      gc          remove results that nobody needs from the store
      cache       say where the store is, and verify it

    Set up:
      init        write a first pipeline and its settings into the current folder
      doctor      say what is wrong with this machine, and what to do
      completion  print the script for TAB in a shell
      help        print the help of a command, or a page on a topic

    A first pipeline: wrangle init, then wrangle build. The version: wrangle -V
    One command in full: wrangle COMMAND --help. Topics: wrangle help
    "
  `);
  const lines = text.trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(40);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  for (const name of BUILT_IN_COMMANDS) expect(text).toMatch(new RegExp(`^  ${name} +\\w`, 'm'));
});

describe.each(commands.map((command) => [command.name(), command] as const))('%s', (name, command) => {
  const actions = Object.keys(PAGES).filter((key) => key.startsWith(`${name} `));

  test.each([name, ...actions])('the page of %s has all its parts', (key) => {
    const page = PAGES[key];
    if (!page) throw new Error('there is no page');
    const text = helpOf(command, ...key.split(' ').slice(1));
    expect(text).toMatch(new RegExp(`^Usage: wrangle ${key} `));
    expect(page.about).toMatch(/^[A-Z].*\S$/s);
    expect(page.examples.length).toBeGreaterThan(0);
    for (const [line, note] of page.examples) {
      expect(line).toMatch(new RegExp(`\\bwrangle ${key}\\b`));
      expect(text).toContain(`\n  # ${note}\n  ${line}\n`);
      expect(unknownFlags(program, line), line).toEqual([]);
    }
    for (const [code, meaning] of page.exitCodes ?? []) {
      expect(text).toContain(`${String(code).padStart(5)}  ${meaning}\n`);
    }
    expect(page.seeAlso.length).toBeGreaterThan(0);
    expect(text).toContain('\nSee also: wrangle ');
    for (const words of page.seeAlso) {
      const [first = '', second = ''] = words.split(' ');
      if (first === 'help' || first === '--help') {
        expect(second === '' || isTopic(second), words).toBe(true);
        continue;
      }
      expect(commandNamed(first)).toBeDefined();
      if (second !== '--help' && second !== '') expect(Object.keys(PAGES)).toContain(`${first} ${second}`);
    }
    expect(text).toMatch(/\n\nGeneral:\n {2}-C, --directory <DIR> /);
    expect(text.split('\n').filter((line) => line.length > 80 && !/ {2}wrangle |source <|https:/.test(line))).toEqual(
      [],
    );
  });
});

test('groups: what a command has of its own, the pipeline, the running, the output, the rest', () => {
  expect(helpOf(commandNamed('build'))).toMatchInlineSnapshot(`
    "Usage: wrangle build [options] [FILE] [STAGE...]

    Run what is stale (the main command).

    Brings outputs up to date: stages whose inputs, command or params changed run,
    results that the store has are restored, and what is fresh is left alone. With
    names of stages it builds those and all they need.
    The pipeline comes first where it is named: a word with a "/", or one that ends
    in .yaml or .yml. Without one it is "pipeline" of .wranglerrc.yaml, or the only
    file in pipelines/.

    Arguments:
      FILE STAGE                      the pipeline, and the stages to build with all
                                      they need (default: all)

    Options:
      --check-determinism [SELECTOR]  run stages twice, apart and although fresh,
                                      and publish only what is the same: those asked
                                      for, or those selected (env:
                                      WRANGLE_CHECK_DETERMINISM)

    Pipeline:
      -f, --file <FILE>               the pipeline (env: WRANGLE_FILE)
      -p, --param <NAME=VALUE>        set a param of the pipeline; may be given
                                      several times (in the variable: one a line)
                                      (env: WRANGLE_PARAM)
      --params-file <FILE>            set params from a YAML or JSON file (env:
                                      WRANGLE_PARAMS_FILE)
      -s, --select <SELECTOR>         just these stages, such as "clean+",
                                      "tag:nightly" or "state:failed"; may be given
                                      several times (env: WRANGLE_SELECT)
      --exclude <SELECTOR>            not these stages; may be given several times
                                      (env: WRANGLE_EXCLUDE)

    Running:
      -j, --jobs <N>                  how many stages at once, or a part of the
                                      cores such as 50% (env: WRANGLE_JOBS)
      -k, --keep-going                after a failure go on with all that does not
                                      depend on it (env: WRANGLE_KEEP_GOING)
      --atomic                        unless the whole build succeeds, put every
                                      output back to what it was (env:
                                      WRANGLE_ATOMIC)
      -n, --dry-run                   only say what would run (the same as "plan")
                                      (env: WRANGLE_DRY_RUN)
      -w, --watch                     build again whenever something changes (the
                                      same as "watch") (env: WRANGLE_WATCH)
      --on-change <WHAT>              an input changes while it is built: finish
                                      first, or restart (choices: "finish",
                                      "restart", default: "finish") (env:
                                      WRANGLE_ON_CHANGE)
      --cache <MODE>                  use of the store: off, read, write or rw
                                      (default) (env: WRANGLE_CACHE)
      --force [SELECTOR]              run although fresh: the stages asked for, or
                                      those selected (env: WRANGLE_FORCE)
      --no-wait                       when another command holds the workspace, end
                                      with exit code 5 (env: WRANGLE_NO_WAIT)

    Output:
      --json                          print one JSON document (env: WRANGLE_JSON)
      -v, --verbose                   also say why, and show what stages print (env:
                                      WRANGLE_VERBOSE)
      -q, --quiet                     only failures and warnings (env:
                                      WRANGLE_QUIET)
      --color <WHEN>                  whether to color what is printed (choices:
                                      "auto", "always", "never") (env:
                                      WRANGLE_COLOR)
      --events <FILE>                 write every event as a line of JSON to FILE
                                      ("-": standard output) (env:
                                      WRANGLE_EVENTS_FILE)

    General:
      -C, --directory <DIR>           run as if started in DIR (env:
                                      WRANGLE_DIRECTORY)
      -h, --help                      print this help

    Examples:
      # everything that is stale
      wrangle build

      # of another pipeline
      wrangle build pipelines/full.yaml

      # one stage and what it needs, four at once, going on after failures
      wrangle build report -j 4 -k

      # with other params
      wrangle build -p data=my.csv -p out=build/mine

      # again at each change; the same as: wrangle watch
      wrangle build -w

      # just what failed, and what depends on it
      wrangle build -s 'state:failed+'

      # two stages again, although they are fresh
      wrangle build --force='clean report'

      # run "clean" twice, and say where what it makes first differs
      wrangle build --check-determinism=clean

    Exit codes:
        1  a stage failed, or broke its contract
        4  the machine: disk full, no permission, state folder not usable
        5  another command holds the workspace (--no-wait)
        6  a stage is not deterministic (--check-determinism)
       42  a stage waits for an answer
      130  stopped by Ctrl-C (129 by HUP, 143 by TERM)

    See also: wrangle plan, wrangle why, wrangle watch, wrangle resume,
              wrangle rollback, wrangle help caching, wrangle help selecting,
              wrangle help selectors
    "
  `);
  const titles = helpOf(commandNamed('status')).match(/^[A-Z].*:$/gm);
  expect(titles).toEqual(['Arguments:', 'Options:', 'Pipeline:', 'Output:', 'General:', 'Examples:', 'Exit codes:']);
});

test('an action has a page of its own, with its own flags', () => {
  expect(helpOf(commandNamed('cache'), 'verify')).toMatchInlineSnapshot(`
    "Usage: wrangle cache verify [options]

    Read the whole store and name what is damaged.

    Builds verify what they restore, so damage never reaches an output. This finds
    it before, for instance after a disk made trouble. With --repair it puts the
    damage aside; what depended on it runs again.

    Options:
      --repair               put aside what is damaged, and forget results that
                             cannot be restored any more (env: WRANGLE_REPAIR)

    Output:
      --json                 print one JSON document (env: WRANGLE_JSON)
      -v, --verbose          also say why, and show what stages print (env:
                             WRANGLE_VERBOSE)
      -q, --quiet            only failures and warnings (env: WRANGLE_QUIET)
      --color <WHEN>         whether to color what is printed (choices: "auto",
                             "always", "never") (env: WRANGLE_COLOR)

    General:
      -C, --directory <DIR>  run as if started in DIR (env: WRANGLE_DIRECTORY)
      -h, --help             print this help

    Examples:
      # look, change nothing
      wrangle cache verify

      # and put aside what is damaged
      wrangle cache verify --repair

    Exit codes:
        4  the machine: disk full, no permission, state folder not usable
        6  something is damaged, and was not repaired

    See also: wrangle cache, wrangle gc, wrangle doctor
    "
  `);
  const flags = (text: string) => text.match(/--[a-z-]+(?= |\n)/g);
  expect(flags(helpOf(commandNamed('plugin'), 'list'))).not.toContain('--lang');
  expect(flags(helpOf(commandNamed('plugin'), 'new'))).toContain('--lang');
});

test('a narrow terminal and a wide one', () => {
  const widest = (columns: string) => {
    const narrow = programOf({ COLUMNS: columns });
    const runs = narrow.commands.find((command) => command.name() === 'runs') as Command;
    return Math.max(
      ...helpOf(runs)
        .split('\n')
        .map((line) => line.length),
    );
  };
  expect(widest('60')).toBeLessThanOrEqual(60);
  expect(widest('200')).toBeGreaterThan(80);
  expect(widest('200')).toBeLessThanOrEqual(88);
});

test('a wrong choice is told with the nearest right one', () => {
  const said = (command: string, flag: string, value: string) => {
    const option = commandNamed(command).options.find(({ long }) => long === flag) as Option;
    try {
      return option.parseArg?.(value, undefined as never);
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(said('build', '--color', 'alway')).toBe('Allowed choices are auto, always, never.\n(Did you mean always?)');
  expect(said('graph', '--format', 'mermiad')).toBe(
    'Allowed choices are text, dot, mermaid, json.\n(Did you mean mermaid?)',
  );
  expect(said('graph', '--format', 'svg')).toBe('Allowed choices are text, dot, mermaid, json.');
  expect(said('log', '--level', 'warn')).toBe(
    'Allowed choices are debug, info, warning, error.\n(Did you mean warning?)',
  );
  expect(said('plugin', '--lang', 'pyhton')).toBe('Allowed choices are ts, python, shell.\n(Did you mean python?)');
});
