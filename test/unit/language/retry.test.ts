// `retry` and `exit_codes`: what they come to, and what is said of those that make no sense.
import { describe, expect, test } from 'vitest';
import { load, printed, stageOf } from './support.ts';

const retryOf = (stage: string, top = '') =>
  stageOf(load(`${top}\nstages: { a: { run: "true", ${stage} } }`), 'a').retry;
const STANDARD = { max: 3, backoff: { base_ms: 1000, multiplier: 5, max_ms: 300_000 }, on: ['retryable'] };

describe('retry', () => {
  test('is not there unless it is written', () => {
    expect(retryOf('tags: []')).toBeUndefined();
  });

  test.each([
    ['{}', STANDARD],
    ['{ max: 0 }', { ...STANDARD, max: 0 }],
    [
      '{ max: 5, backoff: { base: 2s, multiplier: 1.5, max: 1m }, on: [timeout, rate-limit] }',
      { max: 5, backoff: { base_ms: 2000, multiplier: 1.5, max_ms: 60_000 }, on: ['timeout', 'rate-limit'] },
    ],
    ['{ backoff: { base: 10m } }', { ...STANDARD, backoff: { base_ms: 600_000, multiplier: 5, max_ms: 600_000 } }],
    ['{ backoff: { max: 100ms } }', { ...STANDARD, backoff: { base_ms: 100, multiplier: 5, max_ms: 100 } }],
    ['{ backoff: { base: 0s, max: 0s } }', { ...STANDARD, backoff: { base_ms: 0, multiplier: 5, max_ms: 0 } }],
  ])('%s', (written, expected) => {
    expect(retryOf(`retry: ${written}`)).toEqual(expected);
  });

  test('of a file is joined with that of a stage, key by key', () => {
    const top = 'defaults: { retry: { max: 7, backoff: { base: 2s, multiplier: 2 }, on: [signal] } }';
    expect(retryOf('tags: []', top)).toMatchObject({ max: 7, on: ['signal'] });
    expect(retryOf('retry: { max: 1, backoff: { base: 3s } }', top)).toEqual({
      max: 1,
      backoff: { base_ms: 3000, multiplier: 2, max_ms: 300_000 },
      on: ['signal'],
    });
  });

  test('takes expressions', () => {
    const top = 'params: { n: 2, wait: 4s, codes: [timeout, busy] }';
    const use = (param: string) => `"\${{ params.${param} }}"`;
    const written = `retry: { max: ${use('n')}, backoff: { base: ${use('wait')} }, on: [${use('codes')}] }`;
    expect(retryOf(written, top)).toEqual({
      max: 2,
      backoff: { base_ms: 4000, multiplier: 5, max_ms: 300_000 },
      on: ['timeout', 'busy'],
    });
  });

  test('that makes no sense is a mistake at its place', () => {
    const text = `
params: { n: -1, half: 0.5 }
defaults: { retry: { backoff: { base: 10s } } }
stages:
  a: { run: "true", retry: { max: -1 } }
  b: { run: "true", retry: { max: 1.5, backoff: { multiplier: 0.5 } } }
  c: { run: "true", retry: { backoff: { max: 5s } } }
  d: { run: "true", retry: { backoff: { base: soon } } }
  e: { run: "true", retry: { on: [retryble, output-missing, "Not Found", time-out] } }
  f: { run: "true", retry: { max: "\${{ params.n }}", backoff: { multiplier: "\${{ params.half }}" } } }
  g: { run: "true", retry: { times: 3, on: [] } }
  h: { run: "true", retry: 3 }
`;
    expect(printed(load(text))).toMatchInlineSnapshot(`
      "p.yaml:5:35 error[invalid-value] "max" must be at least 0, not -1.
        a: { run: "true", retry: { max: -1 } }
                                        ~~

      p.yaml:6:35 error[wrong-type] "max" must be a whole number, not 1.5.
        b: { run: "true", retry: { max: 1.5, backoff: { multiplier: 0.5 } } }
                                        ~~~

      p.yaml:6:63 error[invalid-value] "multiplier" must be at least 1, not 0.5.
        b: { run: "true", retry: { max: 1.5, backoff: { multiplier: 0.5 } } }
                                                                    ~~~

      p.yaml:7:46 error[invalid-value] "max" must not be less than "base", which is "10s"; it is "5s".
        c: { run: "true", retry: { backoff: { max: 5s } } }
                                                   ~~

      p.yaml:8:47 error[invalid-value] "base" must be a time such as "30s", "10m" or "1h30m", not "soon".
        d: { run: "true", retry: { backoff: { base: soon } } }
                                                    ~~~~

      p.yaml:9:35 error[unknown-reference] There is no category or code of failures "retryble".
        e: { run: "true", retry: { on: [retryble, output-missing, "Not Found", time-out] } }
                                        ~~~~~~~~
        help: Did you mean "retryable"?

      p.yaml:9:45 error[invalid-value] "output-missing" is never tried again: no further attempt can mend it.
        e: { run: "true", retry: { on: [retryble, output-missing, "Not Found", time-out] } }
                                                  ~~~~~~~~~~~~~~

      p.yaml:9:61 error[invalid-value] An item of "on" must be a category or a code, such as "retryable" or "timeout", not "Not Found".
        e: { run: "true", retry: { on: [retryble, output-missing, "Not Found", time-out] } }
                                                                  ~~~~~~~~~~~

      p.yaml:9:74 error[unknown-reference] There is no category or code of failures "time-out".
        e: { run: "true", retry: { on: [retryble, output-missing, "Not Found", time-out] } }
                                                                               ~~~~~~~~
        help: Did you mean "timeout"?

      p.yaml:10:35 error[invalid-value] "max" must be a whole number from 0, not -1.
        f: { run: "true", retry: { max: "\${{ params.n }}", backoff: { multiplier: "\${{ params.half }}" } } }
                                        ~~~~~~~~~~~~~~~~~

      p.yaml:10:77 error[invalid-value] "multiplier" must be a number from 1, not 0.5.
        f: { run: "true", retry: { max: "\${{ params.n }}", backoff: { multiplier: "\${{ params.half }}" } } }
                                                                                  ~~~~~~~~~~~~~~~~~~~~

      p.yaml:11:30 error[unknown-key] "times" is not a key of "retry".
        g: { run: "true", retry: { times: 3, on: [] } }
                                   ~~~~~
        help: It has "max", "backoff" and "on".

      p.yaml:11:44 error[invalid-value] "on" must not be empty.
        g: { run: "true", retry: { times: 3, on: [] } }
                                                 ~~

      p.yaml:12:28 error[wrong-type] "retry" must be a mapping, not 3.
        h: { run: "true", retry: 3 }
                                 ~
      "
    `);
  });
});

describe('exit_codes', () => {
  const codesOf = (stage: string, top = '') =>
    stageOf(load(`${top}\nstages: { a: { run: "true", ${stage} } }`), 'a').exit_codes;

  test('say what a code means', () => {
    expect(codesOf('tags: []')).toEqual({});
    expect(codesOf('exit_codes: { 75: retryable, 3: skippable, "255": critical }')).toEqual({
      3: 'skippable',
      75: 'retryable',
      255: 'critical',
    });
  });

  test('of a file are joined with those of a stage', () => {
    const top = 'params: { c: skippable }\ndefaults: { exit_codes: { 75: retryable, 3: skippable } }';
    expect(codesOf(`exit_codes: { 3: critical, 4: "\${{ params.c }}" }`, top)).toEqual({
      3: 'critical',
      4: 'skippable',
      75: 'retryable',
    });
  });

  test('that make no sense are mistakes at their places', () => {
    const text = `
params: { c: skipable }
stages:
  a: { run: "true", exit_codes: { 0: retryable, 42: skippable, 256: critical, -1: critical, x: critical } }
  b: { run: "true", exit_codes: { 75: retriable, 76: "\${{ params.c }}" } }
  c: { run: "true", exit_codes: { 127: retryable, 126: skippable } }
`;
    expect(printed(load(text))).toMatchInlineSnapshot(`
      "p.yaml:4:35 error[invalid-name] "0" cannot be the name of an exit code.
        a: { run: "true", exit_codes: { 0: retryable, 42: skippable, 256: critical, -1: critical, x: critical } }
                                        ~
        help: It must be a number from 1 to 255 other than 42: 0 is success, and 42 suspends the stage.

      p.yaml:4:49 error[invalid-name] "42" cannot be the name of an exit code.
        a: { run: "true", exit_codes: { 0: retryable, 42: skippable, 256: critical, -1: critical, x: critical } }
                                                      ~~
        help: It must be a number from 1 to 255 other than 42: 0 is success, and 42 suspends the stage.

      p.yaml:4:64 error[invalid-name] "256" cannot be the name of an exit code.
        a: { run: "true", exit_codes: { 0: retryable, 42: skippable, 256: critical, -1: critical, x: critical } }
                                                                     ~~~
        help: It must be a number from 1 to 255 other than 42: 0 is success, and 42 suspends the stage.

      p.yaml:4:79 error[invalid-name] "-1" cannot be the name of an exit code.
        a: { run: "true", exit_codes: { 0: retryable, 42: skippable, 256: critical, -1: critical, x: critical } }
                                                                                    ~~
        help: It must be a number from 1 to 255 other than 42: 0 is success, and 42 suspends the stage.

      p.yaml:4:93 error[invalid-name] "x" cannot be the name of an exit code.
        a: { run: "true", exit_codes: { 0: retryable, 42: skippable, 256: critical, -1: critical, x: critical } }
                                                                                                  ~
        help: It must be a number from 1 to 255 other than 42: 0 is success, and 42 suspends the stage.

      p.yaml:5:39 error[invalid-value] "75" must be "retryable", "skippable" or "critical", not "retriable".
        b: { run: "true", exit_codes: { 75: retriable, 76: "\${{ params.c }}" } }
                                            ~~~~~~~~~
        help: Did you mean "retryable"?

      p.yaml:5:54 error[invalid-value] "76" must be "retryable" or "skippable" or "critical", not "skipable".
        b: { run: "true", exit_codes: { 75: retriable, 76: "\${{ params.c }}" } }
                                                           ~~~~~~~~~~~~~~~~~
        help: Did you mean "skippable"?

      p.yaml:6:40 error[invalid-value] Exit code 127 means that a command is missing, which no further attempt can mend.
        c: { run: "true", exit_codes: { 127: retryable, 126: skippable } }
                                             ~~~~~~~~~
      "
    `);
  });
});
