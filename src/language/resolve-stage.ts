/** One stage, from its file to the model. What is wrong is reported and left out; the rest of the stage stays. */
import * as catalog from '../diagnostics/catalog.ts';
import { quoteName } from '../diagnostics/harmless.ts';
import { nearest } from '../diagnostics/suggest.ts';
import type { Location } from '../model/location.ts';
import type { InputPort, OutputPort, Stage, StageAction } from '../model/pipeline.ts';
import type { StageType } from '../model/plugin.ts';
import { showValue } from '../schema/findings.ts';
import type { Json } from '../util/canonical-json.ts';
import { compareText } from '../util/compare.ts';
import { checkBatch } from './check-batch.ts';
import { checkPorts, portOf } from './check-ports.ts';
import { referredPort } from './expressions.ts';
import type { Pointer } from './locate.ts';
import { readDuration, reportWrong } from './read-values.ts';
import type { ReferredOutput } from './references.ts';
import type { ResolvedAction } from './resolve-action.ts';
import { resolveAction } from './resolve-action.ts';
import type { ReadSchemaFile } from './resolve-expect.ts';
import { resolveExpect } from './resolve-expect.ts';
import { isInPlace, readFallback } from './resolve-fallback.ts';
import { readForeach } from './resolve-foreach.ts';
import type { ResolvedOutputPorts } from './resolve-ports.ts';
import { gatherOf, resolveInputPorts } from './resolve-ports.ts';
import { readExitCodes, readRetry } from './resolve-retry.ts';
import { readVote } from './resolve-vote.ts';
import { readWhen } from './resolve-when.ts';
import type { Placed, StageReader } from './stage-reader.ts';
import { isMapping } from './stage-reader.ts';
import { parseSize } from './units.ts';
import { textOf } from './value-text.ts';

export interface StageContext {
  readonly workspace: string;
  readonly types: ReadonlyMap<string, StageType>;
  readonly unavailable: ReadonlySet<string>;
  readonly shell: 'bash' | 'sh';
  readonly readSchema: ReadSchemaFile;
  /** Stages and pools that are not there may be in a file that could not be read. */
  readonly isIncomplete: boolean;
  stageNames(): Iterable<string>;
  /** What the name of a stage stands for: itself, or all its instances. The id of an instance stands for it. */
  idsOf(stage: string): readonly string[] | undefined;
  /** Names of all pools, those with mistakes in them too. */
  readonly pools: ReadonlySet<string>;
  outputsOf(stage: string): ResolvedOutputPorts;
}

export interface ResolvedStage {
  readonly stage: Stage;
  /** Where things stand that are in another order in the model, or not there at all in the file; key: JSON pointer. */
  readonly places: ReadonlyMap<string, Pointer | Location>;
}

export function resolveStage(reader: StageReader, context: StageContext): ResolvedStage {
  const { id, document, entry } = reader.declaration;
  const places = new Map<string, Pointer | Location>();
  const inputs = resolveInputPorts(reader, context.workspace, context.outputsOf);
  const outputs = context.outputsOf(id);
  const written = reader.own('inputs')?.value;
  const ports = {
    inputs: new Set(isMapping(written) ? Object.keys(written) : []),
    outputs: new Set(outputs.names),
  };
  const later = { ports, item: reader.isFanOut, gather: true };
  const own = { inputs: inputs.ports, outputs: outputs.outputs };
  const acting = { ...context, own, later };
  const resolved = resolveAction(reader, acting);
  const fallback = readFallback(
    reader,
    acting,
    outputs.outputs.map(({ port }) => port),
  );
  const type = typeOf(resolved.action, context);
  // With a command beside it, nobody knows whose ports these are.
  if (type && !reader.own('run')) checkPorts(reader, type, inputs, outputs.outputs);
  const others = (fallback?.strategies ?? []).map(({ action }) => typeOf(action, context));
  for (const action of fallback?.uses ?? []) {
    const other = typeOf(action, context);
    if (other) checkPorts(reader, other, inputs, outputs.outputs);
  }

  for (const [port, pointers] of inputs.pointers) notePlaces(places, reader, ['inputs', port], pointers);
  for (const { port, pointers } of outputs.outputs) notePlaces(places, reader, ['outputs', port.name], pointers);
  const needs = readNeeds(reader, context, places);
  const cache = readFlag(reader, 'cache', true);
  const description = readText(reader, 'description');
  const timeout = readDuration(reader, placedOf(reader, 'timeout'), 'more than zero');
  const ttl = readDuration(reader, placedOf(reader, 'ttl'), 'more than zero', TTL_MAX);
  const retry = readRetry(reader);
  const pool = readPool(reader, context);
  const when = readWhen(reader);
  const foreach = readForeach(reader, { ...context, outputs: outputs.outputs });
  if (foreach) checkBatch(reader, foreach.batch, resolved.action, type);
  const transaction = readTransaction(reader, cache, outputs);
  const made = readOutputs(reader, outputs, resolved, cache, type, context.readSchema);
  const vote = readVote(reader, { outputs: made, batch: foreach?.batch });
  const stage: Stage = {
    id,
    ...(description === undefined ? {} : { description }),
    origin: document.source.locate(entry.keyStart, entry.keyEnd),
    action: resolved.action,
    ...(foreach === undefined ? {} : { foreach }),
    ...(when === undefined ? {} : { when }),
    ...(fallback === undefined ? {} : { fallback: fallback.strategies }),
    inputs: withReferred(
      inputs.ports,
      [...resolved.referredStages, ...(fallback?.referredStages ?? [])],
      context,
      places,
    ),
    outputs: made,
    needs,
    env: resolved.env,
    pass_env: readNames(reader, 'pass_env'),
    secrets: readNames(reader, 'secrets'),
    ...(timeout === undefined ? {} : { timeout_ms: timeout }),
    ...(retry === undefined ? {} : { retry }),
    ...(vote === undefined ? {} : { vote }),
    exit_codes: readExitCodes(reader),
    on_failure: readChoice(reader, 'on_failure', ['halt', 'continue', 'allow']) ?? 'halt',
    resources: readResources(reader),
    ...(pool === undefined ? {} : { pool }),
    exclusive: readFlag(reader, 'exclusive', false),
    cache,
    ...(transaction === undefined ? {} : { transaction }),
    version: readVersion(reader),
    always: readFlag(reader, 'always', false),
    ...(ttl === undefined ? {} : { ttl_ms: ttl }),
    platform: readChoice(reader, 'platform', ['any', 'native']) ?? platformOf([type, ...others]),
    tags: readNames(reader, 'tags'),
    labels: readLabels(reader),
    metrics: readMetrics(reader, ports.outputs),
  };
  return { stage, places };
}

/** No timer waits for it. */
const TTL_MAX = { ms: 3650 * 86_400_000, text: '3650 days' };

function typeOf(action: StageAction, { types }: StageContext): StageType | undefined {
  return action.kind === 'type' ? types.get(action.type) : undefined;
}

/** Of a command nobody knows what it depends on. */
function platformOf(types: readonly (StageType | undefined)[]): Stage['platform'] {
  return types.every((type) => type?.platform === 'any') ? 'any' : 'native';
}

/** Only what does not stand where the model says: that is rare, and there are many stages. */
function notePlaces(
  places: Map<string, Pointer | Location>,
  reader: StageReader,
  port: Pointer,
  pointers: readonly Pointer[],
): void {
  const direct = reader.pointer(...port);
  for (const [index, pointer] of pointers.entries()) {
    const isDirect =
      pointer.length === direct.length || (pointer.length === direct.length + 1 && pointer[direct.length] === index);
    if (!isDirect) places.set(key(...port, index), pointer);
  }
}

function key(...parts: Pointer): string {
  return JSON.stringify(parts);
}

/**
 * What a command, a param or a variable says of another stage's output makes that output an input: the stage has to
 * wait for it, and its bytes count. The port has a name that nobody can write.
 */
function withReferred(
  declared: readonly InputPort[],
  referred: readonly ReferredOutput[],
  context: StageContext,
  places: Map<string, Pointer | Location>,
): InputPort[] {
  const known = new Set(declared.flatMap(({ items }) => items.map(({ path }) => path)));
  const ports = [...declared];
  for (const { stage, port, location } of referred) {
    const output = context.outputsOf(stage).outputs.find((candidate) => candidate.port.name === port);
    if (!output) continue;
    const gathered = gatherOf({ stage, port }, output.port);
    if (!gathered && output.port.items.every(({ path }) => known.has(path))) continue;
    const name = referredPort({ stage, port });
    ports.push(
      gathered ? { name, list: true, items: [gathered] } : { name, list: output.port.list, items: output.port.items },
    );
    places.set(key('inputs', name), location);
  }
  return ports.sort((a, b) => compareText(a.name, b.name));
}

function readOutputs(
  reader: StageReader,
  { outputs }: ResolvedOutputPorts,
  resolved: ResolvedAction,
  stageCache: boolean,
  type: StageType | undefined,
  readSchema: ReadSchemaFile,
): OutputPort[] {
  return outputs.map(({ port, cache, expect }) => {
    const written = resolveExpect(reader, expect, port.items, readSchema);
    const declared = type && portOf(type.outputs, port.name);
    const typed = declared?.kind === 'folder' ? undefined : declared?.schema;
    const contract = written.schema === undefined && typed !== undefined ? { ...written, schema: typed } : written;
    return {
      ...port,
      cache: cache ? toFlag(reader, cache, stageCache) : stageCache,
      ...(Object.keys(contract).length === 0 ? {} : { expect: contract }),
      in_place: isInPlace(port.name, resolved),
    };
  });
}

/** The value that holds: the stage's own, else that of `defaults`. */
function placedOf(reader: StageReader, name: string): Placed | undefined {
  return reader.own(name) ?? reader.fallback(name);
}

function readText(reader: StageReader, name: string): string | undefined {
  const placed = placedOf(reader, name);
  const value = placed && reader.value(placed);
  return value === undefined ? undefined : textOf(value);
}

function readFlag(reader: StageReader, name: string, fallback: boolean): boolean {
  const placed = placedOf(reader, name);
  return placed ? toFlag(reader, placed, fallback) : fallback;
}

function toFlag(reader: StageReader, placed: Placed, fallback: boolean): boolean {
  const value = reader.value(placed);
  if (typeof value === 'boolean') return value;
  if (value !== undefined) {
    const name = quoteName(String(placed.pointer[placed.pointer.length - 1]));
    reportWrong(reader, placed.pointer, `${name} must be true or false, not ${showValue(value)}.`, catalog.wrongType);
  }
  return fallback;
}

function readChoice<Choice extends string>(
  reader: StageReader,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const placed = placedOf(reader, name);
  const value = placed && reader.value(placed);
  if (value === undefined) return undefined;
  const chosen = choices.find((choice) => choice === value);
  if (chosen === undefined) {
    const allowed = choices.map((choice) => `"${choice}"`).join(' or ');
    reportWrong(reader, placed?.pointer ?? [], `"${name}" must be ${allowed}, not ${showValue(value)}.`);
  }
  return chosen;
}

function readResources(reader: StageReader): Stage['resources'] {
  const merged = reader.joined('resources');
  const cpus = readNumber(reader, merged.get('cpus'));
  const memory = readSize(reader, merged.get('memory'));
  return { ...(cpus === undefined ? {} : { cpus }), ...(memory === undefined ? {} : { memory_bytes: memory }) };
}

function readNumber(reader: StageReader, placed: Placed | undefined): number | undefined {
  const value = placed && reader.value(placed);
  if (!placed || value === undefined) return undefined;
  if (typeof value === 'number' && value > 0) return value;
  reportWrong(reader, placed.pointer, `"cpus" must be a number above 0, not ${showValue(value)}.`);
  return undefined;
}

function readSize(reader: StageReader, placed: Placed | undefined): number | undefined {
  const value = placed && reader.value(placed);
  if (!placed || value === undefined) return undefined;
  const bytes = typeof value === 'string' ? parseSize(value) : value;
  if (typeof bytes === 'number' && Number.isSafeInteger(bytes) && bytes >= 0) return bytes;
  const form = 'a size such as "512MB", "2GiB" or a number of bytes';
  reportWrong(reader, placed.pointer, `"memory" must be ${form}, not ${showValue(value)}.`);
  return undefined;
}

function readPool(reader: StageReader, { pools, isIncomplete }: StageContext): string | undefined {
  const name = readText(reader, 'pool');
  const placed = placedOf(reader, 'pool');
  if (name === undefined || !placed || pools.has(name) || isIncomplete) return name;
  const help = 'Declare it under "pools", at the top of the file.';
  const about = { what: 'pool', name, suggestion: nearest(name, pools), help };
  reader.report(placed.pointer, (location) => catalog.unknownReference({ ...about, location }));
  return undefined;
}

/** What goes back must be in the store, so nothing of a member may be kept out of it. */
function readTransaction(reader: StageReader, cache: boolean, { outputs }: ResolvedOutputPorts): string | undefined {
  const name = readText(reader, 'transaction');
  if (name === undefined) return undefined;
  const uncached = (stage: string, placed: Placed | undefined) =>
    reader.report(placed?.pointer ?? reader.pointer('transaction'), (location) =>
      catalog.transactionUncached({ stage, transaction: name, location }),
    );
  const { id } = reader.declaration;
  if (!cache) uncached(id, placedOf(reader, 'cache'));
  for (const output of outputs)
    if (cache && output.cache && !toFlag(reader, output.cache, true)) uncached(id, output.cache);
  return name;
}

function readVersion(reader: StageReader): Json {
  const placed = reader.own('version');
  const value = placed && reader.value(placed);
  return typeof value === 'number' || typeof value === 'string' ? value : 1;
}

/** Those of `defaults` and the stage's own; each once, in that order. */
function readNames(reader: StageReader, name: string): string[] {
  const names = new Set<string>();
  for (const placed of [reader.fallback(name), reader.own(name)]) {
    if (!placed || !Array.isArray(placed.value)) continue;
    for (const { value, pointer } of reader.items(placed)) {
      if (typeof value === 'string') names.add(value);
      else
        reportWrong(reader, pointer, `An item of "${name}" must be text, not ${showValue(value)}.`, catalog.wrongType);
    }
  }
  return [...names];
}

function readLabels(reader: StageReader): Stage['labels'] {
  const labels: { [name: string]: string } = Object.create(null);
  for (const [name, placed] of reader.joined('labels')) {
    const made = reader.value(placed);
    if (made !== undefined) labels[name] = textOf(made);
  }
  return labels;
}

function readMetrics(reader: StageReader, outputs: ReadonlySet<string>): Stage['metrics'] {
  const metrics: { [name: string]: string } = Object.create(null);
  const placed = reader.own('metrics');
  for (const [name, value] of Object.entries(isMapping(placed?.value) ? placed.value : {})) {
    const pointer = reader.pointer('metrics', name);
    const made = reader.value({ value, pointer });
    if (typeof made !== 'string') continue;
    const port = made.split('#', 1)[0] ?? '';
    if (!outputs.has(port)) {
      const suggestion = nearest(port, outputs);
      const about = { what: 'output', name: port, of: 'This stage', suggestion };
      reader.report(pointer, (location) => catalog.unknownReference({ ...about, location }));
      continue;
    }
    metrics[name] = made;
  }
  return metrics;
}

function readNeeds(
  reader: StageReader,
  { idsOf, stageNames, isIncomplete }: StageContext,
  places: Map<string, Pointer | Location>,
): string[] {
  const { name, id: own } = reader.declaration;
  const placed = reader.own('needs');
  const found = new Map<string, Pointer>();
  for (const { value, pointer } of placed ? reader.items(placed) : []) {
    if (typeof value !== 'string') {
      reportWrong(
        reader,
        pointer,
        `An item of "needs" must be the name of a stage, not ${showValue(value)}.`,
        catalog.wrongType,
      );
      continue;
    }
    const ids = idsOf(value);
    if (!ids) {
      if (isIncomplete) continue;
      const whole = value.slice(0, Math.max(0, value.indexOf('@')));
      const isOne = idsOf(whole)?.every((id) => id === whole);
      const help = isOne ? `Only instances of a matrix can be named here: write ${quoteName(whole)}.` : undefined;
      const about = { what: 'stage', name: value, suggestion: help ? undefined : nearest(value, stageNames()), help };
      reader.report(pointer, (location) => catalog.unknownReference({ ...about, location }));
    } else if (value === name && own !== name) {
      reportWrong(reader, pointer, 'An instance cannot wait for all instances of its own stage.');
    } else for (const one of ids) if (!found.has(one)) found.set(one, pointer);
  }
  const needs = [...found.keys()].sort(compareText);
  for (const [index, id] of needs.entries()) places.set(key('needs', index), found.get(id) as Pointer);
  return needs;
}
