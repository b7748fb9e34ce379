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

/** Of both columns together; linear in the rows of the partitions. `scratch` has -1 for each row of the table, and again after. */
export function product(a: Partition, b: Partition, scratch: Int32Array): Partition {
  const classes = a.starts.length - 1;
  for (let one = 0; one < classes; one++) {
    for (let at = a.starts[one] ?? 0; at < (a.starts[one + 1] ?? 0); at++) scratch[a.rows[at] ?? 0] = one;
  }
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
  for (const row of a.rows) scratch[row] = -1;
  return { rows: rows.slice(0, filled), starts: Int32Array.from([...starts, filled]) };
}

/** Class of each row, also of those that are alone, from 0; and how many there are. */
export function classesOf(parts: readonly Int32Array[]): { readonly codes: Int32Array; readonly count: number } {
  const [first = new Int32Array(), ...others] = parts;
  let codes: Int32Array = first;
  let count = countCodes(first);
  for (const other of others) {
    const ids = new Map<number, number>();
    const width = countCodes(other) + 2;
    const made = new Int32Array(codes.length);
    for (let row = 0; row < codes.length; row++) {
      const a = codes[row] ?? 0;
      const b = other[row] ?? 0;
      // Missing on one side is missing.
      if (a < 0 || b < 0) {
        made[row] = -1;
        continue;
      }
      const key = a * width + b;
      let id = ids.get(key);
      if (id === undefined) {
        id = ids.size;
        ids.set(key, id);
      }
      made[row] = id;
    }
    codes = made;
    count = ids.size;
  }
  return { codes, count };
}

function countCodes(codes: Int32Array): number {
  let most = -1;
  for (const code of codes) if (code > most) most = code;
  return most + 1;
}
