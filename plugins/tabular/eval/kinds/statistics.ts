/** Folders of the Statistical Reference Datasets of NIST, univariate: how many digits of mean and deviation are right. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProfileDocument } from '../../src/documents.generated.ts';
import type { Kind } from './kind.ts';

const DIGITS_MAX = 15;

export const statistics: Kind = {
  prefix: 'stats-nist',
  needs: ['profile'],
  score: async (folder, stages) => {
    const made = mkdtempSync(join(tmpdir(), 'wrangle-eval-'));
    const digits = { mean: [] as number[], std: [] as number[] };
    const losses: string[] = [];
    try {
      for (const file of readdirSync(folder)
        .filter((name) => name.endsWith('.dat'))
        .sort()) {
        const { mean, std, values } = parse(readFileSync(join(folder, file), 'latin1'));
        const data = join(made, `${file}.csv`);
        writeFileSync(data, `y\n${values.join('\n')}\n`);
        const { paths, error } = await stages.run('profile', { data }, ['profile']);
        const profile = error === undefined ? read(paths['profile'] ?? '') : undefined;
        const numeric = profile?.columns[0]?.numeric;
        const right = { mean: logError(numeric?.mean, mean), std: logError(numeric?.std, std) };
        digits.mean.push(right.mean);
        digits.std.push(right.std);
        losses.push(
          `${file}: mean ${right.mean.toFixed(1)}, deviation ${right.std.toFixed(1)}${error ? `, ${error}` : ''}`,
        );
      }
    } finally {
      rmSync(made, { recursive: true, force: true });
    }
    return {
      figures: [
        { metric: 'digits of the mean, least', value: Math.min(...digits.mean), bound: 14 },
        { metric: 'digits of the deviation, least', value: Math.min(...digits.std), bound: 8.3 },
      ],
      losses,
    };
  },
};

const read = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as ProfileDocument;

function parse(text: string) {
  const certified = (what: RegExp) => Number(what.exec(text)?.[1]);
  const [, below = ''] = text.split(/^\s*-{5,}.*$/m);
  return {
    mean: certified(/Sample Mean\s+ybar:\s+(\S+)/),
    std: certified(/Sample Standard Deviation \(denom\. = n-1\)\s+s:\s+(\S+)/),
    values: below.split(/\s+/).filter(Boolean),
  };
}

function logError(found: unknown, certified: number): number {
  const number = found === null || found === undefined ? Number.NaN : Number(found);
  if (Number.isNaN(number)) return 0;
  if (number === certified) return DIGITS_MAX;
  return Math.max(0, Math.min(DIGITS_MAX, -Math.log10(Math.abs(number - certified) / Math.abs(certified))));
}
