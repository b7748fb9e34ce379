// Pools, and the stages that name them: what they come to, and every mistake in them.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of wrangle are written that way
import { describe, expect, test } from 'vitest';
import { load, printed, stageOf } from './support.ts';

describe('pools', () => {
  test('have slots, a rate or both; stages name them, also by `defaults` and by an expression', () => {
    const outcome = load(`params: { from: slow }
pools: { web: { slots: 5, rate: 2/s }, slow: { rate: 0.5/m }, few: { slots: 1 } }
defaults: { pool: web }
stages:
  a: { run: x }
  b: { run: x, pool: "\${{ params.from }}", exclusive: true, resources: { cpus: 0.5, memory: 1GiB } }
`);
    expect(outcome.diagnostics).toEqual([]);
    expect(outcome.pipeline?.pools).toEqual({
      web: { slots: 5, start_every_ms: 500 },
      slow: { start_every_ms: 120_000 },
      few: { slots: 1 },
    });
    expect(stageOf(outcome, 'a')).toMatchObject({ pool: 'web', exclusive: false });
    expect(stageOf(outcome, 'b')).toMatchObject({
      pool: 'slow',
      exclusive: true,
      resources: { cpus: 0.5, memory_bytes: 1 << 30 },
    });
  });

  test('a pipeline without them says nothing of them', () => {
    const { pipeline } = load('stages: { a: { run: x } }');
    expect(pipeline && 'pools' in pipeline).toBe(false);
  });

  test.each([
    [
      'an unknown pool',
      'pools: { web: { slots: 1 } }\nstages: { a: { run: x, pool: wbe } }',
      [
        'p.yaml:2:30 error[unknown-reference] There is no pool "wbe".',
        'stages: { a: { run: x, pool: wbe } }',
        '                             ~~~',
        '  help: Did you mean "web"?',
      ],
    ],
    [
      'a pool where there are none',
      'stages: { a: { run: x, pool: web } }',
      [
        'p.yaml:1:30 error[unknown-reference] There is no pool "web".',
        'stages: { a: { run: x, pool: web } }',
        '                             ~~~',
        '  help: Declare it under "pools", at the top of the file.',
      ],
    ],
    [
      'no limit at all',
      'pools: { web: {} }\nstages: { a: { run: x } }',
      ['p.yaml:1:15 error[invalid-value] "web" must not be empty.', 'pools: { web: {} }', '              ~~'],
    ],
    [
      'no slots',
      'pools: { web: { slots: 0 } }\nstages: { a: { run: x } }',
      [
        'p.yaml:1:24 error[invalid-value] "slots" must be at least 1, not 0.',
        'pools: { web: { slots: 0 } }',
        '                       ~',
      ],
    ],
    [
      'half a slot',
      'pools: { web: { slots: 1.5 } }\nstages: { a: { run: x } }',
      [
        'p.yaml:1:24 error[wrong-type] "slots" must be a whole number, not 1.5.',
        'pools: { web: { slots: 1.5 } }',
        '                       ~~~',
      ],
    ],
    [
      'an expression',
      'pools: { web: { slots: "${{ params.n }}" } }\nstages: { a: { run: x } }',
      [
        'p.yaml:1:24 error[wrong-type] "slots" must be a whole number, not "${{ params.n }}".',
        'pools: { web: { slots: "${{ params.n }}" } }',
        '                       ~~~~~~~~~~~~~~~~~',
      ],
    ],
    [
      'a rate of nothing',
      'pools: { web: { rate: 0/s } }\nstages: { a: { run: x } }',
      [
        'p.yaml:1:23 error[invalid-value] The rate of the pool "web" lets nothing start.',
        'pools: { web: { rate: 0/s } }',
        '                      ~~~',
        '  help: Write a rate such as "2/s", "30/m" or "100/h".',
      ],
    ],
    [
      'a rate too low',
      'pools: { web: { rate: 0.0001/h } }\nstages: { a: { run: x } }',
      [
        'p.yaml:1:23 error[invalid-value] The rate of the pool "web" is less than one start in 24 days.',
        'pools: { web: { rate: 0.0001/h } }',
        '                      ~~~~~~~~',
        '  help: Write a rate such as "2/s", "30/m" or "100/h".',
      ],
    ],
    [
      'no rate',
      'pools: { web: { rate: fast } }\nstages: { a: { run: x } }',
      [
        'p.yaml:1:23 error[invalid-value] "rate" must be a rate such as "2/s", "30/m" or "100/h", not "fast".',
        'pools: { web: { rate: fast } }',
        '                      ~~~~',
      ],
    ],
    [
      'a key that is none',
      'pools: { web: { slot: 3 } }\nstages: { a: { run: x } }',
      [
        'p.yaml:1:17 error[unknown-key] "slot" is not a key of a pool.',
        'pools: { web: { slot: 3 } }',
        '                ~~~~',
        '  help: Did you mean "slots"?',
      ],
    ],
    [
      'a flag that is none',
      'stages: { a: { run: x, exclusive: always } }',
      [
        'p.yaml:1:35 error[wrong-type] "exclusive" must be true or false, not "always".',
        'stages: { a: { run: x, exclusive: always } }',
        '                                  ~~~~~~',
      ],
    ],
  ])('%s is a mistake', (_, text, expected) => {
    expect(printed(load(text))).toBe(`${expected.join('\n')}\n`);
  });
});
