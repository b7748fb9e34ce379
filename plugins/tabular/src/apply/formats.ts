/** Formats of tables that are written, by the extension of the file. */
import { extname } from 'node:path';
import { StageFailure } from 'wrangle/plugin';

export type WrittenFormat = 'csv' | 'tsv' | 'json' | 'ndjson' | 'parquet';

const FORMATS: { readonly [extension: string]: WrittenFormat } = {
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.tab': 'tsv',
  '.json': 'json',
  '.jsonl': 'ndjson',
  '.ndjson': 'ndjson',
  '.parquet': 'parquet',
};

export const TABLE_FORMATS: readonly WrittenFormat[] = ['csv', 'tsv', 'json', 'ndjson', 'parquet'];
export const LOG_FORMATS: readonly WrittenFormat[] = ['parquet', 'ndjson', 'csv'];

export const DELIMITERS = { csv: ',', tsv: '\t' } as const;

/** Errors: throws `unknown-format` when the extension is of none of them. */
export function formatOf(path: string, port: string, among: readonly WrittenFormat[]): WrittenFormat {
  const extension = extname(path).toLowerCase();
  const format = FORMATS[extension];
  if (format !== undefined && among.includes(format)) return format;
  const known = Object.keys(FORMATS).filter((one) => among.includes(FORMATS[one] as WrittenFormat));
  const last = known.pop();
  const ends = extension === '' ? 'has no extension' : `ends in "${extension}"`;
  const message = `The output \`${port}\` ${ends}; write ${known.join(', ')} or ${last}.`;
  throw new StageFailure({ code: 'unknown-format', category: 'critical', message });
}
