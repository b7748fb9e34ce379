/** `wrangle graph`: who makes what whom needs, for people and for other programs. */
import { graphDocument, printDocument } from '../../report/documents.ts';
import { graphDot, graphMermaid, graphText } from '../../report/graph-text.ts';
import { EXIT } from '../exit-code.ts';
import type { PlanFlags } from '../flags.ts';
import { printMistakes } from '../print-errors.ts';
import type { Session } from '../session.ts';
import { readParams, splitArguments, UsageError } from '../session.ts';

export async function graphCommand(
  session: Session,
  args: string[],
  flags: PlanFlags & { readonly format: string },
): Promise<number> {
  const { file, stages } = splitArguments(session, flags, args);
  if (stages.length > 0) throw new UsageError(`"graph" takes a pipeline, not ${JSON.stringify(stages[0])}.`);
  const { json, stdout, stderr } = session;
  const loaded = await session.workspace.graph({ file, params: await readParams(session, flags) });
  if (loaded.status === 'invalid') {
    printMistakes(loaded.mistakes, { json, out: stdout, err: stderr });
    return EXIT.usage;
  }
  const { graph } = loaded.frontEnd;
  const format = json ? 'json' : flags.format;
  if (format === 'json') stdout.write(printDocument(graphDocument(graph)));
  else if (format === 'dot') stdout.write(graphDot(graph));
  else if (format === 'mermaid') stdout.write(graphMermaid(graph));
  else stdout.write(graphText(graph, stdout.style));
  return EXIT.done;
}
