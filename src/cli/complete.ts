/**
 * What could stand where the cursor is, for the scripts of `completion-scripts.ts`: commands, flags and values, read from
 * the same program that would parse the line. The protocol is in design-notes, "Completion".
 */
import type { Command, Option } from 'commander';
import { declaredId, isInstanceId } from '../model/instance.ts';
import type { StageType } from '../model/plugin.ts';
import type { RunSummary } from '../model/run-record.ts';
import { shown } from '../report/format.ts';
import { compareText } from '../util/compare.ts';
import { type SelectableStage, selectorCandidates } from './complete-selectors.ts';
import { TOPICS } from './help/topic-names.ts';
import { commandFirst, directoryOf } from './leading-flags.ts';
import type { PipelineFlags } from './session.ts';
import { CACHE_MODES, namesPipeline } from './session.ts';
import type { StageFlag } from './stage-flags.ts';
import { GENERAL_FLAGS, stageFlags } from './stage-flags.ts';
import type { Plugged } from './stage-program.ts';

export interface PipelineNames {
  readonly stages: readonly (SelectableStage & { readonly id: string; readonly description?: string })[];
  readonly params: readonly string[];
}

/** Of one workspace. */
export interface CompletionSources {
  /** Paths of the command line are not relative to the folder that the shell is in. */
  readonly isElsewhere: boolean;
  program(wanted: string | undefined, plugged: Plugged): Command;
  types(): Promise<readonly StageType[]>;
  pipeline(flags: PipelineFlags): Promise<PipelineNames>;
  /** Newest first. */
  runs(): readonly RunSummary[];
  /** As they would be typed. */
  pipelines(): readonly string[];
}

export type OpenSources = (directory: string | undefined) => CompletionSources;

interface Candidate {
  readonly value: string;
  readonly description?: string;
}

interface Completion {
  readonly candidates: readonly Candidate[];
  /** What the shell is to add, and that something follows without a space. */
  readonly directives?: readonly ('files' | 'folders' | 'nospace')[];
}

const NOTHING: Completion = { candidates: [] };
const HELP: Candidate = { value: '--help', description: 'print this help' };
const RUNS_MAX = 50;
const DESCRIPTION_MAX = 100;

/** `words` are those up to the cursor, without `wrangle`; the last is being typed and may be empty. */
export async function complete(words: readonly string[], open: OpenSources): Promise<string> {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  // Who has typed a space has put the word into quotes.
  const space = current.lastIndexOf(' ') + 1;
  const { candidates, directives = [] } = await completion(before, current, open(directoryOf(before)));
  const fitting = candidates.filter(({ value }) => value.startsWith(current) && isTypable(value.slice(space)));
  return [`:${directives.join(' ')}`, ...fitting.map(line), ''].join('\n');
}

async function completion(before: readonly string[], current: string, sources: CompletionSources): Promise<Completion> {
  const [name, ...rest] = commandFirst(before);
  if (name === undefined || name.startsWith('-')) return beforeCommand(before, current, sources);
  if (name === 'help' && rest.length === 0 && !current.startsWith('-')) return commandsAndTopics(sources);
  if (name === 'help' && rest.length > 0) return actionsOf(rest, sources);
  const { command, type } = await commandOf(name, rest, sources);
  if (!command) return NOTHING;
  const typed = walk(command, rest);
  const { ended, option } = typed;
  const asked: Asked = { sources, typed, flags: type ? stageFlags(type) : [] };
  if (option?.isDue) return values(asked, option.of, '', current);
  if (!ended && current.startsWith('-')) {
    const [long = '', equals] = /^(--[^=]+)(=)/.exec(current)?.slice(1) ?? [];
    if (equals === undefined) return flagsOf(command.options, typed, current);
    const found = command.options.find((one) => one.long === long);
    return found && (found.required || found.optional) ? values(asked, found, `${long}=`, current) : NOTHING;
  }
  return option ? values(asked, option.of, '', current) : argumentsOf(asked, command, current);
}

async function beforeCommand(
  before: readonly string[],
  current: string,
  sources: CompletionSources,
): Promise<Completion> {
  // It has the flags of all commands and no others.
  const program = sources.program('init', { commands: [] });
  const init = program.commands.find((command) => command.name() === 'init') as Command;
  const typed = walk(init, before);
  if (typed.option?.isDue) return values({ sources, typed, flags: [] }, typed.option.of, '', current);
  if (typed.positionals.length > 0) return NOTHING;
  if (!current.startsWith('-')) return commands(sources);
  return flagsOf([...program.options, ...init.options], typed, current);
}

async function commands(sources: CompletionSources): Promise<Completion> {
  const types = await sources.types().catch(() => []);
  const program = sources.program(undefined, { commands: types.filter(({ command }) => command !== undefined) });
  return {
    candidates: program.commands.map((command) => ({ value: command.name(), description: command.description() })),
  };
}

/** Behind the command that help is about. */
function actionsOf([name, ...rest]: readonly string[], sources: CompletionSources): Completion {
  if (name === undefined || rest.length > 0) return NOTHING;
  const command = sources.program(name, { commands: [] }).commands.find((one) => one.name() === name);
  // Shells are no actions, and have no pages.
  const actions = command && name !== 'completion' ? literalsOf(command) : [];
  return { candidates: actions.map(word) };
}

/** Words that an argument of a command can be, such as the actions of "plugin". */
function literalsOf({ registeredArguments }: Command): string[] {
  const literals = registeredArguments.flatMap((one) => (one.variadic ? [] : one.name().split(' ')));
  return literals.filter((name) => name === name.toLowerCase());
}

async function commandsAndTopics(sources: CompletionSources): Promise<Completion> {
  const topics = Object.entries(TOPICS).map(([value, description]) => ({ value, description }));
  return { candidates: [...(await commands(sources)).candidates, ...topics] };
}

/** With the stage type that the line is about, as far as it is known. */
async function commandOf(
  name: string,
  rest: readonly string[],
  sources: CompletionSources,
): Promise<{ readonly command: Command | undefined; readonly type: StageType | undefined }> {
  const find = (program: Command) => program.commands.find((command) => command.name() === name);
  if (name !== 'stage') {
    const command = find(sources.program(name, { commands: [] }));
    if (command) return { command, type: undefined };
  }
  const types = await sources.types();
  if (name === 'stage') {
    const type = types.find((one) => rest.includes(one.name));
    return { command: find(sources.program(name, { commands: [], ...(type && { type }) })), type };
  }
  const type = types.find(({ command }) => command === name);
  return { command: type && find(sources.program(undefined, { commands: [type] })), type };
}

/** What was typed before the cursor. */
interface Typed {
  readonly positionals: readonly string[];
  /** By long name. */
  readonly given: ReadonlyMap<string, readonly string[]>;
  /** `--` was there: no more flags. */
  readonly ended: boolean;
  /** Whose value comes next: it must if it is due, and can if it takes several. */
  readonly option: { readonly of: Option; readonly isDue: boolean } | undefined;
}

function walk({ options }: Command, words: readonly string[]): Typed {
  const positionals: string[] = [];
  const given = new Map<string, string[]>();
  let ended = false;
  let option: Typed['option'];
  const note = (of: Option | undefined, value: string | undefined) => {
    const name = of?.long;
    if (name) given.set(name, [...(given.get(name) ?? []), ...(value === undefined ? [] : [value])]);
  };
  for (const word of words) {
    if (option?.isDue || (option && (ended || !word.startsWith('-')))) {
      note(option.of, word);
      option = option.of.variadic ? { of: option.of, isDue: false } : undefined;
    } else if (ended || !/^-./.test(word)) positionals.push(word);
    else if (word === '--') [ended, option] = [true, undefined];
    else {
      const { of, value } = flagIn(options, word);
      note(of, value);
      option = of?.required && value === undefined ? { of, isDue: true } : undefined;
    }
  }
  return { positionals, given, ended, option };
}

/** `--jobs`, `--jobs=4`, `-j`, `-j4`, `-kj4`: the last flag of the word, and its value if that is there too. */
function flagIn(options: readonly Option[], word: string): { of: Option | undefined; value: string | undefined } {
  if (word.startsWith('--')) {
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    return { of: options.find(({ long }) => long === name), value: equals < 0 ? undefined : word.slice(equals + 1) };
  }
  let of: Option | undefined;
  for (let at = 1; at < word.length; at++) {
    of = options.find(({ short }) => short === `-${word[at]}`);
    if (of?.required) return { of, value: at + 1 < word.length ? word.slice(at + 1) : undefined };
  }
  return { of, value: undefined };
}

interface Asked {
  readonly sources: CompletionSources;
  readonly typed: Typed;
  /** Of the stage type, if the line is about one. */
  readonly flags: readonly StageFlag[];
}

function flagsOf(options: readonly Option[], { given }: Typed, current: string): Completion {
  if (/^-\w$/.test(current)) {
    const short = options.find((option) => option.short === current);
    return { candidates: short ? [{ value: current, description: short.description }] : [] };
  }
  const isOver = (option: Option) =>
    given.has(option.long ?? '') && !option.variadic && !(option.parseArg && !option.argChoices) && !isNamed(option);
  // The other side of a flag without a value, which help shows beside it.
  const isShown = ({ hidden, long }: Option) => !hidden || (current.startsWith('--no-') && long?.startsWith('--no-'));
  const fitting = options.filter((option) => isShown(option) && !isOver(option));
  return { candidates: [...fitting.map(({ long = '', description }) => ({ value: long, description })), HELP] };
}

/** `NAME=VALUE` may come again. */
function isNamed({ flags }: Option): boolean {
  return flags.includes('=');
}

/** `prefix` is what of the word being typed belongs to the flag. */
async function values(asked: Asked, option: Option, prefix: string, current: string): Promise<Completion> {
  const typed = current.slice(prefix.length);
  const found = await valuesOf(asked, option, typed);
  return { ...found, candidates: found.candidates.map((one) => ({ ...one, value: `${prefix}${one.value}` })) };
}

async function valuesOf({ sources, typed, flags }: Asked, option: Option, current: string): Promise<Completion> {
  const choices = option.argChoices ?? flags.find(({ flag }) => `--${flag}` === option.long)?.choices;
  if (choices) return { candidates: choices.map(word) };
  const side = (['input', 'output', 'param'] as const).find((one) => `--${GENERAL_FLAGS[one]}` === option.long);
  if (side) {
    const names = flags.filter((flag) => flag.side === side && flag.name !== '*');
    return {
      candidates: names.map(({ name, description }) => ({ value: `${name}=`, description })),
      directives: ['nospace'],
    };
  }
  switch (option.long) {
    case '--cache':
      return { candidates: CACHE_MODES.map(word) };
    case '--run':
      return { candidates: runs(sources) };
    case '--file':
      return pipelines(sources);
    case '--param': {
      const { params } = await namesOf(sources, typed);
      return { candidates: params.map((name) => word(`${name}=`)), directives: ['nospace'] };
    }
    case '--answer':
      return {
        candidates: (await stages(sources, typed)).map((one) => ({ ...one, value: `${one.value}=` })),
        directives: ['nospace'],
      };
    case '--check-determinism':
    case '--exclude':
    case '--force':
    case '--select':
      return selectors(sources, typed, current);
    case '--directory':
      return { candidates: [], directives: ['folders'] };
    default:
      return paths(sources, /<(FILE|FOLDER|DIR)\W/.exec(option.flags)?.[1]);
  }
}

/** What stands in the usage of a command is what is offered. */
async function argumentsOf(asked: Asked, command: Command, current: string): Promise<Completion> {
  const { sources, typed } = asked;
  const [first] = typed.positionals;
  const usage = command.usage();
  const takes = (what: string) => new RegExp(`\\b${what}\\b`).test(usage);
  const literals = literalsOf(command);
  if (literals.length > 0) {
    if (first === undefined) return { candidates: literals.map(word) };
    return command.name() === 'plugin' && (first === 'types' || first === 'test') ? paths(sources, 'DIR') : NOTHING;
  }
  const runsTaken = usage.match(/\bRUN\b/g)?.length ?? 0;
  if (typed.positionals.length < runsTaken) return { candidates: runs(sources) };
  if (first === undefined && takes('TYPE')) return { candidates: (await sources.types()).map(typeCandidate) };
  const isAboutPipeline = command.options.some(({ long }) => long === '--file');
  if (takes('FILE') && !isAboutPipeline) return first === undefined ? paths(sources, 'FILE') : NOTHING;

  const named = new Set(typed.positionals.filter((name) => !namesPipeline(name)));
  const wantsStage = takes('STAGE') && (usage.includes('STAGE...') || named.size === 0);
  const isPath = current.includes('/') && namesPipeline(current);
  const isSelector = current !== '' && command.options.some(({ long }) => long === '--select');
  const find = async () =>
    isSelector ? selectors(sources, typed, current) : { candidates: await stages(sources, typed) };
  const found: Completion = wantsStage && !isPath ? await find().catch(() => NOTHING) : NOTHING;
  const candidates = found.candidates.filter(({ value }) => !named.has(value));
  if (first !== undefined || !takes('FILE')) return { ...found, candidates };
  const files = pipelines(sources);
  const all = [...candidates, ...files.candidates];
  // Beside what can be named, the files of the folder would only be in the way.
  if (!all.some(({ value }) => value.startsWith(current))) return files;
  // With a pipeline among them, the word may end here.
  const isOpen = !files.candidates.some(({ value }) => value.startsWith(current));
  return { candidates: all, ...(isOpen && found.directives ? { directives: found.directives } : {}) };
}

async function selectors(sources: CompletionSources, typed: Typed, current: string): Promise<Completion> {
  const named = await namesOf(sources, typed);
  const { candidates, isOpen } = selectorCandidates(current, candidatesOf(named), named.stages);
  return { candidates, ...(isOpen ? { directives: ['nospace'] } : {}) };
}

async function stages(sources: CompletionSources, typed: Typed): Promise<readonly Candidate[]> {
  return candidatesOf(await namesOf(sources, typed));
}

function candidatesOf({ stages }: PipelineNames): readonly Candidate[] {
  const found = stages.map(({ id, description = 'stage' }) => ({ value: id, description }));
  const names = new Set(stages.filter(({ id }) => isInstanceId(id)).map(({ id }) => declaredId(id)));
  for (const { id } of stages) names.delete(id);
  const all = [...found, ...[...names].map((value) => ({ value, description: 'all its instances' }))];
  return all.sort((a, b) => compareText(a.value, b.value));
}

function namesOf(sources: CompletionSources, { positionals, given }: Typed): Promise<PipelineNames> {
  const [first] = positionals;
  const file = first !== undefined && namesPipeline(first) ? first : given.get('--file')?.at(-1);
  const paramsFile = given.get('--params-file')?.at(-1);
  return sources.pipeline({
    param: given.get('--param') ?? [],
    ...(file === undefined ? {} : { file }),
    ...(paramsFile === undefined ? {} : { paramsFile }),
  });
}

function pipelines(sources: CompletionSources): Completion {
  const candidates = sources.pipelines().map((value) => ({ value, description: 'pipeline' }));
  return { ...paths(sources, 'FILE'), candidates };
}

/** The shell knows paths, unless they are not relative to where it is. */
function paths(sources: CompletionSources, kind: string | undefined): Completion {
  if (kind === undefined || sources.isElsewhere) return NOTHING;
  return { candidates: [], directives: [kind === 'FILE' ? 'files' : 'folders'] };
}

function runs(sources: CompletionSources): Candidate[] {
  return sources
    .runs()
    .slice(0, RUNS_MAX)
    .map(({ run_id: value, pipeline, outcome }) => ({ value, description: `${pipeline}, ${outcome}` }));
}

function typeCandidate({ name: value, description }: StageType): Candidate {
  return { value, description };
}

function word(value: string): Candidate {
  return { value };
}

/** What a shell would take for something else is left to who types: no name may become part of a command unseen. */
function isTypable(value: string): boolean {
  return /^[\p{L}\p{N}\p{M}_@%+=:,./-]+$/u.test(value);
}

function line({ value, description = '' }: Candidate): string {
  const text = shown(description);
  const short = text.length > DESCRIPTION_MAX ? `${text.slice(0, DESCRIPTION_MAX - 1)}…` : text;
  return short === '' ? value : `${value}\t${short}`;
}
