// Stages, pipelines and places in files, for tests of the steps after the language. Knows nothing of YAML.
import type { Location } from '../../src/model/location.ts';
import type { InputItem, InputPort, OutputPort, Pipeline, Stage } from '../../src/model/pipeline.ts';
import { STAGE_DEFAULTS } from '../../src/model/stage-defaults.ts';
import { compareText } from '../../src/util/compare.ts';

export interface StageParts extends Partial<Omit<Stage, 'id' | 'inputs' | 'outputs'>> {
  /** Port -> path, or paths of a list; a trailing slash makes a folder, a wildcard a glob. */
  readonly inputs?: Readonly<Record<string, string | readonly string[]>>;
  readonly outputs?: Readonly<Record<string, string | readonly string[]>>;
  /** For all output ports. */
  readonly port?: Partial<Pick<OutputPort, 'cache' | 'expect' | 'in_place'>>;
}

/** A stage with a command that does not matter. */
export function makeStage(id: string, parts: StageParts = {}): Stage {
  const { inputs = {}, outputs = {}, port = {}, ...rest } = parts;
  return {
    id,
    origin: locationOf(id),
    action: { kind: 'shell', shell: 'bash', command: ['true'] },
    ...STAGE_DEFAULTS,
    inputs: ports(inputs).map(([name, list, paths]): InputPort => ({ name, list, items: paths.map(inputItem) })),
    outputs: ports(outputs).map(
      ([name, list, paths]): OutputPort => ({
        name,
        list,
        cache: true,
        in_place: false,
        ...port,
        items: paths.map((path) => ({ kind: path.endsWith('/') ? 'folder' : 'file', path: path.replace(/\/$/, '') })),
      }),
    ),
    version: null,
    ...rest,
  };
}

export function makePipeline(stages: readonly Stage[]): Pipeline {
  return { file: 'pipeline.yaml', params: {}, stages };
}

/** A place that tells the stage and the pointer apart from all others. */
export function locationOf(stage: string, pointer: readonly (string | number)[] = []): Location {
  return { file: `${[stage, ...pointer].join('.')}`, line: 1, column: 1, end_line: 1, end_column: 2 };
}

function ports(
  declared: Readonly<Record<string, string | readonly string[]>>,
): [name: string, list: boolean, paths: readonly string[]][] {
  return Object.entries(declared)
    .sort(([a], [b]) => compareText(a, b))
    .map(([name, paths]) => [name, typeof paths !== 'string', typeof paths === 'string' ? [paths] : paths]);
}

function inputItem(path: string): InputItem {
  if (/[*?[{]/.test(path)) return { kind: 'glob', path };
  return { kind: path.endsWith('/') ? 'folder' : 'file', path: path.replace(/\/$/, '') };
}
