/** `move_token`: the last or first word of a value goes to the column it belongs to, where that is missing. */
import { sqlName } from '../table/names.ts';
import { ROW } from '../table/table.ts';
import { defineOperator } from './operator.ts';
import { named, times } from './words.ts';

interface Params {
  readonly token: 'last' | 'first';
}

export const moveToken = defineOperator<Params>({
  name: 'move_token',
  phase: 'form',
  changes: 'cells',
  reversible: 'with_log',
  // Which words belong to the other column is what that column has.
  fitted: true,
  idempotent: true,
  cost: 2,
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['token'],
    properties: { token: { description: 'Which word of the value.', enum: ['last', 'first'] } },
  },
  propose: ({ columns }) =>
    columns.flatMap((column) =>
      column.splits.flatMap((split) => {
        const target = columns.find(({ name }) => name === split.column);
        if (split.kind === 'separator' || !target || split.column_missing === 0) return [];
        const missing = target.missing.count;
        // Words that stand there as well where nothing is missing are part of the value.
        const alone = split.column_missing / split.count;
        const filled = Math.min(1, split.column_missing / Math.max(1, missing));
        if (alone < 0.5 || filled < 0.5) return [];
        const last = split.kind === 'trailing_token';
        return {
          columns: [column.name, target.name],
          params: { token: last ? ('last' as const) : ('first' as const) },
          reason: `${named([target.name])} is missing in ${times(split.column_missing, 'row')} where ${named([column.name])} ${last ? 'ends' : 'begins'} with one of its values.`,
          preconditions: [
            { what: 'splits.column_missing', value: split.column_missing, threshold: 3, is: 'at_least' as const },
          ],
          evidence: { rows: split.rows, words: split.count, moved: split.column_missing, missing },
          confidence: 0.75 + 0.12 * alone + 0.1 * filled,
          flagged: 2 * split.column_missing,
        };
      }),
    ),
  describe: (columns, { token }) =>
    `Move the ${token} word of ${named(columns.slice(0, 1))} to ${named(columns.slice(1))} where that is missing`,
  transform: ([from = '', to = ''], { token }) => {
    const [cell, target] = [sqlName(from), sqlName(to)];
    const pattern = token === 'last' ? '^(.*\\S)\\s+(\\S+)$' : '^(\\S+)\\s+(\\S.*)$';
    const group = (at: 1 | 2) => `regexp_extract(trim(${cell}), '${pattern}', ${at}, 's')`;
    const [word, rest] = token === 'last' ? [group(2), group(1)] : [group(1), group(2)];
    const isBlank = `(${target} IS NULL OR trim(${target}) = '')`;
    // A comma before the word was there for it.
    const bare = token === 'last' ? `rtrim(rtrim(${rest}), ', ')` : rest;
    const asWord = token === 'first' ? `rtrim(${word}, ',')` : word;
    const known = `SELECT DISTINCT ${target} FROM data WHERE regexp_full_match(${target}, '\\p{L}[\\p{L}.\\-]*')`;
    return {
      kind: 'cells',
      columns: [from, to],
      sql: `SELECT ${ROW}, ${bare} AS ${cell}, ${asWord} AS ${target} FROM data WHERE ${isBlank} AND ${asWord} IN (${known}) AND ${bare} <> ''`,
    };
  },
});
