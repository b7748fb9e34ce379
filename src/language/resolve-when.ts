/** `when`: whether a stage goes. What can be worked out from the files is; the rest waits for those that measure it. */
import * as catalog from '../diagnostics/catalog.ts';
import type { Stage } from '../model/pipeline.ts';
import { showValue } from '../schema/findings.ts';
import { compareText } from '../util/compare.ts';
import { bareExpression } from './bare-expression.ts';
import { reportWrong } from './read-values.ts';
import type { StageReader } from './stage-reader.ts';

/** Undefined: it always goes. Errors: `wrong-type`, those of expressions. */
export function readWhen(reader: StageReader): Stage['when'] {
  const placed = reader.own('when');
  if (!placed) return undefined;
  const { value, pointer } = placed;
  if (typeof value === 'boolean') return value ? undefined : false;
  if (typeof value !== 'string') return undefined;
  const source = bareExpression(reader, { key: 'when', example: 'params.a && params.b' }, { value, pointer });
  if (source === undefined) return undefined;
  const found = reader.expression(source, pointer, { item: reader.isFanOut, metrics: true });
  if (!found) return undefined;
  if (found.kind === 'hole') {
    const { metrics, item } = found.uses;
    const stages = [...new Set(metrics)].sort(compareText);
    return { expr: found.expr, stages, ...(item ? { item } : {}) };
  }
  if (typeof found.value === 'boolean') return found.value ? undefined : false;
  const message = `"when" must come to true or false, not to ${showValue(found.value)}.`;
  reportWrong(reader, pointer, message, catalog.wrongType);
  return undefined;
}
