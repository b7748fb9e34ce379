/**
 * Whether a stage's `when` holds, once those whose metrics it speaks of are done. Loads CEL only where there is something
 * to work out.
 */
import type { Stage } from '../model/pipeline.ts';
import type { Json } from '../util/canonical-json.ts';
import { quoteName } from '../util/harmless-text.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import type { CelExpression } from './cel.ts';

export type Metrics = { readonly [name: string]: Json };

/** What a stage measured; undefined where nothing is known. */
export type MetricsOf = (stage: string) => Metrics | undefined;

/** Errors: what is wrong with it, as a sentence. */
export async function checkWhen(
  { when, item }: Pick<Stage, 'when' | 'item'>,
  metricsOf: MetricsOf,
): Promise<Result<boolean, string>> {
  if (!when) return ok(when === undefined);
  const { toCel } = await import('./cel.ts');
  const parsed = await parse(when.expr);
  if (!parsed.ok) return err(`Its "when" does not work: ${parsed.error}.`);
  const stages: { [id: string]: Json } = Object.create(null);
  for (const id of when.stages) stages[id] = { metrics: metricsOf(id) ?? {} };
  const value = parsed.value.evaluate({ stages: toCel(stages), ...(item && { item: toCel(item.value) }) });
  if (!value.ok) return err(`Its "when" does not work: ${missing(parsed.value, metricsOf) ?? value.error}.`);
  if (typeof value.value === 'boolean') return ok(value.value);
  return err(`Its "when" must come to true or false, not to ${JSON.stringify(value.value)}.`);
}

/** The instances of a fan-out all ask the same. */
let last: { readonly source: string; readonly parsed: Result<CelExpression, string> } | undefined;

async function parse(source: string): Promise<Result<CelExpression, string>> {
  const { parseCel } = await import('./cel.ts');
  if (last?.source !== source) last = { source, parsed: parseCel(source) };
  return last.parsed;
}

/** What it speaks of and has no value: that says more than what CEL then says. */
function missing({ references }: CelExpression, metricsOf: MetricsOf): string | undefined {
  const asked = new Set(references.filter(({ optional }) => optional).map(({ path }) => path.join('\0')));
  for (const { path } of references) {
    const [root, stage = '', , name] = path;
    if (root !== 'stages' || name === undefined || asked.has(path.join('\0'))) continue;
    const metrics = metricsOf(stage) ?? {};
    const names = Object.keys(metrics).map((known) => quoteName(known));
    if (!Object.hasOwn(metrics, name)) {
      const others = names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`;
      return `stage ${quoteName(stage)} has no metric ${quoteName(name)} (${others})`;
    }
    if (metrics[name] === null) return `the metric ${quoteName(name)} of stage ${quoteName(stage)} is null`;
  }
  return undefined;
}
