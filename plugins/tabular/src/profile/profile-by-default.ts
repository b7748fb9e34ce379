/** A profile for whoever has none: as the stage type `profile` makes it when it is told nothing. */
import manifest from '../../wrangle.plugin.json' with { type: 'json' };
import type { ProfileDocument } from '../documents.generated.ts';
import { withDatabase } from '../table/duckdb.ts';
import { openTable, unreadable } from '../table/open-table.ts';
import type { TableParams } from '../table/table.ts';
import { profileTable } from './profile-table.ts';

const DEFAULTS = manifest.stages.profile.params.properties;

export async function profileByDefault(
  path: string,
  params: TableParams,
  { memory, signal, seed }: { readonly memory: string; readonly signal: AbortSignal; readonly seed: number },
): Promise<ProfileDocument> {
  return await withDatabase(memory, signal, async (database) => {
    const table = await openTable(database, path, params);
    return await profileTable(database, table, {
      columns: undefined,
      sampleRows: undefined,
      seed,
      topK: DEFAULTS.top_k.default,
      typeThreshold: DEFAULTS.type_threshold.default,
      semanticThreshold: DEFAULTS.semantic_threshold.default,
      missingTokens: DEFAULTS.missing_tokens.default,
      keysMaxSize: DEFAULTS.keys.properties.max_size.default,
      fdMaxLhs: DEFAULTS.fd.properties.max_lhs.default,
      fdG3: DEFAULTS.fd.properties.g3.default,
      correlations: DEFAULTS.correlations.default,
      budget: DEFAULTS.budget.default,
      onStep: () => {},
    }).catch((error: unknown) => {
      throw unreadable(path, error);
    });
  });
}
