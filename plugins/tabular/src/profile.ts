/** The stage type `tabular/profile`: from a table to the statistics of its columns. */
import { writeFileSync } from 'node:fs';
import { defineStage } from 'wrangle/plugin';
import type { Profile } from '../stage-types.d.ts';
import { profileTable } from './profile/profile-table.ts';
import { withDatabase } from './table/duckdb.ts';
import { openTable, unreadable } from './table/open-table.ts';

defineStage<Profile>({
  run: async (ctx) => {
    const { sample, top, type_threshold: typeThreshold, memory, ...params } = ctx.params;
    const { path } = ctx.inputs.data;
    const profile = await withDatabase(memory, ctx.signal, async (database) => {
      const table = await openTable(database, path, params);
      return await profileTable(database, table, {
        sample,
        top,
        typeThreshold,
        onColumn: (done, total, name) => ctx.progress({ done, total, note: name }),
      }).catch((error: unknown) => {
        throw unreadable(path, error);
      });
    });
    ctx.metrics['rows'] = profile.table.rows;
    ctx.metrics['columns'] = profile.table.columns;
    ctx.metrics['missing_rate'] = profile.table.missing_rate;
    ctx.metrics['duplicate_rows'] = profile.table.duplicate_rows;
    writeFileSync(ctx.outputs.profile.path, `${JSON.stringify(profile, null, 2)}\n`);
  },
});
