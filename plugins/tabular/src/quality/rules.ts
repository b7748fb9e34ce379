/**
 * Freezes what a profile knows into rules. Quality before and after is measured by the same rules, so that nothing is
 * called good for having lost what was wrong. Pure.
 */
import type { ProfileColumn, ProfileDocument, ProfileSoftDependency } from '../documents.generated.ts';
import { named, times } from '../operators/words.ts';
import { isMomentType, isNumberType } from '../profile/kinds.ts';
import { wordsOf } from '../profile/semantic-types.ts';
import { readableFormats, rivalForms, typeForms } from './forms.ts';
import type { Rule, RuleSet, TextFault } from './rule.ts';

export interface FreezeOptions {
  /** Whether detectors vote on every cell, which costs as much as all the rest. Default: no. */
  readonly accuracy?: boolean;
  /** How fresh the values of a column are. */
  readonly timeliness?: {
    readonly column: string;
    /** ISO 8601. */
    readonly now: string;
    /** Days after which a value is worth nothing. */
    readonly days: number;
    readonly exponent: number;
  };
}

/** A column with a larger share of missing values is not asked to be complete. */
const EMPTY_SHARE = 0.95;
const DEPENDENCIES_MAX = 40;
/** Dependencies that decide one column. */
const PER_COLUMN_MAX = 3;
const ROW_RULES_MAX = 10;
const TYPO_SCORE_MIN = 0.8;
/** Where one of them is, all are looked for: what is no blank at the end may be two inside. */
const BLANKS = ['padded', 'double_space', 'control', 'replacement'] as const;
const FAULTS = [...BLANKS, 'not_nfc', 'mojibake'] as const;

/** Meanings that have a check which knows right from wrong. */
const CHECKED = new Set([
  'email',
  'url',
  'ip',
  'uuid',
  'mac',
  'iban',
  'credit_card',
  'isbn',
  'issn',
  'ean',
  'hash',
  'colour',
  'coordinates',
  'phone',
  'us_state_code',
  'country_code',
  'month',
  'weekday',
  'year',
  'latitude',
  'longitude',
  'postal_code',
]);
/** Meanings that are written in several ways, of which one is to be chosen. */
const WRITTEN = new Set([
  'phone',
  'url',
  'email',
  'postal_code',
  'country',
  'country_code',
  'us_state',
  'us_state_code',
]);

export function freezeRules(profile: ProfileDocument, { accuracy = false, timeliness }: FreezeOptions = {}): RuleSet {
  const { columns, table } = profile;
  const masks = new Map<string, readonly string[]>();
  for (const { name, placeholders } of columns) {
    const values = placeholders.filter(({ disguised }) => disguised).map(({ value }) => value);
    if (values.length > 0) masks.set(name, values);
  }
  if (columns.length === 0) return { rules: [], masks };
  const found: Rule[] = [
    ...columns.flatMap((column) => columnRules(column, profile, accuracy)),
    ...rowRules(profile),
    ...keyRules(profile),
  ];
  const dated = timeliness && columns.find(({ name }) => name === timeliness.column);
  if (timeliness && dated) {
    const { now, days, exponent, column } = timeliness;
    found.push({
      id: `recent:${column}`,
      kind: 'recent',
      dimension: 'timeliness',
      columns: [column],
      params: { now, days, exponent, formats: readableFormats(dated) },
      description: `${named([column])} is less than ${times(days, 'day')} before ${now}.`,
    });
  }
  if (table.near_duplicate_rows > 0) {
    found.push({
      id: 'clearly_different_rows',
      kind: 'clearly_different_rows',
      dimension: 'uniqueness',
      columns: columns.map(({ name }) => name),
      params: {},
      description: 'No row is equal to another but for case, accents and spaces.',
    });
  }
  return { rules: found, masks };
}

function columnRules(column: ProfileColumn, { findings, dependencies }: ProfileDocument, isVoted: boolean): Rule[] {
  const { name, form, missing, values } = column;
  const rows = values + missing.count;
  const rules: Rule[] = [];
  const quoted = named([name]);
  const one = { columns: [name] };
  if (rows > 0 && missing.count + missing.disguised <= EMPTY_SHARE * rows) {
    rules.push({
      id: `present:${name}`,
      kind: 'present',
      dimension: 'completeness',
      ...one,
      params: {},
      description: `${quoted} has a value in every row.`,
    });
  }
  if (missing.disguised + missing.blank > 0) {
    rules.push({
      id: `unmasked:${name}`,
      kind: 'unmasked',
      dimension: 'validity',
      ...one,
      params: {},
      description: `A missing value of ${quoted} is not written as a word, a number or blanks.`,
    });
  }
  if (values === 0) return rules;
  const seen = FAULTS.filter((fault) => form[fault] > 0);
  if (seen.length > 0) {
    const without: TextFault[] = [...new Set([...BLANKS, ...seen])];
    rules.push({
      id: `clean_text:${name}`,
      kind: 'clean_text',
      dimension: 'validity',
      ...one,
      params: { without },
      description: `Values of ${quoted} have no blanks around them or twice, and no character that is invisible or was decoded wrongly.`,
    });
  }
  const typed = typeForms(column);
  if (typed) {
    const names = typed.forms.map((written) => written.name).join(' or ');
    rules.push({
      id: `of_type:${name}`,
      kind: 'of_type',
      dimension: 'validity',
      ...one,
      params: typed,
      description: `Values of ${quoted} are written as ${names}.`,
    });
  }
  const meaning = column.semantic.find(({ type }) => CHECKED.has(type));
  if (meaning && (!typed || isNumberType(column.type))) {
    rules.push({
      id: `meaning:${name}`,
      kind: 'meaning',
      dimension: 'validity',
      ...one,
      params: { meaning: meaning.type },
      description: `Values of ${quoted} pass the check of ${meaning.type.replaceAll('_', ' ')}.`,
    });
  }
  const isWritten = column.semantic.some(({ type }) => WRITTEN.has(type));
  const { rule } = column.patterns;
  if (rule && !typed && !isWritten) {
    rules.push({
      id: `pattern:${name}`,
      kind: 'pattern',
      dimension: 'validity',
      ...one,
      params: { regex: rule.regex },
      description: `Values of ${quoted} have the pattern ${rule.pattern}.`,
    });
  }
  const wrong = findings
    .filter((one_) => one_.kind === 'typo' && one_.column === name && one_.score >= TYPO_SCORE_MIN)
    .flatMap(({ value }) => (value === null || value.endsWith('…') ? [] : [value]));
  if (wrong.length > 0) {
    rules.push({
      id: `spelling:${name}`,
      kind: 'spelling',
      dimension: 'validity',
      ...one,
      params: { wrong },
      description: `Values of ${quoted} are none of ${times(wrong.length, 'value')} that ${wrong.length === 1 ? 'is' : 'are'} rare and nearly like a frequent one.`,
    });
  }
  rules.push(...writingRules(column, typed !== undefined, isWritten));
  if (!isVoted) return rules;
  const { outliers } = column;
  const decided = dependencies.soft.filter(({ rhs, violations }) => rhs === name && violations > 0);
  if (rules.some(({ dimension }) => dimension === 'validity') || outliers || decided.length > 0) {
    const isNumber = isNumberType(column.type);
    rules.push({
      id: `unflagged:${name}`,
      kind: 'unflagged',
      dimension: 'accuracy',
      ...one,
      params: {
        low: isNumber ? (outliers?.low ?? null) : null,
        high: isNumber ? (outliers?.high ?? null) : null,
        lowFar: isNumber ? (outliers?.low_far ?? null) : null,
        highFar: isNumber ? (outliers?.high_far ?? null) : null,
        decided: [...decided]
          .sort(byStrength)
          .slice(0, 2)
          .map(({ lhs }) => lhs),
      },
      description: `Neither type, pattern, spelling, other columns nor distance from the rest speak against values of ${quoted}.`,
    });
  }
  return rules;
}

/** Whether all values are written in one way, whichever it is. */
function writingRules(column: ProfileColumn, isTyped: boolean, isWritten: boolean): Rule[] {
  const { name, patterns, clusters } = column;
  const quoted = named([name]);
  const one = { dimension: 'consistency' as const, columns: [name] };
  const forms = rivalForms(column);
  const rules: Rule[] = [];
  if (forms.length > 1) {
    rules.push({
      id: `one_form:${name}`,
      kind: 'one_form',
      ...one,
      params: { forms },
      description: `All values of ${quoted} are written in one way.`,
    });
  } else if (isWritten && !isTyped && patterns.run.distinct > 1) {
    rules.push({
      id: `one_pattern:${name}`,
      kind: 'one_pattern',
      ...one,
      params: {},
      description: `All values of ${quoted} have one pattern.`,
    });
  } else if (patterns.rule && !isTyped) {
    rules.push({
      id: `one_form:${name}`,
      kind: 'one_form',
      ...one,
      params: { forms: [{ name: patterns.rule.pattern, regex: patterns.rule.regex }] },
      description: `All values of ${quoted} have the pattern ${patterns.rule.pattern}.`,
    });
  }
  if (clusters.length > 0) {
    rules.push({
      id: `one_spelling:${name}`,
      kind: 'one_spelling',
      ...one,
      params: {},
      description: `Values of ${quoted} that differ in case, spaces, marks or order of words only are written in one way.`,
    });
  }
  return rules;
}

/** Those that are broken come first, then those that say more than chance. */
function byStrength(a: ProfileSoftDependency, b: ProfileSoftDependency): number {
  return (
    Number(b.violations > 0) - Number(a.violations > 0) ||
    a.lhs.length - b.lhs.length ||
    b.mu - a.mu ||
    a.g3 - b.g3 ||
    (a.lhs.join('\0') < b.lhs.join('\0') ? -1 : 1)
  );
}

function rowRules({ dependencies, columns, reports }: ProfileDocument): Rule[] {
  const perColumn = new Map<string, number>();
  const soft = [...dependencies.soft].sort(byStrength).filter(({ rhs }) => {
    // What sources say of it is no rule.
    if (reports?.columns.some(({ column }) => column === rhs)) return false;
    const count = (perColumn.get(rhs) ?? 0) + 1;
    perColumn.set(rhs, count);
    return count <= PER_COLUMN_MAX;
  });
  const formatsOf = (name: string) => {
    const column = columns.find((one) => one.name === name);
    return column && isMomentType(column.type) ? readableFormats(column) : [];
  };
  const consistency = { dimension: 'consistency' as const };
  const disputed = (reports?.columns ?? []).map(({ column }) => ({ lhs: reports?.things ?? [], rhs: column }));
  return [
    ...[...disputed, ...soft.slice(0, DEPENDENCIES_MAX)].map(
      ({ lhs, rhs }): Rule => ({
        id: `dependency:${lhs.join('+')}->${rhs}`,
        kind: 'dependency',
        ...consistency,
        columns: [...lhs, rhs],
        params: {},
        description: `Rows with the same ${named(lhs)} have the same ${named([rhs])}.`,
      }),
    ),
    ...dependencies.orders.slice(0, ROW_RULES_MAX).map(
      ({ lower, upper }): Rule => ({
        id: `order:${lower}<=${upper}`,
        kind: 'order',
        ...consistency,
        columns: [lower, upper],
        params: { formats: [...new Set([...formatsOf(lower), ...formatsOf(upper)])] },
        description: `${named([lower])} is not above ${named([upper])}.`,
      }),
    ),
    ...dependencies.sums.slice(0, ROW_RULES_MAX).map(
      ({ total, parts }): Rule => ({
        id: `sum:${parts.join('+')}=${total}`,
        kind: 'sum',
        ...consistency,
        columns: [...parts, total],
        params: {},
        description: `${named([total])} is the sum of ${named(parts)}.`,
      }),
    ),
    ...dependencies.equalities.slice(0, ROW_RULES_MAX).map(
      ({ columns: pair }): Rule => ({
        id: `equal:${pair.join('=')}`,
        kind: 'equal',
        ...consistency,
        columns: pair,
        params: {},
        description: `${named(pair)} have the same value.`,
      }),
    ),
  ];
}

const KEY_NAME = /(^|_)(id|key|code|no|nr|number|uuid|index)$/;

function keyRules({ columns, keys, table }: ProfileDocument): Rule[] {
  const meant = (name: string) => {
    const column = columns.find((one) => one.name === name);
    return column?.semantic.some(({ type }) => type === 'identifier') === true || KEY_NAME.test(wordsOf(name));
  };
  const single = [...keys.minimal, ...keys.near].filter(
    (key) => key.columns.length === 1 && meant(key.columns[0] ?? ''),
  );
  const chosen =
    single.length > 0 ? single : keys.minimal.filter((key) => key.columns.length > 1 && key.columns.every(meant));
  return [
    ...(table.rows > 0
      ? [
          {
            id: 'different_rows',
            kind: 'different_rows' as const,
            dimension: 'uniqueness' as const,
            columns: columns.map(({ name }) => name),
            params: {},
            description: 'No row is equal to another.',
          },
        ]
      : []),
    ...chosen.slice(0, 5).map(
      (key): Rule => ({
        id: `key:${key.columns.join('+')}`,
        kind: 'key',
        dimension: 'uniqueness',
        columns: key.columns,
        params: {},
        description: `${named(key.columns)} ${key.columns.length === 1 ? 'is' : 'are together'} different in every row.`,
      }),
    ),
  ];
}
