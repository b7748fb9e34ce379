/** Columns that someone has counted and classed, in the form of SortingHat (Shah and others, SIGMOD 2021). */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLASSES } from '../../src/profile/class-model.ts';
import { readCsv } from '../tables.ts';
import type { LabelledColumn } from './class-trainer.ts';

export interface Labelled {
  readonly digest: string;
  readonly columns: readonly LabelledColumn[];
}

/** Of all CSV files in a folder. */
export function readLabelled(folder: string): Labelled {
  const digest = createHash('sha256');
  const columns: LabelledColumn[] = [];
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith('.csv'))
    .sort()) {
    digest.update(readFileSync(join(folder, file)));
    const { header, rows } = readCsv(join(folder, file));
    const places = new Map(header.map((name, at) => [name, at]));
    for (const row of rows) {
      const text = (name: string) => row[places.get(name) ?? -1] ?? '';
      const number = (name: string) => Number(text(name));
      const label = CLASSES.find((one) => one === text('y_act').replaceAll('-', '_'));
      if (label === undefined) continue;
      const samples = [1, 2, 3, 4, 5].map((at) => text(`sample_${at}`)).filter((sample) => sample.trim() !== '');
      const statistics = {
        mean: number('mean'),
        std: number('std_dev'),
        min: number('min_val'),
        max: number('max_val'),
      };
      // Columns that are no numbers have zeros.
      const isNumeric =
        samples.some((sample) => Number.isFinite(Number(sample))) &&
        (Object.values(statistics).some((one) => one !== 0) || samples.every((sample) => Number(sample) === 0));
      const column = {
        name: text('Attribute_name'),
        rows: number('total_vals'),
        missing: number('num_nans'),
        distinct: number('num_of_dist_val'),
        numeric: isNumeric ? statistics : undefined,
        samples,
      };
      columns.push({ column, label });
    }
  }
  return { digest: digest.digest('hex'), columns };
}
