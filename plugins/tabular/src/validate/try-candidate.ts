/** Tries one candidate: on a part of the rows, then on all; compares before and after. */
import type { CandidateDocument, ValidationDocument } from '../documents.generated.ts';
import { operatorNamed } from '../operators/catalogue.ts';
import type { Operator, Transformation } from '../operators/operator.ts';
import { cut } from '../profile/values.ts';
import { scoresOf } from '../quality/score.ts';
import { sqlName } from '../table/names.ts';
import { dropAttempt, dropLeftOvers, makeAttempt } from './attempt.ts';
import { checkDrift } from './drift-check.ts';
import { checkNewNulls, checkRowLoss, checkSchema } from './loss-checks.ts';
import { checkDeterministic, checkIdempotent, checkLeakage } from './repeat-checks.ts';
import { checkReversible } from './reverse-check.ts';
import { checkMinimality, checkRules, checkValueLoss } from './rule-checks.ts';
import type { Attempt, Check, Issue, Trial } from './trial.ts';

export interface Tried {
  /** `diff` is null. */
  readonly validation: ValidationDocument;
  /** With its relations, which the caller drops (`dropAttempt`); undefined where it could not be applied to all rows. */
  readonly attempt: Attempt | undefined;
}

const EXAMPLES_MAX = 5;

/** Cheap ones: what fails them on a part of the rows is not tried on all. */
const FIRST_CHECKS: readonly Check[] = [checkSchema, checkRowLoss, checkNewNulls];
const ALL_CHECKS: readonly Check[] = [
  ...FIRST_CHECKS,
  checkValueLoss,
  checkRules,
  checkDrift,
  checkMinimality,
  checkIdempotent,
  checkReversible,
  checkDeterministic,
  checkLeakage,
];

/** Never throws for what the candidate does: that is an issue. */
export async function tryCandidate(trial: Trial, candidate: CandidateDocument): Promise<Tried> {
  const operator = operatorNamed(candidate.operator);
  if (!operator) return refused(trial, candidate, `There is no operator "${candidate.operator}" in the catalogue.`);
  const names = trial.table.columns.map(({ name }) => name);
  const unknown = candidate.columns.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    return refused(trial, candidate, `The table has no column "${unknown.join('", "')}".`, 'schema');
  }
  let transformation: Transformation;
  try {
    transformation = operator.transform(candidate.columns, candidate.params, names);
  } catch (error) {
    return refused(trial, candidate, error instanceof Error ? error.message : String(error));
  }
  return await tryTransformation(trial, candidate, operator, transformation);
}

/** For an operator that need not be in the catalogue. */
export async function tryTransformation(
  trial: Trial,
  candidate: CandidateDocument,
  operator: Operator,
  transformation: Transformation,
): Promise<Tried> {
  try {
    return await tryOnParts(trial, candidate, operator, transformation);
  } catch (error) {
    // Rejects when the stage was told to end, which is no fault of the candidate.
    await dropLeftOvers(trial, candidate);
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    return refused(trial, candidate, `It cannot be run: ${reason}`);
  }
}

async function tryOnParts(
  trial: Trial,
  candidate: CandidateDocument,
  operator: Operator,
  transformation: Transformation,
): Promise<Tried> {
  const { sample, rows, limits, table } = trial;
  const isLarge = rows * table.columns.length * candidate.cost > limits.budget;
  if (sample) {
    const first = await makeAttempt(trial, candidate, operator, transformation, sample, '_sample');
    const issues = await runChecks(first, FIRST_CHECKS);
    if (isLarge) issues.push(beyondBudget(trial));
    if (isLarge || issues.some(({ severity }) => severity === 'error')) {
      const validation = await documentOf(first, issues, true);
      await dropAttempt(first);
      return { validation, attempt: undefined };
    }
    await dropAttempt(first);
  }
  const attempt = await makeAttempt(trial, candidate, operator, transformation, trial.table);
  return { validation: await documentOf(attempt, await runChecks(attempt, ALL_CHECKS), false), attempt };
}

function beyondBudget({ limits }: Trial): Issue {
  const message = `The table is too large for all rows to be tried within the budget of ${limits.budget} cells; a part of them was.`;
  return { severity: 'warning', code: 'budget', message, column: null };
}

async function runChecks(attempt: Attempt, checks: readonly Check[]): Promise<Issue[]> {
  const issues: Issue[] = [];
  for (const check of checks) issues.push(...(await check(attempt)));
  return sorted(issues);
}

const SEVERITIES: readonly Issue['severity'][] = ['error', 'warning', 'info'];

function sorted(issues: readonly Issue[]): Issue[] {
  const key = ({ severity, code, column, message }: Issue) =>
    `${SEVERITIES.indexOf(severity)} ${code} ${column ?? ''} ${message}`;
  return [...issues].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

async function documentOf(attempt: Attempt, issues: readonly Issue[], isSample: boolean): Promise<ValidationDocument> {
  const { trial, candidate, counts, rows } = attempt;
  const before = scoresOf(trial.rules, trial.measures, trial.weights);
  return {
    version: 1,
    data: trial.digest,
    candidate: candidate.id,
    operator: candidate.operator,
    columns: candidate.columns,
    passed: issues.every(({ severity }) => severity !== 'error'),
    sample_only: isSample,
    rows,
    cells_changed: counts.cells,
    rows_dropped: counts.rows,
    columns_added: [...counts.columnsAdded],
    columns_dropped: [...counts.columnsDropped],
    changed: counts.changed,
    issues: [...issues],
    scores: { before, after: attempt.after ? scoresOf(trial.rules, attempt.after, trial.weights) : before },
    examples: await examplesOf(attempt),
    diff: null,
  };
}

/** What is changed most often comes first; of each change the first row. */
async function examplesOf({ trial, changes }: Attempt): Promise<ValidationDocument['examples']> {
  const found = await trial.database.query(
    `SELECT min(row)::DOUBLE, "column", before, after FROM ${sqlName(changes)} WHERE kind IN ('cell', 'row') GROUP BY "column", before, after ORDER BY count(*) DESC, min(row), "column" LIMIT ${EXAMPLES_MAX}`,
  );
  const text = (value: unknown) => (value === null ? null : cut(String(value)));
  return found.map(([row, column, before, after]) => ({
    row: Number(row),
    column: column === null ? null : String(column),
    before: text(before),
    after: text(after),
  }));
}

function refused(trial: Trial, candidate: CandidateDocument, message: string, code = 'not_applicable'): Tried {
  const scores = scoresOf(trial.rules, trial.measures, trial.weights);
  const validation: ValidationDocument = {
    version: 1,
    data: trial.digest,
    candidate: candidate.id,
    operator: candidate.operator,
    columns: candidate.columns,
    passed: false,
    sample_only: false,
    rows: 0,
    cells_changed: 0,
    rows_dropped: 0,
    columns_added: [],
    columns_dropped: [],
    changed: [],
    issues: [{ severity: 'error', code, message, column: null }],
    scores: { before: scores, after: scores },
    examples: [],
    diff: null,
  };
  return { validation, attempt: undefined };
}
