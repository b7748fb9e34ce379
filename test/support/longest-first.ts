/** Begins with the files that take longest, so that none of them is still running when all others are over. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const LONGEST = [
  'plugin-test.test.ts',
  'plugin-guide.test.ts',
  'reports-guard.test.ts',
  'tabular/test/profile.test.ts',
  'e2e/graph.test.ts',
  'apply/undo.test.ts',
  'resolve-conflicts.test.ts',
  'e2e/tables.test.ts',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(name));
      return at === -1 ? LONGEST.length : at;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}
