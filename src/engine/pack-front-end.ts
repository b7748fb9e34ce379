/**
 * The front end as it is stored: without what stages have by default and without what follows from the rest. A no-op
 * over 10,000 stages does little but read this, so its size is its time.
 */
import type { StageGraph } from '../model/graph.ts';
import { neighboursOf } from '../model/graph.ts';
import type { InputPort, OutputPort, Stage } from '../model/pipeline.ts';
import { STAGE_DEFAULTS } from '../model/stage-defaults.ts';
import type { FrontEnd } from './loaded.ts';

/** Most ports are one file and nothing else: `[name, path]`. */
type PackedPort<Port> = readonly [name: string, path: string] | Port;

type PackedStage = Omit<Partial<Stage>, 'inputs' | 'outputs' | 'origin'> & {
  readonly id: string;
  readonly action: Stage['action'];
  readonly origin: readonly [file: string, line: number, column: number, endLine: number, endColumn: number];
  readonly inputs?: readonly PackedPort<InputPort>[];
  readonly outputs?: readonly PackedPort<OutputPort>[];
};

export interface PackedFrontEnd extends Omit<FrontEnd, 'graph' | 'contractHashes'> {
  readonly pipeline: StageGraph['pipeline'];
  readonly stages: readonly PackedStage[];
  /** Most items have no producer or one. */
  readonly item_producers: readonly (readonly (number | readonly number[])[])[];
  readonly list_producers?: StageGraph['list_producers'];
  /** Those that are not empty, by stage. */
  readonly contracts: readonly (readonly [stage: number, hash: string])[];
}

export function packFrontEnd({ graph, contractHashes, ...rest }: FrontEnd): PackedFrontEnd {
  return {
    ...rest,
    pipeline: graph.pipeline,
    stages: graph.stages.map(packStage),
    item_producers: graph.item_producers.map((items) =>
      items.map((from) => (from.length === 1 ? (from[0] ?? 0) : from)),
    ),
    ...(graph.list_producers && { list_producers: graph.list_producers }),
    contracts: [...contractHashes.entries()].filter(([, hash]) => hash !== ''),
  };
}

export function unpackFrontEnd(packed: PackedFrontEnd): FrontEnd {
  const {
    pipeline,
    stages: packedStages,
    item_producers: packedProducers,
    list_producers,
    contracts,
    ...rest
  } = packed;
  const stages = packedStages.map(unpackStage);
  const item_producers = packedProducers.map((items) =>
    items.map((from) => (typeof from === 'number' ? [from] : from)),
  );
  const contractHashes = new Array<string>(stages.length).fill('');
  for (const [stage, hash] of contracts) contractHashes[stage] = hash;
  const placed = { stages, item_producers, ...(list_producers && { list_producers }) };
  return { ...rest, contractHashes, graph: { pipeline, ...placed, ...neighboursOf(placed) } };
}

function packStage(stage: Stage): PackedStage {
  const packed: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(stage)) {
    const standard = (STAGE_DEFAULTS as { readonly [key: string]: unknown })[key];
    if (standard === undefined || JSON.stringify(value) !== JSON.stringify(standard)) packed[key] = value;
  }
  const { file, line, column, end_line, end_column } = stage.origin;
  packed['origin'] = [file, line, column, end_line, end_column];
  if (stage.inputs.length > 0) packed['inputs'] = stage.inputs.map(packInput);
  if (stage.outputs.length > 0) packed['outputs'] = stage.outputs.map(packOutput);
  return packed as unknown as PackedStage;
}

/** Every key by its name: for 10,000 stages that is several times as fast as spreading one object over another. */
function unpackStage(packed: PackedStage): Stage {
  const [file, line, column, end_line, end_column] = packed.origin;
  return {
    id: packed.id,
    ...(packed.description === undefined ? undefined : { description: packed.description }),
    origin: { file, line, column, end_line, end_column },
    action: packed.action,
    ...(packed.foreach === undefined ? undefined : { foreach: packed.foreach }),
    ...(packed.item === undefined ? undefined : { item: packed.item }),
    ...(packed.when === undefined ? undefined : { when: packed.when }),
    ...(packed.fallback === undefined ? undefined : { fallback: packed.fallback }),
    inputs: packed.inputs?.map(unpackInput) ?? STAGE_DEFAULTS.inputs,
    outputs: packed.outputs?.map(unpackOutput) ?? STAGE_DEFAULTS.outputs,
    needs: packed.needs ?? STAGE_DEFAULTS.needs,
    env: packed.env ?? STAGE_DEFAULTS.env,
    pass_env: packed.pass_env ?? STAGE_DEFAULTS.pass_env,
    secrets: packed.secrets ?? STAGE_DEFAULTS.secrets,
    ...(packed.timeout_ms === undefined ? undefined : { timeout_ms: packed.timeout_ms }),
    ...(packed.retry === undefined ? undefined : { retry: packed.retry }),
    ...(packed.vote === undefined ? undefined : { vote: packed.vote }),
    exit_codes: packed.exit_codes ?? STAGE_DEFAULTS.exit_codes,
    on_failure: packed.on_failure ?? STAGE_DEFAULTS.on_failure,
    resources: packed.resources ?? STAGE_DEFAULTS.resources,
    ...(packed.pool === undefined ? undefined : { pool: packed.pool }),
    exclusive: packed.exclusive ?? STAGE_DEFAULTS.exclusive,
    cache: packed.cache ?? STAGE_DEFAULTS.cache,
    ...(packed.transaction === undefined ? undefined : { transaction: packed.transaction }),
    version: packed.version === undefined ? STAGE_DEFAULTS.version : packed.version,
    always: packed.always ?? STAGE_DEFAULTS.always,
    ...(packed.ttl_ms === undefined ? undefined : { ttl_ms: packed.ttl_ms }),
    platform: packed.platform ?? STAGE_DEFAULTS.platform,
    tags: packed.tags ?? STAGE_DEFAULTS.tags,
    labels: packed.labels ?? STAGE_DEFAULTS.labels,
    metrics: packed.metrics ?? STAGE_DEFAULTS.metrics,
  };
}

function packInput(port: InputPort): PackedPort<InputPort> {
  const [item] = port.items;
  const plain = !port.list && port.items.length === 1 && item?.kind === 'file' && !item.template;
  return plain ? [port.name, item.path] : port;
}

function unpackInput(packed: PackedPort<InputPort>): InputPort {
  if (!isShort(packed)) return packed;
  const [name, path] = packed;
  return { name, list: false, items: [{ kind: 'file', path }] };
}

function packOutput(port: OutputPort): PackedPort<OutputPort> {
  const [item] = port.items;
  const plain = !port.list && port.items.length === 1 && item?.kind === 'file';
  return plain && !item?.template && port.cache && !port.in_place && port.expect === undefined
    ? [port.name, item.path]
    : port;
}

function unpackOutput(packed: PackedPort<OutputPort>): OutputPort {
  if (!isShort(packed)) return packed;
  const [name, path] = packed;
  return { name, list: false, items: [{ kind: 'file', path }], cache: true, in_place: false };
}

function isShort(packed: PackedPort<object>): packed is readonly [string, string] {
  return Array.isArray(packed);
}
