/** Folders of Parquet files: all of them can be read, and those with an expectation have its values. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readCsv } from '../tables.ts';
import { readWith } from './csv-files.ts';
import type { Kind } from './kind.ts';

export const parquetFiles: Kind = {
  prefix: 'parquet-files',
  needs: ['read'],
  score: async (folder, stages) => {
    const losses: string[] = [];
    const files = readdirSync(folder)
      .filter((name) => name.endsWith('.parquet'))
      .sort();
    for (const file of files) {
      const found = await readWith(stages, join(folder, file));
      if ('error' in found) {
        losses.push(`${file}: ${found.error}`);
        continue;
      }
      const expectation = join(folder, file.replace(/\.parquet$/, '_expect.csv'));
      if (!existsSync(expectation)) continue;
      const wanted = readCsv(expectation).rows;
      const width = Math.max(...wanted.map((row) => row.length));
      const at = wanted.findIndex((row, index) =>
        Array.from({ length: width }).some((_, column) => plain(row[column]) !== plain(found.rows[index]?.[column])),
      );
      if (at !== -1 || wanted.length !== found.rows.length) losses.push(`${file}: row ${at} differs`);
    }
    const value = (files.length - losses.length) / files.length;
    return { figures: [{ metric: 'files read as expected', value, bound: null }], losses };
  },
};

function plain(cell = ''): string {
  const text = cell.trim();
  return text !== '' && Number.isFinite(Number(text)) ? String(Number(text)) : text;
}
