// The plugin is measured on tables of others, and must not know any of them: nothing of their names, columns or values
// stands in its code. WRANGLE_EVAL_DATA says where they are.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readRecords } from '../eval/tables.ts';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const KINDS = /^(csv-|types-|stats-|fd-|clean-|impute-|reshape-|parquet-)/;
/** Records of a file that are looked at, and files of a folder: code that knew a table would know its beginning. */
const RECORDS_MAX = 200;
const FILES_MAX = 150;
/** Kinds whose folders are called as their table. */
const NAMED = new Set(['fd', 'clean', 'impute']);
/** Shorter ones are in many tables; values also names of countries, which any table may have. */
const NAME_LETTERS_MIN = 12;
const VALUE_LETTERS_MIN = 20;

test('plugin code knows no table that it is measured on', (context) => {
  const data = process.env['WRANGLE_EVAL_DATA'];
  if (data === undefined) return context.skip('WRANGLE_EVAL_DATA names no folder with tables to measure on');
  const code = plain(
    [...filesBelow(join(PACKAGE, 'src')), ...filesBelow(join(PACKAGE, 'schemas')), join(PACKAGE, 'wrangle.plugin.json')]
      // Countries and states are in tables of all the world.
      .filter((file) => !/(vocabularies|countries)\.ts$/.test(file))
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n'),
  );
  const known = new Set<string>();
  for (const folder of readdirSync(data).filter((name) => KINDS.test(name))) {
    const [kind, ...words] = folder.split('-');
    if (NAMED.has(kind ?? '')) for (const word of words) if (word.length > 4) known.add(word);
    const files = filesBelow(join(data, folder)).filter((file) => /\.(csv|tsv)$/i.test(file));
    for (const file of files.slice(0, FILES_MAX)) {
      const [header = [], ...rows] = readRecords(file).slice(0, RECORDS_MAX);
      for (const name of header) if (isTelling(name, NAME_LETTERS_MIN)) known.add(name);
      for (const value of rows.flat()) if (isTelling(value, VALUE_LETTERS_MIN)) known.add(value);
    }
  }
  expect(known.size).toBeGreaterThan(0);
  const found = [...known].filter((text) => code.includes(` ${plain(text).trim()} `)).sort();
  expect(found).toEqual([]);
});

/** Of two words or more, and long enough to be of that table only. */
function isTelling(text: string, lettersMin: number): boolean {
  const words = plain(text).trim();
  return words.includes(' ') && words.replace(/[^a-z]/g, '').length >= lettersMin;
}

/** Words in lower case with one blank around each: names are found however they are written. */
function plain(text: string): string {
  const words = text
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  return ` ${words.filter(Boolean).join(' ')} `;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      return statSync(path).isDirectory() ? filesBelow(path) : [path];
    });
}
