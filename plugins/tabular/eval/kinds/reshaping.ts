/**
 * Folders of tables in a wrong shape, with the right one and the operators that lead there (Auto-Tables: Li and others,
 * PVLDB 2023): whether the right candidate is the first, or among the first.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { CandidateDocument, CandidatesDocument, RankingDocument } from '../../src/documents.generated.ts';
import { eachAtOnce } from '../each-at-once.ts';
import type { Stages } from '../stages.ts';
import { readCsv, readParquet, type TextTable } from '../tables.ts';
import type { Kind } from './kind.ts';

const FIRST = 3;

interface Step {
  readonly operator: string;
  readonly [param: string]: string | number;
}

interface Info {
  readonly label: readonly Step[];
  readonly alternative_label: readonly Step[] | null;
}

export const reshaping: Kind = {
  prefix: 'reshape-',
  needs: ['profile', 'generate', 'validate', 'rank', 'apply'],
  score: async (folder, stages) => {
    const tables = readdirSync(folder)
      .sort()
      .filter((operator) => statSync(join(folder, operator)).isDirectory())
      .flatMap((operator) => {
        const names = readdirSync(join(folder, operator)).sort();
        return names.map((name) => ({ operator, name, at: join(folder, operator, name) }));
      })
      .filter(({ at }) => existsSync(join(at, 'info.json')));
    const found = await eachAtOnce(tables, async (table) => ({ ...table, ...(await placeOfRight(stages, table.at)) }));
    const losses: string[] = [];
    const byOperator = new Map<string, { all: number; first: number }>();
    for (const { operator, name, place, seen } of found) {
      const of = byOperator.get(operator) ?? { all: 0, first: 0 };
      byOperator.set(operator, of);
      of.all++;
      if (place === 0) of.first++;
      else losses.push(`${operator}/${name}: ${place < FIRST ? `place ${place + 1}` : 'missed'}; ${seen.join(', ')}`);
    }
    const share = (most: number) => found.filter(({ place }) => place < most).length / found.length;
    return {
      figures: [
        { metric: 'Hit@1', value: share(1), bound: 0.5 },
        { metric: 'Hit@2', value: share(2), bound: null },
        { metric: 'Hit@3', value: share(FIRST), bound: 0.7 },
      ],
      losses: [
        ...[...byOperator].map(([operator, { all, first }]) => `${operator}: ${first} of ${all} first`),
        ...losses,
      ],
    };
  },
};

/** Of the candidates that change the shape, from 0; infinite when it is not among the first. */
async function placeOfRight(stages: Stages, folder: string): Promise<{ place: number; seen: string[] }> {
  const data = join(folder, 'data.csv');
  const info = JSON.parse(readFileSync(join(folder, 'info.json'), 'utf8')) as Info;
  const profiled = await stages.run('profile', { data }, ['profile']);
  if (profiled.error !== undefined) return { place: Number.POSITIVE_INFINITY, seen: [profiled.error] };
  const profile = profiled.paths['profile'] ?? '';
  const generated = await stages.run('generate', { profile }, ['candidates']);
  const candidates = generated.paths['candidates'] ?? '';
  const validated = await stages.run('validate', { data, candidates, profile }, ['validation']);
  const validation = validated.paths['validation'] ?? '';
  const ranked = await stages.run('rank', { candidates, profile, validation }, ['ranking']);
  const error = generated.error ?? validated.error ?? ranked.error;
  if (error !== undefined) return { place: Number.POSITIVE_INFINITY, seen: [error] };
  const ranking = ranked.paths['ranking'] ?? '';
  const all = readAll(candidates);
  const first = (read(ranking) as RankingDocument).candidates
    .flatMap(({ id }) => all.find((one) => one.id === id && one.phase === 'shape') ?? [])
    .slice(0, FIRST);
  const columns = (read(profile) as { columns: { name: string }[] }).columns.map(({ name }) => name);
  const seen = first.map(({ operator, columns: of, confidence }) => `${operator} ${of.length} ${confidence}`);
  for (const [place, candidate] of first.entries()) {
    const labels = info.alternative_label ? [info.label, info.alternative_label] : [info.label];
    if (labels.some((label) => isLabelled(candidate, label, columns))) return { place, seen };
    const params = { select: 'ids', ids: [candidate.id] };
    const applied = await stages.run('apply', { data, profile, candidates, ranking }, ['clean', 'changes'], params);
    if (applied.error !== undefined) continue;
    if (isSameTable(await readParquet(applied.paths['clean'] ?? ''), readCsv(join(folder, 'gt.csv'))))
      return { place, seen };
  }
  return { place: Number.POSITIVE_INFINITY, seen: [...seen, `for ${JSON.stringify(info.label)}`] };
}

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

function readAll(folder: string): CandidateDocument[] {
  const index = read(join(folder, 'index.json')) as CandidatesDocument;
  return index.candidates.map(({ file }) => read(join(folder, file)) as CandidateDocument);
}

/** Whether it is the one step of the label; labels count columns from 0. */
function isLabelled(
  { operator, columns: of, params }: CandidateDocument,
  label: readonly Step[],
  all: readonly string[],
): boolean {
  const [step] = label;
  if (operator === 'reshape') return areSteps(params['steps'] as readonly OurStep[], label);
  if (label.length !== 1 || step?.operator !== operator) return false;
  const places = of.map((name) => all.indexOf(name)).sort((a, b) => a - b);
  const isRun = (start: unknown, end: unknown) =>
    places[0] === start && places.at(-1) === end && places.length === Number(end) - Number(start) + 1;
  switch (operator) {
    case 'stack':
      return isRun(step['stack_start_idx'], step['stack_end_idx']);
    case 'wide_to_long':
      return isRun(step['wide_to_long_start_idx'], step['wide_to_long_end_idx']);
    case 'ffill':
      return isRun(0, step['ffill_end_idx']);
    case 'explode':
      return places[0] === step['explode_column_idx'];
    case 'pivot':
      return (params['names'] as readonly string[]).length === step['pivot_row_frequency'];
    default:
      return operator === 'transpose' || operator === 'subtitle';
  }
}

interface OurStep {
  readonly operator: string;
  readonly columns: readonly string[];
}

/** Places are those of tables on the way, which are not at hand: of as many columns. */
function areSteps(steps: readonly OurStep[], label: readonly Step[]): boolean {
  if (steps.length !== label.length) return false;
  return steps.every(({ operator, columns }, at) => {
    const step = label[at];
    if (step?.operator !== operator) return false;
    const end = step[`${operator}_end_idx`];
    return end === undefined || columns.length === Number(end) - Number(step[`${operator}_start_idx`] ?? 0) + 1;
  });
}

/** The same rows, in any order; columns may be called otherwise. */
function isSameTable(ours: TextTable, wanted: TextTable): boolean {
  const lines = ({ rows }: TextTable) => rows.map((row) => JSON.stringify(row.map(plain))).sort();
  return JSON.stringify(lines(ours)) === JSON.stringify(lines(wanted));
}

function plain(cell: string): string {
  const text = cell.trim();
  return text !== '' && Number.isFinite(Number(text)) ? String(Number(text)) : text.toLowerCase() === 'nan' ? '' : text;
}
