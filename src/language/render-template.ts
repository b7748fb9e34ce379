/**
 * Templates are filled in when a stage starts and its paths are known. Loads CEL only for a hole that is more than a
 * plain `inputs.X`, `outputs.X` or `inputs.X.list_file`.
 */
import { quoteName } from '../diagnostics/harmless.ts';
import type { Template, TemplateHole, TemplateValue } from '../model/pipeline.ts';
import type { Json } from '../util/canonical-json.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import { quoteWord, quoteWords } from './shell-quote.ts';
import { textOf } from './value-text.ts';

/** What a port stands for in an expression: its path, or a list of paths. */
export interface PortValue {
  readonly paths: readonly string[];
  /** A list even when it has one path. */
  readonly list: boolean;
  /** Makes a file with the paths, one a line, and returns its path. */
  listFile(): string;
}

export interface RenderScope {
  readonly inputs: ReadonlyMap<string, PortValue>;
  readonly outputs: ReadonlyMap<string, PortValue>;
}

const PLAIN = /^(inputs|outputs)\.([A-Za-z_][A-Za-z0-9_]*)(\.list_file)?$/;

/** The command for a shell; values are quoted for where they stand, lists become words. Errors: a sentence. */
export function renderCommand(template: Template, scope: RenderScope): Promise<Result<string, string>> {
  return join(template, scope, (value, { quote }) => {
    if (quote === 'none') return textOf(value);
    return Array.isArray(value) ? quoteWords(value.map(textOf), quote) : quoteWord(textOf(value), quote);
  });
}

/** The words of a command without a shell; an element that is one list becomes several. Errors: a sentence. */
export async function renderArgv(argv: readonly Template[], scope: RenderScope): Promise<Result<string[], string>> {
  const words: string[] = [];
  for (const template of argv) {
    const value = await renderWhole(template, scope);
    if (!value.ok) return value;
    if (Array.isArray(value.value)) words.push(...value.value.map(textOf));
    else words.push(textOf(value.value));
  }
  const nul = words.find((word) => word.includes('\0'));
  return nul === undefined ? ok(words) : err(noNul(nul));
}

/** Plain text, such as the value of a variable; the items of a list are joined by spaces. Errors: a sentence. */
export function renderText(template: Template, scope: RenderScope): Promise<Result<string, string>> {
  return join(template, scope, textOf);
}

/** As deep as the value, which the limit on files keeps small. Errors: a sentence. */
export async function renderValue(value: TemplateValue, scope: RenderScope): Promise<Result<Json, string>> {
  if (value === null || typeof value !== 'object') return ok(value);
  if ('template' in value) return renderWhole(value.template, scope);
  if ('list' in value) {
    const list: Json[] = [];
    for (const item of value.list) {
      const rendered = await renderValue(item, scope);
      if (!rendered.ok) return rendered;
      list.push(rendered.value);
    }
    return ok(list);
  }
  const map: { [key: string]: Json } = Object.create(null);
  for (const [key, member] of Object.entries(value.map)) {
    const rendered = await renderValue(member, scope);
    if (!rendered.ok) return rendered;
    map[key] = rendered.value;
  }
  return ok(map);
}

/** A template that is one hole keeps the type of its value. */
async function renderWhole(template: Template, scope: RenderScope): Promise<Result<Json, string>> {
  const [only] = template;
  if (template.length === 1 && only !== undefined && typeof only !== 'string') return evaluate(only, scope);
  return join(template, scope, textOf);
}

async function join(
  template: Template,
  scope: RenderScope,
  show: (value: Json, hole: TemplateHole) => string,
): Promise<Result<string, string>> {
  let text = '';
  for (const part of template) {
    if (typeof part === 'string') {
      text += part;
      continue;
    }
    const value = await evaluate(part, scope);
    if (!value.ok) return value;
    text += show(value.value, part);
  }
  return text.includes('\0') ? err(noNul(text)) : ok(text);
}

function noNul(text: string): string {
  return `${quoteName(text.slice(0, 80))} has a NUL character in it, which no process can be given.`;
}

async function evaluate(hole: TemplateHole, scope: RenderScope): Promise<Result<Json, string>> {
  const plain = PLAIN.exec(hole.expr);
  if (plain) {
    const [, side, name = '', listFile] = plain;
    const port = (side === 'inputs' ? scope.inputs : scope.outputs).get(name);
    if (!port) return err(`${side}.${name} has no value.`);
    return ok(listFile === undefined ? portJson(port) : port.listFile());
  }
  const { parseCel, toCel } = await import('./cel.ts');
  const parsed = parseCel(hole.expr);
  const sides = { inputs: toCel(valuesOf(scope.inputs)), outputs: toCel(valuesOf(scope.outputs)) };
  const value = parsed.ok ? parsed.value.evaluate(sides) : parsed;
  return value.ok ? value : err(`The expression \${{ ${hole.expr} }} does not work: ${value.error}.`);
}

function valuesOf(ports: ReadonlyMap<string, PortValue>): Json {
  const values: { [name: string]: Json } = Object.create(null);
  for (const [name, port] of ports) values[name] = portJson(port);
  return values;
}

function portJson(port: PortValue): Json {
  return port.list ? port.paths : (port.paths[0] ?? '');
}
