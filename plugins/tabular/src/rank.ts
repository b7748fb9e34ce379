/** The stage type `tabular/rank`: candidates from best to worst, and why. It sees no data. */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { defineStage, StageFailure } from 'wrangle/plugin';
import type { Rank } from '../stage-types.d.ts';
import { csvText } from './apply/write-lines.ts';
import { readCandidates } from './candidates/folder.ts';
import type { RankingDocument, ValidationDocument } from './documents.generated.ts';
import { readProfile } from './documents.ts';
import type { Dimension } from './quality/rule.ts';
import { DEFAULT_WEIGHTS } from './quality/score.ts';
import { rank } from './rank/rank.ts';

const PENALTIES = { loss: 0.5, irreversible: 0.05, change: 0.02 };

defineStage<Rank>({
  run: (ctx) => {
    const { params, inputs, outputs } = ctx;
    const profile = readProfile(inputs.profile.path);
    const { index, all } = readCandidates(inputs.candidates.path);
    if (index.data.digest !== profile.source.digest) {
      const message = 'The candidates are for other data than the profile is of. Make both from the same table.';
      throw ctx.fail('stale-candidates', 'critical', message);
    }
    const validations = inputs.validation && readValidations(inputs.validation.path, index.data.digest);
    const policy = params.policy === 'auto' ? (validations ? 'composite' : 'confidence') : params.policy;
    if (policy !== 'confidence' && !validations) {
      const message = `The policy "${policy}" compares what candidates do to the data. Give \`validation\`, which \`wrangle validate\` makes, or use the policy "confidence".`;
      throw ctx.fail('validation-missing', 'critical', message);
    }
    const ranking = rank(
      index.data.digest,
      { rows: profile.table.rows_total, columns: profile.columns.length },
      all,
      validations,
      {
        policy,
        weights: weightsOf(params.weights),
        penalties: { ...PENALTIES, ...params.penalties },
        minImprovement: params.min_improvement,
        sureConfidence: params.sure_confidence,
        minConfidence: params.min_confidence,
        topK: params.top_k,
      },
    );
    const { path } = outputs.ranking;
    writeFileSync(
      path,
      extname(path).toLowerCase() === '.csv' ? csvOf(ranking) : `${JSON.stringify(ranking, null, 2)}\n`,
    );
    ctx.metrics['candidates'] = ranking.candidates.length;
    ctx.metrics['kept'] = ranking.candidates.filter(({ keep }) => keep).length;
    ctx.metrics['failed'] = ranking.candidates.filter(({ code }) => code === 'failed').length;
  },
});

/** What is left out has its default. */
function weightsOf(given: Partial<Record<Dimension, number>> | undefined): Record<Dimension, number> {
  return { ...DEFAULT_WEIGHTS, ...given };
}

function readValidations(path: string, digest: string): Map<string, ValidationDocument> {
  const file = basename(path);
  const fail = (code: string, message: string) => new StageFailure({ code, category: 'critical', message, file });
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
  const found = new Map<string, ValidationDocument>();
  for (const [at, line] of lines.entries()) {
    let one: Partial<ValidationDocument> | undefined;
    try {
      one = JSON.parse(line) as Partial<ValidationDocument>;
    } catch {
      one = undefined;
    }
    if (typeof one?.candidate !== 'string' || !one.scores) {
      throw fail(
        'format-error',
        `Line ${at + 1} of "${file}" is no validation of a candidate, as \`wrangle validate\` makes it.`,
      );
    }
    if (one.data !== digest) {
      throw fail(
        'stale-validation',
        `The validations in "${file}" were made on other data than the candidates are for. Validate them anew.`,
      );
    }
    found.set(one.candidate, one as ValidationDocument);
  }
  return found;
}

const COLUMNS = [
  'rank',
  'id',
  'operator',
  'columns',
  'description',
  'phase',
  'passed',
  'keep',
  'code',
  'reason',
  'score',
  'confidence',
  'improvement',
  'cells_changed',
  'rows_dropped',
  'explanation',
] as const satisfies readonly (keyof RankingDocument['candidates'][number])[];

function csvOf({ candidates }: RankingDocument): string {
  const cell = (value: string | number | boolean | readonly string[] | null) =>
    value === null ? '' : Array.isArray(value) ? JSON.stringify(value) : String(value);
  const rows = candidates.map((one) => COLUMNS.map((name) => cell(one[name])));
  return [[...COLUMNS], ...rows].map((row) => `${csvText(row, ',')}\n`).join('');
}
