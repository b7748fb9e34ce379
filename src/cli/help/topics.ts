/**
 * The pages of `wrangle help TOPIC`: Markdown of the simplest kind (titles, paragraphs, lists, indented blocks) in
 * `topics/`, so that `docs/help.md` and the terminal have the same words.
 */
import { readFileSync } from 'node:fs';
import type { Topic } from './topic-names.ts';

export function readTopic(topic: Topic): string {
  return readFileSync(new URL(`./topics/${topic}.md`, import.meta.url), 'utf8');
}

/** As plain text: paragraphs and list items filled to the width, blocks as they are. */
export function topicText(markdown: string, width: number, bold: (text: string) => string): string {
  return `${blocksOf(markdown)
    .map((block) => blockText(block, width, bold))
    .join('\n')}\n`;
}

/** Lines that belong together: what stands between empty lines, and each item of a list. */
function blocksOf(markdown: string): string[][] {
  const blocks: string[][] = [[]];
  for (const line of markdown.trimEnd().split('\n')) {
    if (line === '') blocks.push([''], []);
    else if (line.startsWith('- ')) blocks.push([line]);
    else blocks.at(-1)?.push(line);
  }
  return blocks.filter((block) => block.length > 0);
}

function blockText(block: readonly string[], width: number, bold: (text: string) => string): string {
  const [first = ''] = block;
  if (first.startsWith('    ')) return block.join('\n');
  const title = /^#+ (.*)$/.exec(first)?.[1];
  if (title !== undefined) return bold(title);
  const words = block.join(' ').replaceAll('`', '').split(/\s+/);
  return fill(words, width, first.startsWith('- ') ? '  ' : '');
}

function fill(words: readonly string[], width: number, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent + word;
    } else line += line === '' ? word : ` ${word}`;
  }
  return [...lines, line].join('\n');
}
