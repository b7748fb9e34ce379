/**
 * What a name in an expression stands for when a pipeline is loaded: a value, or what is known later. Knows nothing of the
 * language around the name.
 */
import { invalidExpression, secretInExpression, unknownReference, unsetVariable } from '../diagnostics/catalog.ts';
import { quoteName } from '../diagnostics/harmless.ts';
import { nearest } from '../diagnostics/suggest.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Location } from '../model/location.ts';
import { isOutputMember, OUTPUT_MEMBERS } from '../model/output-member.ts';
import type { OutputName } from '../model/pipeline.ts';
import type { Json } from '../util/canonical-json.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import type { CelReference } from './cel.ts';

export interface LoadScope {
  readonly params: ReadonlyMap<string, Json>;
  /** Undefined when it is not set. Whoever makes the scope notes what was asked for. */
  env(name: string): string | undefined;
  /** Whether some stage declares the variable as a secret: then its value must not be read here, where all is kept. */
  isSecret(name: string): boolean;
  /** Ids of all stages. */
  hasStage(stage: string): boolean;
  stageNames(): Iterable<string>;
  /**
   * Undefined when the stage has no such output, `broken` when it has one that is wrong itself, `later` when its paths are
   * known once the stage has its list.
   */
  output(stage: string, port: string): { readonly value: Json } | 'broken' | 'later' | undefined;
  outputPorts(stage: string): readonly string[];
  /** Names that the stage declares; `isOpen`: it may measure others. Undefined: it is a fan-out, and measures nothing itself. */
  metrics(stage: string): { readonly names: readonly string[]; readonly isOpen: boolean } | undefined;
  /** A file could not be read: what is missing may be declared there, and that is told already. */
  readonly isIncomplete?: boolean;
  /** Of the stage that asks; absent when it has none. */
  readonly matrix?: MatrixScope;
}

/** `itself`: it is the matrix that asks. `broken`: it is wrong, which was told. */
export type MatrixScope = CombinationScope | 'itself' | 'broken';

export interface CombinationScope {
  /** The stage as it is declared. */
  readonly stage: string;
  readonly id: string;
  readonly values: ReadonlyMap<string, Json>;
  /** Of all combinations together; those that have lists come first. */
  readonly keys: ReadonlySet<string>;
  /** Told of each key that is asked for; undefined: all of them. */
  note(key: string | undefined): void;
}

/** What an expression may leave for later. */
export interface ForLater {
  /** Names of the stage's own ports; undefined where none has a value yet. */
  readonly ports?: { readonly inputs: ReadonlySet<string>; readonly outputs: ReadonlySet<string> };
  /** The stage is a fan-out, and its item may be spoken of. */
  readonly item?: boolean;
  /** What instances of another stage make may be spoken of. */
  readonly gather?: boolean;
  /** What other stages measure may be spoken of. */
  readonly metrics?: boolean;
  /** Of the stage's outputs their contents are spoken of, and not their paths; of its inputs nothing is. */
  readonly contents?: boolean;
  /** What the stage makes may be spoken of as `output`. */
  readonly output?: boolean;
}

/** A mistake whose place is not known here; undefined for one that is only the consequence of another. */
export type Mistake = (location: Location) => Diagnostic | undefined;

const ROOTS = ['params', 'env', 'matrix', 'stages', 'inputs', 'outputs', 'item'];

export type LookUp =
  /** Undefined for an optional one that is not there. */
  | { readonly kind: 'value'; readonly value: Json | undefined; readonly stage?: { stage: string; port: string } }
  | { readonly kind: 'own'; readonly side: 'inputs' | 'outputs'; readonly port: string | undefined }
  | { readonly kind: 'item' }
  | { readonly kind: 'output' }
  | { readonly kind: 'metric'; readonly stage: string }
  | { readonly kind: 'gather'; readonly of: OutputName };

/** `isWhole`: the name is all of the expression. */
export function lookUp(
  source: string,
  reference: CelReference,
  scope: LoadScope,
  later: ForLater,
  isWhole: boolean,
): Result<LookUp, Mistake> {
  const [root = '', ...path] = reference.path;
  const unknown = (at: Omit<Parameters<typeof unknownReference>[0], 'location'>): Result<LookUp, Mistake> =>
    err((location) => unknownReference({ ...at, location }));
  switch (root) {
    case 'params': {
      const [name] = path;
      if (name === undefined) return ok({ kind: 'value', value: Object.fromEntries(scope.params) });
      if (!scope.params.has(name)) {
        if (scope.isIncomplete) return err(() => undefined);
        return unknown({ what: 'param', name, suggestion: nearest(name, scope.params.keys()) });
      }
      return inside(source, scope.params.get(name) as Json, path.slice(1), reference);
    }
    case 'env': {
      const [name] = path;
      if (name === undefined || path.length > 1) {
        return err(wrong(source, 'a variable is written out, as in env.HOME'));
      }
      if (scope.isSecret(name)) return err((location) => secretInExpression({ name, location }));
      const value = scope.env(name);
      if (value === undefined && !reference.optional) return err((location) => unsetVariable({ name, location }));
      return ok({ kind: 'value', value });
    }
    case 'matrix':
      return lookUpMatrix(source, path, reference, scope.matrix, unknown);
    case 'stages':
      return lookUpStage(source, path, reference, scope, later, unknown);
    case 'inputs':
    case 'outputs': {
      const side = root;
      const own = later.ports;
      if (!own) return err(wrong(source, `"${side}" has no value before the stage starts`, ONLY_IN));
      if (later.contents && side === 'inputs') return err(wrong(source, 'only what the stage makes can be compared'));
      const [port, ...rest] = path;
      if (port === undefined) return ok({ kind: 'own', side, port: undefined });
      if (!own[side].has(port) && !reference.optional) {
        return unknown({
          what: side === 'inputs' ? 'input' : 'output',
          name: port,
          of: 'This stage',
          suggestion: nearest(port, own[side]),
        });
      }
      const [member] = rest;
      if (later.contents && member !== undefined && !isOutputMember(member)) {
        return unknown({ what: 'value', name: member, of: 'An output', suggestion: nearest(member, OUTPUT_MEMBERS) });
      }
      if (later.contents) return ok({ kind: 'own', side, port });
      const isListFile = side === 'inputs' && rest.length === 1 && rest[0] === 'list_file';
      if (isListFile && !isWhole) return err(wrong(source, '"list_file" does not mix with anything else'));
      if (rest.length > 0 && !isListFile) return err(wrong(source, `a path has no ${quoteName(rest[0] ?? '')}`));
      return ok({ kind: 'own', side, port });
    }
    case 'output': {
      if (later.output !== true) break;
      const [member] = path;
      if (member === undefined || isOutputMember(member)) return ok({ kind: 'output' });
      return unknown({ what: 'value', name: member, of: '"output"', suggestion: nearest(member, OUTPUT_MEMBERS) });
    }
    case 'item':
      return later.item === true ? ok({ kind: 'item' }) : err(wrong(source, '"item" has no value here', ONLY_EACH));
  }
  const roots = later.output === true ? [...ROOTS, 'output'] : ROOTS;
  return unknown({
    what: 'name',
    name: root,
    suggestion: nearest(root, roots),
    help:
      later.output === true
        ? 'Here an expression speaks of output, params, env and matrix; texts stand in quotes.'
        : later.item === true && path.length === 0
          ? `A field of an item is written item.${root}; texts stand in quotes.`
          : 'An expression speaks of params, env, matrix, item, stages, inputs and outputs; texts stand in quotes.',
  });
}

type Unknown = (at: Omit<Parameters<typeof unknownReference>[0], 'location'>) => Result<LookUp, Mistake>;

function lookUpMatrix(
  source: string,
  path: readonly string[],
  reference: CelReference,
  matrix: MatrixScope | undefined,
  unknown: Unknown,
): Result<LookUp, Mistake> {
  if (matrix === undefined) {
    return err(wrong(source, 'this stage has no "matrix"', 'Give the stage a matrix, or use a param.'));
  }
  if (matrix === 'broken') return err(() => undefined);
  if (matrix === 'itself') return err(wrong(source, 'a matrix cannot speak of its own values'));
  const [key, ...rest] = path;
  matrix.note(key);
  if (key === undefined) return ok({ kind: 'value', value: Object.fromEntries(matrix.values) });
  const value = matrix.values.get(key);
  if (value !== undefined) return inside(source, value, rest, reference);
  if (reference.optional) return ok({ kind: 'value', value: undefined });
  if (!matrix.keys.has(key)) {
    return unknown({ what: 'key', name: key, of: 'The matrix', suggestion: nearest(key, matrix.keys) });
  }
  const help = `Give it to every combination, or write a value for those without it: \${{ has(matrix.${key}) ? matrix.${key} : 'value' }}.`;
  return err(wrong(source, `${quoteName(matrix.id)} has no ${quoteName(key)}`, help));
}

const ONLY_IN = 'Only "run", "with" and "env" may speak of the paths of their own stage.';
const ONLY_EACH =
  'A stage with "foreach" may speak of its item in "run", "with", "env", "when" and the paths of its ports.';
const MADE_LIST = 'A list that another stage makes is for "foreach".';
const MEASURED_IN = 'Only "when" may speak of metrics.';
const GATHERED_IN = 'Only "run", "with", "env" and the paths of inputs may speak of them.';

function lookUpStage(
  source: string,
  path: readonly string[],
  reference: CelReference,
  scope: LoadScope,
  later: ForLater,
  unknown: Unknown,
): Result<LookUp, Mistake> {
  const [stage, side, port, ...rest] = path;
  const form = "write stages.NAME.outputs.PORT, or stages['NAME'].outputs.PORT";
  if (scope.matrix === 'itself')
    return err(wrong(source, 'a matrix is worked out before the outputs of stages', MADE_LIST));
  if (stage === undefined) return err(wrong(source, `a stage is written out: ${form}`));
  if (!scope.hasStage(stage)) {
    if (scope.isIncomplete) return err(() => undefined);
    return unknown({ what: 'stage', name: stage, suggestion: nearest(stage, scope.stageNames()) });
  }
  if (side === 'metrics' && later.metrics) return lookUpMetric(source, stage, port, reference, scope, unknown);
  if (side === 'metrics') return err(wrong(source, 'what a stage measures is known once it is done', MEASURED_IN));
  if (side !== 'outputs' || port === undefined || rest.length > 0) {
    return err(wrong(source, `only the outputs of a stage have values here: ${form}`));
  }
  if (typeof scope.matrix === 'object' && scope.matrix.stage === stage) {
    return err(wrong(source, 'an instance cannot read what all instances of its own stage make'));
  }
  const output = scope.output(stage, port);
  if (output === 'broken') return err(() => undefined);
  if (output === 'later') {
    if (later.gather === true) return ok({ kind: 'gather', of: { stage, port } });
    return err(wrong(source, `what ${quoteName(stage)} makes is known once it has its list`, GATHERED_IN));
  }
  if (output) return ok({ kind: 'value', value: output.value, stage: { stage, port } });
  if (reference.optional) return ok({ kind: 'value', value: undefined });
  const ports = scope.outputPorts(stage);
  return unknown({ what: 'output', name: port, of: `Stage ${quoteName(stage)}`, suggestion: nearest(port, ports) });
}

function lookUpMetric(
  source: string,
  stage: string,
  name: string | undefined,
  { optional }: CelReference,
  scope: LoadScope,
  unknown: (at: Omit<Parameters<typeof unknownReference>[0], 'location'>) => Result<LookUp, Mistake>,
): Result<LookUp, Mistake> {
  if (name === undefined) return err(wrong(source, 'a metric is written out: write stages.NAME.metrics.NAME'));
  const metrics = scope.metrics(stage);
  if (!metrics) return err(wrong(source, `${quoteName(stage)} is a fan-out, and only its instances measure anything`));
  if (optional || metrics.isOpen || metrics.names.includes(name)) return ok({ kind: 'metric', stage });
  const help = `Declare it under "metrics" of that stage.`;
  const suggestion = nearest(name, metrics.names);
  return unknown({ what: 'metric', name, of: `Stage ${quoteName(stage)}`, suggestion, help });
}

/** `params.a.b`: a value in a value. */
function inside(
  source: string,
  value: Json,
  path: readonly string[],
  reference: CelReference,
): Result<LookUp, Mistake> {
  let at: Json | undefined = value;
  for (const key of path) {
    const next: Json | undefined =
      at !== null && typeof at === 'object' && !Array.isArray(at) && Object.hasOwn(at, key)
        ? (at as { readonly [name: string]: Json })[key]
        : undefined;
    if (next === undefined) {
      if (reference.optional) return ok({ kind: 'value', value: undefined });
      const whole = reference.path.slice(0, 2).join('.');
      return err(wrong(source, `${whole} has no key ${quoteName(key)}`));
    }
    at = next;
  }
  return ok({ kind: 'value', value: at });
}

export function wrong(source: string, reason: string, help?: string): Mistake {
  return (location) =>
    invalidExpression({ expression: source, reason, location, ...(help === undefined ? {} : { help }) });
}
