/**
 * Protocol 1: what a stage is given and what it gives back (`schemas/request.schema.json`, `result.schema.json`,
 * `stage-event.schema.json`). Reads what a process wrote, which may be anything. Knows no files and no processes.
 */
import type { LogLevel } from '../model/event.ts';
import type { FailureCategory } from '../model/outcome.ts';
import type { Answers, Question } from '../model/question.ts';
import { isDeeperThan } from '../schema/depth.ts';
import type { Json } from '../util/canonical-json.ts';
import { quoteName } from '../util/harmless-text.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';

export const PROTOCOL = 1;

/** In characters. Longer documents are not even parsed. */
export const RESULT_LENGTH_MAX = 16 * 1024 * 1024;
export const EVENT_LENGTH_MAX = 64 * 1024;
export const DEPTH_MAX = 100;
/** Of a text in a message, in characters. */
export const SHOWN_MAX = 60;

/** One attempt of one stage, or of the items of a batch. All paths are absolute. */
export interface StageRequest extends InstanceRequest {
  readonly protocol: 1;
  readonly run_id: string;
  /** 1 for the first try. */
  readonly attempt: number;
  /** Of an instance of a fan-out. */
  readonly key?: string;
  /** Of an instance of a fan-out. Counts for nothing: what does is in `params`. */
  readonly item?: Json;
  /** Of a batch, which has nothing at all in `params`, `inputs` and `outputs`; its `stage` is that of the first. */
  readonly items?: readonly RequestItem[];
  /** The variables that the stage declares; they are in the environment too. */
  readonly env: { readonly [name: string]: string };
  /** Names of the secrets that are in the environment. */
  readonly secrets?: readonly string[];
  /** A JSON file with one mapping, name -> value, for executors that cannot pass them in the environment. */
  readonly secrets_file?: string | null;
  /** ISO-8601, UTC; null without a timeout. */
  readonly deadline: string | null;
  /** The file for event lines. */
  readonly events: string;
}

/** What is an instance's own, in a request of its own and as an item of a batch. */
export interface InstanceRequest {
  /** Id of the instance. */
  readonly stage: string;
  readonly params: { readonly [name: string]: Json };
  /** Per port its files or folders, in declared order; always a list, also for one. */
  readonly inputs: { readonly [port: string]: readonly RequestInput[] };
  /** Per port where to write; a list when the port was given as one. */
  readonly outputs: { readonly [port: string]: RequestOutput | readonly RequestOutput[] };
  readonly answers?: Answers;
  /** Of each question that it is known to have asked, by id: the digest (`questionDigest`) its answer was given to. */
  readonly questions?: { readonly [id: string]: string };
  /** The same for the same stage and attempt. */
  readonly seed: number;
  /** A folder that outlives the attempt, until the stage succeeds. */
  readonly scratch: string;
}

export interface RequestItem extends InstanceRequest {
  /** No two of a batch have the same. */
  readonly key: string;
  readonly item: Json;
}

export interface RequestInput {
  readonly path: string;
  /** Of a folder: of its manifest. */
  readonly sha256: string;
  readonly size_bytes: number;
}

export interface RequestOutput {
  readonly path: string;
}

export interface StageError {
  /** Kebab-case, stable; `retry.on` refers to it. */
  readonly code: string;
  readonly category: FailureCategory;
  readonly message: string;
  /** Where in the data it went wrong; rows are 1-based. */
  readonly file?: string;
  readonly row?: number;
  readonly column?: string;
}

/** How a stage ended, or an item of a batch. */
export interface StageOutcome {
  readonly status: 'ok' | 'failed' | 'suspended';
  /** There when, and only when, the status is `failed`. */
  readonly error?: StageError;
  readonly question?: Question;
  readonly metrics?: { readonly [name: string]: Json };
  readonly notes?: readonly string[];
  /** Files it read besides its inputs: from the workspace, or absolute. */
  readonly discovered_inputs?: readonly string[];
}

export interface StageResult extends StageOutcome {
  readonly protocol: 1;
  /** Of a batch: those that were not told of before. */
  readonly items?: readonly ItemResult[];
}

export interface ItemResult extends StageOutcome {
  readonly key: string;
}

/** An item's result as it was read. Errors: what is wrong with it, as of `parseResult`. */
export interface ToldItem {
  readonly key: string;
  readonly result: Result<StageOutcome, string>;
}

/** A result document as it was read. */
export interface ToldResult extends StageOutcome {
  readonly protocol: 1;
  readonly items?: readonly ToldItem[];
}

/** A line of the events file. `key`: of a batch, the item that it is about. */
export type StageEvent =
  | {
      readonly type: 'progress';
      readonly key?: string;
      readonly done: number | undefined;
      readonly total: number | undefined;
      readonly note: string | undefined;
    }
  | { readonly type: 'metric'; readonly key?: string; readonly name: string; readonly value: Json }
  | { readonly type: 'log'; readonly key?: string; readonly level: LogLevel; readonly message: string }
  | ({ readonly type: 'item' } & ToldItem);

export type Members = { readonly [key: string]: Json };

/**
 * Errors: one sentence about what is wrong with the document, with its first characters when it is no JSON.
 * Unknown fields are passed over.
 */
export function parseResult(text: string): Result<ToldResult, string> {
  if (text.length > RESULT_LENGTH_MAX) {
    return err(`it has ${text.length} characters, more than the ${RESULT_LENGTH_MAX} that are read.`);
  }
  if (text.trim() === '') return err('it is empty.');
  const value = parseJson(text);
  if (value === undefined) return err(`it is not JSON; it begins with ${shown(text)}.`);
  if (!isMembers(value)) return err(`it is not a JSON object but ${shown(text)}.`);
  if (isDeeperThan(value, DEPTH_MAX)) return err(`it is nested more than ${DEPTH_MAX} levels deep.`);
  return readResult(value);
}

/** The same of a document that is parsed already and not too deep. */
export function readResult(value: Members): Result<ToldResult, string> {
  if (value['protocol'] !== PROTOCOL) {
    return err(`its "protocol" is ${show(value['protocol'])}, and this wrangle speaks ${PROTOCOL}.`);
  }
  const outcome = readOutcome(value);
  if (!outcome.ok) return outcome;
  const items = readItems(value['items']);
  if (!items.ok) return items;
  return ok({
    protocol: PROTOCOL,
    ...outcome.value,
    ...(items.value === undefined ? {} : { items: items.value }),
  });
}

function readOutcome(value: Members): Result<StageOutcome, string> {
  const { status } = value;
  if (status !== 'ok' && status !== 'failed' && status !== 'suspended') {
    return err(`its "status" is ${show(status)}; it must be "ok", "failed" or "suspended".`);
  }
  const error = value['error'] === null ? undefined : value['error'];
  if (status === 'failed' && error === undefined) return err('its "status" is "failed", and "error" is missing.');
  if (status !== 'failed' && error !== undefined) return err(`its "status" is "${status}", and there is an "error".`);
  const stageError = error === undefined ? ok(undefined) : readError(error);
  if (!stageError.ok) return stageError;
  const question = readQuestion(value['question']);
  if (!question.ok) return question;
  const metrics = value['metrics'] ?? {};
  if (!isMembers(metrics)) return err(`its "metrics" is ${show(metrics)}; it must be an object.`);
  const notes = readTexts(value, 'notes');
  if (!notes.ok) return notes;
  const discovered = readTexts(value, 'discovered_inputs');
  if (!discovered.ok) return discovered;
  return ok({
    status,
    ...(stageError.value === undefined ? {} : { error: stageError.value }),
    ...(question.value === undefined ? {} : { question: question.value }),
    metrics,
    notes: notes.value,
    discovered_inputs: discovered.value,
  });
}

/** One that has a key and is wrong otherwise is that item's failure alone. */
function readItems(value: Json | undefined): Result<readonly ToldItem[] | undefined, string> {
  if (value === undefined || value === null) return ok(undefined);
  if (!Array.isArray(value)) return err(`its "items" is ${show(value)}; it must be a list.`);
  const items: ToldItem[] = [];
  for (const item of value as readonly Json[]) {
    const told = isMembers(item) ? readItem(item) : undefined;
    if (!told) return err(`its "items" has ${show(item)} in it that has no "key".`);
    items.push(told);
  }
  return ok(items);
}

function readItem(value: Members): ToldItem | undefined {
  const { key } = value;
  return typeof key === 'string' ? { key, result: readOutcome(value) } : undefined;
}

/** Undefined for a line that is no event, which is passed over. */
export function parseStageEvent(line: string): StageEvent | undefined {
  if (line.length > EVENT_LENGTH_MAX) return undefined;
  const value = parseJson(line);
  return !isMembers(value) || isDeeperThan(value, DEPTH_MAX) ? undefined : readStageEvent(value);
}

/** The same of a line that is parsed already and not too deep. */
export function readStageEvent(value: Members): StageEvent | undefined {
  const about = typeof value['key'] === 'string' ? { key: value['key'] } : {};
  switch (value['type']) {
    case 'progress': {
      const done = amount(value['done']);
      const total = amount(value['total']);
      const note = typeof value['note'] === 'string' ? value['note'] : undefined;
      if (done === undefined && total === undefined && note === undefined) return undefined;
      return { type: 'progress', ...about, done, total, note };
    }
    case 'metric': {
      const { name, value: measured } = value;
      if (typeof name !== 'string' || name === '' || name === '__proto__' || measured === undefined) return undefined;
      return { type: 'metric', ...about, name, value: measured };
    }
    case 'log': {
      const { message } = value;
      if (typeof message !== 'string') return undefined;
      return { type: 'log', ...about, level: logLevel(value['level']), message };
    }
    case 'item': {
      const told = readItem(value);
      return told && { type: 'item', ...told };
    }
    default:
      return undefined;
  }
}

function readError(error: Json): Result<StageError, string> {
  if (!isMembers(error)) return err(`its "error" is ${show(error)}; it must be an object.`);
  const { code, category, message, file, row, column } = error;
  if (typeof code !== 'string' || !/^[a-z0-9][a-z0-9-]{0,99}$/.test(code)) {
    return err(`"code" of its "error" is ${show(code)}; it must be lowercase words joined by "-".`);
  }
  if (category !== 'retryable' && category !== 'skippable' && category !== 'critical') {
    return err(`"category" of its "error" is ${show(category)}; it must be "retryable", "skippable" or "critical".`);
  }
  if (typeof message !== 'string' || message === '') {
    return err(`"message" of its "error" is ${show(message)}; it must be a text.`);
  }
  return ok({
    code,
    category,
    message,
    ...(typeof file === 'string' ? { file } : {}),
    ...(typeof row === 'number' ? { row } : {}),
    ...(typeof column === 'string' ? { column } : {}),
  });
}

function readQuestion(question: Json | undefined): Result<Question | undefined, string> {
  if (question === undefined || question === null) return ok(undefined);
  if (!isMembers(question)) return err(`its "question" is ${show(question)}; it must be an object.`);
  const { id, text, schema } = question;
  if (typeof id !== 'string' || id === '') return err(`"id" of its "question" is ${show(id)}; it must be a text.`);
  if (typeof text !== 'string') return err(`"text" of its "question" is ${show(text)}; it must be a text.`);
  return ok({ id, text, ...(schema === undefined ? {} : { schema }) });
}

function readTexts(document: Members, key: string): Result<readonly string[], string> {
  const value = document[key] ?? [];
  if (!Array.isArray(value)) return err(`its "${key}" is ${show(value)}; it must be a list of texts.`);
  const wrong = value.find((item) => typeof item !== 'string');
  if (wrong !== undefined) return err(`its "${key}" has ${show(wrong)} in it; it must be a list of texts.`);
  return ok(value as string[]);
}

function logLevel(level: Json | undefined): LogLevel {
  return level === 'debug' || level === 'warning' || level === 'error' ? level : 'info';
}

function amount(value: Json | undefined): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined;
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

export function isMembers(value: Json | undefined): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: Json | undefined): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'a list';
  if (value !== null && typeof value === 'object') return 'an object';
  return typeof value === 'string' ? shown(value) : String(value);
}

export function shown(text: string): string {
  return quoteName(text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text);
}
