/** What missing values can be told from, and how often that would be right where the value is known. Pure. */
import type { ProfileColumn } from '../documents.generated.ts';
import { calibrate, learn, type Parted, partsOf, type Texts } from './alike-rows.ts';
import type { CodedColumn, CodedTable } from './codes.ts';
import { six } from './numbers.ts';

type Fillable = ProfileColumn['fillable'][number];

/** Rows that are learnt from, and rows that are guessed to see how often it is right. */
const LEARNT_MAX = 1500;
const TRIED_MAX = 500;
const BESIDE_MAX = 12;
const COLUMNS_MAX = 50;
const UNIQUE_MAX = 0.9;
/** Below it a guess is worth nothing. */
const PRECISION = 0.9;
const SEQUENCE_MIN = 20;

/** For columns in which something is missing. */
export function fillable(coded: CodedTable, facts: readonly ProfileColumn[]): Fillable[][] {
  const none = coded.columns.map((): Fillable[] => []);
  if (coded.columns.length > COLUMNS_MAX || coded.rows.length < 2 * SEQUENCE_MIN) return none;
  const texts = coded.columns.map(({ codes, texts: of }): Texts => Array.from(codes, (code) => of[code] ?? null));
  const step = Math.ceil(coded.rows.length / LEARNT_MAX);
  const sample = texts.map((of) => of.filter((_, row) => row % step === 0));
  const parts = new Map<number, Parted>();
  const partsAt = (at: number) => {
    const known = parts.get(at) ?? partsOf(sample[at] ?? []);
    parts.set(at, known);
    return known;
  };
  return coded.columns.map((column, at) => {
    const known = column.codes.length - column.missing;
    if (column.missing === 0 || known < 2 * SEQUENCE_MIN) return [];
    const found: Fillable[] = [];
    const inSequence = coded.isComplete ? sequence(column) : undefined;
    if (inSequence) found.push(inSequence);
    const like = alike(sample[at] ?? [], at, facts, partsAt);
    if (like) found.push(like);
    return found;
  });
}

function alike(
  target: Texts,
  at: number,
  facts: readonly ProfileColumn[],
  partsAt: (at: number) => Parted,
): Fillable | undefined {
  const of = facts[at];
  // A value that is nowhere else cannot be told from others.
  if (!of || of.unique > UNIQUE_MAX * of.values) return undefined;
  const beside = facts.flatMap(({ distinct }, other) => (other === at || distinct < 2 ? [] : [other]));
  const first = learn(beside.map(partsAt), target);
  const best = beside
    .map((other, place) => ({ other, worth: first.worth[place] ?? 0 }))
    .sort((a, b) => b.worth - a.worth || a.other - b.other)
    .slice(0, BESIDE_MAX)
    .map(({ other }) => other)
    .sort((a, b) => a - b);
  const predictor = best.length === beside.length ? first : learn(best.map(partsAt), target);
  const known = target.flatMap((text, row) => (text === null ? [] : [row]));
  const step = Math.ceil(known.length / TRIED_MAX);
  const tried = known.filter((_, place) => place % step === 0);
  const measured = calibrate(predictor, target, tried, PRECISION);
  if (!measured) return undefined;
  return {
    from: 'alike_rows',
    columns: best.map((other) => facts[other]?.name ?? ''),
    precision: six(measured.precision),
    coverage: six(measured.coverage),
    tried: measured.tried,
    // Six decimals, rounded up: a guess that was not sure enough does not become so.
    threshold: Math.ceil(measured.threshold * 1e6 - 1e-3) / 1e6,
  };
}

/** Whole numbers that go up by one, so that those on both sides of a gap say what is in it. */
function sequence({ codes, texts }: CodedColumn): Fillable | undefined {
  const numbers = texts.map((text) => (/^-?(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : undefined));
  let tried = 0;
  let told = 0;
  let right = 0;
  for (let row = 1; row + 1 < codes.length; row++) {
    const [before, here, after] = [row - 1, row, row + 1].map((one) => numbers[codes[one] ?? -1]);
    if (before === undefined || here === undefined || after === undefined) continue;
    tried++;
    if (after - before !== 2) continue;
    told++;
    if (here === before + 1) right++;
  }
  if (told < SEQUENCE_MIN || right < 0.98 * told) return undefined;
  return {
    from: 'sequence',
    columns: [],
    precision: six(right / told),
    coverage: six(told / tried),
    tried,
    threshold: null,
  };
}
