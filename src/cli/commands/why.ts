/** `wrangle why STAGE`: all causes why a stage is not fresh, or why several are. */
import { isPlainName } from '../../engine/plain-name.ts';
import { declaredId, isInstanceId } from '../../model/instance.ts';
import type { PlannedStage } from '../../model/plan.ts';
import { printDocument, whyDocument } from '../../report/documents.ts';
import { countOf, shellWord } from '../../report/format.ts';
import { itemsNote } from '../../report/plan-text.ts';
import { whyText } from '../../report/why-text.ts';
import { compareText } from '../../util/compare.ts';
import { quoteName } from '../../util/harmless-text.ts';
import { InternalError } from '../../util/internal-error.ts';
import { EXIT } from '../exit-code.ts';
import type { PlanFlags } from '../flags.ts';
import type { Session } from '../session.ts';
import { splitArguments, UsageError } from '../session.ts';
import { makePlan } from './plan.ts';

export async function whyCommand(session: Session, args: string[], flags: PlanFlags): Promise<number> {
  const { stages: named } = splitArguments(session, flags, args);
  const { select = [], exclude = [] } = flags;
  if (named.length + select.length + exclude.length === 0) {
    throw new UsageError('"why" takes a stage.', 'Write it as: wrangle why [FILE] STAGE');
  }
  const [wanted] = named;
  const isOne = named.length === 1 && select.length + exclude.length === 0;
  if (isOne && wanted !== undefined && isPlainName(wanted)) return whyOne(session, args, flags, wanted);
  // What leads to them was not asked for.
  const planned = await makePlan(
    session,
    args,
    { ...flags, select: [...named, ...select] },
    { isTruth: true, isExact: true },
  );
  if (typeof planned === 'number') return planned;
  const { json, stdout } = session;
  if (json) stdout.write(printDocument({ stages: planned.stages.map(whyDocument) }));
  else stdout.text(planned.stages.map((stage) => whyText(stage, stdout.style)).join('\n'));
  return EXIT.done;
}

async function whyOne(session: Session, args: string[], flags: PlanFlags, wanted: string): Promise<number> {
  const planned = await makePlan(session, args, flags);
  if (typeof planned === 'number') return planned;
  const stage = planned.stages.find(({ id }) => id === wanted);
  const instances = planned.stages.filter(({ id }) => id !== wanted && declaredId(id) === wanted);
  const [first] = instances.map(({ id }) => id).sort(compareText);
  if (!stage && first !== undefined) {
    const message = `${quoteName(wanted)} has ${countOf(instances.length, 'instance')}, and "why" takes one of them.`;
    const words = args.map((word) => shellWord(word === wanted ? first : word));
    const all = args.map((word) => shellWord(word === wanted ? `${wanted}@*` : word));
    throw new UsageError(
      message,
      `Name it, as in: wrangle why ${words.join(' ')}. For all of them: wrangle why ${all.join(' ')}`,
    );
  }
  const whole = isInstanceId(wanted) ? planned.stages.find(({ id }) => id === declaredId(wanted)) : undefined;
  if (!stage && whole) throw unknownInstance(wanted, whole);
  if (!stage) throw new InternalError(`no plan for stage ${wanted}`);
  const { json, stdout } = session;
  if (json) stdout.write(printDocument(whyDocument(stage)));
  else stdout.text(whyText(stage, stdout.style));
  return EXIT.done;
}

/** The list of its fan-out is yet to be made, or is wrong, or has no such item. */
function unknownInstance(wanted: string, { id, items, causes }: PlannedStage): UsageError {
  if (items)
    return new UsageError(
      `${quoteName(id)} has ${itemsNote(items.up_to, causes).replace(/^its items are/, 'items that are')}.`,
    );
  const [first] = causes;
  return new UsageError(first?.after ?? `Nothing is known of ${quoteName(wanted)}.`);
}
