/** `wrangle why STAGE`: all causes why a stage is not fresh. */
import { declaredId } from '../../model/instance.ts';
import { printDocument, whyDocument } from '../../report/documents.ts';
import { countOf, shellWord } from '../../report/format.ts';
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
  if (!stage) throw new InternalError(`no plan for stage ${wanted}`);
  const { json, stdout } = session;
  if (json) stdout.write(printDocument(whyDocument(stage)));
  else stdout.text(whyText(stage, stdout.style));
  return EXIT.done;
}
