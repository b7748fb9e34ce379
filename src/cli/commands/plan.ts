/** `wrangle plan` and `wrangle status`: what would run and why; look, change nothing. */
import { findOrphans } from '../../engine/clean.ts';
import { stageMemories } from '../../engine/stage-memory.ts';
import type { Planned, PlanRequest } from '../../engine/workspace.ts';
import type { StageMemory } from '../../model/plan.ts';
import { errorDocument, isUpToDate, planDocument, printDocument, statusDocument } from '../../report/documents.ts';
import { planText } from '../../report/plan-text.ts';
import { statusText } from '../../report/status-text.ts';
import { EXIT } from '../exit-code.ts';
import type { PlanFlags } from '../flags.ts';
import { printMistakes } from '../print-errors.ts';
import type { Session } from '../session.ts';
import { parseCache, parseForce, readParams, splitArguments } from '../session.ts';

export async function planCommand(session: Session, args: string[], flags: PlanFlags): Promise<number> {
  const planned = await makePlan(session, args, flags);
  if (typeof planned === 'number') return planned;
  const { stages, graph } = planned;
  const { json, stdout, verbosity } = session;
  const options = { style: stdout.style, verbose: verbosity === 'verbose', width: stdout.width };
  if (json) stdout.write(printDocument(planDocument(graph.pipeline.file, stages)));
  else stdout.text(planText(graph.pipeline.file, stages, options));
  return EXIT.done;
}

export async function statusCommand(
  session: Session,
  args: string[],
  flags: PlanFlags & { readonly exitCode?: boolean },
): Promise<number> {
  const planned = await makePlan(session, args, flags, { isTruth: true });
  if (typeof planned === 'number') return planned;
  const { graph, open } = planned;
  const memories = stageMemories(planned);
  const stages = planned.stages.map((stage, at) => ({ ...stage, ...(memories[at] as StageMemory) }));
  const orphans = findOrphans(open);
  const { json, stdout, stderr, verbosity, ports } = session;
  const verbose = verbosity === 'verbose';
  const options = { style: stdout.style, verbose, width: stdout.width, nowMs: ports.clock.nowMs() };
  const builder = ports.lock.holder(open.layout.lock);
  if (builder && !json) {
    const who = `process ${builder.pid}, since ${builder.started_at}`;
    stderr.line(
      `A build goes on (${who}): this is how far it is. What it publishes right now is shown as interrupted.`,
    );
  }
  if (json) stdout.write(printDocument(statusDocument(graph.pipeline.file, stages, orphans)));
  else stdout.text(statusText(graph.pipeline.file, stages, orphans, options));
  return flags.exitCode && !isUpToDate(stages) ? EXIT.stale : EXIT.done;
}

/** The plan, or the exit code when there is none. `isTruth`: see `PlanRequest`; `isExact`: words are no goals of their own. */
export async function makePlan(
  session: Session,
  args: readonly string[],
  flags: PlanFlags,
  { isTruth = false, isExact = false } = {},
): Promise<Extract<Planned, { status: 'planned' }> | number> {
  const { file, stages } = splitArguments(session, flags, args);
  const request: PlanRequest = {
    file,
    targets: isExact ? [] : stages,
    select: flags.select ?? [],
    exclude: flags.exclude ?? [],
    isTruth,
    params: await readParams(session, flags),
    cache: parseCache(flags.cache),
    force: parseForce(flags.force),
  };
  const planned = await session.workspace.plan(request);
  const { json, stdout, stderr } = session;
  if (planned.status === 'invalid') {
    printMistakes(planned.mistakes, { json, out: stdout, err: stderr });
    return EXIT.usage;
  }
  if (planned.status === 'environment') {
    if (json) stdout.write(printDocument(errorDocument('environment', planned.message)));
    else stderr.line(planned.message);
    return EXIT.environment;
  }
  for (const note of planned.notes) stderr.line(note);
  return planned;
}
