/** `fallback`: other ways to make the outputs of a stage, each with what it has of its own. */
import * as catalog from '../diagnostics/catalog.ts';
import type { OutputPort, StageAction, Strategy } from '../model/pipeline.ts';
import { PRIMARY } from '../model/strategy.ts';
import type { Json } from '../util/canonical-json.ts';
import { readDuration } from './read-values.ts';
import type { ReferredOutput } from './references.ts';
import type { ActionContext, ResolvedAction } from './resolve-action.ts';
import { resolveAction } from './resolve-action.ts';
import { readExitCodes, readRetry } from './resolve-retry.ts';
import { readVote } from './resolve-vote.ts';
import { readWhen } from './resolve-when.ts';
import type { StageReader } from './stage-reader.ts';
import { isMapping } from './stage-reader.ts';

export interface ResolvedFallback {
  readonly strategies: readonly Strategy[];
  /** Outputs of other stages that they refer to. */
  readonly referredStages: readonly ReferredOutput[];
  /** Of those with a stage type and nothing beside it. */
  readonly uses: readonly StageAction[];
}

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

/** Undefined for a stage without. Errors: `invalid-name`, `same-strategy`, `missing-key`, those of what a stage runs. */
export function readFallback(
  reader: StageReader,
  context: ActionContext,
  outputs: readonly Pick<OutputPort, 'name'>[],
): ResolvedFallback | undefined {
  const placed = reader.own('fallback');
  if (!Array.isArray(placed?.value)) return undefined;
  const referredStages: ReferredOutput[] = [];
  const strategies: Strategy[] = [];
  const uses: StageAction[] = [];
  const names = new Set<string>([PRIMARY]);
  for (const [index, value] of (placed.value as readonly Json[]).entries()) {
    if (!isMapping(value)) continue;
    const own = reader.within({ value, pointer: [...placed.pointer, index] });
    const name = readName(own, index, names);
    const resolved = resolveAction(own, { ...context, of: 'A strategy' });
    const when = readWhen(own);
    const timeout = readDuration(own, own.own('timeout') ?? own.fallback('timeout'), 'more than zero');
    const retry = readRetry(own);
    const vote = readVote(own, { outputs: outputs.map(({ name }) => ({ name, in_place: isInPlace(name, resolved) })) });
    if (!own.own('run')) uses.push(resolved.action);
    referredStages.push(...resolved.referredStages);
    strategies.push({
      name,
      ...(when === undefined ? {} : { when }),
      action: resolved.action,
      env: resolved.env,
      ...(timeout === undefined ? {} : { timeout_ms: timeout }),
      ...(retry === undefined ? {} : { retry }),
      ...(vote === undefined ? {} : { vote }),
      exit_codes: readExitCodes(own),
      in_place: outputs.flatMap((port) => (isInPlace(port.name, resolved) ? [port.name] : [])),
    });
  }
  return { strategies, referredStages, uses };
}

/** Whether the command writes the port at its final path, since nothing in it refers to the port. */
export function isInPlace(port: string, { action, referredOutputs }: ResolvedAction): boolean {
  return action.kind !== 'type' && referredOutputs !== 'all' && !referredOutputs.has(port);
}

function readName(reader: StageReader, index: number, names: Set<string>): string {
  const placed = reader.own('name');
  const value = placed && reader.value(placed);
  const name = typeof value === 'string' ? value : `fallback-${index + 1}`;
  const pointer = placed?.pointer ?? reader.pointer();
  if (!NAME.test(name)) {
    const rule = 'A name has letters, digits, "_", "-" and ".", and begins with a letter, a digit or "_".';
    reader.report(pointer, (location) => catalog.invalidName({ what: 'a strategy', name, rule, location }));
  } else if (names.has(name)) {
    reader.report(pointer, (location) => catalog.sameStrategy({ name, isPrimary: name === PRIMARY, location }));
  }
  names.add(name);
  return name;
}
