// The table of stages, for terminals of any width and for none.
import { expect, test } from 'vitest';
import type { StageStatus, StatusTextOptions } from '../../../src/report/status-text.ts';
import { statusText } from '../../../src/report/status-text.ts';
import { PLAIN } from '../../../src/report/style.ts';
import { APPROVE, DATA_CHANGED } from './sample-run.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const HOUR = 3_600_000;
const OPTIONS: StatusTextOptions = { style: PLAIN, verbose: false, width: undefined, nowMs: NOW };

function stage(id: string, some: Partial<StageStatus> = {}): StageStatus {
  return { id, decision: 'fresh', causes: [], ranAtMs: undefined, tookMs: undefined, askedAtMs: undefined, ...some };
}

const STAGES: readonly StageStatus[] = [
  stage('profile', { ranAtMs: NOW - 2 * HOUR, tookMs: 1234 }),
  stage('clean', { decision: 'run', causes: [DATA_CHANGED], ranAtMs: NOW - 5 * 60_000, tookMs: 35 }),
  stage('publish', {
    decision: 'restore',
    causes: [{ part: 'output', change: 'missing', name: 'build/page.html', before: 'f:x:1', after: undefined }],
    ranAtMs: NOW - 80 * 24 * HOUR,
    tookMs: 7_620_000,
  }),
  stage('torn', {
    decision: 'run',
    causes: [
      { part: 'output', change: 'changed', name: '', before: undefined, after: 'interrupted while it was published' },
    ],
    ranAtMs: NOW,
    tookMs: 0,
  }),
  stage('report', {
    decision: 'may-run',
    causes: [{ part: 'input', change: 'upstream', name: 'clean', before: undefined, after: undefined }],
  }),
  stage('review', { decision: 'run', waiting: APPROVE, question: APPROVE, askedAtMs: NOW - 26 * HOUR }),
];

test('each stage: its state, when it ran last, how long it took, why', () => {
  expect(statusText('p.yaml', STAGES, ['build/old.csv', 'build/\u001b[2J'], OPTIONS)).toMatchInlineSnapshot(`
    "p.yaml: 6 stages, 1 waits for an answer, 2 to run, 1 to restore, 1 may run, 1 fresh

      STAGE    STATE        LAST RUN    TOOK        WHY
      profile  fresh        2 h ago     1.2 s
      clean    to run       5 min ago   35 ms       input data: data/a.csv changed (3f9c0a1b2c3d -> 81ab0a1b2c3d)
      publish  to restore   2026-09-02  2 h 07 min  output build/page.html is not there
      torn     interrupted  just now    0 ms        output changed (interrupted while it was published)
      report   may run      -           -           only if the outputs of clean change
      review   waits        -           -

    suspended review waits for an answer, asked 1 d ago:
      Is the report to be published?
      file: answers/review.json such as {"approve":true}
      wrangle resume --answer 'review={"approve":true}'

    Left by stages that are gone (wrangle clean p.yaml --orphans removes them):
      build/old.csv
      build/^[[2J
    "
  `);
});

test('reasons are cut to the width, and have lines of their own where it is narrow', () => {
  const some = STAGES.slice(1, 3);
  expect(statusText('p.yaml', some, [], { ...OPTIONS, width: 80 })).toMatchInlineSnapshot(`
    "p.yaml: 2 stages, 1 to run, 1 to restore

      STAGE    STATE       LAST RUN    TOOK        WHY
      clean    to run      5 min ago   35 ms       input data: data/a.csv changed (…
      publish  to restore  2026-09-02  2 h 07 min  output build/page.html is not th…
    "
  `);
  expect(statusText('p.yaml', some, [], { ...OPTIONS, width: 50 })).toMatchInlineSnapshot(`
    "p.yaml: 2 stages, 1 to run, 1 to restore

      STAGE    STATE       LAST RUN    TOOK
      clean    to run      5 min ago   35 ms
        input data: data/a.csv changed (3f9c0a1b2c3d …
      publish  to restore  2026-09-02  2 h 07 min
        output build/page.html is not there
    "
  `);
});

test('a long name has a line for itself, verbose lists every cause', () => {
  const long = stage(`parse@${'x'.repeat(40)}`, { decision: 'run', causes: [DATA_CHANGED, DATA_CHANGED] });
  expect(statusText('p.yaml', [long, stage('clean')], [], { ...OPTIONS, verbose: true })).toMatchInlineSnapshot(`
    "p.yaml: 2 stages, 1 to run, 1 fresh

      STAGE                             STATE   LAST RUN  TOOK  WHY
      parse@xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
                                        to run  -         -     input data: data/a.csv changed (3f9c0a1b2c3d -> 81ab0a1b2c3d)
                                                                input data: data/a.csv changed (3f9c0a1b2c3d -> 81ab0a1b2c3d)
      clean                             fresh   -         -
    "
  `);
});

test('fresh stages of a large pipeline are only counted', () => {
  const fresh = Array.from({ length: 10_000 }, (_, at) => stage(`s${at}`));
  expect(statusText('p.yaml', fresh, [], OPTIONS)).toBe('p.yaml: 10,000 stages, all fresh\n');
  const some = [...fresh, stage('clean', { decision: 'run', causes: [DATA_CHANGED] })];
  expect(statusText('p.yaml', some, [], OPTIONS)).toMatchInlineSnapshot(`
    "p.yaml: 10,001 stages, 1 to run, 10,000 fresh

      STAGE  STATE   LAST RUN  TOOK  WHY
      clean  to run  -         -     input data: data/a.csv changed (3f9c0a1b2c3d -> 81ab0a1b2c3d)
      and 10,000 fresh stages (-v lists them)
    "
  `);
  expect(statusText('p.yaml', some, [], { ...OPTIONS, verbose: true }).split('\n')).toHaveLength(10_005);
});

test('no stages, no table', () => {
  expect(statusText('p.yaml', [], [], OPTIONS)).toBe('p.yaml: 0 stages\n');
});

test('many instances are one row, with the first that are not fresh below it', () => {
  const instances = Array.from({ length: 5000 }, (_, at) => {
    const isDue = at % 500 === 17;
    return stage(`each@${at}`, {
      decision: isDue ? 'run' : 'fresh',
      causes: isDue ? [DATA_CHANGED] : [],
      ranAtMs: NOW - at * 1000 - HOUR,
      tookMs: 120,
    });
  });
  const all = stage('all', { ranAtMs: NOW - HOUR, tookMs: 2000 });
  expect(statusText('p.yaml', [...instances, all], [], OPTIONS)).toMatchInlineSnapshot(`
    "p.yaml: 5,001 stages, 10 to run, 4,991 fresh

      STAGE      STATE   LAST RUN  TOOK   WHY
      each       to run  1 h ago   -      5,000 instances, 10 to run, 4,990 fresh
      each@17    to run  1 h ago   0.1 s  input data: data/a.csv changed (3f9c0a1b2c3d -> 81ab0a1b2c3d)
      each@517   to run  1 h ago   0.1 s  input data: data/a.csv changed (3f9c0a1b2c3d -> 81ab0a1b2c3d)
      each@1017  to run  1 h ago   0.1 s  input data: data/a.csv changed (3f9c0a1b2c3d -> 81ab0a1b2c3d)
      each@1517  to run  1 h ago   0.1 s  input data: data/a.csv changed (3f9c0a1b2c3d -> 81ab0a1b2c3d)
      each@2017  to run  1 h ago   0.1 s  input data: data/a.csv changed (3f9c0a1b2c3d -> 81ab0a1b2c3d)
      and 5 more (-v lists them)
      all        fresh   1 h ago   2.0 s
    "
  `);
  expect(statusText('p.yaml', [...instances, all], [], { ...OPTIONS, verbose: true }).split('\n')).toHaveLength(5005);
});
