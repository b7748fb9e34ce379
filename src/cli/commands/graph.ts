/** `wrangle graph`: who makes what whom needs, for people and for other programs. */
import { inducedGraph } from '../../graph/induced.ts';
import { graphDocument, printDocument } from '../../report/documents.ts';
import { graphDot, graphMermaid, graphText } from '../../report/graph-text.ts';
import { EXIT } from '../exit-code.ts';
import type { PlanFlags } from '../flags.ts';
import { printMistakes } from '../print-errors.ts';
import type { Session } from '../session.ts';
import { readParams, splitArguments } from '../session.ts';

export interface GraphFlags extends PlanFlags {
  readonly format: string;
  readonly states?: boolean;
}

export async function graphCommand(session: Session, args: string[], flags: GraphFlags): Promise<number> {
  const { file, stages: targets } = splitArguments(session, flags, args);
  const { json, stdout, stderr, workspace, verbosity } = session;
  const loaded = await workspace.graph({ file, params: await readParams(session, flags) });
  if (loaded.status === 'invalid') {
    printMistakes(loaded.mistakes, { json, out: stdout, err: stderr });
    return EXIT.usage;
  }
  const { frontEnd } = loaded;
  const { select = [], exclude = [] } = flags;
  const chosen = await workspace.choose(frontEnd, { targets, select, exclude, force: false });
  if (!chosen.ok) {
    printMistakes(chosen.mistakes, { json, out: stdout, err: stderr });
    return EXIT.usage;
  }
  for (const note of chosen.notes) stderr.line(note);
  const graph = inducedGraph(frontEnd.graph, chosen.selected);
  const states = flags.states ? await workspace.states(frontEnd) : undefined;
  const format = json ? 'json' : flags.format;
  if (format === 'json') stdout.write(printDocument(graphDocument(graph, states)));
  else if (format === 'dot') stdout.write(graphDot(graph, states));
  else if (format === 'mermaid') stdout.write(graphMermaid(graph, states));
  else if (graph.stages.length > 0) {
    stdout.write(graphText(graph, { style: stdout.style, states, verbose: verbosity === 'verbose' }));
  }
  return EXIT.done;
}
