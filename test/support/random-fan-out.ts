/**
 * Random pipelines with fan-outs whose results can be computed without running them, and without a look at what the engine
 * thinks of lists and items.
 */
import fc from 'fast-check';
import { instanceId } from '../../src/model/instance.ts';
import { compareText } from '../../src/util/compare.ts';
import { outputsOf, requestOf, type StageSpec } from './engine-project.ts';
import type { FakeProcess } from './fake-command-runner.ts';

export interface Shape {
  /** What the items of `each` are read from; `made` is a file that a stage makes, `glob` the files of items themselves. */
  readonly list: 'json' | 'jsonl' | 'csv' | 'made' | 'glob';
  readonly output: 'file' | 'folder' | 'in-place';
  /** Every item has a file of its own, which its instance reads. */
  readonly hasInput: boolean;
  /** `sub` runs for what the instances of `each` list, or for the files that they make. */
  readonly nested: 'no' | 'lists' | 'files';
  readonly gather: 'reference' | 'folder' | 'glob';
}

export const shapes: fc.Arbitrary<Shape> = fc
  .record({
    list: fc.constantFrom('json' as const, 'jsonl', 'csv', 'made', 'glob'),
    output: fc.constantFrom('file' as const, 'file', 'folder', 'in-place'),
    hasInput: fc.boolean(),
    nested: fc.constantFrom('no' as const, 'lists', 'lists', 'files'),
    gather: fc.constantFrom('reference' as const, 'folder', 'glob'),
  })
  .map((shape) => ({
    ...shape,
    hasInput: shape.hasInput || shape.list === 'glob',
    // A list is a file.
    output: shape.nested === 'lists' && shape.output === 'folder' ? 'file' : shape.output,
  }));

export interface Item {
  readonly id: string;
  /** Words, which `sub` may run for. */
  readonly text: string;
  /** Nobody speaks of it. */
  readonly note: number;
}

/** Of some of these are the items; the first one always is, so that what is gathered is never nothing. */
export const IDS = ['a', 'b', 'e/f', 'g h'] as const;
export const WORDS = ['p', 'q', 'r'] as const;

/** All that results depend on. */
export interface World {
  readonly shape: Shape;
  readonly items: Item[];
  /** By item, the words in its file; one that is not there has none. */
  readonly inputs: Map<string, string>;
  /** By word, what its file holds. */
  readonly words: Map<string, string>;
  readonly versions: { each: number; sub: number };
  /** Number of the folder in which `each` puts its outputs. */
  folder: number;
  /** The list is no list. */
  isBroken: boolean;
}

/** One stage or instance: what it makes of what. */
export interface Unit {
  readonly id: string;
  /** The same when it is made from the same. */
  readonly key: string;
  readonly path: string;
  readonly text: string;
  /** One of its inputs is not there. */
  readonly isLacking: boolean;
}

export const inputOf = (id: string) => `in/${id}.txt`;
const TOP = { made: 'build/list.json', json: 'list.json', jsonl: 'list.jsonl', csv: 'list.csv' } as const;
const hole = (text: string) => `\${{ ${text} }}`;
const FAILING = { exit_codes: { 3: 'skippable', 75: 'retryable' }, retry: { max: 1 } };

/** Paths of files: where all of it is that stages make. */
export const isMade = (world: World, path: string) =>
  ['build/', `pages${world.folder}/`, 'subs/', 'all.txt', 'last.txt'].some((place) => path.startsWith(place));

/** As they are declared. */
export function specsOf({ shape, versions, folder }: World): Record<string, StageSpec> {
  const { list, output, hasInput, nested, gather } = shape;
  const isGlob = list === 'glob';
  const key = isGlob ? 'item' : 'item.id';
  const text = isGlob ? '' : `[${hole('item.text')}]`;
  const page = `pages${folder}/${hole(key)}${output === 'folder' ? '/' : '.jsonl'}`;
  const all = nested === 'no' ? 'each' : 'sub';
  const gathered = {
    reference: hole(`stages.${all}.outputs.o`),
    folder: nested === 'no' ? `pages${folder}/` : 'subs/',
    glob: nested === 'no' ? `pages${folder}/**/*` : 'subs/**/*',
  }[gather];
  const subs = {
    lists: {
      foreach: { in: hole('stages.each.outputs.o'), key: "item.of + '/' + item.word" },
      run: `sub ${hole('item.word')} v${versions.sub} > ${hole('outputs.o')}`,
      inputs: { word: `words/${hole('item.word')}.txt` },
      outputs: { o: `subs/${hole('item.of')}/${hole('item.word')}.txt` },
      ...FAILING,
    },
    files: {
      foreach: { in: `pages${folder}/**/*` },
      run: `sub v${versions.sub} > ${hole('outputs.o')}`,
      inputs: { page: hole('item') },
      outputs: { o: `subs/${hole('item')}.txt` },
      ...FAILING,
    },
  };
  return {
    ...(list === 'made' ? { make: { inputs: { from: 'from.json' }, outputs: { list: TOP.made } } } : {}),
    each: {
      foreach: isGlob ? { in: 'in/**/*' } : { in: TOP[list], key },
      run: `make ${text} v${versions.each}${output === 'in-place' ? '' : ` > ${hole('outputs.o')}`}`,
      ...(hasInput ? { inputs: { one: isGlob ? hole('item') : inputOf(hole('item.id')) } } : {}),
      outputs: { o: page },
      ...FAILING,
    },
    ...(nested === 'no' ? {} : { sub: subs[nested] }),
    all: { inputs: { all: gathered }, outputs: { o: 'all.txt' } },
    last: { inputs: { all: 'all.txt' }, outputs: { o: 'last.txt' } },
  };
}

/** Files of the list and of words; those of items are written when they change. Path -> text. */
export function sourcesOf({ shape, items, words, isBroken }: World): Record<string, string> {
  const files: Record<string, string> = {};
  for (const [word, text] of words) files[`words/${word}.txt`] = text;
  const { list } = shape;
  if (list === 'glob') return files;
  if (list === 'csv') {
    const rows = items.map(({ id, text, note }) => `${id},${text},${note}\n`).join('');
    files[TOP.csv] = isBroken ? 'id,text,note\n"' : `id,text,note\n${rows}`;
  } else if (list === 'jsonl')
    files[TOP.jsonl] = isBroken ? '{' : `${items.map((one) => JSON.stringify(one)).join('\n')}\n`;
  else files[list === 'made' ? 'from.json' : TOP.json] = isBroken ? '[' : JSON.stringify(items);
  return files;
}

function pageText(
  of: string,
  text: string,
  input: string | undefined,
  version: string,
  nested: Shape['nested'],
): string {
  if (nested !== 'lists') return `page ${of} ${text} ${version} (${input ?? ''})`;
  const words = new Set(`${text} ${input ?? ''}`.split(' ').filter((word) => word !== ''));
  return [...words].map((word) => `${JSON.stringify({ of, word })}\n`).join('');
}

/** What would be there after a clean build in which these instances are dropped, in the order of the stages. */
export function unitsOf(world: World, dropped: ReadonlySet<string> = new Set()): Unit[] {
  const { shape, items, inputs, words, versions, folder } = world;
  const isGlob = shape.list === 'glob';
  const units: Unit[] = [];
  const add = (unit: Omit<Unit, 'key' | 'isLacking'>, from: readonly unknown[], isLacking = false): Unit => {
    const made = { ...unit, key: JSON.stringify([unit.path, ...from]), isLacking };
    units.push(made);
    return made;
  };
  if (shape.list === 'made') {
    const text = sourcesOf(world)['from.json'] ?? '';
    add({ id: 'make', path: TOP.made, text }, [text]);
  }
  const listed = isGlob ? [...inputs.keys()].map(inputOf).sort(compareText) : items.map(({ id }) => id);
  const byId = new Map(items.map((item) => [item.id, item]));
  const ended = shape.output === 'folder' ? '/data' : '.jsonl';
  let gathered: Unit[] = [];
  for (const key of listed) {
    const id = instanceId('each', [key]);
    const input = inputs.get(isGlob ? key.slice(3, -4) : key);
    const text = isGlob ? '' : (byId.get(key)?.text ?? '');
    const seen = shape.hasInput ? input : '';
    const version = `v${versions.each}`;
    const unit = {
      id,
      path: `pages${folder}/${key}${ended}`,
      text: pageText(key, text, seen, version, shape.nested),
    };
    const made = add(unit, [text, seen, version], seen === undefined);
    if (!dropped.has(id)) gathered.push(made);
  }
  if (shape.nested !== 'no') {
    const pages = gathered;
    gathered = [];
    const version = `v${versions.sub}`;
    const sub = (key: string, path: string, text: string, from: readonly string[]) => {
      const made = add({ id: instanceId('sub', [key]), path, text }, [...from, version]);
      if (!dropped.has(made.id)) gathered.push(made);
    };
    if (shape.nested === 'lists') {
      const found = pages.flatMap(({ text }) => text.split('\n').filter((line) => line !== ''));
      for (const { of, word } of found.map((line) => JSON.parse(line) as { of: string; word: string })) {
        const content = words.get(word) ?? '';
        sub(`${of}/${word}`, `subs/${of}/${word}.txt`, `sub ${word} ${version} (${content})`, [word, content]);
      }
    } else {
      const sorted = [...pages].sort((a, b) => compareText(a.path, b.path));
      for (const { path, text } of sorted) sub(path, `subs/${path}.txt`, `sub  ${version} (${text})`, [path, text]);
    }
  }
  const ordered = shape.gather === 'reference' ? gathered : [...gathered].sort((a, b) => compareText(a.path, b.path));
  const texts = ordered.map(({ path, text }) => [path, text]);
  const all = `all(${ordered.map(({ text }) => text).join(',')})`;
  add({ id: 'all', path: 'all.txt', text: all }, [shape.gather, texts]);
  add({ id: 'last', path: 'last.txt', text: `last(${all})` }, [all]);
  return units;
}

/** What a process does: it knows its command, its files and nothing else. */
export function carryOut(process: FakeProcess, { nested }: Shape): 'done' {
  const stage = process.stage.split('@')[0] ?? '';
  const command = process.spec.argv.at(-1) ?? '';
  const [path = ''] = outputsOf(process);
  const read = inputTexts(process);
  const joined = read.join(',');
  const version = /v\d+/.exec(command)?.[0] ?? '';
  let text = `${stage}(${joined})`;
  if (stage === 'make') text = joined;
  else if (stage === 'each') {
    const own = posixPath(path).replace(/^.*?pages\d+\//, '');
    const of = process.isFolder(path) ? own : own.replace(/\.jsonl$/, '');
    text = pageText(of, /\[(.*)\]/.exec(command.replaceAll("'", ''))?.[1] ?? '', joined, version, nested);
  } else if (stage === 'sub') text = `sub ${/^sub (\w*) v/.exec(command)?.[1] ?? ''} ${version} (${joined})`;
  process.writes({ [process.isFolder(path) ? `${path}/data` : path]: text }).exit(0);
  return 'done';
}

/** Contents of all input files; of a folder sorted by path. */
function inputTexts(process: FakeProcess): string[] {
  return Object.values(requestOf(process).inputs)
    .flat()
    .flatMap(({ path }) => {
      if (!process.isFolder(path)) return [process.reads(path)];
      return process.filesIn(path).map((file) => process.reads(file));
    });
}

function posixPath(path: string): string {
  return path.replaceAll('\\', '/');
}

export function newWorld(shape: Shape): World {
  return {
    shape,
    items: [],
    inputs: new Map(),
    words: new Map(WORDS.map((word) => [word, word])),
    versions: { each: 1, sub: 1 },
    folder: 0,
    isBroken: false,
  };
}
