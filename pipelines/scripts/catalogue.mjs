// One page of all tables that were profiled: an overview, and a card for each of them. HTML on stdout, in need of nothing else.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { whatIsWrong } from './what-is-wrong.mjs';
import { amount, listed, percent, plain, plural } from './words.mjs';

const [tablesPath, leftOutPath, profilesPath] = process.argv.slice(2);
if (profilesPath === undefined) {
  console.error('usage: node catalogue.mjs TABLES.csv LEFT-OUT.csv PROFILES.txt > INDEX.html');
  process.exit(2);
}
const SORTS = {
  integer: 'number',
  decimal: 'number',
  float: 'number',
  date: 'date',
  datetime: 'date',
  time: 'date',
  boolean: 'yes/no',
  text: 'text',
  empty: 'empty',
};
const VALUES_SHOWN = 3;
const profiles = new Map(
  readLines(profilesPath).map((path) => [basename(path, '.json'), JSON.parse(readFileSync(path, 'utf8'))]),
);
const tables = readRows(tablesPath)
  .map(([name, file]) => ({ name, file, id: encodeURIComponent(name), profile: profiles.get(name) }))
  .filter(({ profile }) => profile)
  .map((one) => ({ ...one, wrong: whatIsWrong(one.profile, (value) => code(value)) }));
const leftOut = readRows(leftOutPath);
const rows = sum(({ table }) => table.rows_total);
const cells = sum(({ table }) => table.cells);

process.stdout.write(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Catalogue of ${plural(tables.length, 'table')}</title>
<style>
  :root { color-scheme: light dark; --line: #8884; --soft: #8881; --quiet: #888; }
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
  table { border-collapse: collapse; width: 100%; }
  th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
  th { font-weight: 600; white-space: nowrap; }
  .n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
  .q { color: var(--quiet); }
  code { background: var(--soft); border-radius: 3px; overflow-wrap: anywhere; padding: 0 .25em; }
  details { border: 1px solid var(--line); border-radius: 6px; margin: .6rem 0; padding: .3rem .9rem; }
  details:target { border-color: currentColor; }
  summary { cursor: pointer; font-weight: 600; }
  .wide { overflow-x: auto; }
</style>
</head>
<body>
<h1>${plural(tables.length, 'table')}</h1>
<p>${plural(rows, 'row')} and ${plural(cells, 'cell')}; ${percent(cells === 0 ? 0 : sum(({ table }) => table.missing_cells) / cells)} of the cells are
missing. The column on the right has the worst of what a profile says against a table, and how much more there is.</p>
<div class="wide">
<table>
<thead><tr><th>Table</th><th class="n">Rows</th><th class="n">Columns</th><th>Types</th><th class="n">Missing</th><th class="n">Duplicates</th><th>Key</th><th>What is wrong first</th></tr></thead>
<tbody>
${tables.map(overview).join('\n')}
</tbody>
</table>
</div>
<h2>One by one</h2>
${tables.map(card).join('\n')}
<h2>Left out</h2>
${
  leftOut.length === 0
    ? '<p>Nothing.</p>'
    : `<table>\n<tbody>\n${leftOut.map(([file, reason]) => `<tr><td>${code(file)}</td><td>${html(reason)}</td></tr>`).join('\n')}\n</tbody>\n</table>`
}
<script>
  // A link to a table opens its card.
  const open = () => {
    const card = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (card) card.open = true;
  };
  addEventListener('hashchange', open);
  open();
</script>
</body>
</html>
`);

function overview({ name, id, profile, wrong }) {
  const { table } = profile;
  const [first] = wrong;
  const more = wrong.length > 1 ? ` <span class="q">+ ${amount(wrong.length - 1)}</span>` : '';
  return `<tr><td><a href="#${html(id)}">${html(plain(name))}</a></td><td class="n">${amount(table.rows_total)}</td><td class="n">${amount(table.columns)}</td><td>${typesOf(profile)}</td><td class="n">${zero(table.missing_cells, percent(table.missing_rate))}</td><td class="n">${zero(table.duplicate_rows, amount(table.duplicate_rows))}</td><td>${keyOf(profile)}</td><td>${first ? first.text + more : '<span class="q">nothing found</span>'}</td></tr>`;
}

function card({ name, file, id, profile, wrong }) {
  const { dependencies, skipped } = profile;
  const decided = dependencies.exact.filter(
    ({ lhs, distinct_lhs: distinct }) => lhs.length === 1 && distinct < profile.table.rows,
  );
  const facts = [
    decided.length > 0 &&
      `${listed(
        decided.map(({ lhs, rhs }) => `${lhs.map((name) => code(name)).join(' and ')} decides ${code(rhs)}`),
        4,
      )}.`,
    ...profile.correlations
      .filter(({ value }) => Math.abs(value) >= 0.9)
      .slice(0, 3)
      .map(
        ({ columns, method, value }) =>
          `${columns.map((name) => code(name)).join(' and ')} go together (${method.replace('_', ' ')} ${value.toFixed(2)}).`,
      ),
    ...[...new Set(skipped.map(({ reason }) => `<span class="q">${html(reason)}</span>`))],
  ].filter(Boolean);
  return `<details id="${html(name)}">
<summary>${html(plain(name))} <span class="q">${plural(profile.table.rows_total, 'row')} × ${amount(profile.table.columns)}</span></summary>
<p>From ${code(file)}, ${formatOf(profile)}. Key: ${keyOf(profile)}. <a href="profiles/${html(id)}.json">The whole profile</a>.</p>
${wrong.length === 0 ? '<p>Nothing was found against it.</p>' : `<ul>\n${wrong.map(({ text }) => `<li>${text}</li>`).join('\n')}\n</ul>`}
<div class="wide">
<table>
<thead><tr><th>Column</th><th>Type</th><th>Means</th><th class="n">Missing</th><th class="n">Different</th><th>Values</th></tr></thead>
<tbody>
${profile.columns.map(columnRow).join('\n')}
</tbody>
</table>
</div>
${facts.map((fact) => `<p>${fact}</p>`).join('\n')}
</details>`;
}

function columnRow(column) {
  const { name, type, semantic, missing, distinct } = column;
  return `<tr><td>${code(name)}</td><td>${type}</td><td>${html((semantic[0]?.type ?? '').replaceAll('_', ' '))}</td><td class="n">${zero(missing.count, percent(missing.rate))}</td><td class="n">${amount(distinct)}</td><td>${valuesOf(column)}</td></tr>`;
}

function valuesOf({ min, max, numeric, datetime, top, values, distinct }) {
  if (values === 0) return '';
  if (numeric) {
    return `${code(min)} … ${code(max)} <span class="q">mean ${amount(Number(Number(numeric.mean).toPrecision(4)))}</span>`;
  }
  if (datetime && datetime.min !== null && datetime.count > values / 2) {
    return `${code(datetime.min)} … ${code(datetime.max)}`;
  }
  const shown = top
    .slice(0, VALUES_SHOWN)
    .map(({ value, count }) =>
      count > 1 ? `${code(value, 40)} <span class="q">${amount(count)}</span>` : code(value, 40),
    );
  return distinct > shown.length ? `${shown.join(', ')} and ${amount(distinct - shown.length)} more` : listed(shown);
}

function typesOf({ columns }) {
  const counts = new Map();
  for (const { type } of columns) counts.set(SORTS[type] ?? type, (counts.get(SORTS[type] ?? type) ?? 0) + 1);
  return [...counts].map(([sort, count]) => `${count} ${sort}`).join(', ');
}

function keyOf({ keys, table }) {
  const [key] = keys.minimal;
  if (key) return key.columns.map((column) => code(column, 30)).join(' + ');
  return `<span class="q">${keys.complete || table.rows < 2 ? 'none' : 'not found'}</span>`;
}

function formatOf({ source }) {
  const { format, csv } = source;
  if (!csv) return { json: 'JSON', ndjson: 'JSON Lines', parquet: 'Parquet' }[format] ?? html(format);
  const kind = csv.delimiter === '\t' ? 'TSV' : csv.delimiter === ',' ? 'CSV' : `CSV with ${code(csv.delimiter)}`;
  return `${kind} in ${html(csv.encoding)}`;
}

function sum(of) {
  return tables.reduce((total, { profile }) => total + of(profile), 0);
}

function zero(count, text) {
  return count === 0 ? '<span class="q">–</span>' : html(text);
}

function code(value, length) {
  return `<code>${html(plain(value, length))}</code>`;
}

function html(text) {
  return String(text).replace(/[&<>"]/g, (mark) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[mark]);
}

function readLines(path) {
  return readFileSync(path, 'utf8').split('\n').filter(Boolean);
}

/** Rows of a CSV as list-tables.mjs writes it, without those of names. */
function readRows(path) {
  return readLines(path)
    .slice(1)
    .map((line) =>
      [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)]
        .map(([, cell]) => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell))
        .slice(0, line.split(',').length),
    );
}
