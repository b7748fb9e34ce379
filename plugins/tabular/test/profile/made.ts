// What the parts of the profile work on, made of plain texts.
import type { CodedColumn } from '../../src/profile/codes.ts';
import { byCount, trimSpaces, type Value } from '../../src/profile/values.ts';

/** Different values of a column of texts, one text for each row. */
export function valuesOf(rows: readonly string[]): Value[] {
  const values = new Map<string, Value>();
  for (const [row, text] of rows.entries()) {
    const known = values.get(text);
    values.set(text, {
      text,
      trimmed: trimSpaces(text),
      count: (known?.count ?? 0) + 1,
      first: known?.first ?? row,
      last: row,
      length: text.length,
    });
  }
  return [...values.values()].sort(byCount);
}

/** A column as codes; an empty text is missing. */
export function coded(name: string, rows: readonly string[]): CodedColumn {
  const texts = [...new Set(rows.filter((text) => text !== ''))];
  const codes = Int32Array.from(rows, (text) => texts.indexOf(text));
  return {
    name,
    codes,
    texts,
    counts: texts.map((text) => rows.filter((one) => one === text).length),
    missing: rows.filter((text) => text === '').length,
  };
}
