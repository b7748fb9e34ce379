/** `wrangle why STAGE`: all causes why a stage is not fresh. */
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
  const [wanted] = named;
  if (wanted === undefined || named.length > 1) {
    throw new UsageError('"why" takes one stage.', 'Write it as: wrangle why [FILE] STAGE');
  }
  const planned = await makePlan(session, args, flags);
  if (typeof planned === 'number') return planned;
  const stage = planned.stages.find(({ id }) => id === wanted);
  const instances = planned.stages.filter(({ id }) => id !== wanted && declaredId(id) === wanted);
  const [first] = instances.map(({ id }) => id).sort(compareText);
  if (!stage && first !== undefined) {
    const message = `${quoteName(wanted)} has ${countOf(instances.length, 'instance')}, and "why" takes one of them.`;
    const words = args.map((word) => shellWord(word === wanted ? first : word));
    throw new UsageError(message, `Name it, as in: wrangle why ${words.join(' ')}`);
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
