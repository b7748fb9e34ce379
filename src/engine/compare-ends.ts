/**
 * Outputs against the inputs they become, where both have a schema: what a stage may write must be something that its
 * consumer takes. Knows declared schemas only, nothing of the disk.
 */
import { typesOfColumn } from '../contents/cell-types.ts';
import { schemaMismatch } from '../diagnostics/catalog.ts';
import type { Locate } from '../graph/output-map.ts';
import { portOf } from '../language/check-ports.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { formatOf } from '../model/file-format.ts';
import type { StageGraph } from '../model/graph.ts';
import type { InputItem, InputPort, OutputItem, Stage } from '../model/pipeline.ts';
import type { StageType } from '../model/plugin.ts';
import { actionsOf } from '../model/strategy.ts';
import type { CompareOptions, Misfit } from '../schema/compare-schemas.ts';
import { findMisfit } from '../schema/compare-schemas.ts';
import type { Json } from '../util/canonical-json.ts';
import { matchGlob } from '../util/glob.ts';

/** Errors: `schema-mismatch`, once for a place. */
export function compareEnds(
  { stages, item_producers: producers }: Pick<StageGraph, 'stages' | 'item_producers'>,
  types: ReadonlyMap<string, StageType>,
  locate: Locate,
): Diagnostic[] {
  const known = new Pairs();
  const found: Diagnostic[] = [];
  const told = new Set<string>();
  for (const [at, consumer] of stages.entries()) {
    let position = -1;
    for (const port of consumer.inputs) {
      const ends = wantedBy(consumer, port, types);
      for (const [index, item] of port.items.entries()) {
        position += 1;
        if (ends.length === 0) continue;
        for (const from of producers[at]?.[position] ?? []) {
          const producer = stages[from] as Stage;
          for (const made of madeBy(producer, item)) {
            for (const { type, schema } of ends) {
              const misfit = known.compare(made.schema, schema, made.item.path);
              if (!misfit) continue;
              const pointer = port.list ? ['inputs', port.name, index] : ['inputs', port.name];
              const diagnostic = schemaMismatch({
                path: made.item.path,
                maker: producer.id,
                port: port.name,
                type,
                ...misfit,
                location: locate(consumer.id, pointer),
                makerLocation: locate(producer.id, ['outputs', made.port, 'expect', 'schema']),
              });
              // Instances of one stage stand at one place.
              const place = JSON.stringify([diagnostic.location, diagnostic.related[0]?.location, misfit.reason]);
              if (!told.has(place)) found.push(diagnostic);
              told.add(place);
            }
          }
        }
      }
    }
  }
  return found;
}

/** Of the stage types that it may be run by. */
function wantedBy(
  stage: Stage,
  { name }: InputPort,
  types: ReadonlyMap<string, StageType>,
): { readonly type: string; readonly schema: Json }[] {
  return actionsOf(stage).flatMap((action) => {
    const type = action.kind === 'type' ? types.get(action.type) : undefined;
    const port = type && portOf(type.inputs, name);
    return type && port?.kind === 'file' && port.schema !== undefined ? [{ type: type.name, schema: port.schema }] : [];
  });
}

interface Made {
  readonly port: string;
  readonly item: OutputItem;
  readonly schema: Json;
}

/** Outputs with a schema that are what an input names, or among it. */
function madeBy({ id, outputs }: Stage, input: InputItem): Made[] {
  const isMeant = meaning(id, input);
  return outputs.flatMap(({ name, items, expect }) => {
    const schema = expect?.schema;
    if (schema === undefined) return [];
    return items
      .filter((item) => item.kind === 'file' && isMeant(name, item))
      .map((item) => ({ port: name, item, schema }));
  });
}

function meaning(
  stage: string,
  { kind, path, of, template }: InputItem,
): (port: string, output: OutputItem) => boolean {
  if (kind === 'gather') return (port) => of?.stage === stage && of.port === port;
  if (kind === 'folder' || template) return () => false;
  const matches = kind === 'glob' ? matchGlob(path) : (made: string) => made === path;
  return (_, output) => !output.template && matches(output.path);
}

/** Instances of one stage compare the same schemas over and over. */
class Pairs {
  readonly #known = new Map<Json, Map<Json, Map<string, Misfit | undefined>>>();

  compare(made: Json, wanted: Json, path: string): Misfit | undefined {
    const byWanted = entryOf(this.#known, made, () => new Map<Json, Map<string, Misfit | undefined>>());
    const byFormat = entryOf(byWanted, wanted, () => new Map<string, Misfit | undefined>());
    const format = formatOf(path);
    return entryOf(byFormat, format, () => {
      const isText = format === 'csv' || format === 'tsv';
      if (!isText) return findMisfit(made, wanted);
      return hasBranches(made) || hasBranches(wanted) ? undefined : findMisfit(made, wanted, ofCells(made, wanted));
    });
  }
}

function entryOf<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  if (!map.has(key)) map.set(key, make());
  return map.get(key) as Value;
}

/** What a cell is read as follows from all that a schema may say of its column. */
function hasBranches(schema: Json): boolean {
  return /"(allOf|anyOf|oneOf|if|then|else|not|patternProperties|dependentSchemas|dependencies)":/.test(
    JSON.stringify(schema),
  );
}

const NEVER_TEXT: ReadonlySet<string> = new Set(['boolean', 'integer', 'number']);

/** One cell may be a text for the one and a number for the other. */
function ofCells(made: Json, wanted: Json): CompareOptions {
  return {
    isComparable: (column, about) => {
      const [own, other] = [typesOfColumn(made, column), typesOfColumn(wanted, column)];
      const all = new Set([...own, ...other]);
      if (all.size === own.size && all.size === other.size) return true;
      // Of a column of which nothing is said every row has a text.
      if (about === 'presence') return own.size === 0 || other.size === 0;
      return own.size > 0 && other.size > 0 && [...all].every((type) => NEVER_TEXT.has(type));
    },
  };
}
