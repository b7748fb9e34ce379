// Whatever is done to a workspace, a build makes what a clean build would make, and runs no more than it must.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EngineProject } from '../support/engine-project.ts';
import type { Node } from '../support/random-pipeline.ts';
import {
  carryOut,
  dataOf,
  expectedOf,
  neededBy,
  outputOf,
  pipelines,
  SOURCES,
  sourceOf,
  specOf,
} from '../support/random-pipeline.ts';

type Step =
  | { readonly do: 'edit'; readonly at: number; readonly text: string }
  | { readonly do: 'touch' | 'version' | 'delete' | 'spoil' | 'force' | 'damage' | 'target'; readonly at: number }
  | { readonly do: 'lose-index' | 'lose-store' | 'build' | 'reboot' };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constant<Step>({ do: 'build' }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('edit' as const),
        at: fc.nat(SOURCES - 1),
        text: fc.constantFrom('x', 'y', 'zz'),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constantFrom('touch' as const, 'version', 'delete', 'spoil', 'force', 'damage', 'target'),
        at: fc.nat(7),
      }),
    },
    { weight: 1, arbitrary: fc.constantFrom<Step>({ do: 'lose-index' }, { do: 'lose-store' }, { do: 'reboot' }) },
  ),
  { minLength: 3, maxLength: 12 },
);

/** What a clean build would make, and what is known to be in the store. */
class Oracle {
  readonly sources = new Map<number, string>();
  readonly versions: number[];
  readonly nodes: readonly Node[];
  /** What was made by which stage from which inputs. */
  readonly stored = new Set<string>();
  /** Contents whose blob was damaged since it was written. */
  readonly damaged = new Set<string>();

  constructor(nodes: readonly Node[]) {
    this.nodes = nodes;
    this.versions = nodes.map(() => 1);
    for (let at = 0; at < SOURCES; at++) this.sources.set(at, 'x');
  }

  expected() {
    return expectedOf(this.nodes, this.sources, (at) => String(this.versions[at]));
  }
}

test('property: the result is that of a clean build, by no more than what had to run; then nothing runs', async () => {
  await fc.assert(
    fc.asyncProperty(pipelines(8), steps, fc.constantFrom(1, 2, 8), async (nodes, todo, jobs) => {
      const project = new EngineProject();
      const oracle = new Oracle(nodes);
      const writePipeline = () =>
        project.pipeline(
          Object.fromEntries(nodes.map((node, at) => [node.label, specOf(node, nodes, oracle.versions[at] as number)])),
        );
      for (const [at, text] of oracle.sources) project.write({ [sourceOf(at)]: text });
      writePipeline();

      const build = async (options: { force?: string[]; targets?: string[] } = {}) => {
        const asked = options.targets?.map((id) => Number(id.slice(1)))[0];
        const selected = asked === undefined ? new Set(nodes.keys()) : neededBy(nodes, asked);
        const expected = oracle.expected();
        const mayRun = new Set(
          [...selected].filter((at) => {
            const { key, text } = expected[at] as (typeof expected)[number];
            const isThere = project.read(dataOf(nodes[at] as Node)) === text;
            return (
              !oracle.stored.has(key) || options.force?.includes(`s${at}`) || (!isThere && oracle.damaged.has(text))
            );
          }),
        );
        const run = await project.build({
          ...options,
          jobs,
          behave: (process) => {
            const at = Number(process.stage.slice(1));
            return carryOut(process, nodes[at] as Node, String(oracle.versions[at]));
          },
        });
        for (const at of selected) {
          const { key, text } = expected[at] as (typeof expected)[number];
          expect(project.read(dataOf(nodes[at] as Node)), `output of s${at}`).toBe(text);
          if (run.started.includes(`s${at}`)) {
            oracle.stored.add(key);
            oracle.damaged.delete(text);
          }
        }
        const ran = run.started.map((id) => Number(id.slice(1))).sort();
        expect(new Set(ran).size, 'each stage runs once').toBe(ran.length);
        expect(
          ran.filter((at) => !mayRun.has(at)),
          'stages that ran for nothing',
        ).toEqual([]);
        for (const force of options.force ?? []) expect(run.started).toContain(force);
      };

      for (const step of todo) {
        const at = 'at' in step ? step.at % nodes.length : 0;
        const node = nodes[at] as Node;
        if (step.do === 'build') await build();
        else if (step.do === 'force') await build({ force: [node.label] });
        else if (step.do === 'target') await build({ targets: [node.label] });
        else if (step.do === 'edit') {
          oracle.sources.set(step.at, step.text);
          project.write({ [sourceOf(step.at)]: step.text });
        } else if (step.do === 'touch')
          project.write({ [sourceOf(at % SOURCES)]: oracle.sources.get(at % SOURCES) ?? '' });
        else if (step.do === 'version') {
          oracle.versions[at] = ((oracle.versions[at] as number) % 3) + 1;
          writePipeline();
        } else if (step.do === 'delete') project.fs.remove(`/w/${outputOf(node)}`);
        else if (step.do === 'spoil') project.write({ [dataOf(node)]: `spoilt ${at}` });
        else if (step.do === 'damage') {
          for (const [path, text] of Object.entries(project.fs.tree('/w/.wrangle/store'))) {
            if (!path.startsWith('cas/') || !text.startsWith(`${node.label}.`)) continue;
            oracle.damaged.add(text);
            project.fs.write({ [`/w/.wrangle/store/${path}`]: `#${text.slice(1)}` });
          }
        } else if (step.do === 'lose-index') project.fs.remove('/w/.wrangle/index');
        else if (step.do === 'reboot') project.bootId += '+';
        else {
          project.fs.remove('/w/.wrangle/store');
          oracle.stored.clear();
          oracle.damaged.clear();
        }
      }

      await build();
      const again = await project.build();
      expect(again.started).toEqual([]);
      expect(Object.values(again.outcomes).filter((outcome) => outcome !== 'fresh')).toEqual([]);
    }),
    { numRuns: 60 },
  );
});
