/** `when`: whether a stage goes. What can be worked out from the files is; the rest waits for those that measure it. */
import * as catalog from '../diagnostics/catalog.ts';
import type { Stage } from '../model/pipeline.ts';
import { showValue } from '../schema/findings.ts';
import { compareText } from '../util/compare.ts';
import { reportWrong } from './read-values.ts';
import type { StageReader } from './stage-reader.ts';

const WRAPPED = /^\s*\$\{\{(.*)\}\}\s*$/s;

/** Undefined: it always goes. Errors: `wrong-type`, those of expressions. */
export function readWhen(reader: StageReader): Stage['when'] {
  const placed = reader.own('when');
  if (!placed) return undefined;
  const { value, pointer } = placed;
  if (typeof value === 'boolean') return value ? undefined : false;
  if (typeof value !== 'string') return undefined;
  // Elsewhere expressions stand in ${{ }}, so whoever writes it here too means the same.
  const source = WRAPPED.exec(value)?.[1]?.trim() ?? value;
  if (source.includes('${{')) {
    const message = `"when" is one expression, so there is no \${{ }} around its parts.`;
    reader.report(pointer, (location) => catalog.invalidValue({ message, location }));
    return undefined;
  }
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
