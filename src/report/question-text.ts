/** What a stage waits for, in words: the question, where its answer belongs, and the command that gives it. Pure. */
import type { AwaitedAnswer } from '../model/question.ts';
import type { Json } from '../util/canonical-json.ts';
import { harmlessText } from '../util/harmless-text.ts';
import { shellWord, shown } from './format.ts';
import type { Style } from './style.ts';

const TEXT_LINES_MAX = 12;

/** The name of the stage, what it asks, where the answer belongs. `asked`: how long ago it was asked first, in words. */
export function questionLines(stage: string, question: AwaitedAnswer, style: Style, asked?: string): string[] {
  const text = harmlessText(question.text, { plain: true }).split('\n');
  const more = text.length > TEXT_LINES_MAX ? [style.dim('…')] : [];
  return [
    `${style.bold(style.yellow('suspended'))} ${shown(stage)} waits for an answer${asked === undefined ? '' : `, asked ${asked}`}:`,
    ...[...text.slice(0, TEXT_LINES_MAX), ...more].map((line) => `  ${line}`),
    `  ${style.dim('file:')} ${shown(question.file)} ${style.dim('such as')} ${shown(exampleFile(question))}`,
    ...(question.problem === null ? [] : [`  ${style.yellow('but:')}  ${shown(question.problem)}`]),
  ];
}

/** What `--answer` takes, with something of the right kind for the answer: `review={"approve":true}`. */
export function answerArgument(stage: string, question: AwaitedAnswer): string {
  return `${stage}=${exampleFile(question)}`;
}

/** The command that answers and goes on. */
export function answerCommand(stage: string, question: AwaitedAnswer): string {
  return `wrangle resume --answer ${shellWord(answerArgument(stage, question))}`;
}

function exampleFile({ id, schema }: AwaitedAnswer): string {
  return JSON.stringify({ [id]: exampleAnswer(schema) });
}

/** Something of the right kind, as far as the schema says it in its first words. */
function exampleAnswer(schema: Json): Json {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return '...';
  const { type, ...rest } = schema as { readonly [key: string]: Json };
  if (rest['const'] !== undefined) return rest['const'];
  if (rest['default'] !== undefined) return rest['default'];
  for (const choices of [rest['enum'], rest['examples']])
    if (Array.isArray(choices)) return (choices[0] ?? null) as Json;
  switch (Array.isArray(type) ? type[0] : type) {
    case 'boolean':
      return true;
    case 'integer':
    case 'number':
      return rest['minimum'] ?? 1;
    case 'array':
      return rest['items'] === undefined ? [] : [exampleAnswer(rest['items'])];
    case 'object':
      return exampleMembers(rest);
    case 'null':
      return null;
    default:
      return '...';
  }
}

/** Those that have to be there. */
function exampleMembers({ properties = {}, required = [] }: { readonly [key: string]: Json }): Json {
  const known = properties as { readonly [name: string]: Json };
  const names = Array.isArray(required) ? required : [];
  return Object.fromEntries(names.map((name) => [String(name), exampleAnswer(known[String(name)] ?? null)]));
}
