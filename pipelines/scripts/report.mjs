// What a table was like, what was done to it and what was not, as a report in Markdown on stdout.
import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { whatIsWrong } from './what-is-wrong.mjs';
import { amount, plain, plural } from './words.mjs';

const [sourcePath, dialectPath, rejectsPath, profilePath, recipePath, qualityPath, validationPath] =
  process.argv.slice(2);
if (validationPath === undefined) {
  console.error(
    'usage: node report.mjs DATA DIALECT.json REJECTS.jsonl PROFILE.json RECIPE.json QUALITY.json VALIDATION.jsonl > REPORT.md',
  );
  process.exit(2);
}
const WRONG_MAX = 25;
const EXAMPLES = 3;
const REJECTS_MAX = 10;
const BROKEN_MAX = 10;
const DIMENSIONS = ['completeness', 'validity', 'consistency', 'uniqueness', 'accuracy', 'timeliness'];

const { records, rejects: rejectedBy } = readJson(dialectPath);
const rejects = readLines(rejectsPath);
const profile = readJson(profilePath);
const { data, steps, left_alone: leftAlone } = readJson(recipePath);
const quality = readJson(qualityPath);
const validated = new Map(readLines(validationPath).map((line) => [line.candidate, line]));
const cellsChanged = steps.reduce((sum, step) => sum + step.cells_changed, 0);
const rowsDropped = steps.reduce((sum, step) => sum + step.rows_dropped, 0);
const wrong = whatIsWrong(profile, (value) => code(value));

process.stdout.write(
  [
    `# ${text(basename(sourcePath))}, cleaned`,
    '',
    summary(),
    '',
    '## What was wrong',
    '',
    ...bullets(
      wrong.slice(0, WRONG_MAX).map((one) => one.text),
      'Nothing that the profile knows to look for.',
    ),
    ...(wrong.length > WRONG_MAX ? [`- And ${amount(wrong.length - WRONG_MAX)} more: see the profile.`] : []),
    '',
    '## What was changed',
    '',
    ...(steps.length === 0 ? ['Nothing: no candidate was both sure enough and worth it.', ''] : steps.flatMap(stepOf)),
    '## What was left alone',
    '',
    ...leftAloneTable(),
    '## Quality',
    '',
    ...scoreTable(),
    ...stillBroken(),
    '## Records of the file',
    '',
    ...recordsOf(),
    '## From here',
    '',
    ...commands(),
  ].join('\n'),
);

function summary() {
  const size = `The table has ${plural(data.rows, 'row')} and ${plural(data.columns.length, 'column')}.`;
  const tried = plural(steps.length + leftAlone.length, 'candidate');
  const done = `Of ${tried} ${amount(steps.length)} ${steps.length === 1 ? 'was' : 'were'} applied`;
  const effect = `${plural(cellsChanged, 'cell')} ${cellsChanged === 1 ? 'was' : 'were'} changed and ${plural(rowsDropped, 'row')} dropped.`;
  if (quality.before.vacuous) return `${size} ${done}: ${effect} There was nothing in it to measure.`;
  const [before, after] = [quality.before.overall, (quality.after ?? quality.before).overall];
  const isSame = score(before) === score(after);
  const hardly = before === after ? 'as before' : `hardly ${after > before ? 'more' : 'less'} than before`;
  const moved = isSame ? `is ${score(after)}, ${hardly}` : `went from ${score(before)} to ${score(after)}`;
  return `${size} ${done}: ${effect} Its quality ${moved} (1: it keeps all of its own rules).`;
}

function stepOf(step, at) {
  const counts = [
    step.cells_changed > 0 && `${plural(step.cells_changed, 'cell')} changed`,
    step.rows_dropped > 0 && `${plural(step.rows_dropped, 'row')} dropped`,
  ].filter(Boolean);
  const { before, after } = step.scores;
  const scores = before && after ? ` Quality ${score(before.overall)} → ${score(after.overall)}.` : '';
  return [
    `### ${at + 1}. ${text(step.description)}`,
    '',
    `${counts.join(', ') || 'Columns changed'} by \`${step.operator}\` (\`${step.id}\`), ${sure(step.confidence)} sure.${scores}`,
    '',
    ...tableOf(['row', 'column', 'before', 'after'], step.examples.slice(0, EXAMPLES).map(exampleOf), 'rlll'),
    '',
  ];
}

function exampleOf({ row, column, before, after }) {
  if (column === null) return [amount(row), '*all*', before === null ? '' : code(before, 90), '*gone*'];
  return [amount(row), code(column), cell(before), cell(after)];
}

function cell(value) {
  return value === null ? '*missing*' : code(value);
}

function leftAloneTable() {
  if (leftAlone.length === 0) return ['Nothing: all candidates were applied.', ''];
  return [
    ...tableOf(
      ['candidate', 'would do', 'cells', 'sure', 'why not'],
      leftAlone.map((one) => [
        `\`${one.id}\``,
        `${text(one.description)}${exampleText(one)}`,
        one.cells === null ? '?' : one.cells === 0 ? '–' : amount(one.cells),
        sure(one.confidence),
        [text(one.reason), ...issuesOf(one.id)].join(' '),
      ]),
      'llrrl',
    ),
    '',
  ];
}

function exampleText({ cells, examples: [example] }) {
  if (!cells || !example || example.column === null) return '';
  return `, such as ${cell(example.before)} → ${cell(example.after)}`;
}

/** What the trial found against it, where that is not the reason already. */
function issuesOf(id) {
  const { passed = true, issues = [] } = validated.get(id) ?? {};
  const [reason = ''] = leftAlone.filter((one) => one.id === id).map((one) => one.reason);
  return passed
    ? []
    : issues
        .filter(({ severity, message }) => severity === 'error' && !reason.includes(message))
        .map(({ message }) => text(message));
}

function scoreTable() {
  const { before, after, weights } = quality;
  const rows = DIMENSIONS.filter((name) => before[name] !== null).map((name) => [
    name,
    score(before[name]),
    after ? score(after[name]) : '–',
    after ? difference(before[name], after[name]) : '–',
    String(weights[name]),
  ]);
  const all = [
    '**all**',
    score(before.overall),
    after ? score(after.overall) : '–',
    after ? difference(before.overall, after.overall) : '–',
    '',
  ];
  return [
    'Measured by rules that were made from the table before, and kept as they were.',
    '',
    ...tableOf(['', 'before', 'after', 'change', 'weight'], [...rows, all], 'lrrrr'),
    '',
  ];
}

function stillBroken() {
  const broken = quality.rules
    .map((rule) => ({ ...rule, held: rule.after ?? rule.before }))
    .filter(({ held }) => held && held.satisfied < held.applicable)
    .sort((a, b) => b.held.applicable - b.held.satisfied - (a.held.applicable - a.held.satisfied))
    .slice(0, BROKEN_MAX);
  if (broken.length === 0) return [];
  return [
    'Rules that are still broken most often:',
    '',
    ...tableOf(
      ['rule', 'broken', 'of'],
      broken.map(({ description, held }) => [
        text(description),
        amount(held.applicable - held.satisfied),
        amount(held.applicable),
      ]),
      'lrr',
    ),
    '',
  ];
}

function recordsOf() {
  const { total, kept, repaired, rejected } = records;
  const others = total - kept - repaired - rejected;
  const sentence = `Of ${plural(total, 'record')} ${amount(kept)} ${kept === 1 ? 'is a row as it is' : 'are rows as they are'}, ${amount(repaired)} ${repaired === 1 ? 'was' : 'were'} made to fit, ${amount(rejected)} could not be read, and ${amount(others)} ${others === 1 ? 'is no row' : 'are no rows'}: names, blank lines, remarks.`;
  if (rejected === 0) return [sentence, ''];
  const reasons = Object.entries(rejectedBy ?? {}).map(([reason, count]) => `${reason}: ${amount(count)}`);
  return [
    `${sentence}${reasons.length > 0 ? ` Reasons: ${reasons.join(', ')}.` : ''}`,
    '',
    ...tableOf(
      ['line', 'reason', 'record'],
      rejects
        .slice(0, REJECTS_MAX)
        .map(({ line, message, code: reason, cells, text: written = cells?.map(csvCell).join(',') }) => [
          line === undefined || line === null ? '' : amount(line),
          text(message ?? reason ?? ''),
          written === undefined || written === null ? '' : code(written),
        ]),
      'rll',
    ),
    ...(rejects.length > REJECTS_MAX ? ['', `And ${amount(rejects.length - REJECTS_MAX)} more.`] : []),
    '',
  ];
}

function csvCell(value) {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

function commands() {
  const at = (name) => shellWord(`${dirname(recipePath)}/${name}`);
  const [first] = leftAlone.filter(({ code: why }) => why !== 'failed');
  return [
    '```sh',
    '# the table as it was',
    `wrangle undo --clean ${at('clean.csv')} --changes ${at('changes.jsonl')} --data restored.csv`,
    '# the same steps, for new data',
    `wrangle apply --data new.csv --in recipe=${at('recipe.json')} --clean new-clean.csv --changes new-changes.jsonl`,
    ...(first
      ? [
          '# one that was left alone, by its id',
          `wrangle apply --data ${shellWord(sourcePath)} --profile ${at('profile.json')} --candidates ${at('work/candidates')} --ranking ${at('ranking.json')} \\`,
          `  --select ids --ids ${first.id} --clean other.csv --changes other.jsonl`,
        ]
      : []),
    '```',
    '',
    `Every change is in \`${plain(dirname(recipePath))}/changes.jsonl\`, one a line, with its row (\`_row\`, from 0) and the step it belongs to.`,
    '',
  ];
}

function sure(confidence) {
  return `${Number((confidence * 100).toFixed(1))} %`;
}

function bullets(lines, none) {
  return lines.length === 0 ? [none] : lines.map((line) => `- ${line}`);
}

function score(value) {
  return value === null ? '–' : value.toFixed(4);
}

function difference(before, after) {
  if (before === null || after === null) return '–';
  const moved = after - before;
  if (moved === 0) return '0';
  return `${moved > 0 ? '+' : '−'}${Math.abs(moved) < 0.00005 ? '0.0000' : Math.abs(moved).toFixed(4)}`;
}

/** Words of a document: they may speak of names and values of the data. */
function text(words) {
  return plain(words, 400).replace(/[\\`*_[\]<>|#]/g, (mark) => `\\${mark}`);
}

/** A value from the data, in a code span that nothing in it can end. */
function code(value, length) {
  const shown = plain(value, length).replaceAll('|', '\\|');
  const longest = Math.max(0, ...(shown.match(/`+/g) ?? []).map((ticks) => ticks.length));
  const ticks = '`'.repeat(longest + 1);
  const space = /^`|`$|^$|^ .* $/.test(shown) ? ' ' : '';
  return `${ticks}${space}${shown}${space}${ticks}`;
}

function shellWord(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function tableOf(head, rows, align) {
  const width = (cell) => Array.from(cell).length;
  const widths = head.map((title, at) => Math.min(60, Math.max(3, width(title), ...rows.map((row) => width(row[at])))));
  const pad = (cell, at) => {
    const space = ' '.repeat(Math.max(0, widths[at] - width(cell)));
    return align[at] === 'r' ? space + cell : cell + space;
  };
  const line = (cells) => `| ${cells.map(pad).join(' | ')} |`;
  const rule = widths.map((size, at) => (align[at] === 'r' ? `${'-'.repeat(size - 1)}:` : '-'.repeat(size)));
  return [line(head), `| ${rule.join(' | ')} |`, ...rows.map(line)];
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function readLines(path) {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}
