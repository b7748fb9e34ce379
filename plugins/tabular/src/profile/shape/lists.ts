/** Columns whose values are lists, less strictly than what makes a column of lists. Pure. */
import type { CodedColumn } from '../codes.ts';
import { parseMoment } from '../moments.ts';
import { six } from '../numbers.ts';

export interface ListColumn {
  readonly at: number;
  readonly separator: string;
  /** Rows with a list. */
  readonly count: number;
  /** Of all values. */
  readonly share: number;
  readonly score: number;
}

const SEPARATORS: readonly { readonly text: string; readonly sure: number }[] = [
  { text: ';', sure: 0.1 },
  { text: '|', sure: 0.1 },
  { text: ',', sure: 0.05 },
  { text: '/', sure: 0 },
  { text: '&', sure: -0.2 },
  { text: '\n', sure: 0 },
];
const VALUES_MAX = 1000;
const ELEMENT_MAX = 60;
const SHARE_MIN = 0.1;

/** The surest first. */
export function lists(columns: readonly CodedColumn[], labels: readonly (string | null)[]): ListColumn[] {
  const found = columns.flatMap((column, at) => {
    const label = labels[at] ?? column.name;
    const [best] = SEPARATORS.flatMap(({ text, sure }) => listsOf(column, label, text, sure) ?? []).sort(
      (a, b) => b.score - a.score,
    );
    return best ? [{ at, ...best }] : [];
  });
  // Where every column is made so, parts of values belong together.
  const usual = found.length > 2 ? 0.5 : 1;
  return found
    .map((one) => ({ ...one, score: six(one.score * usual) }))
    .sort((a, b) => b.score - a.score || a.at - b.at)
    .slice(0, 5);
}

function listsOf(
  { texts, counts }: CodedColumn,
  label: string,
  separator: string,
  sure: number,
): Omit<ListColumn, 'at'> | undefined {
  const some = texts.slice(0, VALUES_MAX);
  const split = some.map((text) => elementsOf(text, separator));
  const rowsOf = (is: (at: number) => boolean) =>
    counts.slice(0, some.length).reduce((sum, count, at) => sum + (is(at) ? count : 0), 0);
  const total = rowsOf(() => true);
  const count = rowsOf((at) => split[at] !== undefined);
  const found = split.filter((elements) => elements !== undefined);
  const share = count / Math.max(1, total);
  if (count < 2 || found.length < 2 || share < SHARE_MIN) return undefined;
  const inLists = new Map<string, number>();
  for (const elements of found)
    for (const element of new Set(elements)) inLists.set(element, (inLists.get(element) ?? 0) + 1);
  const alone = new Set(some.filter((_, at) => split[at] === undefined).map((text) => text.trim()));
  const shared = [...inLists].filter(([element, lists]) => lists > 1 || alone.has(element)).length / inLists.size;
  const sizes = new Set(found.map((elements) => elements.length));
  const least = Math.min(...sizes);
  const all = [...inLists.keys()];
  const words = all.reduce((sum, element) => sum + element.split(/\s+/).length, 0) / all.length;
  const length = all.reduce((sum, element) => sum + element.length, 0) / all.length;
  if (words > 5 || length > ELEMENT_MAX) return undefined;
  const digits = all.filter((element) => /^[\d.]+$/.test(element)).length / all.length;
  // Digits are parts of a number or a date, unless there are more of them in one value than in another.
  if (digits > 0.5 && (sizes.size < 2 || Math.max(...sizes) < 3)) return undefined;
  const varied = sizes.size > 1 ? 0.25 : least > 2 ? 0.1 : -0.15;
  const plural = /s\)?\s*$|\(s\)|\b(list|included)\b/i.test(label.trim()) ? 0.12 : 0;
  const score =
    0.2 +
    varied +
    plural +
    sure +
    0.2 * Math.min(1, shared / 0.5) +
    0.1 * share +
    (words <= 1.5 ? 0.12 : words <= 3 ? 0.06 : -0.1);
  return { separator, count, share: six(share), score: six(Math.max(0.05, Math.min(0.79, score))) };
}

/** Undefined: not a list with this separator. */
function elementsOf(text: string, separator: string): string[] | undefined {
  const trimmed = text.trim();
  if (!trimmed.includes(separator) || /^(https?:\/\/|www\.)/i.test(trimmed)) return undefined;
  const inside = /^[[({](.*)[\])}]$/s.exec(trimmed)?.[1] ?? trimmed;
  const elements = inside
    .split(separator)
    .map((element) => element.trim())
    .filter((element) => element !== '');
  if (elements.length < 2) return undefined;
  // `1,200.50`, `May 4, 1987` and `$4,000,000` are one value.
  if (separator === ',' && /\d,\d{3}(\D|$)/.test(trimmed) && !/,\s/.test(trimmed)) return undefined;
  if (/\d/.test(trimmed) && trimmed.length <= 40 && parseMoment(trimmed) !== undefined) return undefined;
  return elements;
}
