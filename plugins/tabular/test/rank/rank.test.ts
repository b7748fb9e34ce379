// The order of candidates, whatever order they come in, and scores that are the sum of their terms.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CandidateDocument, ValidationDocument } from '../../src/documents.generated.ts';
import { DEFAULT_WEIGHTS } from '../../src/quality/score.ts';
import type { Policy } from '../../src/rank/policies.ts';
import { type RankOptions, rank } from '../../src/rank/rank.ts';

const SIZE = { rows: 100, columns: 4 };
const OPTIONS: RankOptions = {
  policy: 'composite',
  weights: DEFAULT_WEIGHTS,
  penalties: { loss: 0.5, irreversible: 0.05, change: 0.02 },
  minImprovement: 0.01,
  sureConfidence: 0.9,
  minConfidence: 0.8,
  topK: 10,
};
const POLICIES: readonly Policy[] = ['composite', 'improvement', 'lexicographic', 'pareto', 'topsis', 'confidence'];

interface Given {
  readonly confidence?: number;
  readonly reversible?: CandidateDocument['reversible'];
  readonly phase?: CandidateDocument['phase'];
  readonly operator?: string;
  /** Completeness, validity and consistency afterwards; before they are .9. */
  readonly after?: readonly [number, number, number];
  readonly cells?: number;
  readonly rows?: number;
  readonly errors?: readonly string[];
}

function candidate(
  id: string,
  { confidence = 0.95, reversible = 'with_log', phase = 'text', operator = 'trim_whitespace' }: Given,
): CandidateDocument {
  return {
    version: 1,
    id,
    operator,
    columns: ['city'],
    params: {},
    phase,
    description: 'Trim blanks around values of "city"',
    reason: '12 values begin or end with a blank.',
    preconditions: [],
    evidence: {},
    confidence,
    flagged: null,
    changes: 'cells',
    reversible,
    fitted: false,
    idempotent: true,
    cost: 1,
    sql: '',
    inverse_sql: null,
  };
}

function validation(
  id: string,
  { after = [0.9, 0.95, 0.9], cells = 12, rows = 0, errors = [] }: Given,
): ValidationDocument {
  const scores = ([completeness, validity, consistency]: readonly [number, number, number]) => ({
    overall: (completeness + validity + consistency) / 3,
    vacuous: false,
    completeness,
    validity,
    consistency,
    uniqueness: null,
    accuracy: null,
    timeliness: null,
  });
  return {
    version: 1,
    data: 'digest',
    candidate: id,
    operator: 'trim_whitespace',
    columns: ['city'],
    passed: errors.length === 0,
    sample_only: false,
    rows: 100,
    cells_changed: cells,
    rows_dropped: rows,
    columns_added: [],
    columns_dropped: [],
    changed: [{ column: 'city', cells, to_missing: 0, filled: 0 }],
    issues: errors.map((message) => ({ severity: 'error', code: 'row_loss', message, column: null })),
    scores: { before: scores([0.9, 0.9, 0.9]), after: scores(after) },
    examples: [],
    diff: null,
  };
}

function ranked(given: { readonly [id: string]: Given }, options: Partial<RankOptions> = {}) {
  const ids = Object.keys(given);
  const candidates = ids.map((id) => candidate(id, given[id] as Given));
  const validations = new Map(ids.map((id) => [id, validation(id, given[id] as Given)]));
  return rank('digest', SIZE, candidates, validations, { ...OPTIONS, ...options }).candidates;
}

const share = fc.integer({ min: 0, max: 20 }).map((number) => 0.8 + number / 100);
const some = fc.dictionary(
  fc.stringMatching(/^[a-f0-9]{12}$/),
  fc.record({
    confidence: fc.constantFrom(0.5, 0.8, 0.85, 0.95, 1),
    reversible: fc.constantFrom('yes', 'with_log', 'no'),
    phase: fc.constantFrom('text', 'missing', 'rows', 'shape'),
    operator: fc.constantFrom('trim_whitespace', 'drop_duplicates', 'unheard_of'),
    after: fc.tuple(share, share, share),
    cells: fc.integer({ min: 0, max: 3 }),
    rows: fc.integer({ min: 0, max: 2 }),
    errors: fc.constantFrom([], [], [], ['12 rows would go.']),
  }),
  { minKeys: 1, maxKeys: 8 },
);

describe('a ranking', () => {
  test('is the same whatever order candidates come in', () => {
    fc.assert(
      fc.property(some, fc.constantFrom(...POLICIES), fc.infiniteStream(fc.nat()), (given, policy, random) => {
        const shuffled = Object.keys(given)
          .map((id) => ({ id, at: random.next().value as number }))
          .sort((a, b) => a.at - b.at);
        const other = Object.fromEntries(shuffled.map(({ id }) => [id, given[id] as Given]));
        expect(ranked(other, { policy })).toEqual(ranked(given, { policy }));
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  test('has scores that are the sum of their terms, each weight times value, in the order of ranks', () => {
    fc.assert(
      fc.property(some, fc.constantFrom(...POLICIES), (given, policy) => {
        const all = ranked(given, { policy });
        for (const { terms, score } of all) {
          expect(terms.reduce((sum, { contribution }) => sum + contribution, 0)).toBe(score);
          for (const { weight, value, contribution } of terms) expect(contribution).toBe(weight * value + 0);
        }
        for (const [at, one] of all.entries()) {
          expect(one.rank).toBe(at + 1);
          const next = all[at + 1];
          if (!next) continue;
          expect([one.code !== 'failed', next.code]).not.toEqual([false, one.code === 'failed' ? 'never' : next.code]);
          if ((one.code === 'failed') !== (next.code === 'failed')) continue;
          // Other shapes come last, the surest first: no rule compares them.
          if (one.phase === 'shape') {
            expect(next.phase).toBe('shape');
            expect(one.confidence).toBeGreaterThanOrEqual(next.confidence);
          } else if (next.phase !== 'shape') expect(one.score).toBeGreaterThanOrEqual(next.score - 2e-9);
        }
      }),
      { seed: 2, numRuns: 200 },
    );
  });

  test('weighs improvement and quality afterwards, less what is lost', () => {
    const [one] = ranked({ a: { after: [0.9, 0.96, 0.9], reversible: 'no', rows: 10, cells: 0 } });
    const { score, terms } = one ?? { score: 0, terms: [] };
    // A tenth of the rows goes, and of the cells with them.
    expect(score).toBeCloseTo(0.7 * (0.06 / 3) + 0.3 * 0.92 - 0.5 * 0.1 - 0.05 - 0.02 * 0.1, 9);
    expect(terms.map(({ term }) => term)).toEqual([
      'completeness',
      'validity',
      'consistency',
      'quality_after',
      'loss',
      'irreversible',
      'change',
    ]);
    expect(one?.explanation).toBe(
      'Quality would go from 0.9 to 0.92 (validity +0.06); 10 rows would go. It is 95 % sure to be right. By `composite` it scores 0.188: validity +0.014, quality afterwards +0.276, rows and values lost −0.05, rows cannot be had back without the log −0.05, cells changed −0.002.',
    );
  });

  test('breaks ties by cells changed, then by what can be had back, then by confidence, operator and id', () => {
    const same: Given = { after: [0.9, 0.95, 0.9] };
    const order = (given: { readonly [id: string]: Given }) =>
      ranked(given, { policy: 'improvement' }).map(({ id }) => id);
    expect(order({ b: { ...same, cells: 5 }, a: { ...same, cells: 6 } })).toEqual(['b', 'a']);
    expect(order({ a: { ...same, reversible: 'no' }, b: same, c: { ...same, reversible: 'yes' } })).toEqual([
      'c',
      'b',
      'a',
    ]);
    expect(order({ a: { ...same, confidence: 0.8 }, b: { ...same, confidence: 0.9 } })).toEqual(['b', 'a']);
    expect(order({ a: { ...same, operator: 'drop_duplicates' }, b: same })).toEqual(['b', 'a']);
    expect(order({ b: same, a: same })).toEqual(['a', 'b']);
    expect(
      order({ a: { after: [0.9, 0.95, 0.9], cells: 9 }, b: { after: [0.9, 0.95 - 1e-10, 0.9], cells: 1 } }),
    ).toEqual(['b', 'a']);
  });

  test('says of each candidate whether it is worth it, and why', () => {
    const all = ranked({
      improves: { confidence: 0.8, after: [0.9, 0.99, 0.9] },
      sure: { confidence: 0.9, after: [0.9, 0.906, 0.9] },
      small: { confidence: 0.89, after: [0.9, 0.906, 0.9] },
      none: { after: [0.9, 0.9, 0.9] },
      worse: { after: [0.9, 0.87, 0.9] },
      idle: { after: [0.9, 0.9, 0.9], cells: 0 },
      unsure: { confidence: 0.7, after: [1, 1, 1] },
      shape: { phase: 'shape', after: [1, 1, 1] },
      failed: { errors: ['50 rows would go.', 'A key is broken.'], after: [1, 1, 1] },
    });
    expect(Object.fromEntries(all.map(({ id, keep, code, reason }) => [id, `${keep} ${code}: ${reason}`]))).toEqual({
      improves: 'true improves: It raises the quality by 0.03.',
      sure: 'true sure: It raises the quality by 0.002, and is 90 % sure to be right.',
      small:
        'false no_gain: It raises the quality by 0.002 only; 0.01 is asked of what is less than 90 % sure, and it is 89 % sure.',
      none: 'false no_gain: It does not raise the quality.',
      worse: 'false no_gain: It lowers the quality by 0.01.',
      idle: 'false no_gain: It changes nothing.',
      unsure: 'false unsure: It is 70 % sure to be right; 80 % are asked for.',
      shape: 'false not_asked: It changes which columns there are, and is applied only when it is asked for.',
      failed: 'false failed: 50 rows would go. A key is broken.',
    });
    expect(all.at(-1)?.id).toBe('failed');
  });

  test('keeps no more than it may, and lists all', () => {
    const all = ranked(
      { a: { after: [1, 1, 1] }, b: { after: [0.9, 1, 1] }, c: { after: [0.9, 0.9, 1] } },
      { topK: 2 },
    );
    expect(all.map(({ keep }) => keep)).toEqual([true, true, false]);
    expect(all[2]).toMatchObject({ code: 'beyond_top', reason: '2 others are better, and no more are kept.' });
  });

  test('goes by confidence where nothing was tried, and puts last what was not tried where others were', () => {
    const given: { readonly [id: string]: Given } = { a: { confidence: 0.8 }, b: { confidence: 0.97 } };
    const candidates = Object.entries(given).map(([id, one]) => candidate(id, one));
    const untried = rank('digest', SIZE, candidates, undefined, { ...OPTIONS, policy: 'confidence' }).candidates;
    expect(untried.map(({ id, score, code, improvement }) => [id, score, code, improvement])).toEqual([
      ['b', 0.97, 'sure', null],
      ['a', 0.8, 'unsure', null],
    ]);
    const half = rank('digest', SIZE, candidates, new Map([['a', validation('a', {})]]), OPTIONS).candidates;
    expect(half.map(({ id, code }) => [id, code])).toEqual([
      ['a', 'improves'],
      ['b', 'untried'],
    ]);
  });

  test('by `lexicographic`, `pareto` and `topsis` prefers what is better in what counts', () => {
    const given: { readonly [id: string]: Given } = {
      completes: { after: [0.95, 0.9, 0.9] },
      best: { after: [0.95, 0.95, 0.9] },
      validates: { after: [0.9, 0.99, 0.9] },
      idle: { after: [0.9, 0.9, 0.9] },
    };
    const order = (policy: Policy) => ranked(given, { policy }).map(({ id, score }) => [id, score]);
    expect(order('lexicographic')).toEqual([
      ['best', 0.75],
      ['completes', 0.5],
      ['validates', 0.25],
      ['idle', 0],
    ]);
    expect(order('pareto')).toEqual([
      ['best', -0.5],
      ['validates', -0.5],
      ['completes', -1.5],
      ['idle', -2.5],
    ]);
    expect(order('topsis').map(([id]) => id)).toEqual(['best', 'validates', 'completes', 'idle']);
  });
});
