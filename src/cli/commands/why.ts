/** `wrangle why STAGE`: all causes why a stage is not fresh. */
import { printDocument, whyDocument } from '../../report/documents.ts';
import { whyText } from '../../report/why-text.ts';
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
  if (!stage) throw new InternalError(`no plan for stage ${wanted}`);
  const { json, stdout } = session;
  if (json) stdout.write(printDocument(whyDocument(stage)));
  else stdout.text(whyText(stage, stdout.style));
  return EXIT.done;
}
