/**
 * The one door to CEL: an expression becomes the names it speaks of and a function of their values. Knows nothing of
 * pipelines. Whole numbers are CEL's `int`, all others its `double`.
 */
import type { ASTNode } from '@marcbachmann/cel-js';
import { Environment, EvaluationError, ParseError } from '@marcbachmann/cel-js';
import type { Pattern } from '../schema/patterns.ts';
import { compilePattern } from '../schema/patterns.ts';
import type { Json } from '../util/canonical-json.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import { celReason } from './cel-reason.ts';

/** A chain of names from a root: `params.x.y` is `['params', 'x', 'y']`. Ends where a part is not written out. */
export interface CelReference {
  readonly path: readonly string[];
  /** Offsets into the expression, the end exclusive. For one in `has(…)`, those of the whole call. */
  readonly start: number;
  readonly end: number;
  /** Stands in `has(…)`, which asks whether it is there. */
  readonly optional: boolean;
  /** Something that is not written out follows: `params[x]`. */
  readonly computed: boolean;
}

export interface CelExpression {
  readonly references: readonly CelReference[];
  /** Errors: what went wrong, in lower case and without a full stop. */
  evaluate(scope: CelScope): Result<Json, string>;
}

export type CelValue = null | boolean | number | bigint | string | readonly CelValue[] | CelMap;
export interface CelMap {
  readonly [key: string]: CelValue;
}
export type CelScope = CelMap;

const EXPRESSION_LENGTH_MAX = 10_000;
const LIMITS = { maxAstNodes: 5_000, maxDepth: 100 };
/** Macros that give their first argument a meaning of its own in the others. */
const BINDERS = new Set(['map', 'filter', 'all', 'exists', 'exists_one']);
const TYPE_NAMES = new Set(
  'bool bytes double duration dyn int list map null_type string timestamp type uint google'.split(' '),
);

/** Of all macros within macros together: some hundred milliseconds. */
const STEPS_MAX = 1_000_000;
const COUNT = 'wrangle_counted';
/** Stands for the library's own `matches`, which a pattern can keep busy for ever. */
const MATCHES = 'wrangle_matches';

let environment: Environment | undefined;
let counting: Environment | undefined;
let stepsLeft = STEPS_MAX;

/** Errors: what is wrong with it, in lower case and without a full stop. */
export function parseCel(source: string): Result<CelExpression, string> {
  if (source.length > EXPRESSION_LENGTH_MAX) return err(`it has more than ${EXPRESSION_LENGTH_MAX} characters`);
  environment ??= makeEnvironment(LIMITS);
  try {
    const parsed = environment.parse(source);
    const counted = countLoops(parsed.ast, source);
    const run = counted === source ? parsed : countingEnvironment().parse(counted);
    const unusable = guardPatterns(run.ast);
    if (unusable !== undefined) return err(unusable);
    return ok({
      references: referencesOf(parsed.ast),
      evaluate(scope) {
        stepsLeft = STEPS_MAX;
        try {
          return toJson(run(scope as never));
        } catch (error) {
          return err(reasonOf(error, source));
        }
      },
    });
  } catch (error) {
    return err(reasonOf(error, source));
  }
}

function makeEnvironment(limits: typeof LIMITS): Environment {
  return new Environment({
    unlistedVariablesAreDyn: true,
    homogeneousAggregateLiterals: false,
    limits,
  }).registerFunction(`string.${MATCHES}(string): bool`, (text: string, source: string) => {
    const pattern = patternOf(source);
    if (!pattern.ok) throw new Error(pattern.error);
    return pattern.value.test(text);
  });
}

/** In a loop it is mostly the same one. */
let lastPattern: { readonly source: string; readonly pattern: Result<Pattern, string> } | undefined;

function patternOf(source: string): Result<Pattern, string> {
  if (lastPattern?.source !== source) lastPattern = { source, pattern: compilePattern(source) };
  return lastPattern.pattern;
}

/**
 * Calls of `matches` become calls of our own: the library has no way to replace a function, and looks up names only when
 * an expression is first worked out. Gives what is wrong with a pattern that is written out.
 */
function guardPatterns(root: ASTNode): string | undefined {
  const pending = [root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    pending.push(...childrenOf(node));
    if (node.op !== 'rcall' || node.args[0] !== 'matches') continue;
    (node.args as unknown as [string])[0] = MATCHES;
    const source = node.args[2][0];
    const pattern = source?.op === 'value' && typeof source.args === 'string' ? patternOf(source.args) : undefined;
    if (pattern && !pattern.ok) return celReason(pattern.error, '');
  }
  return undefined;
}

/** Knows besides the function by which `countLoops` counts. */
function countingEnvironment(): Environment {
  const limits = { maxAstNodes: 2 * LIMITS.maxAstNodes, maxDepth: 2 * LIMITS.maxDepth };
  counting ??= makeEnvironment(limits).registerFunction(`${COUNT}(dyn): dyn`, (list: unknown) => {
    stepsLeft -= 1 + sizeOf(list);
    if (stepsLeft < 0) throw new Error(`it takes more than ${STEPS_MAX} steps`);
    return list;
  });
  return counting;
}

function sizeOf(list: unknown): number {
  if (Array.isArray(list)) return list.length;
  if (list instanceof Map) return list.size;
  return list !== null && typeof list === 'object' ? Object.keys(list).length : 0;
}

/** The expression with a count around each list that a macro goes through, if macros are nested: nobody waits for n^9 steps. */
function countLoops(root: ASTNode, source: string): string {
  const lists: ASTNode[] = [];
  let isNested = false;
  const pending: { node: ASTNode; inLoop: boolean }[] = [{ node: root, inLoop: false }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, inLoop } = next;
    const isLoop = node.op === 'rcall' && BINDERS.has(node.args[0]);
    if (isLoop) {
      lists.push(node.args[1] as ASTNode);
      if (inLoop) isNested = true;
    }
    for (const child of childrenOf(node)) pending.push({ node: child, inLoop: inLoop || isLoop });
  }
  if (!isNested) return source;
  const marks = lists.flatMap(({ start, end }) => [
    { at: start, text: `${COUNT}(` },
    { at: end, text: ')' },
  ]);
  let text = source;
  for (const mark of marks.sort((a, b) => b.at - a.at)) text = text.slice(0, mark.at) + mark.text + text.slice(mark.at);
  return text;
}

function reasonOf(error: unknown, source: string): string {
  if (error instanceof ParseError || error instanceof EvaluationError) {
    return celReason(error.summary.replaceAll(MATCHES, 'matches'), source);
  }
  return celReason(error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error), source);
}

function referencesOf(root: ASTNode): CelReference[] {
  const found: CelReference[] = [];
  const pending: { node: ASTNode; bound: ReadonlySet<string>; has: ASTNode | undefined }[] = [
    { node: root, bound: new Set(), has: undefined },
  ];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, bound, has } = next;
    const chain = chainOf(node);
    if (chain) {
      const [name = ''] = chain.path;
      if (!bound.has(name) && !(chain.path.length === 1 && TYPE_NAMES.has(name))) {
        const place = has ?? chain.node;
        found.push({
          path: chain.path,
          start: place.start,
          end: place.end,
          optional: has !== undefined,
          computed: chain.computed,
        });
      }
      for (const rest of chain.rest) pending.push({ node: rest, bound, has: undefined });
      continue;
    }
    if (node.op === 'rcall') {
      const [name, receiver, args] = node.args;
      const binder = args[0];
      const isBind = name === 'bind' && receiver.op === 'id' && receiver.args === 'cel';
      if (!isBind) pending.push({ node: receiver, bound, has: undefined });
      if ((isBind || BINDERS.has(name)) && binder?.op === 'id') {
        const inner = new Set(bound).add(binder.args);
        for (const [index, arg] of args.entries()) {
          if (index > 0) pending.push({ node: arg, bound: isBind && index === 1 ? bound : inner, has: undefined });
        }
      } else for (const arg of args) pending.push({ node: arg, bound, has: undefined });
      continue;
    }
    if (node.op === 'call') {
      const asks = node.args[0] === 'has' ? node : undefined;
      for (const arg of node.args[1]) pending.push({ node: arg, bound, has: asks });
      continue;
    }
    for (const child of childrenOf(node)) pending.push({ node: child, bound, has: undefined });
  }
  return found.sort((a, b) => a.start - b.start);
}

interface Chain {
  readonly path: readonly string[];
  /** The longest part that is written out. */
  readonly node: ASTNode;
  readonly computed: boolean;
  /** Parts that are computed, to be looked into. */
  readonly rest: readonly ASTNode[];
}

function chainOf(node: ASTNode): Chain | undefined {
  const steps: { node: ASTNode; key: string | undefined; computed: ASTNode | undefined }[] = [];
  let at = node;
  while (at.op === '.' || at.op === '[]') {
    if (at.op === '.') steps.push({ node: at, key: at.args[1], computed: undefined });
    else {
      const index = at.args[1];
      const literal = index.op === 'value' && typeof index.args === 'string' ? index.args : undefined;
      steps.push({ node: at, key: literal, computed: literal === undefined ? index : undefined });
    }
    at = at.args[0];
  }
  if (at.op !== 'id') return undefined;
  const path = [at.args];
  let longest: ASTNode = at;
  const rest: ASTNode[] = [];
  let computed = false;
  for (const step of steps.reverse()) {
    if (step.computed) rest.push(step.computed);
    if (step.key === undefined) computed = true;
    if (computed) continue;
    path.push(step.key as string);
    longest = step.node;
  }
  return { path, node: longest, computed, rest };
}

function childrenOf(node: ASTNode): ASTNode[] {
  const children: ASTNode[] = [];
  const collect = (value: unknown) => {
    if (Array.isArray(value)) for (const item of value) collect(item);
    else if (value !== null && typeof value === 'object' && 'op' in value) children.push(value as ASTNode);
  };
  collect(node.args);
  return children;
}

/** As deep as the value, which the limit on files keeps small. */
export function toCel(value: Json): CelValue {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(toCel);
  const map: { [key: string]: CelValue } = Object.create(null);
  for (const [key, member] of Object.entries(value)) map[key] = toCel(member as Json);
  return map;
}

/** Errors: why the value has no place in JSON. As deep as the expression allows. */
function toJson(value: unknown): Result<Json, string> {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return ok(value);
  if (typeof value === 'number') return Number.isFinite(value) ? ok(value) : err('its value is not a finite number');
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? ok(number) : err(`its value, ${value}, is too large to be kept exactly`);
  }
  if (Array.isArray(value)) {
    const list: Json[] = [];
    for (const item of value) {
      const made = toJson(item);
      if (!made.ok) return made;
      list.push(made.value);
    }
    return ok(list);
  }
  const entries = value instanceof Map ? [...value] : isPlain(value) ? Object.entries(value) : undefined;
  if (!entries) return err('its value is not text, a number, true or false, a list or a mapping');
  const map: { [key: string]: Json } = Object.create(null);
  for (const [key, member] of entries) {
    const made = toJson(member);
    if (!made.ok) return made;
    map[String(key)] = made.value;
  }
  return ok(map);
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** The value as CEL source. */
export function celLiteral(value: Json): string {
  if (typeof value === 'string') return celString(value);
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return value < 0 ? `(${value})` : String(value);
    const text = String(value);
    const double = /[.e]/.test(text) ? text : `${text}.0`;
    return value < 0 ? `(${double})` : double;
  }
  if (value === null || typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(celLiteral).join(', ')}]`;
  return `{${Object.entries(value)
    .map(([key, member]) => `${celString(key)}: ${celLiteral(member as Json)}`)
    .join(', ')}}`;
}

/** JSON's escapes are CEL's too. */
function celString(text: string): string {
  return JSON.stringify(text);
}
