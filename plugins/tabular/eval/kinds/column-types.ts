/** Folders of CSV files whose columns have a type by hand (ptype: Ceritli and others, DMKD 34, 2020). */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProfileColumn, ProfileDocument } from '../../src/documents.generated.ts';
import { eachAtOnce } from '../each-at-once.ts';
import type { Kind } from './kind.ts';

export const columnTypes: Kind = {
  prefix: 'types-ptype',
  needs: ['profile'],
  score: async (folder, stages) => {
    const labels = JSON.parse(readFileSync(join(folder, 'annotations.json'), 'utf8')) as {
      readonly [table: string]: readonly string[];
    };
    const losses: string[] = [];
    let right = 0;
    let all = 0;
    const tables = readdirSync(join(folder, 'data'))
      .sort()
      .flatMap((file) => {
        const wanted = labels[file.replace(/\.[^.]*$/, '')];
        return wanted ? [{ file, wanted }] : [];
      });
    const profiled = await eachAtOnce(tables, async (table) => ({
      ...table,
      ...(await stages.run('profile', { data: join(folder, 'data', table.file) }, ['profile'])),
    }));
    for (const { file, wanted, paths, error } of profiled) {
      const columns =
        error === undefined
          ? (JSON.parse(readFileSync(paths['profile'] ?? '', 'utf8')) as ProfileDocument).columns
          : [];
      for (const [at, label] of wanted.entries()) {
        const expected = TYPES.find(([pattern]) => pattern.test(label))?.[1];
        // "all identical" is no type.
        if (expected === undefined) continue;
        all++;
        const column = columns[at];
        if (column && expected.has(column.type)) right++;
        else losses.push(`${file}: ${column?.name ?? at} is ${column?.type ?? error ?? 'not there'} for ${label}`);
      }
    }
    return { figures: [{ metric: 'accuracy of types', value: right / all, bound: 0.93 }], losses };
  },
};

type Type = ProfileColumn['type'];

const texts = new Set<Type>(['text', 'list', 'json', 'uuid', 'empty']);
const TYPES: readonly (readonly [RegExp, ReadonlySet<Type>])[] = [
  [/^integer/, new Set<Type>(['integer'])],
  [/^float/, new Set<Type>(['decimal', 'float'])],
  [/^boolean/, new Set<Type>(['boolean'])],
  [/^(date|time)/, new Set<Type>(['date', 'datetime', 'time'])],
  [/^(string|gender|categorical|url|email|ip)/, texts],
];
