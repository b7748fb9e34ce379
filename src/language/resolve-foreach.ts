/** `foreach`: for the items of which list a stage runs. Knows no list. */
import * as catalog from '../diagnostics/catalog.ts';
import type { Foreach, InputItem } from '../model/pipeline.ts';
import { showValue } from '../schema/findings.ts';
import { bareExpression } from './bare-expression.ts';
import { reportWrong } from './read-values.ts';
import type { DeclaredOutput, ResolvedOutputPorts } from './resolve-ports.ts';
import { readInputPaths } from './resolve-ports.ts';
import type { Placed, StageReader } from './stage-reader.ts';
import { isMapping } from './stage-reader.ts';

export interface ForeachContext {
  readonly workspace: string;
  readonly outputs: readonly DeclaredOutput[];
  outputsOf(stage: string): ResolvedOutputPorts;
}

/** Undefined for a stage without. Errors: `wrong-type`, `invalid-value`, `no-list`, `same-output`, those of paths and expressions. */
export function readForeach(reader: StageReader, context: ForeachContext): Foreach | undefined {
  const placed = reader.own('foreach');
  if (!placed) return undefined;
  const member = (key: string): Placed | undefined => {
    const value = isMapping(placed.value) ? placed.value[key] : undefined;
    return value === undefined ? undefined : { value, pointer: [...placed.pointer, key] };
  };
  for (const { port, pointers } of context.outputs) {
    for (const [index, { path, template }] of port.items.entries()) {
      if (template) continue;
      const pointer = pointers[index] ?? reader.pointer('outputs', port.name);
      reader.report(pointer, (location) => catalog.sameOutput({ path, location }));
    }
  }
  const items = readLists(reader, member('in'), context);
  const key = readKey(reader, member('key'));
  const batch = readBatch(reader, member('batch'));
  const most = readMaxSkipped(reader, member('max_skipped'));
  return {
    in: { name: 'foreach', list: true, items },
    ...(key === undefined ? {} : { key }),
    batch,
    ...(most === undefined ? {} : { max_skipped: most }),
  };
}

const LIST_NAME = /\.(json|jsonl|ndjson|csv)$/i;

function readLists(reader: StageReader, placed: Placed | undefined, context: ForeachContext): readonly InputItem[] {
  if (!placed) return [];
  const read = readInputPaths(reader, placed, context.workspace, context.outputsOf, false);
  for (const { item, pointer } of read.items) {
    if (item.kind === 'glob' || (item.kind !== 'folder' && LIST_NAME.test(item.path))) continue;
    const path = item.kind === 'folder' ? `${item.path}/` : item.path;
    reader.report(pointer, (location) => catalog.noList({ path, isFolder: item.kind === 'folder', location }));
  }
  const kinds = new Set(read.items.map(({ item }) => item.kind === 'glob'));
  if (kinds.size > 1) {
    reader.report(placed.pointer, (location) =>
      catalog.invalidValue({
        message: '"in" has a glob, whose files are the items, beside a list, whose entries are.',
        location,
      }),
    );
  }
  return read.items.map(({ item }) => item);
}

function readKey(reader: StageReader, placed: Placed | undefined): string | undefined {
  if (typeof placed?.value !== 'string') return undefined;
  const { value, pointer } = placed;
  const source = bareExpression(reader, { key: 'key', example: 'item.a + "-" + item.b' }, { value, pointer });
  if (source === undefined) return undefined;
  const found = reader.expression(source, pointer, { item: true });
  if (found?.kind === 'value') {
    reader.report(pointer, (location) =>
      catalog.invalidValue({
        message: '"key" does not speak of the item, so all items would have the same key.',
        location,
        help: 'Write an expression such as item.id.',
      }),
    );
  }
  return found?.kind === 'hole' ? found.expr : undefined;
}

function readBatch(reader: StageReader, placed: Placed | undefined): number {
  const value = placed && reader.value(placed);
  if (!placed || value === undefined) return 1;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) {
    reportWrong(reader, placed.pointer, `"batch" must be a whole number above 0, not ${showValue(value)}.`);
    return 1;
  }
  return value;
}

function readMaxSkipped(reader: StageReader, placed: Placed | undefined): Foreach['max_skipped'] {
  const value = placed && reader.value(placed);
  if (!placed || value === undefined) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return { count: value };
  const percent = typeof value === 'string' ? /^(\d+(?:\.\d+)?)\s*%$/.exec(value) : null;
  const share = Number(percent?.[1]) / 100;
  if (percent && share <= 1) return { share };
  const form = 'a number of items or a share of them such as "5%"';
  reportWrong(reader, placed.pointer, `"max_skipped" must be ${form}, not ${showValue(value)}.`);
  return undefined;
}
