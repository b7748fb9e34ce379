/** The stage type `tabular/undo`: from a cleaned table and its changes back to the source. */
import { basename } from 'node:path';
import { defineStage } from 'wrangle/plugin';
import type { Undo } from '../stage-types.d.ts';
import { formatOf, TABLE_FORMATS } from './apply/formats.ts';
import { undoTable } from './apply/undo-table.ts';
import { writeClean } from './apply/write-clean.ts';
import { withDatabase } from './table/duckdb.ts';

defineStage<Undo>({
  run: async (ctx) => {
    const { clean, changes } = ctx.inputs;
    const to = ctx.outputs.data.path;
    const format = formatOf(to, 'data', TABLE_FORMATS);
    await withDatabase(ctx.params.memory, ctx.signal, async (database) => {
      const { relation, source, steps } = await undoTable(database, clean.path, changes.path);
      const table = { relation, shape: source, runs: source.row_runs };
      const plain = await writeClean(database, table, format, ctx.params.types, to);
      if (plain.length > 0) {
        ctx.log(
          `Whole numbers of ${plain.map((name) => `"${name}"`).join(', ')} have a fraction in "${basename(to)}".`,
        );
      }
      ctx.metrics['rows'] = source.rows;
      ctx.metrics['steps'] = steps;
    });
  },
});
