/** `wrangle help [WORD]`: the help of a command or of one of its actions, or a page on a topic. */
import type { Command } from 'commander';
import { nearest } from '../../diagnostics/suggest.ts';
import { printDocument } from '../../report/documents.ts';
import { alignColumns } from '../../report/table.ts';
import { quoteName } from '../../util/harmless-text.ts';
import { EXIT } from '../exit-code.ts';
import type { Topic } from '../help/topic-names.ts';
import { isTopic, TOPICS } from '../help/topic-names.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../session.ts';

/** `actions` are the second words that have pages, such as "cache verify"; `width` is how wide help may be. */
export async function helpCommand(
  session: Session,
  words: readonly string[],
  program: Command,
  actions: readonly string[],
  width: number,
): Promise<number> {
  const text = await helpOn(session, words, program, actions, width);
  const [name = null] = words;
  session.stdout.write(session.json ? printDocument({ name, text }) : text);
  return EXIT.done;
}

async function helpOn(
  { stdout, json }: Session,
  [word, action, extra]: readonly string[],
  program: Command,
  actions: readonly string[],
  width: number,
): Promise<string> {
  if (word === undefined) return overview(program);
  if (extra !== undefined) throw new UsageError(`"help" takes one command or topic, not ${quoteName(extra)} as well.`);
  const command = program.commands.find((one) => one.name() === word);
  if (!command && isTopic(word) && action === undefined) {
    const { readTopic, topicText } = await import('../help/topics.ts');
    return topicText(readTopic(word), width, json ? (text) => text : stdout.style.bold);
  }
  if (!command && !isTopic(word)) throw unknown(word, program);
  if (action !== undefined && !actions.includes(`${word} ${action}`)) throw unknownAction(word, action, actions);
  return textOf(command as Command, action);
}

function overview(program: Command): string {
  const rows = Object.entries(TOPICS).map(([name, words]) => [`  ${name}`, words]);
  const all = textOf(program, undefined).trimEnd();
  return `${all}\n\nTopics (wrangle help TOPIC):\n${alignColumns(rows).join('\n')}\n`;
}

function textOf(command: Command, action: string | undefined): string {
  let text = '';
  command.configureOutput({
    writeOut: (some) => {
      text += some;
    },
  });
  // As if it stood behind the command.
  command.args = action === undefined ? [] : [action];
  command.outputHelp();
  return text;
}

function unknown(word: string, program: Command): UsageError {
  const near = nearest(word, [...program.commands.map((command) => command.name()), ...Object.keys(TOPICS)]);
  const help =
    near === undefined
      ? '"wrangle help" lists both.'
      : `Did you mean ${quoteName(near)}${near in TOPICS ? `: ${TOPICS[near as Topic]}` : ''}?`;
  return new UsageError(`There is no command or topic ${quoteName(word)}.`, help);
}

function unknownAction(word: string, action: string, actions: readonly string[]): UsageError {
  const known = actions.filter((one) => one.startsWith(`${word} `)).map((one) => one.slice(word.length + 1));
  const near = nearest(action, known);
  if (word === 'stage') return new UsageError('The flags of a stage type are in: wrangle stage TYPE --help');
  const help = near === undefined ? undefined : `Did you mean ${quoteName(near)}?`;
  return new UsageError(`${quoteName(word)} has no page on ${quoteName(action)}.`, help);
}
