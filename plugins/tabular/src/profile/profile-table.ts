/** The profile of a table. Everything is in one order and exact; nothing depends on time or on the number of threads. */
import type { ProfileDocument, ProfileSkipped } from '../documents.generated.ts';
import { tableDigest } from '../table/digest.ts';
import type { Database } from '../table/duckdb.ts';
import type { OpenTable, TableColumn } from '../table/open-table.ts';
import { alerts } from './alerts.ts';
import { type CodedTable, readCodes } from './codes.ts';
import { constraints } from './constraints.ts';
import { correlations } from './correlations.ts';
import { exactDependencies } from './exact-dependencies.ts';
import { fillable } from './fillable.ts';
import type { LeftOut } from './findings.ts';
import { findKeys } from './keys.ts';
import { load } from './load.ts';
import { ratio } from './numbers.ts';
import { DETAIL_MAX, LIMITS, type ProfileOptions } from './options.ts';
import { standsForMissing } from './placeholders.ts';
import { type ProfiledColumn, profileColumn } from './profile-column.ts';
import { relations } from './relations.ts';
import { findReports } from './reports.ts';
import { reshape } from './reshape.ts';
import { softDependencies } from './soft-dependencies.ts';
import { fillDown, tokenSplits } from './structure.ts';
import { rowFacts } from './table-facts.ts';
import { trimSpaces } from './values.ts';

/** Rows that dependencies are searched in, and how many of them where there are more. */
const CODED_ROWS_MAX = 200_000;
const CODED_SAMPLE = 50_000;
/** Columns of which pairs are compared. */
const PAIRED_MAX = 200;
/** Columns whose names are compared. */
const RESHAPED_MAX = 2000;
/** Of a wider table, or one with more rows than are compared, so much is held at once. */
const BLOCK_CELLS = 2_000_000;
const BLOCK_COLUMNS = 500;

export async function profileTable(
  database: Database,
  table: OpenTable,
  options: ProfileOptions,
): Promise<ProfileDocument> {
  const columns = chosen(table.columns, options.columns);
  if (columns.length === 0) return withoutColumns(table, options, await tableDigest(database, '', []));
  const { rows, rowsTotal, digest } = await load(database, table, columns, {
    rows: options.sampleRows,
    seed: options.seed,
  });
  const isPaired = columns.length <= PAIRED_MAX;
  const rowsMax = codedRows(columns.length, options.budget);
  const names = columns.map(({ name }) => name);
  const whole = isPaired && rows <= rowsMax ? await readCodes(database, names, { rows }) : undefined;
  const profiled: ProfiledColumn[] = [];
  let block = { from: 0, columns: whole?.columns ?? [] };
  for (const [at, column] of columns.entries()) {
    if (!whole && rows <= DETAIL_MAX && at === block.from + block.columns.length) {
      const size = Math.max(1, Math.floor(BLOCK_CELLS / Math.max(1, rows)));
      const next = names.slice(at, at + Math.min(size, BLOCK_COLUMNS));
      block = { from: at, columns: (await readCodes(database, next, { from: at, rows })).columns };
    }
    const coded = rows <= DETAIL_MAX ? block.columns[at - block.from] : undefined;
    profiled.push(await profileColumn(database, column, at, rows, options, coded));
    options.onStep(at + 1, columns.length + 1, column.name);
  }
  const alone = profiled.map(({ facts }) => facts);
  const ofRows = await rowFacts(database, alone, rows);
  const coded =
    whole ??
    (columns.length <= RESHAPED_MAX
      ? await readCodes(database, names, { rows, rowsMax: Math.min(rowsMax, CODED_SAMPLE) })
      : undefined);
  const paired = isPaired ? coded : undefined;
  const between = await searchBetween(database, paired, alone, rows, options);
  const told = paired ? fillable(withoutPlaceholders(paired, alone), alone) : [];
  const facts = alone.map((column, at) => ({
    ...column,
    fill_down: paired ? fillDown(paired.columns[at] as CodedTable['columns'][number]) : null,
    fillable: told[at] ?? [],
    splits: paired ? [...column.splits, ...tokenSplits(paired, alone, at)] : column.splits,
  }));
  options.onStep(columns.length + 1, columns.length + 1, 'dependencies');

  const cells = rows * columns.length;
  const missing = facts.reduce((sum, column) => sum + column.missing.count, 0);
  const tableFacts: ProfileDocument['table'] = {
    rows,
    rows_total: rowsTotal,
    columns: columns.length,
    cells,
    missing_cells: missing,
    missing_rate: ratio(missing, cells),
    disguised_cells: facts.reduce((sum, column) => sum + column.missing.disguised, 0),
    duplicate_rows: ofRows.duplicates,
    near_duplicate_rows: ofRows.nearDuplicates ?? 0,
    blank_rows: ofRows.blank,
    single_cell_rows: ofRows.single,
    bytes: profiled.reduce((sum, { bytes }) => sum + bytes, 0),
  };
  const skipped: ProfileSkipped[] = [...profiled.flatMap((one) => one.skipped), ...between.skipped];
  if (ofRows.nearDuplicates === undefined) {
    skipped.push(
      skip('table.near_duplicate_rows', 'The table has too many cells to compare rows that are nearly equal.'),
    );
  }
  const { keys, dependencies } = between;
  return {
    version: 1,
    approx: rows < rowsTotal,
    source: sourceOf(table, digest),
    params: paramsOf(options),
    limits: LIMITS,
    table: tableFacts,
    columns: facts,
    keys,
    dependencies,
    correlations: between.correlations.slice(0, LIMITS.correlations),
    correlations_left_out: Math.max(0, between.correlations.length - LIMITS.correlations),
    findings: [...profiled.flatMap(({ found }) => found.findings), ...ofRows.findings],
    findings_left_out: profiled.flatMap(({ found }): LeftOut[] => found.leftOut),
    alerts: alerts(facts, tableFacts, between.correlations),
    constraints: constraints({ columns: facts, keys, dependencies, table: tableFacts }),
    reports: between.reports,
    reshape: coded ? reshape(coded, facts) : NO_RESHAPE,
    skipped,
  };
}

/** All columns, or those asked for, in the order of the table; whoever calls has seen that they are there. */
function chosen(columns: readonly TableColumn[], names: readonly string[] | undefined): readonly TableColumn[] {
  return names === undefined ? columns : columns.filter(({ name }) => names.includes(name));
}

function codedRows(columns: number, budget: number): number {
  return Math.max(1000, Math.min(CODED_ROWS_MAX, Math.floor(budget / (10 * columns))));
}

type Between = Pick<ProfileDocument, 'keys' | 'dependencies' | 'correlations' | 'reports' | 'skipped'>;

/** Keys, dependencies, correlations and reports, each within its share of the budget. */
async function searchBetween(
  database: Database,
  coded: CodedTable | undefined,
  facts: ProfileDocument['columns'],
  rows: number,
  options: ProfileOptions,
): Promise<Between> {
  const skipped: ProfileSkipped[] = [];
  if (!coded) {
    skipped.push(
      skip('dependencies', `The table has more than ${PAIRED_MAX} columns; nothing was looked for between them.`),
    );
    return {
      keys: { minimal: [], near: [], complete: false },
      dependencies: NO_DEPENDENCIES,
      correlations: [],
      reports: null,
      skipped,
    };
  }
  if (!coded.isComplete) {
    const seen = `${coded.rows.length} of ${rows} rows, evenly spread`;
    skipped.push(
      skip('dependencies.soft', `They were measured in ${seen}.`),
      skip('dependencies.relations', `They were measured in ${seen}.`),
      skip('correlations', `They were measured in ${seen}.`),
    );
  }
  const keys = await findKeys(database, facts, coded, rows, { maxSize: options.keysMaxSize, budget: options.budget });
  if (!keys.isComplete) skipped.push(skip('keys', 'Not all combinations of columns could be tried within the budget.'));

  const codes = coded.columns.map((column) => column.codes);
  const exact = coded.isComplete
    ? exactDependencies(codes, rows, options.budget)
    : { found: [], isComplete: false, lhsMax: 0, visits: 0 };
  if (!exact.isComplete) {
    const reason = coded.isComplete
      ? `Left sides of more than ${exact.lhsMax} columns were not looked at: the budget of ${options.budget} visits is used up, or there are more than 30 columns.`
      : `They have to hold in all ${rows} rows, and only ${coded.rows.length} were compared.`;
    skipped.push(skip('dependencies.exact', reason));
  }
  const known = withoutPlaceholders(coded, facts);
  const soft = softDependencies(known, {
    maxLhs: options.fdMaxLhs,
    g3: options.fdG3,
    budget: options.budget,
  });
  if (!soft.isComplete) skipped.push(skip('dependencies.soft', 'Not all left sides could be tried within the budget.'));
  const reports = findReports(known, facts, { g3: options.fdG3, budget: options.budget });
  if (!reports.isComplete) {
    const reason = coded.isComplete
      ? 'Not all pairs of things and sources could be tried within the budget.'
      : 'A part of the rows has too few of each thing.';
    skipped.push(skip('reports', reason));
  }
  const pairs = options.correlations ? correlations(coded, facts, options.budget) : { found: [], isComplete: true };
  if (!options.correlations) skipped.push({ ...skip('correlations', 'They were not asked for.'), code: 'not-asked' });
  else if (!pairs.isComplete) skipped.push(skip('correlations', 'Not all pairs could be compared within the budget.'));
  return {
    keys: { minimal: keys.minimal, near: keys.near, complete: keys.isComplete },
    dependencies: {
      exact: exact.found.slice(0, LIMITS.dependencies).map(({ lhs, rhs, distinctLhs }) => ({
        lhs: lhs.map((at) => facts[at]?.name ?? ''),
        rhs: facts[rhs]?.name ?? '',
        distinct_lhs: distinctLhs,
      })),
      exact_count: exact.found.length,
      exact_complete: exact.isComplete,
      exact_lhs_max: exact.lhsMax,
      soft: [...soft.found],
      soft_left_out: soft.leftOut,
      ...relations(coded, facts),
    },
    correlations: [...pairs.found],
    reports: reports.found,
    skipped,
  };
}

/** With words for missing values as missing: they are no value that anything depends on. */
function withoutPlaceholders(coded: CodedTable, facts: ProfileDocument['columns']): CodedTable {
  const columns = coded.columns.map((column, at) => {
    const words = new Set((facts[at]?.placeholders ?? []).flatMap((one) => (standsForMissing(one) ? [one.value] : [])));
    if (words.size === 0) return column;
    const isGone = column.texts.map((text) => words.has(trimSpaces(text)));
    const codes = column.codes.map((code) => (code < 0 || isGone[code] ? -1 : code));
    return { ...column, codes, missing: codes.reduce((sum, code) => sum + (code < 0 ? 1 : 0), 0) };
  });
  return { ...coded, columns };
}

function skip(what: string, reason: string): ProfileSkipped {
  return { what, columns: [], reason, code: 'profile-budget-exceeded' };
}

const NO_DEPENDENCIES: ProfileDocument['dependencies'] = {
  exact: [],
  exact_count: 0,
  exact_complete: false,
  exact_lhs_max: 0,
  soft: [],
  soft_left_out: 0,
  inclusions: [],
  orders: [],
  sums: [],
  equalities: [],
  conditionals: [],
  complements: [],
};

const NO_RESHAPE: ProfileDocument['reshape'] = {
  blocks: [],
  groups: [],
  transpose: {
    score: 0,
    first_column_header: false,
    row_types: 0,
    column_types: 0,
    in_rows: 0,
    in_columns: 0,
    names: [],
    after: { blocks: [], groups: [] },
  },
  row_groups: [],
  pivots: [],
  subtitles: { column: null, count: 0, rows: [], leads: false, runs: 0 },
  lists: [],
};

function paramsOf(options: ProfileOptions): ProfileDocument['params'] {
  return {
    type_threshold: options.typeThreshold,
    semantic_threshold: options.semanticThreshold,
    missing_tokens: [...options.missingTokens],
    sample_rows: options.sampleRows ?? null,
    top_k: options.topK,
    keys_max_size: options.keysMaxSize,
    fd_max_lhs: options.fdMaxLhs,
    fd_g3: options.fdG3,
    budget: options.budget,
  };
}

function sourceOf({ format, csv, source }: OpenTable, digest: string): ProfileDocument['source'] {
  return {
    format,
    csv: csv ? (csvFacts(csv) as ProfileDocument['source']['csv']) : null,
    dialect: { ...source },
    digest,
  };
}

function csvFacts(csv: NonNullable<OpenTable['csv']>) {
  return {
    encoding: csv.encoding,
    delimiter: csv.delimiter,
    header: csv.header,
    line_end: csv.lineEnd,
    blank_lines: csv.blankLines,
    short_rows: csv.short.count,
    first_short_line: csv.short.firstLine ?? null,
    long_rows: csv.long.count,
    first_long_line: csv.long.firstLine ?? null,
  };
}

function withoutColumns(table: OpenTable, options: ProfileOptions, digest: string): ProfileDocument {
  return {
    version: 1,
    approx: false,
    source: sourceOf(table, digest),
    params: paramsOf(options),
    limits: LIMITS,
    table: {
      rows: 0,
      rows_total: 0,
      columns: 0,
      cells: 0,
      missing_cells: 0,
      missing_rate: 0,
      disguised_cells: 0,
      duplicate_rows: 0,
      near_duplicate_rows: 0,
      blank_rows: 0,
      single_cell_rows: 0,
      bytes: 0,
    },
    columns: [],
    keys: { minimal: [], near: [], complete: true },
    dependencies: { ...NO_DEPENDENCIES, exact_complete: true },
    correlations: [],
    correlations_left_out: 0,
    findings: [],
    findings_left_out: [],
    alerts: [],
    constraints: [],
    reports: null,
    reshape: NO_RESHAPE,
    skipped: [],
  };
}
