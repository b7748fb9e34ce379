/**
 * Folders of CSV files with clean versions: how much of header, records and cells is read as it is meant, from 0 to 10 a
 * file (Pollock: Vitagliano and others, PVLDB 16(8), 2023).
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eachAtOnce } from '../each-at-once.ts';
import type { Stages } from '../stages.ts';
import { readParquet, readRecords, type TextTable } from '../tables.ts';
import { type Figure, f1, type Kind, mean, type Scored } from './kind.ts';

export const pollock: Kind = kindOf('csv-pollock', false, { simple: 9.9, weighted: null });
export const survey: Kind = kindOf('csv-survey', true, { simple: 9, weighted: null });

function kindOf(
  prefix: string,
  hasHeader: boolean,
  bounds: { readonly simple: number; readonly weighted: number | null },
): Kind {
  return {
    prefix,
    needs: ['read'],
    score: async (folder, stages) => {
      const scores = await eachAtOnce(readdirSync(join(folder, 'csv')).sort(), async (file) => ({
        file,
        ...(await scoreFile(folder, file, hasHeader, stages)),
      }));
      const figures: Figure[] = [
        { metric: 'simple score of 10', value: mean(scores.map(({ score }) => score)), bound: bounds.simple },
      ];
      const weightsFile = join(folder, 'weights.json');
      if (existsSync(weightsFile)) {
        const weights = JSON.parse(readFileSync(weightsFile, 'utf8')) as { readonly [file: string]: number };
        const total = scores.reduce((sum, { file }) => sum + (weights[file] ?? 0), 0);
        const weighted = scores.reduce((sum, { file, score }) => sum + score * (weights[file] ?? 0), 0);
        figures.push({ metric: 'weighted score of 10', value: weighted / total, bound: bounds.weighted });
      }
      const losses = scores
        .filter(({ score }) => score < 9.995)
        .sort((a, b) => a.score - b.score)
        .map(({ file, score, what }) => `${score.toFixed(3)} ${file}: ${what}`);
      return { figures, losses };
    },
  };
}

async function scoreFile(
  folder: string,
  file: string,
  hasHeader: boolean,
  stages: Stages,
): Promise<{ score: number; what: string }> {
  const found = await readWith(stages, join(folder, 'csv', file));
  if ('error' in found) return { score: 0, what: found.error };
  const told = join(folder, 'parameters', `${file}_parameters.json`);
  const { header_lines: lines } = JSON.parse(readFileSync(told, 'utf8')) as { readonly header_lines: number | string };
  const records = readRecords(join(folder, 'clean', file));
  const isNamed = hasHeader || Number(lines) > 0;
  const header = isNamed ? (records[0] ?? []) : [];
  const rows = isNamed ? records.slice(1) : records;
  const parts = {
    header: measures(header.map(normal), found.header.map(normal)),
    records: measures(rows.map(joined), found.rows.map(joined)),
    cells: measures(rows.flat(), found.rows.flat()),
  };
  const what = Object.entries(parts).map(
    ([name, { precision, recall }]) => `${name} ${precision.toFixed(3)}/${recall.toFixed(3)}`,
  );
  const score = Object.values(parts).reduce((sum, { precision, recall, both }) => sum + precision + recall + both, 1);
  return { score, what: what.join(', ') };
}

/** As the stage type reads it; columns without a label are called as the clean files call them. */
export async function readWith(stages: Stages, path: string): Promise<TextTable | { readonly error: string }> {
  const { paths, error } = await stages.run('read', { data: path }, ['table', 'dialect']);
  if (error !== undefined) return { error };
  const { columns } = JSON.parse(readFileSync(paths['dialect'] ?? '', 'utf8')) as {
    readonly columns: readonly { readonly label: string | null }[];
  };
  if (columns.length === 0) return { header: [], rows: [] };
  const { rows } = await readParquet(paths['table'] ?? '');
  return { header: columns.map(({ label }, at) => label ?? `col_${at}`), rows };
}

/** Multisets; nothing wanted is all that could be had. */
function measures(wanted: readonly string[], found: readonly string[]) {
  if (wanted.length === 0) return { precision: 1, recall: 1, both: 1 };
  const left = new Map<string, number>();
  for (const one of found) left.set(one, (left.get(one) ?? 0) + 1);
  let hits = 0;
  for (const one of wanted) {
    const count = left.get(one) ?? 0;
    if (count === 0) continue;
    left.set(one, count - 1);
    hits++;
  }
  const precision = hits / wanted.length;
  const recall = found.length === 0 ? 0 : hits / found.length;
  return { precision, recall, both: f1(precision, recall) };
}

const joined = (record: readonly string[]) => record.map((cell) => normal(cell) || 'null').join('');

/** The same text for the same number, boolean, day and time. */
function normal(cell: string): string {
  const text = cell.trim();
  if (text === '') return cell;
  if (/^(true|false)$/i.test(text)) return /true/i.test(text) ? '1' : '0';
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return String(Number(text));
  const time = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text);
  if (time) return [time[1]?.padStart(2, '0'), time[2], time[3] ?? '00'].join(':');
  return cell.toLowerCase();
}

export const edge: Kind = {
  prefix: 'csv-edge',
  needs: ['read'],
  score: async (folder, stages) => {
    const losses: string[] = [];
    const files = readdirSync(join(folder, 'csvs')).sort();
    for (const file of files) {
      const found = await readWith(stages, join(folder, 'csvs', file));
      const wanted = JSON.parse(
        readFileSync(join(folder, 'json', file.replace(/\.csv$/, '.json')), 'utf8'),
      ) as object[];
      const loss = 'error' in found ? found.error : edgeLoss(found, [wanted].flat());
      if (loss !== undefined) losses.push(`${file}: ${loss}`);
    }
    const right = files.length - losses.length;
    return {
      figures: [{ metric: 'files read exactly', value: right / files.length, bound: null }],
      losses,
    } satisfies Scored;
  },
};

function edgeLoss({ header, rows }: TextTable, wanted: readonly object[]): string | undefined {
  const plain = (value: unknown) => String(value ?? '').replaceAll('\r\n', '\n');
  const found = rows.map((row) => Object.fromEntries(header.map((name, at) => [name, plain(row[at])])));
  const expected = wanted.map((one) =>
    Object.fromEntries(Object.entries(one).map(([name, value]) => [name, plain(value)])),
  );
  const text = JSON.stringify(found);
  return text === JSON.stringify(expected)
    ? undefined
    : `${text.slice(0, 120)} for ${JSON.stringify(expected).slice(0, 120)}`;
}
