/** Which outputs a build was for: those that none of its stages reads. Pure; looks at the graph only. */
import type { StageGraph } from '../model/graph.ts';
import { declaredId } from '../model/instance.ts';
import type { InputItem, OutputItem, Stage } from '../model/pipeline.ts';
import { mayMeet, starsOfGlob } from '../util/star-pattern.ts';

/** An output with the stage that makes it. */
export interface FinalPath extends OutputItem {
  /** Id. */
  readonly stage: string;
  /** Of a fan-out, where the path is a pattern: what its instances made, by their ids. */
  readonly made?: readonly { readonly stage: string; readonly path: string }[];
}

/** In the order of the graph's stages, of those that took part. */
export function findFinalOutputs(graph: StageGraph, tookPart: ReadonlySet<string>): FinalPath[] {
  const readers = new Map<number, InputItem[]>();
  // A fan-out has no part of its own in a run: its instances have.
  const declared = new Set([...tookPart].map(declaredId));
  const hasPart = ({ id, foreach }: Stage) => (foreach ? declared : tookPart).has(id);
  const note = (maker: number, item: InputItem) => {
    const known = readers.get(maker);
    if (known) known.push(item);
    else readers.set(maker, [item]);
  };
  for (const [at, stage] of graph.stages.entries()) {
    if (!hasPart(stage) || stage.item) continue;
    for (const [flat, { path }] of (stage.foreach?.in.items ?? []).entries()) {
      for (const maker of graph.list_producers?.[at]?.[flat] ?? []) note(maker, { kind: 'file', path });
    }
    for (const [flat, item] of stage.inputs.flatMap((port) => port.items).entries()) {
      for (const maker of graph.item_producers[at]?.[flat] ?? []) {
        note(maker, item);
      }
    }
  }
  const instances = instancesOf(graph, tookPart);
  return graph.stages.flatMap((stage, at) => {
    // What an instance makes is among what its fan-out does.
    if (!hasPart(stage) || stage.item) return [];
    const outputs = stage.outputs.flatMap((port) => port.items);
    return outputs.flatMap((output, flat) => {
      if (readers.get(at)?.some((item) => reads(item, output))) return [];
      const { kind, path } = output;
      if (!stage.foreach) return [{ stage: stage.id, kind, path }];
      const made = (instances.get(stage.id) ?? []).flatMap((one) => {
        const of = one.outputs.flatMap((port) => port.items)[flat];
        return of ? [{ stage: one.id, path: of.path }] : [];
      });
      return made.length === 0 ? [] : [{ stage: stage.id, kind, path, made }];
    });
  });
}

/** Of each fan-out, in the order of its list. */
function instancesOf({ stages }: StageGraph, tookPart: ReadonlySet<string>): ReadonlyMap<string, readonly Stage[]> {
  const instances = new Map<string, Stage[]>();
  for (const stage of stages) {
    if (!stage.item || !tookPart.has(stage.id)) continue;
    const known = instances.get(stage.item.stage);
    if (known) known.push(stage);
    else instances.set(stage.item.stage, [stage]);
  }
  return instances;
}

/** The edge is there already; of a stage with several outputs this says which of them it is about. */
function reads({ kind, path, template }: InputItem, output: OutputItem): boolean {
  if (template || output.template) {
    const wanted = kind === 'glob' ? starsOfGlob(path) : path;
    return mayMeet(wanted, output.path) || mayMeet(`${wanted}/*`, output.path) || mayMeet(wanted, `${output.path}/*`);
  }
  if (kind !== 'glob') {
    return path === output.path || output.path.startsWith(`${path}/`) || path.startsWith(`${output.path}/`);
  }
  const base = path.slice(0, path.search(/[*?[{]/));
  const end = path.slice(Math.max(...['*', '?', ']', '}'].map((wildcard) => path.lastIndexOf(wildcard))) + 1);
  if (output.kind === 'folder') return output.path.startsWith(base) || base.startsWith(`${output.path}/`);
  return output.path.startsWith(base) && output.path.endsWith(end);
}
