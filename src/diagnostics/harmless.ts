/** Names and other people's text in the sentences of diagnostics. Knows no codes. */
import { harmlessText, quoteName as quote } from '../util/harmless-text.ts';

const LENGTH_MAX = 200;

/** Text inside a sentence, on one line; nothing in it can act on a terminal. */
export function harmless(text: string): string {
  return harmlessText(cut(text), { plain: true }).replaceAll('\n', '\\n');
}

/** `"name"`, harmless, cut when it is very long. */
export function quoteName(text: string): string {
  return quote(cut(text));
}

/** `"a"`, `"a" or "b"`, `"a", "b" or "c"`. */
export function listNames(names: readonly string[], joint: 'and' | 'or'): string {
  return joinWords(names.map(quoteName), joint);
}

export function joinWords(words: readonly string[], joint: 'and' | 'or'): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} ${joint} ${words[words.length - 1]}`;
}

function cut(text: string): string {
  return text.length > LENGTH_MAX ? `${text.slice(0, LENGTH_MAX)}…` : text;
}
