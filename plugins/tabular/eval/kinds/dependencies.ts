/** Folders with one table: the number of its minimal functional dependencies, which the SOURCE.md states. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProfileDocument } from '../../src/documents.generated.ts';
import type { Kind } from './kind.ts';

export const dependencies: Kind = {
  prefix: 'fd-',
  needs: ['profile'],
  score: async (folder, stages) => {
    const wanted = Number(
      /minimal[^:]*functional dependencies[^:]*:\s*([\d,]+)/i
        .exec(readFileSync(join(folder, 'SOURCE.md'), 'utf8'))?.[1]
        ?.replaceAll(',', ''),
    );
    const [file = ''] = readdirSync(folder)
      .filter((name) => /\.(csv|tsv|data)$/.test(name))
      .sort();
    const { paths, error } = await stages.run('profile', { data: join(folder, file) }, ['profile']);
    if (error !== undefined) {
      return { figures: [{ metric: 'dependencies', value: 0, bound: wanted, isExact: true }], losses: [error] };
    }
    const profile = JSON.parse(readFileSync(paths['profile'] ?? '', 'utf8')) as ProfileDocument;
    const { exact_count: value, exact_complete: isComplete } = profile.dependencies;
    return {
      figures: [{ metric: 'dependencies', value, bound: wanted, isExact: true }],
      losses: isComplete ? [] : ['The search was cut short by its budget.'],
    };
  },
};
