/** `npm run eval -- --data DIR [--only KIND,…] [--losses] [--json]`: scores the stage types on data with known truth. */
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { cleaning } from './kinds/cleaning.ts';
import { columnClasses } from './kinds/column-classes.ts';
import { columnTypes } from './kinds/column-types.ts';
import { edge, pollock, survey } from './kinds/csv-files.ts';
import { dependencies } from './kinds/dependencies.ts';
import { imputation } from './kinds/imputation.ts';
import type { Figure, Kind } from './kinds/kind.ts';
import { parquetFiles } from './kinds/parquet-files.ts';
import { reshaping } from './kinds/reshaping.ts';
import { statistics } from './kinds/statistics.ts';
import { openPeakMemory } from './peak-memory.ts';
import { publishedFor } from './published.ts';
import { openStages } from './stages.ts';

const KINDS: readonly Kind[] = [
  pollock,
  survey,
  edge,
  columnClasses,
  columnTypes,
  statistics,
  dependencies,
  parquetFiles,
  cleaning,
  imputation,
  reshaping,
];

interface FolderResult {
  readonly folder: string;
  readonly figures: readonly Figure[];
  readonly losses: readonly string[];
  readonly seconds: number;
  readonly peakBytes: number | null;
}

const USAGE = 'npm run eval -- --data DIR [--only KIND,…] [--losses] [--json]';

const options = readOptions();
process.exitCode = await evaluate(resolve(options.data), options.only?.split(','));

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        data: { type: 'string' },
        only: { type: 'string' },
        losses: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    });
    const { data } = values;
    if (data === undefined) return refuse(`Say where the folders with data are: ${USAGE}`);
    if (!statSync(data, { throwIfNoEntry: false })?.isDirectory()) return refuse(`${data} is no folder.`);
    return { ...values, data };
  } catch (error) {
    return refuse(`${sentenceOf(error)}\n${USAGE}`);
  }
}

function refuse(why: string): never {
  console.error(why);
  process.exit(2);
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function evaluate(data: string, only: readonly string[] | undefined): Promise<number> {
  const folders = readdirSync(data)
    .filter((name) => statSync(join(data, name)).isDirectory())
    .filter((name) => only === undefined || only.some((kind) => name.startsWith(kind)))
    .sort();
  const results: FolderResult[] = [];
  const left: string[] = [];
  const failed: string[] = [];
  for (const name of folders) {
    const kind = KINDS.find(({ prefix }) => name.startsWith(prefix));
    if (!kind) {
      left.push(name);
      continue;
    }
    const started = performance.now();
    const memory = openPeakMemory();
    const stages = openStages(process.env['WRANGLE_TABULAR'] ?? '', memory.look);
    try {
      const missing = kind.needs.filter((type) => !stages.types.has(type));
      if (missing.length > 0) {
        left.push(`${name} (no stage type ${missing.join(', ')})`);
        continue;
      }
      const { figures, losses } = await kind.score(join(data, name), stages);
      const seconds = (performance.now() - started) / 1000;
      results.push({ folder: name, figures, losses, seconds, peakBytes: memory.bytes() ?? null });
      if (!options.json) console.error(`${name}: ${seconds.toFixed(1)} s`);
    } catch (error) {
      failed.push(`${name}: ${sentenceOf(error)}`);
    } finally {
      await stages.close();
    }
  }
  if (options.json)
    console.log(JSON.stringify({ version: 1, folders: results.map(documentOf), left, failed }, null, 2));
  else if (results.length > 0) print(results, left);
  for (const one of failed) console.error(`Not scored: ${one}`);
  if (folders.length === left.length) {
    const kinds = KINDS.map(({ prefix }) => prefix).join(', ');
    console.error(`There is no folder to score in ${data}. Names of folders begin with ${kinds}.`);
  }
  return results.length === 0 || failed.length > 0 ? 1 : 0;
}

function documentOf({ folder, figures, losses, seconds, peakBytes }: FolderResult) {
  return {
    folder,
    figures: figures.map((figure) => ({ ...figure, ...judged(folder, figure) })),
    losses: options.losses ? losses : undefined,
    seconds: Math.round(seconds * 10) / 10,
    peak_bytes: peakBytes,
  };
}

function judged(folder: string, { metric, value, bound, isExact = false, isMost = false }: Figure) {
  const rounded = Math.round(value * 1e6) / 1e6;
  const isReached = bound === null ? null : isExact ? value === bound : isMost ? rounded <= bound : rounded >= bound;
  return { isReached, published: publishedFor(folder, metric) ?? null };
}

function print(results: readonly FolderResult[], left: readonly string[]): void {
  const lines = [['folder', 'metric', 'ours', 'asked', '', 'published', 'by', 'it was given', 'time', 'memory']];
  for (const { folder, figures, seconds, peakBytes } of results) {
    for (const [at, figure] of figures.entries()) {
      const { isReached, published } = judged(folder, figure);
      lines.push([
        at === 0 ? folder : '',
        figure.metric,
        written(figure.value),
        figure.bound === null ? '' : `${figure.isExact ? '=' : figure.isMost ? '≤' : '≥'} ${figure.bound}`,
        isReached === null ? '' : isReached ? 'yes' : 'NO',
        published?.figure ?? '',
        published?.system ?? '',
        published?.given ?? '',
        at === 0 ? `${seconds.toFixed(1)} s` : '',
        at === 0 && peakBytes !== null ? `${Math.round(peakBytes / 2 ** 20)} MiB` : '',
      ]);
    }
  }
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  const row = (line: readonly string[]) => `| ${line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  const [head = [], ...rest] = lines;
  console.log([row(head), row(widths.map((width) => '-'.repeat(width))), ...rest.map(row)].join('\n'));
  const seconds = results.reduce((sum, one) => sum + one.seconds, 0);
  const peak = Math.max(0, ...results.map(({ peakBytes }) => peakBytes ?? 0));
  console.log(`\nAll of it: ${seconds.toFixed(1)} s, at most ${Math.round(peak / 2 ** 20)} MiB in one process.`);
  console.log('Nothing was given to our stages but the data; params are the defaults.');
  if (left.length > 0) console.log(`Left out: ${left.join(', ')}.`);
  if (!options.losses) return;
  for (const { folder, losses } of results) {
    if (losses.length > 0) console.log(`\n${folder}\n${losses.map((loss) => `  ${loss}`).join('\n')}`);
  }
}

function written(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 1 ? 4 : 3);
}
