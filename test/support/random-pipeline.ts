/**
 * Random pipelines whose results can be computed without running them. Every stage joins what it reads; each makes one
 * output, which is a file, a folder with one file in it, or a file that its command writes in place.
 */
import fc from 'fast-check';
import { compareText } from '../../src/util/compare.ts';
import { outputsOf, readInputs, type StageSpec } from './engine-project.ts';
import type { FakeProcess } from './fake-command-runner.ts';

type Shape = 'file' | 'folder' | 'in-place';

export interface Node {
  /** What it is known by in its output, whatever the stage is called. */
  readonly label: string;
  readonly shape: Shape;
  /** It only tells whether its input is odd, so that many changes end at it. */
  readonly coarse: boolean;
  /** Numbers of sources and of earlier stages. */
  readonly sources: readonly number[];
  readonly reads: readonly { readonly stage: number; readonly by: 'path' | 'around' | 'glob' }[];
}

/** Sources are numbered from 0. */
export const SOURCES = 3;

export const pipelines = (stagesMax: number): fc.Arbitrary<Node[]> =>
  fc
    .array(
      fc.record({
        shape: fc.constantFrom<Shape>('file', 'file', 'folder', 'in-place'),
        coarse: fc.boolean(),
        sources: fc.uniqueArray(fc.nat(SOURCES - 1), { maxLength: 2 }),
        reads: fc.uniqueArray(
          fc.record({
            stage: fc.nat(stagesMax - 1),
            by: fc.constantFrom('path' as const, 'around' as const, 'glob' as const),
          }),
          { maxLength: 3, selector: ({ stage }) => stage },
        ),
      }),
      { minLength: 2, maxLength: stagesMax },
    )
    .map((rows) =>
      rows.map((row, at) => ({ ...row, label: `s${at}`, reads: row.reads.filter(({ stage }) => stage < at) })),
    );

export const sourceOf = (at: number) => `src/${at}.txt`;
export const outputOf = ({ label, shape }: Node) => `out/${label}/${shape === 'folder' ? 'd' : 'f.txt'}`;
/** Where the bytes are: in a folder output, in the one file that `compute` writes. */
export const dataOf = (node: Node) => (node.shape === 'folder' ? `${outputOf(node)}/data` : outputOf(node));

/** The stage as it is declared. */
export function specOf(node: Node, nodes: readonly Node[], version: number): StageSpec {
  const inputs: Record<string, string> = {};
  for (const at of node.sources) inputs[`a${at}`] = sourceOf(at);
  for (const { stage, by } of node.reads) {
    const from = nodes[stage] as Node;
    const path = from.shape === 'folder' ? `${outputOf(from)}/` : outputOf(from);
    inputs[`b${stage}`] = by === 'path' ? path : by === 'around' ? `out/${from.label}/` : `out/${from.label}/**/*`;
  }
  return {
    inputs,
    outputs: { o: `${outputOf(node)}${node.shape === 'folder' ? '/' : ''}` },
    version,
    ...(node.shape === 'in-place' ? { run: 'make it' } : {}),
  };
}

/** The contents of a stage's output; `marks` is all that it depends on beside its inputs. */
function compute(node: Node, marks: string, inputs: readonly string[]): string {
  return `${node.label}.${marks}(${node.coarse ? inputs.join('').length % 2 : inputs.join(',')})`;
}

/** What the command of a stage does; `meanwhile` is called when it has read its inputs. */
export function carryOut(process: FakeProcess, node: Node, marks: string, meanwhile?: () => void): 'done' {
  const text = compute(node, marks, readInputs(process));
  meanwhile?.();
  const [path = ''] = outputsOf(process);
  process.writes({ [node.shape === 'folder' ? `${path}/data` : path]: text }).exit(0);
  return 'done';
}

/** Per stage, the contents of its output and a key that is the same when it is made from the same. */
export function expectedOf(
  nodes: readonly Node[],
  sources: ReadonlyMap<number, string>,
  marksOf: (at: number) => string,
): { readonly text: string; readonly key: string }[] {
  const made: { text: string; key: string }[] = [];
  for (const [at, node] of nodes.entries()) {
    // In the order of the names of their ports.
    const inputs = [
      ...[...node.sources].sort().map((one) => sources.get(one) ?? ''),
      ...[...node.reads]
        .sort((a, b) => compareText(`${a.stage}`, `${b.stage}`))
        .map(({ stage }) => made[stage]?.text ?? ''),
    ];
    const marks = marksOf(at);
    made.push({ text: compute(node, marks, inputs), key: JSON.stringify([at, marks, inputs]) });
  }
  return made;
}

/** The stage and all that it needs. */
export function neededBy(nodes: readonly Node[], target: number): Set<number> {
  const wanted = new Set([target]);
  for (let at = target; at >= 0; at--) {
    if (wanted.has(at)) for (const { stage } of nodes[at]?.reads ?? []) wanted.add(stage);
  }
  return wanted;
}
