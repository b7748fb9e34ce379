/** The stage type `tabular/generate`: from a profile to transformations that are worth trying. It sees no data. */
import { defineStage } from 'wrangle/plugin';
import type { Generate } from '../stage-types.d.ts';
import { candidatesFor } from './candidates/candidate.ts';
import { writeCandidates } from './candidates/folder.ts';
import { readProfile } from './documents.ts';

defineStage<Generate>({
  run: (ctx) => {
    const { goal, max_candidates: max } = ctx.params;
    const profile = readProfile(ctx.inputs.profile.path);
    const found = candidatesFor(profile, goal);
    const leftOut = Math.max(0, found.length - max);
    if (leftOut > 0) {
      ctx.log(
        `There are ${found.length} candidates; the ${max} that are surest are kept (\`max_candidates\`).`,
        'warning',
      );
    }
    writeCandidates(ctx.outputs.candidates.path, found.slice(0, max), {
      data: {
        digest: profile.source.digest,
        rows: profile.table.rows_total,
        columns: profile.columns.map(({ name }) => name),
      },
      goal,
      left_out: leftOut,
    });
    ctx.metrics['candidates'] = found.length - leftOut;
    ctx.metrics['left_out'] = leftOut;
  },
});
