/** Whether a stage may take its items in batches. */
import { batchUnsupported } from '../diagnostics/catalog.ts';
import type { StageAction } from '../model/pipeline.ts';
import type { StageType } from '../model/plugin.ts';
import type { StageReader } from './stage-reader.ts';

/** `type` is undefined when it is not known, which has been said. Errors: `batch-unsupported`. */
export function checkBatch(reader: StageReader, batch: number, action: StageAction, type: StageType | undefined): void {
  if (batch === 1 || type?.batch || (action.kind === 'type' && !type)) return;
  const pointer = reader.pointer('foreach', 'batch');
  reader.report(pointer, (location) => batchUnsupported({ type: type?.name, location }));
}
