/** Rows in classes of equal values, without those that are alone (stripped partitions of Huhtala and others 1999). Pure. */

export interface Partition {
  /** Rows of all classes, one class after the other. */
  readonly rows: Int32Array;
  /** Where each class begins, and the end of the last. */
  readonly starts: Int32Array;
}

/** Of a column; missing values are equal. */
export function partitionOf(codes: Int32Array): Partition {
  let most = -1;
  for (const code of codes) if (code > most) most = code;
  const sizes = new Int32Array(most + 2);
  for (const code of codes) sizes[code + 1] = (sizes[code + 1] ?? 0) + 1;
  const starts: number[] = [];
  const at = new Int32Array(sizes.length).fill(-1);
  let filled = 0;
  for (let value = 0; value < sizes.length; value++) {
    const size = sizes[value] ?? 0;
    if (size < 2) continue;
    starts.push(filled);
    at[value] = filled;
    filled += size;
  }
  const rows = new Int32Array(filled);
  for (let row = 0; row < codes.length; row++) {
    const value = (codes[row] ?? 0) + 1;
    const place = at[value] ?? -1;
    if (place < 0) continue;
    rows[place] = row;
    at[value] = place + 1;
  }
  return { rows, starts: Int32Array.from([...starts, filled]) };
}

/** Rows to drop for the rest to be different from each other. */
export function errorOf({ rows, starts }: Partition): number {
  return rows.length - (starts.length - 1);
}

/** For products with one partition: `scratch` has -1 for each row of the table. */
export function mark({ rows, starts }: Partition, scratch: Int32Array): void {
  for (let one = 0; one + 1 < starts.length; one++) {
    for (let at = starts[one] ?? 0; at < (starts[one + 1] ?? 0); at++) scratch[rows[at] ?? 0] = one;
  }
}

export function unmark({ rows }: Partition, scratch: Int32Array): void {
  for (const row of rows) scratch[row] = -1;
}

/** Of both columns together; linear in the rows of `b`. `scratch` is marked with `a`. */
export function product(a: Partition, b: Partition, scratch: Int32Array): Partition {
  const classes = a.starts.length - 1;
  const rows = new Int32Array(Math.min(a.rows.length, b.rows.length));
  const starts: number[] = [];
  const sizes = new Int32Array(classes);
  const places = new Int32Array(classes);
  let filled = 0;
  for (let one = 0; one + 1 < b.starts.length; one++) {
    const from = b.starts[one] ?? 0;
    const to = b.starts[one + 1] ?? 0;
    for (let at = from; at < to; at++) {
      const other = scratch[b.rows[at] ?? 0] ?? -1;
      if (other >= 0) sizes[other] = (sizes[other] ?? 0) + 1;
    }
    for (let at = from; at < to; at++) {
      const row = b.rows[at] ?? 0;
      const other = scratch[row] ?? -1;
      if (other < 0) continue;
      const size = sizes[other] ?? 0;
      if (size >= 2) {
        starts.push(filled);
        places[other] = filled;
        filled += size;
        sizes[other] = -1;
      } else if (size === 1) sizes[other] = 0;
      if ((sizes[other] ?? 0) < 0) {
        const place = places[other] ?? 0;
        rows[place] = row;
        places[other] = place + 1;
      }
    }
    for (let at = from; at < to; at++) {
      const other = scratch[b.rows[at] ?? 0] ?? -1;
      if (other >= 0) sizes[other] = 0;
    }
  }
  return { rows: rows.slice(0, filled), starts: Int32Array.from([...starts, filled]) };
}

/** A class for each row, also for those that are alone; -1 where something is missing. */
export interface Classes {
  readonly codes: Int32Array;
  /** All codes are below. */
  readonly count: number;
}

/** Missing in one part is missing. Of several parts, classes are numbered as they come, and `count` is exact. */
export function classesOf(parts: readonly Classes[]): Classes {
  return parts.reduce(classesOfTwo);
}

/** Entries of a table of all pairs, beyond which rows are sorted instead. */
const PAIRS_MAX = 1 << 20;

function classesOfTwo(
  { codes: left, count: leftCount }: Classes,
  { codes: right, count: rightCount }: Classes,
): Classes {
  const codes = new Int32Array(left.length).fill(-1);
  let count = 0;
  if (leftCount * rightCount <= PAIRS_MAX) {
    const ids = new Int32Array(leftCount * rightCount).fill(-1);
    for (let row = 0; row < left.length; row++) {
      const [a = -1, b = -1] = [left[row], right[row]];
      if (a < 0 || b < 0) continue;
      const pair = a * rightCount + b;
      if (ids[pair] === -1) ids[pair] = count++;
      codes[row] = ids[pair] ?? -1;
    }
    return { codes, count };
  }
  // Class by class of the left side: the first row of each pair stands for it.
  const { rows, starts } = groupRows(left, leftCount);
  const firstOf = new Int32Array(rightCount);
  const ofClass = new Int32Array(rightCount).fill(-1);
  const first = new Int32Array(left.length).fill(-1);
  for (let one = 0; one < leftCount; one++) {
    for (let at = starts[one] ?? 0; at < (starts[one + 1] ?? 0); at++) {
      const row = rows[at] ?? 0;
      const b = right[row] ?? -1;
      if (b < 0) continue;
      if (ofClass[b] !== one) {
        ofClass[b] = one;
        firstOf[b] = row;
      }
      first[row] = firstOf[b] ?? 0;
    }
  }
  for (let row = 0; row < left.length; row++) {
    const from = first[row] ?? -1;
    if (from >= 0) codes[row] = from === row ? count++ : (codes[from] ?? -1);
  }
  return { codes, count };
}

/** Rows by their code, each code's in their order, those without one left out. */
export interface Groups {
  readonly rows: Int32Array;
  readonly starts: Int32Array;
}

/** `codes` are below `count`. */
export function groupRows(codes: Int32Array, count: number): Groups {
  const starts = new Int32Array(count + 1);
  for (const code of codes) if (code >= 0) starts[code + 1] = (starts[code + 1] ?? 0) + 1;
  for (let at = 0; at < count; at++) starts[at + 1] = (starts[at + 1] ?? 0) + (starts[at] ?? 0);
  const places = starts.slice();
  const rows = new Int32Array(starts[count] ?? 0);
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row] ?? -1;
    if (code < 0) continue;
    const place = places[code] ?? 0;
    rows[place] = row;
    places[code] = place + 1;
  }
  return { rows, starts };
}
