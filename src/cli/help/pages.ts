/** What the help of each command says beside its flags. Loaded when somebody asks for help. */
import type { Pages } from './layout.ts';

const ENVIRONMENT = [4, 'the machine: disk full, no permission, state folder not usable'] as const;
const LOCKED = [5, 'another command holds the workspace (--no-wait)'] as const;
const BUILD_CODES = [
  [1, 'a stage failed, or broke its contract'],
  ENVIRONMENT,
  LOCKED,
  [42, 'a stage waits for an answer'],
  [130, 'stopped by Ctrl-C (129 by HUP, 143 by TERM)'],
] as const;

export const PAGES: Pages = {
  build: {
    about:
      'Brings outputs up to date: stages whose inputs, command or params changed run, results that the store has are restored, and what is fresh is left alone. With names of stages it builds those and all they need.\nThe pipeline comes first where it is named: a word with a "/", or one that ends in .yaml or .yml. Without one it is "pipeline" of .wranglerrc.yaml, or the only file in pipelines/.',
    examples: [
      ['wrangle build', 'everything that is stale'],
      ['wrangle build pipelines/full.yaml', 'of another pipeline'],
      ['wrangle build report -j 4 -k', 'one stage and what it needs, four at once, going on after failures'],
      ['wrangle build -p data=my.csv -p out=build/mine', 'with other params'],
      ['wrangle build -w', 'again at each change; the same as: wrangle watch'],
      ["wrangle build -s 'state:failed+'", 'just what failed, and what depends on it'],
      ["wrangle build --force='clean report'", 'two stages again, although they are fresh'],
      ['wrangle build --check-determinism=clean', 'run "clean" twice, and say where what it makes first differs'],
    ],
    exitCodes: [
      ...BUILD_CODES.slice(0, 3),
      [6, 'a stage is not deterministic (--check-determinism)'],
      ...BUILD_CODES.slice(3),
    ],
    seeAlso: ['plan', 'why', 'watch', 'resume', 'rollback', 'help caching', 'help selecting', 'help selectors'],
  },
  watch: {
    about:
      'Builds, and builds again at each change of an input, the pipeline, its settings or a plugin, until Ctrl-C. What changed is decided by content: a file that was saved with the same bytes starts nothing.',
    examples: [
      ['wrangle watch', 'build at each change'],
      ['wrangle watch report --on-change=restart', 'a change stops the build that runs, and begins a new one'],
    ],
    exitCodes: [ENVIRONMENT, LOCKED, [130, 'stopped by Ctrl-C (129 by HUP, 143 by TERM)']],
    seeAlso: ['build', 'log', 'help watching'],
  },
  resume: {
    about:
      'Goes on with a run that failed, was stopped or waits for an answer, asked for the same stages and params as it was. Stages that are done stay done. An answer may be given with it: as JSON, or as a file that holds JSON.',
    examples: [
      ['wrangle resume', 'the newest run that has something left'],
      ['wrangle resume --answer \'review={"approve": true}\'', 'answer what the stage "review" asks'],
      ['wrangle resume 20261121-043512-k3f9 --answer review=approved.json', 'a certain run, the answer from a file'],
    ],
    exitCodes: BUILD_CODES,
    seeAlso: ['status', 'runs', 'build', 'help recovery'],
  },
  check: {
    about:
      'Reads the pipeline, what it includes, the settings and the manifests of plugins, and reports every mistake at once, each with its place and the nearest right name. It looks for inputs that are not there, too.',
    examples: [
      ['wrangle check', 'the pipeline of this workspace'],
      ['wrangle check pipelines/full.yaml --json', 'all mistakes as one document'],
    ],
    exitCodes: [[2, 'there are mistakes']],
    seeAlso: ['plan', 'graph', 'schema', 'help pipelines'],
  },
  plan: {
    about:
      'Says for each stage what "wrangle build" would do: run it, restore it from the store, or leave it. "May run" is a stage that runs only if what an earlier one makes turns out different.',
    examples: [
      ['wrangle plan', 'everything'],
      ['wrangle plan report -v', 'one stage and what it needs, with every cause'],
      ['wrangle plan --force=clean', 'as if "clean" had to run'],
    ],
    seeAlso: ['build', 'status', 'why', 'help caching'],
  },
  status: {
    about:
      'A table of the stages: whether each is fresh, when it ran last, how long it took, and why it is not fresh. Below it stand the questions that stages wait for, each with the command that answers it, and files that stages which are gone have left.',
    examples: [
      ['wrangle status', 'everything'],
      ['wrangle status -v', 'with every cause, and every fresh stage'],
      ['wrangle status --exit-code', 'for scripts: is anything left to do?'],
      ["wrangle status -s 'tag:nightly'", 'just some stages'],
    ],
    exitCodes: [[3, 'there is work to do (--exit-code)']],
    seeAlso: ['plan', 'why', 'resume', 'clean'],
  },
  why: {
    about:
      'Compares what a stage depends on now with what it depended on when its outputs were made, and names every difference: code, command, params, environment, inputs, outputs.',
    examples: [
      ['wrangle why clean', 'why the stage "clean" is not fresh'],
      ['wrangle why pipelines/full.yaml apply --json', 'the same as a document'],
      ["wrangle why 'state:stale'", 'of every stage that is not fresh'],
    ],
    seeAlso: ['plan', 'status', 'help caching'],
  },
  graph: {
    about:
      'Shows which stage makes what which other stage needs: for people as text, for other programs as dot, mermaid or JSON. Instances of a stage are one; in text -v tells them apart, and JSON has each of a matrix.',
    examples: [
      ['wrangle graph', 'as text'],
      ['wrangle graph --format dot | dot -Tsvg > graph.svg', 'as a picture, with Graphviz'],
      ['wrangle graph --format mermaid', 'for a page in Markdown'],
      ["wrangle graph -s '@clean' --states", 'a part of it, with how each stage is'],
    ],
    seeAlso: ['check', 'plan', 'help pipelines'],
  },
  log: {
    about:
      'Without a stage it prints the log of a run, one line for each thing that happened: time, run, stage, level, message. With a stage it prints what that stage wrote, all attempts; several stages, and patterns such as "parse@*", may be named. With a stage and --level it prints the lines of the log of the run that are about that stage.\nValues of secrets are masked. What would move the cursor or clear the screen is shown in a harmless form, unless --raw is given.',
    examples: [
      ['wrangle log', 'the last run'],
      ['wrangle log clean', 'what "clean" printed when it last printed anything'],
      ['wrangle log --level warning', 'warnings and errors of the last run'],
      ["wrangle log 'parse@*' --run 20261121", 'all instances of a stage in a certain run'],
      ['wrangle log -f', 'follow the build in another terminal, or wait for the next one'],
    ],
    exitCodes: [[130, 'Ctrl-C while it followed (129 by HUP, 143 by TERM)']],
    seeAlso: ['runs', 'status', 'help troubleshooting'],
  },
  runs: {
    about: 'One line for each run: when it began, how it ended, how long it took, what became of its stages.',
    examples: [
      ['wrangle runs', 'the last twenty'],
      ['wrangle runs --json --limit 1', 'the last one, with every attempt of its stages'],
    ],
    seeAlso: ['log', 'diff', 'rollback', 'resume'],
  },
  diff: {
    about:
      'Compares what lay at the outputs after each of two runs, and goes back from every output that differs to where it began: a file, a param, a command, or a stage that made something else of the same inputs. With an output, or the name of a stage, it explains only that. A stage that was fresh in a run counts as the earlier run had left it.\nA run is named by its id or the beginning of it; "last" is the newest, "last~1" the one before.',
    examples: [
      ['wrangle diff', 'the last run, and the one before it'],
      ['wrangle diff 20261121-043512 last build/report.html', 'why the report is another one since then'],
      ['wrangle diff last~3 last --json', 'as a document'],
    ],
    exitCodes: [[2, 'a run or output is not known, or no longer kept']],
    seeAlso: ['runs', 'why', 'log', 'rollback'],
  },
  rollback: {
    about:
      'Puts every output that a run changed back to the bytes it had before. It first makes sure that all of them are there, in the store or put aside, and otherwise changes nothing. What was edited since is moved to .wrangle/displaced/.',
    examples: [
      ['wrangle rollback --dry-run', 'what undoing the newest run would change'],
      ['wrangle rollback', 'undo it'],
      ['wrangle rollback 20261121-043512-k3f9', 'undo a certain run'],
    ],
    exitCodes: [ENVIRONMENT, LOCKED],
    seeAlso: ['runs', 'resume', 'help recovery'],
  },
  stage: {
    about:
      'Runs a stage type of a plugin without a pipeline: its inputs, outputs and params are flags. Paths are from the current folder, nothing is locked, and nothing but the outputs is left. The flags of a type are in: wrangle stage TYPE --help.',
    examples: [
      ['wrangle stage tabular/profile --in data=in.csv --out profile=out.json', 'ports by name, for any type'],
      ['wrangle stage tabular/profile --in data=in.csv --emit-yaml', 'print the stage for a pipeline'],
    ],
    exitCodes: [
      [1, 'the stage failed'],
      [42, 'it waits for an answer'],
    ],
    seeAlso: ['stages', 'plugin', 'help plugins'],
  },
  stages: {
    about:
      'Lists what pipelines of this workspace may name in "uses". With the name of a stage type it shows the ports and params of that one. No code of a plugin is run.',
    examples: [
      ['wrangle stages', 'all of them'],
      ['wrangle stages tabular/profile', 'one in full'],
    ],
    seeAlso: ['stage', 'plugin', 'help plugins'],
  },
  plugin: {
    about: 'Everything about plugin packages. Each action has its own page: wrangle plugin new --help.',
    examples: [
      ['wrangle plugin new greet', 'write a package with one stage type'],
      ['wrangle plugin types plugins/greet', 'write types for its code'],
      ['wrangle plugin test plugins/greet', 'try whether it works as pipelines rely on'],
      ['wrangle plugin list', 'the plugins of this workspace'],
    ],
    seeAlso: ['stages', 'stage', 'help plugins'],
  },
  'plugin new': {
    action: {
      usage: '[options] NAME',
      description: 'write a new plugin package with one stage type, its test and its README',
      flags: ['--lang'],
    },
    about:
      'In a workspace it goes to plugins/NAME, elsewhere to NAME in the current folder. What is there already is never written over. The last lines say how to list it and use it.',
    examples: [
      ['wrangle plugin new greet', 'in JavaScript'],
      ['wrangle plugin new greet --lang python', 'in Python'],
    ],
    seeAlso: ['plugin test --help', 'plugin types --help', 'help plugins'],
  },
  'plugin types': {
    action: {
      usage: '[options] [DIR]',
      description: 'write what the manifest of a plugin declares as TypeScript types for its code',
      flags: [],
    },
    about:
      'DIR is the folder of the package (default: the current one). Do it again after each change of the manifest.',
    examples: [['wrangle plugin types plugins/greet', 'of one package']],
    seeAlso: ['plugin new --help', 'plugin test --help'],
  },
  'plugin test': {
    action: {
      usage: '[options] [DIR]',
      description: 'try whether the stage types of a plugin work as pipelines rely on',
      flags: [],
    },
    about:
      'Builds the examples of the package and tries what goes wrong in practice: the same outputs when it runs twice, odd names of files, inputs that are missing or cannot be written, a stop in the middle. DIR is the folder of the package (default: the current one).',
    examples: [
      ['wrangle plugin test plugins/greet', 'one package'],
      ['wrangle plugin test --json', 'the one in this folder, as a document'],
    ],
    exitCodes: [[1, 'a check failed']],
    seeAlso: ['plugin new --help', 'help plugins'],
  },
  'plugin list': {
    action: { usage: '[options]', description: 'list the plugins of the workspace, and where each is', flags: [] },
    about: 'The plugins are those that .wranglerrc.yaml lists under "plugins"; nothing else is ever loaded.',
    examples: [['wrangle plugin list', 'name, version and folder of each']],
    seeAlso: ['stages', 'help plugins'],
  },
  schema: {
    about:
      'With this schema an editor completes and checks pipelines, the params of stage types included. Write it again when a plugin was added. Name it in the first line of a pipeline: # yaml-language-server: $schema=pipeline.schema.json',
    examples: [
      ['wrangle schema pipelines/pipeline.schema.json', 'write it beside the pipelines'],
      ['wrangle schema > schema.json', 'print it'],
    ],
    seeAlso: ['check', 'stages', 'help pipelines'],
  },
  clean: {
    about:
      'Removes the outputs of all stages, or of those that are named, and keeps what was edited since. Results stay in the store, so the next build restores them. With --orphans it removes instead what stages have left that are not declared any more.',
    examples: [
      ['wrangle clean -n', 'what would be removed'],
      ['wrangle clean report', 'the outputs of one stage'],
      ['wrangle clean --orphans', 'files of stages that are gone'],
    ],
    exitCodes: [ENVIRONMENT, [5, 'another command holds the workspace']],
    seeAlso: ['gc', 'status', 'build'],
  },
  gc: {
    about:
      'The store keeps results so that they need not be made twice. gc removes those that nobody needs, least recently used first, until it fits its limit. Builds do the same when they end, so it is rarely needed.',
    examples: [
      ['wrangle gc --dry-run', 'what would be removed, by stage'],
      ['wrangle gc --max-size 5GiB', 'keep at most so much'],
      ['wrangle gc --older-than 30d', 'also what was not used for a month'],
      ['wrangle gc --failed --displaced', 'also what was put aside'],
    ],
    exitCodes: [ENVIRONMENT],
    seeAlso: ['cache', 'clean', 'help caching'],
  },
  cache: {
    about:
      'Says where the store is, how much it holds and how much it may. Its one action has its own page: wrangle cache verify --help.',
    examples: [
      ['wrangle cache', 'place and size'],
      ['wrangle cache verify', 'read all of it'],
    ],
    exitCodes: [ENVIRONMENT, [6, 'something is damaged (cache verify)']],
    seeAlso: ['gc', 'doctor', 'help caching'],
  },
  'cache verify': {
    action: {
      usage: '[options]',
      description: 'read the whole store and name what is damaged',
      flags: ['--repair'],
    },
    about:
      'Builds verify what they restore, so damage never reaches an output. This finds it before, for instance after a disk made trouble. With --repair it puts the damage aside; what depended on it runs again.',
    examples: [
      ['wrangle cache verify', 'look, change nothing'],
      ['wrangle cache verify --repair', 'and put aside what is damaged'],
    ],
    exitCodes: [ENVIRONMENT, [6, 'something is damaged, and was not repaired']],
    seeAlso: ['cache', 'gc', 'doctor'],
  },
  init: {
    about:
      'Writes .wranglerrc.yaml and a small pipeline that works, with comments. What is there already is never written over.',
    examples: [
      ['wrangle init', 'in the current folder'],
      ['wrangle init -C project', 'in another one'],
    ],
    seeAlso: ['build', 'check', 'help pipelines'],
  },
  doctor: {
    about:
      'Looks at the machine, the workspace, the store and the settings, and says what keeps builds from working or makes them slow, each with what to do about it.',
    examples: [
      ['wrangle doctor', 'everything that was looked at'],
      ['wrangle doctor -q', 'only what is wrong'],
      ['wrangle doctor --json', 'the same as a document'],
    ],
    exitCodes: [[4, 'there is a problem']],
    seeAlso: ['cache verify --help', 'help troubleshooting'],
  },
  completion: {
    about:
      'With it TAB completes commands, flags and their values, stages, params, pipelines, runs and stage types. The script asks wrangle at each TAB, so it need not be written again.',
    examples: [
      ['source <(wrangle completion bash)', 'bash: this line in ~/.bashrc'],
      ['source <(wrangle completion zsh)', 'zsh: this line in ~/.zshrc, behind compinit'],
      ['wrangle completion fish > ~/.config/fish/completions/wrangle.fish', 'fish: once'],
    ],
    seeAlso: ['help'],
  },
  help: {
    about:
      'Without a word it lists all commands and topics. A topic is a page or two on something that several commands share.',
    examples: [
      ['wrangle help', 'what there is'],
      ['wrangle help build', 'a command; the same as: wrangle build --help'],
      ['wrangle help caching', 'a topic'],
    ],
    seeAlso: ['--help'],
  },
};
