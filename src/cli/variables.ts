/**
 * Every flag has a variable: `--keep-going` is `WRANGLE_KEEP_GOING`. A flag on the command line wins over it. Flags that
 * take no value take 1 or 0 there; commander would take any text for yes.
 */
import type { Command } from 'commander';
import { Option } from 'commander';
import { nearestChoice } from '../diagnostics/suggest.ts';
import { quoteName } from '../util/harmless-text.ts';
import { UsageError } from './session.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

/** Stages are given variables of these names; a wrangle that a stage starts must not take them for flags. */
const OTHER_NAMES: Readonly<Record<string, string>> = { WRANGLE_EVENTS: 'WRANGLE_EVENTS_FILE' };

const YES: ReadonlySet<string> = new Set(['1', 'true', 'yes', 'on']);
const NO: ReadonlySet<string> = new Set(['', '0', 'false', 'no', 'off']);

/**
 * A flag of a stage type. It has no variable: its name is a plugin's choice, and could be that of a variable which means
 * something else.
 */
export class StageOption extends Option {
  /** As help shows it. */
  term: string = this.flags;
}

/** Undefined for `--help` and `--version`, which ask and do nothing, and for flags of stage types. */
export function variableOf(option: Pick<Option, 'long'>): string | undefined {
  const { long } = option;
  if (option instanceof StageOption || !long || long === '--help' || long === '--version') return undefined;
  const name = `WRANGLE_${long.slice(2).replaceAll('-', '_').toUpperCase()}`;
  return OTHER_NAMES[name] ?? name;
}

/** Takes over what the variables say about options that were not given. Errors: `UsageError`. */
export function applyVariables(command: Command, variables: Variables): void {
  for (const option of command.options) {
    const name = variableOf(option);
    const text = name === undefined ? undefined : variables[name];
    if (name === undefined || text === undefined || text === '') continue;
    const key = option.attributeName();
    if (command.getOptionValueSource(key) === 'cli') continue;
    const value = valueFrom(option, name, text);
    if (value !== undefined) command.setOptionValueWithSource(key, value, 'env');
  }
}

/** For what has to be known before, or in spite of, the parsing of the command line. */
export function saysYes(text: string | undefined): boolean {
  return text !== undefined && YES.has(text.toLowerCase());
}

/** As commander would have made it of the command line; undefined when the variable says no. */
function valueFrom(option: Option, name: string, text: string): unknown {
  const word = text.toLowerCase();
  if (option.isBoolean() || option.negate) {
    if (!YES.has(word) && !NO.has(word)) {
      throw new UsageError(`${name} is ${quoteName(text)}.`, 'It takes 1 (or true, yes, on) or 0 (or false, no, off).');
    }
    return YES.has(word) ? !option.negate : undefined;
  }
  // `--force` may stand alone.
  if (option.optional && (YES.has(word) || NO.has(word))) return YES.has(word) ? '' : undefined;
  if (option.argChoices && !option.argChoices.includes(text)) {
    const near = nearestChoice(text, option.argChoices);
    const hint = near === undefined ? '' : ` Did you mean "${near}"?`;
    throw new UsageError(`${name} is ${quoteName(text)}.`, `It is one of ${option.argChoices.join(', ')}.${hint}`);
  }
  if (!option.parseArg) return text;
  // An option that may be given several times has one value a line.
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.reduce<unknown>((before, line) => option.parseArg?.(line, before as never), undefined);
}
