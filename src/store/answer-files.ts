/**
 * Answers that people gave to the questions of stages: `answers/<stage>.json` in the workspace, question id -> answer.
 * Reads them, and writes those that a command hands over. Knows nothing of what was asked.
 */

import type { Answers } from '../model/question.ts';
import { readJsonText } from '../plugin/json-text.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { Json } from '../util/canonical-json.ts';
import { compareText } from '../util/compare.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import type { StateLayout } from './layout.ts';
import { inWorkspace } from './layout.ts';
import { stageFileName } from './run-paths.ts';

/** From the workspace. */
export const ANSWERS_FOLDER = 'answers';
const ENDING = '.json';
const SIZE_MAX = 1 << 20;

/** From the workspace. */
export function answerFile(stage: string): string {
  return `${ANSWERS_FOLDER}/${stageFileName(stage)}${ENDING}`;
}

/** The folder is listed once and each file read once: a build goes by what it found first. */
export class AnswerFiles {
  readonly #fs: FileSystem;
  readonly #layout: StateLayout;
  readonly #read = new Map<string, Result<Answers, string>>();
  #names: ReadonlySet<string> | undefined;

  constructor(fs: FileSystem, layout: StateLayout) {
    this.#fs = fs;
    this.#layout = layout;
  }

  /** Paths from the workspace, sorted. */
  get files(): readonly string[] {
    return [...this.#listed()].sort(compareText).map((name) => `${ANSWERS_FOLDER}/${name}`);
  }

  /** Undefined when there is no file. Errors: why it cannot be used, as a sentence that names it. */
  of(stage: string): Result<Answers, string> | undefined {
    if (this.#listed().size === 0) return undefined;
    const file = answerFile(stage);
    if (!this.#listed().has(file.slice(ANSWERS_FOLDER.length + 1))) return undefined;
    let known = this.#read.get(file);
    if (!known) {
      known = readAnswers(this.#fs, this.#layout, file);
      this.#read.set(file, known);
    }
    return known;
  }

  /** Old or new, never half. Errors: those of the disk. */
  write(stage: string, answers: Answers): void {
    const file = answerFile(stage);
    const path = inWorkspace(this.#layout, file);
    this.#fs.makeFolder(inWorkspace(this.#layout, ANSWERS_FOLDER));
    this.#fs.writeFile(`${path}.new`, `${JSON.stringify(answers, null, 2)}\n`);
    this.#fs.rename(`${path}.new`, path);
    this.#names = undefined;
    this.#read.delete(file);
  }

  #listed(): ReadonlySet<string> {
    this.#names ??= new Set(
      (this.#fs.readFolder(inWorkspace(this.#layout, ANSWERS_FOLDER)) ?? [])
        .filter(({ name, type }) => type !== 'folder' && name.endsWith(ENDING))
        .map(({ name }) => name),
    );
    return this.#names;
  }
}

function readAnswers(fs: FileSystem, layout: StateLayout, file: string): Result<Answers, string> {
  const path = inWorkspace(layout, file);
  let text: string | undefined;
  try {
    if ((fs.stat(path)?.size ?? 0) > SIZE_MAX) return err(`${file} has more than ${SIZE_MAX} bytes.`);
    text = fs.readText(path);
  } catch (error) {
    return err(`${file} cannot be read: ${(error as Error).message}.`);
  }
  return text === undefined
    ? err(`${file} cannot be read: it is a link that leads nowhere.`)
    : parseAnswers(text, file);
}

/** `name` is what a sentence calls the text. Errors: what is wrong with it, as a sentence. */
function parseAnswers(text: string, name: string): Result<Answers, string> {
  const read = readJsonText(text);
  if (!read.ok) {
    const { line, column } = read.error.location(name);
    return err(`${name}:${line}:${column} is no JSON: ${read.error.reason}.`);
  }
  const { value } = read.value;
  if (!isMapping(value)) return err(`${name} must be a mapping, question to answer, such as {"answer": true}.`);
  return ok(value);
}

function isMapping(value: Json): value is Answers {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
