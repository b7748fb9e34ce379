/** A command for a stage type: its flags as the parser takes them, and its help. */
import type { Command } from 'commander';
import type { StageType } from '../model/plugin.ts';
import { shown } from '../report/format.ts';
import type { CommonFlags } from './flags.ts';
import { chooseFrom } from './options.ts';
import type { FlagSide, StageFlag } from './stage-flags.ts';
import { flagUsage, GENERAL_FLAGS, loneOutput, stageFlags } from './stage-flags.ts';
import type { GivenFlag } from './stage-values.ts';
import { StageOption } from './variables.ts';

export interface StageOptions extends CommonFlags {
  readonly cache?: string;
  readonly emitYaml?: boolean;
}

/** The stage types of the workspace, as far as the command line has to know them. */
export interface Plugged {
  /** Those with a command of their own. */
  readonly commands: readonly StageType[];
  /** The one that this command line is about. */
  readonly type?: StageType;
}

/** What of a command line is about the stage type; `given` fills while it is parsed. */
export interface TypedFlags {
  readonly flags: readonly StageFlag[];
  readonly given: readonly GivenFlag[];
}

const GROUPS: { readonly [side in FlagSide]: string } = { input: 'Inputs:', output: 'Outputs:', param: 'Params:' };

/** Without a type: what all of them have. */
export function addStageFlags(command: Command, type: StageType | undefined): TypedFlags {
  const given: GivenFlag[] = [];
  const flags = type === undefined ? [] : stageFlags(type);
  const add: Add = (option, note) => {
    command.addOption(option);
    command.on(`option:${option.name()}`, (value: string) => given.push(note(value)));
  };
  for (const side of ['input', 'output', 'param'] as const) {
    const ofSide = flags.filter((flag) => flag.side === side);
    for (const flag of ofSide) if (flag.flag !== undefined) addOwn(add, flag);
    addGeneral(add, side, type === undefined ? undefined : ofSide);
  }
  command
    .addOption(
      chooseFrom(new StageOption('--cache <MODE>', 'use of the store of the workspace').default('off'), ['off', 'on']),
    )
    .addOption(new StageOption('--emit-yaml', 'print the stage, to be pasted into a pipeline; runs nothing'));
  return { flags, given };
}

type Add = (option: StageOption, note: (value: string) => GivenFlag) => void;

function addOwn(add: Add, { side, name, flag, value, many, description }: StageFlag): void {
  const group = GROUPS[side];
  if (value === undefined) {
    const yes = new StageOption(`--${flag}`, description).helpGroup(group);
    yes.term = `--${flag}, --no-${flag}`;
    add(yes, () => ({ side, name, value: true }));
    add(new StageOption(`--no-${flag}`).hideHelp(), () => ({ side, name, value: false }));
    return;
  }
  const option = new StageOption(`--${flag} <${value}${many ? '...' : ''}>`, description).helpGroup(group);
  option.term = `--${flag} <${value}>`;
  add(option, (text) => ({ side, name, value: text }));
}

/** It takes everything of its side, and is shown where something has no other. `flags` undefined: no type is known. */
function addGeneral(add: Add, side: FlagSide, flags: readonly StageFlag[] | undefined): void {
  const without = flags?.filter(({ flag }) => flag === undefined) ?? [];
  const what = side === 'param' ? 'NAME=VALUE' : 'NAME=PATH';
  const option = new StageOption(`--${GENERAL_FLAGS[side]} <${what}>`, generalText(side, without));
  if (flags !== undefined) option.helpGroup(GROUPS[side]);
  if (flags !== undefined && without.length === 0) option.hideHelp();
  add(option, (text) => ({ side, name: undefined, value: text }));
}

function generalText(side: FlagSide, without: readonly StageFlag[]): string {
  if (without.length === 0) {
    return side === 'param' ? 'a param, by its name' : `an ${side}, by the name of its port`;
  }
  return without
    .map(({ name, description }) => (name === '*' ? description : `${shown(name)}: ${description}`))
    .join('; ');
}

/** `wrangle profile --data FILE --profile FILE` */
export function stageExample(type: StageType, called: string): string {
  const flags = stageFlags(type);
  const lone = loneOutput(type);
  const needed = flags.filter(({ side, name, required }) => required && !(side === 'output' && name === lone));
  return ['wrangle', called, ...needed.map(({ side, name }) => flagUsage(flags, side, name))].join(' ');
}
