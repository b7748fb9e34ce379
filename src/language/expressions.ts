/**
 * Expressions at the time a pipeline is loaded: what can be worked out is, what speaks of the stage's own `inputs` and
 * `outputs` stays a hole. Knows what the names mean, not where the texts stand.
 */
import { invalidExpression, secretInExpression, unknownReference, unsetVariable } from '../diagnostics/catalog.ts';
import { quoteName } from '../diagnostics/harmless.ts';
import { nearest } from '../diagnostics/suggest.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Location } from '../model/location.ts';
import type { OutputName } from '../model/pipeline.ts';
import type { Json } from '../util/canonical-json.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import type { CelExpression, CelReference, CelScope, CelValue } from './cel.ts';
import { celLiteral, parseCel, toCel } from './cel.ts';

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
}

/** Everything has to have a value now. */
export const NOTHING_LATER: ForLater = {};

export type Evaluated =
  | { readonly kind: 'value'; readonly value: Json; readonly uses: Uses }
  | {
      readonly kind: 'hole';
      readonly expr: string;
      readonly uses: Uses;
      /** It is what instances make, and nothing else. */
      readonly gather?: OutputName;
    };

export interface Uses {
  /** Outputs of other stages it speaks of. */
  readonly stages: readonly { readonly stage: string; readonly port: string }[];
  /** The stage's own outputs; `all` when they cannot be told apart. */
  readonly outputs: ReadonlySet<string> | 'all';
  readonly inputs: ReadonlySet<string> | 'all';
  readonly item: boolean;
  /** Stages whose metrics it speaks of. */
  readonly metrics: readonly string[];
}

/** A mistake whose place is not known here; undefined for one that is only the consequence of another. */
export type Mistake = (location: Location) => Diagnostic | undefined;

const NAME = '[A-Za-z_][A-Za-z0-9_]*';
/** Nearly all expressions are a plain reference, which needs no parser. */
const PLAIN = new RegExp(`^${NAME}(?:\\.${NAME}|\\['[A-Za-z0-9_.-]+'\\]|\\["[A-Za-z0-9_.-]+"\\])*$`);
const STEP = new RegExp(`\\.?(${NAME})|\\['([^']+)'\\]|\\["([^"]+)"\\]`, 'g');
const RESERVED = new Set(['true', 'false', 'null', 'in']);
const ROOTS = ['params', 'env', 'matrix', 'stages', 'inputs', 'outputs', 'item'];

export function evaluateAtLoad(source: string, scope: LoadScope, later: ForLater): Result<Evaluated, Mistake[]> {
  const plain = plainReference(source);
  if (plain) return evaluatePlain(source, plain, scope, later);
  const parsed = parseCel(source);
  if (!parsed.ok) return err([wrong(source, parsed.error)]);
  return evaluateParsed(source, parsed.value, scope, later);
}

function plainReference(source: string): CelReference | undefined {
  if (!PLAIN.test(source)) return undefined;
  const path = [...source.matchAll(STEP)].map((step) => step[1] ?? step[2] ?? step[3] ?? '');
  if (RESERVED.has(path[0] ?? '')) return undefined;
  return { path, start: 0, end: source.length, optional: false, computed: false };
}

function wrong(source: string, reason: string, help?: string): Mistake {
  return (location) =>
    invalidExpression({ expression: source, reason, location, ...(help === undefined ? {} : { help }) });
}

function evaluatePlain(
  source: string,
  reference: CelReference,
  scope: LoadScope,
  later: ForLater,
): Result<Evaluated, Mistake[]> {
  const found = lookUp(source, reference, scope, later, true);
  if (!found.ok) return err([found.error]);
  const look = found.value;
  const uses = usesOf([look]);
  switch (look.kind) {
    case 'own':
      return ok({ kind: 'hole', expr: reference.path.join('.'), uses });
    case 'item':
    case 'metric':
      return ok({ kind: 'hole', expr: source, uses });
    case 'gather':
      return ok({ kind: 'hole', expr: gatheredExpression(look.of), uses, gather: look.of });
    case 'value':
      return ok({ kind: 'value', value: look.value ?? null, uses });
  }
}

function evaluateParsed(
  source: string,
  expression: CelExpression,
  scope: LoadScope,
  later: ForLater,
): Result<Evaluated, Mistake[]> {
  const mistakes: Mistake[] = [];
  const looks: { reference: CelReference; look: LookUp }[] = [];
  const asked = new Set(expression.references.filter(({ optional }) => optional).map(({ path }) => path.join('\0')));
  for (const reference of expression.references) {
    // `has(env.X) ? env.X : …`: what was asked for may be absent wherever it stands.
    const optional = reference.optional || asked.has(reference.path.join('\0'));
    const found = lookUp(source, { ...reference, optional }, scope, later, false);
    if (found.ok) looks.push({ reference, look: found.value });
    else mistakes.push(found.error);
  }
  if (mistakes.length > 0) return err(mistakes);
  const uses = usesOf(looks.map(({ look }) => look));
  if (looks.some(({ look }) => look.kind !== 'value')) {
    const expr = withValues(source, looks);
    return expr.ok ? ok({ kind: 'hole', expr: expr.value, uses }) : err([wrong(source, expr.error)]);
  }
  const value = expression.evaluate(scopeOf(looks, scope));
  return value.ok ? ok({ kind: 'value', value: value.value, uses }) : err([wrong(source, value.error)]);
}

type LookUp =
  /** Undefined for an optional one that is not there. */
  | { readonly kind: 'value'; readonly value: Json | undefined; readonly stage?: { stage: string; port: string } }
  | { readonly kind: 'own'; readonly side: 'inputs' | 'outputs'; readonly port: string | undefined }
  | { readonly kind: 'item' }
  | { readonly kind: 'metric'; readonly stage: string }
  | { readonly kind: 'gather'; readonly of: OutputName };

/** The port by which a stage has what others make that it only speaks of. */
export function referredPort({ stage, port }: OutputName): string {
  return `stages.${stage}.outputs.${port}`;
}

function gatheredExpression(of: OutputName): string {
  return `inputs["${referredPort(of)}"]`;
}

function lookUp(
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
      const isListFile = side === 'inputs' && rest.length === 1 && rest[0] === 'list_file';
      if (isListFile && !isWhole) return err(wrong(source, '"list_file" does not mix with anything else'));
      if (rest.length > 0 && !isListFile) return err(wrong(source, `a path has no ${quoteName(rest[0] ?? '')}`));
      return ok({ kind: 'own', side, port });
    }
    case 'item':
      return later.item === true ? ok({ kind: 'item' }) : err(wrong(source, '"item" has no value here', ONLY_EACH));
    default:
      return unknown({
        what: 'name',
        name: root,
        suggestion: nearest(root, ROOTS),
        help:
          later.item === true && path.length === 0
            ? `A field of an item is written item.${root}; texts stand in quotes.`
            : 'An expression speaks of params, env, matrix, item, stages, inputs and outputs; texts stand in quotes.',
      });
  }
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
  if (scope.matrix === 'itself') return err(wrong(source, 'a matrix is worked out before the outputs of stages'));
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

function usesOf(looks: readonly LookUp[]): Uses {
  const stages: OutputName[] = [];
  const metrics: string[] = [];
  let item = false;
  const sides: { inputs: Set<string> | 'all'; outputs: Set<string> | 'all' } = {
    inputs: new Set(),
    outputs: new Set(),
  };
  for (const look of looks) {
    if (look.kind === 'value') {
      if (look.stage) stages.push(look.stage);
      continue;
    }
    if (look.kind === 'gather') {
      stages.push(look.of);
      continue;
    }
    if (look.kind === 'item') {
      item = true;
      continue;
    }
    if (look.kind === 'metric') {
      metrics.push(look.stage);
      continue;
    }
    const { side, port } = look;
    if (port === undefined) sides[side] = 'all';
    else if (sides[side] !== 'all') sides[side].add(port);
  }
  return { stages, item, metrics, ...sides };
}

/** The values, under the names that lead to them. */
function scopeOf(looks: readonly { reference: CelReference; look: LookUp }[], load: LoadScope): CelScope {
  const env: { [name: string]: CelValue } = Object.create(null);
  const stages: { [id: string]: { outputs: { [port: string]: CelValue } } } = Object.create(null);
  for (const { reference, look } of looks) {
    const [root, name = '', , port = ''] = reference.path;
    if (look.kind !== 'value') continue;
    if (root === 'stages') {
      stages[name] ??= { outputs: Object.create(null) };
      if (look.value !== undefined) stages[name].outputs[port] = toCel(look.value);
    } else if (root === 'env' && look.value !== undefined) env[name] = toCel(look.value);
  }
  const known = { params: celMap(load.params), env, stages };
  return typeof load.matrix === 'object' ? { ...known, matrix: celMap(load.matrix.values) } : known;
}

const madeMaps = new WeakMap<ReadonlyMap<string, Json>, CelValue>();

function celMap(map: ReadonlyMap<string, Json>): CelValue {
  let made = madeMaps.get(map);
  if (made === undefined) {
    made = toCel(Object.fromEntries(map));
    madeMaps.set(map, made);
  }
  return made;
}

/** The expression with everything that is known put in its place. */
function withValues(
  source: string,
  looks: readonly { reference: CelReference; look: LookUp }[],
): Result<string, string> {
  let text = '';
  let at = 0;
  for (const { reference, look } of looks) {
    if (look.kind === 'own' || look.kind === 'item' || look.kind === 'metric') continue;
    if (reference.start < at) continue;
    if (look.kind === 'gather') {
      text += source.slice(at, reference.start) + gatheredExpression(look.of);
      at = reference.end;
      continue;
    }
    const part = source.slice(reference.start, reference.end);
    if (!reference.optional && /[()]/.test(part))
      return err(`it has parentheses inside of ${quoteName(reference.path.join('.'))}`);
    text += source.slice(at, reference.start);
    text += reference.optional ? String(look.value !== undefined) : celLiteral(look.value ?? null);
    at = reference.end;
  }
  return ok(text + source.slice(at));
}
