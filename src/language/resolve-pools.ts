/** The pools of a pipeline: limits that stages share. */
import * as catalog from '../diagnostics/catalog.ts';
import { quoteName } from '../diagnostics/harmless.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Location } from '../model/location.ts';
import type { Pool } from '../model/pipeline.ts';
import type { Json } from '../util/canonical-json.ts';
import type { PipelineDocument } from './load-files.ts';
import { entryOf, locatePointer } from './locate.ts';
import { isMapping } from './stage-reader.ts';
import { DURATION_MS_MAX, parseRate } from './units.ts';

export interface ResolvedPools {
  /** Those without a mistake. */
  readonly pools: { readonly [name: string]: Pool };
  /** Of all that are declared. */
  readonly names: ReadonlySet<string>;
  readonly diagnostics: readonly Diagnostic[];
}

/** Errors: `duplicate-pool`, `invalid-value`. What has the wrong form was told with the schema. */
export function resolvePools(documents: readonly PipelineDocument[]): ResolvedPools {
  const diagnostics: Diagnostic[] = [];
  const pools: { [name: string]: Pool } = Object.create(null);
  const firsts = new Map<string, { readonly location: Location; readonly pool: Pool }>();
  for (const document of documents) {
    const node = entryOf(document.root, 'pools')?.value;
    const data = document.data['pools'];
    if (node?.kind !== 'map' || !isMapping(data)) continue;
    for (const { key: name, keyStart, keyEnd } of node.entries) {
      const location = document.source.locate(keyStart, keyEnd);
      const pool = readPool(document, name, data[name], diagnostics);
      const first = firsts.get(name);
      if (!first) {
        firsts.set(name, { location, pool });
        if (Object.keys(pool).length > 0) pools[name] = pool;
      } else if (first.pool.slots !== pool.slots || first.pool.start_every_ms !== pool.start_every_ms) {
        diagnostics.push(catalog.duplicatePool({ name, location, first: first.location }));
      }
    }
  }
  return { pools, names: new Set(firsts.keys()), diagnostics };
}

function readPool(
  document: PipelineDocument,
  name: string,
  written: Json | undefined,
  diagnostics: Diagnostic[],
): Pool {
  if (!isMapping(written)) return {};
  const { slots, rate } = written;
  const every = typeof rate === 'string' ? parseRate(rate) : undefined;
  const isOften = every === undefined || every <= DURATION_MS_MAX;
  if (!isOften && typeof rate === 'string') {
    const problem = Number.isFinite(every) ? 'is less than one start in 24 days' : 'lets nothing start';
    const message = `The rate of the pool ${quoteName(name)} ${problem}.`;
    const location = locatePointer(document, ['pools', name, 'rate']);
    diagnostics.push(
      catalog.invalidValue({ message, location, help: 'Write a rate such as "2/s", "30/m" or "100/h".' }),
    );
  }
  return {
    ...(typeof slots === 'number' && Number.isSafeInteger(slots) && slots >= 1 ? { slots } : {}),
    ...(every === undefined || !isOften ? {} : { start_every_ms: every }),
  };
}
