// A Parquet file for tests, as other programs write it.
import type { ColumnSource } from 'hyparquet-writer';
import { parquetWriteBuffer } from 'hyparquet-writer';

export interface ParquetOptions {
  /** Rows of a group; default: one group. */
  readonly rowGroupSize?: number;
}

export function parquetBytes(
  columnData: ColumnSource[],
  { rowGroupSize = 1_000_000 }: ParquetOptions = {},
): Uint8Array {
  return new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize }));
}
