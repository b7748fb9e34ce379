// The end of a build in words, one test for each way it can end.
import { describe, expect, test } from 'vitest';
import type { Failure, WrangleEvent } from '../../../src/model/event.ts';
import { PLAIN } from '../../../src/report/style.ts';
import type { SummaryOptions } from '../../../src/report/summary.ts';
import { summaryLines } from '../../../src/report/summary.ts';
import { HeardRun } from '../../support/hear-run.ts';
import { APPROVE, completed, counts, EXIT_1, event, failedRun, RUN_ID, ran, started } from './sample-run.ts';

function show(events: readonly WrangleEvent[], options: Partial<SummaryOptions> = {}): string {
  const heard = new HeardRun(events);
  const lines = summaryLines(heard.collected(), {
    style: PLAIN,
    quiet: false,
    outputs: [],
    command: (name, stage) => ['wrangle', name, 'FILE', ...(stage === undefined ? [] : [stage])].join(' '),
    ...options,
  });
  return lines.join('\n');
}

describe('summary', () => {
  test('nothing to do is one line', () => {
    const events = [started(1000, 1000), completed('done', { fresh: 1000 }, { durationMs: 104, savedMs: 99_000 })];
    expect(show(events)).toBe('Everything is fresh: 1,000 stages, 0.1 s.');
    expect(show(events, { quiet: true })).toBe('');
  });

  test('with a warning of what is not selected, not everything is called fresh', () => {
    const warning = event('log', null, { level: 'warning', code: 'selection', stream: 'wrangle' });
    const fresh = (count: number) => [started(count, count), warning, completed('done', { fresh: count })];
    expect(show(fresh(3))).toBe('The 3 selected stages had nothing to do, 3.1 s.');
    expect(show(fresh(1))).toBe('The selected stage had nothing to do, 3.1 s.');
    expect(show(fresh(0))).toBe('');
    expect(show(fresh(3), { quiet: true })).toBe('');
  });

  test('a stage that was skipped for its failure is named with it', () => {
    const failure: Failure = { ...EXIT_1, category: 'skippable', message: 'The page is gone.' };
    const data = { reason: failure.message, attempt: 1, duration_ms: 40, failure, changes: [] };
    const events = [
      started(2, 0),
      event('task_started', 'crawl', { attempt: 1, causes: [], pid: 7 }),
      event('task_skipped', 'crawl', data),
      event('task_skipped', 'parse', { reason: 'Skipped with crawl.', changes: [] }),
      completed('done', { skipped: 2 }),
    ];
    expect(show(events)).toMatchInlineSnapshot(`
      "
      Done in 3.1 s: 2 skipped.

      skipped crawl: The page is gone.

      Next:
        wrangle log FILE crawl  what it printed"
    `);
  });

  test('a fan-out has one line, those of its items that were dropped have theirs, and its outputs are counted', () => {
    const failure: Failure = { ...EXIT_1, category: 'skippable', message: 'The page is gone.' };
    const dropped = { reason: failure.message, attempt: 1, duration_ms: 40, failure, changes: [] };
    const outputs = [
      { path: 'build/pages/*.txt', size: 14_200_000, count: 4998 },
      { path: 'build/all.txt', size: 512 },
    ];
    const events = [
      started(4, 0),
      event('task_expanded', 'few', { items: 2, to_do: 2, added: 1 }),
      event('task_settled', 'few', { items: 2, counts: counts({ ran: 2 }), dropped: 0 }),
      event('task_expanded', 'each', { items: 5000, to_do: 5000, added: 4999 }),
      event('task_skipped', 'each@a', dropped),
      event('task_skipped', 'each@b', { reason: 'its "when" is false', changes: [] }),
      event('task_settled', 'each', { items: 5000, counts: counts({ ran: 4990, fresh: 8, skipped: 2 }), dropped: 1 }),
      completed('done', { ran: 4994, fresh: 8, skipped: 2 }),
    ];
    expect(show(events, { outputs })).toMatchInlineSnapshot(`
      "
      Done in 3.1 s: 4,994 ran, 8 fresh, 2 skipped.

      each  5,000 items: 4,990 ran, 8 fresh, 1 skipped, 1 dropped

      dropped each@a: The page is gone.

      Outputs:
        14.2 MB  build/pages/*.txt (4,998 of them)
          512 B  build/all.txt

      Next:
        wrangle log FILE each@a  what it printed"
    `);
  });

  test('what ran, what was saved and where the outputs are', () => {
    const outputs = [
      { path: 'build/clean.csv', size: 14_200_000 },
      { path: 'build/a report.md', size: 512 },
    ];
    const events = [
      started(3, 1),
      ...ran('clean', 0, 1200),
      ...ran('report', 1200, 40),
      completed('done', { ran: 2, fresh: 1 }, { savedMs: 185_000, fresh: ['profile'] }),
    ];
    expect(show(events, { outputs })).toMatchInlineSnapshot(`
      "
      Done in 3.1 s: 2 ran, 1 fresh; 3 min 05 s saved.

      Outputs:
        14.2 MB  build/clean.csv
          512 B  build/a report.md

      Next:
        wrangle log FILE report  what it printed"
    `);
    expect(show(events, { outputs, quiet: true })).toBe('');
  });

  test('a failure says where to look and what to do next', () => {
    expect(show(failedRun())).toMatchInlineSnapshot(`
      "
      Failed after 3.1 s: 1 failed, 2 ran, 1 restored, 2 fresh, 2 blocked; 3 min 05 s saved.

      failed publish: It ended with exit code 1.

      blocked page and mail

      Next:
        wrangle log FILE publish                                  all that it printed
        wrangle why FILE publish                                  why it had to run
        .wrangle/failed/publish/20261121-043512-k3f9-1/replay.sh  run it again by hand, apart from the rest
        wrangle build FILE                                        go on from here"
    `);
  });

  test('failures that are allowed are counted and named apart, behind those that count', () => {
    const allowed = { ...EXIT_1, allowed: true as const, log: undefined, kept: undefined };
    const failed = (stage: string, failure: Failure) =>
      event('task_failed', stage, { attempt: 1, duration_ms: 300, failure });
    const done = [started(2, 0), failed('extra', allowed), ...ran('clean', 0, 40)];
    expect(show([...done, completed('done', { failed: 1, ran: 1 })])).toMatchInlineSnapshot(`
      "
      Done in 3.1 s: 1 ran, 1 allowed to fail.

      allowed to fail extra: It ended with exit code 1.

      Next:
        wrangle why FILE extra  why it had to run"
    `);
    const both = [started(2, 0), failed('extra', allowed), failed('publish', EXIT_1)];
    expect(
      show([...both, completed('failed', { failed: 2 })])
        .split('\n')
        .slice(0, 9),
    ).toMatchInlineSnapshot(`
      [
        "",
        "Failed after 3.1 s: 1 failed, 1 allowed to fail.",
        "",
        "failed publish: It ended with exit code 1.",
        "allowed to fail extra: It ended with exit code 1.",
        "",
        "Next:",
        "  wrangle log FILE publish                                  all that it printed",
        "  wrangle why FILE publish                                  why it had to run",
      ]
    `);
  });

  test('a failure that may be out of sight is told with its log and what it wrote', () => {
    const many = Array.from({ length: 20 }, (_, at) => ran(`s${at}`, 0, 1)).flat();
    const failed = event('task_failed', 'publish', { attempt: 1, duration_ms: 300, failure: EXIT_1 });
    expect(show([started(21, 0), failed, ...many, completed('failed', { failed: 1, ran: 20 })])).toContain(`
failed publish: It ended with exit code 1.
  log:  .wrangle/runs/20261121-043512-k3f9/stages/publish/1.log
  kept: .wrangle/failed/publish/20261121-043512-k3f9-1
`);
  });

  test('a failure in quiet mode keeps to what went wrong', () => {
    expect(show(failedRun(), { quiet: true })).toMatchInlineSnapshot(`
      "Failed after 3.1 s: 1 failed, 2 ran, 1 restored, 2 fresh, 2 blocked; 3 min 05 s saved.
      blocked page and mail"
    `);
  });

  test('a stage that waits for an answer', () => {
    const log = `.wrangle/runs/${RUN_ID}/stages/review/1.log`;
    const events = [
      started(2, 0),
      event('task_suspended', 'review', { attempt: 1, log, question: APPROVE }),
      event('task_blocked', 'publish', { by: ['review'] }),
      completed('suspended', { suspended: 1, blocked: 1 }),
    ];
    expect(show(events)).toMatchInlineSnapshot(`
      "
      Suspended after 3.1 s: 1 suspended, 1 blocked.

      suspended review waits for an answer:
        Is the report to be published?
        file: answers/review.json such as {"approve":true}
      blocked publish

      Next:
        wrangle answer FILE review={"approve":true}  answer it, and go on
        wrangle build FILE                           go on, once the answers are in their files"
    `);
    const asked = (stage: string) => (stage === 'review' ? '2 h ago' : undefined);
    expect(show(events, { asked })).toContain('suspended review waits for an answer, asked 2 h ago:\n');
  });

  test('a run that was cut short', () => {
    const events = [
      started(3, 0),
      ...ran('clean', 0, 1200),
      event('task_started', 'report', { attempt: 1, causes: [], pid: 7 }),
      event('task_cancelled', 'report', { reason: 'stopped' }, { message: 'Stopped.' }),
      event('task_cancelled', 'publish', { reason: 'not-started' }, { message: 'Not started.' }),
      completed('interrupted', { ran: 1, cancelled: 2 }),
    ];
    expect(show(events)).toMatchInlineSnapshot(`
      "
      Interrupted after 3.1 s: 1 ran, 2 cancelled.

      cancelled report and publish

      Next:
        wrangle build FILE  go on; outputs of stopped stages are as they were"
    `);
  });

  test('warnings that are still to be seen are not said again', () => {
    const warning = event('log', 's', { level: 'warning', code: 'x', stream: 'wrangle' }, { message: 'Odd.' });
    const stages = (count: number) => Array.from({ length: count }, (_, at) => ran(`s${at}`, 0, 1)).flat();
    const run = (count: number) => [started(count, 0), warning, ...stages(count), completed('done', { ran: count })];
    expect(show(run(19))).not.toContain('Odd.');
    expect(show(run(20))).toContain('\nwarning: s: Odd.\n');
    const fresh = [started(1, 1), warning, completed('done', { fresh: 1 })];
    expect(show(fresh)).toBe('Everything is fresh: 1 stage, 3.1 s.');
  });

  test('long lists are cut with a count', () => {
    const warnings = Array.from({ length: 23 }, (_, at) =>
      event('log', `s${at}`, { level: 'warning', code: 'x', stream: 'wrangle' }, { message: 'Odd.' }),
    );
    const blocked = Array.from({ length: 9 }, (_, at) => event('task_blocked', `b${at}`, { by: ['a'] }));
    const outputs = Array.from({ length: 15 }, (_, at) => ({ path: `build/${at}`, size: at }));
    const text = show([started(32, 0), ...warnings, ...blocked, completed('done', { blocked: 9, ran: 23 })], {
      outputs,
    });
    const lines = text.split('\n');
    expect(lines).toContain('  and 3 more warnings');
    expect(lines).toContain('  and 3 more outputs');
    expect(lines).toContain('blocked b0, b1, b2, b3 and 5 more');
  });
});
