/** The stage type `tabular/score`: how good a table is, and what has become of it, by the rules of its profile. */
import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { defineStage } from 'wrangle/plugin';
import type { Score } from '../stage-types.d.ts';
import { readProfile } from './documents.ts';
import { numberClean, readClean } from './quality/load-clean.ts';
import { measure } from './quality/measure.ts';
import { qualityDocument } from './quality/quality-document.ts';
import { freezeRules } from './quality/rules.ts';
import { DEFAULT_WEIGHTS } from './quality/score.ts';
import { withDatabase } from './table/duckdb.ts';
import { openTable, unreadable } from './table/open-table.ts';
import { loadWorkingTable, workingDigest } from './transform/working-table.ts';

defineStage<Score>({
  run: async (ctx) => {
    const { params, signal, inputs, outputs } = ctx;
    const { memory, format, dialect, on_bad_row, max_rejects, sample_bytes, timeliness } = params;
    const profile = readProfile(inputs.profile.path);
    if (timeliness && !profile.columns.some(({ name }) => name === timeliness.column)) {
      const known = profile.columns.map(({ name }) => `"${name}"`).join(', ');
      const message = `The profile has no column "${timeliness.column}". Its columns are ${known}.`;
      throw ctx.fail('column-not-found', 'critical', message);
    }
    const set = freezeRules(profile, { accuracy: true, ...(timeliness ? { timeliness } : {}) });
    const weights = { ...DEFAULT_WEIGHTS, ...params.weights };
    const { path } = inputs.data;
    const quality = await withDatabase(memory, signal, async (database) => {
      const cleanTable = inputs.clean && (await openTable(database, inputs.clean.path, {}));
      const changes = inputs.changes && (await openTable(database, inputs.changes.path, {}));
      const raw = cleanTable && (await readClean(database, cleanTable, changes).catch(failOn(inputs.clean?.path)));
      const opened = await openTable(database, path, { format, dialect, on_bad_row, max_rejects, sample_bytes });
      const table = await loadWorkingTable(database, opened, []).catch(failOn(path));
      const columns = profile.columns.map(({ name }) => name);
      const digest = await workingDigest(database, table, columns);
      if (digest !== profile.source.digest) {
        const message = `The profile is that of another table than "${basename(path)}": profile this one first.`;
        throw ctx.fail('stale-profile', 'critical', message);
      }
      const before = await measure(database, table, set);
      const clean = raw && (await numberClean(database, table, raw));
      const filled = { confidence: params.filled_confidence };
      const after = clean && (await measure(database, clean, set, { before: table, filled }));
      const facts = {
        data: digest,
        clean: clean ? await workingDigest(database, clean) : null,
        columns,
        weights,
        minScore: params.min_score,
      };
      return qualityDocument(facts, set, before, after);
    });
    writeFileSync(outputs.quality.path, `${JSON.stringify(quality, null, 2)}\n`);
    ctx.metrics['before'] = quality.before.overall;
    if (quality.after) ctx.metrics['after'] = quality.after.overall;
    if (!quality.passed) {
      const { overall } = quality.after ?? quality.before;
      ctx.log(
        `The quality is ${overall.toFixed(3)}, below the ${params.min_score} that are asked for (\`min_score\`).`,
        'warning',
      );
    }
  },
});

function failOn(path = ''): (error: unknown) => never {
  return (error) => {
    throw unreadable(path, error);
  };
}
