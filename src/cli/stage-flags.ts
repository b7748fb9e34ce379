/**
 * The flags of a stage type, from its ports and the schema of its params. Parsing, help and whoever else has to know
 * them read this list (design-notes, "Stage types as commands"). Knows no parser.
 */
import type { PortDeclaration, StageType } from '../model/plugin.ts';
import { shown } from '../report/format.ts';
import type { Schema } from '../report/param-words.ts';
import { follow, paramsOf, typeWords } from '../report/param-words.ts';

export type FlagSide = 'input' | 'output' | 'param';

export interface StageFlag {
  readonly side: FlagSide;
  /** Of the port or param. */
  readonly name: string;
  /** Without dashes. Undefined: its name is taken, or is none for a flag, so only the general flag of its side is left. */
  readonly flag: string | undefined;
  /** What stands behind it, as help calls it; undefined for `--flag` and `--no-flag`. */
  readonly value: string | undefined;
  /** It takes several. */
  readonly many: boolean;
  /** Without it something is missing; a lone output has standard output instead. */
  readonly required: boolean;
  /** What it may be, for those who complete it; undefined when there is no list of it. */
  readonly choices: readonly string[] | undefined;
  /** A line of help, with type and default. */
  readonly description: string;
  /** Of a param. */
  readonly schema: Schema;
}

/** `--in NAME=PATH` and its kin: for every port and param, whatever it is called. */
export const GENERAL_FLAGS = { input: 'in', output: 'out', param: 'with' } as const;

/** What every command for a stage type has, and what could be taken for it. */
const TAKEN: ReadonlySet<string> = new Set(
  ['directory', 'json', 'verbose', 'quiet', 'color', 'help', 'version', 'cache', 'emit-yaml', 'in', 'out', 'with'].map(
    bare,
  ),
);

/** Inputs, outputs, params, in the order of the manifest and the schema; `*` is there under that name. */
export function stageFlags(type: StageType): StageFlag[] {
  const found = [
    ...Object.entries(type.inputs).map(([name, port]) => portFlag('input', name, port)),
    ...Object.entries(type.outputs).map(([name, port]) => portFlag('output', name, port)),
    ...paramsOf(type.params).map(({ name, schema, required }) => paramFlag(type, name, schema, required)),
  ];
  const claims = new Map<string, number>();
  for (const { name } of found) claims.set(bare(name), (claims.get(bare(name)) ?? 0) + 1);
  const lone = loneOutput(type);
  return found.map(({ text, notes, ...flag }) => {
    const isFree = !TAKEN.has(bare(flag.name)) && claims.get(bare(flag.name)) === 1;
    const isLone = flag.side === 'output' && flag.name === lone;
    const told = [...(flag.required && !isLone ? ['required'] : []), ...notes];
    return {
      ...flag,
      flag: isFree ? spelled(flag.name) : undefined,
      description: described(text, isLone ? [...told, 'default: standard output'] : told),
    };
  });
}

/** The port whose file goes to standard output when nothing is said about it. */
export function loneOutput({ outputs }: StageType): string | undefined {
  const [first, ...others] = Object.entries(outputs);
  if (!first || others.length > 0) return undefined;
  const [name, { kind, many }] = first;
  return kind === 'file' && !many && name !== '*' ? name : undefined;
}

/** How to give it: `--data PATH`, `--in NAME=PATH`. */
export function flagUsage(flags: readonly StageFlag[], side: FlagSide, name: string): string {
  const known = flags.find((flag) => flag.side === side && flag.name === name);
  if (known?.flag === undefined) {
    return `--${GENERAL_FLAGS[side]} ${name === '*' ? 'NAME' : shown(name)}=${side === 'param' ? 'VALUE' : 'PATH'}`;
  }
  return known.value === undefined ? `--${known.flag} or --no-${known.flag}` : `--${known.flag} ${known.value}`;
}

/** How sentences call it: the flag alone. */
export function flagName(flags: readonly StageFlag[], side: FlagSide, name: string): string {
  const known = flags.find((flag) => flag.side === side && flag.name === name);
  return known?.flag === undefined ? `--${GENERAL_FLAGS[side]} ${shown(name)}` : `--${known.flag}`;
}

interface Declared extends Omit<StageFlag, 'flag' | 'description'> {
  readonly text: string;
  readonly notes: readonly string[];
}

function portFlag(side: 'input' | 'output', name: string, port: PortDeclaration): Declared {
  const { kind, many, optional, media } = port;
  const notes = [
    ...(many ? ['may be given several times'] : []),
    ...(media.length === 0 ? [] : [media.map((one) => shown(one)).join(', ')]),
  ];
  return {
    side,
    name,
    value: kind === 'folder' ? 'FOLDER' : 'FILE',
    many,
    required: !optional,
    choices: undefined,
    text: port.description ?? '',
    notes,
    schema: {},
  };
}

const VALUES: { readonly [type: string]: string } = { integer: 'N', number: 'X', string: 'TEXT' };

function paramFlag({ params }: StageType, name: string, schema: Schema, required: boolean): Declared {
  const { type, enum: choices, default: fallback, description, items } = schema;
  const isFlag = type === 'boolean';
  const ofItems = follow(items, params)['type'];
  const many = type === 'array' && ofItems !== 'object' && ofItems !== 'array';
  const value = many
    ? (VALUES[String(ofItems)] ?? 'VALUE')
    : (VALUES[String(type)] ?? (isNested(schema) ? 'JSON' : 'VALUE'));
  const notes = [
    ...(isFlag ? [] : [typeWords(schema, params)]),
    ...(many ? ['may be given several times'] : []),
    ...(fallback === undefined ? [] : [`default: ${shown(JSON.stringify(fallback))}`]),
  ];
  return {
    side: 'param',
    name,
    value: isFlag ? undefined : value,
    many,
    required: required && fallback === undefined,
    choices: Array.isArray(choices)
      ? choices.map((choice) => (typeof choice === 'string' ? choice : JSON.stringify(choice)))
      : undefined,
    text: typeof description === 'string' ? description : '',
    notes,
    schema,
  };
}

function isNested({ type }: Schema): boolean {
  return type === 'object' || type === 'array';
}

function described(text: string, notes: readonly string[]): string {
  const words = shown(text).replace(/\.$/, '');
  return [words, notes.length === 0 ? '' : `(${notes.join('; ')})`].filter((part) => part !== '').join(' ');
}

function spelled(name: string): string | undefined {
  const flag = name.replaceAll('_', '-');
  return /^[A-Za-z][A-Za-z0-9-]*$/.test(flag) && !flag.startsWith('no-') ? flag : undefined;
}

/** Two names that are the same here could be mistaken for each other. */
function bare(name: string): string {
  return name.replaceAll(/[_-]/g, '').toLowerCase();
}
