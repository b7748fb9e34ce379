/** Validates candidates that a ranking says nothing about: what fails is not applied, whoever asks for it. */
import type { CandidateDocument, ProfileDocument } from '../documents.generated.ts';
import type { RuleSet } from '../quality/rule.ts';
import type { Weights } from '../quality/score.ts';
import type { Database } from '../table/duckdb.ts';
import { sqlName } from '../table/names.ts';
import type { WorkingTable } from '../transform/working-table.ts';
import { dropAttempt } from '../validate/attempt.ts';
import { DEFAULT_LIMITS } from '../validate/trial.ts';
import { tryCandidate } from '../validate/try-candidate.ts';
import type { QualityWatch } from './quality-watch.ts';
import type { Steps } from './steps.ts';

export interface Checked {
  readonly database: Database;
  readonly source: WorkingTable;
  readonly digest: string;
  readonly profile: ProfileDocument;
  readonly rules: RuleSet;
  readonly weights: Weights;
  readonly steps: Steps;
  readonly watch: QualityWatch;
}

/** Sentences of what speaks against it, as the table is now; none when it passes. */
export async function checkUntried(checked: Checked, candidate: CandidateDocument): Promise<string[]> {
  const { database, source, digest, profile, rules, weights, steps, watch } = checked;
  const [[rows] = []] = await database.query(`SELECT count(*) FROM ${sqlName(steps.table.relation)}`);
  const { validation, attempt } = await tryCandidate(
    {
      database,
      table: steps.table,
      rows: Number(rows),
      sample: undefined,
      source,
      digest,
      profile,
      rules,
      measures: watch.measures,
      weights,
      filled: watch.filled,
      limits: DEFAULT_LIMITS,
    },
    candidate,
  );
  if (attempt) await dropAttempt(attempt);
  return validation.issues.filter(({ severity }) => severity === 'error').map(({ message }) => message);
}
