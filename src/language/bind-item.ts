/**
 * An item is filled into the templates of its fan-out, and there is an instance. What of the fan-out does not speak of the
 * item is shared by all instances. Loads CEL only for an expression that is more than a plain name.
 */
import { quoteName } from '../diagnostics/harmless.ts';
import { nearest } from '../diagnostics/suggest.ts';
import type {
  Foreach,
  InputPort,
  ItemOf,
  OutputPort,
  Stage,
  StageAction,
  Strategy,
  Template,
  TemplateHole,
  TemplateValue,
} from '../model/pipeline.ts';
import type { Json } from '../util/canonical-json.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import { bindPath } from './bind-path.ts';
import type { CelExpression, CelReference } from './cel.ts';
import { quoteWord, quoteWords } from './shell-quote.ts';
import { textOf } from './value-text.ts';

export interface ItemBinder {
  /** Errors: a sentence. */
  key(item: Json): Result<string, string>;
  /** Errors: a sentence about the item. */
  bind(id: string, item: ItemOf): Result<Stage, string>;
}

type Fill = (item: Json) => Result<Json | Open, string>;
type Cel = typeof import('./cel.ts');

const STEP = /\.([A-Za-z_][A-Za-z0-9_]*)|\['([^']+)'\]|\["([^"]+)"\]/g;
const PLAIN = /^item(?:\.[A-Za-z_][A-Za-z0-9_]*|\['[^'\\]+'\]|\["[^"\\]+"\])*$/;

/** `workspace` is absolute. */
export async function itemBinder(fanOut: Stage, workspace: string): Promise<ItemBinder> {
  const { foreach, ...base } = fanOut;
  const exprs = expressionsOf(fanOut);
  const asks = base.fallback?.some(({ when }) => (when ? when.item : false)) === true;
  const isPlain = !asks && exprs.every((expr) => PLAIN.test(expr) || !mentionsItem(expr));
  const cel = isPlain ? undefined : await import('./cel.ts');
  return new Binder({ ...base, item: NO_ITEM }, foreach as Foreach, workspace, cel);
}

function mentionsItem(expr: string): boolean {
  return /\bitem\b/.test(expr);
}

function expressionsOf({ foreach, action, env, fallback = [], inputs, outputs }: Stage): string[] {
  const ways = [{ action, env }, ...fallback];
  const templates = ways.flatMap((way) => [...Object.values(way.env), ...templatesOf(way.action)]);
  for (const port of [...inputs, ...outputs]) {
    for (const { template } of port.items) if (template) templates.push(template);
  }
  const holes = templates.flatMap((template) => template.filter((part) => typeof part !== 'string'));
  return [...holes.map(({ expr }) => expr), ...(foreach?.key === undefined ? [] : [foreach.key])];
}

function templatesOf(action: StageAction): Template[] {
  if (action.kind === 'shell') return [action.command];
  if (action.kind === 'argv') return [...action.argv];
  const templates: Template[] = [];
  const pending: TemplateValue[] = [action.with];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (value === null || typeof value !== 'object') continue;
    if ('template' in value) templates.push(value.template);
    else pending.push(...('list' in value ? value.list : Object.values(value.map)));
  }
  return templates;
}

/** What is left of an expression that speaks of the instance's own paths too. */
export class Open {
  readonly expr: string;

  constructor(expr: string) {
    this.expr = expr;
  }
}

/** Stands where the item comes, so that all instances have one hidden class; else each has its own, of 600 bytes. */
const NO_ITEM: ItemOf = { stage: '', key: '', value: null };

class Binder implements ItemBinder {
  readonly #base: Stage;
  readonly #key: Fill | undefined;
  readonly #workspace: string;
  readonly #cel: Cel | undefined;
  /** What to do with each hole, worked out once for all items. */
  readonly #fills = new Map<TemplateHole, Fill>();
  /** Those that do not speak of the item. */
  readonly #open = new Map<TemplateHole, Fill>();

  constructor(base: Stage, { key }: Foreach, workspace: string, cel: Cel | undefined) {
    this.#base = base;
    this.#workspace = workspace;
    this.#cel = cel;
    this.#key = key === undefined ? undefined : this.#fillOf(key);
  }

  key(item: Json): Result<string, string> {
    const found = this.#key ? this.#key(item) : ok(item);
    if (!found.ok) return found;
    const value = found.value as Json;
    if (value === null || typeof value === 'object') {
      if (this.#key === undefined) return err('It is no text or number, so "foreach" needs a "key", such as item.id.');
      return err(`Its key is ${value === null ? 'null' : 'no text or number'}.`);
    }
    const key = String(value);
    return key === '' ? err('Its key is empty.') : ok(key);
  }

  bind(id: string, item: ItemOf): Result<Stage, string> {
    const { value } = item;
    const action = this.#action(this.#base.action, value);
    if (!action.ok) return action;
    const env = this.#env(this.#base.env, value);
    if (!env.ok) return env;
    const fallback = this.#fallback(this.#base.fallback, value);
    if (!fallback.ok) return fallback;
    const inputs = this.#ports<InputPort>(this.#base.inputs, value, 'input');
    if (!inputs.ok) return inputs;
    const outputs = this.#ports<OutputPort>(this.#base.outputs, value, 'output');
    if (!outputs.ok) return outputs;
    const bound = {
      ...this.#base,
      id,
      item,
      action: action.value,
      env: env.value,
      inputs: inputs.value,
      outputs: outputs.value,
    };
    return ok(fallback.value ? { ...bound, fallback: fallback.value } : bound);
  }

  #action(action: StageAction, item: Json): Result<StageAction, string> {
    if (action.kind === 'shell') {
      const command = this.#template(action.command, item);
      return command.ok
        ? ok(command.value === action.command ? action : { ...action, command: command.value })
        : command;
    }
    if (action.kind === 'type') {
      const params = this.#value(action.with, item);
      return params.ok ? ok(params.value === action.with ? action : { ...action, with: params.value }) : params;
    }
    const argv: Template[] = [];
    for (const template of action.argv) {
      const words = this.#whole(template, item);
      if (!words.ok) return words;
      // An element that is one list becomes several.
      if (Array.isArray(words.value)) for (const word of words.value as readonly Json[]) argv.push([textOf(word)]);
      else if (words.value !== undefined) argv.push([textOf(words.value)]);
      else {
        const bound = this.#template(template, item);
        if (!bound.ok) return bound;
        argv.push(bound.value);
      }
    }
    return ok({ ...action, argv });
  }

  #fallback(fallback: Stage['fallback'], item: Json): Result<Stage['fallback'], string> {
    if (!fallback) return ok(undefined);
    const strategies: Strategy[] = [];
    for (const strategy of fallback) {
      const action = this.#action(strategy.action, item);
      if (!action.ok) return action;
      const env = this.#env(strategy.env, item);
      if (!env.ok) return env;
      const when = this.#when(strategy.when, item);
      if (!when.ok) return when;
      strategies.push({ ...strategy, action: action.value, env: env.value, ...(when.value && { when: when.value }) });
    }
    return ok(strategies);
  }

  /** With the item in it: what is asked for counts for what a strategy makes. */
  #when(when: Strategy['when'], item: Json): Result<Strategy['when'], string> {
    if (!when) return ok(when);
    if (!when.item) return ok(when);
    const cel = this.#cel as Cel;
    const parsed = cel.parseCel(when.expr);
    if (!parsed.ok) return err(`Its "when" does not work: ${parsed.error}.`);
    // What the item does not have stays: when the strategy's turn comes, it cannot be worked out and is left out.
    const filled = withItem(when.expr, parsed.value, item, cel, true);
    return filled.ok ? ok({ ...when, expr: filled.value.expr }) : filled;
  }

  #env(env: Stage['env'], item: Json): Result<Stage['env'], string> {
    let made: { [name: string]: Template } | undefined;
    for (const [name, template] of Object.entries(env)) {
      const bound = this.#template(template, item);
      if (!bound.ok) return bound;
      if (bound.value === template) continue;
      made ??= { ...env };
      made[name] = bound.value;
    }
    return ok(made ?? env);
  }

  /** The same array where nothing in it speaks of the item. */
  #ports<Port extends InputPort | OutputPort>(
    ports: readonly Port[],
    item: Json,
    side: 'input' | 'output',
  ): Result<readonly Port[], string> {
    let made: Port[] | undefined;
    for (const [at, port] of ports.entries()) {
      if (!port.items.some(({ template }) => template)) continue;
      // Copied and not pushed to, which would leave room for 17.
      const items = [...port.items];
      for (const [index, one] of port.items.entries()) {
        if (!one.template) continue;
        const fill = (hole: TemplateHole) => this.#fill(hole, item) as Result<Json, string>;
        const path = bindPath(one.template, one.kind, side, this.#workspace, fill);
        if (!path.ok) return path;
        const { template: _, ...rest } = one;
        items[index] = { ...rest, path: path.value };
      }
      made ??= [...ports];
      made[at] = { ...port, items };
    }
    return ok(made ?? ports);
  }

  /** The same template when nothing in it speaks of the item. Values are quoted for where they stand. */
  #template(template: Template, item: Json): Result<Template, string> {
    if (!template.some((part) => typeof part !== 'string' && this.#isFilled(part))) return ok(template);
    const parts: Template[number][] = [];
    const append = (text: string) => {
      const last = parts[parts.length - 1];
      if (typeof last === 'string') parts[parts.length - 1] = last + text;
      else parts.push(text);
    };
    for (const part of template) {
      if (typeof part === 'string') {
        append(part);
        continue;
      }
      const filled = this.#fill(part, item);
      if (!filled.ok) return filled;
      if (filled.value instanceof Open) parts.push({ expr: filled.value.expr, quote: part.quote });
      else append(quoted(filled.value, part.quote));
    }
    return ok(parts);
  }

  /** Of a template that is one hole, its value; undefined for any other. */
  #whole(template: Template, item: Json): Result<Json | undefined, string> {
    const [only] = template;
    if (template.length !== 1 || only === undefined || typeof only === 'string' || !this.#isFilled(only))
      return ok(undefined);
    const filled = this.#fill(only, item);
    return filled.ok ? ok(filled.value instanceof Open ? undefined : filled.value) : filled;
  }

  #value(value: TemplateValue, item: Json): Result<TemplateValue, string> {
    if (value === null || typeof value !== 'object') return ok(value);
    if ('template' in value) {
      const whole = this.#whole(value.template, item);
      if (!whole.ok) return whole;
      if (whole.value !== undefined) return ok(literalValue(whole.value));
      const bound = this.#template(value.template, item);
      if (!bound.ok) return bound;
      if (bound.value === value.template) return ok(value);
      return ok(
        bound.value.every((part) => typeof part === 'string') ? bound.value.join('') : { template: bound.value },
      );
    }
    if ('list' in value) {
      const list: TemplateValue[] = [];
      for (const member of value.list) {
        const bound = this.#value(member, item);
        if (!bound.ok) return bound;
        list.push(bound.value);
      }
      return ok(list.every((member, at) => member === value.list[at]) ? value : { list });
    }
    let map: { [key: string]: TemplateValue } | undefined;
    for (const [key, member] of Object.entries(value.map)) {
      const bound = this.#value(member, item);
      if (!bound.ok) return bound;
      if (bound.value === member) continue;
      map ??= { ...value.map };
      map[key] = bound.value;
    }
    return ok(map ? { map } : value);
  }

  #fill(hole: TemplateHole, item: Json): Result<Json | Open, string> {
    return this.#fillFor(hole)(item);
  }

  /** Whether the item has anything to do with it. */
  #isFilled(hole: TemplateHole): boolean {
    return this.#fillFor(hole) !== this.#open.get(hole);
  }

  #fillFor(hole: TemplateHole): Fill {
    let fill = this.#fills.get(hole);
    if (!fill) {
      if (mentionsItem(hole.expr)) fill = this.#fillOf(hole.expr);
      else {
        const left = ok(new Open(hole.expr));
        fill = () => left;
        this.#open.set(hole, fill);
      }
      this.#fills.set(hole, fill);
    }
    return fill;
  }

  #fillOf(expr: string): Fill {
    if (PLAIN.test(expr)) {
      const steps = [...expr.matchAll(STEP)].map((step) => step[1] ?? step[2] ?? step[3] ?? '');
      return (item) => follow(item, steps);
    }
    const cel = this.#cel as Cel;
    const parsed = cel.parseCel(expr);
    const wrong = (reason: string) => err(`The expression \${{ ${expr} }} does not work: ${reason}.`);
    if (!parsed.ok) return () => wrong(parsed.error);
    const { references } = parsed.value;
    if (references.every(({ path }) => path[0] === 'item')) {
      return (item) => {
        const value = parsed.value.evaluate({ item: cel.toCel(item) });
        return value.ok ? value : wrong(value.error);
      };
    }
    return (item) => withItem(expr, parsed.value, item, cel);
  }
}

/** It speaks of ports too, whose paths are known when the instance starts: so only the item is put into it. */
function withItem(
  expr: string,
  { references }: CelExpression,
  item: Json,
  cel: Cel,
  keepsMissing = false,
): Result<Open, string> {
  let text = '';
  let at = 0;
  for (const { path, start, end, optional } of references as readonly CelReference[]) {
    if (path[0] !== 'item' || start < at) continue;
    const value = follow(item, path.slice(1));
    if (!value.ok && !optional && keepsMissing) continue;
    if (!value.ok && !optional) return value;
    text += expr.slice(at, start) + (optional ? String(value.ok) : cel.celLiteral(value.ok ? value.value : null));
    at = end;
  }
  return ok(new Open(text + expr.slice(at)));
}

function follow(item: Json, steps: readonly string[]): Result<Json, string> {
  let at: Json = item;
  for (const [index, step] of steps.entries()) {
    const next: Json | undefined = isMapping(at) && Object.hasOwn(at, step) ? at[step] : undefined;
    if (next === undefined) return err(lacks(index === 0 ? 'The item' : quoteName(itemPath(steps, index)), at, step));
    at = next;
  }
  return ok(at);
}

function isMapping(value: Json): value is { readonly [key: string]: Json } {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function itemPath(steps: readonly string[], end: number): string {
  return ['item', ...steps.slice(0, end)].join('.');
}

/** The names shown of what it has instead. */
const NAMES_SHOWN = 5;

function lacks(what: string, value: Json, name: string): string {
  const start = `${what} has no ${quoteName(name)}`;
  if (!isMapping(value)) return `${start}, since it is ${kindOf(value)}.`;
  const names = Object.keys(value);
  const near = nearest(name, names);
  if (near !== undefined) return `${start}. Did you mean ${quoteName(near)}?`;
  if (names.length === 0) return `${start}.`;
  const shown = names.slice(0, NAMES_SHOWN).map(quoteName);
  const more = names.length - shown.length;
  return `${start}. It has ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`;
}

function kindOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'string' ? 'a text' : typeof value === 'number' ? 'a number' : 'true or false';
}

function quoted(value: Json, quote: TemplateHole['quote']): string {
  if (quote === 'none') return textOf(value);
  return Array.isArray(value) ? quoteWords(value.map(textOf), quote) : quoteWord(textOf(value), quote);
}

function literalValue(value: Json): TemplateValue {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return { list: (value as readonly Json[]).map(literalValue) };
  return { map: Object.fromEntries(Object.entries(value).map(([key, member]) => [key, literalValue(member as Json)])) };
}
