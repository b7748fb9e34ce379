/**
 * Expressions at the time a pipeline is loaded: what can be worked out is, what speaks of the stage's own `inputs` and
 * `outputs` stays a hole. Knows not where the texts stand.
 */
import { quoteName } from '../diagnostics/harmless.ts';
import type { OutputName } from '../model/pipeline.ts';
import type { Json } from '../util/canonical-json.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import type { CelExpression, CelReference, CelScope, CelValue } from './cel.ts';
import { celLiteral, parseCel, toCel } from './cel.ts';
import type { ForLater, LoadScope, LookUp, Mistake } from './look-up.ts';
import { lookUp, wrong } from './look-up.ts';

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

const NAME = '[A-Za-z_][A-Za-z0-9_]*';
/** Nearly all expressions are a plain reference, which needs no parser. */
const PLAIN = new RegExp(`^${NAME}(?:\\.${NAME}|\\['[A-Za-z0-9_.-]+'\\]|\\["[A-Za-z0-9_.-]+"\\])*$`);
const STEP = new RegExp(`\\.?(${NAME})|\\['([^']+)'\\]|\\["([^"]+)"\\]`, 'g');
const RESERVED = new Set(['true', 'false', 'null', 'in']);

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
      return ok({ kind: 'hole', expr: later.contents ? source : reference.path.join('.'), uses });
    case 'item':
    case 'metric':
    case 'output':
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

/** The port by which a stage has what others make that it only speaks of. */
export function referredPort({ stage, port }: OutputName): string {
  return `stages.${stage}.outputs.${port}`;
}

function gatheredExpression(of: OutputName): string {
  return `inputs["${referredPort(of)}"]`;
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
    if (look.kind === 'output') continue;
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
    if (look.kind !== 'value' && look.kind !== 'gather') continue;
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
