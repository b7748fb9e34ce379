/** A template with the values of a record. Pure. */
import type { Json } from 'wrangle/plugin';
import type { Node } from './parse.ts';

export type Escape = 'html' | 'json' | 'none';

export interface Missing {
  readonly name: string;
  /** Of the template, from 1. */
  readonly line: number;
}

export interface Filled {
  readonly text: string;
  /** Names that have no value, in the order of the template, each once. */
  readonly missing: readonly Missing[];
  /** Lists and records where a text is wanted. */
  readonly noText: readonly Missing[];
}

export function fillTemplate(nodes: readonly Node[], record: Json, as: Escape): Filled {
  const missing = new Map<string, Missing>();
  const noText = new Map<string, Missing>();
  const parts: string[] = [];
  const fill = (among: readonly Node[], stack: readonly Json[]): void => {
    for (const node of among) {
      if (typeof node === 'string') {
        parts.push(node);
        continue;
      }
      const value = find(stack, node.name);
      if (node.kind === 'value') {
        const { name, line } = node;
        if (value === undefined || value === null) {
          if (!missing.has(name)) missing.set(name, { name, line });
          // A JSON text without it would be none.
          if (as === 'json' && !node.isRaw) parts.push('null');
        } else if (typeof value === 'object' && (as !== 'json' || node.isRaw)) {
          if (!noText.has(name)) noText.set(name, { name, line });
        } else parts.push(written(value, node.isRaw ? 'none' : as));
      } else if (node.isInverted) {
        if (isNothing(value)) fill(node.nodes, stack);
      } else if (Array.isArray(value)) {
        for (const element of value as readonly Json[]) fill(node.nodes, [...stack, element]);
      } else if (!isNothing(value)) fill(node.nodes, [...stack, value as Json]);
    }
  };
  fill(nodes, [record]);
  return { text: parts.join(''), missing: [...missing.values()], noText: [...noText.values()] };
}

/** Of the innermost that has the name, or its first part: columns may have dots in their names. */
function find(stack: readonly Json[], name: string): Json | undefined {
  if (name === '.') return stack.at(-1);
  const [first = '', ...rest] = name.split('.');
  for (const value of [...stack].reverse()) {
    if (!isRecord(value)) continue;
    if (Object.hasOwn(value, name)) return value[name];
    if (Object.hasOwn(value, first)) return follow(value[first], rest);
  }
  return undefined;
}

function follow(value: Json | undefined, names: readonly string[]): Json | undefined {
  let at = value;
  for (const name of names) {
    if (!isRecord(at) || !Object.hasOwn(at, name)) return undefined;
    at = at[name];
  }
  return at;
}

function isRecord(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** 0 is something, an empty text is not. */
function isNothing(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === false || value === '') return true;
  return Array.isArray(value) && value.length === 0;
}

const ENTITIES: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function written(value: Json, as: Escape): string {
  if (as === 'json') return JSON.stringify(value);
  const text = String(value);
  return as === 'none' ? text : text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}
