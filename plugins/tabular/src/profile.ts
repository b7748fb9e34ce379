/** The stage type `tabular/profile`: from a table to all that can be found out about it. */
import { writeFileSync } from 'node:fs';
import { defineStage } from 'wrangle/plugin';
import type { Profile } from '../stage-types.d.ts';
import { profileTable } from './profile/profile-table.ts';
import { withDatabase } from './table/duckdb.ts';
import { openTable, unreadable } from './table/open-table.ts';

const KEYS_MAX_SIZE = 3;
const FD = { max_lhs: 2, g3: 0.05 };

defineStage<Profile>({
  run: async (ctx) => {
    const { memory, format, dialect, on_bad_row, max_rejects, sample_bytes, ...params } = ctx.params;
    const { path } = ctx.inputs.data;
    const profile = await withDatabase(memory, ctx.signal, async (database) => {
      const table = await openTable(database, path, { format, dialect, on_bad_row, max_rejects, sample_bytes });
      const unknown = params.columns?.filter((name) => !table.columns.some((column) => column.name === name)) ?? [];
      if (unknown.length > 0) {
        const known = table.columns.map(({ name }) => `"${name}"`).join(', ');
        const names = unknown.map((name) => `"${name}"`).join(', ');
        throw ctx.fail('column-not-found', 'critical', `The table has no column ${names}. Its columns are ${known}.`);
      }
      return await profileTable(database, table, {
        columns: params.columns,
        sampleRows: params.sample_rows,
        seed: ctx.seed,
        topK: params.top_k,
        typeThreshold: params.type_threshold,
        semanticThreshold: params.semantic_threshold,
        missingTokens: [...new Set(params.missing_tokens.map((token) => token.trim().toLowerCase()))],
        keysMaxSize: params.keys?.max_size ?? KEYS_MAX_SIZE,
        fdMaxLhs: params.fd?.max_lhs ?? FD.max_lhs,
        fdG3: params.fd?.g3 ?? FD.g3,
        correlations: params.correlations,
        budget: params.budget,
        onStep: (done, total, note) => ctx.progress({ done, total, note }),
      }).catch((error: unknown) => {
        throw unreadable(path, error);
      });
    });
    ctx.metrics['rows'] = profile.table.rows;
    ctx.metrics['columns'] = profile.table.columns;
    ctx.metrics['missing_rate'] = profile.table.missing_rate;
    ctx.metrics['duplicate_rows'] = profile.table.duplicate_rows;
    ctx.metrics['findings'] = profile.findings.length;
    writeFileSync(ctx.outputs.profile.path, `${JSON.stringify(profile, null, 2)}\n`);
  },
});
