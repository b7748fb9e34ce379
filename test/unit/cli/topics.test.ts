/**
 * The pages of `wrangle help TOPIC`: their size, and that what they show is so. docs/help.md has the same words; it is
 * written by
 *
 *   npx vitest run --project unit test/unit/cli/topics.test.ts -u
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { EXIT, SIGNAL_EXIT } from '../../../src/cli/exit-code.ts';
import type { Topic } from '../../../src/cli/help/topic-names.ts';
import { isTopic, TOPICS } from '../../../src/cli/help/topic-names.ts';
import { readTopic, topicText } from '../../../src/cli/help/topics.ts';
import { makeProgram } from '../../../src/cli/program.ts';
import { variableOf } from '../../../src/cli/variables.ts';
import { createWorkspace } from '../../../src/engine/workspace.ts';
import { createNodePorts } from '../../../src/host/node-ports.ts';
import { unknownFlags } from './command-line.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const topics = Object.keys(TOPICS) as Topic[];
const program = makeProgram(() => async () => {}, undefined, {});
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string };
const plain = (text: string) => text;

/** Blocks that are indented, without their indent. */
function blocks(markdown: string): string[] {
  return (markdown.match(/(?:^ {4}.*\n)+/gm) ?? []).map((block) => block.replace(/^ {4}/gm, ''));
}

/** In a workspace that has the files which the pages speak of. Sentences about mistakes. */
async function check(pipeline: string): Promise<string[]> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'wrangle-topic-')));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(join(dir, 'data'));
  writeFileSync(join(dir, 'data/a.csv'), 'a\n1\n');
  writeFileSync(join(dir, '.wranglerrc.yaml'), `plugins: { tabular: ${ROOT}/plugins/tabular }\n`);
  writeFileSync(join(dir, 'p.yaml'), pipeline);
  const params = pipeline.includes('source: null') ? [{ name: 'source', text: 'data/a.csv' }] : [];
  const { mistakes } = await createWorkspace({ ...createNodePorts(), version }, dir).check({
    file: join(dir, 'p.yaml'),
    params,
  });
  return mistakes.diagnostics.map(({ message }) => message);
}

describe.each(topics)('%s', (topic) => {
  const markdown = readTopic(topic);

  test('is a screen or two, and says in its title what it is about', () => {
    const lines = topicText(markdown, 80, plain).split('\n');
    expect(lines.length).toBeLessThanOrEqual(60);
    expect(lines.filter((line) => line.length > 80 && !line.startsWith('    '))).toEqual([]);
    expect(lines.filter((line) => line.length > 120)).toEqual([]);
    expect(lines[0]?.toLowerCase().replace(' ', '-')).toMatch(new RegExp(`^${topic}: ?`));
  });

  test('pipelines in it are without mistakes', async () => {
    const pipelines = blocks(markdown).filter((block) => /^(version|stages):/.test(block));
    for (const pipeline of pipelines) expect(await check(pipeline), pipeline).toEqual([]);
  });

  test('commands in it are there, with their flags', () => {
    const lines = blocks(markdown).flatMap((block) => block.split('\n').filter((line) => line.startsWith('wrangle ')));
    for (const line of lines) expect(unknownFlags(program, line), line).toEqual([]);
    for (const [, word] of markdown.matchAll(/wrangle help ([a-z-]+)/g)) expect(isTopic(word), word).toBe(true);
  });
});

test('there is a page for each topic, and no other', () => {
  const files = readdirSync(resolve(ROOT, 'src/cli/help/topics')).sort();
  expect(files).toEqual(topics.map((topic) => `${topic}.md`).sort());
});

test('all exit codes are named', () => {
  const text = readTopic('exit-codes');
  for (const code of [...Object.values(EXIT), ...Object.values(SIGNAL_EXIT)])
    expect(text).toMatch(new RegExp(`\\b${code}\\b`));
});

test('the flag whose variable has another name is named', () => {
  const odd = new Set<string>();
  for (const { options } of program.commands) {
    for (const option of options) {
      const name = variableOf(option);
      const usual = `WRANGLE_${option.long?.slice(2).replaceAll('-', '_').toUpperCase()}`;
      if (name !== undefined && name !== usual) odd.add(name);
    }
  }
  expect([...odd]).toEqual(['WRANGLE_EVENTS_FILE']);
  expect(readTopic('environment')).toContain('--events is WRANGLE_EVENTS_FILE');
});

test('paragraphs and lists are filled to the width, blocks stay as they are', () => {
  const markdown =
    '# Title: of it\n\nOne `two`\nthree four.\n\n- item one\n  and more\n- item two\n\n    as  it is, however long\n';
  expect(topicText(markdown, 12, (text) => text.toUpperCase())).toBe(
    'TITLE: OF IT\n\nOne two\nthree four.\n\n- item one\n  and more\n- item two\n\n    as  it is, however long\n',
  );
});

test('docs/help.md has the same words', async () => {
  const pages = topics.map((topic) => readTopic(topic).replaceAll(/^#/gm, '##'));
  const head = '# Topics\n\nWhat `wrangle help TOPIC` says. These pages are written in `src/cli/help/topics/`.';
  await expect(`${[head, ...pages.map((page) => page.trimEnd())].join('\n\n')}\n`).toMatchFileSnapshot(
    resolve(ROOT, 'docs/help.md'),
  );
});
