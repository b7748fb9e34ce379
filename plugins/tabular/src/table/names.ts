/** Names of columns that are all there, all different, and safe in SQL. Pure. */

/**
 * One name for each label: blank ones become `column_N`, a second one of the same name (upper and lower case alike, as
 * in SQL) gets a number, and so does one that is reserved.
 */
export function uniqueNames(labels: readonly string[], reserved: readonly string[] = []): string[] {
  const wanted = labels.map((label, at) =>
    label.trim() === '' ? `column_${at + 1}` : label.replaceAll('\0', '\uFFFD'),
  );
  const taken = new Set(reserved.map((name) => name.toLowerCase()));
  const firsts = new Set(wanted.map((name) => name.toLowerCase()));
  return wanted.map((name) => {
    let unique = name;
    for (let count = 2; taken.has(unique.toLowerCase()); count++) {
      const candidate = `${name}_${count}`;
      // A label further on may be called just that.
      if (!firsts.has(candidate.toLowerCase())) unique = candidate;
    }
    taken.add(unique.toLowerCase());
    return unique;
  });
}

export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Beyond so many columns, queries speak of lists of cells: DuckDB's time for expressions grows with their square. */
export const WIDE = 200;
