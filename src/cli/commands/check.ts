/** `wrangle check`: every mistake at once; runs nothing, writes nothing. */
import { checkDocument, printDocument } from '../../report/documents.ts';
import { countOf } from '../../report/format.ts';
import { ofDiagnostics } from '../../report/github.ts';
import { EXIT } from '../exit-code.ts';
import type { PlanFlags } from '../flags.ts';
import { printMistakes } from '../print-errors.ts';
import type { Session } from '../session.ts';
import { readParams, splitArguments, UsageError } from '../session.ts';

export async function checkCommand(session: Session, args: string[], flags: PlanFlags): Promise<number> {
  const { file, stages } = splitArguments(session, flags, args);
  if (stages.length > 0) throw new UsageError(`"check" takes a pipeline, not ${JSON.stringify(stages[0])}.`);
  const { json, stdout, stderr } = session;
  const { frontEnd, mistakes } = await session.workspace.check({ file, params: await readParams(session, flags) });
  if (json) {
    stdout.write(printDocument(checkDocument(mistakes.diagnostics)));
    stderr.annotate(ofDiagnostics(mistakes.diagnostics));
  } else if (mistakes.diagnostics.length > 0) printMistakes(mistakes, { json, out: stdout, err: stderr });
  if (!frontEnd) return EXIT.usage;
  if (!json && session.verbosity !== 'quiet') {
    const { graph } = frontEnd;
    stdout.line(`${graph.pipeline.file} is sound: ${countOf(graph.stages.length, 'stage')}.`);
  }
  return EXIT.done;
}
