/**
 * What an attempt answered: all that it made, or what `by` makes of it. Two answers are the same when their keys are. Loaded only
 * where somebody votes.
 */
import type { CelExpression, CelValue } from '../language/cel.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { Json } from '../util/canonical-json.ts';
import { canonicalJson } from '../util/canonical-json.ts';
import { quoteName } from '../util/harmless-text.ts';
import { sha256 } from '../util/hash.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import type { OutputView } from './output-view.ts';
import { membersAsked, missingMember, viewOutput } from './output-view.ts';
import type { StagedOutput } from './staging.ts';

export interface Answer {
  readonly key: string;
  /** A short text of one line. */
  readonly shown: string;
}

/** Where the outputs of an attempt are. `at` is absolute. */
export type Made = readonly (Pick<StagedOutput, 'path' | 'port'> & { readonly at: string })[];

/** More of an answer says no more. */
const SHOWN_MAX = 60;
const TEXT_BYTES_MAX = 1024;

/** Errors: why it cannot be told, as a sentence; those of reading are thrown. */
export async function answerOf(fs: FileSystem, by: string | undefined, made: Made): Promise<Result<Answer, string>> {
  return by === undefined ? ok(await wholeAnswer(fs, made)) : answerBy(fs, by, made);
}

/**
 * JSON documents count by their values, so that spaces and the order of members do not. Where a number is not what is written,
 * two documents could seem the same that are not, so such a document counts by its bytes.
 */
async function wholeAnswer(fs: FileSystem, made: Made): Promise<Answer> {
  const parts: Json[] = [];
  for (const { path, at } of made) {
    const { value } = await viewOutput(fs, at, new Set(['json']));
    const { json } = value;
    if (json !== undefined && isExact(json)) parts.push([path, 'json', canonicalJson(json)]);
    else parts.push([path, 'bytes', (await viewOutput(fs, at, new Set(['sha256']))).value['sha256'] ?? '']);
  }
  const key = sha256(canonicalJson(parts));
  return { key, shown: (await lineOf(fs, made)) ?? `sha256:${key.slice(0, 12)}` };
}

function isExact(value: Json): boolean {
  if (typeof value === 'number')
    return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  return typeof value !== 'object' || value === null || Object.values(value).every(isExact);
}

/** What is in it, where that is one file with one short line of text. */
async function lineOf(fs: FileSystem, made: Made): Promise<string | undefined> {
  const [only] = made;
  const size = only && fs.stat(only.at);
  if (made.length !== 1 || !size || size.type !== 'file' || size.size > TEXT_BYTES_MAX) return undefined;
  const { text } = (await viewOutput(fs, only.at, new Set(['text']))).value;
  const line = typeof text === 'string' ? text.trim() : '';
  return line === '' || line.length > SHOWN_MAX || /[\n\r]/.test(line) ? undefined : line;
}

async function answerBy(fs: FileSystem, by: string, made: Made): Promise<Result<Answer, string>> {
  const { parseCel, toCel } = await import('../language/cel.ts');
  const parsed = parseCel(by);
  if (!parsed.ok) return err(`"by" does not work: ${parsed.error}.`);
  const outputs: { [port: string]: CelValue } = Object.create(null);
  for (const port of new Set(made.map((one) => one.port))) {
    const views = await viewPort(fs, parsed.value, port.name, made);
    if (!views.ok) return views;
    const values = views.value.map(({ value }) => toCel(value as Json));
    outputs[port.name] = port.list ? values : (values[0] ?? null);
  }
  const value = parsed.value.evaluate({ outputs });
  if (!value.ok) return err(`"by" does not work: ${value.error}.`);
  const text = canonicalJson(value.value);
  return ok({ key: sha256(text), shown: cut(typeof value.value === 'string' ? value.value : text) });
}

/** Errors: what of it is not there, as a sentence. */
async function viewPort(
  fs: FileSystem,
  { references }: CelExpression,
  port: string,
  made: Made,
): Promise<Result<OutputView[], string>> {
  const root = ['outputs', port];
  const asked = membersAsked(references, root);
  const views: OutputView[] = [];
  for (const { at, path } of made.filter((one) => one.port.name === port)) {
    const view = await viewOutput(fs, at, asked);
    const reason = missingMember(references, root, view);
    if (reason !== undefined) return err(`of its output ${quoteName(path)}, ${reason}.`);
    views.push(view);
  }
  return ok(views);
}

function cut(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > SHOWN_MAX ? `${line.slice(0, SHOWN_MAX - 1)}…` : line;
}
