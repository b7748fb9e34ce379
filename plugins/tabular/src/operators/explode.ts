/** `explode`: a row for each element of a list. */
import type { ProfileColumn } from '../documents.generated.ts';
import { sqlName, sqlText } from '../table/names.ts';
import { ROW } from '../table/table.ts';
import { free } from './numbered.ts';
import { defineOperator } from './operator.ts';
import { named, percent, shown, times } from './words.ts';

interface Params {
  readonly separator: string;
  /** What stands around the whole list, such as `[]`; null for nothing. */
  readonly brackets: string | null;
}

/** Dates, numbers and addresses are written with signs between their parts. */
function isWhole({ datetime, numbers, semantic, values }: ProfileColumn): boolean {
  if (semantic.some(({ type }) => WHOLE.has(type))) return true;
  return (datetime?.count ?? 0) >= 0.5 * values || (numbers?.share ?? 0) >= 0.5;
}

/** Signs between words are not always those of a list. */
const SCORE_MIN = 0.2;

const WHOLE = new Set(['url', 'file_path', 'address', 'email', 'phone']);

export const explode = defineOperator<Params>({
  name: 'explode',
  phase: 'shape',
  changes: 'table',
  // Blanks around elements, and where lists began, are in the log only.
  reversible: 'with_log',
  fitted: false,
  idempotent: false,
  cost: 2,
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['separator', 'brackets'],
    properties: {
      separator: { description: 'Text between elements.', type: 'string', minLength: 1 },
      brackets: {
        description: 'What stands around the list, two characters; null for nothing.',
        type: ['string', 'null'],
        minLength: 2,
        maxLength: 2,
      },
    },
  },
  propose: ({ columns, reshape: { lists } }) =>
    lists.flatMap(({ column: name, separator, count, share, score }) => {
      const column = columns.find((one) => one.name === name);
      if (!column || score < SCORE_MIN || isWhole(column)) return [];
      const { list } = column;
      return {
        columns: [name],
        params: { separator, brackets: list?.separator === separator ? list.brackets : null },
        reason: `${times(count, 'value')} of ${named([name])} (${percent(share)}) may be lists with ${shown(separator)} between elements.`,
        preconditions: [{ what: 'reshape.lists.score', value: score, threshold: 0, is: 'above' as const }],
        evidence: { share, elements: list?.elements.slice(0, 5) ?? [] },
        confidence: score,
        flagged: count,
      };
    }),
  describe: (columns, { separator }) =>
    `Give each element of ${named(columns)}, between ${shown(separator)}, a row of its own`,
  transform: ([column = ''], { separator, brackets }, all) => {
    const cell = sqlName(column);
    const place = sqlName(free('place', all));
    const element = sqlName(free('element', all));
    const [open = '', close = ''] = brackets ?? '';
    const inside =
      brackets === null
        ? cell
        : `CASE WHEN starts_with(trim(${cell}), ${sqlText(open)}) AND ends_with(trim(${cell}), ${sqlText(close)}) THEN trim(${cell})[2:-2] ELSE ${cell} END`;
    const trimmed =
      brackets === null
        ? 'lambda part: trim(part)'
        : `lambda part: regexp_replace(trim(part), '^["''](.*)["'']$', '\\1', 's')`;
    const elements = `list_filter(list_transform(string_split(${inside}, ${sqlText(separator)}), ${trimmed}), lambda part: part <> '')`;
    // A cell without elements keeps its row, and its text.
    const lists = `CASE WHEN len(${elements}) > 0 THEN ${elements} ELSE [${cell}] END`;
    const list = all.map((name) => (name === column ? `${element} AS ${cell}` : sqlName(name)));
    return {
      kind: 'table',
      columns: all.map((name) => ({ name })),
      sql: `SELECT row_number() OVER (ORDER BY ${ROW}, ${place}) - 1 AS ${[ROW, ...list].join(', ')} FROM (SELECT *, unnest(${lists}) AS ${element}, generate_subscripts(${lists}, 1) AS ${place} FROM data)`,
    };
  },
});
