/** How help looks: groups of commands and flags, the sections of a page, widths. What pages say is in `pages.ts`. */
import { Command, Help, type HelpConfiguration, Option } from 'commander';
import { StageOption, type Variables, variableOf } from '../variables.ts';

/** What of a command is said in its help and nowhere else. */
export interface Page {
  /** What it is for and when, in whole sentences. A line is a paragraph. */
  readonly about: string;
  /** Each with what it does. */
  readonly examples: readonly (readonly [line: string, note: string])[];
  /** Those that not every command has. */
  readonly exitCodes?: readonly (readonly [code: number, meaning: string])[];
  /** As they are typed behind `wrangle`. */
  readonly seeAlso: readonly string[];
  /** Of an action, the second word of "cache verify": what commander does not know of it. */
  readonly action?: {
    readonly usage: string;
    readonly description: string;
    /** Long names of the flags it takes beside those of all commands. */
    readonly flags: readonly string[];
  };
}

/** By command, or command and action. */
export type Pages = Readonly<Record<string, Page | undefined>>;

const WIDTH_MAX = 88;
const WIDTH_DEFAULT = 80;

/** Beyond this, lines of text are hard to read. */
export function helpWidth(variables: Variables): number {
  const asked = Number(variables['COLUMNS']);
  const columns = Number.isInteger(asked) && asked > 0 ? asked : process.stdout.isTTY ? process.stdout.columns : 0;
  return Math.min(WIDTH_MAX, columns || WIDTH_DEFAULT);
}

/** Before these come a command's own. */
const FLAG_GROUPS = ['Pipeline:', 'Running:', 'Output:', 'General:'] as const;

const FLAG_GROUP: Readonly<Record<string, (typeof FLAG_GROUPS)[number]>> = {
  '--file': 'Pipeline:',
  '--param': 'Pipeline:',
  '--params-file': 'Pipeline:',
  '--select': 'Pipeline:',
  '--exclude': 'Pipeline:',
  '--jobs': 'Running:',
  '--keep-going': 'Running:',
  '--atomic': 'Running:',
  '--dry-run': 'Running:',
  '--watch': 'Running:',
  '--on-change': 'Running:',
  '--cache': 'Running:',
  '--force': 'Running:',
  '--no-wait': 'Running:',
  '--json': 'Output:',
  '--events': 'Output:',
  '--verbose': 'Output:',
  '--quiet': 'Output:',
  '--color': 'Output:',
  '--directory': 'General:',
};

const COMMAND_GROUPS: Readonly<Record<string, readonly string[]>> = {
  'Build:': ['build', 'watch', 'resume', 'rollback'],
  'Look (changes nothing):': ['check', 'plan', 'status', 'why', 'graph', 'log', 'runs', 'diff'],
  'Stage types and plugins:': ['stage', 'stages', 'plugin', 'schema'],
  'Outputs and store:': ['clean', 'gc', 'cache'],
  'Set up:': ['init', 'doctor', 'completion', 'help'],
};

/** For commands of wrangle; those of plugins have their groups already. */
export function groupForHelp(program: Command): void {
  for (const [group, names] of Object.entries(COMMAND_GROUPS)) {
    for (const command of program.commands) if (names.includes(command.name())) command.helpGroup(group);
  }
  for (const { options } of program.commands) {
    for (const option of options) {
      const group = option instanceof StageOption ? undefined : FLAG_GROUP[option.long ?? ''];
      if (group !== undefined) option.helpGroup(group);
    }
  }
}

export function helpFlag(): Option {
  return new Option('-h, --help', 'print this help').helpGroup('General:');
}

/** Without pages: what commander knows, which is all there is for commands of plugins. */
export function helpLayout(pages: Pages = {}): HelpConfiguration {
  const pageOf = (name: string) => (Object.hasOwn(pages, name) ? pages[name] : undefined);
  const about = new WeakMap<Command, Page>();
  const standard = new Help();
  return {
    optionTerm: (option) => (option instanceof StageOption ? option.term : option.flags),
    optionDescription: describeOption,
    subcommandTerm: (command) => command.name(),
    minWidthToWrap: 20,
    groupItems,
    // The program's own two are in the words below the list of commands.
    visibleOptions: (command) => (command.parent || about.has(command) ? standard.visibleOptions(command) : []),
    commandDescription: (command) => {
      const page = about.get(command) ?? pageOf(command.name());
      return page ? `${asSentence(command.description())}\n\n${page.about}` : command.description();
    },
    formatHelp(command, helper) {
      const name = `${command.name()} ${command.args[0]}`;
      const page = command.parent ? pageOf(name) : undefined;
      const shown = page?.action ? commandOfAction(command, name, page.action) : command;
      if (page) about.set(shown, page);
      const text = Help.prototype.formatHelp.call(helper, shown, helper);
      return text + sections(page ?? pageOf(command.name()), helper.helpWidth ?? WIDTH_DEFAULT);
    },
  };
}

/** Commander knows no actions, only a word behind the command. */
function commandOfAction(
  of: Command,
  name: string,
  { usage, description, flags }: NonNullable<Page['action']>,
): Command {
  const command = new Command(`wrangle ${name}`).usage(usage).description(description).addHelpOption(helpFlag());
  for (const option of of.options) {
    const isShared = option.helpGroupHeading !== undefined;
    if (isShared || flags.includes(option.long ?? '')) command.addOption(option);
  }
  return command;
}

function sections(page: Page | undefined, width: number): string {
  if (!page) return '';
  const parts = [`\nExamples:\n${page.examples.map(([line, note]) => `  # ${note}\n  ${line}\n`).join('\n')}`];
  if (page.exitCodes) {
    const codes = page.exitCodes.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}\n`);
    parts.push(`\nExit codes:\n${codes.join('')}`);
  }
  const also = page.seeAlso.map((words) => `wrangle ${words}`);
  parts.push(`\nSee also: ${fold(also, width, '          ')}\n`);
  return parts.join('');
}

/** Words with commas, on as many lines as they need. */
function fold(words: readonly string[], width: number, indent: string): string {
  let lines = '';
  let line = '';
  for (const [at, word] of words.entries()) {
    const next = at === words.length - 1 ? word : `${word},`;
    if (line !== '' && indent.length + line.length + 1 + next.length > width) {
      lines += `${line}\n${indent}`;
      line = '';
    }
    line += line === '' ? next : ` ${next}`;
  }
  return lines + line;
}

function groupItems<T extends Command | Option>(
  all: T[],
  visible: T[],
  groupOf: (item: T) => string,
): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of [...all, ...visible]) groups.set(groupOf(item), []);
  for (const item of visible) groups.get(groupOf(item))?.push(item);
  const rank = (group: string) => (FLAG_GROUPS as readonly string[]).indexOf(group);
  return new Map([...groups].sort(([a], [b]) => rank(a) - rank(b)));
}

/** What commander says of it, and the variable that stands for it. */
function describeOption(option: Option): string {
  const variable = variableOf(option);
  const description = new Help().optionDescription(option);
  return variable === undefined ? description : `${description} (env: ${variable})`;
}

function asSentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
