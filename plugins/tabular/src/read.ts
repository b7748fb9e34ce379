/** The stage type `tabular/read`: from a file of any format to a table of one form, with an account of every record. */
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { defineStage } from 'wrangle/plugin';
import type { Read } from '../stage-types.d.ts';
import { withDatabase } from './table/duckdb.ts';
import { openTable, unreadable } from './table/open-table.ts';
import type { OnReject } from './table/table.ts';
import { writeTable } from './table/write-table.ts';

defineStage<Read>({
  run: async (ctx) => {
    const { memory, ...params } = ctx.params;
    const { path } = ctx.inputs.data;
    const { table: tableOutput, dialect, rejects } = ctx.outputs;
    const rejected = rejects && openSync(rejects.path, 'w');
    try {
      const { source } = await withDatabase(memory, ctx.signal, async (database) => {
        const onReject: OnReject = (reject) => {
          if (rejected !== undefined) writeSync(rejected, `${JSON.stringify(reject)}\n`);
        };
        const open = (isCounted: boolean) => openTable(database, path, params, { onReject, isCounted });
        const table = await open(tableOutput !== undefined);
        if (!tableOutput) return table;
        try {
          await writeTable(database, table, tableOutput.path);
        } catch (error) {
          if (table.source.csv?.reader !== 'plain') throw unreadable(path, error);
          // DuckDB sees other rows in it than the scan did: then it is read with care.
          const careful = await open(false);
          await writeTable(database, careful, tableOutput.path);
          return careful;
        }
        return table;
      });
      if (dialect) writeFileSync(dialect.path, `${JSON.stringify(source, null, 2)}\n`);
      const { kept, repaired, rejected: rejectedCount, total } = source.records;
      ctx.metrics['records'] = total;
      ctx.metrics['rows'] = kept + repaired;
      ctx.metrics['repaired'] = repaired;
      ctx.metrics['rejected'] = rejectedCount;
      ctx.metrics['columns'] = source.columns.length;
      if (repaired + rejectedCount > 0) ctx.log(badRows(basename(path), repaired, rejectedCount), 'warning');
    } finally {
      if (rejected !== undefined) closeSync(rejected);
    }
  },
});

function badRows(file: string, repaired: number, rejected: number): string {
  const parts = [repaired > 0 && `${count(repaired)} repaired`, rejected > 0 && `${count(rejected)} rejected`];
  return `In ${JSON.stringify(file)} ${parts.filter(Boolean).join(' and ')}.`;
}

function count(records: number): string {
  return records === 1 ? '1 record was' : `${records} records were`;
}
