// Two profiles of one table, before and after cleaning, as a report in Markdown on stdout.
import { readFileSync } from 'node:fs';

const [beforePath, afterPath] = process.argv.slice(2);
if (afterPath === undefined) {
  console.error('usage: node report.mjs BEFORE.json AFTER.json > REPORT.md');
  process.exit(2);
}
const before = JSON.parse(readFileSync(beforePath, 'utf8'));
const after = JSON.parse(readFileSync(afterPath, 'utf8'));

process.stdout.write(
  [
    '# Before and after cleaning',
    '',
    ...tableOf(
      ['', 'before', 'after'],
      [
        ['Rows', amount(before.table.rows), amount(after.table.rows)],
        ['Columns', amount(before.table.columns), amount(after.table.columns)],
        ['Duplicate rows', amount(before.table.duplicate_rows), amount(after.table.duplicate_rows)],
        ['Missing values', missingOf(before.table), missingOf(after.table)],
      ],
      'lrr',
    ),
    '',
    '## What the cleaning did',
    '',
    ...changes().map((change) => `- ${change}`),
    '',
    '## Columns',
    '',
    ...tableOf(
      ['column', 'type', 'missing before', 'missing after', 'different before', 'different after', 'range'],
      after.columns.map((column) => {
        const old = columnOf(before, column.name);
        return [
          code(column.name),
          column.type,
          old ? percent(old.missing) : '–',
          percent(column.missing),
          old ? amount(old.distinct) : '–',
          amount(column.distinct),
          rangeOf(column),
        ];
      }),
      'llrrrrl',
    ),
    '',
    '## Worth a look',
    '',
    ...findings().map((finding) => `- ${finding}`),
    '',
  ].join('\n'),
);

function changes() {
  const found = [];
  const dropped = before.table.rows - after.table.rows;
  if (dropped > 0)
    found.push(`${plural(dropped, 'row')} dropped that ${dropped === 1 ? 'was' : 'were'} equal to an earlier one.`);
  for (const column of after.columns) {
    const old = columnOf(before, column.name);
    if (!old) {
      found.push(`The column ${code(column.name)} is new.`);
      continue;
    }
    const words = old.placeholders.filter(({ token, value }) => token && !has(column.placeholders, value));
    for (const { value, count } of words) {
      found.push(`${code(column.name)}: ${plural(count, 'value')} ${code(value)} made missing.`);
    }
    const trimmed = old.form.padded - column.form.padded;
    if (trimmed > 0) found.push(`${code(column.name)}: spaces around ${plural(trimmed, 'value')} removed.`);
    const blank = old.missing.blank - column.missing.blank;
    if (blank > 0) found.push(`${code(column.name)}: ${plural(blank, 'value')} of nothing but spaces made missing.`);
    if (old.type !== column.type) found.push(`${code(column.name)}: type ${old.type} became ${column.type}.`);
  }
  for (const column of before.columns) {
    if (!columnOf(after, column.name)) found.push(`The column ${code(column.name)} is gone.`);
  }
  return found.length > 0 ? found : ['Nothing: the table was clean.'];
}

function findings() {
  const found = [];
  for (const column of after.columns) {
    const name = code(column.name);
    const values = after.table.rows - column.missing.count;
    if (values === 0) found.push(`${name} is empty.`);
    else if (column.distinct === 1) found.push(`${name} has one value: ${code(column.min)}.`);
    else if (column.distinct === values && values > 1 && column.missing.count === 0)
      found.push(`${name} is different in every row; it may be a key.`);
    if (column.missing.rate >= 0.05 && values > 0)
      found.push(`${name} is missing in ${percent(column.missing)} of the rows.`);
    if (column.type_violations > 0)
      found.push(
        `${name} has ${plural(column.type_violations, 'value')} that ${column.type_violations === 1 ? 'is' : 'are'} no ${column.type}.`,
      );
    for (const { value, count, token, disguised } of column.placeholders)
      if (token || disguised)
        found.push(`${name} has ${plural(count, 'value')} ${code(value)}; is that a value, or is it missing?`);
    if (column.numeric && column.numeric.zeros > 0.9 * values)
      found.push(`${name} is 0 in ${share(column.numeric.zeros, values)} of its values.`);
  }
  return found.length > 0 ? found : ['Nothing stands out.'];
}

function columnOf(profile, name) {
  return profile.columns.find((column) => column.name === name);
}

function has(values, value) {
  return values.some((one) => one.value === value);
}

function rangeOf({ min, max, numeric }) {
  if (min === null) return '';
  const range = min === max ? code(shorten(min)) : `${code(shorten(min))} … ${code(shorten(max))}`;
  return numeric ? `${range}, mean ${Number(numeric.mean.toPrecision(4))}` : range;
}

function shorten(value) {
  const characters = Array.from(String(value));
  return characters.length > 30 ? `${characters.slice(0, 29).join('')}…` : characters.join('');
}

function missingOf({ missing_cells: count, cells }) {
  return `${amount(count)} (${share(count, cells)})`;
}

function percent({ count, rate }) {
  if (count === 0) return '0 %';
  return rate < 0.001 ? '< 0.1 %' : `${(rate * 100).toFixed(1)} %`;
}

function share(part, whole) {
  return whole === 0 ? '0 %' : percent({ count: part, rate: part / whole });
}

function plural(count, noun) {
  return `${amount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Thousands are kept apart by a comma, whatever the language of the machine. */
function amount(count) {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A value from the data, in a code span that nothing in it can end. */
function code(value) {
  const text = String(value).replace(/\s+/g, ' ').replaceAll('|', '\\|');
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((ticks) => ticks.length));
  const ticks = '`'.repeat(longest + 1);
  const space = /^`|`$|^$/.test(text) ? ' ' : '';
  return `${ticks}${space}${text}${space}${ticks}`;
}

function tableOf(head, rows, align) {
  const widths = head.map((title, at) => Math.max(3, title.length, ...rows.map((row) => row[at].length)));
  const line = (cells) =>
    `| ${cells.map((cell, at) => (align[at] === 'r' ? cell.padStart(widths[at]) : cell.padEnd(widths[at]))).join(' | ')} |`;
  const rule = widths.map((width, at) => (align[at] === 'r' ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)));
  return [line(head), line(rule), ...rows.map(line)];
}
