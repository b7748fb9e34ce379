// Progress as lines: what is shown at each verbosity, and that nothing from outside can break it.
import { describe, expect, test } from 'vitest';
import type { WrangleEvent } from '../../../src/model/event.ts';
import type { ProgressOptions } from '../../../src/report/progress-lines.ts';
import { createProgressLines } from '../../../src/report/progress-lines.ts';
import { makeStyle, PLAIN } from '../../../src/report/style.ts';
import { counts, EXIT_1, event, failedRun, ran, START_MS, started, triedAgain } from './sample-run.ts';

function show(events: readonly WrangleEvent[], options: Partial<ProgressOptions> = {}): string {
  const progress = createProgressLines({
    style: PLAIN,
    verbosity: 'normal',
    width: undefined,
    hasBlock: false,
    ...options,
  });
  return events.flatMap((one) => progress.onEvent(one)).join('\n');
}

describe('progress lines', () => {
  test('a failure of several lines keeps them, and is cut where there is room for one', () => {
    const failure = { ...EXIT_1, message: 'Binder Error: no "AL"\n\nLINE 14: GROUP BY AL\n', tail: [] };
    const again = event('task_retrying', 'a', { attempt: 1, attempts: 2, duration_ms: 5, delay_ms: 1000, failure });
    const failed = event('task_failed', 'a', { attempt: 2, duration_ms: 5, failure });
    expect(show([started(1, 0), again, failed])).toMatchInlineSnapshot(`
      "1 stage: all to do
            retrying         5 ms  a  attempt 2 in 1.0 s: Binder Error: no "AL" …
      [1/1] failed           5 ms  a  after 2 attempts
            Binder Error: no "AL"
            LINE 14: GROUP BY AL
            log:  .wrangle/runs/20261121-043512-k3f9/stages/publish/1.log
            kept: .wrangle/failed/publish/20261121-043512-k3f9-1"
    `);
  });

  test('one line a change, the failure with its last lines and where to look', () => {
    expect(show(failedRun())).toMatchInlineSnapshot(`
      "8 stages: 2 fresh, 6 to do
      [1/6] ran             1.2 s  clean
      [2/6] restored               profile
      [3/6] ran             40 ms  report  same outputs as before
      warning: report: The edited "build/report.csv" is kept in ".wrangle/displaced/build/report.csv".
      [4/6] failed          0.3 s  publish
            It ended with exit code 1.
            | reading build/clean.csv
            | ValueError: no rows
            log:  .wrangle/runs/20261121-043512-k3f9/stages/publish/1.log
            kept: .wrangle/failed/publish/20261121-043512-k3f9-1"
    `);
  });

  test('quiet shows failures and warnings only', () => {
    expect(show(failedRun(), { verbosity: 'quiet' })).toMatchInlineSnapshot(`
      "warning: report: The edited "build/report.csv" is kept in ".wrangle/displaced/build/report.csv".
      [4/6] failed          0.3 s  publish
            It ended with exit code 1.
            | reading build/clean.csv
            | ValueError: no rows
            log:  .wrangle/runs/20261121-043512-k3f9/stages/publish/1.log
            kept: .wrangle/failed/publish/20261121-043512-k3f9-1"
    `);
  });

  test('verbose shows starts with their causes, and what is blocked', () => {
    expect(show(failedRun(), { verbosity: 'verbose' })).toMatchInlineSnapshot(`
      "8 stages: 2 fresh, 6 to do
            start                  clean
            because input data: data/a.csv changed (3f9c0a1b2c3d -> 81ab0a1b2c3d)
      [1/6] ran             1.2 s  clean
      [2/6] restored               profile
            start                  report
            because input data: data/a.csv changed (3f9c0a1b2c3d -> 81ab0a1b2c3d)
      [3/6] ran             40 ms  report  same outputs as before
      warning: report: The edited "build/report.csv" is kept in ".wrangle/displaced/build/report.csv".
            start                  publish
      [4/6] failed          0.3 s  publish
            It ended with exit code 1.
            | reading build/clean.csv
            | ValueError: no rows
            log:  .wrangle/runs/20261121-043512-k3f9/stages/publish/1.log
            kept: .wrangle/failed/publish/20261121-043512-k3f9-1
      [5/6] blocked                page  waits for publish
      [6/6] blocked                mail  waits for publish"
    `);
  });

  test('a fan-out counts as one stage until its list is known, and then as its items', () => {
    const settled = event('task_settled', 'each', { items: 3, counts: counts({ ran: 2, fresh: 1 }), dropped: 0 });
    const events = [
      started(3, 0),
      ...ran('list', 0, 100),
      event('task_expanded', 'each', { items: 3, to_do: 3, added: 2 }),
      ...ran('each@a', 100, 100),
      ...ran('each@b', 200, 100),
      settled,
      ...ran('all', 300, 100),
    ];
    expect(show(events)).toMatchInlineSnapshot(`
      "3 stages: all to do
      [1/3] ran             0.1 s  list
      [2/5] ran             0.1 s  each@a
      [3/5] ran             0.1 s  each@b
      [5/5] ran             0.1 s  all"
    `);
  });

  test('instances that the plan knew are counted once; a fan-out that fails for its items is one more', () => {
    const failure = { ...EXIT_1, message: '2 of 3 items were dropped, and "max_skipped" is 1.', tail: [] };
    const gone = { ...EXIT_1, category: 'skippable' as const, message: 'The page is gone.', tail: [] };
    const dropped = {
      reason: gone.message,
      attempt: 1,
      duration_ms: 40,
      failure: { ...gone, log: undefined, kept: undefined },
    };
    const events = [
      started(3, 0),
      event('task_expanded', 'each', { items: 3, to_do: 3, added: 0 }),
      event('task_skipped', 'each@a', { ...dropped, changes: [] }),
      ...ran('each@b', 100, 100),
      event('task_skipped', 'each@c', { ...dropped, changes: [] }),
      event('task_settled', 'each', { items: 3, counts: counts({ ran: 1, skipped: 2 }), dropped: 2 }),
      event('task_failed', 'each', {
        attempt: 0,
        duration_ms: 0,
        failure: { ...failure, log: undefined, kept: undefined },
      }),
    ];
    expect(show(events)).toMatchInlineSnapshot(`
      "3 stages: all to do
      [1/3] dropped         40 ms  each@a
            The page is gone.
      [2/3] ran             0.1 s  each@b
      [3/3] dropped         40 ms  each@c
            The page is gone.
      [4/4] failed           0 ms  each
            2 of 3 items were dropped, and "max_skipped" is 1."
    `);
  });

  describe('a large fan-out', () => {
    const gone = { ...EXIT_1, category: 'skippable' as const, message: 'The page is gone.', tail: [] };
    const dropped = (id: string) =>
      event('task_skipped', id, {
        reason: gone.message,
        attempt: 1,
        duration_ms: 40,
        failure: { ...gone, log: undefined, kept: undefined },
        changes: [],
      });
    const large = [
      started(4, 1),
      ...ran('list', 0, 100),
      event('task_expanded', 'each', { items: 4000, to_do: 4000, added: 3999 }, { atMs: 100 }),
      ...Array.from({ length: 60 }, (_, at) => ran(`each@${at}`, 100, 10)).flat(),
      event('task_skipped', 'each@when', { reason: 'its "when" does not hold', changes: [] }),
      ...Array.from({ length: 14 }, (_, at) => dropped(`each@gone-${at}`)),
      event('task_progress', 'each', { done: 1075, total: 4000, note: 'items' }),
    ];
    const end = event(
      'task_settled',
      'each',
      { items: 4000, counts: counts({ ran: 2985, skipped: 15, fresh: 1000 }), dropped: 14 },
      { atMs: 12_100 },
    );

    test('has no line for an item that ends well, one for its beginning and one for its end', () => {
      expect(show([...large, end, ...ran('all', 12_100, 100)])).toMatchInlineSnapshot(`
        "4 stages: 1 fresh, 3 to do
        [1/3] ran             0.1 s  list
                      items                  each  4,000 items: all to do
        [   63/4,002] dropped         40 ms  each@gone-0
                      The page is gone.
        [   64/4,002] dropped         40 ms  each@gone-1
                      The page is gone.
        [   65/4,002] dropped         40 ms  each@gone-2
                      The page is gone.
        [   66/4,002] dropped         40 ms  each@gone-3
                      The page is gone.
        [   67/4,002] dropped         40 ms  each@gone-4
                      The page is gone.
        [   68/4,002] dropped         40 ms  each@gone-5
                      The page is gone.
        [   69/4,002] dropped         40 ms  each@gone-6
                      The page is gone.
        [   70/4,002] dropped         40 ms  each@gone-7
                      The page is gone.
        [   71/4,002] dropped         40 ms  each@gone-8
                      The page is gone.
        [   72/4,002] dropped         40 ms  each@gone-9
                      The page is gone.
                      Further items of each that are dropped are only counted.
                      done           12.0 s  each  2,985 ran, 1,000 fresh, 1 skipped, 14 dropped
        [4,002/4,002] ran             0.1 s  all"
      `);
    });

    test('has lines for the first items that fail or are tried again', () => {
      const failure = { ...EXIT_1, tail: [], log: undefined, kept: undefined };
      const again = (id: string) =>
        event('task_retrying', id, { attempt: 1, attempts: 2, duration_ms: 5, delay_ms: 1000, failure });
      const failed = (id: string) => event('task_failed', id, { attempt: 2, duration_ms: 5, failure });
      const expanded = event('task_expanded', 'each', { items: 4000, to_do: 4000, added: 3999 });
      const many = Array.from({ length: 12 }, (_, at) => [again(`each@${at}`), failed(`each@${at}`)]).flat();
      const lines = show([started(2, 0), expanded, ...many, again('other'), failed('other')]).split('\n');
      expect(lines.filter((line) => line.includes(' retrying '))).toHaveLength(11);
      expect(lines.filter((line) => line.includes(' failed '))).toHaveLength(11);
      expect(lines.slice(-5).join('\n')).toMatchInlineSnapshot(`
        "              Further items of each that are tried again are only counted.
                      Further items of each that fail are only counted.
                      retrying         5 ms  other  attempt 2 in 1.0 s: It ended with exit code 1.
        [   13/4,001] failed           5 ms  other  after 2 attempts
                      It ended with exit code 1."
      `);
    });

    test('is told of while it goes on, as a stage that runs long is', () => {
      const progress = createProgressLines({ style: PLAIN, verbosity: 'normal', width: undefined, hasBlock: false });
      for (const one of large) progress.onEvent(one);
      expect(progress.tick(START_MS + 10_200)).toMatchInlineSnapshot(`
        [
          "              running        10.1 s  each  1,075/4,000 items",
        ]
      `);
    });

    test('is told of in full where that was asked for', () => {
      const lines = show([...large, end], { verbosity: 'verbose' }).split('\n');
      expect(lines.filter((line) => line.includes(' ran '))).toHaveLength(61);
      expect(lines.filter((line) => line.includes(' dropped '))).toHaveLength(14);
    });
  });

  test('a run with nothing to do says nothing', () => {
    expect(show([started(1000, 1000)])).toBe('');
  });

  test('numbers are aligned and long names move nothing', () => {
    const long = 'x'.repeat(90);
    const events = [started(1200, 0), ...ran('clean', 0, 1200), ...ran(long, 0, 185_000, true)];
    expect(show(events, { width: 80 })).toMatchInlineSnapshot(`
      "1,200 stages: all to do
      [    1/1,200] ran             1.2 s  clean
      [    2/1,200] ran        3 min 05 s  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx  same outputs as before"
    `);
  });

  test('notes are cut to the width, names are not', () => {
    const note = 'its condition "params.sample > 100 && params.publish" is false';
    const skipped = event('task_skipped', 'publish', { reason: note, changes: [] }, { message: note });
    expect(show([started(2, 0), skipped], { width: 60 })).toMatchInlineSnapshot(`
      "2 stages: all to do
      [1/2] skipped                publish  its condition "params…"
    `);
  });

  test('a failed attempt that is tried again is one line, which counts no stage', () => {
    expect(show([started(1, 0), ...triedAgain('crawl', 0)])).toMatchInlineSnapshot(`
      "1 stage: all to do
            retrying        0.1 s  crawl  attempt 2 in 0.7 s: The server is busy.
      [1/1] ran             0.3 s  crawl  attempt 2"
    `);
  });

  test('a failure that is skipped is told like one that is not', () => {
    const failure = { ...EXIT_1, category: 'skippable' as const, message: 'The page is gone.' };
    const data = { reason: 'The page is gone.', attempt: 1, duration_ms: 40, failure, changes: [] };
    expect(show([started(2, 0), event('task_skipped', 'crawl', data)])).toMatchInlineSnapshot(`
      "2 stages: all to do
      [1/2] skipped         40 ms  crawl
            The page is gone.
            | reading build/clean.csv
            | ValueError: no rows
            log:  .wrangle/runs/20261121-043512-k3f9/stages/publish/1.log
            kept: .wrangle/failed/publish/20261121-043512-k3f9-1"
    `);
  });

  describe('above a block', () => {
    const large = [
      started(101, 0),
      ...ran('clean', 0, 1200),
      event('task_restored', 'profile', { fingerprint: '', outputs: [], changes: [], saved_ms: 0 }),
      ...triedAgain('crawl', 0),
      event('task_skipped', 'publish', { reason: 'not wanted', changes: [] }),
      event('task_failed', 'report', { attempt: 1, duration_ms: 40, failure: EXIT_1 }),
    ];

    test('a large run has no lines for stages that simply ended well, and for all others', () => {
      expect(show(large, { hasBlock: true })).toMatchInlineSnapshot(`
        "101 stages: all to do
                  retrying        0.1 s  crawl  attempt 2 in 0.7 s: The server is busy.
        [  3/101] ran             0.3 s  crawl  attempt 2
        [  5/101] failed          40 ms  report
                  It ended with exit code 1.
                  | reading build/clean.csv
                  | ValueError: no rows
                  log:  .wrangle/runs/20261121-043512-k3f9/stages/publish/1.log
                  kept: .wrangle/failed/publish/20261121-043512-k3f9-1"
      `);
    });

    test('they are all there in a smaller run, in verbose, and where there is no block', () => {
      const restored = /restored +profile/;
      const [, ...rest] = large;
      expect(show([started(100, 0), ...rest], { hasBlock: true })).toMatch(restored);
      expect(show(large, { hasBlock: true, verbosity: 'verbose' })).toMatch(restored);
      expect(show(large, { hasBlock: false })).toMatch(restored);
    });

    test('that a stage runs long is seen in the block', () => {
      const progress = createProgressLines({ style: PLAIN, verbosity: 'normal', width: undefined, hasBlock: true });
      progress.onEvent(started(3, 1));
      progress.onEvent(event('task_started', 'train', { attempt: 1, causes: [], pid: 7 }));
      expect(progress.tick(START_MS + 3_600_000)).toEqual([]);
    });
  });

  test('one run after the other is counted anew', () => {
    const lines = show([started(1, 0), ...ran('clean', 0, 1200), started(2, 0), ...ran('report', 0, 10)]).split('\n');
    expect(lines.at(-1)).toBe('[1/2] ran             10 ms  report');
  });

  test('control characters of names, messages and output are made visible', () => {
    const failure = {
      code: 'exit-code',
      category: 'critical' as const,
      message: 'It said \u001b]0;title\u0007 and\nmore.',
      exit_code: 1,
      signal: undefined,
      tail: ['\u001b[31mred\u001b[0m and \u001b[2J gone'],
      log: undefined,
      kept: undefined,
    };
    const events = [started(1, 0), event('task_failed', 'a\u202eb', { attempt: 1, duration_ms: 5, failure })];
    expect(show(events)).toMatchInlineSnapshot(`
      "1 stage: all to do
      [1/1] failed           5 ms  a\\u202eb
            It said ^[]0;title^G and
            more.
            | red and ^[[2J gone"
    `);
  });

  test('an error is told once, and its stack is for the log', () => {
    const told = (message: string, tail: readonly string[]) => {
      const cause = { code: 'stage-error', category: 'critical' as const, exit_code: 1, signal: undefined };
      const failure = { ...cause, message, tail, log: 'a.log', kept: undefined };
      const events = [started(1, 0), event('task_failed', 'a', { attempt: 1, duration_ms: 5, failure })];
      return show(events).split('\n').slice(2);
    };
    const frames = ['    at f (file:///p/a.js:3:25)', '    at async g (file:///p/a.js:9:1)'];
    const own = ['reading', 'TypeError: No column 3', ...frames, 'stage-error: No column 3'];
    expect(told('No column 3', own)).toEqual(['      No column 3', '      | reading', '      log:  a.log']);
    expect(told('No column 3', [...frames, 'stage-error: No column 3'])).toEqual([
      '      No column 3',
      '      log:  a.log',
    ]);
    const props = ['Error: ENOENT: no file', ...frames, "  code: 'ENOENT'", '}', 'stage-error: ENOENT: no file'];
    expect(told('ENOENT: no file', props)).toEqual(['      ENOENT: no file', '      log:  a.log']);
    const timers = ['Error: timer', ...frames, '    at process.processTimers (node:internal/timers:1:2)'];
    expect(told('timer', [...timers, 'stage-error: timer'])).toEqual(['      timer', '      log:  a.log']);
    // Where nothing else tells what went wrong, the stack does.
    expect(told('It ended with exit code 1.', frames)).toEqual([
      '      It ended with exit code 1.',
      ...frames.map((frame) => `      | ${frame}`),
      '      log:  a.log',
    ]);
  });

  test('a failure that is allowed looks like none that counts', () => {
    const failed = failedRun().find((one) => one.event === 'task_failed') as Extract<
      WrangleEvent,
      { event: 'task_failed' }
    >;
    const failure = { ...failed.details.data.failure, tail: [], allowed: true as const };
    const allowed = event('task_failed', 'publish', { attempt: 1, duration_ms: 300, failure });
    expect(
      show([started(1, 0), allowed])
        .split('\n')
        .slice(0, 3),
    ).toEqual([
      '1 stage: all to do',
      '[1/1] allowed         0.3 s  publish  it failed, and may',
      '      It ended with exit code 1.',
    ]);
  });

  test('colours are around status and tail, and a tail keeps its own', () => {
    const failed = failedRun().find((one) => one.event === 'task_failed') as WrangleEvent;
    const lines = show([started(1, 0), failed], { style: makeStyle(true) }).split('\n');
    expect(JSON.stringify(lines[1])).toMatchInlineSnapshot(
      `""\\u001b[2m[1/1]\\u001b[22m \\u001b[1m\\u001b[31mfailed    \\u001b[39m\\u001b[22m\\u001b[2m      0.3 s\\u001b[22m  publish""`,
    );
    expect(JSON.stringify(lines[3])).toMatchInlineSnapshot(`""      \\u001b[2m|\\u001b[22m reading build/clean.csv""`);
  });

  test('output has the prefix of its stage, in verbose only', () => {
    const verbose = createProgressLines({ style: PLAIN, verbosity: 'verbose', width: undefined, hasBlock: false });
    expect(verbose.onOutput('clean', 'one\n\ntwo\n')).toEqual(['clean | one', 'clean | ', 'clean | two']);
    const normal = createProgressLines({ style: PLAIN, verbosity: 'normal', width: undefined, hasBlock: false });
    expect(normal.onOutput('clean', 'one\n')).toEqual([]);
  });

  test('what was shown as it came is not shown again when the stage fails', () => {
    const progress = createProgressLines({ style: PLAIN, verbosity: 'verbose', width: undefined, hasBlock: false });
    const failed = failedRun().find((one) => one.event === 'task_failed') as WrangleEvent;
    progress.onEvent(started(1, 0));
    progress.onOutput('publish', 'ValueError: no rows\n');
    expect(progress.onEvent(failed).filter((line) => line.includes('ValueError'))).toEqual([]);
  });

  test('a stage that takes long is mentioned ever more rarely, with how far it is', () => {
    const progress = createProgressLines({ style: PLAIN, verbosity: 'normal', width: undefined, hasBlock: false });
    progress.onEvent(started(3, 1));
    progress.onEvent(event('task_started', 'train', { attempt: 1, causes: [], pid: 7 }));
    progress.onEvent(event('task_progress', 'train', { done: 1200, total: 5000, note: 'rows' }));
    const seconds = Array.from({ length: 1300 }, (_, second) => second);
    expect(seconds.flatMap((second) => progress.tick(START_MS + second * 1000)).join('\n')).toMatchInlineSnapshot(`
      "      running        10.0 s  train  1,200/5,000 rows
            running    1 min 00 s  train  1,200/5,000 rows
            running    5 min 00 s  train  1,200/5,000 rows
            running   10 min 00 s  train  1,200/5,000 rows
            running   20 min 00 s  train  1,200/5,000 rows"
    `);
  });

  test('a stage that has ended is not mentioned again', () => {
    const progress = createProgressLines({ style: PLAIN, verbosity: 'normal', width: undefined, hasBlock: false });
    for (const one of [started(2, 0), ...ran('clean', 0, 1200)]) progress.onEvent(one);
    expect(progress.tick(START_MS + 3_600_000)).toEqual([]);
  });

  test('what wrangle itself has to say is shown, but not in quiet', () => {
    const told = event(
      'log',
      null,
      { level: 'info', code: 'store-trimmed', stream: 'wrangle' },
      { message: 'It went.' },
    );
    const lines = (verbosity: 'quiet' | 'normal') =>
      createProgressLines({ style: PLAIN, verbosity, width: undefined, hasBlock: false }).onEvent(told);
    expect([lines('normal'), lines('quiet')]).toEqual([['It went.'], []]);
  });

  test('what a stage logs is a warning at once, and information in verbose', () => {
    const events = [
      started(1, 0),
      event('log', 'a', { level: 'info', code: undefined, stream: 'stage' }, { message: '12 rows' }),
      event('log', null, { level: 'warning', code: 'blob-damaged', stream: 'wrangle' }, { message: 'One is damaged.' }),
      event('log', 'a', { level: 'debug', code: undefined, stream: 'wrangle' }, { message: 'never' }),
      event('log', null, { level: 'error', code: undefined, stream: 'wrangle' }, { message: 'Bad.' }),
    ];
    expect(show(events).split('\n')).toEqual(['1 stage: all to do', 'warning: One is damaged.', 'error: Bad.']);
    expect(show(events, { verbosity: 'verbose' }).split('\n')).toEqual([
      '1 stage: all to do',
      'a | 12 rows',
      'warning: One is damaged.',
      'error: Bad.',
    ]);
  });
});
