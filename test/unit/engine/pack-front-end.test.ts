/** What is stored of a front end is the front end: nothing is lost on the way, whatever a stage declares. */
import { expect, test } from 'vitest';
import type { FrontEnd } from '../../../src/engine/loaded.ts';
import { packFrontEnd, unpackFrontEnd } from '../../../src/engine/pack-front-end.ts';
import { neighboursOf } from '../../../src/model/graph.ts';
import type { Stage } from '../../../src/model/pipeline.ts';
import { STAGE_DEFAULTS } from '../../../src/model/stage-defaults.ts';

const PLAIN: Stage = {
  ...STAGE_DEFAULTS,
  id: 'plain',
  origin: { file: 'p.yaml', line: 3, column: 3, end_line: 3, end_column: 8 },
  action: { kind: 'shell', shell: 'bash', command: ['make ', { expr: 'outputs.o', quote: 'bare' }] },
  inputs: [{ name: 'i', list: false, items: [{ kind: 'file', path: 'in.txt' }] }],
  outputs: [{ name: 'o', list: false, items: [{ kind: 'file', path: 'out.txt' }], cache: true, in_place: false }],
};

/** Every key has another value than by default; the type says when one is forgotten. */
const FULL: Required<Stage> = {
  id: 'full',
  description: 'Everything.',
  origin: { file: 'q.yaml', line: 9, column: 1, end_line: 10, end_column: 2 },
  action: { kind: 'type', type: 'tabular/profile', with: { map: { top: 3 } } },
  foreach: {
    in: { name: 'foreach', list: true, items: [{ kind: 'file', path: 'list.json' }] },
    key: 'item.id',
    batch: 50,
    max_skipped: { share: 0.05 },
  },
  item: { stage: 'full', key: 'x', value: { id: 'x' } },
  when: { expr: 'stages.plain.metrics.rows > 5', stages: ['plain'] },
  fallback: [
    { name: 'other', action: { kind: 'argv', argv: [['x']] }, env: {}, exit_codes: {}, in_place: ['e'], timeout_ms: 5 },
  ],
  inputs: [
    { name: 'a', list: true, items: [{ kind: 'file', path: 'out.txt' }] },
    { name: 'b', list: false, items: [{ kind: 'folder', path: 'data' }] },
    { name: 'c', list: true, items: [{ kind: 'glob', path: 'x/*.csv' }] },
  ],
  outputs: [
    { name: 'd', list: false, items: [{ kind: 'folder', path: 'd' }], cache: true, in_place: false },
    { name: 'e', list: false, items: [{ kind: 'file', path: 'e' }], cache: false, in_place: false },
    { name: 'f', list: false, items: [{ kind: 'file', path: 'f' }], cache: true, in_place: true },
    {
      name: 'g',
      list: false,
      items: [{ kind: 'file', path: 'g' }],
      cache: true,
      in_place: false,
      expect: { min_bytes: 1 },
    },
    { name: 'h', list: true, items: [{ kind: 'file', path: 'h' }], cache: true, in_place: false },
  ],
  needs: ['plain'],
  env: { LANG: ['C'] },
  pass_env: ['HTTP_PROXY'],
  secrets: ['TOKEN'],
  timeout_ms: 1000,
  retry: { max: 1, backoff: { base_ms: 10, multiplier: 2, max_ms: 20 }, on: ['timeout'] },
  vote: { ahead: 2, max: 5, by: 'outputs.d.sha256', undecided: 'suspend' },
  exit_codes: { '75': 'retryable' },
  on_failure: 'allow',
  resources: { cpus: 2, memory_bytes: 1024 },
  pool: 'web',
  exclusive: true,
  transaction: 'release',
  cache: false,
  version: 'two',
  always: true,
  ttl_ms: 3_600_000,
  platform: 'any',
  tags: ['slow'],
  labels: { team: 'data' },
  metrics: { rows: 'd#/rows' },
};

test('a front end comes back as it was stored', () => {
  const placed = { stages: [PLAIN, FULL], item_producers: [[[]], [[0], [], [0, 0]]] };
  const frontEnd: FrontEnd = {
    graph: { pipeline: { file: 'p.yaml', params: { n: 1 } }, ...placed, ...neighboursOf(placed) },
    declaredHashes: ['1', '2'],
    contractHashes: ['', 'abc'],
    types: [],
    settings: { jobs: 2, storeBytesMax: 1 },
    warnings: [],
  };
  const stored = JSON.parse(JSON.stringify(packFrontEnd(frontEnd)));
  expect(unpackFrontEnd(stored)).toEqual(frontEnd);
});
