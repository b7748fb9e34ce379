/** A CSV that is wanted as a whole, such as the list of a fan-out. */
import type { Json } from '../util/canonical-json.ts';
import { quoteName } from '../util/harmless-text.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import { counted, csvMistake, rowOf } from './csv-mistake.ts';

interface CsvRow {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** Every row is a mapping of texts by the names of the columns. Errors: a sentence without its subject and full stop. */
export async function readCsvList(
  text: string,
): Promise<Result<readonly { readonly value: Json; readonly line: number }[], string>> {
  if (text.trim() === '') return err('is empty; a CSV without items has its header');
  const { CsvError, parse } = await import('csv-parse/sync');
  const options = { bom: true, skip_empty_lines: true, relax_column_count: true, info: true };
  const rowsOf = (to: number) => parse(text, { ...options, to }) as unknown as readonly CsvRow[];
  try {
    const [header, ...others] = rowsOf(-1);
    const names = header?.record ?? [];
    const twice = names.find((name, at) => names.indexOf(name) !== at);
    if (twice !== undefined) return err(`has two columns ${quoteName(twice)}`);
    const uneven = others.find(({ record }) => record.length !== names.length);
    if (uneven) {
      const line = `line ${uneven.info.lines} has ${counted(uneven.record.length, 'value')}`;
      return err(`is uneven: ${line}, and the header has ${counted(names.length, 'column')}`);
    }
    return ok(others.map(({ record, info }) => ({ value: rowOf(names, record), line: info.lines })));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { code, lines, records } = error as { code: string; lines?: number; records?: number };
    const whole = code === 'CSV_QUOTE_NOT_CLOSED' && records ? rowsOf(records).at(-1)?.info.lines : undefined;
    return err(csvMistake(code, lines, whole ?? 0) ?? `is no CSV: ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  const message = (error as Error).message.split('\n', 1)[0] ?? '';
  return message.charAt(0).toLowerCase() + message.slice(1).replace(/\.$/, '');
}
