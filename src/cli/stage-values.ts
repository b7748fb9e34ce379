/** What was given behind the flags of a stage type, as params and paths. Knows no parser; whether it is right is checked later. */
import { posix } from 'node:path';
import type { AskedStage, OutputTarget } from '../engine/stage-command.ts';
import { portOf } from '../engine/stage-command.ts';
import type { StageType } from '../model/plugin.ts';
import type { Schema } from '../report/param-words.ts';
import { follow } from '../report/param-words.ts';
import type { Json } from '../util/canonical-json.ts';
import { quoteName } from '../util/harmless-text.ts';
import { UsageError } from './session.ts';
import type { FlagSide, StageFlag } from './stage-flags.ts';
import { flagName, GENERAL_FLAGS, loneOutput } from './stage-flags.ts';

/** One flag of the command line, in order. */
export interface GivenFlag {
  readonly side: FlagSide;
  /** Of the port or param; undefined for a general flag, whose value begins with it. */
  readonly name: string | undefined;
  /** True or false for `--flag` and `--no-flag`. */
  readonly value: string | boolean;
}

/** Standard output, as a path and as the name that `toStream` is given. */
export const STDOUT = '-';

/**
 * `cwd` is absolute; `isStream` says of an absolute path whether it is a device or pipe, which is written to and not
 * replaced. Errors: `UsageError` for what is not JSON where it has to be, and for a value without a name.
 */
export function readAsked(
  type: StageType,
  flags: readonly StageFlag[],
  given: readonly GivenFlag[],
  { cwd, isStream }: { readonly cwd: string; readonly isStream: (path: string) => boolean },
): AskedStage {
  const named = given.map((flag) => withName(flags, flag));
  const inputs = new Map<string, string[]>();
  const outputs = new Map<string, OutputTarget[]>();
  const texts = new Map<string, (string | boolean)[]>();
  for (const { side, name, value } of named) {
    if (side === 'param') texts.set(name, [...(texts.get(name) ?? []), value]);
    else if (typeof value === 'string') {
      if (value === '') throw new UsageError(`${flagName(flags, side, name)} has an empty path.`);
      const path = posix.resolve(cwd, value);
      if (side === 'input') inputs.set(name, [...(inputs.get(name) ?? []), path]);
      else {
        const ofPort = `${name}${extensionOf(portOf(type.outputs, name).media[0])}`;
        const target =
          value === STDOUT
            ? { name: ofPort, shown: 'standard output', to: { stream: STDOUT } }
            : isStream(path)
              ? { name: ofPort, shown: value, to: { stream: path } }
              : { name: posix.basename(path), shown: value, to: { path } };
        outputs.set(name, [...(outputs.get(name) ?? []), target]);
      }
    }
  }
  const lone = loneOutput(type);
  if (lone !== undefined && !outputs.has(lone)) {
    const name = `${lone}${extensionOf(portOf(type.outputs, lone).media[0])}`;
    outputs.set(lone, [{ name, shown: 'standard output', to: { stream: STDOUT } }]);
  }
  const params: { [name: string]: Json } = Object.create(null);
  for (const [name, values] of texts) params[name] = readParam(flags, type, name, values);
  return { type, params, inputs, outputs };
}

type NamedFlag = GivenFlag & { readonly name: string };

/** What is behind a general flag begins with a name, but for a port or param that is called like the flag. */
function withName(flags: readonly StageFlag[], { side, name, value }: GivenFlag): NamedFlag {
  if (name !== undefined || typeof value !== 'string') return { side, name: name ?? '', value };
  const equals = value.indexOf('=');
  if (equals > 0) return { side, name: value.slice(0, equals), value: value.slice(equals + 1) };
  const flag = GENERAL_FLAGS[side];
  if (flags.some((known) => known.side === side && known.name === flag)) return { side, name: flag, value };
  const form = side === 'param' ? 'NAME=VALUE' : 'NAME=PATH';
  throw new UsageError(`"--${flag} ${value}" has no name.`, `Write it as --${flag} ${form}.`);
}

/** A list is given item by item, or as JSON in one piece; of anything else the last counts. */
function readParam(
  flags: readonly StageFlag[],
  type: StageType,
  name: string,
  values: readonly (string | boolean)[],
): Json {
  const flag = flags.find((candidate) => candidate.side === 'param' && candidate.name === name);
  const schema = flag?.schema ?? {};
  const last = values[values.length - 1] as string | boolean;
  const called = flagName(flags, 'param', name);
  if (!flag?.many) return readValue(last, { schema, whole: type.params, called });
  if (values.length === 1 && typeof last === 'string' && last.trimStart().startsWith('['))
    return parseJson(last, called);
  const items = follow(schema['items'], type.params);
  return values.map((value) => readValue(value, { schema: items, whole: type.params, called }));
}

const NUMBER = /^[-+]?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;

interface Wanted {
  readonly schema: Schema;
  /** What references lead into. */
  readonly whole: Schema;
  readonly called: string;
}

/**
 * As the type that the schema asks for, where the text has its form; else it stays text, and the schema says what is
 * wrong with it.
 */
function readValue(value: string | boolean, { schema, whole, called }: Wanted): Json {
  if (typeof value === 'boolean') return value;
  const choices = schema['enum'] ?? ('const' in schema ? [schema['const']] : undefined);
  if (Array.isArray(choices)) {
    if (choices.includes(value)) return value;
    return choices.find((choice) => JSON.stringify(choice) === value) ?? value;
  }
  const types = typesOf(schema, whole);
  const may = (type: string) => types.length === 0 || types.includes(type);
  if (may('boolean') && (value === 'true' || value === 'false')) return value === 'true';
  if ((may('integer') || may('number')) && NUMBER.test(value) && isExact(Number(value))) return Number(value);
  if (may('null') && value === 'null') return null;
  const isNested = may('object') || may('array');
  if (isNested && (/^\s*[[{]/.test(value) || !may('string'))) return parseJson(value, called);
  return value;
}

/** Empty: it may be anything. */
function typesOf(schema: Schema, whole: Schema, depth = 0): string[] {
  const { type } = schema;
  if (type !== undefined) return [type].flat().filter((one): one is string => typeof one === 'string');
  const values = schema['enum'] ?? ('const' in schema ? [schema['const']] : undefined);
  if (Array.isArray(values)) return values.map(typeOf);
  if (depth === SCHEMAS_MAX) return [];
  const below = (part: Json) => typesOf(follow(part, whole), whole, depth + 1);
  const branches = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(branches)) {
    const each = branches.map(below);
    return each.some((types) => types.length === 0) ? [] : each.flat();
  }
  const parts = schema['allOf'];
  return Array.isArray(parts) ? (parts.map(below).find((types) => types.length > 0) ?? []) : [];
}

/** As deep as somebody might mean it; a circle ends there. */
const SCHEMAS_MAX = 8;

function typeOf(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function parseJson(text: string, called: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${called} takes JSON, and ${quoteName(text)} is none: ${reason}.`);
  }
}

function isExact(number: number): boolean {
  return Number.isFinite(number) && (!Number.isInteger(number) || Number.isSafeInteger(number));
}

const EXTENSIONS: { readonly [media: string]: string } = {
  'application/json': '.json',
  'application/vnd.apache.parquet': '.parquet',
  'application/x-ndjson': '.jsonl',
  'text/csv': '.csv',
  'text/html': '.html',
  'text/markdown': '.md',
  'text/plain': '.txt',
  'text/tab-separated-values': '.tsv',
};

/** Of a file without a name of its own. */
function extensionOf(media: string | undefined): string {
  return EXTENSIONS[media ?? ''] ?? '';
}
