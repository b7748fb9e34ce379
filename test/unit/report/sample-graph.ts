// A small graph for the tests of what prints graphs.
import type { StageGraph } from '../../../src/model/graph.ts';
import type { InputPort, OutputPort, Stage, StageAction } from '../../../src/model/pipeline.ts';
import { STAGE_DEFAULTS } from '../../../src/model/stage-defaults.ts';

export function stage(
  id: string,
  action: StageAction,
  inputs: InputPort[],
  outputs: OutputPort[],
  needs: string[] = [],
): Stage {
  return {
    id,
    origin: { file: 'pipelines/full.yaml', line: 1, column: 1, end_line: 1, end_column: 2 },
    action,
    ...STAGE_DEFAULTS,
    inputs,
    outputs,
    needs,
    version: null,
    tags: id === 'report' ? ['nightly'] : [],
  };
}

export function input(name: string, kind: 'file' | 'folder' | 'glob', ...paths: string[]): InputPort {
  return { name, list: kind === 'glob' || paths.length > 1, items: paths.map((path) => ({ kind, path })) };
}

export function output(name: string, kind: 'file' | 'folder', ...paths: string[]): OutputPort {
  return { name, list: paths.length > 1, items: paths.map((path) => ({ kind, path })), cache: true, in_place: false };
}

const COMMAND: StageAction = {
  kind: 'shell',
  shell: 'bash',
  command: ['cat ', { expr: 'inputs.csv', quote: 'bare' }, ' > ', { expr: 'outputs.md', quote: 'bare' }],
};

export const GRAPH: StageGraph = {
  pipeline: { file: 'pipelines/full.yaml', params: {} },
  stages: [
    stage(
      'clean',
      {
        kind: 'type',
        type: 'tabular/query',
        with: { map: { sql: { template: ['select ', { expr: 'inputs.data', quote: 'none' }] } } },
      },
      [input('data', 'file', 'data/a.csv')],
      [output('csv', 'file', 'build/clean.csv'), output('rejects', 'folder', 'build/rejects')],
    ),
    stage('report', COMMAND, [input('csv', 'file', 'build/clean.csv')], [output('md', 'file', 'build/"report".md')]),
    stage(
      'publish',
      { kind: 'argv', argv: [['cp'], ['-r'], [{ expr: 'inputs.all', quote: 'none' }]] },
      [input('all', 'glob', 'build/rej*/*.csv')],
      [output('site', 'folder', 'site')],
      ['report'],
    ),
  ],
  producers: [[], [0], [0, 1]],
  consumers: [[1, 2], [2], []],
  item_producers: [[[]], [[0]], [[0]]],
};
