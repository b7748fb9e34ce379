/**
 * Templates: text with tags in it. What a tag means is that of Mustache, as far as it goes: `{{ name }}`, `{{{ name }}}`,
 * `{{# name }}…{{/ name }}`, `{{^ name }}…{{/ name }}`, `{{! comment }}`. Knows no values.
 */

export type Node =
  | string
  | { readonly kind: 'value'; readonly name: string; readonly isRaw: boolean; readonly line: number }
  | {
      readonly kind: 'section';
      readonly name: string;
      /** For when there is nothing. */
      readonly isInverted: boolean;
      readonly nodes: readonly Node[];
    };

/** `message` is a sentence. */
export class TemplateMistake extends Error {
  override readonly name = 'TemplateMistake';
  /** From 1. */
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

interface Open {
  readonly name: string;
  readonly isInverted: boolean;
  readonly line: number;
  readonly nodes: Node[];
}

const TAG = /\{\{(?:\{([^{}]*)\}\}\}|([#^/!&>=]?)([^{}]*)\}\}|)/g;

/** Errors: throws `TemplateMistake`. */
export function parseTemplate(text: string): readonly Node[] {
  const whole: Open = { name: '', isInverted: false, line: 1, nodes: [] };
  const open: Open[] = [whole];
  const add = (node: Node) => {
    if (node !== '') (open.at(-1) as Open).nodes.push(node);
  };
  let from = 0;
  let line = 1;
  let counted = 0;
  for (const match of text.matchAll(TAG)) {
    const [tag, raw, sign = '', inner = ''] = match;
    let start = match.index;
    let end = start + tag.length;
    line += newlines(text, counted, start);
    counted = start;
    if (tag === '{{') throw new TemplateMistake(line, 'A tag that begins with "{{" has no end.');
    const name = (raw ?? inner).trim();
    const isBlock = sign === '#' || sign === '^' || sign === '/' || sign === '!';
    // A block tag that has a line to itself takes the line with it.
    if (isBlock) [start, end] = wholeLine(text, start, end) ?? [start, end];
    add(text.slice(from, Math.max(from, start)));
    from = end;
    if (sign === '!') continue;
    if (sign === '>' || sign === '=') {
      throw new TemplateMistake(line, `"{{${sign}" is not known here: a template is one file, and its tags are {{ }}.`);
    }
    if (name === '') throw new TemplateMistake(line, 'A tag has no name in it.');
    if (sign === '#' || sign === '^') open.push({ name, isInverted: sign === '^', line, nodes: [] });
    else if (sign === '/') close(open, name, line);
    else add({ kind: 'value', name, isRaw: raw !== undefined || sign === '&', line });
  }
  add(text.slice(from));
  const last = open.at(-1) as Open;
  if (last !== whole) throw new TemplateMistake(last.line, `{{${sigil(last)}${last.name}}} has no {{/${last.name}}}.`);
  return whole.nodes;
}

function close(open: Open[], name: string, line: number): void {
  const last = open.at(-1) as Open;
  if (open.length === 1) throw new TemplateMistake(line, `{{/${name}}} ends what has not begun.`);
  if (last.name !== name) {
    const begun = `{{${sigil(last)}${last.name}}} of line ${last.line}`;
    throw new TemplateMistake(line, `{{/${name}}} stands where ${begun} has to end.`);
  }
  open.pop();
  const { isInverted, nodes } = last;
  (open.at(-1) as Open).nodes.push({ kind: 'section', name, isInverted, nodes });
}

function sigil({ isInverted }: Open): string {
  return isInverted ? '^' : '#';
}

function newlines(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

/** From its first character to behind its end; undefined when something else stands there. */
function wholeLine(text: string, start: number, end: number): [number, number] | undefined {
  let before = start;
  while (before > 0 && (text[before - 1] === ' ' || text[before - 1] === '\t')) before--;
  if (before > 0 && text[before - 1] !== '\n') return undefined;
  let after = end;
  while (text[after] === ' ' || text[after] === '\t') after++;
  if (text[after] === '\r') after++;
  if (after === text.length) return [before, after];
  return text[after] === '\n' ? [before, after + 1] : undefined;
}
