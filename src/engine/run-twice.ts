/** `--check-determinism`: which stages run twice, and those that cannot. */
import { cannotRunTwice } from '../diagnostics/catalog.ts';
import type { InstanceChoice } from '../graph/stage-set.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { StageGraph } from '../model/graph.ts';
import { declaredId } from '../model/instance.ts';
import type { Stage } from '../model/pipeline.ts';
import type { StageStates } from '../model/stage-state.ts';
import type { WorkspaceState } from '../plan/workspace-state.ts';
import type { BuildContext } from '../run/build-context.ts';
import type { BuildRequest } from './build-request.ts';
import type { Mistakes } from './loaded.ts';
import type { SelectionRequest } from './selection.ts';
import { choose } from './selection.ts';

export interface RunTwice {
  /** Places of declared stages. */
  readonly stages: ReadonlySet<number>;
  /** By fan-out, some of its instances. */
  readonly instances: ReadonlyMap<string, InstanceChoice>;
}

type Asked = Pick<BuildRequest, 'targets' | 'select' | 'exclude' | 'force' | 'checkDeterminism'>;

type Twice =
  | { readonly ok: true; readonly twice: RunTwice | undefined }
  | { readonly ok: false; readonly mistakes: Mistakes };

/** Undefined: none is asked for. Errors: names of no stage, and stages that are named although they cannot run twice. */
export async function selectTwice(
  graph: StageGraph,
  { checkDeterminism: asked = false, ...request }: Asked,
  states: () => Promise<StageStates>,
): Promise<Twice> {
  if (asked === false) return { ok: true, twice: undefined };
  const selection = await choose(graph, { ...request, force: asked }, states);
  if (!selection.ok) return selection;
  const { forced: stages, forcedOnly: instances } = selection;
  const named = asked === true ? [] : [...stages].map((at) => graph.stages[at] as Stage);
  const diagnostics = named.flatMap((stage): Diagnostic[] => {
    const why = whyNotTwice(stage);
    return why ? [cannotRunTwice({ stage: stage.id, ...why })] : [];
  });
  if (diagnostics.length > 0) return { ok: false, mistakes: { diagnostics, texts: new Map() } };
  return { ok: true, twice: { stages, instances } };
}

/** What runs twice runs, whatever its state. */
export function withForced<Request extends Asked & SelectionRequest>(request: Request): Request {
  const { force, checkDeterminism: asked = false } = request;
  if (asked === false || force === true) return request;
  return { ...request, force: asked === true || force === false ? asked : [...force, ...asked] };
}

/** For the build. A stage that was not named and cannot run twice runs once, and says why. */
export function runsTwice({ graph, fanOuts }: WorkspaceState, twice: RunTwice | undefined): BuildContext['runsTwice'] {
  if (!twice) return () => false;
  return (at) => {
    const stage = graph.stages[at] as Stage;
    if (!twice.stages.has(fanOuts?.fanOutOf(at) ?? at) && !twice.instances.get(declaredId(stage.id))?.has(stage.id))
      return false;
    const why = whyNotTwice(stage);
    return why ? `It is not run twice, because ${why.reason}.` : stage.outputs.length > 0;
  };
}

/** `reason` is a clause, `help` a sentence. */
function whyNotTwice({ outputs, vote }: Stage): { readonly reason: string; readonly help: string } | undefined {
  if (vote) {
    const help = 'Write "vote": false to see whether one attempt makes the same as another.';
    return { reason: 'its attempts vote, since they are known to differ', help };
  }
  const port = outputs.find(({ in_place }) => in_place);
  if (!port) return undefined;
  return {
    reason: `it writes its output ${JSON.stringify(port.name)} in place, and has one place only`,
    help: `A command that names its output as \${{ outputs.${port.name} }} is told where to write it, and can be.`,
  };
}
