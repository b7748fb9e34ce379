// Which of some files are tables: a row for each in TABLES.csv, and in LEFT-OUT.csv why the others are none.
import { closeSync, openSync, readFileSync, readSync, statSync, writeFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { plain } from './words.mjs';

const [filesPath, megabytes, tablesPath, leftOutPath] = process.argv.slice(2);
if (leftOutPath === undefined) {
  console.error('usage: node list-tables.mjs FILES.txt MEGABYTES TABLES.csv LEFT-OUT.csv');
  process.exit(2);
}
const BEGINNING = 64 * 1024;

const tables = [];
const leftOut = [];
for (const path of readFileSync(filesPath, 'utf8').split('\n').filter(Boolean)) {
  const reason = whyNot(path);
  if (reason === undefined) tables.push(path);
  else leftOut.push([basename(path), reason]);
}

// Two files may differ in their extension alone.
const stems = tables.map((path) => basename(path, extname(path)));
writeFileSync(
  tablesPath,
  csv(
    ['name', 'file', 'path'],
    tables.map((path, at) => [
      stems.indexOf(stems[at]) === stems.lastIndexOf(stems[at]) ? stems[at] : basename(path),
      basename(path),
      path,
    ]),
  ),
);
writeFileSync(leftOutPath, csv(['file', 'reason'], leftOut));

function whyNot(path) {
  const extension = extname(path).toLowerCase();
  if (['.png', '.jpg', '.jpeg', '.gif', '.svg'].includes(extension)) return 'It is an image.';
  if (!['.csv', '.tsv', '.json', '.jsonl', '.ndjson', '.parquet'].includes(extension)) {
    return `It is in a format that is not read (${plain(extension) || 'no extension'}).`;
  }
  const size = statSync(path).size;
  if (size > megabytes * 1e6) return `It is larger than ${megabytes} MB (${(size / 1e6).toFixed(1)} MB).`;
  if (extension !== '.json') return undefined;
  const beginning = readBeginning(path);
  if (/^\s*\[/.test(beginning)) return undefined;
  const kind = /"type"\s*:\s*"(Topology|FeatureCollection)"/.exec(beginning)?.[1];
  if (kind) return `It is a map (${kind === 'Topology' ? 'TopoJSON' : 'GeoJSON'}), not a list of rows.`;
  return 'It is one JSON object, not a list of rows.';
}

function readBeginning(path) {
  const file = openSync(path, 'r');
  const bytes = Buffer.alloc(BEGINNING);
  const size = readSync(file, bytes, 0, BEGINNING, 0);
  closeSync(file);
  return bytes.toString('utf8', 0, size);
}

function csv(head, rows) {
  const cell = (text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return [head, ...rows].map((cells) => `${cells.map(cell).join(',')}\n`).join('');
}
