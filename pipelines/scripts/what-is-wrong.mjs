// What a profile says against a table, as sentences, the worst first.
import { amount, listed, percent, plural } from './words.mjs';

const KINDS = { integer: 'whole number', decimal: 'number', float: 'number', json: 'JSON', uuid: 'UUID' };
const MANY_MISSING = 0.2;

/** `code` marks a name or a value of the data up. `[{ column, text }]`; a column of null is about whole rows. */
export function whatIsWrong(profile, code) {
  const { table, columns, findings, dependencies, source } = profile;
  const { rejected = 0, repaired = 0 } = source.dialect.records ?? {};
  const found = [];
  const say = (column, text) => found.push({ column, text });

  if (rejected > 0)
    say(null, `${plural(rejected, 'record')} of the file cannot be read as ${rejected === 1 ? 'a row' : 'rows'}.`);
  if (repaired > 0) say(null, `${plural(repaired, 'record')} had more or fewer cells than there are columns.`);
  if (table.duplicate_rows > 0) {
    say(
      null,
      `${plural(table.duplicate_rows, 'row')} ${table.duplicate_rows === 1 ? 'is' : 'are'} there before, the same in every column.`,
    );
  }
  if (table.blank_rows > 0)
    say(null, `${plural(table.blank_rows, 'row')} ${table.blank_rows === 1 ? 'is' : 'are'} blank.`);

  for (const { name, type, type_violations: count } of [...columns].sort(
    (a, b) => b.type_violations - a.type_violations,
  )) {
    if (count === 0) continue;
    const examples = ofKind(findings, name, 'type_violation').map(({ value }) => code(value));
    const such = examples.length === 0 ? '' : `, such as ${listed(examples.slice(0, 2))}`;
    say(
      name,
      `${plural(count, 'value')} of ${code(name)} ${count === 1 ? 'is' : 'are'} no ${KINDS[type] ?? type}${such}.`,
    );
  }
  const most = (a, b) => b.missing.disguised - a.missing.disguised;
  for (const { name, placeholders } of [...columns].sort(most)) {
    const disguised = placeholders.filter((one) => one.disguised);
    if (disguised.length === 0) continue;
    const values = disguised.map(({ value, count }) => `${code(value)} (${amount(count)})`);
    say(name, `In ${code(name)}, ${listed(values)} may stand for a missing value.`);
  }
  for (const { name, form } of columns) {
    if (form.mojibake > 0)
      say(name, `${plural(form.mojibake, 'value')} of ${code(name)} went through the wrong encoding.`);
    if (form.padded > 0)
      say(
        name,
        `${plural(form.padded, 'value')} of ${code(name)} ${form.padded === 1 ? 'begins or ends' : 'begin or end'} with a blank.`,
      );
    if (form.control > 0)
      say(
        name,
        `${plural(form.control, 'value')} of ${code(name)} ${form.control === 1 ? 'has' : 'have'} characters that cannot be seen.`,
      );
  }
  // A column that several others nearly decide is told of once.
  const broken = new Map();
  for (const one of dependencies.soft) {
    if (one.violations > 0 && !broken.has(one.rhs)) broken.set(one.rhs, one);
  }
  for (const { lhs, rhs, violations } of broken.values()) {
    say(
      rhs,
      `${code(rhs)} nearly always follows from ${lhs.map((one) => code(one)).join(' and ')}, but not in ${plural(violations, 'row')}.`,
    );
  }
  for (const { name, datetime } of columns) {
    const formats = datetime?.formats ?? [];
    if (formats.length > 1) {
      say(
        name,
        `Dates of ${code(name)} are written in ${formats.length} ways: ${listed(formats.map(({ example }) => code(example)))}.`,
      );
    }
    if ((datetime?.ambiguous ?? 0) > 0) {
      say(name, `In ${plural(datetime.ambiguous, 'date')} of ${code(name)} the day cannot be told from the month.`);
    }
  }
  for (const { name } of columns) {
    const typos = ofKind(findings, name, 'typo');
    const [first] = typos;
    if (!first) continue;
    const more = typos.length === 1 ? '' : `, and ${plural(typos.length - 1, 'more value')} like it`;
    say(name, `${code(first.value)} in ${code(name)} may be a slip for ${code(first.suggestion)}${more}.`);
  }
  for (const { name, clusters } of columns) {
    const same = clusters.filter(({ method }) => method !== 'ngram');
    // Of long ones the difference would not be seen.
    const first = same.find(({ values }) => values.every(({ value }) => value.length <= 60)) ?? same[0];
    if (!first) continue;
    const more = same.length === 1 ? '' : `, and ${plural(same.length - 1, 'more value')} alike`;
    say(name, `${code(name)} has ${listed(first.values.map(({ value }) => code(value)))}${more}.`);
  }
  for (const { name } of columns) {
    const far = [...ofKind(findings, name, 'outlier'), ...ofKind(findings, name, 'date_outlier')].filter(
      ({ evidence }) => evidence.includes('far'),
    );
    if (far.length === 0) continue;
    const left =
      profile.findings_left_out.find(({ column, kind }) => column === name && kind.endsWith('outlier'))?.entries ?? 0;
    const count = `${left > 0 ? 'At least ' : ''}${plural(far.length, 'value')}`;
    say(
      name,
      `${count} of ${code(name)} ${far.length === 1 ? 'lies' : 'lie'} far from the others, such as ${code(far[0].value)}.`,
    );
  }
  for (const { name, values, missing } of columns) {
    if (values > 0 && missing.rate >= MANY_MISSING)
      say(name, `${code(name)} is missing in ${percent(missing.rate)} of the rows.`);
  }
  for (const { name, values, distinct, top } of columns) {
    if (values === 0 && table.rows > 0) say(name, `${code(name)} is empty.`);
    else if (distinct === 1 && table.rows > 1)
      say(name, `${code(name)} has one value only: ${code(top[0]?.value ?? '')}.`);
  }
  return found;
}

function ofKind(findings, column, kind) {
  return findings.filter((one) => one.column === column && one.kind === kind);
}
